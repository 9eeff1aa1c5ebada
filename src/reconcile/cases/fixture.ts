import type { GraphStore, ParamValue } from "../../graph/index.js";
import { DERIVED_SOURCE, parseKey } from "../../model/index.js";
import { DERIVED_PLAN, type PartitionState, type PlannedSource } from "../evaluate/partitions.js";
import type { Rule } from "../rules/rule.js";
import type { CaseFile, RuleCase } from "./schema.js";

/** The graph of one case, as docs/graph.md lays it out. */
export interface Fixture {
  readonly nodes: readonly FixtureNode[];
  readonly edges: readonly FixtureEdge[];
}
interface FixtureNode {
  readonly key: string;
  readonly labels: readonly string[];
  readonly props: Readonly<Record<string, ParamValue>>;
}
interface FixtureEdge {
  readonly from: string;
  readonly type: string;
  readonly to: string;
  readonly props: Readonly<Record<string, ParamValue>>;
}

const DEFAULT_PARTITION: Readonly<Record<string, string>> = { hr: "all", [DERIVED_SOURCE]: "all" };
const OF_EMPLOYMENT = new Set([
  "end",
  "start",
  "workerId",
  "missing",
  "missingAt",
  "missingRead",
  "roster",
  "status",
  "statusText",
  "conflict",
  "conflictAt",
  "conflictEndsAt",
  "type",
]);
const DERIVED_EDGES = new Set(["EMPLOYED_AS", "HAS_ACCOUNT", "REPORTS_TO", "SAME_AS"]);

/** Makes one case's graph of what all cases of the file share and what is its own. */
export function fixtureOf(file: CaseFile, one: RuleCase): Fixture {
  const nodes: FixtureNode[] = [];
  const edges: FixtureEdge[] = [];
  const partitions = new Map<string, string>();
  for (const [name, employments] of Object.entries({ ...file.people, ...one.people })) {
    const person = `hr/person/${name}`;
    nodes.push(node(person, ["Person"], { name }, DERIVED_SOURCE, "all"));
    employments.forEach((given, i) => {
      const key = `hr/employment/${name}-${i + 1}`;
      const split = (mine: boolean) =>
        Object.fromEntries(
          Object.entries(given).filter(([property]) => OF_EMPLOYMENT.has(property) === mine),
        );
      const facts = { name, workerId: `${name}-${i + 1}`, ...instants(split(true)) };
      nodes.push(node(key, ["Employment"], facts, "hr", "all"));
      edges.push(edge(person, "EMPLOYED_AS", key, instants(split(false)), DERIVED_SOURCE, "all"));
    });
  }
  for (const { key, label, also, provider, partition, ...props } of [...file.nodes, ...one.nodes]) {
    const { source } = parseKey(key);
    const held = partition ?? DEFAULT_PARTITION[source] ?? "111111111111";
    partitions.set(key, held);
    const labels = [label, ...(also === undefined ? [] : [also])];
    const own = {
      name: parseKey(key).id,
      ...(provider === undefined ? {} : { provider }),
      ...instants(props),
    };
    nodes.push(node(key, labels, own, label === "Unresolved" ? "" : source, held));
  }
  for (const [from, type, to, ...more] of [...file.edges, ...one.edges]) {
    const source = DERIVED_EDGES.has(type) ? DERIVED_SOURCE : parseKey(from).source;
    const held = source === DERIVED_SOURCE ? "all" : (partitions.get(from) ?? "111111111111");
    edges.push(edge(from, type, to, instants(more[0] ?? {}), source, held));
  }
  return { nodes, edges };
}

/** Replaces what the store holds by the fixture. */
export async function writeFixture(store: GraphStore, { nodes, edges }: Fixture): Promise<void> {
  await store.write(async (tx) => {
    await tx.run("MATCH (n:Entity) DETACH DELETE n");
    for (const [labels, group] of grouped(nodes, (n) => n.labels.join(":"))) {
      const rows = group.map(({ props }) => ({ props }));
      await tx.run(`UNWIND $rows AS row CREATE (n:Entity:${labels}) SET n = row.props`, { rows });
    }
    for (const [type, group] of grouped(edges, (e) => e.type)) {
      const rows = group.map(({ from, to, props }) => ({ from, to, props }));
      const made = await tx.run(
        `UNWIND $rows AS row MATCH (a:Entity {key: row.from}), (b:Entity {key: row.to})
         CREATE (a)-[e:${type}]->(b) SET e = row.props RETURN count(e) AS n`,
        { rows },
      );
      if (made[0]?.n !== rows.length) throw new Error(`an edge ${type} of the case names an unknown node`);
    }
  });
}

