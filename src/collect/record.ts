import { randomBytes } from "node:crypto";
import { type FileHandle, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { InputError, OperationError } from "../model/index.js";
import type { Partition } from "./contract.js";
import type { ReadFacts } from "./stream-read.js";

export const RECORDING_FILE = "recording.json";

/** `recording.json`: what the raw pages alone do not say, so that a replay comes to the same records and verdicts. */
export const recordingSchema = z.strictObject({
  schemaVersion: z.literal(1),
  system: z.string(),
  collectorVersion: z.string(),
  source: z.string(),
  recordedAt: z.int(),
  partitions: z.array(z.strictObject({ id: z.string().min(1), title: z.string().optional() })),
  /** Why the system could not be opened, or its partitions not be listed. */
  unreadable: z.string().optional(),
  reads: z.array(
    z.strictObject({
      stream: z.string(),
      partition: z.string(),
      dataTime: z.int(),
      scope: z.array(z.string()),
      calls: z.int(),
      errors: z.int(),
      partial: z.array(z.string()),
      failure: z.string().optional(),
    }),
  ),
  /** Per stream and line of `<stream>.ndjson`: index of the partition in `partitions`, and when it was read. */
  lines: z.record(z.string(), z.array(z.tuple([z.int().nonnegative(), z.int()]))),
});
export type RecordingIndex = z.infer<typeof recordingSchema>;

/**
 * Keeps raw pages, a page a line per stream, in a folder that is empty or new. The files get their names only when
 * all is written, `recording.json` first: a recording that was cut off lacks streams, and never looks like less data.
 */
export class Recorder {
  readonly #dir: string;
  readonly #working: string;
  readonly #source: string;
  readonly #files = new Map<string, FileHandle>();
  readonly #lines: Record<string, [number, number][]> = {};
  readonly #partitions: Partition[] = [];
  readonly #reads: RecordingIndex["reads"] = [];
  #queue: Promise<void> = Promise.resolve();
  #unreadable: string | undefined;

  private constructor(dir: string, working: string, source: string) {
    this.#source = source;
    this.#dir = dir;
    this.#working = working;
  }

  static async create(dir: string, source: string): Promise<Recorder> {
    const names = await guarded(dir, source, async () => {
      await mkdir(dir, { recursive: true, mode: 0o700 });
      return await readdir(dir);
    });
    const taken = names.find((name) => /\.(ndjson|json)$/.test(name));
    if (taken !== undefined) {
      throw new InputError({
        what: `The folder ${dir} already holds ${taken}, so it cannot take the recording of ${source}.`,
        means: "Two reads in one folder could not be told apart.",
        fix: "Name a folder that is empty or does not exist yet.",
        source,
      });
    }
    const working = join(dir, `.recording-${randomBytes(4).toString("hex")}`);
    await guarded(dir, source, () => mkdir(working, { mode: 0o700 }));
    return new Recorder(dir, working, source);
  }

  partitions(partitions: readonly Partition[]): void {
    this.#partitions.push(...partitions);
  }

  unreadable(reason: string): void {
    this.#unreadable = reason;
  }

  /** Appends a page; calls of partitions that are read at once take turns. */
  page(stream: string, partition: string, at: number, json: string): Promise<void> {
    const turn = this.#queue.then(async () => {
      await guarded(this.#dir, this.#source, async () => {
        const file = await this.#file(`${stream}.ndjson`);
        await file.appendFile(`${json}\n`);
      });
      this.#lines[stream] ??= [];
      this.#lines[stream].push([this.#partitions.findIndex(({ id }) => id === partition), at]);
    });
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  read(stream: string, partition: string, facts: ReadFacts): void {
    this.#reads.push({
      stream,
      partition,
      dataTime: facts.dataTime,
      scope: [...facts.scope].sort(),
      calls: facts.calls,
      errors: facts.errors,
      partial: [...facts.partial],
      ...(facts.failure === undefined ? {} : { failure: facts.failure }),
    });
  }

  async finish(about: {
    system: string;
    collectorVersion: string;
    source: string;
    recordedAt: number;
  }): Promise<void> {
    await this.#queue;
    const index: RecordingIndex = {
      schemaVersion: 1,
      ...about,
      partitions: this.#partitions.map(({ id, title }) => ({
        id,
        ...(title === undefined ? {} : { title }),
      })),
      ...(this.#unreadable === undefined ? {} : { unreadable: this.#unreadable }),
      reads: this.#reads,
      lines: this.#lines,
    };
    await guarded(this.#dir, this.#source, async () => {
      const file = await this.#file(RECORDING_FILE);
      await file.appendFile(`${JSON.stringify(index, null, 1)}\n`);
      for (const handle of this.#files.values()) {
        await handle.sync();
        await handle.close();
      }
      const names = [RECORDING_FILE, ...[...this.#files.keys()].filter((name) => name !== RECORDING_FILE)];
      for (const name of names) await rename(join(this.#working, name), join(this.#dir, name));
      await rm(this.#working, { recursive: true, force: true });
    });
  }

  async abort(): Promise<void> {
    await this.#queue;
    for (const handle of this.#files.values()) await handle.close().catch(() => undefined);
    await rm(this.#working, { recursive: true, force: true });
  }

  async #file(name: string): Promise<FileHandle> {
    let file = this.#files.get(name);
    if (file === undefined) {
      file = await open(join(this.#working, name), "a", 0o600);
      this.#files.set(name, file);
    }
    return file;
  }
}

/** A recording that cannot be written ends the read: what was asked for would be incomplete. */
async function guarded<T>(dir: string, source: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error)) throw error;
    throw new OperationError({
      what: `The recording of ${source} could not be written (${String(error.code)}).`,
      means: "This read is lost, and the graph stays as it was.",
      fix: `Check the folder ${dir} and the space on its disk, or leave out --record.`,
      source,
      cause: error,
    });
  }
}
