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
 * What each start reaches, start by start in the order given, by target key; one best path each. A start may be
 * any principal: an Account, a NonHumanIdentity, a Group (then: what a direct member has), an Application, a
 * Resource that acts. Starts the graph does not know reach nothing.
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
    const entriesOf = entries.of(node);
    for (const one of reached) {
      const edges = entriesOf.get(graph.indexOf(one.target) ?? -1) ?? [];
      yield { ...one, cuts: edges.map((edge) => graph.edge(edge)), otherPaths: edges.length - 1 };
    }
  }
}
