import { at } from "./columns.js";
import { CLOSED, type ReachGraph } from "./graph.js";
import { KINDS, MODE, MODES, NONE, PASS } from "./kinds.js";
import { isTerminal, startMode } from "./search.js";

/** Bits of a 32-bit mask: so many entry edges are followed at once. */
const CHUNK = 32;

/**
 * Which of a start's own outgoing edges lie on any path to which target, whatever its certainty. Each state holds
 * the set of entry edges it was reached through, and hands it on until nothing changes; a path that returns to the
 * start is none, because its later entry edge would do alone. (But where it left as a group's member and comes back
 * acting as the group, it can do more than before.)
 */
export class Entries {
  readonly #graph: ReachGraph;
  readonly #open: Uint8Array;
  readonly #mask: Int32Array;
  readonly #stamp: Int32Array;
  /** Ring of states whose set grew; a state waits in it once. */
  readonly #ring: Int32Array;
  readonly #waiting: Uint8Array;
  #mark = 0;
  #head = 0;
  #tail = 0;

  constructor(graph: ReachGraph, now: number) {
    const states = graph.nodeCount * MODES;
    this.#graph = graph;
    this.#open = graph.openAt(now);
    this.#mask = new Int32Array(states);
    this.#stamp = new Int32Array(states);
    this.#ring = new Int32Array(states + 1);
    this.#waiting = new Uint8Array(states);
  }

  /** For each of some targets of a start the entry edges that lead to it, in order. */
  of(start: number, targets: readonly number[]): readonly (readonly number[])[] {
    const entries = this.#entryEdges(start);
    const [only, another] = entries;
    if (only !== undefined && another === undefined) return targets.map(() => [only.edge]);
    const found: number[][] = targets.map(() => []);
    for (let first = 0; first < entries.length; first += CHUNK) {
      const chunk = entries.slice(first, first + CHUNK);
      this.#spread(start, chunk);
      for (const [i, target] of targets.entries()) {
        const mask = this.#maskOf(target);
        const edges = found[i];
        for (let bit = 0; bit < chunk.length && edges !== undefined; bit++)
          if ((mask & (1 << bit)) !== 0) edges.push(chunk[bit]?.edge ?? 0);
      }
    }
    return found;
  }

  #entryEdges(start: number): readonly { edge: number; state: number }[] {
    const { offsets, kinds, targets, groups } = this.#graph;
    const pass = startMode(groups, start) * KINDS;
    const entries: { edge: number; state: number }[] = [];
    for (let edge = at(offsets, start); edge < at(offsets, start + 1); edge++) {
      const mode = at(PASS, pass + at(kinds, edge));
      if (mode === NONE || at(this.#open, edge) === CLOSED || at(targets, edge) === start) continue;
      entries.push({ edge, state: at(targets, edge) * MODES + mode });
    }
    return entries;
  }

  #spread(start: number, chunk: readonly { state: number }[]): void {
    const { offsets, kinds, targets } = this.#graph;
    const open = this.#open;
    const ring = this.#ring;
    const masks = this.#mask;
    const startsAsItself = startMode(this.#graph.groups, start) === MODE.self;
    this.#mark += 1;
    chunk.forEach(({ state }, bit) => {
      this.#add(state, 1 << bit);
    });
    while (this.#head !== this.#tail) {
      const state = at(ring, this.#head);
      this.#head = this.#head + 1 === ring.length ? 0 : this.#head + 1;
      this.#waiting[state] = 0;
      if (isTerminal(this.#graph, state)) continue;
      const node = state >> 2;
      const pass = (state & 3) * KINDS;
      const mask = at(masks, state);
      const end = at(offsets, node + 1);
      for (let edge = at(offsets, node); edge < end; edge++) {
        const mode = at(PASS, pass + at(kinds, edge));
        if (mode === NONE || at(open, edge) === CLOSED) continue;
        const target = at(targets, edge);
        if (target !== start || (mode === MODE.self && !startsAsItself))
          this.#add(target * MODES + mode, mask);
      }
    }
  }

  #add(state: number, mask: number): void {
    const before = at(this.#stamp, state) === this.#mark ? at(this.#mask, state) : 0;
    const after = before | mask;
    this.#stamp[state] = this.#mark;
    this.#mask[state] = after;
    if (after === before || at(this.#waiting, state) === 1) return;
    this.#waiting[state] = 1;
    this.#ring[this.#tail] = state;
    this.#tail = this.#tail + 1 === this.#ring.length ? 0 : this.#tail + 1;
  }

  /** The entry edges that lead to a node as a target: a resource within which one may impersonate is none. */
  #maskOf(node: number): number {
    const modes = at(this.#graph.entitlements, node) === 1 ? MODES : MODE.inside;
    let mask = 0;
    for (let state = node * MODES; state < node * MODES + modes; state++)
      if (at(this.#stamp, state) === this.#mark) mask |= at(this.#mask, state);
    return mask;
  }
}
