import { at } from "./columns.js";
import { CLOSED, type ReachGraph } from "./graph.js";
import { KIND, KINDS, MODE, MODES, NONE, PASS } from "./kinds.js";
import { CERTAINTIES, type PathEdge, type ReachedTarget } from "./types.js";

/** What a walk reports: the entitlements it reaches, or also the identities, groups and references on the way. */
export type TargetKind = "entitlements" | "all";

/**
 * Breadth-first search over states (node, mode) that keeps parents, for one start after another over the same
 * arrays. It runs once per certainty that occurs, from the surest: what a run over edges of at most that certainty
 * reaches first is reached by no surer path, and by a shortest one.
 *
 * The frontier is kept in rank order (key sequence, then edge ids), so the first path found to a state is its best:
 * states with the same key sequence form a group; a group's edges are taken target by target, and for one target
 * in the order of the group.
 */
export class Search {
  readonly #graph: ReachGraph;
  readonly #open: Uint8Array;
  /** Only states that the best path may pass; `undefined` is all. */
  readonly #within: Uint8Array | undefined;
  readonly #queue: Int32Array;
  readonly #group: Int32Array;
  readonly #parent: Int32Array;
  readonly #via: Int32Array;
  readonly #stamp: Int32Array;
  readonly #reported: Int32Array;
  #mark = 0;
  #report = 0;
  #tail = 0;
  #groups = 0;
  #blocked = 0;

  constructor(graph: ReachGraph, now: number, within?: Uint8Array) {
    const states = graph.nodeCount * MODES;
    this.#graph = graph;
    this.#open = graph.openAt(now);
    this.#within = within;
    this.#queue = new Int32Array(states);
    this.#group = new Int32Array(states);
    this.#parent = new Int32Array(states);
    this.#via = new Int32Array(states);
    this.#stamp = new Int32Array(states);
    this.#reported = new Int32Array(graph.nodeCount);
  }

