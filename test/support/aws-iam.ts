import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { collector } from "../../collectors/aws-iam/collector.js";
import { type Clock, collectSource, type KnownGraph } from "../../src/collect/index.js";
import { type GraphRecord, type PropValue, silentLog } from "../../src/model/index.js";
import { type Manifest, type PartitionRead, SnapshotFolder } from "../../src/snapshot/index.js";

export const ACCOUNT = "123456789012";
export const OTHER = "210987654321";
/** Like the documented examples: instants to the second, with an offset. */
export const CREATED = "2024-03-01T09:00:00+00:00";
export const arnOf = (kind: string, path: string, account = ACCOUNT) =>
  `arn:aws:iam::${account}:${kind}/${path}`;

type Json = Record<string, unknown>;

/** A user as GetAccountAuthorizationDetails has it. */
export function user(name: string, more: Json = {}, account = ACCOUNT): Json {
  return {
    Path: "/",
    UserName: name,
    UserId: `AIDA${name.toUpperCase()}`,
    Arn: arnOf("user", name, account),
    CreateDate: CREATED,
    GroupList: [],
    AttachedManagedPolicies: [],
    ...more,
  };
}

export function group(name: string, more: Json = {}, account = ACCOUNT): Json {
  return {
    Path: "/",
    GroupName: name,
    GroupId: `AGPA${name.toUpperCase()}`,
    Arn: arnOf("group", name, account),
    CreateDate: CREATED,
    GroupPolicyList: [],
    AttachedManagedPolicies: [],
    ...more,
  };
}

export function role(name: string, trust: unknown, more: Json = {}, account = ACCOUNT): Json {
  return {
    Path: "/",
    RoleName: name,
    RoleId: `AROA${name.toUpperCase()}`,
    Arn: arnOf("role", name, account),
    CreateDate: CREATED,
    AssumeRolePolicyDocument: trust,
    InstanceProfileList: [],
    RolePolicyList: [],
    AttachedManagedPolicies: [],
    ...more,
  };
}

export const statement = (
  Effect: "Allow" | "Deny",
  Action: unknown,
  Resource: unknown = "*",
  more: Json = {},
): Json => ({
  Effect,
  Action,
  Resource,
  ...more,
});
export const document = (...Statement: Json[]): Json => ({ Version: "2012-10-17", Statement });
export const trusts = (Principal: unknown, more: Json = {}): Json =>
  document({ Effect: "Allow", Principal, Action: "sts:AssumeRole", ...more });
export const inline = (name: string, PolicyDocument: unknown): Json => ({ PolicyName: name, PolicyDocument });
export const attached = (arn: string): Json => ({
  PolicyArn: arn,
  PolicyName: arn.slice(arn.lastIndexOf("/") + 1),
});

/** A managed policy whose only version is the default one. */
export function policy(arn: string, Document: unknown, more: Json = {}): Json {
  return {
    PolicyName: arn.slice(arn.lastIndexOf("/") + 1),
    PolicyId: "ANPAEXAMPLE",
    Arn: arn,
    Path: "/",
    DefaultVersionId: "v1",
    AttachmentCount: 1,
    IsAttachable: true,
    CreateDate: CREATED,
    PolicyVersionList: [{ Document, VersionId: "v1", IsDefaultVersion: true, CreateDate: CREATED }],
    ...more,
  };
}
export const ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess";
export const adminPolicy = policy(ADMIN, document(statement("Allow", "*")));

export interface Page {
  readonly UserDetailList?: Json[];
  readonly GroupDetailList?: Json[];
  readonly RoleDetailList?: Json[];
  readonly Policies?: Json[];
  readonly IsTruncated?: boolean;
  readonly Marker?: string;
}

const HEADER = [
  "user",
  "arn",
  "user_creation_time",
  "password_enabled",
  "password_last_used",
  "password_last_changed",
  "password_next_rotation",
  "mfa_active",
  "access_key_1_active",
  "access_key_1_last_rotated",
  "access_key_1_last_used_date",
  "access_key_1_last_used_region",
  "access_key_1_last_used_service",
  "access_key_2_active",
  "access_key_2_last_rotated",
  "access_key_2_last_used_date",
  "access_key_2_last_used_region",
  "access_key_2_last_used_service",
  "cert_1_active",
  "cert_1_last_rotated",
  "cert_2_active",
  "cert_2_last_rotated",
];

/** A row of the credential report of a user who has nothing, but for `cells`. */
export function row(
  name: string,
  cells: Readonly<Record<string, string>> = {},
  account = ACCOUNT,
): Record<string, string> {
  const nothing = Object.fromEntries(
    HEADER.map((column) => [column, column.endsWith("_active") ? "false" : "N/A"]),
  );
  return {
    ...nothing,
    user: name,
    arn: arnOf("user", name, account),
    user_creation_time: CREATED,
    password_enabled: "false",
    ...cells,
  };
}

export const root = (cells: Readonly<Record<string, string>> = {}, account = ACCOUNT) =>
  row("<root_account>", {
    arn: `arn:aws:iam::${account}:root`,
    password_enabled: "not_supported",
    password_last_changed: "not_supported",
    password_next_rotation: "not_supported",
    ...cells,
  });

export const GENERATED = "2026-11-21T03:00:00+00:00";
/** What `aws iam get-credential-report` prints. */
export function report(rows: readonly Record<string, string>[], generatedAt = GENERATED): Json {
  const lines = [HEADER, ...rows.map((cells) => HEADER.map((column) => cells[column] ?? ""))];
  return {
    Content: Buffer.from(`${lines.map((cells) => cells.join(",")).join("\n")}\n`).toString("base64"),
    ReportFormat: "text/csv",
    GeneratedTime: generatedAt,
  };
}

