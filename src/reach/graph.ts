import { at, Column } from "./columns.js";
import { isEntitlementKind, kindOf, TYPE_OF_KIND } from "./kinds.js";
import { CERTAINTIES, type PathEdge, type ReachEdge } from "./types.js";

/** The certainty of an edge that does not pass at the instant asked for. */
export const CLOSED = 255;

/**
 * The edges that reach needs, in compressed rows: a node is its rank among all keys, an edge its rank by
 * (from, to, edge id), so comparing numbers is comparing keys. Made by ReachGraphBuilder; never changes.
 */
export class ReachGraph {
  readonly #index: ReadonlyMap<string, number>;
  readonly #shown: (PathEdge | undefined)[];
  #openAt: { now: number; open: Uint8Array } | undefined;

  constructor(
    /** Keys in code-unit order. */
    readonly keys: readonly string[],
    /** First edge of each node; one longer than keys. */
    readonly offsets: Int32Array,
    readonly sources: Int32Array,
    readonly targets: Int32Array,
    readonly kinds: Uint8Array,
    /** Index into CERTAINTIES. */
    readonly certainties: Uint8Array,
    /** Discriminators (encoded) of the edges that have one. */
    readonly discriminators: ReadonlyMap<number, string>,
    /** When an edge passes, where it does not always. Epoch ms, end exclusive. */
    readonly windows: ReadonlyMap<number, { readonly startsAt: number; readonly endsAt: number }>,
    /** 1 for entitlements that confer impersonation of the identities inside their resource. */
    readonly impersonating: Uint8Array,
    /** 1 for groups, as labels say; only what starts a walk has to be known. */
    readonly groups: Uint8Array,
    /** 1 for entitlements: what HAS_ENTITLEMENT leads to. */
    readonly entitlements: Uint8Array,
    index: ReadonlyMap<string, number>,
  ) {
    this.#index = index;
    this.#shown = new Array<PathEdge | undefined>(targets.length);
  }

  get nodeCount(): number {
    return this.keys.length;
  }

  get edgeCount(): number {
    return this.targets.length;
  }

  indexOf(key: string): number | undefined {
    return this.#index.get(key);
  }

  keyOf(node: number): string {
    return this.keys[node] ?? "";
  }

  edgeIdOf(edge: number): string {
    const type = TYPE_OF_KIND[at(this.kinds, edge)] ?? "";
    const from = this.keyOf(at(this.sources, edge));
    const to = this.keyOf(at(this.targets, edge));
    return `${type}|${from}|${to}|${this.discriminators.get(edge) ?? ""}`;
  }

  /** The edge as outputs show it; one object per edge, however many paths share it. */
  edge(edge: number): PathEdge {
    const known = this.#shown[edge];
    if (known !== undefined) return known;
    const shown: PathEdge = {
      id: this.edgeIdOf(edge),
      type: TYPE_OF_KIND[at(this.kinds, edge)] ?? "MEMBER_OF",
      from: this.keyOf(at(this.sources, edge)),
      to: this.keyOf(at(this.targets, edge)),
    };
    this.#shown[edge] = shown;
    return shown;
  }

  /** Certainty of each edge at `now`, or CLOSED. Kept for the last instant asked for. */
  openAt(now: number): Uint8Array {
    if (this.windows.size === 0) return this.certainties;
    if (this.#openAt?.now !== now) {
      const open = this.certainties.slice();
      for (const [edge, { startsAt, endsAt }] of this.windows)
        if (now < startsAt || now >= endsAt) open[edge] = CLOSED;
      this.#openAt = { now, open };
    }
    return this.#openAt.open;
  }
}

/** Takes edges in any order and ranks them. */
export class ReachGraphBuilder {
  readonly #ids = new Map<string, number>();
  readonly #keys: string[] = [];
  readonly #from = new Column((length) => new Int32Array(length));
  readonly #to = new Column((length) => new Int32Array(length));
  readonly #kind = new Column((length) => new Uint8Array(length));
  readonly #certainty = new Column((length) => new Uint8Array(length));
  readonly #discriminators = new Map<number, string>();
  readonly #windows = new Map<number, { startsAt: number; endsAt: number }>();
  readonly #impersonating = new Set<string>();
  readonly #groups = new Set<string>();
  #lastFrom: string | undefined;
  #lastId = 0;

  /** Makes a node known that may have no edge. */
  node(key: string): number {
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.#keys.length;
    this.#ids.set(key, id);
    this.#keys.push(key);
    return id;
  }

  has(key: string): boolean {
    return this.#ids.has(key);
  }

  group(key: string): void {
    this.#groups.add(key);
  }

  impersonates(entitlement: string): void {
    this.#impersonating.add(entitlement);
  }

  get anyImpersonates(): boolean {
    return this.#impersonating.size > 0;
  }

  /** An edge of which there is nothing more to say: active, always, without a discriminator. */
  plain(kind: number, from: string, to: string): void {
    // Reads give many edges of one node in a row.
    if (from !== this.#lastFrom) {
      this.#lastFrom = from;
      this.#lastId = this.node(from);
    }
    this.#from.push(this.#lastId);
    this.#to.push(this.node(to));
    this.#kind.push(kind);
    this.#certainty.push(0);
  }

