import { isRef } from "../model/index.js";
import { at } from "./columns.js";
import { CLOSED, countingOrder, type ReachGraph } from "./graph.js";
import { KIND, KINDS, MODE, MODES, PASS } from "./kinds.js";
import { isTerminal, Search, startMode } from "./search.js";
import { CERTAINTIES, type ReachedTarget } from "./types.js";

export interface InverseOptions {
  /** Epoch ms. */
  readonly now: number;
  /** Who may be meant; without it everybody who acts: no groups, and nothing known by reference only. */
  readonly starts?: (key: string) => boolean;
  readonly signal?: AbortSignal;
}

/**
 * Who reaches a target, one best path each, by start key. The target of an entitlement, an identity or a group is
 * itself. That of a resource is every entitlement on it or on what contains it; identities inside a resource are
 * not meant by it. The path is the one that `walkAll` gives for that start and entitlement; of several
 * entitlements it is the best: most certain, then shortest, then smallest.
 */
export function whoCanReach(
  graph: ReachGraph,
  target: string,
  options: InverseOptions,
): readonly ReachedTarget[] {
  const node = graph.indexOf(target);
  if (node === undefined) return [];
  const goals = goalsOf(graph, node);
  const within = statesBefore(graph, goals, options.now);
  const search = new Search(graph, options.now, within);
  const wanted = new Set(goals.map((goal) => graph.keyOf(goal)));
  const mayStart = options.starts ?? ((key) => !isRef(key));
  const found: ReachedTarget[] = [];
  for (let start = 0; start < graph.nodeCount; start++) {
    const mode = startMode(graph.groups, start);
    if (at(within, start * MODES + mode) === 0 || wanted.has(graph.keyOf(start))) continue;
    if (options.starts === undefined && mode === MODE.direct) continue;
    const key = graph.keyOf(start);
    if (!mayStart(key)) continue;
    options.signal?.throwIfAborted();
    let best: ReachedTarget | undefined;
    for (const one of search.from(key, "all"))
      if (wanted.has(one.target) && (best === undefined || compareReached(one, best) < 0)) best = one;
    if (best !== undefined) found.push(best);
  }
  return found;
}

/** Most certain, then shortest, then smallest key sequence, then edge ids. */
export function compareReached(a: ReachedTarget, b: ReachedTarget): number {
  const certainty = CERTAINTIES.indexOf(a.certainty) - CERTAINTIES.indexOf(b.certainty);
  if (certainty !== 0) return certainty;
  if (a.path.length !== b.path.length) return a.path.length - b.path.length;
  for (const part of ["to", "id"] as const)
    for (const [i, edge] of a.path.entries()) {
      const other = b.path[i]?.[part] ?? "";
      if (edge[part] !== other) return edge[part] < other ? -1 : 1;
    }
  return 0;
}

/** For a resource the entitlements on it and on everything above it; else the node itself. */
function goalsOf(graph: ReachGraph, node: number): readonly number[] {
  const incoming = incomingOf(graph);
  const above = new Set([node]);
  const entitlements = new Set<number>();
  for (const resource of above)
    for (const edge of incoming.at(resource)) {
      const kind = at(graph.kinds, edge);
      if (kind === KIND.CONTAINS_RESOURCE) above.add(at(graph.sources, edge));
      else if (kind === KIND.ON) entitlements.add(at(graph.sources, edge));
    }
  return entitlements.size === 0 ? [node] : [...entitlements];
}

/** 1 for every state from which a goal can be reached at all, whatever the certainty. */
function statesBefore(graph: ReachGraph, goals: readonly number[], now: number): Uint8Array {
  const incoming = incomingOf(graph);
  const open = graph.openAt(now);
  const before = new Uint8Array(graph.nodeCount * MODES);
  const queue: number[] = [];
  const add = (state: number) => {
    if (at(before, state) === 1) return;
    before[state] = 1;
    queue.push(state);
  };
  for (const goal of goals)
    for (let mode = 0; mode < MODES; mode++)
      if (mode !== MODE.inside || at(graph.entitlements, goal) === 1) add(goal * MODES + mode);
  for (let head = 0; head < queue.length; head++) {
    const state = queue[head] ?? 0;
    for (const edge of incoming.at(state >> 2)) {
      if (at(open, edge) === CLOSED) continue;
      for (let mode = 0; mode < MODES; mode++) {
        if (at(PASS, mode * KINDS + at(graph.kinds, edge)) !== (state & 3)) continue;
        const previous = at(graph.sources, edge) * MODES + mode;
        if (!isTerminal(graph, previous)) add(previous);
      }
    }
  }
  return before;
}

/** Edges by their end. */
class Incoming {
  readonly #order: Int32Array;
  readonly #offsets: Int32Array;

  constructor(graph: ReachGraph) {
    const edges = new Int32Array(graph.edgeCount);
    for (let edge = 0; edge < edges.length; edge++) edges[edge] = edge;
    const { order, offsets } = countingOrder(graph.targets, edges, graph.nodeCount);
    this.#order = order;
    this.#offsets = offsets;
  }

  at(node: number): Int32Array {
    return this.#order.subarray(at(this.#offsets, node), at(this.#offsets, node + 1));
  }
}

const known = new WeakMap<ReachGraph, Incoming>();

function incomingOf(graph: ReachGraph): Incoming {
  const made = known.get(graph) ?? new Incoming(graph);
  known.set(graph, made);
  return made;
}
