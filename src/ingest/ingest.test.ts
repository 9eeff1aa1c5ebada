import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  changesOf,
  imageOf,
  markersOf,
  snapshotOf,
  TestProject,
  type TestRead,
} from "../../test/support/ingest-worlds.js";
import { type GraphStore, openStore } from "../graph/index.js";
import { journalFileEvents, openJournal } from "../journal/index.js";
import type { EdgeRecord, NodeRecord, Props } from "../model/index.js";
import { ingestProjectors, knownGraph, readMarkers, rebuild, retire } from "./index.js";

let dir: string;
let store: GraphStore;
let project: TestProject;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "exitgraph-ingest-"));
  store = await openStore({ store: { engine: "embedded" }, dataDir: dir });
  project = await TestProject.open(store, dir);
});
afterEach(async () => {
  await store.close();
  await rm(dir, { recursive: true, force: true });
});

const account = (id: string, props: Props = {}, aliases: readonly string[] = []): NodeRecord => ({
  kind: "node",
  key: `s/user/${id}`,
  label: "Account",
  provider: "AwsUser",
  ...(aliases.length === 0 ? {} : { aliases }),
  props: { name: id, status: "enabled", ...props },
});
const group = (id: string): NodeRecord => ({
  kind: "node",
  key: `s/group/${id}`,
  label: "Group",
  props: { name: id },
});
const member = (user: string, of: string, props: Props = {}): EdgeRecord => ({
  kind: "edge",
  type: "MEMBER_OF",
  from: `s/user/${user}`,
  to: `s/group/${of}`,
  props,
});
const employment = (id: string, props: Props = {}): NodeRecord => ({
  kind: "node",
  key: `hr/employment/${id}`,
  label: "Employment",
  props: { name: id, ...props },
});
const read = (records: TestRead["records"], more: Partial<TestRead> = {}): TestRead => ({
  stream: "a",
  partition: "1",
  records,
  ...more,
});
const node = async (key: string) => (await imageOf(store)).nodes[key];
const changes = async () =>
  (await changesOf(store)).map((change) => `${String(change.kind)} ${String(change.record)}`).sort();

describe("a first read", () => {
  it("is a beginning: records, an unresolved end, a marker, no Changes", async () => {
    const report = await project.read("s", [
      read([account("ann", { accountType: "service" }), member("ann", "admins", { assignment: "active" })]),
    ]);
    expect(report.partitions).toMatchObject([{ state: "applied", added: 2, changed: 0, removed: 0 }]);
    expect(await node("s/user/ann")).toMatchObject({
      labels: ["Account", "AwsUser", "Entity", "NonHumanIdentity"],
      props: { label: "Account", provider: "AwsUser", name: "ann", status: "enabled" },
    });
    expect(await node("s/group/admins")).toEqual({
      labels: ["Entity", "Unresolved"],
      props: { key: "s/group/admins", label: "Unresolved", name: "admins" },
    });
    expect(await changes()).toEqual([]);
    const [marker] = await readMarkers(store, "s");
    expect(marker).toMatchObject({
      stream: "a",
      partition: "1",
      verdict: "complete",
      state: "applied",
      completeRead: report.snapshot,
      firstRead: report.snapshot,
      intent: null,
      counts: { AwsUser: 1, MEMBER_OF: 1 },
    });
    expect(await project.journal.verify()).toMatchObject({ ok: true, events: 1 });
  });
});

