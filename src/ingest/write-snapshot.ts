import type { GraphStore, Params } from "../graph/index.js";
import { DERIVED_SOURCE, InputError, RETAINED_LABELS, silentLog } from "../model/index.js";
import type { Manifest, PartitionRead } from "../snapshot/index.js";
import { applyDifference, type LostByPart } from "./apply.js";
import { assertionId, DERIVED_RANK } from "./assertion.js";
import { discardWorking, finishBaseline, loadBaselines, nextBaseline, textOf } from "./baseline.js";
import { type Difference, type DiffOptions, diffSnapshot } from "./diff.js";
import { type GuardHit, judge } from "./guard.js";
import type { IngestOptions } from "./ingest.js";
import { type Suspicion, scopeOf, suspectsAmong, Touched } from "./invariants/index.js";
import { KeyTable } from "./key-table.js";
import type { Lease } from "./lease.js";
import type { ReadMarker } from "./marker.js";
import { readMarkers } from "./markers.js";
import { type IngestApplied, type PartitionOutcome, unreadMarker } from "./outcome.js";
import { type Part, partOf, standingOfAnyAge } from "./part.js";
import { findRekeys, type Rekeys } from "./rekey.js";
import { type IngestReport, reportOf } from "./report.js";
import { leased } from "./transaction.js";

const RETAINED: ReadonlySet<string> = RETAINED_LABELS;

/** What comparing and writing needs, under a lease. */
export interface LeasedIngest extends Omit<IngestOptions, "journal"> {
  readonly lease: Lease;
  readonly manifest: Manifest;
  readonly sha256: string;
  /** A rebuild: the outcome is known, and its event exists. */
  readonly replay?: IngestApplied;
}

/**
 * Compares, asks the guard and writes; `record` holds the invariants against what was written and makes it count.
 * Baseline files take their places only after that, so a file that does not fit its marker is never taken for one that
 * does.
 */
export async function writeSnapshot(
  options: LeasedIngest,
  record: (applied: IngestApplied, suspicion: Suspicion) => Promise<IngestApplied>,
): Promise<IngestReport> {
  const { store, manifest } = options;
  const markers = await readMarkers(store, manifest.source);
  if (options.replay === undefined) refuseOlder(manifest, markers);
  const parts = partsOf(options, markers, await acceptedIntents(store, manifest));
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
    if (options.dryRun === true) {
      foresee(active, rekeys);
      return reportOf(manifest, parts, outOfScopeOf(manifest, markers), hits);
    }
    const touched = new Touched(options.globalIds);
    // What an apply that was cut off wrote before it was is no difference any more.
    if (markers.some(({ intent }) => intent !== null)) touched.everything();
    if (wrote.size > 0) await openIntents(options, [...wrote]);
    const lost = wrote.size > 0 ? await applyDifference({ ...work, rekeys, touched }, difference) : new Map();
    const suspicion = await suspicionOf(work, touched, wrote.size > 0);
    const outOfScope = outOfScopeOf(manifest, markers);
    const applied = await outcomeOf(options, parts, outOfScope, wrote, lost);
    // The event will be durable at once; what it speaks of must be so before.
    if (wrote.size > 0) await store.checkpoint();
    const recorded = await record(applied, suspicion);
    for (const part of parts) publishBaseline(part);
    // Where nothing but markers was written, the journal has all of it, and it is durable.
    if (wrote.size > 0) await store.checkpoint();
    return reportOf(manifest, parts, outOfScope, hits, recorded);
  } finally {
    discardWorking(parts);
  }
}

/** Which invariants the graph may violate now. A rebuild does not ask: the event says what they came to. */
async function suspicionOf(
  options: LeasedIngest & Pick<DiffOptions, "tick">,
  touched: Touched,
  wrote: boolean,
): Promise<Suspicion> {
  const { store, signal, globalIds = new Set<string>() } = options;
  if (!wrote || options.replay !== undefined) return { wrote, suspects: new Set(), globalIds };
  const scope = scopeOf(await readMarkers(store), globalIds);
  const ask = (cypher: string, params: Params) => store.rows(cypher, params, signal);
  const suspects = await suspectsAmong(ask, touched, scope, () => options.tick(0));
  return { wrote, suspects, globalIds };
}

/** Keys of markers whose open intent is this snapshot's, and whether a person had let it pass. */
async function acceptedIntents(store: GraphStore, manifest: Manifest): Promise<ReadonlyMap<string, boolean>> {
  const rows = await store.rows(
    "MATCH (m:ReadMarker) WHERE m.intent = $snapshot RETURN m.key AS key, m.intentAccepted AS accepted",
    { snapshot: manifest.id },
  );
  return new Map(rows.map((row) => [textOf(row, "key"), row.accepted === true]));
}

