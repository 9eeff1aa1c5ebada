import { type CallerOptions, makeCall } from "./caller.js";
import { itemsUntilAborted } from "./clock.js";
import {
  CollectError,
  type Collector,
  type KnownGraph,
  type OpenContext,
  type Partition,
  type RawPage,
  type ReadContext,
} from "./contract.js";
import type { PageSource } from "./partition.js";
import type { Recorder } from "./record.js";
import { ReadFacts } from "./stream-read.js";

export interface LiveSession<C, S, M> {
  readonly collector: Collector<C, S, M>;
  readonly session: S;
  readonly context: OpenContext<C>;
  readonly caller: CallerOptions;
  readonly now: () => number;
  readonly known: KnownGraph;
  readonly recorder: Recorder | undefined;
}

/** Pages as the system gives them, recorded on the way. */
export function livePages<C, S, M>(live: LiveSession<C, S, M>, partition: Partition): PageSource<M> {
  const { collector, recorder, now } = live;
  return {
    open(name, memo) {
      const facts = new ReadFacts(now());
      const stream = collector.streams.find((candidate) => candidate.name === name);
      if (stream === undefined) throw new Error(`${collector.system} has no stream ${name}`);
      const io = readContext(live, facts, memo);
      return { facts, pages: normalised(stream.read(live.session, partition, io), name) };
    },
    closed(name, facts) {
      recorder?.read(name, partition.id, facts);
    },
  };

  /** What `convert` sees is what a recording would hold: JSON, without undefined, dates or buffers. */
  async function* normalised(
    pages: AsyncIterable<RawPage>,
    stream: string,
  ): AsyncGenerator<RawPage, void, undefined> {
    for await (const page of itemsUntilAborted(live.context.signal, pages)) {
      const text: unknown = JSON.stringify(page);
      if (typeof text !== "string") {
        throw new CollectError(
          { kind: "fatal", message: "" },
          `the collector gave a page that is not JSON in ${stream}`,
        );
      }
      await recorder?.page(stream, partition.id, now(), text);
      const parsed: unknown = JSON.parse(text);
      yield parsed;
    }
  }
}

function readContext<C, S, M>(live: LiveSession<C, S, M>, facts: ReadFacts, memo: M): ReadContext<C, M> {
  const call = makeCall(live.caller, facts);
  return {
    ...live.context,
    call,
    memo,
    known: live.known,
    pages: (operation, run) => cursorPages(call, operation, run),
    partial: (reason) => {
      facts.partial.add(reason);
    },
    dataTime: (instant) => {
      if (!Number.isFinite(instant) || instant < 0) {
        const message = "the collector gave a data time that is no instant";
        throw new CollectError({ kind: "fatal", message }, message);
      }
      facts.dataTime = Math.floor(instant);
    },
    now: live.now,
    scope: (...tokens) => {
      for (const token of tokens) facts.scope.add(token);
    },
  };
}

/** Follows a cursor to its end. An empty cursor is the end too; one that comes twice would never end. */
export async function* cursorPages<P>(
  call: OpenContext<unknown>["call"],
  operation: string,
  run: (
    cursor: string | undefined,
    signal: AbortSignal,
  ) => Promise<{ readonly page: P; readonly next: string | undefined }>,
): AsyncGenerator<P, void, undefined> {
  const seen = new Set<string>();
  let cursor: string | undefined;
  do {
    const at = cursor;
    const { page, next } = await call(operation, (signal) => run(at, signal));
    yield page;
    if (next !== undefined && seen.has(next)) {
      const message = `${operation} gave the same cursor twice (after ${seen.size + 1} pages), so its list has no end`;
      throw new CollectError({ kind: "fatal", message }, message);
    }
    if (next !== undefined) seen.add(next);
    cursor = next === "" ? undefined : next;
  } while (cursor !== undefined);
}
