import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { configSchema, type LoadedConfig } from "../../src/config/index.js";
import { correlate } from "../../src/correlate/index.js";
import { type GraphStore, openStore, type StoreConfig } from "../../src/graph/index.js";
import { ingestProjectors, ingestSnapshot } from "../../src/ingest/index.js";
import { type Journal, openJournal } from "../../src/journal/index.js";
import {
  type CanonicalLabel,
  DERIVED_SOURCE,
  type EdgeType,
  type GraphRecord,
  type NodeRecord,
  type Props,
  packageRoot,
  recordId,
  refKey,
  silentLog,
} from "../../src/model/index.js";
import {
  type Finding,
  loadRules,
  type PlannedSource,
  readFindings,
  reconcile,
  reconcileProjectors,
} from "../../src/reconcile/index.js";
import { SnapshotFolder } from "../../src/snapshot/index.js";
import { edge } from "./workbench.js";

/** Records of four systems and HR, keyed and named as docs/crossing.md has it. */

const DOMAIN = "x.example";
const SUBJECT = "115000000000000000001";
const AWS_ACCOUNT = "123456789012";
export const PROVIDER_ARN = `arn:aws:iam::${AWS_ACCOUNT}:saml-provider/Entra`;
export const ROLE_ARN = `arn:aws:iam::${AWS_ACCOUNT}:role/deploy`;

export const KEYS = {
  person: "hr/person/7",
  entraUser: "entra/entra-user/u-ann",
  staff: "entra/entra-group/g-staff",
  googleApp: "entra/entra-app-instance/sp-google",
  googleAccess: "entra/entra-app-role/sp-google/access",
  awsAccess: "entra/entra-app-role/sp-aws/admin",
  googleUser: "ws/workspace-user/9001",
  ops: "ws/workspace-group/ops",
  admins: "ws/workspace-group/admins",
  project: "gcp/google-project/42",
  actAs: "gcp/google-role/project/42/roles/iam.serviceAccountUser",
  serviceAccount: `gcp/google-service-account/${SUBJECT}`,
  role: "aws/aws-role/AROADEPLOY",
  admin: `aws/aws-policy/${AWS_ACCOUNT}/AdministratorAccess`,
  account: `aws/aws-account/${AWS_ACCOUNT}`,
} as const;

export const GROUP_REF = refKey("google-member", `group:cloud-admins@${DOMAIN}`);
export const SUBJECT_REF = refKey("oidc", `accounts.google.com#${SUBJECT}`);

/** A described entity with its provider. */
export const described = (
  label: CanonicalLabel,
  provider: string,
  key: string,
  props: Props = {},
  aliases: readonly string[] = [],
): NodeRecord => ({
  kind: "node",
  key,
  label,
  provider,
  ...(aliases.length === 0 ? {} : { aliases }),
  props,
});

export const entraUser = (id: string, mail: string, props: Props = {}) =>
  described(
    "Account",
    "EntraUser",
    `entra/entra-user/${id}`,
    { name: id, username: `${id}@tenant.example`, email: mail, status: "enabled", ...props },
    [`entra-object:${id}`, `${id}@tenant.example`, mail],
  );

export const workspaceUser = (id: string, address: string, props: Props = {}, more: readonly string[] = []) =>
  described(
    "Account",
    "WorkspaceUser",
    `ws/workspace-user/${id}`,
    { name: address, username: address, email: address, accountType: "unknown", status: "enabled", ...props },
    [address, ...more, `oidc:accounts.google.com#${id}`],
  );

export type SystemName = "hr" | "entra" | "ws" | "gcp" | "aws";
/** What each system says. */
export type Company = Readonly<Record<SystemName, readonly GraphRecord[]>>;

