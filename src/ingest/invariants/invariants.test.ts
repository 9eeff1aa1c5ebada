import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  CrashingStore,
  GLOBAL_IDS,
  LOOSE,
  TestProject,
  type TestRead,
} from "../../../test/support/ingest-worlds.js";
import { type GraphStore, openStore } from "../../graph/index.js";
import { journalFileEvents } from "../../journal/index.js";
import type { EdgeRecord, NodeRecord } from "../../model/index.js";
import { ingestProjectors, readMarkers, rebuild, retire, verifyInvariants } from "../index.js";
import { Touched } from "./touched.js";
import { standingOf } from "./violation.js";

let dir: string;
let store: GraphStore;
let project: TestProject;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "exitgraph-invariants-"));
  store = await openStore({ store: { engine: "embedded" }, dataDir: dir });
  project = await TestProject.open(store, dir);
});
afterEach(async () => {
  await store.close();
  await rm(dir, { recursive: true, force: true });
});

const node = (key: string, label: NodeRecord["label"]): NodeRecord => ({
  kind: "node",
  key,
  label,
  props: { name: key },
});
const policy = node("s/policy/1", "Entitlement");
const bucket = node("s/bucket/1", "Resource");
const on: EdgeRecord = { kind: "edge", type: "ON", from: "s/policy/1", to: "s/bucket/1", props: {} };
const part = (partition: string, ...records: TestRead["records"]): TestRead => ({
  stream: "a",
  partition,
  records,
});
const VIOLATED = "INV-2: 1 entitlement is on no resource: s/policy/1";
const marks = async () =>
  (await readMarkers(store)).map(
    ({ source, partition, state, verdict, reason }) =>
      `${source} ${partition}: ${state} ${verdict}${reason === null ? "" : `: ${reason}`}`,
  );

describe("a mark", () => {
  it("stays through reads that change nothing, fail or no longer ask for it, and is in the events of those that do", async () => {
    await project.read("s", [part("1", policy, bucket), part("2")]);
    expect(await marks()).toEqual([`s 1: applied partial: ${VIOLATED}`, "s 2: applied complete"]);
    const failed = { ...part("1"), verdict: "failed", reason: "denied" } as const;
    await project.read("s", [failed, part("2")]);
    expect((await marks())[0]).toBe(`s 1: applied failed: denied; ${VIOLATED}`);
    await project.read("s", [part("1", policy, bucket), part("2")]);
    expect((await marks())[0]).toBe(`s 1: applied partial: ${VIOLATED}`);
    await project.read("s", [part("2")]);
    expect((await marks())[0]).toBe(
      `s 1: outOfScope partial: The configuration no longer reads it.; ${VIOLATED}`,
    );
    await project.read("s", [part("1", policy, bucket, on), part("2")]);
    expect(await marks()).toEqual(["s 1: applied complete", "s 2: applied complete"]);
    const { events } = await project.result();
    const payloads = events.map((event) => JSON.stringify(event));
    expect(payloads.map((text) => text.includes("INV-2"))).toEqual([true, true, true, false, false]);
  });

  it("is of a read that another source mended, or broke", async () => {
    await project.read("s", [part("1", policy)]);
    const report = await project.read("other", [part("1", on)]);
    expect(report.elsewhere).toEqual([{ source: "s", stream: "a", partition: "1", violated: null }]);
    expect(await marks()).toEqual(["other 1: applied complete", "s 1: applied complete"]);
    const again = await project.read("other", [part("1")]);
    expect(again.partitions[0]?.verdict).toBe("complete");
    expect(again.elsewhere).toMatchObject([
      { source: "s", violated: { violations: [{ invariant: "INV-2" }] } },
    ]);
    expect(await marks()).toEqual(["other 1: applied complete", `s 1: applied partial: ${VIOLATED}`]);
  });

  it("comes and goes with what a person retires", async () => {
    await project.read("s", [part("1", policy), part("2", on)]);
    expect((await marks())[0]).toBe("s 1: applied complete");
    const close = (partition: string) =>
      retire({
        ...{ store, journal: project.journal, dataDir: dir, source: "s", partition },
        ...{ actor: "ana", reason: "sold", now: () => project.at + 1 },
      });
    await close("2");
    expect(await marks()).toEqual([`s 1: applied partial: ${VIOLATED}`]);
    await project.read("other", [part("1", node("other/key/1", "Credential"))]);
    await close("1");
    expect(await marks()).toEqual([
      "other 1: applied partial: INV-3: 1 credential has no holder: other/key/1",
    ]);
  });

  it("takes nothing back, and lets the next whole read remove what it no longer sees", async () => {
    await project.read("s", [part("1", policy, bucket, on, node("s/user/1", "Account"))]);
    const scope = ["x"];
    await project.read("s", [{ ...part("1", policy, bucket), scope }]);
    const { changes } = await project.result();
    expect(changes.map(({ kind, record }) => `${String(kind)} ${String(record)}`).sort()).toEqual([
      "removed ON|s/policy/1|s/bucket/1|",
      "removed s/user/1",
    ]);
    // What it asked for is known, so that a narrower read does not pass for a whole one.
    expect((await project.read("s", [part("1", policy)])).partitions[0]).toMatchObject({
      state: "narrowed",
      removed: 0,
    });
  });

  it("is the same in a rebuild, which asks nothing", async () => {
    await project.read("s", [part("1", policy), part("2", on)]);
    await project.read("s", [part("1", policy), part("2")]);
    await project.read("other", [part("1", node("other/key/1", "Credential"))]);
    const expected = await project.result();
    expect(JSON.stringify(expected.markers)).toContain("INV-3");
    const dataDir = join(dir, "again");
    const into = await openStore({ store: { engine: "embedded" }, dataDir });
    const asked: string[] = [];
    const listening: GraphStore = {
      engine: into.engine,
      location: into.location,
      read: into.read.bind(into),
      rows: (cypher, params, signal) => {
        asked.push(cypher);
        return into.rows(cypher, params, signal);
      },
      write: into.write.bind(into),
      checkpoint: into.checkpoint.bind(into),
      close: into.close.bind(into),
    };
    await rebuild({
      events: () => journalFileEvents(dir),
      snapshots: project.snapshots,
      into: { store: listening, dataDir },
      projectors: ingestProjectors,
    });
    expect(asked.filter((text) => text.includes("INV-"))).toEqual([]);
    const rebuilt = await TestProject.open(into, dataDir, LOOSE, project.snapshots);
    expect(await rebuilt.result()).toEqual(expected);
    await into.close();
  });
});