describe("a later read", () => {
  it("adds, changes and removes, each with its Change, and demotes what edges still touch", async () => {
    const first = await project.read("s", [
      read([
        account("ann"),
        account("bob"),
        account("eve"),
        group("g"),
        member("ann", "g"),
        member("bob", "g"),
      ]),
    ]);
    const second = await project.read("s", [
      read([account("ann", { status: "disabled" }), account("new"), member("ann", "g")]),
    ]);
    expect(second.partitions).toMatchObject([{ added: 1, changed: 1, unchanged: 1, removed: 4 }]);
    expect(await node("s/group/g")).toMatchObject({ labels: ["Entity", "Unresolved"] });
    expect(Object.keys((await imageOf(store)).nodes).sort()).toEqual([
      "s/group/g",
      "s/user/ann",
      "s/user/new",
    ]);
    expect(await changes()).toEqual([
      "added s/user/new",
      "changed s/user/ann",
      "removed MEMBER_OF|s/user/bob|s/group/g|",
      "removed s/group/g",
      "removed s/user/bob",
      "removed s/user/eve",
    ]);
    const changed = (await changesOf(store)).find((change) => change.record === "s/user/ann");
    expect(changed).toMatchObject({
      label: "Account",
      before: '{"status":"enabled"}',
      after: '{"status":"disabled"}',
      previousRead: first.snapshot,
      read: second.snapshot,
    });
    // The last edge takes the unresolved end with it.
    await project.read("s", [read([account("ann", { status: "disabled" }), account("new")])]);
    expect(await node("s/group/g")).toBeUndefined();
  });

  it("in another order writes markers only", async () => {
    const records = [account("ann"), account("bob"), group("g"), member("ann", "g")];
    await project.read("s", [read(records)]);
    const before = await imageOf(store);
    const report = await project.read("s", [read(records.toReversed())]);
    expect(report.partitions).toMatchObject([{ added: 0, changed: 0, removed: 0, unchanged: 4 }]);
    expect(await imageOf(store)).toEqual(before);
    expect(await changes()).toEqual([]);
    expect((await readMarkers(store))[0]?.completeRead).toBe(report.snapshot);
  });

  it("of the same snapshot adds neither Change nor event", async () => {
    const manifest = await project.snapshot("s", [read([account("ann")])]);
    await project.ingest(manifest);
    await project.ingest(manifest);
    expect(await project.journal.head()).toMatchObject({ seq: 1 });
  });

  it("rereads the graph where the local baseline is lost, stale or damaged", async () => {
    await project.read("s", [read([account("ann"), account("bob"), member("ann", "g")])]);
    const [file] = await readdir(join(dir, "baseline", "s"));
    await writeFile(
      join(dir, "baseline", "s", file ?? ""),
      "00000000000000000000000000000000 AwsUser s/user/zed\n",
    );
    const report = await project.read("s", [read([account("ann"), member("ann", "g")])]);
    expect(report.partitions).toMatchObject([{ added: 0, changed: 0, unchanged: 2, removed: 1 }]);
    expect(await changes()).toEqual(["removed s/user/bob"]);
  });
});

