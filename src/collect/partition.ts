import { setImmediate as nextTurn } from "node:timers/promises";
import { ExitgraphError, type GraphRecord, type Verdict } from "../model/index.js";
import type { Manifest, PartitionRead, SnapshotWriter } from "../snapshot/index.js";
import { ContractViolation, RecordChecker } from "./check.js";
import { abortedError, isAborted, itemsUntilAborted } from "./clock.js";
import type { Collector, ConvertContext, Partition, RawPage } from "./contract.js";
import { reasonOf, safeMessage } from "./failure.js";
import { type ReadFacts, StreamRead } from "./stream-read.js";

/** Where the pages of a partition come from: the system, or a recording of it. */
export interface PageSource<M> {
  /** `pages` throws CollectError where it cannot go on. */
  open(stream: string, memo: M): { readonly facts: ReadFacts; readonly pages: AsyncIterable<RawPage> };
  /** Called when the pages of a stream have ended, in whichever way. */
  closed?(stream: string, facts: ReadFacts): void;
}

export interface PartitionJob<C, S, M> {
  readonly collector: Collector<C, S, M>;
  readonly source: string;
  readonly config: C;
  readonly timeZone: string;
  readonly partition: Partition;
  readonly pages: PageSource<M>;
  readonly writer: SnapshotWriter;
  readonly signal: AbortSignal;
  /** Called for each record that was written. */
  readonly wrote: (stream: string) => void;
}

export interface PartitionResult {
  readonly reads: readonly PartitionRead[];
  readonly notRead: NonNullable<Manifest["notRead"]>;
}

/** Records after which other work gets its turn: an abort must be heard while a large page is converted. */
const TURN = 500;

/**
 * Reads and converts all streams of one partition, in order, and gives each its verdict. What fails in one stream
 * stays in it. Throws only what ends the whole collection: an abort, or a snapshot that cannot be written.
 */
export async function collectPartition<C, S, M>(job: PartitionJob<C, S, M>): Promise<PartitionResult> {
  const run = new PartitionRun(job);
  for (const { name } of job.collector.streams) await run.readStream(name);
  await run.finish();
  return run.result();
}

class PartitionRun<C, S, M> {
  readonly #job: PartitionJob<C, S, M>;
  readonly #memo: M;
  readonly #reads = new Map<string, StreamRead>();
  readonly #checkers = new Map<string, RecordChecker>();
  readonly #totals: ReadonlyMap<string, Map<string, number>>;
  #written = 0;

  constructor(job: PartitionJob<C, S, M>) {
    this.#job = job;
    this.#memo = job.collector.createMemo(job.config);
    this.#totals = new Map(job.collector.streams.map(({ name }) => [name, new Map<string, number>()]));
  }

