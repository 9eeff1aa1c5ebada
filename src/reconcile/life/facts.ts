import type { GraphStore } from "../../graph/index.js";
import { DERIVED_SOURCE, parseEdgeId } from "../../model/index.js";
import { type ReachGraph, walkAll } from "../../reach/index.js";
import type { RuleEvaluation } from "../evaluate/evaluate.js";
import { lookUpEmployed } from "../evaluate/lookup.js";
import type { EvidenceRef, Finding, Proof } from "../finding.js";
import { type Rule, reportsReached } from "../rules/rule.js";
import type { KnownChange } from "./changes.js";
import { whyDerivedEnded } from "./derived.js";
import type { VanishedFacts } from "./lifecycle.js";
import { type Current, currentOf, describe, first, goneProof, proof, seenChanges } from "./proof.js";

/** Statuses that end what a record gave. */
const OFF: ReadonlySet<unknown> = new Set(["disabled", "deleted", "inactive"]);

/**
 * Why the rows of these findings are gone: what became of their evidence, by the reads that saw it, and of the
 * person. `now` is the instant at which HR status is judged.
 */
export async function factsOf(
  vanished: readonly Finding[],
  o: {
    readonly store: GraphStore;
    readonly now: number;
    readonly evaluations: ReadonlyMap<string, RuleEvaluation>;
    readonly previousParams: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
    readonly reach: () => Promise<ReachGraph>;
    readonly signal?: AbortSignal;
  },
): Promise<ReadonlyMap<string, VanishedFacts>> {
  const records = new Set(vanished.flatMap((finding) => finding.evidence.map((item) => item.record)));
  const current = await currentOf(o.store, records, o.signal);
  const whyEnded = await whyDerivedEnded(vanished, current, o.store, o.signal);
  const persons = vanished.flatMap(({ person }) => (person === null ? [] : [person.key]));
  const employed = await lookUpEmployed(o.store, persons, o.now, o.signal);
  const reached = await stillReached(vanished, o);
  return new Map(
    vanished.map((finding) => {
      const works = finding.person !== null && employed.has(finding.person.key);
      const retired = retiredRecord(finding, current);
      const rule = o.evaluations.get(finding.rule)?.rule;
      const derived = whyEnded(finding);
      return [
        finding.fingerprint,
        {
          proof: proofOf(finding, { rule, current, noProof: derived.noProof }) ?? derived.proof,
          stillReached: reached.has(finding.fingerprint),
          uncertain: finding.evidence.some((item) => isUncertain(item, current)),
          retired: retired !== undefined,
          employed: works,
          words: [
            ...(retired === undefined ? [] : [`The source ${retired.source} or a part of it was retired.`]),
            ...wordsOf(finding, works, current, o),
          ],
        },
      ];
    }),
  );
}

/**
 * The read that proves the removal: a record of the access itself is gone, or a status that the rule requires has
 * turned off, and the newest change of that record by a source (never by correlation) says so. Records of a column of
 * several (the roles that a name holds, the consents of an application) are each an access of their own: the loss of
 * one proves nothing while another stands.
 */
function proofOf(
  finding: Finding,
  o: {
    readonly rule: Rule | undefined;
    readonly current: Current;
    readonly noProof: ReadonlySet<string>;
  },
): Proof | undefined {
  const { rule, current, noProof } = o;
  const access = finding.evidence.filter(({ role, record }) => role === "access" && !noProof.has(record));
  const several = new Map((rule?.evidence ?? []).flatMap((item) => severalOf(item, rule, finding)));
  const endOf = (item: EvidenceRef) => goneProof(item.record, current) ?? offProof(item, current);
  const alone = first(
    access.filter(({ record }) => !several.has(record)),
    endOf,
  );
  if (alone !== undefined) return alone;
  const among = (switched: boolean) => access.filter(({ record }) => several.get(record) === switched);
  return wholly(among(true), endOf) ?? wholly(among(false), endOf);
}

/** The records of an evidence column of several, and whether it is a switch: all of those turned off end everything. */
function severalOf(
  { column, role, requires }: Rule["evidence"][number],
  rule: Rule | undefined,
  finding: Finding,
): readonly (readonly [string, boolean])[] {
  const type = rule?.columns[column]?.type;
  const value = finding.columns[column];
  if (role !== "access" || (type !== "keys" && type !== "edges") || !Array.isArray(value)) return [];
  return value.map((record) => [String(record), requires !== undefined]);
}

