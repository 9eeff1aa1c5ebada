import { canonicalJson } from "../../model/index.js";
import { mayOpen, type RuleEvaluation } from "../evaluate/evaluate.js";
import { type Observation, restsOn } from "../evaluate/observe.js";
import type { ClosedAs, Finding, Proof } from "../finding.js";
import { isoOf } from "../when.js";
import {
  Approved,
  type ApprovedException,
  type EndedException,
  type RequestedException,
} from "./excepted.js";

/** What is known of a finding whose row is gone. */
export interface VanishedFacts {
  /** A read that proves that a record of its evidence is gone or turned off. */
  readonly proof: Proof | undefined;
  /** For rules with reach: the start still reaches the target by some way. */
  readonly stillReached: boolean;
  /** A status that the rule requires can no longer be told. */
  readonly uncertain: boolean;
  /** A record of its evidence was retired by a person. */
  readonly retired: boolean;
  /** The person has a live employment. */
  readonly employed: boolean;
  /** Why the rule no longer applies, in words; the most telling first. */
  readonly words: readonly string[];
}

export interface LifecycleInput {
  /** Epoch ms: when this run is. */
  readonly at: number;
  readonly run: string;
  readonly evaluations: readonly RuleEvaluation[];
  /** All open and excepted findings, by their present keys, and the fingerprints they had where those changed. */
  readonly standing: readonly Finding[];
  /** Closed findings for which an exception waits, likewise. */
  readonly dormant: readonly Finding[];
  readonly formerly: ReadonlyMap<string, string>;
  /** Closed findings whose fingerprint a row of this run has. */
  readonly closed: ReadonlyMap<string, Finding>;
  /** By fingerprint, for standing and dormant findings without a row. */
  readonly facts: ReadonlyMap<string, VanishedFacts>;
  /** All approved exceptions, also of closed findings, by the present fingerprints. */
  readonly exceptions: readonly ApprovedException[];
  /** All that were asked for and not decided, likewise. */
  readonly requested: readonly RequestedException[];
}

/** All that a run changes, as the event `run.reconciled` records it. */
export interface Lifecycle {
  readonly opened: readonly Finding[];
  readonly reopened: readonly Finding[];
  /** Still standing, and something that people see has changed. */
  readonly updated: readonly Finding[];
  readonly closed: readonly Finding[];
  /** Under a new fingerprint, because what it is about has a new key: still standing, or closed for now. */
  readonly rekeyed: readonly { readonly from: string; readonly finding: Finding }[];
  /** Still seen and the same: per rule, with its population, and whether its absence would have been seen. */
  readonly still: readonly {
    readonly rule: string;
    readonly population: number;
    readonly checked: boolean;
    readonly fingerprints: readonly string[];
  }[];
  /** Standing findings without a row, of which this run cannot say what that means; they stay as they are. */
  readonly unchecked: readonly string[];
  readonly endedExceptions: readonly EndedException[];
}

type Next =
  | { readonly kind: "same" | "unchecked"; readonly finding: Finding }
  | { readonly kind: "updated" | "closed"; readonly finding: Finding };

/** Decides what becomes of every finding. Pure: the same input gives the same lists, ordered by fingerprint. */
export function lifecycle(input: LifecycleInput): Lifecycle {
  const byRule = new Map(input.evaluations.map((evaluation) => [evaluation.rule.id, evaluation]));
  const opened: Finding[] = [];
  const reopened: Finding[] = [];
  const updated: Finding[] = [];
  const closed: Finding[] = [];
  const rekeyed: { from: string; finding: Finding }[] = [];
  const still = new Map<
    string,
    { rule: string; population: number; checked: boolean; fingerprints: string[] }
  >();
  const unchecked: string[] = [];
  const approved = new Approved(input.exceptions, input.requested, input.standing, input.at);
  const standing = new Set<string>();

  for (const given of ordered(input.standing)) {
    standing.add(given.fingerprint);
    const finding = under(approved, given);
    const next = nextOf(finding, byRule.get(finding.rule), input);
    if (next.kind === "closed" && next.finding.closedAs === "removed") approved.endRemoved(given.fingerprint);
    const from = input.formerly.get(given.fingerprint);
    if (from !== undefined && next.kind !== "closed") rekeyed.push({ from, finding: next.finding });
    else if (from !== undefined) rekeyed.push({ from, finding });
    if (next.kind === "closed") closed.push(next.finding);
    else if (from !== undefined) {
      // Its whole document is in `rekeyed`.
    } else if (next.kind === "updated" || finding.exception?.id !== given.exception?.id) {
      updated.push(next.finding);
    } else if (next.kind === "unchecked") unchecked.push(finding.fingerprint);
    else {
      const { population, checked } = next.finding;
      const id = `${finding.rule}|${checked}`;
      const group = still.get(id) ?? { rule: finding.rule, population, checked, fingerprints: [] };
      group.fingerprints.push(finding.fingerprint);
      still.set(id, group);
    }
  }

  for (const finding of ordered(input.dormant)) {
    const from = input.formerly.get(finding.fingerprint);
    if (from !== undefined && !standing.has(finding.fingerprint)) rekeyed.push({ from, finding });
    // It stays closed as it did; but what it was about is gone by now, and what comes back is another access.
    if (byRule.has(finding.rule) && removalOf(input.facts.get(finding.fingerprint)) !== undefined) {
      approved.endRemoved(finding.fingerprint);
    }
  }
  for (const evaluation of input.evaluations) {
    for (const observation of ordered([...evaluation.findings.values()])) {
      if (standing.has(observation.fingerprint) || !mayOpen(evaluation, observation)) continue;
      const before = input.closed.get(observation.fingerprint);
      (before === undefined ? opened : reopened).push(
        under(approved, openedFrom(observation, isEvaluated(evaluation, observation), input, before)),
      );
    }
  }
  return {
    opened,
    reopened,
    updated,
    closed,
    rekeyed,
    still: [...still.values()],
    unchecked,
    endedExceptions: approved.ended,
  };
}

