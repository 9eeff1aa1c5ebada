import { setMaxListeners } from "node:events";
import { resolve } from "node:path";
import pLimit from "p-limit";
import type { SourceConfig } from "../config/index.js";
import { ExitgraphError, InputError, type Log, OperationError } from "../model/index.js";
import type { Manifest, PartitionRead, SnapshotStore, SnapshotWriter } from "../snapshot/index.js";
import { type CallerOptions, DEFAULT_LIMITS, makeCall, type RetryLimits } from "./caller.js";
import { abortedError, type Clock, isAborted, systemClock, untilAborted } from "./clock.js";
import type { AnyCollector, Collector, KnownGraph, OpenContext, Partition } from "./contract.js";
import { reasonOf } from "./failure.js";
import { openLive, openRecording, type Pages, UNKNOWN_PARTITION } from "./open.js";
import { collectPartition } from "./partition.js";
import { RateLimiter } from "./rate.js";
import { Recorder } from "./record.js";
import { logRead } from "./stream-read.js";

export interface CollectOptions {
  readonly source: SourceConfig;
  readonly collector: AnyCollector;
  readonly snapshots: SnapshotStore;
  readonly known: KnownGraph;
  /** Folder for the raw pages, empty or new. */
  readonly record?: string | undefined;
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly baseDir: string;
  /** The company's, IANA. */
  readonly timeZone: string;
  /** Epoch ms: what reads are dated by. */
  readonly now?: () => number;
  /** For tests: waiting without time. */
  readonly clock?: Clock;
  readonly limits?: Partial<RetryLimits>;
}

/**
 * Reads one source into one snapshot. Whatever the system does ends in verdicts: a source that cannot be opened gives
 * a snapshot of failed reads. Throws InputError where the configuration is wrong, OperationError where the snapshot
 * cannot be written or the read was cancelled; then there is no snapshot.
 */
export async function collectSource(options: CollectOptions): Promise<Manifest> {
  return options.collector.with((collector) => new SourceRun(collector, options).collect(options));
}

/** What looking at a source takes; collecting it takes a place for the snapshot as well. */
export type LookOptions = Omit<CollectOptions, "snapshots" | "record">;

/** One source, about to be looked at or read. */
export class SourceRun<C, S, M> {
  readonly #collector: Collector<C, S, M>;
  readonly #options: LookOptions;
  /** What the data is dated by. Waiting has a clock of its own: this one may stand still. */
  readonly #now: () => number;
  readonly #config: C;
  readonly #caller: CallerOptions;
  /** Ends all partitions when one of them meets what ends the collection. */
  readonly #stop = new AbortController();

  constructor(collector: Collector<C, S, M>, options: LookOptions) {
    this.#collector = collector;
    this.#options = options;
    // Every call under way and every wait listens to it.
    setMaxListeners(0, this.#stop.signal);
    const clock = options.clock ?? systemClock;
    this.#now = options.now ?? (() => clock.now());
    this.#config = parseSettings(collector, options.source);
    this.#caller = {
      source: options.source.name,
      classify: collector.classify?.bind(collector),
      limiter: new RateLimiter(collector.rateLimit, clock),
      clock,
      limits: { ...DEFAULT_LIMITS, ...options.limits },
      signal: this.#stop.signal,
      log: options.log,
    };
  }

  async collect({ snapshots, record }: CollectOptions): Promise<Manifest> {
    const { source, signal, baseDir, log } = this.#options;
    const unlink = this.#follow(signal);
    const startedAt = this.#now();
    let writer: SnapshotWriter | undefined;
    let recorder: Recorder | undefined;
    try {
      if (record !== undefined && source.recording !== undefined) {
        log.warn(`${source.name}: it is read from a recording already, so there is nothing to record`);
      } else if (record !== undefined)
        recorder = await Recorder.create(resolve(baseDir, record), source.name);
      const { system, version } = this.#collector;
      writer = snapshots.begin({ source: source.name, system, collectorVersion: version, startedAt });
      const { reads, notRead } = await this.#read(writer, recorder, startedAt);
      await recorder?.finish({
        system,
        collectorVersion: version,
        source: source.name,
        recordedAt: startedAt,
      });
      const manifest = await writer.finish(reads, this.#now(), notRead);
      for (const read of manifest.partitions) logRead(this.#options.log, source.name, read);
      for (const { stream, partition, reason } of notRead)
        log.warn(`${source.name} ${stream} ${partition}: was not read: ${reason}`);
      return manifest;
    } catch (error) {
      await recorder?.abort();
      await writer?.abort();
      throw signal.aborted || isAborted(error) ? cancelled(source.name, error) : error;
    } finally {
      unlink();
    }
  }

  /** What its configuration leaves unseen. */
  advice(): readonly string[] {
    return this.#collector.advise?.(this.#config) ?? [];
  }

  /** Opens and closes it, and says which partitions there are. Throws where it could not be read. */
  async look(): Promise<{ readonly partitions: readonly Partition[] }> {
    const unlink = this.#follow(this.#options.signal);
    try {
      const pages = await this.#open(undefined);
      try {
        await pages.check();
      } finally {
        await this.#close(pages);
      }
      return pages;
    } finally {
      unlink();
    }
  }

  /** After an abort a session closes when it can: nobody waits for it. */
  async #close(pages: Pages<M>): Promise<void> {
    await untilAborted(this.#stop.signal, pages.close()).catch(() => undefined);
  }

  #follow(signal: AbortSignal): () => void {
    const onAbort = () => {
      this.#stop.abort();
    };
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort);
    return () => {
      signal.removeEventListener("abort", onAbort);
    };
  }

