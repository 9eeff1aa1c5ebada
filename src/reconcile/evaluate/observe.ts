import type { CellValue, GraphStore } from "../../graph/index.js";
import {
  ACCOUNT_TYPES,
  digest,
  EDGE_TYPES,
  type EdgeType,
  type NodeRef,
  type NodeView,
  parseEdgeId,
  type Remediation,
  type RemediationRequest,
  type Severity,
  UNRESOLVED,
} from "../../model/index.js";
import { assignmentsBehind, type Cut, cutsFor } from "../../reach/index.js";
import type { EdgeRef, EvidenceRef, Finding, NotEvaluated } from "../finding.js";
import { columnType, type Rule, reportsReached } from "../rules/rule.js";
import { fill } from "../rules/template.js";
import {
  type KnownEdge,
  type KnownNode,
  lookUpEdgeProps,
  lookUpEdges,
  lookUpNodes,
  lookUpWorkers,
} from "./lookup.js";
import type { RestsOn } from "./needs.js";
import { type Remedies, sourceOf } from "./remedy.js";
import type { RuleRow } from "./rows.js";

/** What a run sees of a finding: everything but its life. */
export type Observation = Pick<
  Finding,
  | "rule"
  | "revision"
  | "fingerprint"
  | "severity"
  | "subject"
  | "person"
  | "reason"
  | "path"
  | "otherPaths"
  | "cuts"
  | "remediation"
  | "controls"
  | "population"
  | "columns"
  | "evidence"
>;

/** A row that could not be judged: the finding it would be, and what is said instead. */
export interface Unjudged {
  readonly fingerprint: string;
  readonly entry: NotEvaluated;
}

export interface Observed {
  readonly findings: ReadonlyMap<string, Observation>;
  readonly unjudged: readonly Unjudged[];
}

export function fingerprintOf(rule: string, identity: readonly CellValue[]): string {
  return digest(rule, ...identity.map(String));
}

export function identityOf(rule: Rule, columns: Readonly<Record<string, CellValue>>): readonly CellValue[] {
  return rule.identity.map((name) => columns[name] ?? "");
}

/** Whose reads decide about a finding. */
export function restsOn(rule: Rule, { evidence, columns }: Pick<Finding, "evidence" | "columns">): RestsOn {
  const named = rule.needs.absenceOf.flatMap(({ by }) => (by === undefined ? [] : listOf(columns[by])));
  return {
    partitions: [...new Set(evidence.flatMap((item) => item.heldBy ?? []))].sort(),
    answerers: [...new Set(named)],
  };
}

/** Turns a rule's rows into observations, with everything looked up in batches. */
export async function observe(
  rule: Rule,
  rows: readonly RuleRow[],
  o: {
    readonly store: GraphStore;
    readonly remedies: Remedies;
    readonly population: number;
    readonly signal?: AbortSignal;
  },
): Promise<Observed> {
  const keys = new Set<string>();
  const edges = new Set<string>();
  for (const row of rows) collect(rule, row, keys, edges);
  const known = await edgesAndGrounds(o.store, edges, o.signal);
  for (const [id, edge] of known) {
    // What ends a sign-in has commands of its own.
    for (const ground of assignmentsBehind(id, edge)) collectEdge(ground, keys, edges);
    for (const ground of edge.restsOn) if (parseEdgeId(ground) === undefined) keys.add(ground);
  }
  const nodes = await lookUpNodes(o.store, keys, o.signal);
  const people = rule.person === undefined ? [] : rows.map((row) => row.columns[rule.person ?? ""]);
  const context: Context = {
    rule,
    population: o.population,
    remedies: o.remedies,
    nodes,
    edges: known,
    edgeProps: rule.remediation.some((item) => "action" in item && item.action === "cut")
      ? await lookUpEdgeProps(o.store, edges, o.signal)
      : new Map(),
    workers: await lookUpWorkers(
      o.store,
      people.filter((key) => typeof key === "string"),
      o.signal,
    ),
  };
  const findings = new Map<string, Observation>();
  const texts = new Map<string, string>();
  const unjudged: Unjudged[] = [];
  for (const row of rows) {
    const columns = columnsOf(row, context);
    if (!reportsReached(rule, columns)) continue;
    const fingerprint = fingerprintOf(rule.id, identityOf(rule, columns));
    if (row.outcome === "unknown") unjudged.push({ fingerprint, entry: notJudged(context, columns) });
    else {
      const observation = observationOf(context, row, columns, fingerprint);
      // Two rows of one identity: the one that sorts first, whatever order the engine gave them in.
      const text = JSON.stringify([observation.columns, observation.path]);
      const other = texts.get(fingerprint);
      if (other === undefined || text < other) {
        findings.set(fingerprint, observation);
        texts.set(fingerprint, text);
      }
    }
  }
  return { findings, unjudged };
}