/** Ann has left. Her directory account is disabled, and she is AdministratorAccess in AWS, five systems away. */
export function company(): Company {
  return {
    hr: [
      {
        kind: "node",
        key: "hr/employment/7",
        label: "Employment",
        props: {
          workerId: "7",
          name: "Ann Lee",
          emails: [`ann@${DOMAIN}`],
          status: "terminated",
          type: "employee",
          startsAt: Date.parse("2020-01-01"),
          end: "2026-06-30",
          endsAt: Date.parse("2026-07-01"),
        },
      },
    ],
    entra: [
      entraUser("u-ann", `Ann@${DOMAIN}`, { status: "disabled", employeeId: "7" }),
      described("Group", "EntraGroup", KEYS.staff, { name: "Staff" }, ["entra-object:g-staff"]),
      described("Resource", "EntraAppInstance", KEYS.googleApp, {
        name: "Google Workspace",
        signsInTo: [`google.com/a/${DOMAIN}`],
        assignmentRequired: true,
      }),
      described("Entitlement", "EntraAppRole", KEYS.googleAccess, { name: "access", privilege: "unknown" }),
      edge("ON", KEYS.googleAccess, KEYS.googleApp),
      edge("MEMBER_OF", KEYS.entraUser, KEYS.staff),
      edge("HAS_ENTITLEMENT", KEYS.staff, KEYS.googleAccess, { directMembersOnly: true }),
    ],
    ws: [
      described("Group", "WorkspaceDomain", `ws/workspace-domain/${DOMAIN}`, { name: DOMAIN }, [
        `domain:${DOMAIN}`,
      ]),
      workspaceUser("9001", `ann@${DOMAIN}`),
      described("Group", "WorkspaceGroup", KEYS.ops, { name: "ops" }, [`ops@${DOMAIN}`]),
      described("Group", "WorkspaceGroup", KEYS.admins, { name: "admins" }, [
        `admins@${DOMAIN}`,
        `Cloud-Admins@${DOMAIN}`,
      ]),
      edge("MEMBER_OF", KEYS.googleUser, KEYS.ops),
      edge("MEMBER_OF", KEYS.ops, KEYS.admins),
    ],
    gcp: [
      described("Resource", "GoogleProject", KEYS.project, { name: "prod" }),
      described("Entitlement", "GoogleRole", KEYS.actAs, {
        name: "roles/iam.serviceAccountUser",
        privilege: "privileged",
        confers: "impersonate",
      }),
      edge("ON", KEYS.actAs, KEYS.project),
      edge("HAS_ENTITLEMENT", GROUP_REF, KEYS.actAs),
      described(
        "NonHumanIdentity",
        "GoogleServiceAccount",
        KEYS.serviceAccount,
        { name: "ci@prod.iam.gserviceaccount.com", status: "enabled", managedBy: "customer" },
        ["serviceAccount:ci@prod.iam.gserviceaccount.com", `oidc:accounts.google.com#${SUBJECT}`],
      ),
      edge("CONTAINS", KEYS.project, KEYS.serviceAccount),
    ],
    aws: [
      described("Resource", "AwsAccount", KEYS.account, { name: `AWS account ${AWS_ACCOUNT}` }, [
        AWS_ACCOUNT,
      ]),
      described(
        "NonHumanIdentity",
        "AwsRole",
        KEYS.role,
        { name: "deploy", status: "enabled", managedBy: "customer", arn: ROLE_ARN, accountId: AWS_ACCOUNT },
        [ROLE_ARN, `arn:aws:sts::${AWS_ACCOUNT}:assumed-role/deploy`],
      ),
      described("Entitlement", "AwsManagedPolicy", KEYS.admin, {
        name: "AdministratorAccess",
        privilege: "admin",
      }),
      edge("ON", KEYS.admin, KEYS.account),
      edge("HAS_ENTITLEMENT", KEYS.role, KEYS.admin),
      edge("CAN_ASSUME", refKey("aws-federated", "accounts.google.com"), KEYS.role, {
        trust: "Federated",
        condition: `{"StringEquals":{"accounts.google.com:sub":"${SUBJECT}"}}`,
      }),
      edge("CAN_ASSUME", SUBJECT_REF, KEYS.role, { trust: "Federated" }),
    ],
  };
}

/** The company without one record. */
export function without(given: Company, id: string): Company {
  return mapped(given, (records) => records.filter((record) => recordId(record) !== id));
}

/** The company with records of its systems put in the place of those of the same id, or added. */
export function withRecords(given: Company, more: Partial<Company>): Company {
  const ids = new Set(Object.values(more).flatMap((records) => records.map(recordId)));
  const kept = mapped(given, (records) => records.filter((record) => !ids.has(recordId(record))));
  return {
    hr: [...kept.hr, ...(more.hr ?? [])],
    entra: [...kept.entra, ...(more.entra ?? [])],
    ws: [...kept.ws, ...(more.ws ?? [])],
    gcp: [...kept.gcp, ...(more.gcp ?? [])],
    aws: [...kept.aws, ...(more.aws ?? [])],
  };
}

function mapped(
  { hr, entra, ws, gcp, aws }: Company,
  change: (records: readonly GraphRecord[]) => readonly GraphRecord[],
): Company {
  return { hr: change(hr), entra: change(entra), ws: change(ws), gcp: change(gcp), aws: change(aws) };
}

export const SYSTEMS: readonly SystemName[] = ["hr", "entra", "ws", "gcp", "aws"];
const STREAM = "things";

/** A store into which whole systems are read, and out of which findings come. */
export class CrossingWorld {
  private readonly snapshots: SnapshotFolder;

