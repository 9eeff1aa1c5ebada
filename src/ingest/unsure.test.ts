import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { changesOf, imageOf, TestProject, type TestRead } from "../../test/support/ingest-worlds.js";
import { type GraphStore, openStore } from "../graph/index.js";
import { journalFileEvents } from "../journal/index.js";
import type { NodeRecord, Props } from "../model/index.js";
import { ingestProjectors, rebuild } from "./index.js";

let dir: string;
let store: GraphStore;
let project: TestProject;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "exitgraph-unsure-"));
  store = await openStore({ store: { engine: "embedded" }, dataDir: dir });
  project = await TestProject.open(store, dir);
});
afterEach(async () => {
  await store.close();
  await rm(dir, { recursive: true, force: true });
});

const ANN = "s/user/1";
const ann = (props: Props, ...unsure: string[]): NodeRecord => ({
  kind: "node",
  key: ANN,
  label: "Account",
  props: { name: "Ann", ...props },
  ...(unsure.length === 0 ? {} : { unsure }),
});
const employment = (id: number, props: Props, ...unsure: string[]): NodeRecord => ({
  kind: "node",
  key: `hr/employment/${id}`,
  label: "Employment",
  props: { name: `Worker ${id}`, ...props },
  ...(unsure.length === 0 ? {} : { unsure }),
});
const read = (records: TestRead["records"], more: Partial<TestRead> = {}): TestRead => ({
  stream: "a",
  partition: "1",
  records,
  ...more,
});
const partial = (records: TestRead["records"], more: Partial<TestRead> = {}) =>
  read(records, { verdict: "partial", ...more });
const props = async (of: GraphStore = store, key = ANN) => {
  const node = (await imageOf(of)).nodes[key];
  return node !== null && typeof node === "object" && "props" in node ? node.props : undefined;
};
const unknown = ann({ effectivePrivilege: "unknown" }, "effectivePrivilege");

describe("a property that a read could not determine", () => {
  it("keeps what the same stream said of it before, in a partial read and in a complete one", async () => {
    await project.read("s", [read([ann({ effectivePrivilege: "admin", mfa: true })])]);
    for (const how of [partial, read]) {
      await project.read("s", [how([ann({ effectivePrivilege: "unknown" }, "effectivePrivilege")])]);
      expect(await props()).toMatchObject({ effectivePrivilege: "admin" });
      // What it left out and was not unsure of is gone, as ever.
      expect(await props()).not.toHaveProperty("mfa");
      expect(await props()).not.toHaveProperty("unsure");
    }
    // No value at all is no other value either.
    await project.read("s", [read([ann({}, "effectivePrivilege")])]);
    expect(await props()).toMatchObject({ effectivePrivilege: "admin" });
    const before = (await changesOf(store)).map(({ kind, before, after }) => ({ kind, before, after }));
    expect(before).toEqual([{ kind: "changed", before: '{"mfa":true}', after: "{}" }]);
    // Until it can say it again.
    await project.read("s", [read([ann({ effectivePrivilege: "read" })])]);
    expect(await props()).toMatchObject({ effectivePrivilege: "read" });
  });

  it("is a difference once: reading the same again writes nothing", async () => {
    await project.read("s", [read([ann({ effectivePrivilege: "admin" })])]);
    expect((await project.read("s", [partial([unknown])])).partitions).toMatchObject([{ changed: 1 }]);
    const image = await imageOf(store);
    expect((await project.read("s", [partial([unknown])])).partitions).toMatchObject([
      { changed: 0, unchanged: 1 },
    ]);
    // Nor where the local baseline is lost and made again from the graph.
    await rm(join(dir, "baseline"), { recursive: true });
    expect((await project.read("s", [partial([unknown])])).partitions).toMatchObject([
      { changed: 0, unchanged: 1 },
    ]);
    expect(await imageOf(store)).toEqual(image);
  });

  it("stands in where nothing was known, and only until something is", async () => {
    await project.read("s", [partial([unknown])]);
    expect(await props()).toMatchObject({ effectivePrivilege: "unknown", unsure: ["effectivePrivilege"] });
    // A value that only stood in is no earlier statement.
    await project.read("s", [partial([ann({ effectivePrivilege: "read" }, "effectivePrivilege")])]);
    expect(await props()).toMatchObject({ effectivePrivilege: "read", unsure: ["effectivePrivilege"] });
    await project.read("s", [read([ann({ effectivePrivilege: "write" })])]);
    expect(await props()).toMatchObject({ effectivePrivilege: "write" });
    expect(await props()).not.toHaveProperty("unsure");
  });

  it("gives way to another stream that knows it, whatever the rank", async () => {
    await project.read("s", [read([ann({ status: "enabled" })])]);
    const report = (...records: NodeRecord[]) => partial(records, { stream: "b" });
    await project.read("s", [report(ann({ status: "unknown" }, "status"))]);
    expect(await props()).toMatchObject({ status: "enabled" });
    expect(await props()).not.toHaveProperty("unsure");
    await project.read("s", [report(ann({ status: "disabled" }))]);
    await project.read("s", [report(ann({ status: "unknown" }, "status"))]);
    expect(await props()).toMatchObject({ status: "disabled" });
  });

  it("begins anew for a record that a complete read had lost", async () => {
    await project.read("hr", [read([employment(1, { status: "active" })])]);
    await project.read("hr", [read([])]);
    await project.read("hr", [partial([employment(1, { status: "unknown" }, "status")])]);
    expect(await props(store, "hr/employment/1")).toMatchObject({ status: "unknown", unsure: ["status"] });
  });

  it("makes nobody a leaver for the guard", async () => {
    const staff = (props: Props, ...unsure: string[]) =>
      Array.from({ length: 20 }, (_, i) => employment(i, props, ...unsure));
    const strict = await TestProject.open(store, dir, {
      removals: { percent: 100 },
      newlyLeft: { percent: 20 },
    });
    await strict.read("hr", [read(staff({ end: "2099-01-01" }))]);
    const unsure = await strict.read("hr", [read(staff({ end: "2000-01-01" }, "end"))]);
    expect(unsure.partitions).toMatchObject([{ state: "applied" }]);
    expect(await props(store, "hr/employment/0")).toMatchObject({ end: "2099-01-01" });
    const left = await strict.read("hr", [read(staff({ end: "2000-01-01" }))]);
    expect(left.partitions).toMatchObject([{ state: "stopped", guard: { type: "newlyLeft", would: 20 } }]);
  });

  it("comes out of a rebuild as it was", async () => {
    await project.read("s", [read([ann({ effectivePrivilege: "admin", status: "enabled" })])]);
    await project.read("s", [partial([ann({ status: "unknown" }, "status", "effectivePrivilege")])]);
    await project.read("s", [partial([unknown], { stream: "b" })]);
    const other = join(dir, "other");
    const into = await openStore({ store: { engine: "embedded" }, dataDir: other });
    try {
      await rebuild({
        events: () => journalFileEvents(dir),
        snapshots: project.snapshots,
        into: { store: into, dataDir: other },
        projectors: ingestProjectors,
      });
      expect(await props(into)).toMatchObject({ effectivePrivilege: "admin", status: "enabled" });
      expect(await imageOf(into)).toEqual(await imageOf(store));
    } finally {
      await into.close();
    }
  });
});