/** The sources of every case: HR, one that reads all the rest, and correlation. */
export function casePlan(rule: Rule, one: RuleCase): readonly PlannedSource[] {
  const types = [...rule.needs.see, ...rule.needs.absenceOf.map(({ type }) => type)];
  const named = types.map((type) => type.replace(/\?$/, "").split("."));
  const properties = (label: string) => named.flatMap(([of, property]) => (of === label && property) || []);
  const stream = (
    name: string,
    labels: readonly ("Employment" | "Account" | "NonHumanIdentity" | "Credential")[],
  ) => ({
    name,
    title: name,
    optional: false,
    produces: {
      nodes: labels.map((label) => ({ label, properties: properties(label) })),
      edges:
        name === "people"
          ? []
          : (["MEMBER_OF", "HAS_ENTITLEMENT", "CAN_ASSUME", "HAS_CREDENTIAL", "OWNED_BY", "ON"] as const).map(
              (type) => ({ type, properties: [] }),
            ),
    },
  });
  const plan: PlannedSource[] = [
    { source: "hr", type: "hr-csv", category: "hr", streams: [stream("people", ["Employment"])] },
    {
      source: "aws",
      type: "aws-iam",
      category: "access",
      streams: [stream("things", ["Account", "NonHumanIdentity", "Credential"])],
    },
  ];
  const second = {
    source: "hr2",
    type: "hr-csv",
    category: "hr",
    streams: [stream("people", ["Employment"])],
  } as const;
  const without = plan.filter(({ source }) => !one.without.some((name) => name === source));
  return [...without, ...(one.with.length === 0 ? [] : [second]), DERIVED_PLAN];
}

/** What the reads of a case were worth: complete unless it says otherwise. */
export function caseStates(
  plan: readonly PlannedSource[],
  file: CaseFile,
  one: RuleCase,
): readonly PartitionState[] {
  const aws = new Set(["111111111111"]);
  for (const { key, partition } of [...file.nodes, ...one.nodes]) {
    if (partition !== undefined && parseKey(key).source === "aws") aws.add(partition);
  }
  return plan.flatMap(({ source, streams }) =>
    streams.flatMap(({ name: stream }) =>
      (source === "aws" ? [...aws].sort() : ["all"]).map((partition): PartitionState => {
        const said = one.reads[`${source}/${partition}`] ?? "complete";
        const read = { source, stream, partition, verdict: "complete", state: "applied", readAt: 0 } as const;
        if (said === "never") return { ...read, onceRead: false, gap: `${stream}: was never read` };
        const gap = said === "complete" ? undefined : `${stream}: the newest read is ${said}`;
        return { ...read, onceRead: true, gap };
      }),
    ),
  );
}

function node(
  key: string,
  labels: readonly string[],
  props: Readonly<Record<string, ParamValue>>,
  source: string,
  partition: string,
): FixtureNode {
  const assertions = source === "" ? [] : [`0|${source}|things|${partition}|0`];
  return {
    key,
    labels,
    props: { key, label: labels[0] ?? "", ...(assertions.length > 0 ? { assertions } : {}), ...props },
  };
}

function edge(
  from: string,
  type: string,
  to: string,
  props: Readonly<Record<string, ParamValue>>,
  source: string,
  partition: string,
): FixtureEdge {
  return { from, type, to, props: { disc: "", assertions: [`0|${source}|things|${partition}|0`], ...props } };
}

/** Instants are written as ISO text in cases and stored as epoch ms; dates stay dates. */
function instants(props: Readonly<Record<string, ParamValue>>): Readonly<Record<string, ParamValue>> {
  return Object.fromEntries(
    Object.entries(props).map(([name, value]) => {
      const is = /(At|^since|^until)$/.test(name) && typeof value === "string";
      return [name, is ? Date.parse(value) : value];
    }),
  );
}

function grouped<T>(items: readonly T[], by: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(by(item));
    if (group === undefined) groups.set(by(item), [item]);
    else group.push(item);
  }
  return groups;
}
