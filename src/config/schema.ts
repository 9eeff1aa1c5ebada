import { z } from "zod";
import { SEVERITIES, SOURCE_NAME } from "../model/index.js";

/** `exitgraph.yaml`, but for the sources' own keys, which each collector's schema checks. Unknown keys are refused. */

const timeZone = z.string().refine((zone) => {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}, "is not an IANA time zone such as Europe/Berlin");

/** Five or six cron fields; src/schedule checks them with node-cron itself. */
const cron = z.string().min(9);

const limit = z.strictObject({
  /** Stop when more than this share of a type's records (and at least 10) would go. */
  percent: z.number().min(0).max(100).default(20),
  /** Stop when more than this many would go, whatever the share. */
  count: z.int().min(0).optional(),
});

export const storeSchema = z.discriminatedUnion("engine", [
  z.strictObject({ engine: z.literal("embedded") }),
  z.strictObject({
    engine: z.literal("neo4j"),
    uri: z.string().regex(/^(neo4j|bolt)(\+s|\+ssc)?:\/\//, "must begin with neo4j:// or bolt://"),
    user: z.string().min(1),
    password: z.string().min(1),
    database: z.string().min(1).optional(),
  }),
]);

/** What every source has beside its collector's keys. */
export const sourceBaseSchema = z.looseObject({
  type: z.string(),
  recording: z.string().min(1).optional(),
  schedule: cron.optional(),
});

export const configSchema = z.strictObject({
  store: storeSchema.default({ engine: "embedded" }),
  /** Snapshots, journal and the embedded store. */
  data: z.string().min(1).default(".exitgraph"),
  company: z
    .strictObject({
      name: z.string().optional(),
      timeZone: timeZone.default("UTC"),
      /** Mail domains that mean the same mailbox: `a@old.example` is `a@new.example`. */
      domains: z.array(z.string().min(1)).default([]),
    })
    .prefault({}),
  sources: z.record(z.string().regex(SOURCE_NAME), sourceBaseSchema).default({}),
  schedule: z
    .strictObject({
      /** When sources without a schedule of their own are read. */
      collect: cron.optional(),
      reconcile: cron.optional(),
      timeZone: timeZone.optional(),
    })
    .prefault({}),
  correlate: z
    .strictObject({
      /** CSV of account (key, ARN, user name or e-mail) and person (worker id or e-mail); it wins over all rules. */
      mapping: z.string().optional(),
      /** User name patterns: `{first}.{last}`, `{f}{last}`, `{workerId}`. */
      userNames: z.array(z.string().min(1)).default([]),
      plusAddresses: z.boolean().default(true),
    })
    .prefault({}),
  guard: z
    .strictObject({
      removals: limit.prefault({}),
      /** For HR: how many people may newly have left in one read. */
      newlyLeft: limit.prefault({}),
    })
    .prefault({}),
  rules: z
    .strictObject({
      /** Folders of your own rules, beside the built-in ones. */
      folders: z.array(z.string()).default([]),
      disable: z.array(z.string()).default([]),
      params: z
        .record(z.string(), z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])))
        .default({}),
    })
    .prefault({}),
  exceptions: z
    .strictObject({
      /** Lets the one who asked approve; such approvals are marked. */
      selfApproval: z.boolean().default(false),
      maxDays: z.int().min(1).default(365),
    })
    .prefault({}),
  findings: z.strictObject({ failOn: z.enum(["new", ...SEVERITIES]).optional() }).prefault({}),
  api: z
    .strictObject({
      port: z.int().min(0).max(65_535).default(4180),
      introspection: z.boolean().default(false),
      graphiql: z.boolean().default(false),
      /** Origins that a browser may call from. None unless listed. */
      cors: z.array(z.string()).default([]),
      maxDepth: z.int().min(1).default(12),
      maxCost: z.int().min(1).default(20_000),
      maxPageSize: z.int().min(1).default(200),
      maxBodyBytes: z.int().min(1_024).default(262_144),
      timeoutMs: z.int().min(100).default(30_000),
    })
    .prefault({}),
});
export type Config = z.infer<typeof configSchema>;

/** One source as configured: the collector's own keys are apart, and checked by its schema. */
export interface SourceConfig {
  readonly name: string;
  readonly type: string;
  readonly recording: string | undefined;
  readonly schedule: string | undefined;
  /** What the collector's schema made of the remaining keys. */
  readonly settings: unknown;
}

/** A configuration that was read and checked. Paths in it are absolute. */
export interface LoadedConfig {
  readonly file: string;
  /** Folder of the file: relative paths start here. */
  readonly baseDir: string;
  readonly dataDir: string;
  readonly config: Config;
  readonly sources: readonly SourceConfig[];
}
