import type { GraphStore } from "../graph/index.js";
import { edgeOfRow, moreOfPacked, PACKED_COLUMNS } from "./edges.js";
import { type ReachGraph, ReachGraphBuilder } from "./graph.js";
import { KIND } from "./kinds.js";
import { PASSING_TYPES } from "./types.js";

export interface LoadOptions {
  readonly signal?: AbortSignal;
  /** Rows per batch. */
  readonly batchSize?: number;
}

const BATCH = 10_000;

/** The reads of a whole load, also for the differential test over all reads. All text is from the vocabulary. */
export const LOAD_QUERIES = {
  passing: PASSING_TYPES.map((type) => ({
    type,
    cypher: `MATCH (x:Entity)-[e:${type}]->(y:Entity) RETURN ${PACKED_COLUMNS}`,
  })),
  on: "MATCH (x:Entitlement)-[e:ON]->(y:Entity) RETURN x.key AS f, y.key AS t, e.disc AS d",
  impersonating: "MATCH (x:Entitlement) WHERE x.confers = 'impersonate' RETURN x.key AS k",
  groups: "MATCH (x:Group) RETURN x.key AS k",
  containedResources:
    "MATCH (x:Entity)-[e:CONTAINS]->(y:Resource) RETURN x.key AS f, y.key AS t, e.disc AS d",
  containedIdentities:
    "MATCH (x:Entity)-[e:CONTAINS]->(y:NonHumanIdentity) RETURN x.key AS f, y.key AS t, e.disc AS d",
} as const;

/**
 * Loads every edge that can pass access, once, for walks over a whole population. Memory is some 40 bytes an edge
 * and its nodes' keys once.
 */
export async function loadReachGraph(store: GraphStore, options: LoadOptions = {}): Promise<ReachGraph> {
  const builder = new ReachGraphBuilder();
  const read = (cypher: string) =>
    store.read(cypher, {
      batchSize: options.batchSize ?? BATCH,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
  for (const { type, cypher } of LOAD_QUERIES.passing)
    for await (const rows of read(cypher))
      for (const { k, more } of rows) {
        if (typeof k !== "string") continue;
        const split = k.indexOf("|");
        const from = k.slice(0, split);
        const to = k.slice(split + 1);
        const edge = more === null ? undefined : moreOfPacked(type, from, to, more);
        if (edge === undefined) builder.plain(KIND[type], from, to);
        else builder.edge(edge);
      }
  for await (const rows of read(LOAD_QUERIES.groups))
    for (const { k } of rows) if (typeof k === "string") builder.group(k);
  for await (const rows of read(LOAD_QUERIES.impersonating))
    for (const { k } of rows) if (typeof k === "string") builder.impersonates(k);
  for await (const rows of read(LOAD_QUERIES.on))
    for (const row of rows) {
      const edge = edgeOfRow("ON", row);
      if (edge !== undefined) builder.edge(edge);
    }
  const contained = [
    { cypher: LOAD_QUERIES.containedResources, identity: false },
    { cypher: LOAD_QUERIES.containedIdentities, identity: true },
  ];
  for (const { cypher, identity } of contained)
    for await (const rows of read(cypher))
      for (const row of rows) {
        const edge = edgeOfRow("CONTAINS", row, identity);
        if (edge !== undefined) builder.edge(edge);
      }
  return builder.build();
}
