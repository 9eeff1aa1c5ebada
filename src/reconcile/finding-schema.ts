import { z } from "zod";
import type { CellValue } from "../graph/index.js";
import { OperationError, SEVERITIES } from "../model/index.js";
import type { Finding, NotEvaluated, SourceStatus } from "./finding.js";

/** Findings as they come back from the store and the journal: JSON of our own, and still checked. */
const cell: z.ZodType<CellValue> = z.lazy(() =>
  z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(cell), z.record(z.string(), cell)]),
);
const node = z.object({ key: z.string(), label: z.string(), name: z.string() });
/** `exactOptionalPropertyTypes`: what is absent must not come back as undefined. */
const edge = z
  .object({
    from: node,
    edge: z.string(),
    to: node,
    reversed: z.literal(true).optional(),
    changeAt: z.string().optional(),
  })
  .transform(({ reversed, changeAt, ...step }) => ({
    ...step,
    ...(reversed === undefined ? {} : { reversed }),
    ...(changeAt === undefined ? {} : { changeAt }),
  }));
const remediation = z.object({ command: z.string(), reversible: z.boolean(), affects: z.string() });

const evidence = z
  .object({
    record: z.string(),
    requires: z.record(z.string(), z.string()).optional(),
    role: z.enum(["access", "context"]),
    heldBy: z.array(z.string()).optional(),
  })
  .transform(({ record, requires, role, heldBy }) => ({
    record,
    role,
    ...(requires === undefined ? {} : { requires }),
    ...(heldBy === undefined ? {} : { heldBy }),
  }));

export const findingSchema = z.object({
  rule: z.string(),
  revision: z.number(),
  fingerprint: z.string(),
  status: z.enum(["open", "closed", "excepted"]),
  closedAs: z.enum(["removed", "noLongerApplies"]).nullable(),
  closedReason: z.string().nullable(),
  closedAt: z.string().nullable(),
  checked: z.boolean(),
  severity: z.enum(SEVERITIES),
  subject: node,
  person: z.object({ key: z.string(), workerIds: z.array(z.string()), name: z.string() }).nullable(),
  reason: z.string(),
  path: z.array(edge),
  otherPaths: z.number(),
  cuts: z.array(edge),
  remediation: z.array(remediation),
  controls: z.record(z.string(), z.array(z.string())),
  population: z.number(),
  firstSeen: z.string(),
  lastSeen: z.string(),
  run: z.string(),
  reopened: z.number(),
  proof: z
    .object({
      read: z.string(),
      source: z.string(),
      stream: z.string(),
      partition: z.string(),
      at: z.string(),
      record: z.string(),
      change: z.string(),
      lastSeenAt: z.string().nullable(),
    })
    .nullable(),
  columns: z.record(z.string(), cell),
  evidence: z.array(evidence),
  exception: z.object({ id: z.string(), until: z.string() }).nullable(),
});

export const notEvaluatedSchema = z.object({
  rule: z.string(),
  source: z.string(),
  partition: z.string(),
  reason: z.string(),
});
export const sourceStatusSchema = z.object({
  name: z.string(),
  partition: z.string(),
  verdict: z.enum(["complete", "partial", "failed"]),
  state: z.enum(["applied", "stopped", "narrowed", "outOfScope"]),
  readAt: z.string().nullable(),
  reason: z.string().nullable(),
});

/** Parses a finding's document. OperationError where the store holds something else. */
export function parseFinding(document: unknown): Finding {
  const parsed = findingSchema.safeParse(typeof document === "string" ? JSON.parse(document) : document);
  if (parsed.success) return parsed.data;
  throw new OperationError({
    what: `The store holds a finding that is not understood: ${parsed.error.issues[0]?.path.join(".") ?? ""}.`,
    fix: "Run `exitgraph rebuild`: findings are made again from the journal.",
  });
}

export function parseNotEvaluated(text: unknown): readonly NotEvaluated[] {
  return z.array(notEvaluatedSchema).parse(typeof text === "string" ? JSON.parse(text) : text);
}

export function parseSources(text: unknown): readonly SourceStatus[] {
  return z.array(sourceStatusSchema).parse(typeof text === "string" ? JSON.parse(text) : text);
}