  edge(edge: ReachEdge): void {
    const id = this.#from.length;
    this.#from.push(this.node(edge.from));
    this.#to.push(this.node(edge.to));
    this.#kind.push(kindOf(edge));
    this.#certainty.push(CERTAINTIES.indexOf(edge.certainty));
    if (edge.discriminator !== "") this.#discriminators.set(id, edge.discriminator);
    if (edge.startsAt !== undefined || edge.endsAt !== undefined)
      this.#windows.set(id, {
        startsAt: edge.startsAt ?? Number.NEGATIVE_INFINITY,
        endsAt: edge.endsAt ?? Number.POSITIVE_INFINITY,
      });
  }

  build(): ReachGraph {
    const nodes = this.#keys.length;
    const edges = this.#from.length;
    const keys = this.#keys.slice().sort();
    const index = new Map<string, number>();
    const rank = new Int32Array(nodes);
    keys.forEach((key, position) => {
      index.set(key, position);
      rank[this.#ids.get(key) ?? 0] = position;
    });
    const from = ranked(this.#from.view(), edges, rank);
    const to = ranked(this.#to.view(), edges, rank);
    // Two stable counting sorts: by target, then by source, give rows sorted by target.
    const order = countingOrder(from, countingOrder(to, identity(edges), nodes).order, nodes);
    const rows = order.order;
    this.#sortParallel(rows, from, to);

    const kinds = new Uint8Array(edges);
    const certainties = new Uint8Array(edges);
    const sources = new Int32Array(edges);
    const targets = new Int32Array(edges);
    const discriminators = new Map<number, string>();
    const windows = new Map<number, { startsAt: number; endsAt: number }>();
    const entitlements = new Uint8Array(nodes);
    const anyExtra = this.#discriminators.size > 0 || this.#windows.size > 0;
    for (let edge = 0; edge < edges; edge++) {
      const raw = at(rows, edge);
      const kind = at(this.#kind.view(), raw);
      kinds[edge] = kind;
      certainties[edge] = at(this.#certainty.view(), raw);
      sources[edge] = at(from, raw);
      const target = at(to, raw);
      targets[edge] = target;
      if (isEntitlementKind(kind)) entitlements[target] = 1;
      if (!anyExtra) continue;
      const discriminator = this.#discriminators.get(raw);
      if (discriminator !== undefined) discriminators.set(edge, discriminator);
      const window = this.#windows.get(raw);
      if (window !== undefined) windows.set(edge, window);
    }
    return new ReachGraph(
      keys,
      order.offsets,
      sources,
      targets,
      kinds,
      certainties,
      discriminators,
      windows,
      flags(this.#impersonating, index, nodes),
      flags(this.#groups, index, nodes),
      entitlements,
      index,
    );
  }

  /** Parallel edges stand side by side after the counting sorts; they are put in the order of their ids. */
  #sortParallel(rows: Int32Array, from: Int32Array, to: Int32Array): void {
    const name = (raw: number) =>
      `${TYPE_OF_KIND[at(this.#kind.view(), raw)] ?? ""}|${this.#discriminators.get(raw) ?? ""}`;
    let start = 0;
    for (let end = 1; end <= rows.length; end++) {
      const first = at(rows, start);
      const next = end < rows.length ? at(rows, end) : -1;
      if (next >= 0 && at(from, next) === at(from, first) && at(to, next) === at(to, first)) continue;
      if (end - start > 1) {
        const sorted = Array.from(rows.subarray(start, end), (raw) => ({ raw, name: name(raw) }));
        sorted.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
        sorted.forEach(({ raw }, offset) => {
          rows[start + offset] = raw;
        });
      }
      start = end;
    }
  }
}

function identity(length: number): Int32Array {
  const array = new Int32Array(length);
  for (let i = 0; i < length; i++) array[i] = i;
  return array;
}

function ranked(column: Int32Array, length: number, rank: Int32Array): Int32Array {
  const out = new Int32Array(length);
  for (let i = 0; i < length; i++) out[i] = at(rank, at(column, i));
  return out;
}

/** Puts `items` in the order of `values[item]`, keeping their order where values are equal. */
export function countingOrder(
  values: Int32Array,
  items: Int32Array,
  range: number,
): { order: Int32Array; offsets: Int32Array } {
  const offsets = new Int32Array(range + 1);
  for (const item of items) {
    const slot = at(values, item) + 1;
    offsets[slot] = at(offsets, slot) + 1;
  }
  for (let i = 0; i < range; i++) offsets[i + 1] = at(offsets, i + 1) + at(offsets, i);
  const next = offsets.slice(0, range);
  const order = new Int32Array(items.length);
  for (const item of items) {
    const value = at(values, item);
    const position = at(next, value);
    order[position] = item;
    next[value] = position + 1;
  }
  return { order, offsets };
}

function flags(keys: Iterable<string>, index: ReadonlyMap<string, number>, nodes: number): Uint8Array {
  const out = new Uint8Array(nodes);
  for (const key of keys) {
    const node = index.get(key);
    if (node !== undefined) out[node] = 1;
  }
  return out;
}
