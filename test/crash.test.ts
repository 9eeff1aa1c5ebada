import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type GraphStore, openStore } from "../src/graph/index.js";
import type { EdgeRecord, NodeRecord, Props } from "../src/model/index.js";
import { SnapshotFolder } from "../src/snapshot/index.js";
import { clearStore } from "./differential.js";
import { describeWith, sharedNeo4j } from "./servers/index.js";
import { LOOSE, type ProjectResult, TestProject, type TestRead } from "./support/ingest-worlds.js";

const root = mkdtempSync(join(tmpdir(), "exitgraph-crash-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Records in one transaction: few, so that there are many places to be killed at. */
const BATCH = { embedded: 4, neo4j: 12 } as const;

const node = (key: string, label: NodeRecord["label"], props: Props = {}, aliases: readonly string[] = []) =>
  ({
    kind: "node",
    key,
    label,
    ...(aliases.length === 0 ? {} : { aliases }),
    props: { name: key.slice(-2), ...props },
  }) satisfies NodeRecord;
const edge = (type: EdgeRecord["type"], from: string, to: string) =>
  ({ kind: "edge", type, from, to, props: {} }) satisfies EdgeRecord;
const users = (from: number, to: number, props: Props = {}) =>
  Array.from({ length: to - from }, (_, i) => node(`s/user/u${from + i}`, "Account", props));
const members = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => edge("MEMBER_OF", `s/user/u${from + i}`, "s/group/g1"));

const before: readonly TestRead[] = [
  {
    stream: "a",
    partition: "1",
    records: [
      ...users(0, 10, { status: "enabled" }),
      node("s/group/g1", "Group"),
      ...members(0, 10),
      node("s/key/k0", "Credential"),
      edge("HAS_CREDENTIAL", "s/user/u0", "s/key/k0"),
      node("s/employment/e1", "Employment"),
      node("s/employment/e2", "Employment"),
      node("s/policy/p1", "Entitlement"),
      node("s/bucket/b1", "Resource"),
      edge("ON", "s/policy/p1", "s/bucket/b1"),
    ],
  },
  { stream: "b", partition: "1", records: users(0, 10, { mfa: true }) },
];
const other: readonly TestRead[] = [
  { stream: "a", partition: "1", records: [node("s/user/u9", "Account", { status: "disabled" })] },
];
/** Adds, changes, removes, demotes, renames and loses, in two streams, and leaves an entitlement on nothing. */
const after: readonly TestRead[] = [
  {
    stream: "a",
    partition: "1",
    records: [
      ...users(0, 5, { status: "disabled" }),
      ...users(5, 6, { status: "enabled" }),
      ...users(20, 23),
      ...members(2, 8),
      ...members(20, 23),
      node("s/key/AKIA", "Credential", {}, ["s/key/k0"]),
      edge("HAS_CREDENTIAL", "s/user/u0", "s/key/AKIA"),
      node("s/employment/e1", "Employment"),
      node("s/policy/p1", "Entitlement"),
      node("s/bucket/b1", "Resource"),
    ],
  },
  { stream: "b", partition: "1", records: users(0, 6, { mfa: false }) },
];

interface Prepared {
  readonly dataDir: string;
  readonly snapshots: SnapshotFolder;
  readonly snapshotDir: string;
  readonly snapshot: string;
}

/** A store that has read two sources, and a snapshot that waits to be applied. */
async function prepare(store: GraphStore, dataDir: string): Promise<Prepared> {
  const snapshotDir = join(root, "snapshots", store.engine);
  const snapshots = new SnapshotFolder(snapshotDir);
  const project = await TestProject.open(store, dataDir, LOOSE, snapshots);
  await project.read("s", before);
  await project.read("other", other);
  const { id } = await project.snapshot("s", after);
  return { dataDir, snapshots, snapshotDir, snapshot: id };
}

interface ChildOptions {
  readonly engine: "embedded" | "neo4j";
  readonly dataDir: string;
  readonly dieAt: number;
  readonly committed: boolean;
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs the ingest in a process of its own. Returns the signal that ended it, or how many writes it made. */
function ingestInChild(prepared: Prepared, { env = {}, ...options }: ChildOptions): Promise<string | number> {
  const { snapshotDir, snapshot } = prepared;
  const child = JSON.stringify({
    ...options,
    snapshots: snapshotDir,
    snapshot,
    batchSize: BATCH[options.engine],
  });
  const folder = join(import.meta.dirname, "child");
  const words = ["--import", join(folder, "register.mjs"), join(folder, "ingestChild.ts"), child];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, words, { env: { ...process.env, ...env } }, (error, stdout, stderr) => {
      if (error?.signal) resolve(error.signal);
      else if (error) reject(new Error(`the child failed: ${stderr}`));
      else resolve(z.object({ writes: z.number() }).parse(JSON.parse(stdout)).writes);
    });
  });
}

