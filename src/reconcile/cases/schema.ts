import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { z } from "zod";
import {
  CANONICAL_LABELS,
  EDGE_TYPES,
  InputError,
  messageOf,
  PROVIDER_LABEL,
  SEVERITIES,
} from "../../model/index.js";

/** What every rule has to show, or to say why it has no such case. */
export const CASE_KINDS = [
  "hit",
  "nearMiss",
  "unknown",
  "incomplete",
  "rehire",
  "futureLeaver",
  "fanOut",
  "legitimate",
] as const;
export type CaseKind = (typeof CASE_KINDS)[number];

const scalar = z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]);
const instant = z.string().transform((text, context) => {
  const at = Date.parse(text);
  if (Number.isNaN(at)) context.addIssue(`${text} is no instant`);
  return at;
});

const node = z
  .object({
    key: z.string().min(3),
    label: z.enum([...CANONICAL_LABELS, "Unresolved"]),
    /** A second canonical label: accounts used by software. */
    also: z.enum(CANONICAL_LABELS).optional(),
    provider: z.string().regex(PROVIDER_LABEL, "is no provider's label").optional(),
    /** The source that describes it, where its key does not say so. */
    by: z.string().optional(),
    /** Partition of its source, where it is not the one that docs/rules.md names. */
    partition: z.string().optional(),
  })
  .catchall(scalar);
const edge = z.tuple([z.string(), z.enum(EDGE_TYPES), z.string()], z.record(z.string(), scalar));
const employment = z.record(z.string(), scalar);

const graph = {
  /** Persons of `hr` and their employments: properties of EMPLOYED_AS; `end` and `missing` go to the Employment. */
  people: z.record(z.string(), z.array(employment)).default({}),
  nodes: z.array(node).default([]),
  /** `[from, TYPE, to, { property: value }]`. */
  edges: z.array(edge).default([]),
};

/** Sources beside `hr` and `aws`, which every case has. */
const more = z.array(z.enum(["hr2", "entra", "google-cloud", "google-workspace"])).default([]);

/** `never`: nothing of it was ever read. The others had a read before. */
const verdict = z.enum([
  "complete",
  "partial",
  "failed",
  "stopped",
  "narrowed",
  "outOfScope",
  "moved",
  "never",
]);

const oneCase = z.strictObject({
  name: z.string().min(1),
  kind: z.enum(CASE_KINDS),
  now: instant.optional(),
  ...graph,
  /** What the reads were worth, where not complete: `aws/111111111111: failed`. */
  reads: z.record(z.string(), verdict).default({}),
  /** Sources that are configured as well. */
  with: more,
  /** Sources that are not configured. */
  without: z.array(z.enum(["hr", "aws", "entra", "google-cloud", "google-workspace"])).default([]),
  params: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  expect: z.strictObject({
    /** Columns of each finding, as many as matter; `severity` beside them. All findings are listed. */
    findings: z
      .array(z.object({ severity: z.enum(SEVERITIES).optional() }).catchall(z.union([scalar, z.null()])))
      .default([]),
    notEvaluated: z
      .array(z.strictObject({ source: z.string(), partition: z.string(), reason: z.string().optional() }))
      .default([]),
    population: z.int().optional(),
    excluded: z.int().optional(),
  }),
});
export type RuleCase = z.infer<typeof oneCase>;

const file = z.strictObject({
  rule: z.string(),
  now: instant,
  with: more,
  ...graph,
  /** Kinds without a case, and why. */
  notApplicable: z.partialRecord(z.enum(CASE_KINDS), z.string().min(10)).default({}),
  cases: z.array(oneCase).min(1),
});
export type CaseFile = z.infer<typeof file>;

/** Reads a rule's cases. InputError where the file is not understood, or a kind of case is missing. */
export async function loadCases(rule: {
  readonly id: string;
  readonly casesFile: string;
}): Promise<CaseFile> {
  const fail = (what: string): never => {
    throw new InputError({
      what: `${rule.casesFile}: ${what}.`,
      fix: "docs/rules.md says what cases look like.",
    });
  };
  let value: unknown;
  try {
    value = parse(await readFile(rule.casesFile, "utf8"));
  } catch (error) {
    return fail(messageOf(error));
  }
  const parsed = file.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return fail(`${issue?.path.join(".") ?? ""}: ${issue?.message ?? "is not understood"}`);
  }
  if (parsed.data.rule !== rule.id) fail(`the cases are of ${parsed.data.rule}, and the rule is ${rule.id}`);
  for (const kind of CASE_KINDS) {
    const has = parsed.data.cases.some((one) => one.kind === kind);
    const excused = parsed.data.notApplicable[kind] !== undefined;
    if (!has && !excused) fail(`there is no case of the kind ${kind}, and notApplicable does not say why`);
    if (has && excused) fail(`notApplicable names ${kind}, and there is such a case`);
  }
  return parsed.data;
}