/** What `aws iam list-access-keys --user-name NAME` prints. */
export const keys = (
  name: string,
  ...list: readonly (readonly [id: string, status: string, created?: string])[]
): Json => ({
  AccessKeyMetadata: list.map(([AccessKeyId, Status, CreateDate = CREATED]) => ({
    UserName: name,
    AccessKeyId,
    Status,
    CreateDate,
  })),
});

/** Files of a recording: a list of pages is an `.ndjson`, a single page a `.json`. */
export type Recording = Readonly<Record<string, Json | Page | readonly unknown[]>>;

export interface ReadResult {
  readonly manifest: Manifest;
  /** Every record with its stream and partition. */
  readonly records: readonly {
    readonly stream: string;
    readonly partition: string;
    readonly record: GraphRecord;
  }[];
  read(stream: string, partition?: string): PartitionRead;
  /** Properties as the graph would merge them: the later stream wins. */
  props(key: string): Readonly<Record<string, PropValue>> | undefined;
  aliases(key: string): readonly string[];
  /** `TYPE from to` of edges, source name left out. */
  edges(type: string): readonly string[];
  keys(provider: string): readonly string[];
}

export interface IamRun {
  readonly settings?: Json;
  readonly known?: KnownGraph;
  readonly record?: string;
  readonly clock?: Clock;
  readonly attempts?: number;
  readonly signal?: AbortSignal;
}

export const nothingKnown: KnownGraph = { partitions: [], edges: async () => [] };

/** A folder for one test's recordings and snapshots. */
export class IamFolder {
  readonly dir: string;
  #count = 0;
  private constructor(dir: string) {
    this.dir = dir;
  }

  static async create(): Promise<IamFolder> {
    return new IamFolder(await mkdtemp(join(tmpdir(), "exitgraph-iam-")));
  }

  async remove(): Promise<void> {
    await rm(this.dir, { recursive: true, force: true });
  }

  /** Writes a recording and reads it. */
  async replay(recording: Recording, run: IamRun = {}): Promise<ReadResult> {
    this.#count += 1;
    const folder = join(this.dir, `recording-${this.#count}`);
    await mkdir(folder);
    for (const [stream, pages] of Object.entries(recording)) {
      if (Array.isArray(pages)) {
        await writeFile(
          join(folder, `${stream}.ndjson`),
          pages.map((page) => `${JSON.stringify(page)}\n`).join(""),
        );
      } else await writeFile(join(folder, `${stream}.json`), JSON.stringify(pages, null, 2));
    }
    return this.read(run, folder);
  }

  /** Reads live, or a recording. */
  async read(run: IamRun, recording?: string): Promise<ReadResult> {
    const snapshots = new SnapshotFolder(join(this.dir, "snapshots"));
    const manifest = await collectSource({
      source: { name: "aws", type: "aws-iam", recording, schedule: undefined, settings: run.settings ?? {} },
      collector,
      snapshots,
      known: run.known ?? nothingKnown,
      record: run.record,
      signal: run.signal ?? new AbortController().signal,
      log: silentLog,
      baseDir: this.dir,
      timeZone: "UTC",
      ...(run.clock === undefined ? {} : { clock: run.clock }),
      limits: { attempts: run.attempts ?? 3, baseMs: 1, maxMs: 5 },
    });
    const records: { stream: string; partition: string; record: GraphRecord }[] = [];
    for (const stream of Object.keys(manifest.streams)) {
      for await (const batch of snapshots.lines(manifest.id, stream)) {
        for (const line of batch) {
          const parsed = lineShape.parse(JSON.parse(line));
          records.push({ stream, partition: parsed.partition, record: parsed.record });
        }
      }
    }
    return result(manifest, records);
  }
}

const lineShape = z.object({
  partition: z.string(),
  record: z.custom<GraphRecord>((value) => typeof value === "object" && value !== null && "kind" in value),
});

const ORDER = ["account-authorization", "credential-report", "access-keys", "account-summary"];

function result(manifest: Manifest, records: ReadResult["records"]): ReadResult {
  const nodesOf = (key: string) =>
    records
      .filter(({ record }) => record.kind === "node" && record.key === key)
      .sort((a, b) => ORDER.indexOf(a.stream) - ORDER.indexOf(b.stream));
  return {
    manifest,
    records,
    read(stream, partition = ACCOUNT) {
      const found = manifest.partitions.find((p) => p.stream === stream && p.partition === partition);
      if (found === undefined) throw new Error(`no read of ${stream} in ${partition}`);
      return found;
    },
    props(key) {
      const nodes = nodesOf(key);
      if (nodes.length === 0) return undefined;
      const merged: Record<string, PropValue> = {};
      for (const { record } of nodes)
        for (const [name, value] of Object.entries(record.props)) merged[name] = value;
      return merged;
    },
    aliases: (key) => [
      ...new Set(
        nodesOf(key).flatMap(({ record }) => (record.kind === "node" ? (record.aliases ?? []) : [])),
      ),
    ],
    edges: (type) =>
      [
        ...new Set(
          records.flatMap(({ record }) =>
            record.kind === "edge" && record.type === type
              ? [`${short(record.from)} -> ${short(record.to)}`]
              : [],
          ),
        ),
      ].sort(),
    keys: (provider) =>
      [
        ...new Set(
          records.flatMap(({ record }) =>
            record.kind === "node" && record.provider === provider ? [record.key] : [],
          ),
        ),
      ].sort(),
  };
}

const short = (key: string) => key.replace(/^aws\//, "");
