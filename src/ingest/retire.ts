import { rmSync } from "node:fs";
import type { GraphStore, Params } from "../graph/index.js";
import type { Journal } from "../journal/index.js";
import { InputError, type Log, silentLog } from "../model/index.js";
import { type Loss, type LossOptions, loseEdges, loseNodes } from "./apply-removals.js";
import { assertionId } from "./assertion.js";
import { type AssertedRecord, assertedEdges, assertedNodes } from "./baseline.js";
import { type InvariantId, judge, scopeOf, suspectsAmong, Touched } from "./invariants/index.js";
import { KeyTable } from "./key-table.js";
import { acquireLease, type Lease } from "./lease.js";
import type { ReadMarker } from "./marker.js";
import { markersIn, readMarkers } from "./markers.js";
import { elsewhereOf, type SourceRetired } from "./outcome.js";
import { baselinePath, type Part } from "./part.js";
import { Rekeys } from "./rekey.js";
import { leased } from "./transaction.js";

const BATCH = 1_000;

export interface RetireOptions {
  readonly store: GraphStore;
  readonly journal: Journal;
  readonly dataDir: string;
  readonly source: string;
  /** One stream, one partition, or both; the whole source unless told. */
  readonly stream?: string;
  readonly partition?: string;
  /** Who closes it, and why: a person's decision, kept in the journal. */
  readonly actor: string;
  readonly reason: string;
  /** As of `ingestSnapshot`: what others describe may be violated, or mended, by what goes. */
  readonly globalIds?: ReadonlySet<string>;
  readonly leaseMs?: number;
  readonly waitMs?: number;
  readonly log?: Log;
  readonly signal?: AbortSignal;
  readonly now?: () => number;
}

export interface RetireReport {
  /** Names the retirement in Changes. */
  readonly id: string;
  readonly partitions: readonly { readonly stream: string; readonly partition: string }[];
  /** Records that went, or that others still describe. */
  readonly records: number;
}

/**
 * Closes a source, or a part of it, because a person says so: what only it described goes with Changes of the kind
 * `retired`, which prove nothing. A crash and a second run give the same graph. InputError where the graph knows no
 * such source; LeaseError while it is being ingested.
 */
