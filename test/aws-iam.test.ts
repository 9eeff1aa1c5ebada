import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateAccessKeyCommand,
  DeleteAccessKeyCommand,
  DeleteUserCommand,
  DetachUserPolicyCommand,
  IAMClient,
  RemoveUserFromGroupCommand,
  UpdateAccessKeyCommand,
} from "@aws-sdk/client-iam";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { collector } from "../collectors/aws-iam/collector.js";
import { type GraphStore, openStore } from "../src/graph/index.js";
import { type IngestReport, ingestProjectors, ingestSnapshot, knownGraph } from "../src/ingest/index.js";
import { type Journal, openJournal } from "../src/journal/index.js";
import { SnapshotFolder } from "../src/snapshot/index.js";
import {
  describeWith,
  type MotoServer,
  startMoto,
  startToxiproxy,
  type ToxiproxyServer,
} from "./servers/index.js";
import { ACCOUNT, ADMIN, arnOf, IamFolder, type IamRun, OTHER, type ReadResult } from "./support/aws-iam.js";
import { denied, failure, QueryServer } from "./support/aws-query.js";

const trusts = (AWS: unknown) => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { AWS }, Action: "sts:AssumeRole" }],
});
const allows = (Action: string, Resource = "*") => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action, Resource }],
});
const seed = {
  [ACCOUNT]: {
    groups: [{ name: "admins", attached: [ADMIN] }, { name: "idle" }],
    roles: [
      {
        name: "first",
        trust: trusts(arnOf("user", "ann")),
        inline: { next: allows("sts:AssumeRole", arnOf("role", "second")) },
      },
      { name: "second", trust: trusts(`arn:aws:iam::${ACCOUNT}:root`), attached: [ADMIN] },
    ],
    users: [
      { name: "ann", password: true, groups: ["admins"], tags: { email: "Ann@Example.com" } },
      // One for each test that changes something.
      ...["robot", "rotated", "switched"].map((name) => ({
        name,
        accessKeys: ["Active", "Inactive"] as const,
        tags: { owner: "ann@example.com" },
      })),
      { name: "idle", groups: ["idle"] },
    ],
  },
  [OTHER]: {
    roles: [{ name: "exitgraph", trust: trusts(`arn:aws:iam::${ACCOUNT}:root`) }],
    users: [{ name: "ann", accessKeys: ["Inactive"] as const, attached: [ADMIN] }],
  },
};