describe("only a complete read that covers the earlier one removes", () => {
  const known = [account("ann"), account("bob"), account("eve")];

  it("not a partial or failed one", async () => {
    await project.read("s", [read(known)]);
    const partial = await project.read("s", [
      read([account("new")], { verdict: "partial", reason: "page 2 was denied" }),
    ]);
    expect(partial.partitions).toMatchObject([
      { state: "applied", added: 1, removed: 0, reason: "page 2 was denied" },
    ]);
    await project.read("s", [read([], { verdict: "failed", reason: "denied" })]);
    expect(Object.keys((await imageOf(store)).nodes)).toHaveLength(4);
    const [marker] = await readMarkers(store);
    expect(marker).toMatchObject({ verdict: "failed", reason: "denied", counts: { AwsUser: 4 } });
    const last = await project.read("s", [read(known)]);
    expect(last.partitions).toMatchObject([{ removed: 1 }]);
    // The partial read was the last that saw it.
    const gone = (await changesOf(store)).find((change) => change.kind === "removed");
    expect(gone).toMatchObject({ record: "s/user/new", previousRead: partial.snapshot });
  });

  it("not a narrower one; and what is no longer configured is out of scope", async () => {
    await project.read("s", [read(known, { scope: ["x", "y"] }), read([account("far")], { partition: "2" })]);
    const narrow = await project.read("s", [read([account("ann")], { scope: ["x"] })]);
    expect(narrow.partitions).toMatchObject([
      { partition: "1", state: "narrowed", removed: 0 },
      { partition: "2", state: "outOfScope" },
    ]);
    expect(Object.keys((await imageOf(store)).nodes)).toHaveLength(4);
    const wide = await project.read("s", [
      read([account("ann")], { scope: ["x", "y", "z"] }),
      read([account("far")], { partition: "2" }),
    ]);
    expect(wide.partitions).toMatchObject([
      { state: "applied", removed: 2 },
      { state: "applied", unchanged: 1 },
    ]);
  });

  it("not one whose data is older than what is known", async () => {
    await project.read("s", [read(known)]);
    const report = await project.read("s", [read([account("ann")], { dataTime: 5 })]);
    expect(report.partitions).toMatchObject([{ state: "stopped", removed: 0 }]);
    expect(report.partitions[0]?.reason).toContain("older");
  });

  it("not one that is narrower as well as older, though a person lets it pass", async () => {
    await project.read("s", [read(known, { scope: ["x", "y"] })]);
    const older = await project.snapshot("s", [read([account("ann")], { dataTime: 5, scope: ["x"] })]);
    expect((await project.ingest(older)).partitions).toMatchObject([{ state: "stopped" }]);
    expect((await project.ingest(older, { accept: true })).partitions).toMatchObject([
      { state: "narrowed", removed: 0 },
    ]);
    expect(Object.keys((await imageOf(store)).nodes)).toHaveLength(3);
    // What still asks for everything is as good as any, once it passed.
    const whole = await project.snapshot("s", [read([account("ann")], { dataTime: 5, scope: ["x", "y"] })]);
    expect((await project.ingest(whole, { accept: true })).partitions).toMatchObject([
      { state: "applied", removed: 2 },
    ]);
  });
});

describe("the guard", () => {
  const many = Array.from({ length: 40 }, (_, i) => account(`u${i}`));
  const strict = { removals: { percent: 20 }, newlyLeft: { percent: 20 } };
  beforeEach(async () => {
    project = await TestProject.open(store, dir, strict);
  });

  it("stops a type that falls to zero, names samples and the command, and changes nothing", async () => {
    await project.read("s", [read([...many, group("g")]), read([member("u1", "g")], { stream: "b" })]);
    const before = await imageOf(store);
    const manifest = await project.snapshot("s", [
      read([group("g")]),
      read([member("u2", "g")], { stream: "b" }),
    ]);
    const report = await project.ingest(manifest);
    expect(report.partitions).toMatchObject([
      { state: "stopped", removed: 0, guard: { type: "AwsUser", would: 40, known: 40 } },
      { state: "stopped", added: 0 },
    ]);
    expect(report.partitions[0]?.guard?.samples).toHaveLength(5);
    expect(report.partitions[0]?.reason).toContain(`exitgraph ingest --accept ${manifest.id}`);
    expect(report.partitions[1]?.reason).toContain("stream a");
    expect(await imageOf(store)).toEqual(before);
    expect((await readMarkers(store))[0]).toMatchObject({
      state: "stopped",
      intent: null,
      counts: { AwsUser: 40 },
    });

    const accepted = await project.ingest(manifest, { accept: true });
    expect(accepted.partitions).toMatchObject([
      { state: "applied", removed: 40 },
      { removed: 1, added: 1 },
    ]);
    const events = [];
    for await (const event of project.journal.events()) events.push(event.payload);
    expect(events).toHaveLength(3);
    expect(events[2]).toMatchObject({ partitions: [{ accepted: true }, { accepted: false }] });
  });

  it("stops an empty read where three or more records were known, of whatever types", async () => {
    await project.read("s", [read([account("ann"), group("g"), member("ann", "g")])]);
    const report = await project.read("s", [read([])]);
    expect(report.partitions).toMatchObject([{ state: "stopped", guard: { would: 3 } }]);
  });

  it("looks at the share only from ten records on", async () => {
    await project.read("s", [read(many)]);
    expect((await project.read("s", [read(many.slice(9))])).partitions).toMatchObject([{ removed: 9 }]);
    expect((await project.read("s", [read(many.slice(19))])).partitions).toMatchObject([
      { state: "stopped" },
    ]);
  });

  it("lets a stream fall silent on what another still describes, and stops both when both do", async () => {
    const edge = member("u1", "g");
    const other = (records: TestRead["records"]) => read([edge, ...records], { stream: "b" });
    await project.read("s", [read([...many, group("g")]), other(many)]);
    const silent = await project.read("s", [read([...many, group("g")]), other([])]);
    expect(silent.partitions).toMatchObject([{ state: "applied" }, { state: "applied", removed: 40 }]);
    expect(await node("s/user/u1")).toBeDefined();

    await project.read("s", [read([...many, group("g")]), other(many)]);
    const gone = await project.read("s", [read([group("g")]), other([])]);
    expect(gone.partitions).toMatchObject([
      { state: "stopped", guard: { type: "AwsUser", would: 40 } },
      { state: "stopped" },
    ]);
    expect(await node("s/user/u1")).toBeDefined();
  });

  it("has its own limit on people who newly left", async () => {
    const staff = (left: number, of = 40) =>
      Array.from({ length: of }, (_, i) => employment(`e${i}`, i < left ? { end: "2020-01-31" } : {}));
    await project.read("hr", [read([...staff(0), employment("old", { end: "2019-01-01" })])]);
    const calm = await project.read("hr", [read([...staff(8), employment("old", { end: "2019-01-01" })])]);
    expect(calm.partitions).toMatchObject([{ state: "applied", changed: 8 }]);
    const report = await project.read("hr", [read([...staff(18), employment("old", { end: "2019-01-01" })])]);
    expect(report.partitions).toMatchObject([
      { state: "stopped", guard: { type: "newlyLeft", would: 10, known: 32 } },
    ]);
  });
});

