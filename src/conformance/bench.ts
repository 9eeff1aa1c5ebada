import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AccessReport, type AnyCollector, collectSource, describeAccess } from "../collect/index.js";
import type { SourceConfig } from "../config/index.js";
import { type GraphStore, openStore } from "../graph/index.js";
import { type IngestReport, ingestProjectors, ingestSnapshot, knownGraph } from "../ingest/index.js";
import { type Journal, openJournal } from "../journal/index.js";
import type { Log } from "../model/index.js";
import { type Manifest, SnapshotFolder } from "../snapshot/index.js";
import { StillClock } from "./clock.js";
import type { ConformanceTarget, Rig } from "./rig.js";

/** A read that takes longer, in real time, does not end. */
const READ_LIMIT_MS = 60_000;
const BETWEEN_READS_MS = 60_000;

/** One read of the system, as its snapshot has it. */
export interface Read {
  readonly manifest: Manifest;
  /** Canonical lines in their order, by `<stream>|<partition>`: partitions are read beside each other, and take turns. */
  readonly lines: ReadonlyMap<string, readonly string[]>;
  /** What was waited for, ms. */
  readonly waits: readonly number[];
  /** Calls of the system. */
  readonly calls: number;
}

export interface ReadOptions {
  /** Folder for the raw pages. */
  readonly record?: string;
  /** Folder of raw pages to read instead of the system. */
  readonly recording?: string;
  readonly signal?: AbortSignal;
}

/** An access graph, with the journal and the folder that belong to it. */
export interface Graph {
  readonly store: GraphStore;
  readonly journal: Journal;
  readonly dataDir: string;
}

export interface ApplyOptions {
  /** The bench's own unless told. */
  readonly graph?: Graph;
  /** Records in one transaction. */
  readonly batchSize?: number;
  readonly signal?: AbortSignal;
}

/** A system under test with a folder and a store of its own: what collect and ingest do with it, as the engine would. */
export class Bench {
  readonly collector: AnyCollector;
  readonly rig: Rig;
  readonly dir: string;
  /** The source's name. */
  readonly source: string;
  /** Everything that was said, a line each. */
  readonly said: string[] = [];
  readonly snapshots: SnapshotFolder;
  #opened: Promise<Graph> | undefined;
  #instant = Date.now();
  #baseline: Promise<Read> | undefined;

  private constructor(collector: AnyCollector, rig: Rig, dir: string) {
    this.collector = collector;
    this.rig = rig;
    this.dir = dir;
    this.source = collector.system;
    this.snapshots = new SnapshotFolder(join(this.dataDir, "snapshots"));
  }

