import type { CanonicalLabel, EdgeType } from "../../model/index.js";
import { parseKey } from "../../model/index.js";
import { DERIVED_PLAN, type PartitionState, type PlannedSource } from "../evaluate/partitions.js";
import { needOf } from "../rules/need.js";
import type { Rule } from "../rules/rule.js";
import type { CaseFile, RuleCase } from "./schema.js";

/** A source that cases may have, as far as it decides what a rule can say. */
interface CaseSource {
  readonly type: string;
  readonly category: "hr" | "access";
  /** The partition of what names no other. */
  readonly partition: string;
  readonly nodes: readonly CanonicalLabel[];
  readonly edges: readonly EdgeType[];
  /** Properties of these that no such system knows. */
  readonly lacks: readonly string[];
}

const HR = {
  type: "hr-csv",
  category: "hr",
  partition: "all",
  nodes: ["Employment"],
  edges: [],
  lacks: [],
} as const;

export const CASE_SOURCES = {
  hr: HR,
  hr2: HR,
  aws: {
    type: "aws-iam",
    category: "access",
    partition: "111111111111",
    nodes: ["Account", "NonHumanIdentity", "Credential", "Group", "Entitlement", "Resource"],
    edges: ["MEMBER_OF", "HAS_ENTITLEMENT", "CAN_ASSUME", "HAS_CREDENTIAL", "OWNED_BY", "ON"],
    lacks: ["HAS_ENTITLEMENT.assignment"],
  },
  entra: {
    type: "entra",
    category: "access",
    partition: "tenant",
    nodes: [
      "Account",
      "NonHumanIdentity",
      "Application",
      "Credential",
      "Group",
      "Entitlement",
      "Resource",
      "OAuthGrant",
      "License",
    ],
    edges: [
      "MEMBER_OF",
      "HAS_ENTITLEMENT",
      "CAN_ASSUME",
      "HAS_CREDENTIAL",
      "OWNED_BY",
      "ON",
      "RUNS_AS",
      "CONSENTED",
      "TO",
      "USES_SEAT",
    ],
    lacks: [],
  },
  "google-cloud": {
    type: "google-cloud",
    category: "access",
    partition: "project",
    nodes: ["NonHumanIdentity", "Credential", "Group", "Entitlement", "Resource"],
    edges: ["MEMBER_OF", "HAS_ENTITLEMENT", "CAN_ASSUME", "HAS_CREDENTIAL", "OWNED_BY", "ON", "SAME_AS"],
    lacks: ["HAS_ENTITLEMENT.assignment"],
  },
  "google-workspace": {
    type: "google-workspace",
    category: "access",
    partition: "customer",
    nodes: ["Account", "Application", "Group", "Entitlement", "Resource", "OAuthGrant", "License"],
    edges: ["MEMBER_OF", "HAS_ENTITLEMENT", "OWNED_BY", "ON", "CONSENTED", "TO", "USES_SEAT"],
    lacks: ["HAS_ENTITLEMENT.assignment", "Application.firstParty"],
  },
} as const satisfies Record<string, CaseSource>;
type Name = keyof typeof CASE_SOURCES;
const NAMES: readonly Name[] = ["hr", "hr2", "aws", "entra", "google-cloud", "google-workspace"];
/** Configured unless a case says otherwise. */
const ALWAYS: ReadonlySet<Name> = new Set<Name>(["hr", "aws"]);

/** The partition of a record of this source that names no other. */
export function partitionOf(source: string): string {
  const name = NAMES.find((one) => one === source);
  return name === undefined ? "all" : CASE_SOURCES[name].partition;
}

/** The sources of a case, and correlation. Of what they read, each knows the properties that the rule asks for. */
export function casePlan(rule: Rule, file: CaseFile, one: RuleCase): readonly PlannedSource[] {
  const types = [...rule.needs.see, ...rule.needs.absenceOf.map(({ type }) => type)];
  const needed = types.map((type) => needOf(type.replace(/\?$/, "")));
  const added = new Set<Name>([...file.with, ...one.with]);
  const left = new Set<Name>(one.without);
  const names = NAMES.filter((name) => (ALWAYS.has(name) || added.has(name)) && !left.has(name));
  const planned = names.map((source): PlannedSource => {
    const { type, category, nodes, edges, lacks }: CaseSource = CASE_SOURCES[source];
    const properties = (record: string) =>
      needed.flatMap(({ type: of, property }) =>
        of === record && property !== undefined && !lacks.includes(`${record}.${property}`) ? [property] : [],
      );
    const produces = {
      nodes: nodes.map((label) => ({ label, properties: properties(label) })),
      edges: edges.map((edge) => ({ type: edge, properties: properties(edge) })),
    };
    const name = category === "hr" ? "people" : "things";
    return { source, type, category, streams: [{ name, title: name, optional: false, produces }] };
  });
  return [...planned, DERIVED_PLAN];
}

/** What the reads of a case were worth: complete unless it says otherwise. */
export function caseStates(
  plan: readonly PlannedSource[],
  file: CaseFile,
  one: RuleCase,
): readonly PartitionState[] {
  const named = [...file.nodes, ...one.nodes].flatMap(({ key, by, partition }) =>
    partition === undefined ? [] : [{ source: by ?? parseKey(key).source, partition }],
  );
  return plan.flatMap(({ source, streams }) => {
    const own = named.filter((node) => node.source === source).map(({ partition }) => partition);
    const partitions = [...new Set([partitionOf(source), ...own])].sort();
    return streams.flatMap(({ name: stream }) =>
      partitions.map((partition): PartitionState => {
        const said = one.reads[`${source}/${partition}`] ?? "complete";
        const read = { source, stream, partition, verdict: "complete", state: "applied", readAt: 0 } as const;
        if (said === "never") return { ...read, onceRead: false, gap: `${stream}: was never read` };
        const gap = said === "complete" ? undefined : `${stream}: the newest read is ${said}`;
        return { ...read, onceRead: true, gap };
      }),
    );
  });
}
