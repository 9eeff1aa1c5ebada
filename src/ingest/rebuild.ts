import type { GraphStore } from "../graph/index.js";
import { type Head, type JournalEvent, type Projectors, startImport } from "../journal/index.js";
import { InputError, type Log, silentLog } from "../model/index.js";
import type { SnapshotStore } from "../snapshot/index.js";
import { assertionId } from "./assertion.js";
import { acquireLease } from "./lease.js";
import { readMarkers } from "./markers.js";
import { type IngestApplied, parseApplied, parseRetired } from "./outcome.js";
import { writeRetirement } from "./retire.js";
import { writeSnapshot } from "./write-snapshot.js";

export interface RebuildOptions {
  /** The journal to rebuild from, from its first event; it can be read twice. */
  readonly events: () => AsyncIterable<JournalEvent>;
  readonly snapshots: SnapshotStore;
  /** An empty store, of either engine, and its data folder. */
  readonly into: { readonly store: GraphStore; readonly dataDir: string };
  /** Of everything that keeps state in the journal. */
  readonly projectors: Projectors;
  readonly log?: Log;
  readonly signal?: AbortSignal;
}

export interface RebuildReport {
  readonly events: number;
  readonly snapshots: number;
  /** Where the chain stands: as in the journal it was made from. */
  readonly head: Head;
}

/**
 * Makes a whole store from snapshots and journal: each snapshot is applied as it was then, with what was decided
 * then, and each event is projected. Graph, Changes, findings, exceptions and chain come out equal.
 *
 * InputError: the store is not empty, a snapshot is missing or edited, or the chain breaks.
 */
export async function rebuild(options: RebuildOptions): Promise<RebuildReport> {
  const { log = silentLog } = options;
  const { store, dataDir } = options.into;
  const journal = await startImport({
    store,
    dataDir,
    projectors: options.projectors,
    events: options.events,
  });
  let events = 0;
  let snapshots = 0;
  for await (const event of options.events()) {
    options.signal?.throwIfAborted();
    const project = () => journal.project(event);
    if (event.type === "ingest.applied") {
      await replayIngest(options, parseApplied(event), project);
      snapshots += 1;
    } else if (event.type === "source.retired") {
      await replayRetirement(options, event, project);
    } else {
      await project();
    }
    events += 1;
    log.progress("rebuild", events, "events");
  }
  return { events, snapshots, head: await journal.finish() };
}

async function replayIngest(
  options: RebuildOptions,
  replay: IngestApplied,
  project: () => Promise<void>,
): Promise<void> {
  const { store, dataDir } = options.into;
  const manifest = await options.snapshots.manifest(replay.snapshot);
  const sha256 = await options.snapshots.digestOf(replay.snapshot);
  if (sha256 !== replay.manifest) throw otherSnapshot(replay);
  const lease = await acquireLease(store, `ingest/${manifest.source}`, { holder: "rebuild" });
  try {
    await writeSnapshot(
      {
        store,
        snapshots: options.snapshots,
        dataDir,
        snapshot: replay.snapshot,
        // Each event says the rank that its streams had.
        rankOf: () => undefined,
        guard: { removals: { percent: 100 }, newlyLeft: { percent: 100 } },
        lease,
        manifest,
        sha256,
        replay,
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      },
      async (applied) => {
        refuseDifferent(replay, applied);
        await project();
        return replay;
      },
    );
  } finally {
    await lease.release();
  }
}

/** The sums over keys and hashes say whether the graph is what it was after this snapshot. */
function refuseDifferent(then: IngestApplied, now: IngestApplied): void {
  for (const outcome of then.partitions) {
    const id = assertionId({ source: then.source, ...outcome });
    const again = now.partitions.find((p) => assertionId({ source: now.source, ...p }) === id);
    if (again?.baseline === outcome.baseline) continue;
    throw new InputError({
      what: `Replaying ${then.snapshot} did not give what was recorded of ${id}.`,
      means: "The rebuild stopped; the new store is not complete and must not be used.",
      fix: "A snapshot before it is missing from the journal, or was changed together with its manifest.",
      source: then.source,
    });
  }
}

async function replayRetirement(
  options: RebuildOptions,
  event: JournalEvent,
  project: () => Promise<void>,
): Promise<void> {
  const { store } = options.into;
  const retired = parseRetired(event);
  const ids = new Set(retired.markers.map((part) => assertionId({ source: retired.source, ...part })));
  const lease = await acquireLease(store, `ingest/${retired.source}`, { holder: "rebuild" });
  try {
    const markers = (await readMarkers(store, retired.source)).filter((m) => ids.has(assertionId(m)));
    await writeRetirement({ store, lease, retired, markers });
    await project();
  } finally {
    await lease.release();
  }
}

function otherSnapshot(replay: IngestApplied): InputError {
  return new InputError({
    what: `The snapshot ${replay.snapshot} is not the one that was applied: its manifest has another SHA-256.`,
    means: "The rebuild stopped; the new store is not complete and must not be used.",
    fix: "Restore the snapshot from a backup.",
    source: replay.source,
  });
}