export async function retire(options: RetireOptions): Promise<RetireReport> {
  const { store, journal, source, reason } = options;
  if (reason.trim() === "") throw new InputError({ what: "A retirement needs a reason.", source });
  await journal.check();
  const lease = await acquireLease(store, `ingest/${source}`, {
    holder: options.actor,
    waitMs: options.waitMs ?? 10_000,
    ...(options.leaseMs === undefined ? {} : { leaseMs: options.leaseMs }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  try {
    const markers = (await readMarkers(store, source)).filter(
      (marker) =>
        (options.stream === undefined || marker.stream === options.stream) &&
        (options.partition === undefined || marker.partition === options.partition),
    );
    if (markers.length === 0) throw unknownSource(options);
    const retired = retirementOf(markers, source, reason, (options.now ?? Date.now)());
    const records = await writeRetirement({ ...options, lease, retired, markers });
    await store.checkpoint();
    const suspects = await suspectsLeft(options, markers);
    await journal.append(options.actor, async (tx) => {
      await lease.renew(tx);
      const left = without(await markersIn(tx), markers);
      const { globalIds = new Set() } = options;
      const elsewhere = elsewhereOf(left, await judge(tx, left, [], { wrote: true, suspects, globalIds }));
      const payload = elsewhere.length === 0 ? retired : { ...retired, elsewhere: [...elsewhere] };
      return { type: "source.retired", payload };
    });
    for (const marker of markers) rmSync(baselinePath(options.dataDir, assertionId(marker)), { force: true });
    await store.checkpoint();
    return {
      id: retired.id,
      partitions: markers.map(({ stream, partition }) => ({ stream, partition })),
      records,
    };
  } finally {
    await lease.release().catch(() => (options.log ?? silentLog).debug("The lease could not be given back."));
  }
}

/** What went may have been the half of something that others describe. */
async function suspectsLeft(
  { store, signal, globalIds = new Set() }: RetireOptions,
  markers: readonly ReadMarker[],
): Promise<ReadonlySet<InvariantId>> {
  const touched = new Touched();
  touched.everything();
  const scope = scopeOf(without(await readMarkers(store), markers), globalIds);
  const ask = (cypher: string, params: Params) => store.rows(cypher, params, signal);
  return await suspectsAmong(ask, touched, scope, () => Promise.resolve(signal?.throwIfAborted()));
}

function without(all: readonly ReadMarker[], gone: readonly ReadMarker[]): readonly ReadMarker[] {
  const ids = new Set(gone.map((marker) => assertionId(marker)));
  return all.filter((marker) => !ids.has(assertionId(marker)));
}

const RETIREMENT = /-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z-retired$/;

/** A retirement that a crash cut off goes on under its own id. */
function retirementOf(
  markers: readonly ReadMarker[],
  source: string,
  reason: string,
  now: number,
): SourceRetired {
  const open = markers
    .flatMap(({ intent }) => (intent !== null && RETIREMENT.test(intent) ? [intent] : []))
    .sort();
  const id = open[0] ?? `${source}-${new Date(now).toISOString().replace(/[-:.]/g, "")}-retired`;
  const instant = id.replace(RETIREMENT, "|$1-$2-$3T$4:$5:$6.$7Z").split("|")[1] ?? "";
  return {
    id,
    source,
    at: Date.parse(instant),
    reason,
    markers: markers.map(({ stream, partition }) => ({ stream, partition, wrote: true })),
  };
}

/**
 * InputError where a retirement of the source was cut off: what it took away counts only once its event does, and only
 * the one who decided it can say it again.
 */
export async function refuseHalfRetired(store: GraphStore, source: string): Promise<void> {
  const markers = await readMarkers(store, source);
  const open = markers.filter(({ intent }) => intent !== null && RETIREMENT.test(intent));
  if (open.length === 0) return;
  const partitions = new Set(open.map(({ partition }) => partition));
  const [only] = partitions;
  const part =
    only !== undefined && partitions.size === 1 && open.length < markers.length ? ` --partition ${only}` : "";
  throw new InputError({
    what: `A retirement of ${open.map(({ stream, partition }) => `${stream} ${partition}`).join(", ")} was cut off.`,
    means: "Part of its records are gone and nothing says so yet, so nothing is ingested over it.",
    fix: `Complete it: \`exitgraph source retire ${source}${part} --reason TEXT\`. Then read the source again, if it is still to be read.`,
    source,
  });
}

export interface Retirement {
  readonly store: GraphStore;
  readonly lease: Lease;
  readonly retired: SourceRetired;
  readonly markers: readonly ReadMarker[];
  readonly signal?: AbortSignal;
}

/** Takes the records away; the event that makes it count is the caller's. */
export async function writeRetirement(retirement: Retirement): Promise<number> {
  const { store, retired, markers } = retirement;
  const parts = new Map(markers.map((marker) => [assertionId(marker), retiredPart(marker, retired)]));
  await leased(retirement, (tx) =>
    tx.run("UNWIND $keys AS k MATCH (m:ReadMarker {key: k}) SET m.intent = $id", {
      keys: [...parts.keys()],
      id: retired.id,
    }),
  );
  const options: LossOptions = { rekeys: new Rekeys(), retired: true };
  let records = 0;
  for await (const losses of lossesOf(assertedEdges(store, retired.source), parts)) {
    retirement.signal?.throwIfAborted();
    await leased(retirement, (tx) => loseEdges(tx, losses, options));
    records += losses.length;
  }
  for await (const losses of lossesOf(assertedNodes(store, retired.source), parts)) {
    retirement.signal?.throwIfAborted();
    await leased(retirement, (tx) => loseNodes(tx, losses, options));
    records += losses.length;
  }
  return records;
}

async function* lossesOf(
  records: AsyncIterable<AssertedRecord>,
  parts: ReadonlyMap<string, Part>,
): AsyncGenerator<readonly Loss[]> {
  let batch: Loss[] = [];
  for await (const { id, entries } of records) {
    const losers = entries.flatMap(({ assertion }) => parts.get(assertionId(assertion)) ?? []);
    if (losers.length === 0) continue;
    batch.push({ id, parts: losers });
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function retiredPart(marker: ReadMarker, retired: SourceRetired): Part {
  const { source, stream, partition, scope } = marker;
  return {
    id: assertionId(marker),
    source,
    stream,
    partition,
    rank: 0,
    read: {
      stream,
      partition,
      verdict: "failed",
      dataTime: retired.at,
      counts: {},
      scope,
      calls: 0,
      errors: 0,
    },
    current: { read: retired.id, at: retired.at },
    marker,
    baselinePath: "",
    mode: "replace",
    state: "applied",
    reason: null,
    accepted: false,
    table: new KeyTable(),
    reranks: false,
    known: undefined,
    next: undefined,
    added: 0,
    changed: 0,
    unchanged: 0,
    removed: 0,
    missing: 0,
    rekeyed: 0,
  };
}

function unknownSource(options: RetireOptions): InputError {
  const of = [options.source, options.stream, options.partition].filter((part) => part !== undefined);
  return new InputError({
    what: `The graph knows no read of ${of.join(", ")}.`,
    means: "Nothing was retired.",
    fix: "`exitgraph source list` names what it knows.",
    source: options.source,
  });
}
