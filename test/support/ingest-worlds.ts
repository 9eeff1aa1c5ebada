import { join } from "node:path";
import type {
  CellValue,
  GraphStore,
  Params,
  ReadOptions,
  Row,
  WriteTransaction,
} from "../../src/graph/index.js";
import {
  type GuardLimits,
  type IngestReport,
  ingestProjectors,
  ingestSnapshot,
} from "../../src/ingest/index.js";
import { type Journal, openJournal } from "../../src/journal/index.js";
import { EDGE_TYPES, type GraphRecord, type Verdict } from "../../src/model/index.js";
import { type Manifest, SnapshotFolder } from "../../src/snapshot/index.js";

/** What the tests of ingest share: snapshots made by hand, and the whole graph as one comparable value. */

export interface TestRead {
  readonly stream: string;
  readonly partition: string;
  readonly verdict?: Verdict;
  readonly reason?: string;
  readonly scope?: readonly string[];
  readonly dataTime?: number;
  readonly records: readonly GraphRecord[];
}

export const T0 = Date.UTC(2026, 0, 1);
/** Provider labels whose ids are unique in the world, as the collectors of these tests would declare. */
export const GLOBAL_IDS: ReadonlySet<string> = new Set(["AwsUser"]);
export const LOOSE: GuardLimits = { removals: { percent: 100 }, newlyLeft: { percent: 100 } };

export async function snapshotOf(
  snapshots: SnapshotFolder,
  source: string,
  at: number,
  reads: readonly TestRead[],
): Promise<Manifest> {
  const writer = snapshots.begin({ source, system: "test", collectorVersion: "1", startedAt: at });
  for (const read of reads) {
    if (read.verdict === "failed") continue;
    for (const record of read.records) await writer.write(read.stream, read.partition, record);
  }
  return await writer.finish(
    reads.map(({ stream, partition, verdict = "complete", reason, scope = [], dataTime = at }) => ({
      stream,
      partition,
      verdict,
      ...(reason === undefined ? {} : { reason }),
      dataTime,
      counts: {},
      scope,
      calls: 1,
      errors: 0,
    })),
    at,
  );
}

interface IngestChoices {
  readonly accept?: boolean;
  readonly leaseMs?: number;
  readonly waitMs?: number;
  readonly batchSize?: number;
  readonly rankOf?: (system: string, stream: string) => number;
}

/** Ingests as a project would: its store, its data folder, its journal. */
export class TestProject {
  readonly store: GraphStore;
  readonly dataDir: string;
  readonly snapshots: SnapshotFolder;
  readonly journal: Journal;
  readonly guard: GuardLimits;
  #at = T0;

  private constructor(
    store: GraphStore,
    dataDir: string,
    journal: Journal,
    guard: GuardLimits,
    snapshots: SnapshotFolder,
  ) {
    this.store = store;
    this.dataDir = dataDir;
    this.snapshots = snapshots;
    this.journal = journal;
    this.guard = guard;
  }

  static async open(
    store: GraphStore,
    dataDir: string,
    guard: GuardLimits = LOOSE,
    snapshots = new SnapshotFolder(join(dataDir, "snapshots")),
  ): Promise<TestProject> {
    const journal = await openJournal({ store, dataDir, projectors: ingestProjectors, now: () => T0 });
    return new TestProject(store, dataDir, journal, guard, snapshots);
  }

  /** Epoch ms of the last snapshot. */
  get at(): number {
    return this.#at;
  }

  /** Writes a snapshot, an hour after the last one. */
  async snapshot(source: string, reads: readonly TestRead[]): Promise<Manifest> {
    this.#at += 3_600_000;
    return await snapshotOf(this.snapshots, source, this.#at, reads);
  }

  async ingest(manifest: Pick<Manifest, "id">, options: IngestChoices = {}): Promise<IngestReport> {
    return await ingestSnapshot({
      store: this.store,
      snapshots: this.snapshots,
      journal: this.journal,
      dataDir: this.dataDir,
      snapshot: manifest.id,
      rankOf: streamRank,
      guard: this.guard,
      globalIds: GLOBAL_IDS,
      waitMs: 0,
      ...options,
    });
  }

  async read(source: string, reads: readonly TestRead[], options: IngestChoices = {}): Promise<IngestReport> {
    return await this.ingest(await this.snapshot(source, reads), options);
  }

  /** All that ingest left behind, as one comparable value. */
  async result(): Promise<ProjectResult> {
    const events: unknown[] = [];
    for await (const { seq, type, actor, payload } of this.journal.events()) {
      events.push({ seq, type, actor, payload });
    }
    const { store } = this;
    return {
      image: await imageOf(store),
      changes: await changesOf(store),
      markers: await markersOf(store),
      events,
    };
  }
}

export interface ProjectResult {
  readonly image: GraphImage;
  readonly changes: readonly Readonly<Record<string, CellValue>>[];
  readonly markers: readonly unknown[];
  readonly events: readonly unknown[];
}

/** What a process that is killed sees: its n-th write does not end, and nothing after it happens. */
export class CrashingStore implements GraphStore {
  readonly #inner: GraphStore;
  #left = Number.POSITIVE_INFINITY;
  #committed = false;
  #dead = false;
  writes = 0;

