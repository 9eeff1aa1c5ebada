import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { collector } from "../../collectors/google-cloud/collector.js";
import { collectSource, type KnownGraph, type RetryLimits } from "../../src/collect/index.js";
import { StillClock } from "../../src/conformance/clock.js";
import { type GraphStore, openStore } from "../../src/graph/index.js";
import { type IngestReport, ingestProjectors, ingestSnapshot, knownGraph } from "../../src/ingest/index.js";
import { type Journal, openJournal } from "../../src/journal/index.js";
import { type GraphRecord, type Log, type RecordLine, silentLog } from "../../src/model/index.js";
import { type Manifest, SnapshotFolder } from "../../src/snapshot/index.js";
import { type GoogleCloudServer, ORGANIZATION } from "../servers/google-cloud/index.js";

const recordLine = z.custom<RecordLine>(
  (value) => typeof value === "object" && value !== null && "record" in value,
);

export interface GoogleRead {
  readonly manifest: Manifest;
  readonly lines: readonly RecordLine[];
  /** Waits that the read made, ms. */
  readonly waits: readonly number[];
  node(key: string): Extract<GraphRecord, { kind: "node" }> | undefined;
  /** `from -> to`, keys without the source. */
  edges(type: string): readonly string[];
  verdict(stream: string, partition: string): string;
  reason(stream: string, partition: string): string;
}

export interface RunOptions {
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly record?: string;
  readonly recording?: string;
  readonly known?: KnownGraph;
  readonly signal?: AbortSignal;
  readonly limits?: Partial<RetryLimits>;
  readonly log?: Log;
  /** Credentials; those of the server unless told. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Reads a server of Google Cloud in a folder of its own, and applies what it read to a graph. */
export class GoogleCloudRun {
  readonly dir: string;
  readonly #google: GoogleCloudServer | undefined;
  readonly #snapshots: SnapshotFolder;
  #at = Date.UTC(2026, 10, 21, 8);
  #opened: { readonly store: GraphStore; readonly journal: Journal } | undefined;

  private constructor(dir: string, google: GoogleCloudServer | undefined) {
    this.dir = dir;
    this.#google = google;
    this.#snapshots = new SnapshotFolder(join(dir, "data", "snapshots"));
  }

  static async create(google?: GoogleCloudServer): Promise<GoogleCloudRun> {
    return new GoogleCloudRun(await mkdtemp(join(tmpdir(), "exitgraph-google-cloud-")), google);
  }

  async read(options: RunOptions = {}): Promise<GoogleRead> {
    const clock = new StillClock();
    this.#at += 60_000;
    const at = this.#at;
    const before = { ...process.env };
    Object.assign(process.env, options.environment ?? this.#google?.environment ?? {});
    try {
      const manifest = await collectSource({
        source: {
          name: "gcp",
          type: "google-cloud",
          recording: options.recording,
          schedule: undefined,
          settings: {
            ...this.#google?.settings,
            ...(options.settings ?? { organization: ORGANIZATION.split("/")[1] }),
          },
        },
        collector,
        snapshots: this.#snapshots,
        record: options.record,
        known: options.known ?? (await this.known()),
        signal: options.signal ?? new AbortController().signal,
        log: options.log ?? silentLog,
        baseDir: this.dir,
        timeZone: "UTC",
        now: () => at,
        clock,
        ...(options.limits === undefined ? {} : { limits: options.limits }),
      });
      return readOf(manifest, await this.#linesOf(manifest), clock.waits);
    } finally {
      for (const name of ["GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_CLOUD_PROJECT"]) {
        const value = before[name];
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
  }

  async apply({ manifest }: GoogleRead): Promise<IngestReport> {
    const { store, journal } = await this.#open();
    return ingestSnapshot({
      store,
      journal,
      snapshots: this.#snapshots,
      dataDir: join(this.dir, "data"),
      snapshot: manifest.id,
      rankOf: (_, stream) => collector.streams.findIndex(({ name }) => name === stream),
      guard: { removals: { percent: 100 }, newlyLeft: { percent: 100 } },
      accept: true,
    });
  }

  async store(): Promise<GraphStore> {
    return (await this.#open()).store;
  }

  /** What the graph holds, once something was applied. */
  async known(): Promise<KnownGraph> {
    return this.#opened === undefined
      ? { partitions: [], edges: () => Promise.resolve([]) }
      : await knownGraph(this.#opened.store, "gcp");
  }

  async remove(): Promise<void> {
    await this.#opened?.journal.close();
    await this.#opened?.store.close();
    await rm(this.dir, { recursive: true, force: true });
  }

  async #open() {
    if (this.#opened === undefined) {
      const dataDir = join(this.dir, "data");
      const store = await openStore({ store: { engine: "embedded" }, dataDir });
      this.#opened = { store, journal: await openJournal({ store, dataDir, projectors: ingestProjectors }) };
    }
    return this.#opened;
  }

  async #linesOf(manifest: Manifest): Promise<readonly RecordLine[]> {
    const lines: RecordLine[] = [];
    // In the collector's order: later streams know better.
    for (const { name: stream } of collector.streams) {
      if (manifest.streams[stream] === undefined) continue;
      for await (const batch of this.#snapshots.lines(manifest.id, stream)) {
        for (const line of batch) {
          lines.push(recordLine.parse(JSON.parse(line)));
        }
      }
    }
    return lines;
  }
}

function readOf(manifest: Manifest, lines: readonly RecordLine[], waits: readonly number[]): GoogleRead {
  const short = (key: string) => key.replace(/^gcp\//, "");
  const found = (stream: string, partition: string) =>
    manifest.partitions.find((read) => read.stream === stream && read.partition === partition);
  return {
    manifest,
    lines,
    waits,
    node: (key) => {
      const records = lines.map(({ record }) => record).filter((record) => record.kind === "node");
      return records.findLast((record) => short(record.key) === key);
    },
    edges: (type) =>
      lines
        .flatMap(({ record }) =>
          record.kind === "edge" && record.type === type
            ? [`${short(record.from)} -> ${short(record.to)}`]
            : [],
        )
        .sort(),
    verdict: (stream, partition) => found(stream, partition)?.verdict ?? "missing",
    reason: (stream, partition) => found(stream, partition)?.reason ?? "",
  };
}
