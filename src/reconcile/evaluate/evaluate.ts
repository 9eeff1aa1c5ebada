import type { GraphStore, ParamValue } from "../../graph/index.js";
import type { ReachGraph } from "../../reach/index.js";
import type { NotEvaluated } from "../finding.js";
import type { Rule } from "../rules/rule.js";
import { type RuleNeeds, ruleNeeds } from "./needs.js";
import { type Observation, observe, restsOn, type Unjudged } from "./observe.js";
import type { PartitionState, PlannedSource } from "./partitions.js";
import type { Remedies } from "./remedy.js";
import { type Clock, paramsOf, populationOf, rowsOf } from "./rows.js";

/** What one rule's queries gave, before it is known what the reads were worth. */
export interface RuleAnswer {
  readonly rule: Rule;
  readonly params: Readonly<Record<string, string | number | boolean>>;
  readonly population: number;
  /** What is left out of the population on purpose, e.g. what the provider manages. */
  readonly excluded: number;
  readonly findings: ReadonlyMap<string, Observation>;
  readonly unjudged: readonly Unjudged[];
}

/** What one rule says in a run. */
export interface RuleEvaluation extends RuleAnswer {
  readonly needs: RuleNeeds;
  readonly notEvaluated: readonly NotEvaluated[];
}

/** Runs one rule's queries. Reads only. */
export async function answer(
  rule: Rule,
  o: {
    readonly store: GraphStore;
    readonly clock: Clock;
    readonly params: Readonly<Record<string, ParamValue>> | undefined;
    readonly reach: () => Promise<ReachGraph>;
    readonly remedies: Remedies;
    readonly signal?: AbortSignal;
  },
): Promise<RuleAnswer> {
  const params = paramsOf(rule, o.params, o.clock);
  const signal = o.signal === undefined ? {} : { signal: o.signal };
  const { population, excluded } = await populationOf(rule, o.store, params, o.signal);
  const rows = await rowsOf(rule, { store: o.store, params, now: o.clock.now, reach: o.reach, ...signal });
  const { findings, unjudged } = await observe(rule, rows, {
    store: o.store,
    remedies: o.remedies,
    population,
    ...signal,
  });
  return { rule, params, population, excluded, findings, unjudged };
}

/**
 * Holds an answer against what the reads are worth. A row that rests on absence opens nothing where a read that
 * would have shown the opposite is missing: it leaves the findings here, and `notEvaluated` says why.
 */
export function judge(
  given: RuleAnswer,
  plan: readonly PlannedSource[],
  states: readonly PartitionState[],
): RuleEvaluation {
  const needs = ruleNeeds(given.rule, plan, states);
  if (!needs.applicable) return { ...given, needs, notEvaluated: [], findings: new Map(), unjudged: [] };
  const unjudged = [...given.unjudged].sort((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1));
  return {
    ...given,
    needs,
    unjudged,
    notEvaluated: [...needs.notEvaluated, ...unjudged.map((u) => u.entry)],
  };
}

/** Whether a row of this run may open or reopen a finding. */
export function mayOpen(evaluation: RuleEvaluation, observation: Observation): boolean {
  return evaluation.needs.mayOpen(restsOn(evaluation.rule, observation));
}
