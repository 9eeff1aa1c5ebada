import { z } from "zod";
import type { WriteTransaction } from "../graph/index.js";
import type { JournalEvent, Projectors } from "../journal/index.js";
import { canonicalJson, OperationError } from "../model/index.js";
import { assertionId } from "./assertion.js";
import { standingOf, type Violated, violatedSchema } from "./invariants/index.js";
import type { ReadMarker } from "./marker.js";
import { markersIn, writeMarkers } from "./markers.js";

/** What became of one partition of a snapshot: with the marker before it, all that the marker is after it. */
const partitionSchema = z.strictObject({
  stream: z.string(),
  partition: z.string(),
  /** The read's own. */
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
  /** What its records violate in the graph as it is then: it stands as partial. */
  violated: violatedSchema.optional(),
});
/** What the records of a partition that the event is not about violate from then on; nothing where `violated` is null. */
const elsewhereSchema = z.strictObject({
  source: z.string(),
  stream: z.string(),
  partition: z.string(),
  violated: violatedSchema.nullable(),
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
  elsewhere: z.array(elsewhereSchema).optional(),
});
export type Elsewhere = z.infer<typeof elsewhereSchema>;
export type PartitionOutcome = z.infer<typeof partitionSchema>;
export type IngestApplied = z.infer<typeof appliedSchema>;

const retiredSchema = z.strictObject({
  /** Names the retirement in Changes, as a snapshot's id names a read. */
  id: z.string(),
  source: z.string(),
  at: z.number(),
  reason: z.string(),
  markers: z.array(z.strictObject({ stream: z.string(), partition: z.string(), wrote: z.boolean() })),
  elsewhere: z.array(elsewhereSchema).optional(),
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
    const markers = await markersById(tx);
    const after = new Map<string, ReadMarker>();
    for (const outcome of applied.partitions) {
      const id = assertionId({ source: applied.source, ...outcome });
      const marker = markers.get(id);
      // An event alone, over a store that lacks what was written before it, would claim what is not there.
      if (outcome.wrote && marker?.intent !== applied.snapshot) throw behind(event, applied.snapshot);
      after.set(id, markerAfter(applied, outcome, marker));
    }
    for (const gone of applied.outOfScope) {
      const id = assertionId({ source: applied.source, ...gone });
      const marker = markers.get(id);
      if (marker !== undefined) after.set(id, outOfScopeMarker(marker));
    }
    await writeMarkers(tx, withElsewhere(after, markers, applied.elsewhere ?? []));
  },
  "source.retired": async (tx, event) => {
    const retired = parseRetired(event);
    const before = await markersById(tx);
    const keys = retired.markers.map(({ wrote, ...part }) => {
      const key = assertionId({ source: retired.source, ...part });
      if (wrote && before.get(key)?.intent !== retired.id) throw behind(event, retired.id);
      return key;
    });
    await writeMarkers(tx, withElsewhere(new Map(), before, retired.elsewhere ?? []));
    await tx.run("UNWIND $keys AS k MATCH (m:ReadMarker {key: k}) DELETE m", { keys });
    await tx.run(
      `MERGE (r:Retirement {source: $source})
       SET r.newest = CASE WHEN coalesce(r.newest, '') > $id THEN r.newest ELSE $id END`,
      { source: retired.source, id: retired.id },
    );
  },
};

async function markersById(tx: WriteTransaction): Promise<ReadonlyMap<string, ReadMarker>> {
  return new Map((await markersIn(tx)).map((marker) => [assertionId(marker), marker]));
}

function withElsewhere(
  after: Map<string, ReadMarker>,
  before: ReadonlyMap<string, ReadMarker>,
  elsewhere: readonly Elsewhere[],
): readonly ReadMarker[] {
  for (const part of elsewhere) {
    const id = assertionId(part);
    const marker = after.get(id) ?? before.get(id);
    if (marker !== undefined)
      after.set(id, { ...marker, ...standing(ownOf(marker), part.violated ?? undefined) });
  }
  return [...after.values()];
}

/** What these markers do not say yet of what their records violate. */
export function elsewhereOf(
  markers: readonly ReadMarker[],
  violated: ReadonlyMap<string, Violated>,
): readonly Elsewhere[] {
  return markers.flatMap((marker) => {
    const { source, stream, partition } = marker;
    const now = violated.get(assertionId(marker)) ?? null;
    const then = marker.violated === null ? null : violatedOf(marker.violated);
    return canonicalJson(now) === canonicalJson(then) ? [] : [{ source, stream, partition, violated: now }];
  });
}

type Own = Pick<ReadMarker, "verdict" | "reason">;

/** What the newest read came to by itself. */
export function ownOf({
  verdict,
  reason,
  violated,
}: Pick<ReadMarker, "verdict" | "reason" | "violated">): Own {
  return violated === null ? { verdict, reason } : { verdict: violated.verdict, reason: violated.reason };
}

function standing(
  own: Own,
  violated: Violated | undefined,
): Pick<ReadMarker, "verdict" | "reason" | "violated"> {
  return { ...standingOf(own, violated), violated: violated === undefined ? null : { ...own, ...violated } };
}

function outOfScopeMarker(marker: ReadMarker): ReadMarker {
  const own = { verdict: ownOf(marker).verdict, reason: OUT_OF_SCOPE };
  const violated = marker.violated === null ? undefined : violatedOf(marker.violated);
  return { ...marker, state: "outOfScope", ...standing(own, violated) };
}

function violatedOf({ violations, unread }: Violated): Violated {
  return { violations, unread };
}

/** The marker of a partition after a snapshot. */
export function markerAfter(
  applied: Pick<IngestApplied, "snapshot" | "source" | "system">,
  outcome: PartitionOutcome,
  before: ReadMarker | undefined,
): ReadMarker {
  const { stream, partition, verdict, state, reason, readAt } = outcome;
  const newest = {
    read: applied.snapshot,
    readAt,
    state,
    ...standing({ verdict, reason }, outcome.violated),
  };
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
    reason: "Its first read is being applied.",
    state: "applied",
    violated: null,
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