  static async with(
    target: ConformanceTarget,
    collector: AnyCollector,
    work: (bench: Bench) => Promise<void>,
  ): Promise<void> {
    const dir = await mkdtemp(join(tmpdir(), "exitgraph-conformance-"));
    try {
      const rig = await target.start();
      try {
        const bench = new Bench(collector, rig, dir);
        try {
          await work(bench);
        } finally {
          await bench.#close();
        }
      } finally {
        await rig.stop();
      }
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  }

  get dataDir(): string {
    return join(this.dir, "data");
  }

  /** Reads the system, or a recording of it, into a snapshot. Throws what `collectSource` throws. */
  async read(options: ReadOptions = {}): Promise<Read> {
    const clock = new StillClock();
    const before = this.rig.calls();
    const at = this.#nextInstant();
    const limit = AbortSignal.timeout(READ_LIMIT_MS);
    const signal = options.signal === undefined ? limit : AbortSignal.any([limit, options.signal]);
    try {
      const manifest = await this.#inEnvironment(async () =>
        collectSource({
          ...(await this.#look(options.recording)),
          snapshots: this.snapshots,
          record: options.record,
          signal,
          clock,
          now: () => at,
        }),
      );
      const lines = await this.#linesOf(manifest);
      return { manifest, lines, waits: clock.waits, calls: this.rig.calls() - before };
    } catch (error) {
      if (limit.aborted) throw new Error(`the read did not end within ${READ_LIMIT_MS / 1000} s`);
      throw error;
    }
  }

  /** What an untroubled system reads as. It must be complete. */
  async baseline(): Promise<Read> {
    this.#baseline ??= (async () => {
      await this.rig.reset();
      const read = await this.read();
      const wrong = read.manifest.partitions.find(({ verdict }) => verdict !== "complete");
      if (wrong !== undefined) {
        const { stream, partition, verdict, reason } = wrong;
        throw new Error(`untroubled, ${stream} of ${partition} is ${verdict}: ${reason ?? ""}`);
      }
      const [missed] = read.manifest.notRead ?? [];
      if (missed !== undefined)
        throw new Error(`untroubled, ${missed.stream} was not read: ${missed.reason}`);
      const seen = [...new Set(read.manifest.partitions.map(({ partition }) => partition))].sort();
      if (seen.join() !== [...this.rig.partitions].sort().join())
        throw new Error(
          `the partitions ${seen.join(", ")} were read, and not ${this.rig.partitions.join(", ")}`,
        );
      return read;
    })();
    return await this.#baseline;
  }

  /** Applies a read to the graph. The guard is not asked: it would hide what a read does. */
  async apply({ manifest }: Read, options: ApplyOptions = {}): Promise<IngestReport> {
    const { graph = await this.#open(), ...rest } = options;
    return await ingestSnapshot({
      ...graph,
      ...rest,
      snapshots: this.snapshots,
      snapshot: manifest.id,
      rankOf: (_, stream) => this.collector.streams.findIndex(({ name }) => name === stream),
      guard: { removals: { percent: 100 }, newlyLeft: { percent: 100 } },
      accept: true,
      log: this.log,
    });
  }

  async store(): Promise<GraphStore> {
    return (await this.#open()).store;
  }

  /** A graph of its own that holds nothing yet, for as long as `work` takes. */
  async inNewGraph<T>(work: (graph: Graph) => Promise<T>): Promise<T> {
    const graph = await openGraph(await mkdtemp(join(this.dir, "graph-")));
    try {
      return await work(graph);
    } finally {
      await closeGraph(graph);
    }
  }

  /** What `doctor` prints. */
  async describe(): Promise<AccessReport> {
    const look = await this.#look(undefined);
    const signal = AbortSignal.timeout(READ_LIMIT_MS);
    return await this.#inEnvironment(() => describeAccess({ ...look, signal, clock: new StillClock() }));
  }

  readonly log: Log = {
    debug: (message, fields) => this.#say(message, fields),
    info: (message, fields) => this.#say(message, fields),
    warn: (message, fields) => this.#say(message, fields),
    progress: (task, done, unit, total) => this.#say(`${task} ${done} ${unit} ${total ?? ""}`),
  };

  #say(message: string, fields: unknown = {}): void {
    this.said.push(`${message} ${JSON.stringify(fields)}`);
  }

  async #look(recording: string | undefined) {
    const source: SourceConfig = {
      name: this.source,
      type: this.collector.system,
      recording,
      schedule: undefined,
      settings: { ...this.rig.settings },
    };
    const nothing = { partitions: [], edges: () => Promise.resolve([]) };
    const known = this.#opened === undefined ? nothing : await knownGraph(await this.store(), this.source);
    return {
      source,
      collector: this.collector,
      known,
      log: this.log,
      baseDir: this.dir,
      timeZone: "Europe/Berlin",
    };
  }

  #open(): Promise<Graph> {
    this.#opened ??= openGraph(this.dataDir);
    return this.#opened;
  }

  async #close(): Promise<void> {
    const opened = await this.#opened;
    if (opened !== undefined) await closeGraph(opened);
  }

  #nextInstant(): number {
    this.#instant += BETWEEN_READS_MS;
    return this.#instant;
  }

  async #linesOf(manifest: Manifest): Promise<ReadonlyMap<string, readonly string[]>> {
    const found = new Map<string, string[]>();
    for (const { stream, partition } of manifest.partitions) found.set(`${stream}|${partition}`, []);
    for (const stream of Object.keys(manifest.streams)) {
      for await (const batch of this.snapshots.lines(manifest.id, stream)) {
        for (const line of batch) {
          const partition = /^[^,]*","type":"[^"]*","partition":("(?:[^"\\]|\\.)*")/.exec(line)?.[1] ?? '""';
          found.get(`${stream}|${String(JSON.parse(partition))}`)?.push(line);
        }
      }
    }
    return found;
  }

  async #inEnvironment<T>(work: () => Promise<T>): Promise<T> {
    const entries = Object.entries(this.rig.environment);
    const before = entries.map(([name]) => [name, process.env[name]] as const);
    for (const [name, value] of entries) process.env[name] = value;
    try {
      return await work();
    } finally {
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
  }
}

async function openGraph(dataDir: string): Promise<Graph> {
  const store = await openStore({ store: { engine: "embedded" }, dataDir });
  return { store, journal: await openJournal({ store, dataDir, projectors: ingestProjectors }), dataDir };
}

async function closeGraph({ store, journal }: Graph): Promise<void> {
  await journal.close();
  await store.close();
}
