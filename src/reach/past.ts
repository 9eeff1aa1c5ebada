import { canonicalJson } from "../model/index.js";

/** A record's properties, as a Change holds them. */
export type Flat = Readonly<Record<string, unknown>>;

/** A Change as docs/graph.md has it, as far as the past of one record needs it. */
export interface PastChange {
  readonly kind: string;
  readonly record: string;
  /** `source|stream|partition`: whose reads these are. */
  readonly reads: string;
  /** When the last read still saw what was before; undefined where none is known. Epoch ms. */
  readonly previousReadAt: number | undefined;
  /** When the first read saw what is after. */
  readonly readAt: number;
  readonly before: Flat | undefined;
  readonly after: Flat | undefined;
  /** The new key or id, when rekeyed. */
  readonly to: string | undefined;
}

/** How a record stood at an instant. */
export interface Past {
  /** `held`: reads before and after saw it. `betweenReads`: nobody looked close enough. */
  readonly state: "held" | "notHeld" | "betweenReads";
  /** What it said, where it was there; two where it changed and nobody knows which side of the instant. */
  readonly variants: readonly Flat[];
}

/**
 * How a record stood at `at`, from what it is now and the Changes after that instant. What a read saw holds from
 * the read that saw it first to the last that did; in between, and before anything was read, nobody knows.
 *
 * @param current what it is now; undefined where it is not there
 * @param later its Changes with `readAt > at`, in any order
 * @param knownSince data time of the first read that could have seen it; undefined where there is none
 */
export function pastOf(
  current: Flat | undefined,
  later: readonly PastChange[],
  at: number,
  knownSince: number | undefined,
): Past {
  const unknown = knownSince === undefined || at < knownSince;
  const ordered = [...later].sort((a, b) => b.readAt - a.readAt);
  let before = current;
  let after = current;
  for (const change of ordered) {
    after = before;
    before = undone(before, change);
  }
  const next = ordered.at(-1);
  const between = next !== undefined && (next.previousReadAt === undefined || at > next.previousReadAt);
  const variants = between ? distinct([before, after]) : distinct([before]);
  if (unknown) {
    const possible = distinct([before, after]);
    return { state: possible.length === 0 ? "notHeld" : "betweenReads", variants: possible };
  }
  if (!between) return { state: before === undefined ? "notHeld" : "held", variants };
  return { state: before !== undefined && after !== undefined ? "held" : "betweenReads", variants };
}

/** What the record was before a change made it what it is. */
function undone(is: Flat | undefined, change: PastChange): Flat | undefined {
  if (change.kind === "added") return undefined;
  if (change.kind !== "changed") return change.before ?? is ?? {};
  const was: Record<string, unknown> = { ...is };
  for (const name of Object.keys(change.after ?? {})) delete was[name];
  return { ...was, ...change.before };
}

function distinct(states: readonly (Flat | undefined)[]): readonly Flat[] {
  const found = new Map<string, Flat>();
  for (const state of states) if (state !== undefined) found.set(canonicalJson(state), state);
  return [...found.values()];
}
