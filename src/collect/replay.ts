import { access, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../model/index.js";
import { CollectError, type Collector, type Partition, type RawPage } from "./contract.js";
import { decodeText } from "./encoding.js";
import { dealExports } from "./export.js";
import { PageFile, type StreamPages } from "./page-file.js";
import type { PageSource } from "./partition.js";
import { RECORDING_FILE, type RecordingIndex, recordingSchema } from "./record.js";
import { ReadFacts } from "./stream-read.js";

/**
 * A folder of raw pages: made by `collect --record` (then `recording.json` says what was read, and the replay comes
 * to the same verdicts), or put together from what the vendor's command line prints.
 */
export class Recording<M> {
  readonly #index: RecordingIndex | undefined;
  readonly #streams: ReadonlyMap<string, StreamPages>;
  readonly partitions: readonly Partition[];
  /** Why the system itself could not be read when this was recorded. */
  readonly unreadable: string | undefined;
  readonly #openedAt: number;

  private constructor(
    index: RecordingIndex | undefined,
    streams: ReadonlyMap<string, StreamPages>,
    partitions: readonly Partition[],
    openedAt: number,
  ) {
    this.#index = index;
    this.#streams = streams;
    this.partitions = partitions;
    this.unreadable = index?.unreadable;
    this.#openedAt = openedAt;
  }

  /** CollectError where the folder cannot be read; InputError where it is another system's. */
  static async open<C, S, M>(
    dir: string,
    collector: Collector<C, S, M>,
    config: C,
    now: number,
  ): Promise<Recording<M>> {
    const index = await readIndex(dir, collector.system);
    const streams = new Map<string, StreamPages>();
    const order = new Map<string, Partition>();
    for (const { id, title } of index?.partitions ?? [])
      order.set(id, title === undefined ? { id } : { id, title });
    for (const stream of collector.streams) {
      const pages = await openStream(dir, stream.name, index);
      streams.set(stream.name, pages);
    }
    if (index === undefined) {
      for (const stream of collector.streams) {
        const pages = streams.get(stream.name);
        if (pages === undefined || "missing" in pages) continue;
        streams.set(stream.name, await sortPages(pages.file, stream, config));
      }
      for (const [stream, pages] of await dealExports(dir, collector, config)) {
        const own = streams.get(stream);
        if (own === undefined || !("missing" in own)) {
          await (own === undefined ? undefined : own.file.close());
          const missing = `the recording holds ${stream} twice, in a file of its own and in an export, and which one is meant is not clear`;
          streams.set(stream, { missing });
        } else streams.set(stream, pages);
      }
      await assignUnnamed(streams);
      for (const pages of streams.values()) {
        if ("missing" in pages) continue;
        for (const id of pages.byPartition.keys()) order.set(id, { id });
      }
    }
    return new Recording(index, streams, [...order.values()], now);
  }

  async close(): Promise<void> {
    const files = new Set(
      [...this.#streams.values()].flatMap((pages) => ("missing" in pages ? [] : [pages.file])),
    );
    for (const file of files) await file.close();
  }

  /** The streams it holds, and why it does not hold the others. */
  holds(): ReadonlyMap<string, string | undefined> {
    return new Map(
      [...this.#streams].map(([name, pages]) => [name, "missing" in pages ? pages.missing : undefined]),
    );
  }

  pagesOf(partition: Partition): PageSource<M> {
    return {
      open: (stream) =>
        this.#index === undefined
          ? this.#vendorPages(stream, partition.id)
          : this.#recordedPages(stream, partition.id, this.#index),
    };
  }

  #recordedPages(stream: string, partition: string, index: RecordingIndex) {
    const read = index.reads.find((r) => r.stream === stream && r.partition === partition);
    const pages = this.#streams.get(stream);
    const at = index.partitions.findIndex(({ id }) => id === partition);
    const lines: number[] = [];
    for (const [line, [owner]] of (index.lines[stream] ?? []).entries()) if (owner === at) lines.push(line);
    const facts = new ReadFacts(read?.dataTime ?? index.recordedAt);
    if (read === undefined)
      return { facts, pages: failing(`the recording holds no ${stream} of ${partition}`) };
    facts.calls = read.calls;
    facts.errors = read.errors;
    for (const token of read.scope) facts.scope.add(token);
    for (const reason of read.partial) facts.partial.add(reason);
    if (pages === undefined || "missing" in pages) {
      const missing =
        lines.length > 0 ? (pages?.missing ?? `the recording holds no ${stream}`) : read.failure;
      return { facts, pages: missing === undefined ? none() : failing(missing) };
    }
    if (pages.file.length !== (index.lines[stream] ?? []).length) {
      return {
        facts,
        pages: failing(
          `${pages.file.name} has ${pages.file.length} pages, but ${RECORDING_FILE} names ${(index.lines[stream] ?? []).length}`,
        ),
      };
    }
    facts.failure = read.failure;
    return { facts, pages: pagesOf(pages.file, lines) };
  }

  #vendorPages(stream: string, partition: string) {
    const pages = this.#streams.get(stream);
    const facts = new ReadFacts(this.#openedAt);
    if (pages === undefined || "missing" in pages) {
      return { facts, pages: failing(pages?.missing ?? `the recording holds no ${stream}`) };
    }
    const about = pages.facts.get(partition);
    facts.dataTime = about?.dataTime ?? pages.file.modifiedAt;
    if (about?.truncated === true) facts.partial.add("the recording ends where more pages would follow");
    const lines = pages.byPartition.get(partition) ?? [];
    const told = pages.told?.get(partition) ?? [];
    return lines.length + told.length === 0
      ? { facts, pages: failing(`the recording holds no ${stream} of ${partition}`) }
      : { facts, pages: pagesOf(pages.file, lines, told) };
  }
}

async function readIndex(dir: string, system: string): Promise<RecordingIndex | undefined> {
  let bytes: Buffer;
  try {
    await readdir(dir);
    bytes = await readFile(join(dir, RECORDING_FILE));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      const there = await access(dir).then(
        () => true,
        () => false,
      );
      if (there) return undefined;
      throw unreadable(`the recording ${dir} does not exist`);
    }
    const code = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
    throw unreadable(`the recording ${dir} cannot be read${code}`);
  }
  let index: RecordingIndex;
  try {
    index = recordingSchema.parse(JSON.parse(decodeText(bytes)));
  } catch {
    throw unreadable(`${RECORDING_FILE} of the recording ${dir} is malformed`);
  }
  if (index.system !== system) {
    throw new InputError({
      what: `The recording ${dir} is one of ${index.system}, and the source is configured as ${system}.`,
      fix: "Correct `type` or `recording` of the source.",
    });
  }
  return index;
}

async function openStream(
  dir: string,
  stream: string,
  index: RecordingIndex | undefined,
): Promise<StreamPages> {
  const names = await readdir(dir);
  const lines = `${stream}.ndjson`;
  const whole = `${stream}.json`;
  const nothing = { byPartition: new Map<string, readonly number[]>(), facts: new Map() };
  try {
    if (names.includes(lines) && names.includes(whole) && index === undefined) {
      return {
        missing: `the recording holds both ${lines} and ${whole}, and which one is meant is not clear`,
      };
    }
    if (names.includes(lines)) return { file: await PageFile.ndjson(join(dir, lines), lines), ...nothing };
    if (names.includes(whole) && index === undefined) {
      return { file: await PageFile.json(join(dir, whole), whole), ...nothing };
    }
  } catch (error) {
    if (error instanceof CollectError) return { missing: error.message };
    const code = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
    return { missing: `the file of ${stream} in the recording cannot be read${code}` };
  }
  return { missing: `the recording holds no ${stream}` };
}

/** Pages whose partition no page names, until the other streams are known. */
const UNNAMED = "";

async function sortPages<C, S, M>(
  file: PageFile,
  stream: Collector<C, S, M>["streams"][number],
  config: C,
): Promise<StreamPages> {
  const byPartition = new Map<string, number[]>();
  const facts = new Map<string, { dataTime: number | undefined; truncated: boolean }>();
  try {
    for (let line = 0; line < file.length; line++) {
      const page = await file.page(line);
      const said = stream.dataTimeOf?.(page);
      const at = said !== undefined && Number.isFinite(said) && said >= 0 ? Math.floor(said) : undefined;
      const truncated = stream.truncated?.(page) ?? false;
      for (const partition of namedBy(stream.partitionOf?.(page, config))) {
        const lines = byPartition.get(partition);
        if (lines === undefined) byPartition.set(partition, [line]);
        else lines.push(line);
        const before = facts.get(partition)?.dataTime;
        facts.set(partition, {
          // The oldest page decides: nothing newer may be claimed for the whole.
          dataTime: at === undefined ? before : Math.min(at, before ?? at),
          // A page that is followed by another one of its partition was not the end.
          truncated,
        });
      }
    }
  } catch (error) {
    await file.close();
    if (error instanceof CollectError) return { missing: error.message };
    return { missing: `${file.name} does not look like ${stream.name}` };
  }
  return { file, byPartition, facts };
}

function namedBy(partitions: readonly string[] | string | undefined): ReadonlySet<string> {
  const named = new Set(typeof partitions === "string" ? [partitions] : partitions);
  return named.size === 0 ? new Set([UNNAMED]) : named;
}

/** Gives pages that name no partition to the only one there is; of several, none may be guessed. */
async function assignUnnamed(streams: Map<string, StreamPages>): Promise<void> {
  const known = new Set<string>();
  for (const pages of streams.values()) {
    if (!("missing" in pages)) for (const id of pages.byPartition.keys()) if (id !== UNNAMED) known.add(id);
  }
  const [only] = known;
  for (const [name, pages] of streams) {
    if ("missing" in pages || !pages.byPartition.has(UNNAMED)) continue;
    if (known.size !== 1 || only === undefined || pages.byPartition.size > 1) {
      const which = known.size === 0 ? "no page says" : "its pages do not say";
      await pages.file.close();
      streams.set(name, { missing: `${which} which partition ${pages.file.name} speaks of` });
      continue;
    }
    const about = pages.facts.get(UNNAMED) ?? { dataTime: undefined, truncated: false };
    streams.set(name, {
      file: pages.file,
      byPartition: new Map([[only, pages.byPartition.get(UNNAMED) ?? []]]),
      facts: new Map([[only, about]]),
    });
  }
}

async function* pagesOf(
  file: PageFile,
  lines: readonly number[],
  told: readonly RawPage[] = [],
): AsyncGenerator<RawPage, void, undefined> {
  for (const line of lines) yield await file.page(line);
  yield* told;
}

// biome-ignore lint/correctness/useYield: it is an iterable that fails at its first page
async function* failing(reason: string): AsyncGenerator<RawPage, void, undefined> {
  throw unreadable(reason);
}

async function* none(): AsyncGenerator<RawPage, void, undefined> {}

function unreadable(message: string): CollectError {
  return new CollectError({ kind: "fatal", message }, message);
}
