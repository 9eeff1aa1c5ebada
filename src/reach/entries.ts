import { at } from "./columns.js";
import { CLOSED, type ReachGraph } from "./graph.js";
import { KINDS, MODE, MODES, NONE, PASS } from "./kinds.js";
import { isTerminal, startMode } from "./search.js";

/** Bits of a 32-bit mask: so many entry edges are followed at once. */
const CHUNK = 32;

/**
 * Which of a start's own outgoing edges lie on any path to which target, whatever its certainty. Each state holds
 * the set of entry edges it was reached through, and hands it on until nothing changes; a path that returns to the
 * start is none, because its later entry edge would do alone.
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
  #touched: number[] = [];

  constructor(graph: ReachGraph, now: number) {
    const states = graph.nodeCount * MODES;
    this.#graph = graph;
    this.#open = graph.openAt(now);
    this.#mask = new Int32Array(states);
    this.#stamp = new Int32Array(states);
    this.#ring = new Int32Array(states + 1);
    this.#waiting = new Uint8Array(states);
  }

  /** Entry edges of each node that the start reaches as a target, in order. */
  of(start: number): ReadonlyMap<number, readonly number[]> {
    const entries = this.#entryEdges(start);
    const found = new Map<number, number[]>();
    for (let first = 0; first < entries.length; first += CHUNK) {
      const chunk = entries.slice(first, first + CHUNK);
      this.#spread(start, chunk);
      for (const [node, mask] of this.#masks()) {
        const list = found.get(node) ?? [];
        if (list.length === 0) found.set(node, list);
        chunk.forEach(({ edge }, bit) => {
          if ((mask & (1 << bit)) !== 0) list.push(edge);
        });
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
    this.#mark += 1;
    this.#touched = [];
    chunk.forEach(({ state }, bit) => {
      this.#add(state, 1 << bit);
    });
    while (this.#head !== this.#tail) {
      const state = at(this.#ring, this.#head);
      this.#head = (this.#head + 1) % this.#ring.length;
      this.#waiting[state] = 0;
      if (isTerminal(this.#graph, state)) continue;
      const node = state >> 2;
      const pass = (state & 3) * KINDS;
      const mask = at(this.#mask, state);
      const end = at(offsets, node + 1);
      for (let edge = at(offsets, node); edge < end; edge++) {
        const mode = at(PASS, pass + at(kinds, edge));
        if (mode === NONE || at(this.#open, edge) === CLOSED) continue;
        const target = at(targets, edge);
        if (target !== start) this.#add(target * MODES + mode, mask);
      }
    }
  }

  #add(state: number, mask: number): void {
    if (at(this.#stamp, state) !== this.#mark) {
      this.#stamp[state] = this.#mark;
      this.#mask[state] = 0;
      this.#touched.push(state);
    }
    const before = at(this.#mask, state);
    const after = before | mask;
    if (after === before) return;
    this.#mask[state] = after;
    if (at(this.#waiting, state) === 1) return;
    this.#waiting[state] = 1;
    this.#ring[this.#tail] = state;
    this.#tail = (this.#tail + 1) % this.#ring.length;
  }

  #masks(): ReadonlyMap<number, number> {
    const masks = new Map<number, number>();
    for (const state of this.#touched) {
      const node = state >> 2;
      if ((state & 3) === MODE.inside && at(this.#graph.entitlements, node) === 0) continue;
      masks.set(node, (masks.get(node) ?? 0) | at(this.#mask, state));
    }
    return masks;
  }
}
