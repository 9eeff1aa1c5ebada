import type { GraphStore, Row } from "../graph/index.js";
import { EDGE_COLUMNS, edgeOfRow } from "./edges.js";
import { type ReachGraph, ReachGraphBuilder } from "./graph.js";
import { PASSING_TYPES, type ReachedTarget, type ReachType } from "./types.js";
import { type WalkOptions, walkAll } from "./walk.js";

/** Nodes asked for at a time. */
const BATCH = 2_000;

const step = (type: ReachType, columns: string) =>
  `UNWIND $frontier AS k MATCH (x:Entity {key: k})-[e:${type}]->(y:Entity) RETURN x.key AS f, y.key AS t, ${columns}`;

/** The one-hop reads of a walk from few starts, also for the differential test over all reads. */
export const STEP_QUERIES = {
  passing: PASSING_TYPES.map((type) => ({ type, cypher: step(type, EDGE_COLUMNS) })),
  on: step("ON", "e.disc AS d"),
  impersonating:
    "UNWIND $frontier AS k MATCH (x:Entitlement {key: k}) WHERE x.confers = 'impersonate' RETURN x.key AS k",
  groups: "UNWIND $frontier AS k MATCH (x:Group {key: k}) RETURN x.key AS k",
  containedResources:
    "UNWIND $frontier AS k MATCH (x:Entity {key: k})-[e:CONTAINS]->(y:Resource) RETURN x.key AS f, y.key AS t, e.disc AS d",
  containedIdentities:
    "UNWIND $frontier AS k MATCH (x:Entity {key: k})-[e:CONTAINS]->(y:NonHumanIdentity) RETURN x.key AS f, y.key AS t, e.disc AS d",
} as const;

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
  return new Frontier(store, signal).from(starts);
}

class Frontier {
  readonly #store: GraphStore;
  readonly #signal: AbortSignal | undefined;
  readonly #builder = new ReachGraphBuilder();
  /** Nodes whose passing edges were asked for; entitlements; and nodes whose contents were. */
  readonly #principals = new Set<string>();
  readonly #entitlements = new Set<string>();
  readonly #containers = new Set<string>();

  constructor(store: GraphStore, signal: AbortSignal | undefined) {
    this.#store = store;
    this.#signal = signal;
  }

  async from(starts: readonly string[]): Promise<ReachGraph> {
    let principals = unseen(starts, this.#principals);
    for await (const { k } of this.#read(STEP_QUERIES.groups, principals))
      if (typeof k === "string") this.#builder.group(k);
    while (principals.length > 0) {
      const found = await this.#passing(principals);
      const inside = await this.#inside(found.entitlements);
      principals = unseen([...found.principals, ...inside], this.#principals);
    }
    return this.#builder.build();
  }

  /** One step from principals: what they are or become, and the entitlements they hold. */
  async #passing(frontier: readonly string[]): Promise<{ principals: string[]; entitlements: string[] }> {
    const principals: string[] = [];
    const entitlements: string[] = [];
    for (const { type, cypher } of STEP_QUERIES.passing)
      for await (const row of this.#read(cypher, frontier)) {
        const edge = edgeOfRow(type, row);
        if (edge === undefined) continue;
        this.#builder.edge(edge);
        (type === "HAS_ENTITLEMENT" ? entitlements : principals).push(edge.to);
      }
    return { principals, entitlements: unseen(entitlements, this.#entitlements) };
  }

  /** The resources of new entitlements, and the identities inside those that may be impersonated. */
  async #inside(entitlements: readonly string[]): Promise<readonly string[]> {
    const impersonating = new Set<string>();
    for await (const { k } of this.#read(STEP_QUERIES.impersonating, entitlements))
      if (typeof k === "string") {
        this.#builder.impersonates(k);
        impersonating.add(k);
      }
    const resources: string[] = [];
    for await (const row of this.#read(STEP_QUERIES.on, entitlements)) {
      const edge = edgeOfRow("ON", row);
      if (edge === undefined) continue;
      this.#builder.edge(edge);
      if (impersonating.has(edge.from)) resources.push(edge.to);
    }
    const identities: string[] = [];
    let containers = unseen(resources, this.#containers);
    while (containers.length > 0) {
      const next: string[] = [];
      for await (const row of this.#read(STEP_QUERIES.containedResources, containers)) {
        const edge = edgeOfRow("CONTAINS", row);
        if (edge === undefined) continue;
        this.#builder.edge(edge);
        next.push(edge.to);
      }
      for await (const row of this.#read(STEP_QUERIES.containedIdentities, containers)) {
        const edge = edgeOfRow("CONTAINS", row, true);
        if (edge === undefined) continue;
        this.#builder.edge(edge);
        identities.push(edge.to);
      }
      containers = unseen(next, this.#containers);
    }
    return identities;
  }

  async *#read(cypher: string, frontier: readonly string[]): AsyncGenerator<Row, void, undefined> {
    for (let first = 0; first < frontier.length; first += BATCH) {
      const params = { frontier: frontier.slice(first, first + BATCH) };
      const signal = this.#signal === undefined ? {} : { signal: this.#signal };
      for await (const rows of this.#store.read(cypher, { params, ...signal })) yield* rows;
    }
  }
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
