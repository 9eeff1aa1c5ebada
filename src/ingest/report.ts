import type { ReadState, Verdict } from "../model/index.js";
import type { Manifest } from "../snapshot/index.js";
import type { GuardHit } from "./guard.js";
import { standingOf, type Violation } from "./invariants/index.js";
import type { ReadMarker } from "./marker.js";
import { type Elsewhere, type IngestApplied, OUT_OF_SCOPE } from "./outcome.js";
import type { Part } from "./part.js";

export interface PartitionReport {
  readonly stream: string;
  readonly partition: string;
  readonly verdict: Verdict;
  readonly state: ReadState;
  readonly reason: string | null;
  /** What its records violate in the graph, for which it is not complete. */
  readonly violations?: readonly Violation[];
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
  /** Of other reads, whose records violate something since this one was applied, or no longer do. */
  readonly elsewhere?: readonly Elsewhere[];
}

/** What an ingest did, for people and for the caller. */
export function reportOf(
  manifest: Manifest,
  parts: readonly Part[],
  outOfScope: readonly ReadMarker[],
  hits: ReadonlyMap<Part, GuardHit>,
  recorded?: IngestApplied,
): IngestReport {
  const none = { added: 0, changed: 0, unchanged: 0, removed: 0, missing: 0, rekeyed: 0 };
  const read = parts.map((part): PartitionReport => {
    const { stream, partition, state, added, changed, unchanged, removed, missing, rekeyed } = part;
    const hit = hits.get(part);
    const violated = recorded?.partitions.find(
      (outcome) => outcome.stream === stream && outcome.partition === partition,
    )?.violated;
    return {
      stream,
      partition,
      ...standingOf({ verdict: part.read.verdict, reason: part.reason }, violated),
      state,
      ...(violated === undefined ? {} : { violations: violated.violations }),
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
  return {
    snapshot: manifest.id,
    source: manifest.source,
    partitions: [...read, ...unread],
    ...(recorded?.elsewhere === undefined ? {} : { elsewhere: recorded.elsewhere }),
  };
}
