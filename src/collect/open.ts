import type { CallerOptions } from "./caller.js";
import { untilAborted } from "./clock.js";
import {
  CollectError,
  type Collector,
  type KnownGraph,
  type OpenContext,
  type Partition,
} from "./contract.js";
import { cursorPages, livePages } from "./live.js";
import type { PageSource } from "./partition.js";
import type { Recorder } from "./record.js";
import { Recording } from "./replay.js";

/** The partition of a read that did not get as far as to know any. */
export const UNKNOWN_PARTITION = "*";

/** An opened source: what can be read, and how. */
export interface Pages<M> {
  readonly partitions: readonly Partition[];
  readonly pagesOf: (partition: Partition) => PageSource<M>;
  /** Throws where reading could not begin. */
  readonly check: () => Promise<void>;
  readonly close: () => Promise<void>;
}

interface Shared<C> {
  readonly context: OpenContext<C>;
  readonly known: KnownGraph;
  readonly now: () => number;
}

/** Opens the system. Throws what the collector throws, and CollectError where its partitions are none. */
export async function openLive<C, S, M>(
  collector: Collector<C, S, M>,
  options: Shared<C> & { readonly caller: CallerOptions; readonly recorder: Recorder | undefined },
): Promise<Pages<M>> {
  const { context } = options;
  const { signal } = context;
  const opening = collector.open(context).then((session) => ({ session }));
  const closeLater = () => {
    opening.then(({ session }) => collector.close?.(session)).catch(() => undefined);
  };
  const { session } = await untilAborted(signal, opening).catch((error: unknown) => {
    closeLater();
    throw error;
  });
  try {
    const partitions = await untilAborted(
      signal,
      collector.partitions(session, {
        ...context,
        known: options.known,
        pages: (operation, run) => cursorPages(context.call, operation, run),
      }),
    );
    checkPartitions(partitions);
    const live = { ...options, collector, session };
    return {
      partitions,
      pagesOf: (partition) => livePages(live, partition),
      check: async () => {
        if (collector.check !== undefined) await untilAborted(signal, collector.check(session, context));
      },
      close: async () => {
        await collector.close?.(session);
      },
    };
  } catch (error) {
    closeLater();
    throw error;
  }
}

/**
 * Opens a recording. Its partitions are those it holds and those that are known and that it lacks: they were not
 * read. CollectError where it holds nothing, InputError where it is another system's.
 */
export async function openRecording<C, S, M>(
  collector: Collector<C, S, M>,
  dir: string,
  { context, known, now }: Shared<C>,
): Promise<Pages<M>> {
  const recording = await Recording.open(dir, collector, context.config, now());
  try {
    if (recording.unreadable !== undefined) throw fatal(recording.unreadable);
    const held = new Set(recording.partitions.map(({ id }) => id));
    const lacking = known.partitions.filter((id) => id !== UNKNOWN_PARTITION && !held.has(id));
    const partitions = [...recording.partitions, ...lacking.map((id) => ({ id }))];
    if (partitions.length === 0) {
      const needed = collector.streams.filter(({ optional }) => optional !== true);
      const reasons = needed.map(({ name }) => recording.holds().get(name) ?? `its ${name} holds no page`);
      throw fatal([...new Set(reasons)].join("; "));
    }
    checkPartitions(partitions);
    return {
      partitions,
      pagesOf: (partition) => recording.pagesOf(partition),
      check: async () => {},
      close: () => recording.close(),
    };
  } catch (error) {
    await recording.close();
    throw error;
  }
}

function checkPartitions(partitions: readonly Partition[]): void {
  if (partitions.length === 0) throw fatal("the system named nothing that could be read");
  const seen = new Set<string>();
  for (const { id } of partitions) {
    if (id === "" || id.includes("|") || id === UNKNOWN_PARTITION) {
      throw fatal("the collector gave a malformed partition");
    }
    if (seen.has(id)) throw fatal(`the collector gave the partition ${id} twice`);
    seen.add(id);
  }
}

function fatal(message: string): CollectError {
  return new CollectError({ kind: "fatal", message }, message);
}