describe("what is never deleted", () => {
  it("becomes missing, and returns", async () => {
    const first = await project.read("hr", [
      read([employment("ann", { start: "2020-01-01" }), employment("bob")]),
    ]);
    const second = await project.read("hr", [read([employment("bob")])]);
    expect(second.partitions).toMatchObject([{ missing: 1, removed: 0 }]);
    expect(await node("hr/employment/ann")).toMatchObject({
      props: { missing: true, missingAt: project.at, missingRead: second.snapshot, start: "2020-01-01" },
    });
    const third = await project.read("hr", [read([employment("bob")])]);
    expect(third.partitions).toMatchObject([{ missing: 0, unchanged: 1 }]);
    await project.read("hr", [read([employment("ann", { start: "2020-01-01" }), employment("bob")])]);
    expect(await node("hr/employment/ann")).not.toMatchObject({ props: { missing: true } });
    expect(await changesOf(store)).toMatchObject(
      expect.arrayContaining([
        expect.objectContaining({ kind: "missing", previousRead: first.snapshot, read: second.snapshot }),
        expect.objectContaining({ kind: "returned", previousRead: third.snapshot }),
      ]),
    );
  });
});

describe("a key learned anew", () => {
  const credential = (id: string, aliases: readonly string[] = []): NodeRecord => ({
    kind: "node",
    key: `s/key/${id}`,
    label: "Credential",
    ...(aliases.length === 0 ? {} : { aliases }),
    props: { name: id, status: "active" },
  });
  const has = (id: string): EdgeRecord => ({
    kind: "edge",
    type: "HAS_CREDENTIAL",
    from: "s/user/ann",
    to: `s/key/${id}`,
    props: {},
  });

  it("is the same record: rekeyed, never removed or added", async () => {
    await project.read("s", [read([account("ann"), credential("slot1"), has("slot1")])]);
    const report = await project.read("s", [
      read([account("ann"), credential("AKIA1", ["s/key/slot1"]), has("AKIA1")]),
    ]);
    expect(report.partitions).toMatchObject([{ added: 2, removed: 0, rekeyed: 2 }]);
    const all = await changesOf(store);
    expect(all.map(({ kind, record, to }) => ({ kind, record, to }))).toEqual(
      expect.arrayContaining([
        { kind: "rekeyed", record: "s/key/slot1", to: "s/key/AKIA1" },
        {
          kind: "rekeyed",
          record: "HAS_CREDENTIAL|s/user/ann|s/key/slot1|",
          to: "HAS_CREDENTIAL|s/user/ann|s/key/AKIA1|",
        },
      ]),
    );
    expect(all).toHaveLength(2);
    expect(await node("s/key/slot1")).toBeUndefined();
  });
});