describeWith(["moto", "toxiproxy"], "aws-iam against moto", () => {
  let moto: MotoServer;
  let front: QueryServer;
  let toxiproxy: ToxiproxyServer;
  let iam: IAMClient;
  let folder: IamFolder;
  const accounts = [{ id: ACCOUNT }, { id: OTHER, role: "exitgraph" }];

  beforeAll(async () => {
    toxiproxy = await startToxiproxy();
    moto = await startMoto({ seed });
    iam = new IAMClient({ endpoint: moto.url, region: "us-east-1", credentials: moto.credentials });
  });
  afterAll(async () => {
    iam.destroy();
    await moto.stop();
    await toxiproxy.stop();
  });
  beforeEach(async () => {
    front = await QueryServer.start(moto.url);
    folder = await IamFolder.create();
    vi.stubEnv("AWS_ACCESS_KEY_ID", moto.credentials.accessKeyId);
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", moto.credentials.secretAccessKey);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await front.stop();
    await folder.remove();
  });
  const read = (run: IamRun = {}) =>
    folder.read({ ...run, settings: { endpoint: front.url, accounts, ...run.settings } });
  /** Key of a user by name. */
  const keyOf = (result: ReadResult, name: string, account = ACCOUNT) => {
    const found = result.records.find(
      ({ partition, record }) =>
        partition === account &&
        record.kind === "node" &&
        record.provider === "AwsUser" &&
        record.props.username === name,
    );
    if (found?.record.kind !== "node") throw new Error(`no user ${name}`);
    return found.record.key;
  };

  /** Keys of a user's credentials. */
  const credentialsOf = (result: ReadResult, name: string) => {
    const holder = keyOf(result, name);
    return result.records
      .flatMap(({ record }) =>
        record.kind === "edge" && record.type === "HAS_CREDENTIAL" && record.from === holder
          ? [record.to]
          : [],
      )
      .sort();
  };

  it("reads two accounts through AssumeRole, each for itself", async () => {
    const result = await read();
    expect(result.manifest.partitions.map((p) => `${p.partition} ${p.stream} ${p.verdict}`).sort()).toEqual(
      [ACCOUNT, OTHER].flatMap((account) =>
        ["access-keys", "account-authorization", "account-summary", "credential-report"].map(
          (stream) => `${account} ${stream} complete`,
        ),
      ),
    );
    expect(keyOf(result, "ann")).not.toBe(keyOf(result, "ann", OTHER));
    expect(result.keys("AwsManagedPolicy")).toEqual([
      `aws/aws-policy/${ACCOUNT}/${ADMIN}`,
      `aws/aws-policy/${OTHER}/${ADMIN}`,
    ]);
    expect(result.read("account-authorization").totals).toEqual({
      AwsGroup: 2,
      AwsPolicy: 0,
      AwsRole: 2,
      AwsUser: 5,
    });
    // The other account was read with the credentials of the role.
    const signers = new Set(
      front.calls.filter(({ action }) => action === "GetAccountAuthorizationDetails").map((c) => c.signedBy),
    );
    expect(signers.size).toBe(2);
    expect(front.count("AssumeRole")).toBe(1);
  });

  it("reads status, type, owner, privilege and the chain of roles", async () => {
    const result = await read({ settings: { accounts: undefined } });
    expect(new Set(result.manifest.partitions.map(({ partition }) => partition))).toEqual(new Set([ACCOUNT]));
    expect(result.props(keyOf(result, "ann"))).toMatchObject({
      status: "enabled",
      email: "ann@example.com",
      effectivePrivilege: "admin",
      effectivePrivilegeWhy: "AdministratorAccess allows * on *",
    });
    expect(result.props(keyOf(result, "robot"))).toMatchObject({ status: "enabled", accountType: "service" });
    expect(result.props(keyOf(result, "idle"))).toMatchObject({ status: "disabled", accountType: "unknown" });
    const statuses = credentialsOf(result, "robot").map((key) => result.props(key)?.status);
    expect(statuses.sort()).toEqual(["active", "inactive"]);
    expect(result.edges("OWNED_BY")).toContain(
      `${keyOf(result, "robot").slice(4)} -> ref/email/ann@example.com`,
    );
    const roles = new Map(result.keys("AwsRole").map((key) => [result.props(key)?.name, key.slice(4)]));
    expect(result.edges("CAN_ASSUME")).toEqual(
      [
        `${keyOf(result, "ann").slice(4)} -> ${roles.get("first")}`,
        // Whom of the account their policies let in is for correlation to say.
        `aws-account/${ACCOUNT} -> ${roles.get("second")}`,
      ].sort(),
    );
  });

  it("fails the partition of an account whose role may not be assumed, and no other", async () => {
    front.answering = ({ action }) =>
      action === "AssumeRole"
        ? failure(
            403,
            "AccessDenied",
            `User: arn:aws:iam::${ACCOUNT}:user/x is not authorized to perform: sts:AssumeRole on resource: r`,
          )
        : undefined;
    const result = await read();
    expect(result.read("account-authorization").verdict).toBe("complete");
    for (const stream of ["account-authorization", "credential-report", "access-keys"]) {
      expect(result.read(stream, OTHER).verdict).toBe("failed");
    }
    expect(result.read("account-authorization", OTHER).reason).toContain("sts:AssumeRole");
  });

  describeWith([], "into the graph", () => {
    let dataDir: string;
    let store: GraphStore;
    let journal: Journal;
    beforeEach(async () => {
      dataDir = await mkdtemp(join(tmpdir(), "exitgraph-iam-graph-"));
      store = await openStore({ store: { engine: "embedded" }, dataDir });
      journal = await openJournal({ store, dataDir, projectors: ingestProjectors });
    });
    afterEach(async () => {
      await journal.close();
      await store.close();
      await rm(dataDir, { recursive: true, force: true });
    });
    const streams = collector.streams.map(({ name }) => name);
    /** Reads and ingests, and says what changed since, as `kind record`. */
    const run = async (settings: IamRun["settings"] = { accounts: undefined }) => {
      const result = await read({ known: await knownGraph(store, "aws"), settings });
      const report = await ingestSnapshot({
        store,
        journal,
        dataDir,
        snapshots: new SnapshotFolder(join(folder.dir, "snapshots")),
        snapshot: result.manifest.id,
        rankOf: (_, stream) => streams.indexOf(stream),
        guard: { removals: { percent: 100 }, newlyLeft: { percent: 100 } },
      });
      return { result, report };
    };
    const changes = async (result: ReadResult) =>
      (
        await store.rows(
          "MATCH (c:Change {read: $read}) RETURN c.kind AS kind, c.record AS record ORDER BY kind, record",
          {
            read: result.manifest.id,
          },
        )
      ).map(({ kind, record }) => `${String(kind)} ${String(record)}`);
    const removed = (report: IngestReport) => report.partitions.reduce((sum, p) => sum + p.removed, 0);
    const statusOf = async (key: string) =>
      (await store.rows("MATCH (a:Account {key: $key}) RETURN a.status AS status", { key }))[0]?.status;

    it("sees a key rotated as the same user with a new key, and the old one proved gone", async () => {
      const { result: first } = await run();
      const robot = keyOf(first, "rotated");
      const [old] = credentialsOf(first, "rotated").filter((key) => first.props(key)?.status === "inactive");
      const oldId = old?.split("/").at(-1) ?? "";
      await iam.send(new DeleteAccessKeyCommand({ UserName: "rotated", AccessKeyId: oldId }));
      const made = await iam.send(new CreateAccessKeyCommand({ UserName: "rotated" }));
      const newKey = `aws/aws-access-key/${made.AccessKey?.AccessKeyId ?? ""}`;
      const { result: second } = await run();
      expect(keyOf(second, "rotated")).toBe(robot);
      expect(await changes(second)).toEqual([
        `added HAS_CREDENTIAL|${robot}|${newKey}|`,
        `added ${newKey}`,
        `removed HAS_CREDENTIAL|${robot}|${old}|`,
        `removed ${old}`,
      ]);
    });

    it("sees a login disabled, rights taken and a user deleted", async () => {
      const { result: first } = await run();
      const [ann, robot, idle] = ["ann", "switched", "idle"].map((name) => keyOf(first, name));
      const [active] = credentialsOf(first, "switched").filter(
        (key) => first.props(key)?.status === "active",
      );
      await iam.send(
        new UpdateAccessKeyCommand({
          UserName: "switched",
          AccessKeyId: active?.split("/").at(-1) ?? "",
          Status: "Inactive",
        }),
      );
      await iam.send(new RemoveUserFromGroupCommand({ UserName: "ann", GroupName: "admins" }));
      await iam.send(new RemoveUserFromGroupCommand({ UserName: "idle", GroupName: "idle" }));
      await iam.send(new DeleteUserCommand({ UserName: "idle" }));
      expect(await statusOf(robot ?? "")).toBe("enabled");
      const { result: second } = await run();
      expect(await statusOf(robot ?? "")).toBe("disabled");
      const seen = await changes(second);
      expect(seen).toContain(`removed ${idle}`);
      expect(seen).toContain(`changed ${active}`);
      expect(seen).toContain(`changed ${robot}`);
      expect(seen.filter((change) => change.startsWith(`removed MEMBER_OF|${ann}|`))).toHaveLength(1);
    });

    it("learns the ids of keys later: the same keys, and no removal", async () => {
      front.answering = ({ action }) => (action === "ListAccessKeys" ? denied(action) : undefined);
      const { result: first } = await run();
      const robot = keyOf(first, "robot");
      const id = robot.split("/").at(-1);
      expect(first.read("access-keys").verdict).toBe("partial");
      expect(credentialsOf(first, "robot")).toEqual([
        `aws/aws-access-key/${id}~1`,
        `aws/aws-access-key/${id}~2`,
      ]);
      front.answering = () => undefined;
      const { result: second, report } = await run();
      expect(credentialsOf(second, "robot")).toHaveLength(2);
      expect(removed(report)).toBe(0);
      expect((await changes(second)).filter((change) => change.startsWith("removed"))).toEqual([]);
      const rows = await store.rows(
        "MATCH (:Account {key: $robot})-[:HAS_CREDENTIAL]->(c:Credential) RETURN c.key AS key",
        { robot },
      );
      expect(rows.map(({ key }) => key).sort()).toEqual(credentialsOf(second, "robot"));
    });

    it("removes nothing when it is denied, cut off, or reads less, and sees the removal when it reads again", async () => {
      const { result: first } = await run({ accounts });
      const far = keyOf(first, "ann", OTHER);
      const before = await store.rows("MATCH (n:Entity) RETURN count(n) AS n");
      const otherIam = await assumed(moto.url, moto.credentials);
      await otherIam.send(new DetachUserPolicyCommand({ UserName: "ann", PolicyArn: ADMIN }));
      otherIam.destroy();
      const held = `HAS_ENTITLEMENT|${far}|aws/aws-policy/${OTHER}/${ADMIN}|`;

      // Denied in the other account only.
      const own = front.calls.find(({ action }) => action === "GetCallerIdentity")?.signedBy;
      front.answering = ({ action, signedBy }) =>
        signedBy !== own && action.startsWith("Get") ? denied(action) : undefined;
      const dark = await run({ accounts });
      expect(dark.result.read("account-authorization").verdict).toBe("complete");
      expect(dark.result.read("account-authorization", OTHER).verdict).toBe("failed");
      expect(removed(dark.report)).toBe(0);
      front.answering = () => undefined;

      // Every connection is cut after some bytes: the page of users and policies never comes whole.
      const proxy = await toxiproxy.proxy("iam", new URL(moto.url).host);
      await proxy.add("cut", { type: "limit_data", attributes: { bytes: 2_000 } });
      const cut = await run({ accounts, endpoint: `http://${proxy.address}` });
      expect(cut.result.read("account-authorization").verdict).toBe("failed");
      expect(cut.result.read("account-authorization", OTHER).verdict).toBe("failed");
      expect(removed(cut.report)).toBe(0);
      await proxy.delete();
      expect(await store.rows("MATCH (n:Entity) RETURN count(n) AS n")).toEqual(before);

      // A narrower configuration.
      const narrow = await run({ accounts: [{ id: ACCOUNT }] });
      expect(removed(narrow.report)).toBe(0);
      expect(await store.rows("MATCH (n:Entity) RETURN count(n) AS n")).toEqual(before);

      const again = await run({ accounts });
      expect(await changes(again.result)).toContain(`removed ${held}`);
    });
  });
});

/** IAM of the other account, through its role. */
async function assumed(url: string, credentials: MotoServer["credentials"]): Promise<IAMClient> {
  const { fromTemporaryCredentials } = await import("@aws-sdk/credential-providers");
  return new IAMClient({
    endpoint: url,
    region: "us-east-1",
    credentials: fromTemporaryCredentials({
      masterCredentials: credentials,
      params: { RoleArn: arnOf("role", "exitgraph", OTHER), RoleSessionName: "test" },
      clientConfig: { endpoint: url, region: "us-east-1" },
    }),
  });
}
