import type { StreamInfo } from "../../collect/index.js";
import { DERIVED_SOURCE } from "../../model/index.js";
import type { NotEvaluated } from "../finding.js";
import type { RuleHeader } from "../rules/header.js";
import { mayEmit, needOf } from "../rules/need.js";
import { DERIVED_PLAN, type PartitionState, type PlannedSource, WHOLE_SOURCE } from "./partitions.js";

/** One read that is not what a rule needs. */
interface Gap {
  readonly source: string;
  readonly partition: string;
  /** What is the matter with the read. */
  readonly gap: string;
  /** The record type that is needed of it. */
  readonly type: string;
  /** What HR and correlation say holds for everybody, so its gap touches every finding of the rule. */
  readonly everywhere: boolean;
  /** An HR read asks for less than one before it: what it says of people may be what it no longer asks for. */
  readonly blind: boolean;
  /** Whether rows may still open findings: presence may, absence may not. */
  readonly forbids: boolean;
  /** The source's system, where only rows that name it are touched. */
  readonly named?: string;
}

/** What a row or a finding rests on, as far as reads decide about it. */
export interface RestsOn {
  /** `source|partition` of who asserts its evidence. */
  readonly partitions: readonly string[];
  /** Whose reads could have said otherwise, as the row names them: a system, or `system|partition`. */
  readonly answerers: readonly string[];
}

/** What a rule can say in this run, and of which partitions. */
export interface RuleNeeds {
  /** False where no configured source reads what the rule is about: it is not applicable, and says nothing. */
  readonly applicable: boolean;
  readonly notEvaluated: readonly NotEvaluated[];
  /** Whether the rule is evaluated for something that rests on these reads. */
  evaluated(on: RestsOn): boolean;
  /** Whether only HR or correlation are in the way there, and HR said all that it ever did of those it saw. */
  onlyPeopleUnsure(on: RestsOn): boolean;
  /** Whether a row that rests on these reads may open a finding. */
  mayOpen(on: RestsOn): boolean;
}

/** Holds a rule's needs against what the sources read. Pure. */
export function ruleNeeds(
  rule: Pick<RuleHeader, "id" | "needs">,
  plan: readonly PlannedSource[],
  states: readonly PartitionState[],
): RuleNeeds {
  const configured = plan.filter((planned) => planned.source !== DERIVED_SOURCE);
  const gaps: Gap[] = [];
  let applicable = true;
  for (const entry of rule.needs.see) {
    const type = entry.replace(/\?$/, "");
    const producers = producersOf(plan, type);
    if (producers.length === 0 && type === entry) applicable = false;
    const counting = unspared(producers, states, type === entry);
    gaps.push(...gapsOf(producers, counting, { type, forbids: false, all: false }));
  }
  for (const { type: entry, scope, once } of rule.needs.absenceOf) {
    const type = entry.replace(/\?$/, "");
    const producers = producersOf(scope === "named" ? configured : plan, type);
    // Where no configured source could answer what a row names, its silence means nothing, and no read of it is needed.
    if (producers.length === 0 && scope !== "named" && type === entry) applicable = false;
    // What the newest read does not say may be known of one before it; a source of which nothing was ever read says nothing.
    const counting = unspared(producers, states, type === entry);
    const worth = once ? counting.filter(({ onceRead }) => !onceRead) : counting;
    const all = scope === "all";
    gaps.push(...gapsOf(producers, worth, { type, forbids: true, all, named: scope === "named" }));
  }
  if (!configured.some((planned) => planned.category === "access") && seesAccess(rule)) applicable = false;
  const known = new Set(states.map((state) => `${state.source}|${state.partition}`));
  const touches = (gap: Gap, { partitions, answerers }: RestsOn) =>
    gap.everywhere ||
    (gap.named === undefined
      ? isAmong(gap.source, gap.partition, partitions)
      : answerers.includes(gap.named) || isAmong(gap.named, gap.partition, answerers));
  const read = (partitions: readonly string[]) => partitions.every((partition) => known.has(partition));
  return {
    applicable,
    notEvaluated: applicable ? listed(rule.id, gaps) : [],
    evaluated: (on) => read(on.partitions) && !gaps.some((gap) => touches(gap, on)),
    onlyPeopleUnsure: (on) =>
      read(on.partitions) && gaps.every((gap) => (gap.everywhere && !gap.blind) || !touches(gap, on)),
    mayOpen: (on) => !gaps.some((gap) => gap.forbids && touches(gap, on)),
  };
}