describe("several streams and sources", () => {
  it("merge by rank, whichever came first, and leave one Change per read", async () => {
    await project.read("s", [
      read([account("ann", { status: "unknown" })]),
      read([account("ann", { status: "enabled", mfa: true })], { stream: "b" }),
    ]);
    expect(await node("s/user/ann")).toMatchObject({ props: { status: "enabled", mfa: true } });
    await project.read("s", [
      read([account("ann", { status: "unknown", path: "/x" }), account("new", { status: "unknown" })]),
      read([account("ann", { status: "disabled", mfa: true }), account("new")], { stream: "b" }),
    ]);
    const all = await changesOf(store);
    expect(all).toHaveLength(2);
    expect(all).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          kind: "changed",
          record: "s/user/ann",
          before: '{"status":"enabled"}',
          after: '{"path":"/x","status":"disabled"}',
        }),
        expect.objectContaining({ kind: "added", record: "s/user/new" }),
      ]),
    );
    const added = all.find((change) => change.kind === "added");
    expect(added?.after).toContain('"status":"enabled"');
    // Both streams lose it in one read: one removal, of what it was.
    await project.read("s", [read([account("ann")]), read([account("ann")], { stream: "b" })]);
    expect((await changes()).filter((change) => change.endsWith("/new"))).toEqual([
      "added s/user/new",
      "removed s/user/new",
    ]);
  });

  it("keep a shared node until the last of them loses it", async () => {
    const shared: NodeRecord = {
      kind: "node",
      key: "ref/aws-arn/p",
      label: "Entitlement",
      props: { name: "P" },
    };
    await project.read("s", [read([shared]), read([shared], { partition: "2" })]);
    await project.read("other", [read([{ ...shared, props: { name: "Q", privilege: "admin" } }])]);
    expect(await node("ref/aws-arn/p")).toMatchObject({ props: { name: "Q", privilege: "admin" } });
    await project.read("other", [read([])]);
    expect(await node("ref/aws-arn/p")).toMatchObject({ props: { name: "P" } });
    await project.read("s", [read([]), read([shared], { partition: "2" })]);
    expect(await node("ref/aws-arn/p")).toMatchObject({ labels: ["Entitlement", "Entity"] });
    await project.read("s", [read([]), read([], { partition: "2" })]);
    expect(await node("ref/aws-arn/p")).toBeUndefined();
  });

  it("tell collectors what is known", async () => {
    await project.read("s", [read([member("ann", "g")]), read([member("bob", "g")], { partition: "2" })]);
    const known = await knownGraph(store, "s");
    expect(known.partitions).toEqual(["1", "2"]);
    expect(await known.edges("MEMBER_OF", "2")).toEqual([{ from: "s/user/bob", to: "s/group/g" }]);
  });
});

describe("what is refused", () => {
  it("a snapshot older than what was applied", async () => {
    const older = await project.snapshot("s", [read([account("ann")])]);
    await project.read("s", [read([account("bob")])]);
    await expect(project.ingest(older)).rejects.toThrow("is older than");
  });

  it("an unknown one", async () => {
    await expect(project.ingest({ id: "s-20260101T000000000Z-abcdef" })).rejects.toThrow("no snapshot");
  });
});

