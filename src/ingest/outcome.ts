import { z } from "zod";
import type { WriteTransaction } from "../graph/index.js";
import type { JournalEvent, Projectors } from "../journal/index.js";
import { OperationError } from "../model/index.js";
import { assertionId } from "./assertion.js";
import type { ReadMarker } from "./marker.js";
import { markersIn, writeMarkers } from "./markers.js";

/** What became of one partition of a snapshot: with the marker before it, all that the marker is after it. */
const partitionSchema = z.strictObject({
  stream: z.string(),
  partition: z.string(),
  verdict: z.enum(["complete", "partial", "failed"]),
  state: z.enum(["applied", "stopped", "narrowed", "outOfScope"]),
  reason: z.string().nullable(),
  readAt: z.number(),
  scope: z.array(z.string()),
  /** Records were written: the graph carries the intent of this snapshot. */
  wrote: z.boolean(),
  /** Of the stream in its collector at the time: what its assertions bear if it was applied. */
  rank: z.number(),
  /** The guard would have stopped it, and the actor of the event let it pass. */
  accepted: z.boolean(),
  baseline: z.string().nullable(),
  counts: z.record(z.string(), z.number()),
});
const appliedSchema = z.strictObject({
  snapshot: z.string(),
  source: z.string(),
  system: z.string(),
  /** SHA-256 of the manifest. */
  manifest: z.string(),
  partitions: z.array(partitionSchema),
  /** Partitions that the graph knows and the read did not speak of. */
  outOfScope: z.array(z.strictObject({ stream: z.string(), partition: z.string() })),
});
export type PartitionOutcome = z.infer<typeof partitionSchema>;
export type IngestApplied = z.infer<typeof appliedSchema>;

const retiredSchema = z.strictObject({
  /** Names the retirement in Changes, as a snapshot's id names a read. */
  id: z.string(),
  source: z.string(),
  at: z.number(),
  reason: z.string(),
  markers: z.array(z.strictObject({ stream: z.string(), partition: z.string(), wrote: z.boolean() })),
});
export type SourceRetired = z.infer<typeof retiredSchema>;

export function parseApplied(event: JournalEvent): IngestApplied {
  return appliedSchema.parse(event.payload);
}

export function parseRetired(event: JournalEvent): SourceRetired {
  return retiredSchema.parse(event.payload);
}

export const OUT_OF_SCOPE = "The configuration no longer reads it.";

/** What the events of ingest mean for the markers. */
export const ingestProjectors: Projectors = {
  "ingest.applied": async (tx, event) => {
    const applied = parseApplied(event);
    const before = await markersById(tx, applied.source);
    const after: ReadMarker[] = [];
    for (const outcome of applied.partitions) {
      const marker = before.get(assertionId({ source: applied.source, ...outcome }));
      // An event alone, over a store that lacks what was written before it, would claim what is not there.
      if (outcome.wrote && marker?.intent !== applied.snapshot) throw behind(event, applied.snapshot);
      after.push(markerAfter(applied, outcome, marker));
    }
    for (const gone of applied.outOfScope) {
      const marker = before.get(assertionId({ source: applied.source, ...gone }));
      if (marker !== undefined) after.push({ ...marker, state: "outOfScope", reason: OUT_OF_SCOPE });
    }
    await writeMarkers(tx, after);
  },
  "source.retired": async (tx, event) => {
    const retired = parseRetired(event);
    const before = await markersById(tx, retired.source);
    const keys = retired.markers.map(({ wrote, ...part }) => {
      const key = assertionId({ source: retired.source, ...part });
      if (wrote && before.get(key)?.intent !== retired.id) throw behind(event, retired.id);
      return key;
    });
    await tx.run("UNWIND $keys AS k MATCH (m:ReadMarker {key: k}) DELETE m", { keys });
    await tx.run(
      `MERGE (r:Retirement {source: $source})
       SET r.newest = CASE WHEN coalesce(r.newest, '') > $id THEN r.newest ELSE $id END`,
      { source: retired.source, id: retired.id },
    );
  },
};

async function markersById(tx: WriteTransaction, source: string): Promise<ReadonlyMap<string, ReadMarker>> {
  return new Map((await markersIn(tx, source)).map((marker) => [assertionId(marker), marker]));
}

/** The marker of a partition after a snapshot. */
export function markerAfter(
  applied: Pick<IngestApplied, "snapshot" | "source" | "system">,
  outcome: PartitionOutcome,
  before: ReadMarker | undefined,
): ReadMarker {
  const { stream, partition, verdict, state, reason, readAt } = outcome;
  const newest = { read: applied.snapshot, readAt, verdict, state, reason };
  const base = before ?? unreadMarker(applied, stream, partition);
  const isApplied = state !== "stopped" && verdict !== "failed";
  if (!isApplied) return { ...base, ...newest };
  const isComplete = verdict === "complete" && state === "applied";
  return {
    ...base,
    ...newest,
    ...(isComplete ? { scope: outcome.scope, completeRead: applied.snapshot, completeAt: readAt } : {}),
    firstRead: base.firstRead ?? applied.snapshot,
    firstReadAt: base.firstReadAt ?? readAt,
    rank: outcome.rank,
    baseline: outcome.baseline,
    intent: null,
    counts: outcome.counts,
  };
}

/** The marker of a partition of which nothing was applied yet. */
export function unreadMarker(
  of: Pick<IngestApplied, "source" | "system">,
  stream: string,
  partition: string,
): ReadMarker {
  return {
    source: of.source,
    system: of.system,
    stream,
    partition,
    read: "",
    readAt: 0,
    verdict: "failed",
    state: "applied",
    reason: "Its first read is being applied.",
    scope: [],
    completeRead: null,
    completeAt: null,
    firstRead: null,
    firstReadAt: null,
    rank: null,
    baseline: null,
    intent: null,
    counts: {},
  };
}

function behind(event: JournalEvent, what: string): OperationError {
  return new OperationError({
    what: `The journal's event ${event.seq} says that ${what} was applied, and the store does not hold it.`,
    means:
      "The store is older than its journal, as after restoring a backup. Nothing is changed on such ground.",
    fix: "Run `exitgraph rebuild`, which makes the store from snapshots and journal.",
  });
}
