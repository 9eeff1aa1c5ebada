import { z } from "zod";
import {
  ACCOUNT_STATUSES,
  CREDENTIAL_STATUSES,
  PRIVILEGES,
  PROPERTY_NAME,
  SEVERITIES,
} from "../../model/index.js";
import { CERTAINTIES } from "../../reach/index.js";
import { NEED } from "./need.js";

/** The YAML block at the head of a rule file: docs/rules.md explains each key. Unknown keys are refused. */

const name = z.string().regex(PROPERTY_NAME, "is not a name: a small letter, then letters and digits");
const text = z.string().trim().min(1);
const severity = z.enum(SEVERITIES);

export const COLUMN_TYPES = [
  "key",
  "edge",
  "edges",
  "keys",
  "text",
  "texts",
  "number",
  "flag",
  "date",
  "instant",
] as const;
export type ColumnType = (typeof COLUMN_TYPES)[number];

const column = z.strictObject({
  type: z.enum(COLUMN_TYPES),
  /** What it holds, for people. */
  means: text,
  /** May be null. */
  optional: z.boolean().default(false),
});

const parameter = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("text"), means: text, default: z.string() }),
  z.strictObject({ type: z.literal("number"), means: text, default: z.number() }),
  z.strictObject({ type: z.literal("flag"), means: text, default: z.boolean() }),
]);

/** With `?`: needed only where a configured source reads it. */
const seen = z.string().regex(new RegExp(`${NEED.source.slice(0, -1)}\\??$`), "is not a record type");

const ids = z.array(text).min(1);
/** One key per catalogue, so that outputs name it the same way everywhere. */
const controls = z.strictObject({
  owaspNhi2025: ids.optional(),
  nist80053r5: ids.optional(),
  csf20: ids.optional(),
  iso27001: ids.optional(),
  soc2: ids.optional(),
  cis81: ids.optional(),
  pci401: ids.optional(),
});

const evidence = z.strictObject({
  column: name,
  role: z.enum(["access", "context"]),
  /** The status that the rule requires of the node; it turning off is a proof as well. */
  requires: z.strictObject({ status: z.enum([...ACCOUNT_STATUSES, ...CREDENTIAL_STATUSES]) }).optional(),
});

/** Of columns that reach adds, the values that are meant. */
const reached = z.strictObject({
  certainty: z.array(z.enum(CERTAINTIES)).min(1).optional(),
  privilege: z.array(z.enum(PRIVILEGES)).min(1).optional(),
});

const remediation = z.union([
  z.strictObject({ action: z.literal("disableAccount"), account: name }),
  z.strictObject({ action: z.literal("deactivateCredential"), credential: name, holder: name }),
  z.strictObject({ action: z.literal("assignOwner"), subject: name }),
  /** `edge`: one edge, or all edges of a column of edges. Without it: every cut that reach found. */
  z.strictObject({ action: z.literal("cut"), edge: name.optional() }),
  /** A sentence for a person, with columns in braces. */
  z.strictObject({ say: text }),
]);

export const headerSchema = z.strictObject({
  id: z.string().regex(/^[A-Z]{2,6}-\d{3}$/, "is not an id such as LVR-001"),
  title: text,
  status: z.enum(["stable", "experimental", "deprecated"]),
  /** Raised when what the rule reports changes: a revision alone closes findings as no longer applying, never as removed. */
  revision: z.int().min(1),
  severity: z.union([
    severity,
    z.strictObject({ column: name, values: z.record(z.string(), severity), otherwise: severity }),
  ]),
  /** Column of what the finding is about. */
  subject: name,
  /** Column of the person it is about, if there is one. */
  person: name.optional(),
  identity: z.array(name).min(1),
  columns: z.record(name, column),
  params: z.record(name, parameter).default({}),
  /** What is said of a row, with columns in braces: `{name} left on {lastDay|an unknown day}`. */
  reason: text,
  /** The same for rows whose `outcome` is `unknown`. */
  unknown: text.optional(),
  population: z.strictObject({ means: text, query: text }),
  needs: z.strictObject({
    see: z.array(seen).min(1),
    absenceOf: z
      .array(
        z.strictObject({
          type: seen,
          scope: z.enum(["all", "subject", "named"]),
          /** With the scope `named`: the column that says whose reads: systems, or `system|partition`. */
          by: name.optional(),
          /** One applied read at any time is enough, though rows of it were rejected: what it did not see is as old as it is. */
          once: z.boolean().default(false),
        }),
      )
      .default([]),
  }),
  evidence: z.array(evidence).min(1),
  /** Columns of edges from the person to the thing, in order; reach goes on from there. */
  path: z.array(name).default([]),
  /** Walks from this column's node; one row becomes one per entitlement reached. */
  reach: z
    .strictObject({
      start: name,
      /** Values of columns that reach adds: rows that have one of each, and no others. */
      only: reached.optional(),
      /** The same the other way round: rows that have one of each are another rule's. */
      except: reached.optional(),
    })
    .optional(),
  remediation: z.array(remediation).min(1),
  controls,
  falsePositives: z.array(text).min(1),
  blindSpots: z.array(text).min(1),
});
export type RuleHeader = z.infer<typeof headerSchema>;

/** Columns that reach adds to each row of a rule that has it. */
export const REACH_COLUMNS: Readonly<Record<string, z.infer<typeof column>>> = {
  entitlement: { type: "key", means: "The entitlement that is reached.", optional: false },
  entitlementName: { type: "text", means: "Its name.", optional: false },
  privilege: {
    type: "text",
    means: "What it allows: admin, privileged, write, read or unknown.",
    optional: false,
  },
  resource: { type: "key", means: "What it is on.", optional: true },
  resourceName: { type: "text", means: "The name of what it is on.", optional: true },
  certainty: {
    type: "text",
    means: "active, conditional or eligible: the least sure edge decides.",
    optional: false,
  },
  through: {
    type: "text",
    means: "Between the account and the entitlement: names, or `direct`.",
    optional: false,
  },
};

/** The reserved column that tells findings from rows that could not be judged. */
export const OUTCOME = "outcome";
export const BUILT_IN_PARAMS: ReadonlySet<string> = new Set(["now", "today"]);