function partsOf(
  options: LeasedIngest,
  markers: readonly ReadMarker[],
  intents: ReadonlyMap<string, boolean>,
): readonly Part[] {
  const { manifest, rankOf, dataDir } = options;
  const byId = new Map(markers.map((marker) => [assertionId(marker), marker]));
  return [...manifest.partitions, ...refusedNow(options, byId)].map((read) => {
    const { stream, partition } = read;
    const marker = byId.get(assertionId({ source: manifest.source, stream, partition }));
    const known = options.replay?.partitions.find((p) => p.stream === stream && p.partition === partition);
    // Where no collector knows the stream any more, its rank stays what it was.
    const rank = known?.rank ?? rankIn(manifest, stream, rankOf) ?? marker?.rank ?? 0;
    const part = partOf(manifest, read, { marker, rank, dataDir, table: new KeyTable() });
    if (known !== undefined) {
      replayed(part, known);
    } else {
      // An apply that was cut off goes on as it was decided then.
      part.accepted = intents.get(part.id) ?? false;
      const mayPass = options.accept === true || part.accepted;
      if (mayPass && part.state === "stopped") letOlderPass(part);
    }
    return part;
  });
}

/**
 * Optional streams that were read before and cannot be any more: what is held of them is as old as their last read, and
 * is no evidence of absence. Of one that was never read nothing is held. In a rebuild the event says which these were.
 */
function refusedNow(
  { manifest, replay }: LeasedIngest,
  markers: ReadonlyMap<string, ReadMarker>,
): readonly PartitionRead[] {
  return (manifest.notRead ?? []).flatMap(({ stream, partition, reason }): readonly PartitionRead[] => {
    const held = markers.has(assertionId({ source: manifest.source, stream, partition }));
    const told = replay?.partitions.some((p) => p.stream === stream && p.partition === partition) ?? held;
    const { startedAt: dataTime } = manifest;
    return told
      ? [
          {
            stream,
            partition,
            verdict: "failed",
            reason,
            dataTime,
            counts: {},
            scope: [],
            calls: 0,
            errors: 0,
          },
        ]
      : [];
  });
}

function rankIn(manifest: Manifest, stream: string, rankOf: IngestOptions["rankOf"]): number | undefined {
  return manifest.source === DERIVED_SOURCE ? DERIVED_RANK : rankOf(manifest.system, stream);
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
  Object.assign(part, standingOfAnyAge(part.read, part.marker));
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
  if (part.added + part.changed > 0 || part.reranks || rekeys.counts.has(part)) return true;
  return part.mode === "replace" && part.table.countByType("unseen").size > 0;
}

/** What the removals of an apply would come to: they are counted as they are written, and a dry run writes nothing. */
function foresee(parts: readonly Part[], rekeys: Rekeys): void {
  for (const part of parts) {
    for (const count of rekeys.counts.get(part)?.values() ?? []) part.rekeyed += count;
    if (part.mode !== "replace") continue;
    for (const [type, unseen] of part.table.countByType("unseen")) {
      const going = unseen - (rekeys.counts.get(part)?.get(type) ?? 0);
      if (RETAINED.has(type)) part.missing += going;
      else part.removed += going;
    }
  }
}

async function openIntents(options: LeasedIngest, parts: readonly Part[]): Promise<void> {
  const { manifest } = options;
  const rows = parts.map((part) => {
    const { counts, scope, violated: _, ...fresh } = unreadMarker(manifest, part.stream, part.partition);
    return {
      key: part.id,
      isNew: part.marker === undefined,
      accepted: part.accepted,
      props: {
        ...fresh,
        key: part.id,
        scope: [...scope],
        counts: JSON.stringify(counts),
      },
    };
  });
  await leased(options, async (tx) => {
    const fresh = rows.filter((row) => row.isNew).map(({ key, props }) => ({ key, props }));
    if (fresh.length > 0)
      await tx.run("UNWIND $rows AS row CREATE (m:ReadMarker) SET m = row.props", { rows: fresh });
    await tx.run(
      "UNWIND $rows AS row MATCH (m:ReadMarker {key: row.key}) SET m.intent = $snapshot, m.intentAccepted = row.accepted",
      { rows: rows.map(({ key, accepted }) => ({ key, accepted })), snapshot: manifest.id },
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
    const baseline = part.mode === "nothing" ? held : await finishPart(part, wrote.has(part), lost);
    partitions.push({
      stream: part.stream,
      partition: part.partition,
      verdict: part.read.verdict,
      state: part.state,
      reason: part.reason,
      readAt: part.current.at,
      scope: [...part.read.scope],
      wrote: wrote.has(part),
      rank: part.rank,
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

/** What was not changed keeps its baseline; what was gets the next one, begun here where nothing was added. */
async function finishPart(part: Part, wrote: boolean, lost: LostByPart) {
  if (wrote) nextBaseline(part);
  return await finishBaseline(part, lost.get(part) ?? new Set());
}

function publishBaseline(part: Part): void {
  if (part.mode === "nothing" || part.next === undefined) return;
  part.next.publish();
  part.next = undefined;
}