  constructor(inner: GraphStore) {
    this.#inner = inner;
  }

  /** The n-th write from now on is the last; `committed` says whether the crash comes just after its commit. */
  crashAt(n: number, committed: boolean): void {
    this.#left = n;
    this.#committed = committed;
  }

  get engine() {
    return this.#inner.engine;
  }

  get location(): string {
    return this.#inner.location;
  }

  read(cypher: string, options?: ReadOptions): AsyncIterable<readonly Row[]> {
    this.#mustLive();
    return this.#inner.read(cypher, options);
  }

  async rows(cypher: string, params?: Params, signal?: AbortSignal): Promise<readonly Row[]> {
    this.#mustLive();
    return await this.#inner.rows(cypher, params, signal);
  }

  async write<T>(work: (tx: WriteTransaction) => Promise<T>): Promise<T> {
    this.#mustLive();
    this.writes += 1;
    this.#left -= 1;
    if (this.#left > 0) return await this.#inner.write(work);
    if (this.#committed) {
      await this.#inner.write(work);
      this.#dead = true;
    } else {
      await this.#inner
        .write(async (tx) => {
          await work(tx);
          this.#dead = true;
          throw new Crash();
        })
        .catch((error: unknown) => {
          if (!(error instanceof Crash)) throw error;
        });
    }
    throw new Crash();
  }

  async checkpoint(): Promise<void> {
    this.#mustLive();
    await this.#inner.checkpoint();
  }

  async close(): Promise<void> {
    await this.#inner.close();
  }

  #mustLive(): void {
    if (this.#dead) throw new Crash();
  }
}

export class Crash extends Error {
  constructor() {
    super("crashed, as the test wants it");
  }
}

/** Streams are called a, b, c …: their rank is their place in the alphabet. */
export function streamRank(_system: string, stream: string): number {
  return stream.charCodeAt(0) - "a".charCodeAt(0);
}

/** Their ranks in a version of the collector that lists its streams the other way round. */
export function reversedRank(_system: string, stream: string): number {
  return "z".charCodeAt(0) - stream.charCodeAt(0);
}

export interface GraphImage {
  readonly nodes: Readonly<Record<string, unknown>>;
  readonly edges: Readonly<Record<string, unknown>>;
}

/** The whole access graph: nodes by key with labels and properties, edges by id with properties. */
export async function imageOf(store: GraphStore): Promise<GraphImage> {
  const nodes: Record<string, unknown> = {};
  for (const row of await store.rows(
    "MATCH (n:Entity) RETURN n.key AS key, labels(n) AS labels, properties(n) AS props",
  )) {
    nodes[String(row.key)] = { labels: sortedTexts(row.labels), props: row.props };
  }
  const edges: Record<string, unknown> = {};
  for (const type of EDGE_TYPES) {
    const query = `MATCH (a:Entity)-[e:${type}]->(b:Entity)
      RETURN a.key AS start, b.key AS target, e.disc AS disc, properties(e) AS props`;
    for (const row of await store.rows(query)) {
      const id = `${type}|${String(row.start)}|${String(row.target)}|${String(row.disc)}`;
      if (id in edges) throw new Error(`two edges ${id}`);
      edges[id] = row.props;
    }
  }
  return { nodes, edges };
}

function sortedTexts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String).sort() : [];
}

export async function changesOf(store: GraphStore): Promise<readonly Readonly<Record<string, CellValue>>[]> {
  const rows = await store.rows("MATCH (c:Change) RETURN properties(c) AS props ORDER BY c.id");
  return rows.flatMap((row) => (isMap(row.props) ? [row.props] : []));
}

function isMap(value: CellValue | undefined): value is Readonly<Record<string, CellValue>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export async function markersOf(store: GraphStore): Promise<readonly unknown[]> {
  return (await store.rows("MATCH (m:ReadMarker) RETURN properties(m) AS props ORDER BY m.key")).map(
    (row) => row.props,
  );
}
