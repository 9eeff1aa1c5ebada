import { Entries } from "./entries.js";
import type { ReachGraph } from "./graph.js";
import { Search, type TargetKind } from "./search.js";
import type { ReachedTarget, ReachedWithCuts } from "./types.js";

export interface WalkOptions {
  /** Epoch ms: edges with endsAt <= now or startsAt > now do not pass. */
  readonly now: number;
  /** `entitlements` unless told; `all` adds the identities, groups and references reached. */
  readonly targets?: TargetKind;
  readonly signal?: AbortSignal;
}

/**
 * What each start reaches, start by start in the order given, one best path each: the most certain first, then the
 * shortest, then by key sequence. A start may be any principal: an Account, a NonHumanIdentity, a Group (then: what
 * a direct member has), an Application, a Resource that acts. Starts the graph does not know reach nothing.
 */
export function* walkAll(
  graph: ReachGraph,
  starts: Iterable<string>,
  options: WalkOptions,
): Generator<ReachedTarget, void, undefined> {
  const search = new Search(graph, options.now);
  for (const start of starts) {
    options.signal?.throwIfAborted();
    yield* search.from(start, options.targets ?? "entitlements");
  }
}

/** `walkAll` with the cuts of each target. */
export function* walkAllWithCuts(
  graph: ReachGraph,
  starts: Iterable<string>,
  options: WalkOptions,
): Generator<ReachedWithCuts, void, undefined> {
  const search = new Search(graph, options.now);
  const entries = new Entries(graph, options.now);
  for (const start of starts) {
    options.signal?.throwIfAborted();
    const reached = search.from(start, options.targets ?? "entitlements");
    const node = graph.indexOf(start);
    if (node === undefined || reached.length === 0) continue;
    const edges = entries.of(node, search.nodes);
    for (const [i, one] of reached.entries()) {
      const cuts = (edges[i] ?? []).map((edge) => graph.edge(edge));
      const { target, certainty, path } = one;
      yield { start, target, certainty, path, cuts, otherPaths: cuts.length - 1 };
    }
  }
}
