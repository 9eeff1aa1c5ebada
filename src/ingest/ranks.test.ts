import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  changesOf,
  imageOf,
  markersOf,
  reversedRank,
  TestProject,
  type TestRead,
} from "../../test/support/ingest-worlds.js";
import { type GraphStore, openStore } from "../graph/index.js";
import { journalFileEvents } from "../journal/index.js";
import type { GraphRecord } from "../model/index.js";
import { ingestProjectors, readMarkers, rebuild } from "./index.js";

let dir: string;
let store: GraphStore;
let project: TestProject;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "exitgraph-ranks-"));
  store = await openStore({ store: { engine: "embedded" }, dataDir: dir });
  project = await TestProject.open(store, dir);
});
afterEach(async () => {
  await store.close();
  await rm(dir, { recursive: true, force: true });
});

const user = (id: string, status: string): GraphRecord => ({
  kind: "node",
  key: `s/user/${id}`,
  label: "Account",
  props: { name: id, status },
});
const member = (id: string, assignment: string): GraphRecord => ({
  kind: "edge",
  type: "MEMBER_OF",
  from: `s/user/${id}`,
  to: "s/group/g",
  props: { assignment },
});
/** What two streams say of the same records, of which they know one thing differently. */
const both = (more: Partial<TestRead> = {}): readonly TestRead[] => [
  {
    stream: "a",
    partition: "1",
    records: [user("ann", "enabled"), user("bob", "enabled"), member("ann", "active")],
    ...more,
  },
  {
    stream: "b",
    partition: "1",
    records: [user("ann", "disabled"), user("bob", "enabled"), member("ann", "eligible")],
    ...more,
  },
];
const reordered = { rankOf: reversedRank };
const ranks = async () => (await readMarkers(store, "s")).map(({ stream, rank }) => `${stream} ${rank}`);
const standing = async () => {
  const { nodes, edges } = await imageOf(store);
  return [nodes["s/user/ann"], edges["MEMBER_OF|s/user/ann|s/group/g|"]];
};

describe("a version of a collector that lists its streams in another order", () => {
  it("gives all that they say its ranks with its next read, which is a difference only where another claim wins", async () => {
    await project.read("s", both());
    expect(await ranks()).toEqual(["a 0", "b 1"]);
    expect(await standing()).toMatchObject([{ props: { status: "disabled" } }, { assignment: "eligible" }]);
    const report = await project.read("s", both(), reordered);
    expect(report.partitions).toMatchObject([
      { added: 0, changed: 0, unchanged: 3, removed: 0 },
      { added: 0, changed: 0, unchanged: 3, removed: 0 },
    ]);
    expect(await ranks()).toEqual(["a 25", "b 24"]);
    expect(await standing()).toMatchObject([{ props: { status: "enabled" } }, { assignment: "active" }]);
    expect(await changesOf(store)).toHaveLength(2);
    expect(await changesOf(store)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          kind: "changed",
          record: "s/user/ann",
          read: report.snapshot,
          before: '{"status":"disabled"}',
          after: '{"status":"enabled"}',
        }),
        expect.objectContaining({ kind: "changed", record: "MEMBER_OF|s/user/ann|s/group/g|" }),
      ]),
    );
    // As if it had never been otherwise.
    const image = await imageOf(store);
    await project.read("s", both(), reordered);
    expect(await imageOf(store)).toEqual(image);
    const other = await openStore({ store: { engine: "embedded" }, dataDir: join(dir, "fresh") });
    await (await TestProject.open(other, join(dir, "fresh"))).read("s", both(), reordered);
    expect(await imageOf(other)).toEqual(image);
    await other.close();
  });

  it("does so for what a partial read does not see, and not for a stream that could not be read", async () => {
    await project.read("s", both());
    const [a, b] = both();
    if (a === undefined || b === undefined) throw new Error("two streams");
    await project.read(
      "s",
      [
        { ...a, records: [], verdict: "partial" },
        { ...b, verdict: "failed" },
      ],
      reordered,
    );
    expect(await ranks()).toEqual(["a 25", "b 1"]);
    expect(await standing()).toMatchObject([{ props: { status: "enabled" } }, { assignment: "active" }]);
  });

  it("leaves one Change where the read also says something else", async () => {
    await project.read("s", both());
    const [a, b] = both();
    if (a === undefined || b === undefined) throw new Error("two streams");
    const report = await project.read("s", [{ ...a, records: [user("ann", "unknown")] }, b], reordered);
    const changes = (await changesOf(store)).filter(({ record }) => record === "s/user/ann");
    expect(changes).toMatchObject([
      { read: report.snapshot, before: '{"status":"disabled"}', after: '{"status":"unknown"}' },
    ]);
  });

  it("is remembered by the journal, so that a rebuild needs no collector", async () => {
    await project.read("s", both());
    await project.read("s", both(), reordered);
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
});