/** Excepted while an approved exception lasts, else open. */
function under(approved: Approved, finding: Finding): Finding {
  const exception = approved.of(finding.fingerprint);
  return { ...finding, status: exception === null ? "open" : "excepted", exception };
}

function nextOf(finding: Finding, evaluation: RuleEvaluation | undefined, input: LifecycleInput): Next {
  const row = evaluation?.findings.get(finding.fingerprint);
  if (row !== undefined && evaluation !== undefined) {
    // What is there was seen, whatever the reads were worth; they only decide whether its absence would have been.
    const checked = isEvaluated(evaluation, row);
    const seen = { ...finding, ...row, checked, lastSeen: isoOf(input.at), run: input.run };
    return { kind: sameToPeople(finding, seen) ? "same" : "updated", finding: seen };
  }
  const facts = input.facts.get(finding.fingerprint);
  const close = (as: ClosedAs, reason: string, proof: Proof | null): Next => ({
    kind: "closed",
    finding: {
      ...finding,
      status: "closed",
      closedAs: as,
      closedReason: reason,
      closedAt: isoOf(input.at),
      checked: true,
      run: input.run,
      proof,
      exception: null,
    },
  });
  const stays: Next = { kind: "unchecked", finding: { ...finding, checked: false } };
  if (evaluation === undefined) {
    return close("noLongerApplies", `The rule ${finding.rule} is no longer in use.`, null);
  }
  if (facts === undefined) return stays;
  if (facts.retired) return close("noLongerApplies", facts.words[0] ?? "It was retired.", null);
  // The rule still sees it, and only cannot tell what it is: that is no removal.
  if (evaluation.unjudged.some((row) => row.fingerprint === finding.fingerprint)) return stays;
  const proof = removalOf(facts);
  if (proof !== undefined) return close("removed", `${proof.change} (read ${proof.read}).`, proof);
  if (!evaluation.needs.applicable) return stays;
  if (facts.uncertain) return stays;
  const on = restsOn(evaluation.rule, finding);
  const sure =
    evaluation.needs.evaluated(on) ||
    // That somebody works here is seen and not inferred: it needs no complete HR record.
    (facts.employed && evaluation.needs.onlyPeopleUnsure(on));
  if (!sure) return stays;
  return close("noLongerApplies", facts.words[0] ?? "The rule no longer matches what the sources say.", null);
}

/** The proof, where it proves that this access is gone: not a person's word, and not while there is another way. */
function removalOf(facts: VanishedFacts | undefined): Proof | undefined {
  return facts === undefined || facts.retired || facts.stillReached ? undefined : facts.proof;
}

function isEvaluated(evaluation: RuleEvaluation, row: Observation): boolean {
  return evaluation.needs.applicable && evaluation.needs.evaluated(restsOn(evaluation.rule, row));
}

function openedFrom(
  row: Observation,
  checked: boolean,
  { at, run }: LifecycleInput,
  before: Finding | undefined,
): Finding {
  return {
    ...row,
    status: "open",
    closedAs: null,
    closedReason: null,
    closedAt: null,
    checked,
    firstSeen: before?.firstSeen ?? isoOf(at),
    lastSeen: isoOf(at),
    run,
    reopened: before === undefined ? 0 : before.reopened + 1,
    proof: null,
    exception: null,
  };
}

/** When it was last seen, by which run and in what population is recorded apart: it changes with every run. */
function sameToPeople(before: Finding, after: Finding): boolean {
  const shown = ({ lastSeen: _, run: __, population: ___, checked: ____, ...rest }: Finding) =>
    canonicalJson(rest);
  return shown(before) === shown(after);
}

function ordered<T extends { readonly fingerprint: string }>(items: readonly T[]): readonly T[] {
  return [...items].sort((a, b) =>
    a.fingerprint < b.fingerprint ? -1 : a.fingerprint > b.fingerprint ? 1 : 0,
  );
}