  /** Opens the system or the recording. Throws CollectError where there is nothing to read from. */
  #open(recorder: Recorder | undefined): Promise<Pages<M>> {
    const { source, log, baseDir, timeZone, known } = this.#options;
    const context: OpenContext<C> = {
      source: source.name,
      config: this.#config,
      signal: this.#stop.signal,
      log,
      call: makeCall(this.#caller, { calls: 0, errors: 0 }),
      baseDir,
      timeZone,
    };
    const shared = { context, known, now: this.#now };
    return source.recording === undefined
      ? openLive(this.#collector, { ...shared, caller: this.#caller, recorder })
      : openRecording(this.#collector, resolve(baseDir, source.recording), shared);
  }

  /** Why opening failed, in words; throws on what no verdict can hold. */
  reasonOf(error: unknown): string {
    if (error instanceof ExitgraphError) throw error;
    if (isAborted(error) || this.#stop.signal.aborted) throw abortedError();
    return reasonOf(error, this.#caller.classify, this.#collector.permissions);
  }

  async #read(writer: SnapshotWriter, recorder: Recorder | undefined, startedAt: number) {
    let pages: Pages<M>;
    try {
      pages = await this.#open(recorder);
    } catch (error) {
      const reason = this.reasonOf(error);
      recorder?.unreadable(reason);
      return this.#allFailed(reason, startedAt);
    }
    try {
      recorder?.partitions(pages.partitions);
      return await this.#partitions(pages, writer);
    } finally {
      await this.#close(pages);
    }
  }

  async #partitions(pages: Pages<M>, writer: SnapshotWriter) {
    const { source, timeZone, log } = this.#options;
    let records = 0;
    const limit = pLimit(Math.max(1, this.#collector.rateLimit.concurrency));
    const results = await Promise.allSettled(
      pages.partitions.map((partition) =>
        limit(async () => {
          try {
            return await collectPartition({
              collector: this.#collector,
              source: source.name,
              config: this.#config,
              timeZone,
              partition,
              pages: pages.pagesOf(partition),
              writer,
              signal: this.#stop.signal,
              wrote: () => {
                records += 1;
                if (records % 200 === 0) log.progress(`collect ${source.name}`, records, "records");
              },
            });
          } catch (error) {
            this.#stop.abort();
            throw error;
          }
        }),
      ),
    );
    log.progress(`collect ${source.name}`, records, "records", records);
    const errors = results.flatMap((result): unknown[] =>
      result.status === "rejected" ? [result.reason] : [],
    );
    // The first cause, and not the aborts that it led to.
    if (errors.length > 0) {
      const cause = errors.find((error) => !isAborted(error));
      throw cause instanceof Error ? cause : abortedError();
    }
    const done = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    return { reads: done.flatMap(({ reads }) => reads), notRead: done.flatMap(({ notRead }) => notRead) };
  }

  /** A failed read of every stream, for each partition that is known: none of them was seen. Optional ones are no gap. */
  #allFailed(reason: string, at: number) {
    const known = this.#options.known.partitions.filter((id) => id !== UNKNOWN_PARTITION);
    const reads: PartitionRead[] = [];
    const notRead: { stream: string; partition: string; reason: string }[] = [];
    for (const partition of known.length === 0 ? [UNKNOWN_PARTITION] : known) {
      for (const { name: stream, optional } of this.#collector.streams) {
        if (optional === true) {
          // What an earlier read knew of it stands; of a partition that nobody knows there is nothing to say.
          if (partition !== UNKNOWN_PARTITION) notRead.push({ stream, partition, reason });
          continue;
        }
        const verdict = "failed" as const;
        reads.push({
          stream,
          partition,
          verdict,
          reason,
          dataTime: at,
          counts: {},
          scope: [],
          calls: 0,
          errors: 0,
        });
      }
    }
    return { reads, notRead };
  }
}

function parseSettings<C, S, M>(collector: Collector<C, S, M>, source: SourceConfig): C {
  const parsed = collector.config.safeParse(source.settings ?? {});
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(
    (issue) => `${["sources", source.name, ...issue.path].join(".")}: ${issue.message}`,
  );
  throw new InputError({
    what: `The configuration of the source ${source.name} is wrong: ${issues.join("; ")}.`,
    fix: `See the README of the collector ${collector.system}.`,
    source: source.name,
  });
}

function cancelled(source: string, cause: unknown): OperationError {
  return new OperationError({
    what: `Reading ${source} was cancelled.`,
    means: "Nothing of this read was kept, and the graph stays as it was.",
    source,
    cause,
  });
}
