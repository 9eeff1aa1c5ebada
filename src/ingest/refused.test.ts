import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { changesOf, imageOf, markersOf, TestProject } from "../../test/support/ingest-worlds.js";
import { type GraphStore, openStore } from "../graph/index.js";
import { journalFileEvents } from "../journal/index.js";
import type { GraphRecord } from "../model/index.js";
import { ingestProjectors, readMarkers, rebuild } from "./index.js";

/** Optional streams that a system no longer lets be read. */
let dir: string;
let store: GraphStore;
let project: TestProject;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "exitgraph-refused-"));
  store = await openStore({ store: { engine: "embedded" }, dataDir: dir });
  project = await TestProject.open(store, dir);
});
afterEach(async () => {
  await store.close();
  await rm(dir, { recursive: true, force: true });
});

const user: GraphRecord = { kind: "node", key: "s/user/ann", label: "Account", props: { name: "ann" } };
const member: GraphRecord = {
  kind: "edge",
  type: "MEMBER_OF",
  from: "s/user/ann",
  to: "s/group/g",
  props: {},
};
const users = { stream: "a", partition: "1", records: [user] };

/** A read whose optional streams `b` and `c` were refused. */
async function readRefused(): Promise<void> {
  const at = project.at + 3_600_000;
  const writer = project.snapshots.begin({
    source: "s",
    system: "test",
    collectorVersion: "1",
    startedAt: at,
  });
  await writer.write("a", "1", user);
  const whole = { verdict: "complete" as const, dataTime: at, scope: [], calls: 1, errors: 0 };
  const manifest = await writer.finish(
    [{ stream: "a", partition: "1", counts: writer.counts("a", "1"), ...whole }],
    at,
    ["b", "c"].map((stream) => ({ stream, partition: "1", reason: "access denied: Members.Read" })),
  );
  await project.ingest(manifest);
}

it("leave what was read of them, which is no evidence of absence any more; of the others nothing is said", async () => {
  await project.read("s", [users, { stream: "b", partition: "1", records: [member] }]);
  const before = await imageOf(store);
  await readRefused();
  expect((await imageOf(store)).edges).toEqual(before.edges);
  expect(
    (await readMarkers(store, "s")).map(({ stream, verdict, state, reason }) => [
      stream,
      verdict,
      state,
      reason,
    ]),
  ).toEqual([
    ["a", "complete", "applied", null],
    ["b", "failed", "applied", "access denied: Members.Read"],
  ]);
});

it("are rebuilt as they stood", async () => {
  await project.read("s", [users, { stream: "b", partition: "1", records: [member] }]);
  await readRefused();
  const other = join(dir, "other");
  const into = await openStore({ store: { engine: "embedded" }, dataDir: other });
  try {
    await rebuild({
      events: () => journalFileEvents(dir),
      snapshots: project.snapshots,
      into: { store: into, dataDir: other },
      projectors: ingestProjectors,
    });
    expect(await imageOf(into)).toEqual(await imageOf(store));
    expect(await changesOf(into)).toEqual(await changesOf(store));
    expect(await markersOf(into)).toEqual(await markersOf(store));
  } finally {
    await into.close();
  }
});