/** The newest of the proofs, where each of these has one. */
function wholly(
  items: readonly EvidenceRef[],
  endOf: (item: EvidenceRef) => Proof | undefined,
): Proof | undefined {
  const proofs = items.map(endOf).filter((one) => one !== undefined);
  if (proofs.length < items.length) return undefined;
  return proofs.reduce<Proof | undefined>(
    (newest, one) => (newest === undefined || one.at > newest.at ? one : newest),
    undefined,
  );
}

function offProof(item: EvidenceRef, current: Current): Proof | undefined {
  if (!current.exists(item.record)) return undefined;
  const changes = seenChanges(item.record, current);
  return first(Object.entries(item.requires ?? {}), ([name, wanted]) => {
    const value = current.nodes.get(item.record)?.props[name];
    if (!OFF.has(value)) return undefined;
    const turned = changes.findLast((c) => c.kind === "changed" && name in c.after);
    return turned !== undefined && turned.after[name] === value
      ? proof(turned, `${describe(item.record)} turned from ${wanted} to ${String(value)}`)
      : undefined;
  });
}

function isUncertain(item: EvidenceRef, current: Current): boolean {
  if (item.role !== "access" || !current.exists(item.record)) return false;
  const props = current.nodes.get(item.record)?.props ?? {};
  return Object.entries(item.requires ?? {}).some(
    ([name, wanted]) => props[name] !== wanted && !OFF.has(props[name]),
  );
}

function retiredRecord(finding: Finding, current: Current): KnownChange | undefined {
  for (const item of finding.evidence) {
    if (current.exists(item.record)) continue;
    const last = current.changes.get(item.record)?.findLast((change) => change.source !== DERIVED_SOURCE);
    if (last?.kind === "retired") return last;
  }
  return undefined;
}

/** The most telling first: what changed about the rule, then about the person, then about what ties things. */
function wordsOf(
  finding: Finding,
  employed: boolean,
  current: Current,
  o: {
    readonly evaluations: ReadonlyMap<string, RuleEvaluation>;
    readonly previousParams: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  },
): readonly string[] {
  const evaluation = o.evaluations.get(finding.rule);
  const words: string[] = [];
  if (evaluation !== undefined && evaluation.rule.revision !== finding.revision) {
    words.push(
      `The rule was revised (${finding.revision} to ${evaluation.rule.revision}) and no longer reports it.`,
    );
  }
  const before = o.previousParams.get(finding.rule);
  const changed = Object.entries(evaluation?.params ?? {}).filter(
    ([name, value]) => name !== "now" && name !== "today" && before !== undefined && before[name] !== value,
  );
  if (changed.length > 0) {
    words.push(`The rule's ${changed.map(([name, value]) => `${name} is now ${String(value)}`).join(", ")}.`);
  }
  if (employed) words.push(`${finding.person?.name ?? "The person"} is employed at that time.`);
  for (const item of finding.evidence) {
    if (item.role !== "context" || current.exists(item.record)) continue;
    const type = parseEdgeId(item.record)?.type;
    if (type === "HAS_ACCOUNT") words.push("The account is no longer tied to this person.");
    else if (type === "OWNED_BY") words.push("It is no longer owned by this owner.");
    else words.push(`The HR record changed: ${describe(item.record)} is no longer in it.`);
  }
  return words;
}

async function stillReached(
  vanished: readonly Finding[],
  o: {
    readonly now: number;
    readonly evaluations: ReadonlyMap<string, RuleEvaluation>;
    readonly reach: () => Promise<ReachGraph>;
    readonly signal?: AbortSignal;
  },
): Promise<ReadonlySet<string>> {
  const wanted = new Map<string, Map<string, Finding[]>>();
  for (const finding of vanished) {
    const start = o.evaluations.get(finding.rule)?.rule.reach?.start;
    const from = start === undefined ? undefined : finding.columns[start];
    const to = finding.columns.entitlement;
    if (typeof from !== "string" || typeof to !== "string") continue;
    const targets = wanted.get(from) ?? new Map<string, Finding[]>();
    targets.set(to, [...(targets.get(to) ?? []), finding]);
    wanted.set(from, targets);
  }
  const reached = new Set<string>();
  if (wanted.size === 0) return reached;
  const options = { now: o.now, ...(o.signal === undefined ? {} : { signal: o.signal }) };
  for (const one of walkAll(await o.reach(), wanted.keys(), options)) {
    for (const { rule, fingerprint, columns } of wanted.get(one.start)?.get(one.target) ?? []) {
      const reach = o.evaluations.get(rule)?.rule.reach;
      // A way that another rule reports is no longer this finding's.
      if (reportsReached({ reach }, { ...columns, certainty: one.certainty })) reached.add(fingerprint);
    }
  }
  return reached;
}