/** What the next command does: it opens the store, waits for the dead one's lease, and ingests again. */
async function runAgain(store: GraphStore, prepared: Prepared, dataDir: string): Promise<ProjectResult> {
  await store.write(async (tx) => await tx.run("MATCH (l:Lease) DELETE l"));
  const project = await TestProject.open(store, dataDir, LOOSE, prepared.snapshots);
  await project.ingest({ id: prepared.snapshot }, { batchSize: BATCH[store.engine] });
  expect(await project.journal.verify()).toMatchObject({ ok: true });
  return await project.result();
}

const VIOLATED = "INV-2: 1 entitlement is on no resource: s/policy/p1";
const CHECKED = ["added", "changed", "missing", "rekeyed", "removed"];

describe("embedded: killed at every write of an apply, and run again", () => {
  test("the graph, the Changes and the events are those of a run that was let live", async () => {
    const embedded = (dataDir: string) => openStore({ store: { engine: "embedded" }, dataDir });
    const base = join(root, "base");
    const first = await embedded(base);
    const prepared = await prepare(first, base);
    await first.close();
    let copies = 0;
    const copy = () => {
      const dataDir = join(root, `copy-${copies++}`);
      cpSync(base, dataDir, { recursive: true });
      return dataDir;
    };

    const whole = copy();
    const writes = await ingestInChild(prepared, {
      engine: "embedded",
      dataDir: whole,
      dieAt: 0,
      committed: true,
    });
    expect(writes).toBeGreaterThan(12);
    const store = await embedded(whole);
    const expected = await (await TestProject.open(store, whole, LOOSE, prepared.snapshots)).result();
    await store.close();
    expect([...new Set(expected.changes.map((change) => change.kind))].sort()).toEqual(CHECKED);
    expect(expected.markers).toContainEqual(
      expect.objectContaining({ verdict: "partial", reason: VIOLATED }),
    );

    for (let dieAt = 1; dieAt <= Number(writes); dieAt++) {
      // Just after a commit is just before the next one, but for the last two: the event, and the lease's return.
      for (const committed of dieAt < Number(writes) - 1 ? [false] : [false, true]) {
        const dataDir = copy();
        const ended = await ingestInChild(prepared, { engine: "embedded", dataDir, dieAt, committed });
        expect(ended, `write ${dieAt}`).toBe("SIGKILL");
        const again = await embedded(dataDir);
        const result = await runAgain(again, prepared, dataDir);
        await again.close();
        expect(result, `killed ${committed ? "after" : "before"} the commit of write ${dieAt}`).toEqual(
          expected,
        );
        rmSync(dataDir, { recursive: true, force: true });
      }
    }
  }, 400_000);
});

describeWith(["neo4j"], "Neo4j: killed at a write of an apply, and run again", () => {
  test("the graph, the Changes and the events are those of a run that was let live", async () => {
    const address = sharedNeo4j();
    const env = {
      TEST_NEO4J_URI: address.uri,
      TEST_NEO4J_USER: address.user,
      TEST_NEO4J_PASSWORD: address.password,
    };
    const store = await openStore({ store: { engine: "neo4j", ...address }, dataDir: root });
    try {
      let folders = 0;
      const fresh = async () => {
        await clearStore(store);
        rmSync(join(root, "snapshots", "neo4j"), { recursive: true, force: true });
        return await prepare(store, join(root, `neo4j-${folders++}`));
      };
      const live = await fresh();
      const child = { engine: "neo4j", env, dataDir: live.dataDir } as const;
      const writes = await ingestInChild(live, { ...child, dieAt: 0, committed: true });
      const expected = await (await TestProject.open(store, live.dataDir, LOOSE, live.snapshots)).result();
      // Each snapshot has another random id, so it is not compared.
      const plain = (result: ProjectResult, { snapshot }: Prepared) => ({
        image: anonymous(result.image, snapshot),
        violated: result.markers.filter((marker) => JSON.stringify(marker).includes(VIOLATED)).length,
        changes: result.changes
          .map(({ kind, record, before, after, to }) => ({ kind, record, before, after, to }))
          .sort(byRecord),
        events: result.events.length,
      });
      for (let dieAt = 1; dieAt <= Number(writes); dieAt++) {
        const prepared = await fresh();
        const committed = dieAt % 2 === 0;
        const ended = await ingestInChild(prepared, {
          ...child,
          dataDir: prepared.dataDir,
          dieAt,
          committed,
        });
        expect(ended).toBe("SIGKILL");
        const result = await runAgain(store, prepared, prepared.dataDir);
        expect(plain(result, prepared), `write ${dieAt}`).toEqual(plain(expected, live));
      }
    } finally {
      await store.close();
    }
  }, 400_000);
});

function anonymous(image: unknown, snapshot: string): unknown {
  return JSON.parse(JSON.stringify(image).replaceAll(snapshot, "the snapshot"));
}

function byRecord(a: { record?: unknown; kind?: unknown }, b: { record?: unknown; kind?: unknown }): number {
  return `${String(a.record)} ${String(a.kind)}` < `${String(b.record)} ${String(b.kind)}` ? -1 : 1;
}
