import type { GraphStore, WriteTransaction } from "../graph/index.js";
import type { Journal } from "../journal/index.js";
import { canonicalJson, InputError, type Log, silentLog } from "../model/index.js";
import type { Manifest, SnapshotStore } from "../snapshot/index.js";
import { assertionId } from "./assertion.js";
import type { GuardLimits } from "./guard.js";
import { judge, type Suspicion, violationText } from "./invariants/index.js";
import { acquireLease, type Lease } from "./lease.js";
import type { ReadMarker } from "./marker.js";
import { markersIn } from "./markers.js";
import { elsewhereOf, type IngestApplied, markerAfter } from "./outcome.js";
import type { IngestReport } from "./report.js";
import { refuseHalfRetired } from "./retire.js";
import { type LeasedIngest, writeSnapshot } from "./write-snapshot.js";

export interface IngestOptions {
  readonly store: GraphStore;
  readonly snapshots: SnapshotStore;
  readonly journal: Journal;
  readonly dataDir: string;
  /** The snapshot's id. */
  readonly snapshot: string;
  /**
   * A stream's index in the list of its system's collector: later streams know better. `undefined` where there is no
   * such collector or stream.
   */
  readonly rankOf: (system: string, stream: string) => number | undefined;
  readonly guard: GuardLimits;
  /** Lets exactly this snapshot past the guard; the event says who did. */
  readonly accept?: boolean;
  /** Compares and asks the guard, and writes nothing: the report says what an ingest would do. */
  readonly dryRun?: boolean;
  /**
   * Provider labels whose ids name one thing wherever they are read: `globalId` of what collectors produce. None unless
   * told.
   */
  readonly globalIds?: ReadonlySet<string>;
  /** Who does it: named to others who want the lease, and in the event. */
  readonly holder?: string;
  readonly leaseMs?: number;
  /** How long to wait for another ingest of the source. 10 s unless told. */
  readonly waitMs?: number;
  /** Records in one transaction; 2,000 unless told. */
  readonly batchSize?: number;
  readonly log?: Log;
  readonly signal?: AbortSignal;
}

/**
 * Applies one snapshot to the graph: compares it with the baselines, asks the guard, writes the difference with
 * its Changes, and records the outcome. A crash at any point and a second run give the same graph, Changes and
 * event.
 *
 * InputError: the snapshot is missing, edited, or older than what was applied, or a retirement of the source was cut
 * off. LeaseError: another ingest of the
 * source has the lease, or took it while this one was paused. OperationError: store, disk or journal failed.
 */