  private constructor(
    readonly dir: string,
    readonly store: GraphStore,
    private readonly journal: Journal,
  ) {
    this.snapshots = new SnapshotFolder(join(dir, "snapshots"));
  }

  static async open(config: StoreConfig = { engine: "embedded" }): Promise<CrossingWorld> {
    const dir = mkdtempSync(join(tmpdir(), "exitgraph-crossing-"));
    const store = await openStore({ store: config, dataDir: dir });
    const projectors = { ...ingestProjectors, ...reconcileProjectors };
    return new CrossingWorld(dir, store, await openJournal({ store, dataDir: dir, projectors }));
  }

  async close(): Promise<void> {
    await this.journal.close();
    await this.store.close();
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** Applies a complete read of some systems, as of an instant (epoch ms). Gives the id of each read. */
  async read(
    given: Company,
    at: number,
    systems: readonly SystemName[] = SYSTEMS,
  ): Promise<ReadonlyMap<SystemName, string>> {
    const reads = new Map<SystemName, string>();
    for (const source of systems) {
      const writer = this.snapshots.begin({ source, system: "test", collectorVersion: "1", startedAt: at });
      for (const record of given[source]) await writer.write(STREAM, "all", record);
      const read = {
        stream: STREAM,
        partition: "all",
        verdict: "complete" as const,
        dataTime: at,
        counts: writer.counts(STREAM, "all"),
        scope: [],
        calls: 1,
        errors: 0,
      };
      const { id } = await writer.finish([read], at);
      await this.apply(id);
      reads.set(source, id);
    }
    return reads;
  }

  /** Correlates and applies; false where nothing has changed. */
  async link(at: number): Promise<boolean> {
    const links = await correlate({
      store: this.store,
      snapshots: this.snapshots,
      config: this.config(),
      now: at,
      log: silentLog,
      signal: new AbortController().signal,
    });
    if (links !== undefined) await this.apply(links.id);
    return links !== undefined;
  }

  /** Correlates, and runs one rule. */
  async run(at: number, rule = "RES-001"): Promise<void> {
    await this.link(at);
    const rules = await loadRules([join(packageRoot(), "queries")]);
    await reconcile({
      store: this.store,
      journal: this.journal,
      rules: rules.filter(({ id }) => id === rule),
      params: {},
      now: at,
      zone: "UTC",
      plan: SYSTEMS.map(planOf),
      collectors: new Map(),
      actor: "tester",
      log: silentLog,
      signal: new AbortController().signal,
    });
  }

  /** The finding that an account reaches an entitlement. */
  async finding(account: string, entitlement: string): Promise<Finding | undefined> {
    const { findings } = await readFindings(this.store, { all: true });
    return findings.find(
      ({ columns, subject }) => columns.account === account && subject.key === entitlement,
    );
  }

  /** The finding about something, of whatever rule ran. */
  async findingOf(subject: string): Promise<Finding | undefined> {
    const { findings } = await readFindings(this.store, { all: true });
    return findings.find((finding) => finding.subject.key === subject);
  }

  private async apply(snapshot: string): Promise<void> {
    await ingestSnapshot({
      store: this.store,
      snapshots: this.snapshots,
      journal: this.journal,
      dataDir: this.dir,
      snapshot,
      rankOf: (source) => (source === DERIVED_SOURCE ? 999 : 0),
      guard: { removals: { percent: 100 }, newlyLeft: { percent: 100 } },
      accept: true,
    });
  }

  private config(): LoadedConfig {
    return {
      file: join(this.dir, "exitgraph.yaml"),
      baseDir: this.dir,
      dataDir: this.dir,
      config: configSchema.parse({}),
      sources: [],
    };
  }
}

function planOf(source: SystemName): PlannedSource {
  const types: readonly EdgeType[] = [
    "MEMBER_OF",
    "HAS_ENTITLEMENT",
    "CAN_ASSUME",
    "ON",
    "CONTAINS",
    "RUNS_AS",
    "TO",
  ];
  const labels: readonly CanonicalLabel[] = ["Group", "NonHumanIdentity", "OAuthGrant"];
  const isHr = source === "hr";
  return {
    source,
    type: "test",
    category: isHr ? "hr" : "access",
    streams: [
      {
        name: STREAM,
        title: STREAM,
        optional: false,
        produces: isHr
          ? { nodes: [{ label: "Employment", properties: [] }], edges: [] }
          : {
              nodes: [
                { label: "Account", properties: ["status"] },
                { label: "Application", properties: ["firstParty"] },
                ...labels.map((label) => ({ label, properties: ["status", "consentType"] })),
              ],
              edges: types.map((type) => ({ type, properties: [] })),
            },
      },
    ],
  };
}
