import type { CellValue, GraphStore, Row } from "../graph/index.js";

/** A node of the access graph, with its domain properties. */
export interface Entity {
  readonly key: string;
  readonly label: string;
  readonly provider: string | null;
  readonly name: string;
  readonly props: Properties;
}

export type Properties = Readonly<Record<string, CellValue>>;

/** Properties that are the store's bookkeeping and nobody's answer. */
const BOOKKEEPING = new Set(["assertions", "claims", "disc"]);

/** The domain's properties in a map of properties. */
export function domainProps(value: CellValue | undefined): Properties {
  if (!isMap(value)) return {};
  return Object.fromEntries(Object.entries(value).filter(([name]) => !BOOKKEEPING.has(name)));
}

function isMap(value: CellValue | undefined): value is { readonly [key: string]: CellValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Reads an entity out of a row that has its properties as `node`. */
export function toEntity({ node }: Row): Entity | undefined {
  const props = domainProps(node);
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

export const ENTITY_QUERY = "UNWIND $keys AS key MATCH (n:Entity {key: key}) RETURN properties(n) AS node";

/** Entities of these keys, in their order; one query. */
export async function entitiesByKey(
  store: GraphStore,
  keys: readonly string[],
  signal: AbortSignal,
): Promise<(Entity | undefined)[]> {
  const found = new Map<string, Entity>();
  for (const row of await store.rows(ENTITY_QUERY, { keys }, signal)) {
    const entity = toEntity(row);
    if (entity !== undefined) found.set(entity.key, entity);
  }
  return keys.map((key) => found.get(key));
}
