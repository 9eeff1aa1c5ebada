import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type GraphStore, openStore, type WriteTransaction } from "../src/graph/index.js";
import { acquireLease, type IngestReport } from "../src/ingest/index.js";
import { LeaseError, type NodeRecord } from "../src/model/index.js";
import { SnapshotFolder } from "../src/snapshot/index.js";
import { clearStore } from "./differential.js";
import { describeWith, sharedNeo4j } from "./servers/index.js";
import { imageOf, LOOSE, TestProject } from "./support/ingest-worlds.js";

const root = mkdtempSync(join(tmpdir(), "exitgraph-lease-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let folders = 0;
const folder = () => join(root, String(folders++));

const user = (id: string): NodeRecord => ({
  kind: "node",
  key: `s/user/${id}`,
  label: "Account",
  props: { name: id },
});
const reads = (...ids: string[]) => [{ stream: "a", partition: "1", records: ids.map(user) }];

/** Stops before its n-th write until the test lets it go on: a process that was paused. */
class PausingStore implements GraphStore {
  readonly #inner: GraphStore;
  #left: number;
  readonly paused: Promise<void>;
  #say: () => void = () => {};
  readonly #resumed: Promise<void>;
  resume: () => void = () => {};

  constructor(inner: GraphStore, pauseAt: number) {
    this.#inner = inner;
    this.#left = pauseAt;
    this.paused = new Promise((resolve) => {
      this.#say = resolve;
    });
    this.#resumed = new Promise((resolve) => {
      this.resume = resolve;
    });
  }

  get engine() {
    return this.#inner.engine;
  }
  get location() {
    return this.#inner.location;
  }
  read: GraphStore["read"] = (cypher, options) => this.#inner.read(cypher, options);
  rows: GraphStore["rows"] = (cypher, params, signal) => this.#inner.rows(cypher, params, signal);
  checkpoint = () => this.#inner.checkpoint();
  close = () => this.#inner.close();

  async write<T>(work: (tx: WriteTransaction) => Promise<T>): Promise<T> {
    this.#left -= 1;
    if (this.#left === 0) {
      this.#say();
      await this.#resumed;
    }
    return await this.#inner.write(work);
  }
}

type Outcome = { readonly report: IngestReport } | { readonly error: unknown };

/** Two that want the same source, over two handles of one store. */
function contract(open: () => Promise<readonly [GraphStore, GraphStore]>): void {
  test("who has the lease keeps others out, and they are told who", async () => {
    const [mine, theirs] = await open();
    const lease = await acquireLease(mine, "ingest/s", { holder: "nightly run" });
    await expect(acquireLease(theirs, "ingest/s")).rejects.toThrow(/ingest\/s is held by nightly run/);
    await expect(acquireLease(theirs, "ingest/other")).resolves.toMatchObject({ name: "ingest/other" });
    await lease.release();
    await expect(acquireLease(theirs, "ingest/s")).resolves.toMatchObject({ name: "ingest/s" });
    await mine.close();
    await theirs.close();
  });

  test("one that was paused past its lease cannot write, before or after the other one is done", async () => {
    // The writes of an apply: take the lease, open the intent, nodes, removals, the event.
    for (const pauseAt of [2, 3, 4, 5]) {
      const [mine, theirs] = await open();
      const snapshots = new SnapshotFolder(folder());
      const dataDir = folder();
      const setUp = await TestProject.open(theirs, dataDir, LOOSE, snapshots);
      await setUp.read("s", reads("ann", "bob"));
      const older = await setUp.snapshot("s", reads("ann", "late"));
      const newer = await setUp.snapshot("s", reads("ann", "new"));

      const pausing = new PausingStore(mine, pauseAt);
      const slow = await TestProject.open(pausing, dataDir, LOOSE, snapshots);
      const outcome: Promise<Outcome> = slow.ingest(older, { leaseMs: 1_000 }).then(
        (report) => ({ report }),
        (error: unknown) => ({ error }),
      );
      await Promise.race([pausing.paused, outcome]);
      // The store's clock ends the lease; until then the other one waits.
      const report = await setUp.ingest(newer, { waitMs: 20_000 });
      expect(report.partitions).toMatchObject([{ state: "applied" }]);
      const image = await imageOf(theirs);
      expect(Object.keys(image.nodes).sort()).toEqual(["s/user/ann", "s/user/new"]);

      pausing.resume();
      const ended = await outcome;
      expect("error" in ended && ended.error, `paused at write ${pauseAt}`).toBeInstanceOf(LeaseError);
      expect(await imageOf(theirs)).toEqual(image);
      expect(await setUp.journal.verify()).toMatchObject({ ok: true });
      await mine.close();
      await theirs.close();
    }
  });
}

const embedded = (dataDir: string) => openStore({ store: { engine: "embedded" }, dataDir });

describe("embedded, the slow one holds the store", () => {
  contract(async () => {
    const dataDir = folder();
    const holder = await embedded(dataDir);
    return [holder, await embedded(dataDir)];
  });
});

describe("embedded, the slow one works through the holder", () => {
  contract(async () => {
    const dataDir = folder();
    const holder = await embedded(dataDir);
    return [await embedded(dataDir), holder];
  });
});

describeWith(["neo4j"], "Neo4j", () => {
  contract(async () => {
    const one = () => openStore({ store: { engine: "neo4j", ...sharedNeo4j() }, dataDir: root });
    const first = await one();
    await clearStore(first);
    return [first, await one()];
  });
});
