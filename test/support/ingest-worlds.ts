import { join } from "node:path";
import type { CellValue, GraphStore } from "../../src/graph/index.js";
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

/** Ingests as a project would: its store, its data folder, its journal. */
export class TestProject {
  readonly store: GraphStore;
  readonly dataDir: string;
  readonly snapshots: SnapshotFolder;
  readonly journal: Journal;
  readonly guard: GuardLimits;
  #at = T0;

  private constructor(store: GraphStore, dataDir: string, journal: Journal, guard: GuardLimits) {
    this.store = store;
    this.dataDir = dataDir;
    this.snapshots = new SnapshotFolder(join(dataDir, "snapshots"));
    this.journal = journal;
    this.guard = guard;
  }

  static async open(store: GraphStore, dataDir: string, guard: GuardLimits = LOOSE): Promise<TestProject> {
    const journal = await openJournal({ store, dataDir, projectors: ingestProjectors, now: () => T0 });
    return new TestProject(store, dataDir, journal, guard);
  }

  get at(): number {
    return this.#at;
  }

  /** Writes a snapshot, an hour after the last one. */
  async snapshot(source: string, reads: readonly TestRead[]): Promise<Manifest> {
    this.#at += 3_600_000;
    return await snapshotOf(this.snapshots, source, this.#at, reads);
  }

  async ingest(
    manifest: Pick<Manifest, "id">,
    options: { readonly accept?: boolean; readonly store?: GraphStore } = {},
  ): Promise<IngestReport> {
    return await ingestSnapshot({
      store: options.store ?? this.store,
      snapshots: this.snapshots,
      journal: this.journal,
      dataDir: this.dataDir,
      snapshot: manifest.id,
      rankOf: streamRank,
      guard: this.guard,
      ...(options.accept === undefined ? {} : { accept: options.accept }),
      waitMs: 0,
    });
  }

  async read(source: string, reads: readonly TestRead[]): Promise<IngestReport> {
    return await this.ingest(await this.snapshot(source, reads));
  }
}

/** Streams are called a, b, c …: their rank is their place in the alphabet. */
export function streamRank(_source: string, stream: string): number {
  return stream.charCodeAt(0) - "a".charCodeAt(0);
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
