import type { StreamInfo } from "../../collect/index.js";
import { DERIVED_SOURCE } from "../../model/index.js";
import type { NotEvaluated } from "../finding.js";
import type { RuleHeader } from "../rules/header.js";
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
}

/** What a rule can say in this run, and of which partitions. */
export interface RuleNeeds {
  /** False where no configured source reads what the rule is about: it is not applicable, and says nothing. */
  readonly applicable: boolean;
  readonly notEvaluated: readonly NotEvaluated[];
  /** Whether the rule is evaluated for something held by these partitions (`source|partition`). */
  evaluated(partitions: readonly string[]): boolean;
  /** Whether only HR or correlation are in the way there, and HR said all that it ever did of those it saw. */
  onlyPeopleUnsure(partitions: readonly string[]): boolean;
  /** Whether a row about these partitions may open a finding. */
  mayOpen(partitions: readonly string[]): boolean;
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
    gaps.push(...gapsOf(producers, states, type));
  }
  for (const { type, scope, once } of rule.needs.absenceOf) {
    const producers = producersOf(plan, type);
    if (producers.length === 0) applicable = false;
    // What the newest read does not say may be known of one before it; a source of which nothing was ever read says nothing.
    const worth = once ? states.filter(({ onceRead }) => !onceRead) : states;
    gaps.push(...gapsOf(producers, worth, type, true, scope === "all"));
  }
  if (!configured.some((planned) => planned.category === "access") && seesAccess(rule)) applicable = false;
  const known = new Set(states.map((state) => `${state.source}|${state.partition}`));
  const touches = (gap: Gap, partitions: readonly string[]) =>
    gap.everywhere ||
    partitions.includes(`${gap.source}|${gap.partition}`) ||
    (gap.partition === WHOLE_SOURCE && partitions.some((p) => p.startsWith(`${gap.source}|`)));
  const read = (partitions: readonly string[]) => partitions.every((partition) => known.has(partition));
  return {
    applicable,
    notEvaluated: applicable ? listed(rule.id, gaps) : [],
    evaluated: (partitions) => read(partitions) && !gaps.some((gap) => touches(gap, partitions)),
    onlyPeopleUnsure: (partitions) =>
      read(partitions) && gaps.every((gap) => (gap.everywhere && !gap.blind) || !touches(gap, partitions)),
    mayOpen: (partitions) => !gaps.some((gap) => gap.forbids && touches(gap, partitions)),
  };
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

/** The streams that read a record type or one property of it. */
function producersOf(plan: readonly PlannedSource[], type: string): readonly Producer[] {
  const [name = "", property] = type.split(".");
  return plan.flatMap((planned) =>
    planned.streams
      .filter((stream) => {
        const node = stream.produces.nodes.some(
          (n) =>
            (n.label === name || n.provider === name) &&
            (property === undefined ||
              n.properties.includes(property) ||
              (n.refines ?? []).includes(property)),
        );
        const edge = stream.produces.edges.some(
          (e) => e.type === name && (property === undefined || e.properties.includes(property)),
        );
        return node || edge;
      })
      .map((stream) => ({ planned, stream })),
  );
}

function gapsOf(
  producers: readonly Producer[],
  states: readonly PartitionState[],
  type: string,
  forbids = false,
  all = false,
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
                type,
                blind: planned.category === "hr" && state.state === "narrowed",
                everywhere: all || planned.category === "hr" || planned.source === DERIVED_SOURCE,
                forbids,
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