describe("an apply that was cut off", () => {
  /** Kills an apply that takes the ON away after its last write, and lets the lease go. */
  async function cutOff(reads: readonly TestRead[]): Promise<string> {
    const crashing = new CrashingStore(store);
    const dying = await TestProject.open(crashing, dir, LOOSE, project.snapshots);
    const { id } = await project.snapshot("s", reads);
    // Lease, intents, the removal; then its event never comes.
    crashing.crashAt(3, true);
    await expect(dying.ingest({ id })).rejects.toThrow();
    await store.write((tx) => tx.run("MATCH (l:Lease) DELETE l"));
    const { invariants, unfinished } = await verifyInvariants(store, GLOBAL_IDS);
    expect(invariants.map(({ count }) => count)).toEqual([0, 1, 0, 0, 0]);
    expect(unfinished).toEqual(["s"]);
    expect((await marks())[0]).toBe("s 1: applied complete");
    return id;
  }

  it("marks what it had written, though the run that completes it writes nothing", async () => {
    await project.read("s", [part("1", policy, bucket), part("2", on)]);
    const id = await cutOff([part("1", policy, bucket), part("2")]);
    await (await TestProject.open(store, dir, LOOSE, project.snapshots)).ingest({ id });
    expect(await marks()).toEqual([`s 1: applied partial: ${VIOLATED}`, "s 2: applied complete"]);
  });

  it("is looked at also where its snapshot is gone and the next read asks for something else", async () => {
    await project.read("s", [part("1", policy, bucket), part("2", on)]);
    const id = await cutOff([part("1", policy, bucket), part("2")]);
    await rm(join(dir, "snapshots", "s", id), { recursive: true, force: true });
    await project.read("s", [part("3", node("s/user/1", "Account"))]);
    expect((await marks())[0]).toBe(
      `s 1: outOfScope partial: The configuration no longer reads it.; ${VIOLATED}`,
    );
  });
});

describe("what an apply touched", () => {
  const written = (key: string, old: readonly string[] | undefined, ...labels: string[]) => ({
    ...{ key, old, labels },
    props: { provider: labels[1] },
  });

  it("is what an invariant may mind of it", () => {
    const touched = new Touched(new Set(["AwsUser"]));
    touched.node(written("s/user/1", undefined, "Account", "AwsUser"));
    touched.node(written("s/key/1", ["Credential"], "Credential", "AwsAccessKey"));
    touched.node(written("ref/x/1", ["Unresolved"], "Entitlement"));
    touched.node(written("s/gone/1", ["Group"], "Unresolved"));
    touched.edge({ type: "ON", from: "s/policy/1", to: "s/bucket/1" });
    touched.edgeGone({ type: "ON", from: "s/policy/2", to: "s/bucket/1" });
    touched.edgeGone({ type: "HAS_CREDENTIAL", from: "s/user/1", to: "s/key/2" });
    expect([...touched.nodes]).toEqual(["s/user/1", "s/key/1", "ref/x/1", "s/policy/1", "s/bucket/1"]);
    expect([...touched.global]).toEqual(["s/user/1"]);
    expect([...touched.credentials]).toEqual(["s/key/1", "s/key/2"]);
    expect([...touched.entitlements]).toEqual(["ref/x/1", "s/policy/2"]);
    expect([...touched.relabelled.keys()]).toEqual(["ref/x/1"]);
    expect(touched.relabelled.get("ref/x/1")?.to).not.toContain("HAS_ENTITLEMENT");
    expect(touched.relabelled.get("ref/x/1")?.to).toContain("MEMBER_OF");
    expect(touched.whole).toBe(false);
  });

  it("is everything past so many, and nothing is kept of it", () => {
    const touched = new Touched();
    for (let n = 0; n <= 100_000; n++) touched.node(written(`s/key/${n}`, undefined, "Credential"));
    touched.edge({ type: "ON", from: "s/policy/1", to: "s/bucket/1" });
    expect([touched.whole, touched.nodes.size, touched.credentials.size, touched.ends.size]).toEqual([
      true,
      0,
      0,
      0,
    ]);
  });
});

it("says of long keys and many samples no more than is needed, after what the read itself says", () => {
  const violations = [{ invariant: "INV-4" as const, count: 9, samples: ["a -ON-> b"] }];
  expect(standingOf({ verdict: "partial", reason: "denied" }, { violations, unread: ["x", "y"] })).toEqual({
    verdict: "partial",
    reason:
      "denied; INV-4: 9 edges join what their types may not join: a -ON-> b, … (maybe because x, y were not read whole)",
  });
  expect(standingOf({ verdict: "failed", reason: null }, { violations, unread: [] }).verdict).toBe("failed");
});