/** Edges, and those that they follow from. */
async function edgesAndGrounds(
  store: GraphStore,
  ids: ReadonlySet<string>,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, KnownEdge>> {
  const edges = await lookUpEdges(store, ids, signal);
  const grounds = new Set([...edges.values()].flatMap(({ restsOn }) => restsOn));
  return grounds.size === 0 ? edges : new Map([...(await lookUpEdges(store, grounds, signal)), ...edges]);
}

interface Context {
  readonly rule: Rule;
  readonly population: number;
  readonly remedies: Remedies;
  readonly nodes: ReadonlyMap<string, KnownNode>;
  readonly edges: ReadonlyMap<string, KnownEdge>;
  readonly edgeProps: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  readonly workers: ReadonlyMap<string, readonly string[]>;
}

function collect(rule: Rule, row: RuleRow, keys: Set<string>, edges: Set<string>): void {
  const edge = (id: string) => {
    collectEdge(id, keys, edges);
  };
  for (const [name, { type }] of Object.entries(rule.columns)) {
    for (const value of listOf(row.columns[name])) {
      if (type === "key" || type === "keys") keys.add(value);
      if (type === "edge" || type === "edges") edge(value);
    }
  }
  for (const { id } of [...(row.reached?.path ?? []), ...(row.reached?.cuts ?? [])]) edge(id);
}

function collectEdge(id: string, keys: Set<string>, edges: Set<string>): void {
  const parsed = parseEdgeId(id);
  if (parsed === undefined) return;
  edges.add(id);
  keys.add(parsed.from).add(parsed.to);
}

function listOf(value: CellValue | undefined): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.filter((item): item is string => typeof item === "string");
}

/** The row's columns with those that reach adds. */
function columnsOf(row: RuleRow, { nodes }: Context): Readonly<Record<string, CellValue>> {
  const { reached } = row;
  if (reached === undefined) return row.columns;
  const entitlement = nodes.get(reached.target);
  const on = reached.path.findLast((edge) => edge.type === "ON" && edge.from === reached.target);
  const privilege = entitlement?.props.privilege;
  const between = reached.path
    .filter((edge) => edge.from !== reached.start && edge.type !== "ON")
    .map((edge) => nodes.get(edge.from)?.name ?? edge.from);
  return {
    ...row.columns,
    entitlement: reached.target,
    entitlementName: entitlement?.name ?? reached.target,
    privilege: typeof privilege === "string" ? privilege : "unknown",
    resource: on?.to ?? null,
    resourceName: on === undefined ? null : (nodes.get(on.to)?.name ?? on.to),
    certainty: reached.certainty,
    through: between.length === 0 ? "directly" : `through ${between.join(", ")}`,
  };
}