describe("retire", () => {
  const close = (more: { stream?: string; partition?: string } = {}) =>
    retire({
      store,
      journal: project.journal,
      dataDir: dir,
      source: "s",
      actor: "ana",
      reason: "sold",
      now: () => project.at + 1_000,
      ...more,
    });

  it("closes a partition with a person and a reason, and proves nothing", async () => {
    await project.read("s", [
      read([account("ann"), group("g"), member("ann", "g")]),
      read([account("far"), group("g")], { partition: "2" }),
    ]);
    const report = await close({ partition: "1" });
    expect(report).toMatchObject({ partitions: [{ stream: "a", partition: "1" }], records: 3 });
    expect(Object.keys((await imageOf(store)).nodes).sort()).toEqual(["s/group/g", "s/user/far"]);
    expect(await changes()).toEqual(["retired MEMBER_OF|s/user/ann|s/group/g|", "retired s/user/ann"]);
    expect((await readMarkers(store)).map((marker) => marker.partition)).toEqual(["2"]);
    const events = [];
    for await (const event of project.journal.events()) events.push(event);
    expect(events.at(-1)).toMatchObject({
      type: "source.retired",
      actor: "ana",
      payload: { reason: "sold" },
    });
    // It may come back, as something read for the first time.
    await project.read("s", [read([account("ann")]), read([account("far"), group("g")], { partition: "2" })]);
    expect(await changes()).toHaveLength(2);
  });

  it("takes employments as well, and refuses what nobody knows", async () => {
    await project.read("s", [read([employment("ann")])]);
    await close();
    expect((await imageOf(store)).nodes).toEqual({});
    await expect(close()).rejects.toThrow("knows no read");
  });

  it("is completed before anything is ingested over it, wherever it was cut off", async () => {
    const first = [
      read([account("ann"), group("g"), member("ann", "g")]),
      read([account("bob")], { partition: "2" }),
    ];
    /** Retires in a folder of its own, with a store that fails at one write (from 1; 0 for none), before or after it. */
    const cutOff = async (failAt: number, committed: boolean) => {
      const own = await mkdtemp(join(tmpdir(), "exitgraph-retire-"));
      const inner = await openStore({ store: { engine: "embedded" }, dataDir: own });
      try {
        const there = await TestProject.open(inner, own);
        await there.read("s", first);
        let writes = 0;
        const failing: GraphStore = {
          engine: inner.engine,
          location: inner.location,
          read: (cypher, o) => inner.read(cypher, o),
          rows: (cypher, params, signal) => inner.rows(cypher, params, signal),
          checkpoint: () => inner.checkpoint(),
          close: () => inner.close(),
          async write(work) {
            writes += 1;
            if (writes !== failAt) return inner.write(work);
            if (committed) await inner.write(work);
            throw new Error("cut off");
          },
        };
        const again = (over: GraphStore, journal: typeof there.journal) =>
          retire({
            store: over,
            journal,
            dataDir: own,
            source: "s",
            partition: "1",
            actor: "ana",
            reason: "sold",
            now: () => there.at + 1_000,
          });
        const journal = await openJournal({ store: failing, dataDir: own, projectors: ingestProjectors });
        const whole = await again(failing, journal).then(
          () => true,
          () => false,
        );
        const open = (await readMarkers(inner)).some(({ intent }) => intent?.endsWith("-retired") === true);
        let refused = false;
        if (open) {
          refused = true;
          await expect(there.read("s", first.slice(1))).rejects.toThrow(
            /cut off[\s\S]*source retire s --partition 1 --reason/,
          );
        }
        if (!whole && (await readMarkers(inner)).length === 2) await again(inner, there.journal);
        await there.read("s", first.slice(1));
        const events = [];
        for await (const { type } of there.journal.events()) events.push(type);
        expect((await there.journal.verify()).ok).toBe(true);
        const said = (await changesOf(inner)).map(({ kind, record, readAt }) =>
          [kind, record, readAt].join(" "),
        );
        return { writes, refused, said: [said.sort(), await imageOf(inner), events] };
      } finally {
        await inner.close();
        await rm(own, { recursive: true, force: true });
      }
    };
    const undisturbed = await cutOff(0, false);
    let refusals = 0;
    // Its first write takes the lease, and its last gives it back: a dead one's runs out by itself.
    for (let at = 2; at < undisturbed.writes; at++) {
      for (const committed of [false, true]) {
        const { said, refused } = await cutOff(at, committed);
        if (refused) refusals += 1;
        expect(said, `write ${at}, ${committed ? "after" : "before"} its commit`).toEqual(undisturbed.said);
      }
    }
    expect(refusals).toBeGreaterThan(3);
  });
});

