import type { GraphStore, Params } from "../graph/index.js";
import type { NodeLabel } from "../model/index.js";
import { type Entity, toEntity } from "./entities.js";
import { LAST, type PageRequest } from "./page.js";

/** Connections at the root, and the properties that each can be narrowed by. */
export const LISTS = [
  { field: "people", label: "Person", filters: [] },
  { field: "employments", label: "Employment", filters: ["status", "type"] },
  { field: "accounts", label: "Account", filters: ["status", "accountType"] },
  { field: "nonHumanIdentities", label: "NonHumanIdentity", filters: ["status", "managedBy", "nhiType"] },
  { field: "credentials", label: "Credential", filters: ["status", "credentialType"] },
] as const satisfies readonly {
  readonly field: string;
  readonly label: NodeLabel;
  readonly filters: readonly string[];
}[];
export type List = (typeof LISTS)[number];

function pageQuery({ label, filters }: List, order: "ASC" | "DESC"): string {
  // A missing status is `unknown`, and is found by that.
  const narrowed = filters.map(
    (name) => ` AND ($${name} IS NULL OR coalesce(n.${name}, 'unknown') = $${name})`,
  );
  return `MATCH (n:${label}) WHERE n.key > $after AND n.key < $before${narrowed.join("")} WITH n ORDER BY n.key ${order} LIMIT $limit RETURN properties(n) AS node, n.key AS key ORDER BY key ${order}`;
}

/** Statements of the lists, both ways, by field: made from the closed vocabulary once, never from a request. */
export const LIST_QUERIES: ReadonlyMap<string, { readonly up: string; readonly down: string }> = new Map(
  LISTS.map((list) => [list.field, { up: pageQuery(list, "ASC"), down: pageQuery(list, "DESC") }]),
);

/** Parameters of a list's statement; what is not narrowed is null. */
export function listParams(list: List, page: PageRequest, filter: Readonly<Record<string, unknown>>): Params {
  const narrowed = list.filters.map((name) => {
    const value = filter[name];
    return [name, typeof value === "string" ? value : null] as const;
  });
  return {
    ...Object.fromEntries(narrowed),
    after: page.after ?? "",
    before: page.before ?? LAST,
    limit: page.limit,
  };
}

/** One page of entities of a label, by key. The cursor is the key, so it stays good while rows come and go. */
export async function entityPage(
  store: GraphStore,
  list: List,
  page: PageRequest,
  filter: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<Entity[]> {
  const queries = LIST_QUERIES.get(list.field);
  if (queries === undefined) throw new Error(`no statement for ${list.field}`);
  const rows = await store.rows(
    page.inverted ? queries.down : queries.up,
    listParams(list, page, filter),
    signal,
  );
  return rows.flatMap((row) => toEntity(row) ?? []);
}
