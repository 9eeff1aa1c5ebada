import type { GraphStore, Params } from "../graph/index.js";
import { EDGE_TYPES, type EdgeType } from "../model/index.js";
import { domainProps, type Entity, type Properties, toEntity } from "./entities.js";
import { LAST, type PageRequest } from "./page.js";

/** `out`: where the edge leads to; `in`: where it comes from. */
export const DIRECTIONS = ["out", "in"] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** An entity at the other end of an edge. */
export interface Neighbour {
  readonly entity: Entity;
  /** The edge's own properties. */
  readonly edge: Properties;
  readonly disc: string;
}

/** One page of the neighbours of a node: the same page of each of many nodes is one query. */
export interface NeighbourPage {
  readonly type: EdgeType;
  readonly direction: Direction;
  readonly page: PageRequest;
}

/** Neighbours are ordered by key, then by what keeps parallel edges apart. No key holds the separator. */
export function neighbourKey({ entity, disc }: Neighbour): string {
  return `${entity.key}|${disc}`;
}

function neighbourQuery(type: EdgeType, direction: Direction, order: "ASC" | "DESC"): string {
  const pattern = direction === "out" ? `-[e:${type}]->` : `<-[e:${type}]-`;
  return `UNWIND $keys AS key MATCH (a:Entity {key: key}) CALL (a) { MATCH (a)${pattern}(b:Entity) WHERE (b.key > $afterKey OR (b.key = $afterKey AND e.disc > $afterDisc)) AND (b.key < $beforeKey OR (b.key = $beforeKey AND e.disc < $beforeDisc)) RETURN properties(e) AS edge, properties(b) AS node, b.key AS other, e.disc AS disc ORDER BY other ${order}, disc ${order} LIMIT $limit } RETURN a.key AS key, edge, node, other, disc`;
}

/** Statements per edge type, direction and order: made from the closed vocabulary once, never from a request. */
export const NEIGHBOUR_QUERIES: ReadonlyMap<string, string> = new Map(
  EDGE_TYPES.flatMap((type) =>
    DIRECTIONS.flatMap((direction) =>
      (["ASC", "DESC"] as const).map(
        (order) => [`${type} ${direction} ${order}`, neighbourQuery(type, direction, order)] as const,
      ),
    ),
  ),
);

/** Parameters of a neighbours' statement. */
export function neighbourParams(keys: readonly string[], page: PageRequest): Params {
  const [afterKey, afterDisc] = cut(page.after ?? "");
  const [beforeKey, beforeDisc] = cut(page.before ?? LAST);
  return { keys, afterKey, afterDisc, beforeKey, beforeDisc, limit: page.limit };
}

function cut(key: string): readonly [string, string] {
  const at = key.indexOf("|");
  return at < 0 ? [key, ""] : [key.slice(0, at), key.slice(at + 1)];
}

/** A page of the neighbours of each of these nodes, in the order of the page; one query for all of them. */
export async function neighbours(
  store: GraphStore,
  keys: readonly string[],
  { type, direction, page }: NeighbourPage,
  signal: AbortSignal,
): Promise<Neighbour[][]> {
  const text = NEIGHBOUR_QUERIES.get(`${type} ${direction} ${page.inverted ? "DESC" : "ASC"}`);
  if (text === undefined) throw new Error(`no statement for ${type}`);
  const found = new Map<string, Neighbour[]>(keys.map((key) => [key, []]));
  for (const row of await store.rows(text, neighbourParams(keys, page), signal)) {
    const entity = toEntity(row);
    if (entity === undefined || typeof row.key !== "string") continue;
    const disc = typeof row.disc === "string" ? row.disc : "";
    found.get(row.key)?.push({ entity, edge: domainProps(row.edge), disc });
  }
  const sign = page.inverted ? -1 : 1;
  for (const list of found.values()) list.sort((a, b) => sign * compare(a, b));
  return keys.map((key) => found.get(key) ?? []);
}

/** By key and then by discriminator, as the statement orders them. */
function compare(a: Neighbour, b: Neighbour): number {
  if (a.entity.key !== b.entity.key) return a.entity.key < b.entity.key ? -1 : 1;
  return a.disc < b.disc ? -1 : a.disc > b.disc ? 1 : 0;
}
