import { edgeOfFlat, flatOfRow } from "./edges.js";
import type { Neighbours, ReadEdge, StoreNeighbours } from "./neighbours.js";
import type { Flat } from "./past.js";
import { isTexts, type PastReads } from "./past-reads.js";
import { PASSING_TYPES, type ReachEdge, type ReachType } from "./types.js";

/**
 * The neighbours that nodes may have had at an instant: what is there now, and what was there and is gone. Which
 * edges and impersonations surely were is noted on the way.
 */
export class PastNeighbours implements Neighbours {
  readonly sureEdges: ReachEdge[] = [];
  readonly surelyImpersonating: string[] = [];
  readonly #now: StoreNeighbours;
  readonly #reads: PastReads;

  constructor(now: StoreNeighbours, reads: PastReads) {
    this.#now = now;
    this.#reads = reads;
  }

  groups(keys: readonly string[]) {
    return this.#now.groups(keys);
  }

  async *passing(keys: readonly string[]) {
    yield* this.#edges(this.#now.readPassing(keys), keys, PASSING_TYPES, new Set());
  }

  async *on(entitlements: readonly string[]) {
    yield* this.#edges(this.#now.readOn(entitlements), entitlements, ["ON"], new Set());
  }

  async *contained(resources: readonly string[]) {
    const ends = resources.flatMap((key) =>
      this.#reads.changedEdges(key, "CONTAINS").map((id) => id.split("|")[2] ?? ""),
    );
    const identities = new Set(ends.filter((key) => this.#reads.wasIdentity(key)));
    for await (const key of this.#now.identities(ends)) identities.add(key);
    yield* this.#edges(this.#now.readContained(resources), resources, ["CONTAINS"], identities);
  }

  async *impersonating(entitlements: readonly string[]) {
    const now = new Set<string>();
    for await (const key of this.#now.impersonating(entitlements)) now.add(key);
    for (const key of entitlements) {
      if (!this.#reads.hasChanged(key)) {
        if (!now.has(key)) continue;
        this.surelyImpersonating.push(key);
        yield key;
        continue;
      }
      const current: Flat = now.has(key) ? { confers: "impersonate" } : {};
      const { variants } = this.#reads.past(key, current, []);
      const conferring = variants.filter(({ confers }) => confers === "impersonate").length;
      if (conferring === 0) continue;
      if (conferring === variants.length) this.surelyImpersonating.push(key);
      yield key;
    }
  }

  async *#edges(
    present: AsyncIterable<ReadEdge>,
    keys: readonly string[],
    types: readonly ReachType[],
    identities: ReadonlySet<string>,
  ): AsyncGenerator<ReachEdge, void, undefined> {
    const seen = new Set<string>();
    for await (const { edge, row } of present) {
      const id = `${edge.type}|${edge.from}|${edge.to}|${edge.discriminator}`;
      seen.add(id);
      yield* this.#then(edge.type, id, flatOfRow(row), isTexts(row.q) ? row.q : [], edge.toIdentity);
    }
    for (const key of keys)
      for (const type of types)
        for (const id of this.#reads.changedEdges(key, type))
          if (!seen.has(id))
            yield* this.#then(type, id, undefined, [], identities.has(id.split("|")[2] ?? ""));
  }

  *#then(
    type: ReachType,
    id: string,
    current: Flat | undefined,
    assertions: readonly string[],
    toIdentity: boolean,
  ): Generator<ReachEdge, void, undefined> {
    const { state, variants } = this.#reads.past(id, current, assertions);
    const edges = variants.flatMap((flat) => edgeOfFlat(type, id, flat, toIdentity) ?? []);
    // It was there, but which of two things it said is not known: then neither is sure.
    const [only, another] = edges;
    if (state === "held" && only !== undefined && another === undefined) this.sureEdges.push(only);
    yield* edges;
  }
}
