import type { GraphStore, Row } from "../graph/index.js";
import { EDGE_COLUMNS, edgeOfRow } from "./edges.js";
import { PASSING_TYPES, type ReachEdge, type ReachType } from "./types.js";

/** What a graph says of some nodes; each is asked for a node once. */
export interface Neighbours {
  /** Those of the keys that are groups. */
  groups(keys: readonly string[]): AsyncIterable<string>;
  /** Edges along which access passes from them. */
  passing(keys: readonly string[]): AsyncIterable<ReachEdge>;
  /** Those of the entitlements that confer impersonation. */
  impersonating(entitlements: readonly string[]): AsyncIterable<string>;
  /** ON edges of entitlements. */
  on(entitlements: readonly string[]): AsyncIterable<ReachEdge>;
  /** CONTAINS edges of resources, to resources and to identities. */
  contained(resources: readonly string[]): AsyncIterable<ReachEdge>;
}

/** Nodes asked for at a time. */
const BATCH = 2_000;

function stepQueries(columns: string, disc: string) {
  const step = (type: ReachType, to: string, more: string) =>
    `UNWIND $frontier AS k MATCH (x:Entity {key: k})-[e:${type}]->(y:${to}) RETURN x.key AS f, y.key AS t, ${more}`;
  return {
    passing: PASSING_TYPES.map((type) => ({ type, cypher: step(type, "Entity", columns) })),
    on: step("ON", "Entity", disc),
    impersonating:
      "UNWIND $frontier AS k MATCH (x:Entitlement {key: k}) WHERE x.confers = 'impersonate' RETURN x.key AS k",
    identities: "UNWIND $frontier AS k MATCH (x:NonHumanIdentity {key: k}) RETURN x.key AS k",
    groups: "UNWIND $frontier AS k MATCH (x:Group {key: k}) RETURN x.key AS k",
    containedResources: step("CONTAINS", "Resource", disc),
    containedIdentities: step("CONTAINS", "NonHumanIdentity", disc),
  } as const;
}

/** The one-hop reads of a walk from few starts, also for the differential test over all reads. */
export const STEP_QUERIES = stepQueries(EDGE_COLUMNS, "e.disc AS d");
/** The same, with who asserts each edge (column `q`). */
export const ASSERTED_STEP_QUERIES = stepQueries(
  `${EDGE_COLUMNS}, e.assertions AS q`,
  "e.disc AS d, e.assertions AS q",
);

/** An edge, and the row it was read from. */
export interface ReadEdge {
  readonly edge: ReachEdge;
  readonly row: Row;
}

/** One-hop reads of a store, in bounded batches. */
export class StoreNeighbours implements Neighbours {
  readonly #store: GraphStore;
  readonly #signal: AbortSignal | undefined;
  readonly #queries: typeof STEP_QUERIES;

  constructor(
    store: GraphStore,
    signal: AbortSignal | undefined,
    queries: typeof STEP_QUERIES = STEP_QUERIES,
  ) {
    this.#store = store;
    this.#signal = signal;
    this.#queries = queries;
  }

  groups(keys: readonly string[]) {
    return this.#keys(this.#queries.groups, keys);
  }

  /** Those of the keys that are identities of software. */
  identities(keys: readonly string[]) {
    return this.#keys(this.#queries.identities, keys);
  }

  async *passing(keys: readonly string[]) {
    for await (const { edge } of this.readPassing(keys)) yield edge;
  }

  impersonating(entitlements: readonly string[]) {
    return this.#keys(this.#queries.impersonating, entitlements);
  }

  async *on(entitlements: readonly string[]) {
    for await (const { edge } of this.readOn(entitlements)) yield edge;
  }

  async *contained(resources: readonly string[]) {
    for await (const { edge } of this.readContained(resources)) yield edge;
  }

  async *readPassing(keys: readonly string[]): AsyncGenerator<ReadEdge, void, undefined> {
    for (const { type, cypher } of this.#queries.passing) yield* this.#edges(type, cypher, keys, false);
  }

  readOn(entitlements: readonly string[]) {
    return this.#edges("ON", this.#queries.on, entitlements, false);
  }

  async *readContained(resources: readonly string[]): AsyncGenerator<ReadEdge, void, undefined> {
    yield* this.#edges("CONTAINS", this.#queries.containedResources, resources, false);
    yield* this.#edges("CONTAINS", this.#queries.containedIdentities, resources, true);
  }

  async *#edges(
    type: ReachType,
    cypher: string,
    keys: readonly string[],
    toIdentity: boolean,
  ): AsyncGenerator<ReadEdge, void, undefined> {
    for await (const row of this.#rows(cypher, keys)) {
      const edge = edgeOfRow(type, row, toIdentity);
      if (edge !== undefined) yield { edge, row };
    }
  }

  async *#keys(cypher: string, keys: readonly string[]): AsyncGenerator<string, void, undefined> {
    for await (const { k } of this.#rows(cypher, keys)) if (typeof k === "string") yield k;
  }

  async *#rows(cypher: string, frontier: readonly string[]): AsyncGenerator<Row, void, undefined> {
    const signal = this.#signal === undefined ? {} : { signal: this.#signal };
    for (let first = 0; first < frontier.length; first += BATCH) {
      const params = { frontier: frontier.slice(first, first + BATCH) };
      for await (const rows of this.#store.read(cypher, { params, ...signal })) yield* rows;
    }
  }
}