  async readStream(name: string): Promise<void> {
    const { collector, pages, partition, signal } = this.#job;
    const opened = pages.open(name, this.#memo);
    const { facts } = opened;
    const read = new StreamRead(name, partition.id, facts, this.#totals.get(name) ?? new Map());
    this.#reads.set(name, read);
    try {
      for await (const page of itemsUntilAborted(signal, opened.pages)) {
        facts.pages += 1;
        // After a conversion has failed the pages are still read, for the recording, and not converted.
        if (read.broken === undefined) await this.#convert(name, page, read);
      }
    } catch (error) {
      this.#endIfFatal(error);
      facts.failure ??= reasonOf(error, collector.classify?.bind(collector), collector.permissions);
    }
    pages.closed?.(name, facts);
  }

  /** The records that need more than one stream. */
  async finish(): Promise<void> {
    const { collector } = this.#job;
    if (collector.finish === undefined) return;
    const verdicts = new Map<string, Verdict>();
    for (const [name, read] of this.#reads) verdicts.set(name, read.verdict().verdict);
    const good = [...this.#reads.values()].filter((read) => read.verdict().verdict !== "failed");
    // What finish rejects or doubts concerns every stream that it works from.
    const context = {
      ...this.#context(
        (where, reason) => {
          for (const read of good) read.reject(where, reason);
        },
        (reason) => {
          for (const read of good) read.partial(reason);
        },
        (text) => {
          good[0]?.note(text);
        },
      ),
      verdicts,
    };
    try {
      for (const { stream, record } of collector.finish(context)) {
        const read = this.#reads.get(stream);
        if (read === undefined)
          throw new ContractViolation(`finish gave a record of ${stream}, which is no stream`);
        if (read.verdict().verdict !== "failed") await this.#write(read, record);
      }
    } catch (error) {
      this.#endIfFatal(error);
      for (const read of good) read.partial(`putting its streams together failed: ${safeMessage(error)}`);
    }
  }

  result(): PartitionResult {
    const { collector, partition, writer } = this.#job;
    const reads: PartitionRead[] = [];
    const notRead: { stream: string; partition: string; reason: string }[] = [];
    for (const [name, state] of this.#reads) {
      const conflicts = writer.conflicts(name, partition.id);
      if (conflicts > 0) state.note(`${conflicts} records came again with other content; the first was kept`);
      const read = state.toRead(writer.counts(name, partition.id));
      const optional = collector.streams.find((stream) => stream.name === name)?.optional === true;
      if (optional && read.verdict === "failed" && Object.keys(read.counts).length === 0) {
        notRead.push({ stream: name, partition: partition.id, reason: read.reason ?? "" });
      } else {
        reads.push(read);
      }
    }
    return { reads, notRead };
  }

  async #convert(name: string, page: RawPage, read: StreamRead): Promise<void> {
    const { collector } = this.#job;
    const stream = collector.streams.find((candidate) => candidate.name === name);
    if (stream === undefined) return;
    const context: ConvertContext<C, M> = {
      ...this.#context(
        (where, reason) => {
          read.reject(where, reason);
        },
        (reason) => {
          read.partial(reason);
        },
        (text) => {
          read.note(text);
        },
      ),
      total: (of, recordType, total) => {
        // An earlier stream than the one they are about may state them.
        const about = this.#totals.get(of);
        if (about === undefined)
          throw new ContractViolation(`a total was given for ${of}, which is no stream`);
        if (!Number.isInteger(total) || total < 0) {
          throw new ContractViolation(`the total that was given for ${recordType} is no count`);
        }
        about.set(recordType, total);
      },
    };
    try {
      for (const record of stream.convert(page, context)) await this.#write(read, record);
    } catch (error) {
      this.#endIfFatal(error);
      read.broken ??=
        error instanceof ContractViolation
          ? error.message
          : `page ${read.facts.pages} was not understood: ${safeMessage(error)}`;
    }
  }

  #context(
    reject: (where: string, reason: string) => void,
    partial: (reason: string) => void,
    note: (text: string) => void,
  ): Omit<ConvertContext<C, M>, "total"> {
    const { source, partition, config, timeZone } = this.#job;
    return { source, partition: partition.id, config, timeZone, memo: this.#memo, reject, partial, note };
  }

  async #write(read: StreamRead, record: GraphRecord): Promise<void> {
    const { writer, signal, partition } = this.#job;
    const checked = this.#checker(read.stream).check(record);
    const isNew = await writer.write(read.stream, partition.id, checked);
    if (isNew) this.#job.wrote(read.stream);
    this.#written += 1;
    if (this.#written % TURN === 0) await nextTurn();
    if (signal.aborted) throw abortedError();
  }

  #checker(name: string): RecordChecker {
    let checker = this.#checkers.get(name);
    if (checker === undefined) {
      const { collector, source } = this.#job;
      const produces = collector.streams.find((stream) => stream.name === name)?.produces ?? {
        nodes: [],
        edges: [],
      };
      checker = new RecordChecker(source, collector.system, name, produces);
      this.#checkers.set(name, checker);
    }
    return checker;
  }

  #endIfFatal(error: unknown): void {
    // A disk that is full, a configuration that is wrong: no verdict of one stream.
    if (error instanceof ExitgraphError) throw error;
    if (isAborted(error) || this.#job.signal.aborted) throw abortedError();
  }
}
