import type { GraphStore } from "../../graph/index.js";
import { DERIVED_SOURCE, parseEdgeId } from "../../model/index.js";
import { type ReachGraph, walkAll } from "../../reach/index.js";
import type { RuleEvaluation } from "../evaluate/evaluate.js";
import { lookUpEmployed } from "../evaluate/lookup.js";
import type { EvidenceRef, Finding, Proof } from "../finding.js";
import { reportsReached } from "../rules/rule.js";
import type { KnownChange } from "./changes.js";
import { whyDerivedEnded } from "./derived.js";
import type { VanishedFacts } from "./lifecycle.js";
import { type Current, currentOf, describe, goneProof, proof, seenChanges } from "./proof.js";

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
      return [
        finding.fingerprint,
        {
          proof: proofOf(finding, current) ?? whyEnded(finding),
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
 * turned off, and the newest change of that record by a source (never by correlation) says so.
 */
function proofOf(finding: Finding, current: Current): Proof | undefined {
  for (const item of finding.evidence) {
    if (item.role !== "access") continue;
    const gone = goneProof(item.record, current);
    if (gone !== undefined) return gone;
    if (!current.exists(item.record)) continue;
    const changes = seenChanges(item.record, current);
    for (const [name, wanted] of Object.entries(item.requires ?? {})) {
      const value = current.nodes.get(item.record)?.props[name];
      if (!OFF.has(value)) continue;
      const turned = changes.findLast((c) => c.kind === "changed" && name in c.after);
      if (turned !== undefined && turned.after[name] === value) {
        return proof(turned, `${describe(item.record)} turned from ${wanted} to ${String(value)}`);
      }
    }
  }
  return undefined;
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
