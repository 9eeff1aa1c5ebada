import type { WriteTransaction } from "../../graph/index.js";
import { assertionId } from "../assertion.js";
import type { ReadMarker } from "../marker.js";
import { scopeOf, violationsByPart } from "./ask.js";
import type { InvariantId, Violated, Violation } from "./violation.js";

/** How the newest read of a partition came out by itself. */
export interface OwnStanding {
  readonly source: string;
  readonly stream: string;
  readonly partition: string;
  readonly whole: boolean;
}

/** What was written, and what of it may violate an invariant. */
export interface Suspicion {
  readonly wrote: boolean;
  readonly suspects: ReadonlySet<InvariantId>;
  readonly globalIds: ReadonlySet<string>;
}

/**
 * What the records of each partition violate now: those it violated before, and of the invariants that may have been
 * violated or mended all there is in the whole store. So what the markers say is true whoever wrote last, and an apply
 * into a graph that violates nothing asks nothing here. `reads` are the newest reads where they are not in the markers
 * yet. Under the journal's lock, so that nothing is written meanwhile.
 */
export async function judge(
  tx: WriteTransaction,
  markers: readonly ReadMarker[],
  reads: readonly OwnStanding[],
  { wrote, suspects, globalIds }: Suspicion,
): Promise<ReadonlyMap<string, Violated>> {
  const known = new Map(markers.map((marker) => [assertionId(marker), marker]));
  const again = new Set<InvariantId>(suspects);
  if (wrote) {
    for (const { violated } of markers)
      for (const { invariant } of violated?.violations ?? []) again.add(invariant);
  }
  const ask = tx.run.bind(tx);
  const found = again.size === 0 ? NONE : await violationsByPart(ask, again, scopeOf(markers, globalIds));
  const standings = new Map(
    [...markers.map(standingOfMarker), ...reads].map((read) => [assertionId(read), read]),
  );
  const judged = new Map<string, Violated>();
  for (const [id, read] of standings) {
    const kept = (known.get(id)?.violated?.violations ?? []).filter(({ invariant }) => !again.has(invariant));
    const violations = [...kept, ...(found.get(id) ?? [])].sort(byNumber);
    if (violations.length === 0) continue;
    judged.set(id, { violations: violations.map(copyOf), unread: unreadBeside(read, standings.values()) });
  }
  return judged;
}

const NONE: ReadonlyMap<string, readonly Violation[]> = new Map();

function byNumber(a: Violation, b: Violation): number {
  return a.invariant < b.invariant ? -1 : a.invariant > b.invariant ? 1 : 0;
}

function copyOf({ invariant, count, samples }: Violation): Violated["violations"][number] {
  return { invariant, count, samples: [...samples] };
}

function standingOfMarker(marker: ReadMarker): OwnStanding {
  const { source, stream, partition, state, intent } = marker;
  const verdict = marker.violated?.verdict ?? marker.verdict;
  return {
    source,
    stream,
    partition,
    whole: verdict === "complete" && state === "applied" && intent === null,
  };
}

/** What is missing may be what another stream could not read. */
function unreadBeside(read: OwnStanding, all: Iterable<OwnStanding>): string[] {
  const names: string[] = [];
  for (const { source, stream, partition, whole } of all) {
    if (!whole && source === read.source && partition === read.partition && stream !== read.stream)
      names.push(stream);
  }
  return names.sort();
}