  /** Every target of one start with its best path, by target key. Nothing for a start the graph does not know. */
  from(start: string, targets: TargetKind): readonly ReachedTarget[] {
    const node = this.#graph.indexOf(start);
    if (node === undefined) return [];
    const found: { node: number; reached: ReachedTarget }[] = [];
    this.#report += 1;
    for (let level = 0; level < CERTAINTIES.length; ) {
      this.#run(node, level);
      this.#collect(node, start, level, targets, found);
      // Only a weaker edge that this run met can reach more.
      do level += 1;
      while (level < CERTAINTIES.length && (this.#blocked & (1 << level)) === 0);
    }
    found.sort((a, b) => a.node - b.node);
    return found.map(({ reached }) => reached);
  }

  #collect(
    startNode: number,
    start: string,
    level: number,
    targets: TargetKind,
    found: { node: number; reached: ReachedTarget }[],
  ): void {
    const { entitlements } = this.#graph;
    const certainty = CERTAINTIES[level] ?? "eligible";
    for (let position = 1; position < this.#tail; position++) {
      const state = at(this.#queue, position);
      const node = state >> 2;
      const isEntitlement = (state & 3) === MODE.inside && at(entitlements, node) === 1;
      if (!isEntitlement && (targets === "entitlements" || (state & 3) === MODE.inside)) continue;
      if (node === startNode || at(this.#reported, node) === this.#report) continue;
      this.#reported[node] = this.#report;
      const path = this.#path(position, isEntitlement);
      found.push({ node, reached: { start, target: this.#graph.keyOf(node), certainty, path } });
    }
  }

  #path(position: number, showResource: boolean): readonly PathEdge[] {
    const path: PathEdge[] = [];
    for (let p = position; p > 0; p = at(this.#parent, p)) path.push(this.#graph.edge(at(this.#via, p)));
    path.reverse();
    const on = showResource ? resourceEdge(this.#graph, at(this.#queue, position) >> 2) : undefined;
    if (on !== undefined) path.push(this.#graph.edge(on));
    return path;
  }

  #run(start: number, level: number): void {
    const { groups } = this.#graph;
    this.#mark += 1;
    this.#tail = 0;
    this.#groups = 0;
    this.#blocked = 0;
    this.#push(start * MODES + startMode(groups, start), -1, -1);
    this.#group[0] = 0;
    for (let head = 0; head < this.#tail; ) {
      let end = head + 1;
      const group = at(this.#group, head);
      while (end < this.#tail && at(this.#group, end) === group) end += 1;
      if (end === head + 1) this.#expand(head, level);
      else this.#expandGroup(head, end, level);
      head = end;
    }
  }

  #push(state: number, parent: number, via: number): void {
    this.#stamp[state] = this.#mark;
    this.#queue[this.#tail] = state;
    this.#group[this.#tail] = this.#groups;
    this.#parent[this.#tail] = parent;
    this.#via[this.#tail] = via;
    this.#tail += 1;
  }

  #expand(position: number, level: number): void {
    const { offsets, kinds, targets } = this.#graph;
    const state = at(this.#queue, position);
    const node = state >> 2;
    if (isTerminal(this.#graph, state)) return;
    const pass = (state & 3) * KINDS;
    const end = at(offsets, node + 1);
    let last = -1;
    for (let edge = at(offsets, node); edge < end; edge++) {
      const mode = at(PASS, pass + at(kinds, edge));
      if (mode === NONE) continue;
      const target = at(targets, edge);
      const next = target * MODES + mode;
      if (at(this.#stamp, next) === this.#mark || !this.#passes(edge, next, level)) continue;
      if (target !== last) {
        this.#groups += 1;
        last = target;
      }
      this.#push(next, position, edge);
    }
  }

  /** States of one key sequence stand at one node in different modes, and share its edges. */
  #expandGroup(first: number, end: number, level: number): void {
    const { offsets, kinds, targets } = this.#graph;
    const node = at(this.#queue, first) >> 2;
    const stop = at(offsets, node + 1);
    for (let run = at(offsets, node); run < stop; ) {
      const target = at(targets, run);
      let runEnd = run + 1;
      while (runEnd < stop && at(targets, runEnd) === target) runEnd += 1;
      this.#groups += 1;
      for (let position = first; position < end; position++) {
        const state = at(this.#queue, position);
        if (isTerminal(this.#graph, state)) continue;
        for (let edge = run; edge < runEnd; edge++) {
          const mode = at(PASS, (state & 3) * KINDS + at(kinds, edge));
          if (mode === NONE) continue;
          const next = target * MODES + mode;
          if (at(this.#stamp, next) === this.#mark || !this.#passes(edge, next, level)) continue;
          this.#push(next, position, edge);
        }
      }
      run = runEnd;
    }
  }

  #passes(edge: number, next: number, level: number): boolean {
    if (this.#within !== undefined && at(this.#within, next) === 0) return false;
    const certainty = at(this.#open, edge);
    if (certainty <= level) return true;
    if (certainty !== CLOSED) this.#blocked |= 1 << certainty;
    return false;
  }
}

/** Starting from a group means: what a direct member of it has. */
export function startMode(groups: Uint8Array, node: number): number {
  return at(groups, node) === 1 ? MODE.direct : MODE.self;
}

/** An entitlement ends the walk unless it lets one impersonate. */
export function isTerminal(graph: ReachGraph, state: number): boolean {
  if ((state & 3) !== MODE.inside) return false;
  const node = state >> 2;
  return at(graph.entitlements, node) === 1 && at(graph.impersonating, node) === 0;
}

/** The edge to the resource that an entitlement is shown on: the first by resource key. */
export function resourceEdge(graph: ReachGraph, entitlement: number): number | undefined {
  const end = at(graph.offsets, entitlement + 1);
  for (let edge = at(graph.offsets, entitlement); edge < end; edge++)
    if (at(graph.kinds, edge) === KIND.ON) return edge;
  return undefined;
}