describe("rebuild", () => {
  const history = async () => {
    const staff = (...ids: string[]) => ids.map((id) => employment(id, { start: "2020-01-01" }));
    await project.read("hr", [read(staff("ann", "bob", "eve"))]);
    await project.read("s", [
      read([account("ann"), group("g"), member("ann", "g")], { scope: ["x", "y"] }),
      read([account("bob")], { partition: "2" }),
    ]);
    await project.read("s", [
      read([account("zoe")], { verdict: "partial", scope: ["x", "y"] }),
      read([], { partition: "2", verdict: "failed", reason: "denied" }),
    ]);
    await project.read("s", [read([account("ann", { status: "disabled" })], { scope: ["x"] })]);
    const strict = await TestProject.open(store, dir, {
      removals: { percent: 0, count: 0 },
      newlyLeft: { percent: 100 },
    });
    const stopped = await snapshotOf(project.snapshots, "hr", project.at + 1, [read(staff("ann"))]);
    expect((await strict.ingest(stopped)).partitions).toMatchObject([{ state: "stopped" }]);
    await strict.ingest(stopped, { accept: true });
    await project.read("s", [
      read([account("ann", { status: "disabled" })], { scope: ["x", "y"] }),
      read([account("bob")], { partition: "2" }),
    ]);
    await retire({
      store,
      journal: project.journal,
      dataDir: dir,
      source: "s",
      partition: "2",
      actor: "ana",
      reason: "sold",
      now: () => project.at + 5,
    });
  };

  it("makes an equal store from snapshots and journal", async () => {
    await history();
    const other = join(dir, "other");
    const into = await openStore({ store: { engine: "embedded" }, dataDir: other });
    try {
      const report = await rebuild({
        events: () => journalFileEvents(dir),
        snapshots: project.snapshots,
        into: { store: into, dataDir: other },
        projectors: ingestProjectors,
      });
      expect(report).toMatchObject({ events: 8, snapshots: 7, head: await project.journal.head() });
      expect(await imageOf(into)).toEqual(await imageOf(store));
      expect(await changesOf(into)).toEqual(await changesOf(store));
      expect(await markersOf(into)).toEqual(await markersOf(store));
      const rebuilt = await openJournal({ store: into, dataDir: other, projectors: ingestProjectors });
      expect(await rebuilt.verify()).toMatchObject({ ok: true, events: 8 });
      // And it goes on from there.
      const next = await TestProject.open(into, other);
      const manifest = await snapshotOf(next.snapshots, "s", project.at + 10_000, [
        read([account("ann")], { scope: ["x", "y"] }),
      ]);
      expect((await next.ingest(manifest)).partitions).toMatchObject([{ changed: 1, removed: 0 }]);
    } finally {
      await into.close();
    }
  });

  it("refuses a store that holds something, and a journal that was changed", async () => {
    await history();
    const events = () => journalFileEvents(dir);
    const parts = { snapshots: project.snapshots, projectors: ingestProjectors };
    await expect(rebuild({ events, into: { store, dataDir: dir }, ...parts })).rejects.toThrow("not empty");
    const text = await readFile(join(dir, "journal.ndjson"), "utf8");
    await writeFile(join(dir, "journal.ndjson"), text.replace("sold", "gold"));
    const into = await openStore({ store: { engine: "embedded" }, dataDir: join(dir, "other") });
    try {
      await expect(
        rebuild({ events, into: { store: into, dataDir: join(dir, "other") }, ...parts }),
      ).rejects.toThrow("cannot be taken over at event 8");
    } finally {
      await into.close();
    }
  });
});
