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
 * The frontier is kept in rank order (key sequence, then edge ids), so the first path found to a state is its best.
 * States with the same key sequence stand together; their edges are taken target by target, and for one target in
 * the order of the states.
 */
export class Search {
  /** Nodes of the targets that `from` gave last, in the same order. */
  readonly nodes: number[] = [];
  readonly #graph: ReachGraph;
  readonly #open: Uint8Array;
  /** Only states that the best path may pass; `undefined` is all. */
  readonly #within: Uint8Array | undefined;
  /** States in the order of their rank, with the position that each was reached from and the edge to it. */
  readonly #queue: Int32Array;
  readonly #modes: Uint8Array;
  readonly #parent: Int32Array;
  readonly #via: Int32Array;
  /** 1 where a state has the key sequence of the one before it. */
  readonly #tied: Uint8Array;
  /** By mode, then node: a walk is mostly in one mode, so what it touches lies close together. */
  readonly #stamp: Int32Array;
  readonly #reported: Int32Array;
  #mark = 0;
  #report = 0;
  #tail = 0;
  #blocked = 0;

  constructor(graph: ReachGraph, now: number, within?: Uint8Array) {
    const states = graph.nodeCount * MODES;
    this.#graph = graph;
    this.#open = graph.openAt(now);
    this.#within = within;
    this.#queue = new Int32Array(states);
    this.#modes = new Uint8Array(states);
    this.#parent = new Int32Array(states);
    this.#via = new Int32Array(states);
    this.#tied = new Uint8Array(states);
    this.#stamp = new Int32Array(states);
    this.#reported = new Int32Array(graph.nodeCount);
  }

  /**
   * Every target of one start with its best path: the most certain first, then the shortest, then by key sequence.
   * Nothing for a start the graph does not know.
   */
  from(start: string, targets: TargetKind): readonly ReachedTarget[] {
    const found: ReachedTarget[] = [];
    this.nodes.length = 0;
    const node = this.#graph.indexOf(start);
    if (node === undefined) return found;
    this.#report += 1;
    for (let level = 0; level < CERTAINTIES.length; ) {
      this.#run(node, level);
      this.#collect(node, start, level, targets, found);
      // Only a weaker edge that this run met can reach more.
      do level += 1;
      while (level < CERTAINTIES.length && (this.#blocked & (1 << level)) === 0);
    }
    return found;
  }

  /** Adds what the last run reached and no run before it. */
  #collect(start: number, key: string, level: number, targets: TargetKind, found: ReachedTarget[]): void {
    const graph = this.#graph;
    const { entitlements, keys } = graph;
    const queue = this.#queue;
    const modes = this.#modes;
    const reported = this.#reported;
    const report = this.#report;
    const certainty = CERTAINTIES[level] ?? "eligible";
    const all = targets === "all";
    reported[start] = report;
    for (let position = 1; position < this.#tail; position++) {
      const node = at(queue, position);
      const isInside = at(modes, position) === MODE.inside;
      if (isInside ? at(entitlements, node) === 0 : !all) continue;
      if (at(reported, node) === report) continue;
      reported[node] = report;
      found.push({ start: key, target: keys[node] ?? "", certainty, path: this.#path(position) });
      this.nodes.push(node);
    }
  }

  #path(position: number): readonly PathEdge[] {
    const graph = this.#graph;
    const parent = this.#parent;
    const via = this.#via;
    const node = at(this.#queue, position);
    const on = at(this.#modes, position) === MODE.inside ? resourceEdge(graph, node) : undefined;
    let length = on === undefined ? 0 : 1;
    for (let p = position; p > 0; p = at(parent, p)) length += 1;
    const path = new Array<PathEdge>(length);
    if (on !== undefined) path[--length] = graph.edge(on);
    for (let p = position; p > 0; p = at(parent, p)) path[--length] = graph.edge(at(via, p));
    return path;
  }

  #run(start: number, level: number): void {
    const { nodeCount, offsets, kinds, targets, entitlements, impersonating } = this.#graph;
    const queue = this.#queue;
    const modes = this.#modes;
    const stamp = this.#stamp;
    const tied = this.#tied;
    const parent = this.#parent;
    const via = this.#via;
    const open = this.#open;
    const within = this.#within;
    this.#mark += 1;
    const mark = this.#mark;
    this.#blocked = 0;
    queue[0] = start;
    modes[0] = startMode(this.#graph.groups, start);
    stamp[at(modes, 0) * nodeCount + start] = mark;
    tied[0] = 0;
    let tail = 1;
    for (let head = 0; head < tail; head++) {
      if (head + 1 < tail && at(tied, head + 1) === 1) {
        let end = head + 2;
        while (end < tail && at(tied, end) === 1) end += 1;
        tail = this.#expandTied(head, end, tail, level);
        head = end - 1;
        continue;
      }
      const node = at(queue, head);
      const from = at(modes, head);
      if (from === MODE.inside && at(entitlements, node) === 1 && at(impersonating, node) === 0) continue;
      const pass = from * KINDS;
      const end = at(offsets, node + 1);
      let last = -1;
      for (let edge = at(offsets, node); edge < end; edge++) {
        const mode = at(PASS, pass + at(kinds, edge));
        if (mode === NONE) continue;
        const target = at(targets, edge);
        const next = mode * nodeCount + target;
        if (at(stamp, next) === mark) continue;
        if (within !== undefined && at(within, target * MODES + mode) === 0) continue;
        const certainty = at(open, edge);
        if (certainty > level) {
          if (certainty !== CLOSED) this.#blocked |= 1 << certainty;
          continue;
        }
        stamp[next] = mark;
        queue[tail] = target;
        modes[tail] = mode;
        parent[tail] = head;
        via[tail] = edge;
        tied[tail] = target === last ? 1 : 0;
        last = target;
        tail += 1;
      }
    }
    this.#tail = tail;
  }

  /** States of one key sequence stand at one node in different modes, and share its edges. Gives the new tail. */
  #expandTied(first: number, end: number, tail: number, level: number): number {
    const { nodeCount, offsets, kinds, targets } = this.#graph;
    const node = at(this.#queue, first);
    const stop = at(offsets, node + 1);
    let next = tail;
    for (let run = at(offsets, node); run < stop; ) {
      const target = at(targets, run);
      let runEnd = run + 1;
      while (runEnd < stop && at(targets, runEnd) === target) runEnd += 1;
      let tied = 0;
      for (let position = first; position < end; position++) {
        const from = at(this.#modes, position);
        if (isTerminal(this.#graph, node * MODES + from)) continue;
        for (let edge = run; edge < runEnd; edge++) {
          const mode = at(PASS, from * KINDS + at(kinds, edge));
          if (mode === NONE || !this.#mayEnter(target, mode, edge, level)) continue;
          this.#stamp[mode * nodeCount + target] = this.#mark;
          this.#queue[next] = target;
          this.#modes[next] = mode;
          this.#parent[next] = position;
          this.#via[next] = edge;
          this.#tied[next] = tied;
          tied = 1;
          next += 1;
        }
      }
      run = runEnd;
    }
    return next;
  }

  #mayEnter(target: number, mode: number, edge: number, level: number): boolean {
    if (at(this.#stamp, mode * this.#graph.nodeCount + target) === this.#mark) return false;
    if (this.#within !== undefined && at(this.#within, target * MODES + mode) === 0) return false;
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
