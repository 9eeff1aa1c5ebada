import type { GraphStore, WriteTransaction } from "../graph/index.js";
import type { Journal } from "../journal/index.js";
import { InputError, type Log, type ReadState, silentLog, type Verdict } from "../model/index.js";
import type { Manifest, SnapshotStore } from "../snapshot/index.js";
import { applyDifference, type LostByPart, leased } from "./apply.js";
import { assertionId } from "./assertion.js";
import { discardWorking, finishBaseline, loadBaselines } from "./baseline.js";
import { type Difference, diffSnapshot } from "./diff.js";
import { type GuardHit, type GuardLimits, judge } from "./guard.js";
import { KeyTable } from "./key-table.js";
import { acquireLease, type Lease } from "./lease.js";
import type { ReadMarker } from "./marker.js";
import { markersIn, readMarkers } from "./markers.js";
import {
  type IngestApplied,
  markerAfter,
  OUT_OF_SCOPE,
  type PartitionOutcome,
  unreadMarker,
} from "./outcome.js";
import { type Part, partOf } from "./part.js";
import { findRekeys, type Rekeys } from "./rekey.js";

export interface IngestOptions {
  readonly store: GraphStore;
  readonly snapshots: SnapshotStore;
  readonly journal: Journal;
  readonly dataDir: string;
  /** The snapshot's id. */
  readonly snapshot: string;
  /** A stream's index in its collector's list: later streams know better. */
  readonly rankOf: (source: string, stream: string) => number;
  readonly guard: GuardLimits;
  /** Lets exactly this snapshot past the guard; the event says who did. */
  readonly accept?: boolean;
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

export interface PartitionReport {
  readonly stream: string;
  readonly partition: string;
  readonly verdict: Verdict;
  readonly state: ReadState;
  readonly reason: string | null;
  /** Records, by what the comparison said of this partition. */
  readonly added: number;
  readonly changed: number;
  readonly unchanged: number;
  /** Records that were taken away, kept as missing, or only got another key. */
  readonly removed: number;
  readonly missing: number;
  readonly rekeyed: number;
  readonly guard?: {
    readonly type: string;
    readonly would: number;
    readonly known: number;
    readonly samples: readonly string[];
  };
}

export interface IngestReport {
  readonly snapshot: string;
  readonly source: string;
  readonly partitions: readonly PartitionReport[];
}

/**
 * Applies one snapshot to the graph: compares it with the baselines, asks the guard, writes the difference with
 * its Changes, and records the outcome. A crash at any point and a second run give the same graph, Changes and
 * event.
 *
 * InputError: the snapshot is missing, edited, or older than what was applied. LeaseError: another ingest of the
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
    await finishAbandoned(options, lease, manifest);
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
     RETURN DISTINCT m.intent AS intent, m.intentAccepted AS accepted ORDER BY intent`,
    { source: manifest.source, snapshot: manifest.id },
  );
  for (const { intent, accepted } of open) {
    if (typeof intent !== "string" || intent > manifest.id) continue;
    try {
      const abandoned = await options.snapshots.manifest(intent);
      const sha256 = await options.snapshots.digestOf(intent);
      log.info(`Completing the ingest of ${intent}, which was cut off.`);
      await ingestLeased({ ...options, lease, manifest: abandoned, sha256, accept: accepted === true });
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

/** What comparing and writing needs, under a lease. */
export interface LeasedIngest extends Omit<IngestOptions, "journal"> {
  readonly lease: Lease;
  readonly manifest: Manifest;
  readonly sha256: string;
  /** A rebuild: the outcome is known, and its event exists. */
  readonly replay?: IngestApplied;
}

async function ingestLeased(options: LeasedIngest & Pick<IngestOptions, "journal">): Promise<IngestReport> {
  const { store, lease, journal } = options;
  return await writeSnapshot(options, async (applied) => {
    // The event is durable at once; what it speaks of must be so before.
    await store.checkpoint();
    await journal.append(options.holder ?? "exitgraph", async (tx) => {
      await lease.renew(tx);
      if (await isRecorded(tx, applied)) return undefined;
      return { type: "ingest.applied", payload: applied };
    });
  });
}

/**
 * Compares, asks the guard and writes; `record` makes it count. Baseline files take their places only after that,
 * so a file that does not fit its marker is never taken for one that does.
 */
export async function writeSnapshot(
  options: LeasedIngest,
  record: (applied: IngestApplied) => Promise<void>,
): Promise<IngestReport> {
  const { store, manifest } = options;
  const markers = await readMarkers(store, manifest.source);
  if (options.replay === undefined) refuseOlder(manifest, markers);
  const parts = partsOf(options, markers);
  try {
    await loadBaselines(store, manifest.source, parts);
    const work = { ...options, parts, tick: ticker(options) };
    const difference = await diffSnapshot(work);
    let rekeys = await findRekeys(store, work);
    const hits = await decide(options, parts, difference, rekeys);
    const active = parts.filter((part) => part.mode !== "nothing");
    // What a stopped partition would have rekeyed stays as it is.
    if (rekeys.size > 0 && active.length < parts.length) rekeys = await findRekeys(store, work);
    const wrote = new Set(active.filter((part) => hasWork(options, part, rekeys)));
    if (wrote.size > 0) await openIntents(options, [...wrote]);
    const lost = wrote.size > 0 ? await applyDifference({ ...work, rekeys }, difference) : new Map();
    const outOfScope = outOfScopeOf(manifest, markers);
    const applied = await outcomeOf(options, parts, outOfScope, wrote, lost);
    await record(applied);
    for (const part of parts) publishBaseline(part);
    await store.checkpoint();
    return reportOf(manifest, parts, outOfScope, hits);
  } finally {
    discardWorking(parts);
  }
}

function partsOf(options: LeasedIngest, markers: readonly ReadMarker[]): readonly Part[] {
  const { manifest, rankOf, dataDir } = options;
  const byId = new Map(markers.map((marker) => [assertionId(marker), marker]));
  return manifest.partitions.map((read) => {
    const { stream, partition } = read;
    const part = partOf(manifest, read, {
      marker: byId.get(assertionId({ source: manifest.source, stream, partition })),
      streamRank: rankOf(manifest.source, stream),
      dataDir,
      table: new KeyTable(),
    });
    const known = options.replay?.partitions.find((p) => p.stream === stream && p.partition === partition);
    if (known !== undefined) replayed(part, known);
    else if (options.accept === true && part.state === "stopped") letOlderPass(part);
    return part;
  });
}

/** In a rebuild what was decided then is what counts, whatever the limits are today. */
function replayed(part: Part, known: PartitionOutcome): void {
  part.state = known.state;
  part.reason = known.reason;
  part.accepted = known.accepted;
  if (known.state === "stopped" || known.verdict === "failed") part.mode = "nothing";
  else part.mode = known.verdict === "complete" && known.state === "applied" ? "replace" : "overlay";
}

function letOlderPass(part: Part): void {
  part.accepted = true;
  part.mode = part.read.verdict === "complete" ? "replace" : "overlay";
  part.state = "applied";
  part.reason = part.read.reason ?? null;
}

/** Ids of one source sort by time: an older read would undo what a newer one saw. */
function refuseOlder(manifest: Manifest, markers: readonly ReadMarker[]): void {
  const newer = markers.find((marker) => marker.read > manifest.id);
  if (newer === undefined) return;
  throw new InputError({
    what: `The snapshot ${manifest.id} is older than ${newer.read}, which the graph has seen.`,
    means: "It was not applied: it would undo what the newer read saw.",
    fix: "Collect again, or ingest the newer one.",
    source: manifest.source,
  });
}

function ticker(options: LeasedIngest): (lines: number) => Promise<void> {
  const { manifest, lease, signal, log = silentLog } = options;
  const total = Object.values(manifest.streams).reduce((sum, stream) => sum + stream.records, 0);
  let done = 0;
  return async (lines) => {
    signal?.throwIfAborted();
    done += lines;
    if (lines > 0) log.progress(`ingest ${manifest.source}`, done, "records", total);
    await lease.keepAlive();
  };
}

/** Asks the guard. A partition that one stream stops is stopped whole: its streams speak of the same things. */
async function decide(
  options: LeasedIngest,
  parts: readonly Part[],
  difference: Difference,
  rekeys: Rekeys,
): Promise<ReadonlyMap<Part, GuardHit>> {
  if (options.replay !== undefined) return new Map();
  const hits = await judge(options.store, parts, difference, rekeys, options.guard);
  if (options.accept === true) {
    for (const part of hits.keys()) part.accepted = true;
    return hits;
  }
  for (const [part, hit] of hits) {
    const samples =
      hit.samples.length === 0
        ? ""
        : ` (${hit.samples.join(", ")}${hit.would > hit.samples.length ? ", …" : ""})`;
    stop(
      part,
      `The guard stopped it: ${hit.why}${samples}. If that is right: exitgraph ingest --accept ${options.manifest.id}`,
    );
  }
  for (const part of parts) {
    const cause = [...hits.keys()].find((hit) => hit.partition === part.partition);
    if (cause === undefined || hits.has(part) || part.mode === "nothing") continue;
    stop(part, `The guard stopped the stream ${cause.stream} of this partition.`);
  }
  return hits;
}

function stop(part: Part, reason: string): void {
  part.mode = "nothing";
  part.state = "stopped";
  part.reason = reason;
}

function hasWork(options: LeasedIngest, part: Part, rekeys: Rekeys): boolean {
  const { stream, partition } = part;
  if (options.replay?.partitions.some((p) => p.stream === stream && p.partition === partition && p.wrote))
    return true;
  // A crash after the last write and before the event leaves the intent open and nothing to do.
  if (part.marker?.intent != null) return true;
  if (part.added + part.changed > 0 || rekeys.counts.has(part)) return true;
  return part.mode === "replace" && part.table.countByType("unseen").size > 0;
}

async function openIntents(options: LeasedIngest, parts: readonly Part[]): Promise<void> {
  const { manifest } = options;
  const rows = parts.map((part) => {
    const { reason: _, counts, scope, ...fresh } = unreadMarker(manifest, part.stream, part.partition);
    return {
      key: part.id,
      isNew: part.marker === undefined,
      props: {
        ...fresh,
        key: part.id,
        scope: [...scope],
        counts: JSON.stringify(counts),
        reason: "Its first read is being applied.",
      },
    };
  });
  await leased(options, async (tx) => {
    const fresh = rows.filter((row) => row.isNew).map(({ key, props }) => ({ key, props }));
    if (fresh.length > 0)
      await tx.run("UNWIND $rows AS row CREATE (m:ReadMarker) SET m = row.props", { rows: fresh });
    await tx.run(
      "UNWIND $keys AS k MATCH (m:ReadMarker {key: k}) SET m.intent = $snapshot, m.intentAccepted = $accepted",
      { keys: rows.map((row) => row.key), snapshot: manifest.id, accepted: options.accept === true },
    );
  });
}

function outOfScopeOf(manifest: Manifest, markers: readonly ReadMarker[]): readonly ReadMarker[] {
  // A read that could not even say what there is to read narrows nothing.
  if (manifest.partitions.length === 0) return [];
  const read = new Set(
    manifest.partitions.map(({ stream, partition }) =>
      assertionId({ source: manifest.source, stream, partition }),
    ),
  );
  const unread = new Set(
    (manifest.notRead ?? []).map(({ stream, partition }) =>
      assertionId({ source: manifest.source, stream, partition }),
    ),
  );
  return markers.filter((marker) => !read.has(assertionId(marker)) && !unread.has(assertionId(marker)));
}

async function outcomeOf(
  options: LeasedIngest,
  parts: readonly Part[],
  outOfScope: readonly ReadMarker[],
  wrote: ReadonlySet<Part>,
  lost: LostByPart,
): Promise<IngestApplied> {
  const { manifest } = options;
  const partitions: PartitionOutcome[] = [];
  for (const part of parts) {
    const held = {
      id: part.marker?.baseline ?? null,
      counts: new Map(Object.entries(part.marker?.counts ?? {})),
    };
    const baseline =
      part.mode === "nothing" ? held : ((await finishBaseline(part, lost.get(part) ?? new Set())) ?? held);
    partitions.push({
      stream: part.stream,
      partition: part.partition,
      verdict: part.read.verdict,
      state: part.state,
      reason: part.reason,
      readAt: part.current.at,
      scope: [...part.read.scope],
      wrote: wrote.has(part),
      accepted: part.accepted,
      baseline: baseline.id,
      counts: Object.fromEntries([...baseline.counts].sort(([a], [b]) => (a < b ? -1 : 1))),
    });
  }
  return {
    snapshot: manifest.id,
    source: manifest.source,
    system: manifest.system,
    manifest: options.sha256,
    partitions,
    outOfScope: outOfScope.map(({ stream, partition }) => ({ stream, partition })),
  };
}

/** True where the markers already say all that the event would say, so that a second run adds nothing. */
async function isRecorded(tx: WriteTransaction, applied: IngestApplied): Promise<boolean> {
  const markers = new Map((await markersIn(tx, applied.source)).map((m) => [assertionId(m), m]));
  const same = applied.partitions.every((outcome) => {
    const marker = markers.get(assertionId({ source: applied.source, ...outcome }));
    if (marker === undefined || outcome.wrote) return false;
    return JSON.stringify(markerAfter(applied, outcome, marker)) === JSON.stringify(marker);
  });
  const alreadyOut = applied.outOfScope.every((gone) => {
    return markers.get(assertionId({ source: applied.source, ...gone }))?.state === "outOfScope";
  });
  return same && alreadyOut && applied.partitions.length > 0;
}

function publishBaseline(part: Part): void {
  if (part.mode === "nothing" || part.next === undefined) return;
  part.next.publish();
  part.next = undefined;
}

function reportOf(
  manifest: Manifest,
  parts: readonly Part[],
  outOfScope: readonly ReadMarker[],
  hits: ReadonlyMap<Part, GuardHit>,
): IngestReport {
  const none = { added: 0, changed: 0, unchanged: 0, removed: 0, missing: 0, rekeyed: 0 };
  const read = parts.map((part): PartitionReport => {
    const { stream, partition, state, reason, added, changed, unchanged, removed, missing, rekeyed } = part;
    const hit = hits.get(part);
    return {
      stream,
      partition,
      verdict: part.read.verdict,
      state,
      reason,
      ...(part.mode === "nothing" ? none : { added, changed, unchanged, removed, missing, rekeyed }),
      ...(hit === undefined
        ? {}
        : { guard: { type: hit.type, would: hit.would, known: hit.known, samples: hit.samples } }),
    };
  });
  const unread = outOfScope.map(
    ({ stream, partition, verdict }): PartitionReport => ({
      stream,
      partition,
      verdict,
      state: "outOfScope",
      reason: OUT_OF_SCOPE,
      ...none,
    }),
  );
  return { snapshot: manifest.id, source: manifest.source, partitions: [...read, ...unread] };
}
