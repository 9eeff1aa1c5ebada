import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { collector } from "../collectors/aws-iam/collector.js";
import { type GraphStore, openStore } from "../src/graph/index.js";
import { ingestProjectors, ingestSnapshot, knownGraph } from "../src/ingest/index.js";
import { type Journal, openJournal } from "../src/journal/index.js";
import { SnapshotFolder } from "../src/snapshot/index.js";
import { ACCOUNT, CREATED, IamFolder, report, row } from "./support/aws-iam.js";
import { denied, failure, type QueryAnswer, QueryServer, success } from "./support/aws-query.js";

/** What becomes in the graph of what a listing of keys said, once keys can no longer be listed. */
describe("a listing of keys that is older than the report", () => {
  let server: QueryServer;
  let folder: IamFolder;
  let dataDir: string;
  let store: GraphStore;
  let journal: Journal;
  let now = Date.parse("2026-11-21T06:00:00Z");
  const ann = "aws/aws-user/AIDAANN";
  const key = "aws/aws-access-key/AKIAANN";
  /** What AWS knows of ann and her one key. */
  let aws = { there: true, active: "true", listed: "Active", reportAge: 0, mayList: true };

  beforeEach(async () => {
    server = await QueryServer.start();
    folder = await IamFolder.create();
    dataDir = await mkdtemp(join(tmpdir(), "exitgraph-iam-listing-"));
    store = await openStore({ store: { engine: "embedded" }, dataDir });
    journal = await openJournal({ store, dataDir, projectors: ingestProjectors });
    vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIATEST");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "not-a-real-secret");
    aws = { there: true, active: "true", listed: "Active", reportAge: 0, mayList: true };
    server.now = () => now;
    server.answering = ({ action, params }) => answer(action, params.get("UserName"));
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await journal.close();
    await store.close();
    await server.stop();
    await folder.remove();
    await rm(dataDir, { recursive: true, force: true });
  });

  const answer = (action: string, name: string | null): QueryAnswer | undefined => {
    const { there, active, listed, reportAge, mayList } = aws;
    switch (action) {
      case "GetCallerIdentity":
        return {
          status: 200,
          xml: `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::${ACCOUNT}:user/reader</Arn><UserId>AIDAREADER</UserId><Account>${ACCOUNT}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`,
        };
      case "GetAccountAuthorizationDetails": {
        const member = (name: string) =>
          `<member><Path>/</Path><UserName>${name}</UserName><UserId>AIDA${name.toUpperCase()}</UserId><Arn>arn:aws:iam::${ACCOUNT}:user/${name}</Arn><CreateDate>${CREATED}</CreateDate><GroupList/><AttachedManagedPolicies/></member>`;
        const users = `${member("bob")}${there ? member("ann") : ""}`;
        return success(
          action,
          `<IsTruncated>false</IsTruncated><UserDetailList>${users}</UserDetailList><GroupDetailList/><RoleDetailList/><Policies/>`,
        );
      }
      case "GenerateCredentialReport":
        return success(action, "<State>COMPLETE</State>");
      case "GetCredentialReport": {
        const cells = { access_key_1_active: active, access_key_1_last_rotated: CREATED };
        const at = new Date(now + 5_000 - reportAge).toISOString();
        const rows = [row("bob", { access_key_1_active: "true" }), ...(there ? [row("ann", cells)] : [])];
        const content = String(report(rows).Content);
        return success(
          action,
          `<Content>${content}</Content><ReportFormat>text/csv</ReportFormat><GeneratedTime>${at}</GeneratedTime>`,
        );
      }
      case "ListAccessKeys":
        if (!mayList) return denied(action);
        if (name !== "ann") return success(action, "<IsTruncated>false</IsTruncated><AccessKeyMetadata/>");
        return success(
          action,
          `<IsTruncated>false</IsTruncated><AccessKeyMetadata><member><UserName>ann</UserName><AccessKeyId>AKIAANN</AccessKeyId><Status>${listed}</Status><CreateDate>${CREATED}</CreateDate></member></AccessKeyMetadata>`,
        );
      case "GetAccountSummary":
        return denied(action);
      default:
        return failure(400, "InvalidAction", action);
    }
  };
  /** Reads and ingests; then what the graph says of ann and her key. */
  const run = async (change: Partial<typeof aws>) => {
    aws = { ...aws, ...change };
    now += 3_600_000;
    const { manifest } = await folder.read({
      known: await knownGraph(store, "aws"),
      settings: { endpoint: server.url },
      clock: { now: () => now, random: () => 0.5, sleep: async () => undefined },
    });
    const streams = collector.streams.map(({ name }) => name);
    await ingestSnapshot({
      store,
      journal,
      dataDir,
      snapshots: new SnapshotFolder(join(folder.dir, "snapshots")),
      snapshot: manifest.id,
      rankOf: (_, stream) => streams.indexOf(stream),
      guard: { removals: { percent: 100 }, newlyLeft: { percent: 100 } },
      accept: true,
    });
    const rows = await store.rows(
      "MATCH (n:Entity) WHERE n.key IN $keys RETURN n.key AS key, n.status AS status, n.createdAt AS createdAt",
      { keys: [ann, key] },
    );
    const of = (wanted: string) => rows.find((one) => one.key === wanted);
    return { user: of(ann)?.status, key: of(key)?.status, createdAt: of(key)?.createdAt };
  };
  const createdAt = Date.parse(CREATED);
  const HOURS = 2 * 3_600_000;

  it("does not outrank it: what is active again is seen", async () => {
    // The report is hours old: only the listing knows that the key was turned off.
    const off = await run({ listed: "Inactive", reportAge: HOURS });
    expect(off).toEqual({ user: "disabled", key: "inactive", createdAt });
    const on = await run({ reportAge: 0, mayList: false });
    expect(on).toEqual({ user: "enabled", key: "active", createdAt });
    // The old report cannot say that it is off, and the new one can.
    const old = await run({ active: "false", reportAge: HOURS });
    expect(old).toEqual({ user: "unknown", key: "unknown", createdAt });
    expect(await run({ reportAge: 0 })).toEqual({ user: "disabled", key: "inactive", createdAt });
    // What can be listed again has the last word again.
    expect(await run({ mayList: true, listed: "Active", reportAge: HOURS })).toMatchObject({
      user: "enabled",
      key: "active",
    });
  });

  it("does not keep a user alive whom AWS no longer has", async () => {
    await run({});
    expect(await run({ mayList: false })).toMatchObject({ user: "enabled" });
    expect(await run({ there: false })).toMatchObject({ user: "deleted" });
    // Once the keys are listed whole, the user goes altogether.
    expect(await run({ mayList: true })).toEqual({ user: undefined, key: undefined, createdAt: undefined });
  });
});