export async function ingestSnapshot(options: IngestOptions): Promise<IngestReport> {
  const manifest = await options.snapshots.manifest(options.snapshot);
  const sha256 = await options.snapshots.digestOf(options.snapshot);
  await options.journal.check();
  const lease = await acquireLease(options.store, `ingest/${manifest.source}`, {
    waitMs: options.waitMs ?? 10_000,
    ...(options.holder === undefined ? {} : { holder: options.holder }),
    ...(options.leaseMs === undefined ? {} : { leaseMs: options.leaseMs }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  try {
    await refuseHalfRetired(options.store, manifest.source);
    if (options.dryRun !== true) await finishAbandoned(options, lease, manifest);
    return await ingestLeased({ ...options, lease, manifest, sha256 });
  } finally {
    await release(lease, options.log ?? silentLog);
  }
}

/**
 * Another snapshot's apply that a crash cut off is completed first, so that its Changes are those of its read.
 * Where that snapshot is gone, the graph is read again and this one is applied over what there is.
 */
async function finishAbandoned(options: IngestOptions, lease: Lease, manifest: Manifest): Promise<void> {
  const log = options.log ?? silentLog;
  const open = await options.store.rows(
    `MATCH (m:ReadMarker) WHERE m.source = $source AND m.intent IS NOT NULL AND m.intent <> $snapshot
     RETURN DISTINCT m.intent AS intent ORDER BY intent`,
    { source: manifest.source, snapshot: manifest.id },
  );
  for (const { intent } of open) {
    if (typeof intent !== "string" || intent > manifest.id) continue;
    try {
      const abandoned = await options.snapshots.manifest(intent);
      const sha256 = await options.snapshots.digestOf(intent);
      log.info(`Completing the ingest of ${intent}, which was cut off.`);
      await ingestLeased({ ...options, lease, manifest: abandoned, sha256, accept: false });
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      log.warn(`The ingest of ${intent} was cut off and cannot be completed: ${error.message}`);
    }
  }
}

async function release(lease: Lease, log: Log): Promise<void> {
  try {
    await lease.release();
  } catch {
    // It runs out by itself, and an error that is on its way says more than this one would.
    log.debug(`The lease on ${lease.name} could not be given back.`);
  }
}

async function ingestLeased(options: LeasedIngest & Pick<IngestOptions, "journal">): Promise<IngestReport> {
  const { lease, journal } = options;
  return await writeSnapshot(options, async (applied, suspicion) => {
    let judged = applied;
    await journal.append(options.holder ?? "exitgraph", async (tx) => {
      await lease.renew(tx);
      const markers = await markersIn(tx);
      judged = await judgeApplied(tx, markers, applied, suspicion);
      return isRecorded(markers, judged) ? undefined : { type: "ingest.applied", payload: judged };
    });
    warn(judged, options.log ?? silentLog);
    return judged;
  });
}

/** With what its records violate in the graph as it is now, and what those of other reads do since. */
async function judgeApplied(
  tx: WriteTransaction,
  markers: readonly ReadMarker[],
  applied: IngestApplied,
  suspicion: Suspicion,
): Promise<IngestApplied> {
  const { source } = applied;
  const reads = applied.partitions.map(({ stream, partition, verdict, state }) => ({
    ...{ source, stream, partition },
    whole: verdict === "complete" && state === "applied",
  }));
  // As of this event nobody reads these any more, whatever their markers still say.
  const unread = applied.outOfScope.map((gone) => ({ source, ...gone, whole: false }));
  const violated = await judge(tx, markers, [...reads, ...unread], suspicion);
  const own = new Set(reads.map((read) => assertionId(read)));
  const elsewhere = elsewhereOf(
    markers.filter((marker) => !own.has(assertionId(marker))),
    violated,
  );
  return {
    ...applied,
    partitions: applied.partitions.map((outcome) => {
      const found = violated.get(assertionId({ source, ...outcome }));
      return found === undefined ? outcome : { ...outcome, violated: found };
    }),
    ...(elsewhere.length === 0 ? {} : { elsewhere: [...elsewhere] }),
  };
}

/** Nobody who looks at this read would look for what it did to others. */
function warn({ snapshot, elsewhere = [] }: IngestApplied, log: Log): void {
  for (const { source, stream, partition, violated } of elsewhere) {
    const texts = violated?.violations.map(violationText) ?? ["its records violate nothing any more"];
    log.warn(`Since ${snapshot}, ${source} ${stream} ${partition}: ${texts.join("; ")}`);
  }
}

/** True where the markers already say all that the event would say, so that a second run adds nothing. */
function isRecorded(all: readonly ReadMarker[], applied: IngestApplied): boolean {
  const markers = new Map(all.map((marker) => [assertionId(marker), marker]));
  const same = applied.partitions.every((outcome) => {
    const marker = markers.get(assertionId({ source: applied.source, ...outcome }));
    if (marker === undefined || outcome.wrote) return false;
    return canonicalJson(markerAfter(applied, outcome, marker)) === canonicalJson(marker);
  });
  const alreadyOut = applied.outOfScope.every((gone) => {
    return markers.get(assertionId({ source: applied.source, ...gone }))?.state === "outOfScope";
  });
  return same && alreadyOut && applied.partitions.length > 0 && applied.elsewhere === undefined;
}
