import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { type GraphStore, openStore, type Params } from "../src/graph/index.js";
import { readMarkers, retire, verifyInvariants } from "../src/ingest/index.js";
import type { EdgeRecord, EdgeType, NodeRecord } from "../src/model/index.js";
import { partitionStates, sourceStatuses } from "../src/reconcile/index.js";
import { clearStore } from "./differential.js";
import { describeWith, sharedNeo4j } from "./servers/index.js";
import { GLOBAL_IDS, TestProject, type TestRead } from "./support/ingest-worlds.js";

const root = mkdtempSync(join(tmpdir(), "exitgraph-invariants-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let folders = 0;
const folder = () => join(root, String(folders++));

const node = (key: string, label: NodeRecord["label"], provider?: string): NodeRecord => ({
  kind: "node",
  key,
  label,
  ...(provider === undefined ? {} : { provider }),
  props: { name: key },
});
const edge = (type: EdgeType, from: string, to: string): EdgeRecord => ({
  kind: "edge",
  type,
  from,
  to,
  props: {},
});
const a = (...records: TestRead["records"]): TestRead => ({ stream: "a", partition: "1", records });
const b = (...records: TestRead["records"]): TestRead => ({ stream: "b", partition: "1", records });

const policy = node("s/policy/1", "Entitlement");
const bucket = node("s/bucket/1", "Resource");
const on = edge("ON", "s/policy/1", "s/bucket/1");
const key = node("s/key/1", "Credential");
const ann = node("s/user/ann", "Account");
const holds = edge("HAS_CREDENTIAL", "s/user/ann", "s/key/1");

/** What every engine must do alike. */
function invariants(open: () => Promise<GraphStore>): void {
  let store: GraphStore;
  let project: TestProject;
  beforeEach(async () => {
    store = await open();
    project = await TestProject.open(store, folder());
  });
  afterEach(async () => await store.close());

  /** `source stream: verdict: reason` of each partition, and every violation in the event that was written last. */
  const marks = async () =>
    (await readMarkers(store)).map(
      ({ source, stream, verdict, reason }) =>
        `${source} ${stream}: ${verdict}${reason === null ? "" : `: ${reason}`}`,
    );
  const clean = async () => {
    const { invariants: all } = await verifyInvariants(store, GLOBAL_IDS);
    return all
      .filter(({ count }) => count > 0)
      .map(({ invariant, count, samples }) => ({ invariant, count, samples }));
  };

  it("INV-2: an entitlement on nothing, until it is on something", async () => {
    await project.read("s", [a(policy, bucket, on)]);
    expect(await marks()).toEqual(["s a: complete"]);
    const report = await project.read("s", [a(policy, bucket, node("s/policy/2", "Entitlement"))]);
    const samples = ["s/policy/1", "s/policy/2"];
    const reason = "INV-2: 2 entitlements are on no resource: s/policy/1, s/policy/2";
    expect(report.partitions[0]).toMatchObject({
      verdict: "partial",
      state: "applied",
      reason,
      removed: 1,
      violations: [{ invariant: "INV-2", count: 2, samples }],
    });
    expect(await marks()).toEqual([`s a: partial: ${reason}`]);
    expect(await clean()).toEqual([{ invariant: "INV-2", count: 2, samples }]);
    // What the read itself came to is kept: it was whole, and took away what it did not see.
    const [marker] = await readMarkers(store);
    expect(marker).toMatchObject({
      completeRead: marker?.read,
      violated: { verdict: "complete", reason: null },
    });
    const other = edge("ON", "s/policy/2", "ref/bucket/elsewhere");
    await project.read("s", [a(policy, bucket, on, node("s/policy/2", "Entitlement"), other)]);
    expect(await marks()).toEqual(["s a: complete"]);
    expect(await clean()).toEqual([]);
  });

  it("INV-3: a credential that nobody holds, in whichever stream it is", async () => {
    await project.read("s", [a(ann, holds), b(key)]);
    expect(await marks()).toEqual(["s a: complete", "s b: complete"]);
    // The stream that loses the holder says nothing wrong itself; the one that knows the credential did not change.
    const report = await project.read("s", [a(ann), b(key)]);
    expect(report.partitions.map(({ stream, verdict }) => `${stream} ${verdict}`)).toEqual([
      "a complete",
      "b partial",
    ]);
    expect(await marks()).toEqual([
      "s a: complete",
      "s b: partial: INV-3: 1 credential has no holder: s/key/1",
    ]);
    await project.read("s", [a(ann, holds), b(key)]);
    expect(await marks()).toEqual(["s a: complete", "s b: complete"]);
  });

  it("INV-3: says that the holder may be what another stream could not read", async () => {
    const denied = {
      stream: "a",
      partition: "1",
      verdict: "failed",
      reason: "denied: users.read",
      records: [],
    } as const;
    const report = await project.read("s", [denied, b(key)]);
    const reason = "INV-3: 1 credential has no holder: s/key/1 (maybe because a was not read whole)";
    expect(report.partitions.map(({ verdict, reason: why }) => `${verdict} ${why}`)).toEqual([
      "failed denied: users.read",
      `partial ${reason}`,
    ]);
    const own = {
      ...b(key, node("s/key/2", "Credential")),
      verdict: "partial",
      reason: "page 2 was denied",
    } as const;
    await project.read("s", [denied, own]);
    const both = "INV-3: 2 credentials have no holder: s/key/1, s/key/2 (maybe because a was not read whole)";
    expect(await marks()).toContain(`s b: partial: page 2 was denied; ${both}`);
    await project.read("s", [a(ann, holds, edge("HAS_CREDENTIAL", "s/user/ann", "s/key/2")), own]);
    expect(await marks()).toEqual(["s a: complete", "s b: partial: page 2 was denied"]);
  });

  it("INV-4: an edge between what its type may not join, also when that is only described later", async () => {
    await project.read("s", [a(ann, key, holds, edge("ON", "s/user/ann", "s/key/1"))]);
    expect(await marks()).toEqual([
      "s a: partial: INV-4: 1 edge joins what its type may not join: s/user/ann -ON-> s/key/1",
    ]);
    await project.read("s", [a(ann, key, holds, edge("MEMBER_OF", "s/user/ann", "ref/team/x"))]);
    expect(await marks()).toEqual(["s a: complete"]);
    // Another source says what the reference is; the edge is the first one's.
    const report = await project.read("other", [a(node("ref/team/x", "Resource"))]);
    const violated = "INV-4: 1 edge joins what its type may not join: s/user/ann -MEMBER_OF-> ref/team/x";
    expect(report.elsewhere).toMatchObject([
      { source: "s", stream: "a", violated: { violations: [{ count: 1 }] } },
    ]);
    expect(await marks()).toEqual(["other a: complete", `s a: partial: ${violated}`]);
    await project.read("other", [a(node("ref/team/x", "Group"))]);
    expect(await marks()).toEqual(["other a: complete", "s a: complete"]);
  });

  it("INV-4: an account that software uses is a NonHumanIdentity too, and a person is no group", async () => {
    const robot: NodeRecord = { ...node("s/user/bot", "Account"), props: { accountType: "service" } };
    await project.read("s", [a(robot, ann, edge("CAN_ASSUME", "s/user/ann", "s/user/bot"))]);
    expect(await marks()).toEqual(["s a: complete"]);
    // It turns out to be a person's: then nobody assumes it.
    await project.read("s", [
      a({ ...robot, props: {} }, ann, edge("CAN_ASSUME", "s/user/ann", "s/user/bot")),
    ]);
    expect(await clean()).toEqual([
      { invariant: "INV-4", count: 1, samples: ["s/user/ann -CAN_ASSUME-> s/user/bot"] },
    ]);
    expect((await marks())[0]).toContain("partial: INV-4");
  });

  it("INV-5: one thing that two sources describe, until one of them is retired", async () => {
    const twin = (source: string, id: string, provider = "AwsUser") =>
      node(`${source}/user/${id}`, "Account", provider);
    await project.read("s", [a(twin("s", "1"), twin("s", "2"))]);
    // The same id of another kind of thing, or of one whose ids are the source's own, is another thing.
    await project.read("other", [
      a(node("other/role/1", "NonHumanIdentity", "AwsUser"), twin("other", "2", "LocalUser")),
    ]);
    expect(await marks()).toEqual(["other a: complete", "s a: complete"]);
    const report = await project.read("other", [a(twin("other", "1"), twin("other", "3"))]);
    const said = (name: string) => `INV-5: 1 node is also read by another source: ${name}`;
    expect(report.partitions[0]).toMatchObject({ verdict: "partial", reason: said("other/user/1") });
    expect(await marks()).toEqual([
      `other a: partial: ${said("other/user/1")}`,
      `s a: partial: ${said("s/user/1")}`,
    ]);
    await retire({
      ...{ store, journal: project.journal, dataDir: project.dataDir, globalIds: GLOBAL_IDS },
      ...{ source: "other", actor: "ana", reason: "read twice", now: () => project.at + 1 },
    });
    expect(await marks()).toEqual(["s a: complete"]);
    expect(await clean()).toEqual([]);
  });

  it("INV-5: workers of two HR files, and what correlation remarks on, are nobody's twins", async () => {
    const worker = (source: string) => node(`${source}/employment/1`, "Employment");
    await project.read("s", [a(worker("s"), node("s/user/1", "Account", "AwsUser"))]);
    await project.read("other", [a(worker("other"))]);
    await project.read("derived", [a(node("other/user/1", "Account", "AwsUser"))]);
    expect(await marks()).toEqual(["derived a: complete", "other a: complete", "s a: complete"]);
    expect(await clean()).toEqual([]);
  });

  it("INV-1: what somebody broke in the store itself, found by whoever touches it", async () => {
    await project.read("s", [a(ann, key, holds)]);
    await store.write((tx) => tx.run("MATCH (n:Entity {key: 's/key/1'}) SET n.assertions = []"));
    const dangles = [{ invariant: "INV-1", count: 1, samples: ["s/user/ann -HAS_CREDENTIAL-> s/key/1"] }];
    expect(await clean()).toEqual(dangles);
    expect(await marks()).toEqual(["s a: complete"]);
    await project.read("s", [a(ann, key, holds, edge("CREATED", "s/user/ann", "s/key/1"))]);
    expect((await marks())[0]).toMatch(
      /^s a: partial: INV-1: 2 edges dangle: s\/user\/ann -CREATED-> s\/key\/1, /,
    );
    // An edge that nothing asserts belongs to whoever describes its ends.
    await store.write((tx) =>
      tx.run("MATCH (a:Entity {key: 's/user/ann'})-[e:HAS_CREDENTIAL]->(b:Entity) SET e.assertions = []"),
    );
    expect((await clean())[0]).toMatchObject({ invariant: "INV-1", count: 2 });
  });

  it("names three at most, and hides no other reason; sources and rules say why", async () => {
    const policies = [1, 2, 3, 4, 5].map((n) => node(`s/policy/${n}`, "Entitlement"));
    await project.read("s", [a(...policies, key)]);
    const [violated] = (await readMarkers(store)).map((marker) => marker.violated?.violations);
    expect(violated).toEqual([
      { invariant: "INV-2", count: 5, samples: ["s/policy/1", "s/policy/2", "s/policy/3"] },
      { invariant: "INV-3", count: 1, samples: ["s/key/1"] },
    ]);
    const markers = await readMarkers(store);
    const stream = { name: "a", title: "a", optional: false, produces: { nodes: [], edges: [] } };
    const plan = [{ source: "s", type: "test", category: "access", streams: [stream] }] as const;
    expect(sourceStatuses(partitionStates(plan, markers, markers))).toMatchObject([
      {
        verdict: "partial",
        reason:
          "a: the newest read is partial: INV-2: 5 entitlements are on no resource: s/policy/1, s/policy/2, s/policy/3, …; INV-3: 1 credential has no holder: s/key/1",
      },
    ]);
  });

  it("asks nothing where nothing changed, and once a batch where something did", async () => {
    const many = Array.from({ length: 3_000 }, (_, n) => node(`s/user/${n}`, "Account"));
    await project.read("s", [a(...many)]);
    const asked: string[] = [];
    const counting = await TestProject.open(
      countingReads(store, asked),
      project.dataDir,
      undefined,
      project.snapshots,
    );
    const again = async (...records: TestRead["records"]) => {
      asked.length = 0;
      await counting.ingest(await project.snapshot("s", [a(...records)]));
      return asked.map((text) => /INV-\d/.exec(text)?.[0]).filter((id) => id !== undefined);
    };
    expect(await again(...many.toReversed())).toEqual([]);
    const changed = many.map((one) => ({ ...one, props: { name: "x" } }));
    expect(await again(...changed, policy)).toEqual(["INV-1", "INV-1", "INV-2", "INV-2"]);
    // What is violated stays so, and costs nothing, while nothing is written.
    expect(await again(...changed, policy)).toEqual([]);
    expect((await marks())[0]).toContain("partial: INV-2");
  });
}

/** Notes the text of every read, inside transactions and outside. */
function countingReads(inner: GraphStore, asked: string[]): GraphStore {
  const note = (cypher: string) => {
    asked.push(cypher);
    return cypher;
  };
  return {
    engine: inner.engine,
    location: inner.location,
    read: (cypher, options) => inner.read(note(cypher), options),
    rows: (cypher, params, signal) => inner.rows(note(cypher), params, signal),
    write: (work) =>
      inner.write((tx) => work({ run: (cypher: string, params?: Params) => tx.run(note(cypher), params) })),
    checkpoint: () => inner.checkpoint(),
    close: () => inner.close(),
  };
}

describe("embedded", () => {
  invariants(() => openStore({ store: { engine: "embedded" }, dataDir: folder(), shuffleUnordered: true }));
});

describeWith(["neo4j"], "Neo4j", () => {
  invariants(async () => {
    const store = await openStore({ store: { engine: "neo4j", ...sharedNeo4j() }, dataDir: folder() });
    await clearStore(store);
    return store;
  });
});
