import type { GraphStore } from "../graph/index.js";
import { type ReachGraph, ReachGraphBuilder } from "./graph.js";
import { type Neighbours, StoreNeighbours } from "./neighbours.js";
import type { ReachEdge, ReachedTarget } from "./types.js";
import { type WalkOptions, walkAll } from "./walk.js";

/**
 * What few starts reach, without loading the rest: the store is asked for the neighbours of each frontier, level by
 * level. Equal to `walkAll` over the whole graph.
 */
export async function walkFew(
  store: GraphStore,
  starts: readonly string[],
  options: WalkOptions,
): Promise<readonly ReachedTarget[]> {
  return [...walkAll(await loadReachable(store, starts, options.signal), starts, options)];
}

/** The part of the graph that can be reached from some starts, whatever the instant and the certainty. */
export async function loadReachable(
  store: GraphStore,
  starts: readonly string[],
  signal?: AbortSignal,
): Promise<ReachGraph> {
  const builder = new ReachGraphBuilder();
  await gather(starts, new StoreNeighbours(store, signal), builder);
  return builder.build();
}

/** Takes what is found: a ReachGraphBuilder, or two of them. */
export interface ReachSink {
  edge(edge: ReachEdge): void;
  group(key: string): void;
  impersonates(entitlement: string): void;
}

/** Steps from the starts to everything that could be reached from them, and hands it over, each edge once. */
export async function gather(
  starts: readonly string[],
  neighbours: Neighbours,
  sink: ReachSink,
): Promise<void> {
  const principals = new Set<string>();
  const entitlements = new Set<string>();
  const containers = new Set<string>();
  let frontier = unseen(starts, principals);
  for await (const key of neighbours.groups(frontier)) sink.group(key);
  while (frontier.length > 0) {
    const reached: string[] = [];
    const held: string[] = [];
    for await (const edge of neighbours.passing(frontier)) {
      sink.edge(edge);
      (edge.type === "HAS_ENTITLEMENT" ? held : reached).push(edge.to);
    }
    reached.push(...(await inside(unseen(held, entitlements), neighbours, sink, containers)));
    frontier = unseen(reached, principals);
  }
}

/** The resources of new entitlements, and the identities inside those that may be impersonated. */
async function inside(
  entitlements: readonly string[],
  neighbours: Neighbours,
  sink: ReachSink,
  containers: Set<string>,
): Promise<readonly string[]> {
  const impersonating = new Set<string>();
  for await (const key of neighbours.impersonating(entitlements)) {
    sink.impersonates(key);
    impersonating.add(key);
  }
  const resources: string[] = [];
  for await (const edge of neighbours.on(entitlements)) {
    sink.edge(edge);
    if (impersonating.has(edge.from)) resources.push(edge.to);
  }
  const identities: string[] = [];
  let frontier = unseen(resources, containers);
  while (frontier.length > 0) {
    const next: string[] = [];
    for await (const edge of neighbours.contained(frontier)) {
      sink.edge(edge);
      (edge.toIdentity ? identities : next).push(edge.to);
    }
    frontier = unseen(next, containers);
  }
  return identities;
}

/** The keys that were not seen before, each once; they count as seen from now on. */
function unseen(keys: Iterable<string>, seen: Set<string>): string[] {
  const found: string[] = [];
  for (const key of keys) {
    if (seen.has(key)) continue;
    seen.add(key);
    found.push(key);
  }
  return found;
}