function observationOf(
  context: Context,
  row: RuleRow,
  columns: Readonly<Record<string, CellValue>>,
  fingerprint: string,
): Observation {
  const { rule } = context;
  const path = [
    ...rule.path.flatMap((name) => listOf(columns[name])),
    ...(row.reached?.path ?? []).map((edge) => edge.id),
  ];
  const cuts = cutsOf(context, row, columns);
  const person = rule.person === undefined ? undefined : columns[rule.person];
  return {
    rule: rule.id,
    revision: rule.revision,
    fingerprint,
    severity: severityOf(rule, columns),
    subject: refOf(context, String(columns[rule.subject] ?? "")),
    person:
      typeof person !== "string"
        ? null
        : {
            key: person,
            workerIds: context.workers.get(person) ?? [],
            name: context.nodes.get(person)?.name ?? person,
          },
    reason: fill(rule.reason, columns, (name) => columnType(rule, name)),
    path: walked(
      path.flatMap((id) => edgeRefOf(context, id)),
      typeof person === "string" ? person : undefined,
    ),
    otherPaths: row.reached?.otherPaths ?? 0,
    cuts: cuts.flatMap(({ edge, changeAt }) =>
      edgeRefOf(context, edge.id).map((one) => (changeAt === undefined ? one : { ...one, changeAt })),
    ),
    remediation: remediationOf(
      context,
      cuts.map(({ edge }) => edge.id),
      columns,
    ),
    controls: controlsOf(rule),
    population: context.population,
    columns,
    evidence: evidenceOf(context, row, columns),
  };
}

/**
 * What ends this access for this person: the account's own edges that lead there. A shared or service account goes
 * on working for others, so there it is the person's link that has to end.
 */
function cutsOf(
  { rule, nodes, edges }: Context,
  row: RuleRow,
  columns: Readonly<Record<string, CellValue>>,
): readonly Cut[] {
  const { reached } = row;
  if (reached === undefined) return [];
  const given = nodes.get(reached.start)?.props.accountType;
  const accountType = ACCOUNT_TYPES.find((type) => type === given) ?? "unknown";
  const id = rule.path.flatMap((name) => listOf(columns[name])).find((one) => one.startsWith("HAS_ACCOUNT|"));
  const ends = id === undefined ? undefined : parseEdgeId(id);
  const link =
    id === undefined || ends === undefined
      ? undefined
      : { id, type: "HAS_ACCOUNT" as const, from: ends.from, to: ends.to };
  return cutsFor(reached, { accountType, link }, (edge) => edges.get(edge.id));
}

function severityOf(rule: Rule, columns: Readonly<Record<string, CellValue>>): Severity {
  if (typeof rule.severity === "string") return rule.severity;
  const { column, values, otherwise } = rule.severity;
  return values[String(columns[column] ?? "")] ?? otherwise;
}

function controlsOf(rule: Rule): Readonly<Record<string, readonly string[]>> {
  const controls: Record<string, readonly string[]> = {};
  for (const [catalogue, ids] of Object.entries(rule.controls)) {
    if (ids !== undefined) controls[catalogue] = ids;
  }
  return controls;
}

function viewOf({ nodes }: Context, key: string): NodeView {
  return nodes.get(key) ?? { key, label: UNRESOLVED, name: key, provider: null, aliases: [], props: {} };
}

function refOf(context: Context, key: string): NodeRef {
  const { label, name } = viewOf(context, key);
  return { key, label, name };
}

function edgeRefOf(context: Context, id: string): readonly EdgeRef[] {
  const edge = parseEdgeId(id);
  if (edge === undefined) return [];
  return [{ from: refOf(context, edge.from), edge: edge.type, to: refOf(context, edge.to) }];
}

/**
 * The edges of a path in walking order, from `start`: an edge that points against it (OWNED_BY leads from what is owned
 * to its owner) is turned round, and says so.
 */
function walked(edges: readonly EdgeRef[], start: string | undefined): readonly EdgeRef[] {
  let at = start;
  return edges.map((step) => {
    const turned = at === step.to.key && at !== step.from.key;
    const next = turned ? { ...step, from: step.to, to: step.from, reversed: true as const } : step;
    at = next.to.key;
    return next;
  });
}