/** Of a source or system of which nothing was ever read, any partition may be the one that is meant. */
function isAmong(owner: string, partition: string, among: readonly string[]): boolean {
  return partition === WHOLE_SOURCE
    ? among.some((one) => one.startsWith(`${owner}|`))
    : among.includes(`${owner}|${partition}`);
}

/** Ids of the rules of which no configured source reads what they need. */
export function notApplicable(
  rules: readonly Pick<RuleHeader, "id" | "needs">[],
  plan: readonly PlannedSource[],
): readonly string[] {
  const whole = [...plan, DERIVED_PLAN];
  return rules.filter((rule) => !ruleNeeds(rule, whole, []).applicable).map(({ id }) => id);
}

/** True for rules about accounts and software: without a source of those they say nothing. */
function seesAccess(rule: Pick<RuleHeader, "needs">): boolean {
  return rule.needs.see.some((type) => !/^(Employment|Person|EMPLOYED_AS|REPORTS_TO)(\.|$)/.test(type));
}

interface Producer {
  readonly planned: PlannedSource;
  readonly stream: StreamInfo;
}

/** The streams that read what is needed. */
function producersOf(plan: readonly PlannedSource[], type: string): readonly Producer[] {
  const need = needOf(type);
  return plan.flatMap((planned) =>
    planned.streams.filter((stream) => mayEmit(stream, need)).map((stream) => ({ planned, stream })),
  );
}

/**
 * Without the optional streams that were never read, unless what is needed (and not only where it is read) would come
 * from these alone: then it is not known, and not absent.
 */
function unspared(
  producers: readonly Producer[],
  states: readonly PartitionState[],
  needed: boolean,
): readonly PartitionState[] {
  const produced = (state: PartitionState) =>
    producers.some(({ planned, stream }) => planned.source === state.source && stream.name === state.stream);
  const told = new Set(
    states
      .filter((state) => state.spared !== true && produced(state))
      .map(({ source, partition }) => `${source}|${partition}`),
  );
  return states.filter(
    ({ spared, source, partition }) => spared !== true || (needed && !told.has(`${source}|${partition}`)),
  );
}

function gapsOf(
  producers: readonly Producer[],
  states: readonly PartitionState[],
  need: { readonly type: string; readonly forbids: boolean; readonly all: boolean; readonly named?: boolean },
): readonly Gap[] {
  return producers.flatMap(({ planned, stream }) =>
    states
      .filter((state) => state.source === planned.source && state.stream === stream.name)
      .flatMap((state) =>
        state.gap === undefined
          ? []
          : [
              {
                source: state.source,
                partition: state.partition,
                gap: state.gap,
                type: need.type.replace(/\(.*/, ""),
                blind: planned.category === "hr" && state.state === "narrowed",
                everywhere: need.all || planned.category === "hr" || planned.source === DERIVED_SOURCE,
                forbids: need.forbids,
                ...(need.named === true ? { named: planned.type } : {}),
              },
            ],
      ),
  );
}

/** One entry per source and partition; each reason once, with what is needed of that read. */
function listed(rule: string, gaps: readonly Gap[]): readonly NotEvaluated[] {
  const entries = new Map<string, { source: string; partition: string; types: Map<string, Set<string>> }>();
  for (const { source, partition, gap, type } of gaps) {
    const id = `${source}|${partition}`;
    const entry = entries.get(id) ?? { source, partition, types: new Map<string, Set<string>>() };
    entry.types.set(gap, (entry.types.get(gap) ?? new Set()).add(type));
    entries.set(id, entry);
  }
  return [...entries.values()].map(({ source, partition, types }) => ({
    rule,
    source,
    partition,
    reason: [...types]
      .map(([gap, needed]) => `${gap} (needed for ${[...needed].sort().join(", ")})`)
      .join("; "),
  }));
}
