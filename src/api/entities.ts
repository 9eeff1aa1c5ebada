import type { CellValue, GraphStore, Row } from "../graph/index.js";
import { EDGE_TYPES, type EdgeType, type NodeLabel } from "../model/index.js";

/** A node of the access graph, with its domain properties. */
export interface Entity {
  readonly key: string;
  readonly label: string;
  readonly provider: string | null;
  readonly name: string;
  readonly props: Readonly<Record<string, CellValue>>;
}

export interface Neighbour {
  readonly entity: Entity;
  /** The edge's own properties. */
  readonly edge: Readonly<Record<string, CellValue>>;
}

/** Properties that are the store's bookkeeping and nobody's answer. */
const BOOKKEEPING = new Set(["assertions", "claims", "disc"]);

function isMap(value: CellValue | undefined): value is { readonly [key: string]: CellValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function domainProps(value: CellValue | undefined): Readonly<Record<string, CellValue>> {
  if (!isMap(value)) return {};
  return Object.fromEntries(Object.entries(value).filter(([name]) => !BOOKKEEPING.has(name)));
}

/** Reads an entity out of a row that has its properties under `column`. */
export function toEntity(row: Row, column: string): Entity | undefined {
  const props = domainProps(row[column]);
  const { key, label, provider, name } = props;
  if (typeof key !== "string") return undefined;
  return {
    key,
    label: typeof label === "string" ? label : "Unresolved",
    provider: typeof provider === "string" ? provider : null,
    name: typeof name === "string" ? name : key,
    props,
  };
}

/** Entities of these keys, in their order; one query. */
export async function entitiesByKey(
  store: GraphStore,
  keys: readonly string[],
  signal: AbortSignal,
): Promise<(Entity | undefined)[]> {
  const rows = await store.rows(
    "UNWIND $keys AS key MATCH (n:Entity {key: key}) RETURN properties(n) AS node",
    { keys },
    signal,
  );
  const found = new Map<string, Entity>();
  for (const row of rows) {
    const entity = toEntity(row, "node");
    if (entity !== undefined) found.set(entity.key, entity);
  }
  return keys.map((key) => found.get(key));
}

/** Statement text per edge type and direction: made from the closed vocabulary once, never from a request. */
const NEIGHBOURS = new Map(
  EDGE_TYPES.flatMap((type) =>
    (["out", "in"] as const).map((direction) => {
      const [left, right] = direction === "out" ? ["-", "->"] : ["<-", "-"];
      return [
        `${type} ${direction}`,
        `UNWIND $keys AS key MATCH (a:Entity {key: key}) CALL (a) { MATCH (a)${left}[e:${type}]${right}(b:Entity) RETURN properties(e) AS edge, properties(b) AS node, b.key AS other ORDER BY other LIMIT $limit } RETURN a.key AS key, edge, node`,
      ] as const;
    }),
  ),
);

/** The first neighbours by key of each of these nodes; one query for all of them. */
export async function neighbours(
  store: GraphStore,
  wanted: {
    readonly type: EdgeType;
    readonly direction: "out" | "in";
    readonly keys: readonly string[];
    readonly limit: number;
  },
  signal: AbortSignal,
): Promise<Neighbour[][]> {
  const text = NEIGHBOURS.get(`${wanted.type} ${wanted.direction}`);
  if (text === undefined) throw new Error(`no statement for ${wanted.type}`);
  const rows = await store.rows(text, { keys: wanted.keys, limit: wanted.limit }, signal);
  const found = new Map<string, Neighbour[]>(wanted.keys.map((key) => [key, []]));
  for (const row of rows) {
    const entity = toEntity(row, "node");
    if (entity === undefined || typeof row.key !== "string") continue;
    found.get(row.key)?.push({ entity, edge: domainProps(row.edge) });
  }
  for (const list of found.values()) {
    list.sort((a, b) => (a.entity.key < b.entity.key ? -1 : a.entity.key > b.entity.key ? 1 : 0));
  }
  return wanted.keys.map((key) => found.get(key) ?? []);
}

export interface PageRequest {
  readonly after?: string | undefined;
  readonly before?: string | undefined;
  readonly limit: number;
  /** From the end backwards. */
  readonly inverted: boolean;
}

/** What lists can be narrowed by: equality on these properties only. */
export type EntityFilter = Readonly<
  Partial<Record<"status" | "accountType" | "managedBy" | "nhiType" | "credentialType", string>>
>;

/** One page of entities of a label, by key. The cursor is the key, so it stays good while rows come and go. */
export async function entityPage(
  store: GraphStore,
  label: NodeLabel,
  page: PageRequest,
  filter: EntityFilter,
  signal: AbortSignal,
): Promise<Entity[]> {
  const conditions = ["n.key > $after", "n.key < $before"];
  const params: Record<string, string | number> = {
    after: page.after ?? "",
    before: page.before ?? "\uffff",
    limit: page.limit,
  };
  for (const property of ["status", "accountType", "managedBy", "nhiType", "credentialType"] as const) {
    const value = filter[property];
    if (value === undefined) continue;
    conditions.push(`n.${property} = $${property}`);
    params[property] = value;
  }
  const rows = await store.rows(
    `MATCH (n:${label}) WHERE ${conditions.join(" AND ")} RETURN properties(n) AS node, n.key AS key ORDER BY key ${page.inverted ? "DESC" : "ASC"} LIMIT $limit`,
    params,
    signal,
  );
  return rows.flatMap((row) => toEntity(row, "node") ?? []);
}