/** Declared evidence first, then the path that was walked, each edge of which passes access, and what it rests on. */
function evidenceOf(
  context: Context,
  row: RuleRow,
  columns: Readonly<Record<string, CellValue>>,
): readonly EvidenceRef[] {
  const evidence: EvidenceRef[] = [];
  const heldBy = (record: string) =>
    parseEdgeId(record) === undefined
      ? (context.nodes.get(record)?.heldBy ?? [])
      : (context.edges.get(record)?.heldBy ?? []);
  for (const item of context.rule.evidence) {
    for (const record of listOf(columns[item.column])) {
      const requires = requiredOf(context.nodes.get(record), item.requires);
      evidence.push({
        record,
        role: item.role,
        ...(requires === undefined ? {} : { requires }),
        heldBy: heldBy(record),
      });
    }
  }
  const path = (row.reached?.path ?? []).map(({ id }) => id);
  // What correlation made of a trust policy and of whoever it lets in goes when one of these goes.
  const grounds = path.flatMap((id) => context.edges.get(id)?.restsOn ?? []);
  for (const record of new Set([...path, ...grounds]))
    evidence.push({ record, role: "access", heldBy: heldBy(record) });
  return evidence;
}

/** A status can only turn off if it was on: what a record did not say is no part of its evidence. */
function requiredOf(
  node: NodeView | undefined,
  requires: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> | undefined {
  const met = Object.entries(requires ?? {}).filter(([name, value]) => node?.props[name] === value);
  return met.length === 0 ? undefined : Object.fromEntries(met);
}

function remediationOf(
  context: Context,
  cuts: readonly string[],
  columns: Readonly<Record<string, CellValue>>,
): readonly Remediation[] {
  const node = (name: string) => viewOf(context, String(columns[name] ?? ""));
  const ask = (request: RemediationRequest, about: NodeView) =>
    context.remedies.for(request, sourceOf(about, context.nodes.get(about.key)?.heldBy ?? []));
  return context.rule.remediation.flatMap((item): readonly Remediation[] => {
    if ("say" in item) {
      const command = fill(item.say, columns, (name) => columnType(context.rule, name));
      return [{ command, reversible: true, affects: "nothing by itself: it is for a person to do" }];
    }
    if (item.action === "cut") {
      const ids = item.edge === undefined ? cuts : listOf(columns[item.edge]);
      return ids.flatMap((id) => cut(context, id));
    }
    if (item.action === "disableAccount") {
      return ask({ action: item.action, account: node(item.account) }, node(item.account));
    }
    if (item.action === "assignOwner") {
      return ask({ action: item.action, subject: node(item.subject) }, node(item.subject));
    }
    const credential = node(item.credential);
    return ask({ action: item.action, credential, holder: node(item.holder) }, credential);
  });
}

function cut(context: Context, id: string): readonly Remediation[] {
  const edge = parseEdgeId(id);
  if (edge === undefined) return [];
  const from = viewOf(context, edge.from);
  const to = viewOf(context, edge.to);
  const known = context.edges.get(id);
  const behind = assignmentsBehind(id, known);
  if (behind.length > 0) return behind.flatMap((ground) => cut(context, ground));
  // An edge that correlation made ends in the system of its grounds.
  const holders = [known, ...(known?.restsOn ?? []).map((ground) => context.edges.get(ground))];
  const source = holders.flatMap((one) => one?.heldBy ?? [])[0]?.split("|")[0];
  return isEdgeType(edge.type)
    ? context.remedies.for(
        { action: "cut", edge: edge.type, from, to, props: context.edgeProps.get(id) ?? {} },
        source,
      )
    : [];
}

function notJudged(context: Context, columns: Readonly<Record<string, CellValue>>): NotEvaluated {
  const { rule } = context;
  const subject = context.nodes.get(String(columns[rule.subject] ?? ""));
  const [source = "", partition = ""] = (subject?.heldBy[0] ?? "").split("|");
  const reason = fill(rule.unknown ?? "", columns, (name) => columnType(rule, name));
  return { rule: rule.id, source, partition, reason };
}

function isEdgeType(type: string): type is EdgeType {
  return EDGE_TYPES.some((known) => known === type);
}
