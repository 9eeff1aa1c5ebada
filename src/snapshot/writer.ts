import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type GraphRecord, OperationError, recordId, recordLine, recordType } from "../model/index.js";
import type { Manifest, PartitionRead } from "./manifest.js";
import { parseManifest } from "./manifest-schema.js";
import { SeenRecords } from "./seen.js";
import type { SnapshotMeta, SnapshotWriter } from "./store.js";
import { readLines, StreamFileWriter, type StreamTotals, syncPath } from "./stream-file.js";

interface Section {
  readonly counts: Map<string, number>;
  conflicts: number;
}

/** Where the writer puts things, and how they become visible. */
export interface WriterPlaces {
  /** An existing folder that nobody else looks at. */
  readonly working: string;
  /** Moves the finished folder to its place, atomically and durably. */
  publish(manifestText: string): Promise<void>;
}

/** Writes one snapshot as files of a working folder that becomes visible as a whole. */
export class FolderSnapshotWriter implements SnapshotWriter {
  readonly id: string;
  readonly #meta: SnapshotMeta;
  readonly #places: WriterPlaces;
  readonly #seen = new SeenRecords();
  readonly #files = new Map<string, StreamFileWriter>();
  readonly #sections = new Map<string, Section>();
  #state: "open" | "finished" | "aborted" = "open";

  constructor(id: string, meta: SnapshotMeta, places: WriterPlaces) {
    this.id = id;
    this.#meta = meta;
    this.#places = places;
  }

  async write(stream: string, partition: string, record: GraphRecord): Promise<boolean> {
    this.#mustBeOpen();
    const line = recordLine(partition, record);
    const section = this.#section(stream, partition);
    const seen = this.#seen.add(`${stream}|${partition}|${recordId(record)}`, line);
    if (seen !== "new") {
      if (seen === "other") section.conflicts += 1;
      return false;
    }
    const type = recordType(record);
    section.counts.set(type, (section.counts.get(type) ?? 0) + 1);
    let file = this.#files.get(stream);
    if (file === undefined) {
      file = new StreamFileWriter(join(this.#places.working, `${stream}.ndjson.gz`));
      this.#files.set(stream, file);
    }
    const target = file;
    await this.#guarded(() => target.write(line));
    return true;
  }

  conflicts(stream: string, partition: string): number {
    return this.#sections.get(sectionKey(stream, partition))?.conflicts ?? 0;
  }

  counts(stream: string, partition: string): Readonly<Record<string, number>> {
    const counts = this.#sections.get(sectionKey(stream, partition))?.counts ?? new Map<string, number>();
    return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  async finish(
    partitions: readonly PartitionRead[],
    finishedAt: number,
    notRead?: Manifest["notRead"],
  ): Promise<Manifest> {
    this.#mustBeOpen();
    const accounted = new Set(partitions.map((read) => sectionKey(read.stream, read.partition)));
    const failed = partitions.filter((read) => read.verdict === "failed");
    const orphan = [...this.#sections.keys()].find((key) => !accounted.has(key));
    if (orphan !== undefined) throw new Error(`records were written to ${orphan}, which has no verdict`);
    return this.#guarded(async () => {
      const streams: Record<string, StreamTotals & { file: string }> = {};
      for (const [stream, file] of [...this.#files].sort(([a], [b]) => (a < b ? -1 : 1))) {
        let totals = await file.close();
        const gone = failed.filter((read) => read.stream === stream && this.#has(stream, read.partition));
        if (gone.length > 0) totals = await this.#without(stream, new Set(gone.map((r) => r.partition)));
        streams[stream] = { file: `${stream}.ndjson.gz`, ...totals };
      }
      const manifest: Manifest = {
        schemaVersion: 1,
        id: this.id,
        source: this.#meta.source,
        system: this.#meta.system,
        collectorVersion: this.#meta.collectorVersion,
        startedAt: this.#meta.startedAt,
        finishedAt,
        partitions: partitions.map((read) => ({
          ...read,
          counts: read.verdict === "failed" ? {} : this.counts(read.stream, read.partition),
        })),
        ...(notRead === undefined || notRead.length === 0 ? {} : { notRead }),
        streams,
      };
      const text = `${JSON.stringify(manifest, null, 2)}\n`;
      // What could not be read back later must not be written now.
      const check = parseManifest(text, this.id);
      if ("problem" in check) throw new Error(`the manifest of ${this.id} ${check.problem}`);
      await this.#places.publish(text);
      this.#state = "finished";
      return manifest;
    });
  }

  async abort(): Promise<void> {
    if (this.#state !== "open") return;
    this.#state = "aborted";
    for (const file of this.#files.values()) await file.abort();
    await rm(this.#places.working, { recursive: true, force: true });
  }

  /** Writes the stream's file again without the records of some partitions. */
  async #without(stream: string, partitions: ReadonlySet<string>): Promise<StreamTotals> {
    const path = join(this.#places.working, `${stream}.ndjson.gz`);
    const old = join(this.#places.working, `${stream}.old`);
    await rename(path, old);
    const markers = [...partitions].map(
      (partition) => `","partition":${JSON.stringify(partition)},"record":`,
    );
    const file = new StreamFileWriter(path);
    for await (const lines of readLines(old, () => undefined)) {
      for (const line of lines) {
        // The first one is the line's own: id and type hold no quotes.
        const at = line.indexOf('","partition":');
        if (!markers.some((marker) => line.startsWith(marker, at))) await file.write(line);
      }
    }
    const totals = await file.close();
    await rm(old);
    return totals;
  }

  #has(stream: string, partition: string): boolean {
    return (this.#sections.get(sectionKey(stream, partition))?.counts.size ?? 0) > 0;
  }

  #section(stream: string, partition: string): Section {
    const key = sectionKey(stream, partition);
    let section = this.#sections.get(key);
    if (section === undefined) {
      section = { counts: new Map(), conflicts: 0 };
      this.#sections.set(key, section);
    }
    return section;
  }

  #mustBeOpen(): void {
    if (this.#state !== "open") throw new Error(`the snapshot ${this.id} is ${this.#state}`);
  }

  /** An error of the file system ends the snapshot and leaves nothing of it. */
  async #guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      await this.abort();
      throw diskError(this.#meta.source, this.#places.working, error);
    }
  }
}

function sectionKey(stream: string, partition: string): string {
  return `${stream}|${partition}`;
}

/** A failure of the file system in terms of what to do. Anything else is thrown on as it is. */
export function diskError(source: string, place: string, error: unknown): unknown {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return error;
  const full = error.code === "ENOSPC" || error.code === "EDQUOT";
  return new OperationError({
    what: `The snapshot of ${source} could not be written: ${full ? "the disk is full" : "the file system refused it"} (${error.code}).`,
    means: "This read is lost, and the graph stays as it was.",
    fix: full
      ? `Free space on the disk of ${place} and collect again.`
      : `Check the folder of ${place} and collect again.`,
    source,
    cause: error,
  });
}

/** Writes a small file durably, readable by its owner only. */
export async function writeDurably(path: string, text: string): Promise<void> {
  await writeFile(path, text, { mode: 0o600, flag: "wx" });
  await syncPath(path);
}
