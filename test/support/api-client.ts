import { z } from "zod";
import { type Api, type ApiLimits, createApi } from "../../src/api/index.js";
import { configSchema } from "../../src/config/index.js";
import type { GraphStore } from "../../src/graph/index.js";
import { type Log, silentLog } from "../../src/model/index.js";

/** The API as `serve` makes it, with its answers as plain data. */

export const DEFAULTS: ApiLimits = configSchema.parse({}).api;

export interface ApiSetup {
  readonly store: GraphStore;
  readonly now: number;
  readonly zone?: string;
  readonly limits?: Partial<ApiLimits>;
  readonly sources?: readonly string[];
  readonly log?: Log;
}

export function apiOver({ store, now, limits, zone = "UTC", log = silentLog, sources = [] }: ApiSetup): Api {
  return createApi({ store, limits: { ...DEFAULTS, ...limits }, zone, sources, log, now: () => now });
}

const answer = z.object({
  data: z.record(z.string(), z.unknown()).nullish(),
  errors: z
    .array(z.looseObject({ message: z.string(), extensions: z.looseObject({}).optional() }))
    .optional(),
});
export type Answer = z.infer<typeof answer> & { readonly status: number };

/** Posts a query as JSON. */
export async function ask(
  api: Pick<Api, "fetch">,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
): Promise<Answer> {
  const response = await api.fetch(
    new Request("http://localhost/graphql", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query, variables }),
    }),
  );
  return { ...answer.parse(await response.json()), status: response.status };
}

/** The data of an answer without errors. */
export async function data(
  api: Pick<Api, "fetch">,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
): Promise<Record<string, unknown>> {
  const { data: found, errors } = await ask(api, query, variables);
  if (errors !== undefined || found == null) throw new Error(JSON.stringify(errors));
  return found;
}

/** A store that counts its reads. */
export function countingStore(store: GraphStore): { readonly store: GraphStore; reads(): number } {
  let reads = 0;
  return {
    reads: () => reads,
    store: {
      engine: store.engine,
      location: store.location,
      read(cypher, options) {
        reads += 1;
        return store.read(cypher, options);
      },
      rows(cypher, params, signal) {
        reads += 1;
        return store.rows(cypher, params, signal);
      },
      write: (work) => store.write(work),
      checkpoint: () => store.checkpoint(),
      close: () => store.close(),
    },
  };
}

/** Where a list is in an answer, and what is compared of its rows. */
export interface PagedList {
  /** Takes $first, $after, $last and $before. */
  readonly query: string;
  connection(data: Record<string, unknown>): unknown;
  /** What is taken of an edge's `properties`; the property of its node unless told. */
  row?(properties: unknown): unknown;
}

const connection = z.object({
  edges: z.array(z.object({ node: z.looseObject({}).optional(), properties: z.unknown().optional() })),
  pageInfo: z.object({
    startCursor: z.string().nullish(),
    endCursor: z.string().nullish(),
    hasNextPage: z.boolean(),
    hasPreviousPage: z.boolean(),
  }),
});

/** All rows of a list in its own order, read page by page from one end or the other. */
export async function pages(
  api: Pick<Api, "fetch">,
  list: string | PagedList,
  property: string,
  size: number,
  way: "forwards" | "backwards" = "forwards",
): Promise<readonly unknown[]> {
  const paged: PagedList =
    typeof list === "string"
      ? {
          query: `query($first: Int, $after: String, $last: Int, $before: String) { ${list}(first: $first, after: $after, last: $last, before: $before) {
            edges { node { ${property} } } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } }`,
          connection: (found) => found[list],
        }
      : list;
  const rows: unknown[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < 100; page++) {
    const variables = way === "forwards" ? { first: size, after: cursor } : { last: size, before: cursor };
    const found = connection.parse(paged.connection(await data(api, paged.query, variables)));
    const read = found.edges.map((edge) => paged.row?.(edge.properties) ?? edge.node?.[property]);
    if (way === "forwards") rows.push(...read);
    else rows.unshift(...read);
    const { startCursor, endCursor, hasNextPage, hasPreviousPage } = found.pageInfo;
    if (way === "forwards" ? !hasNextPage : !hasPreviousPage) return rows;
    cursor = (way === "forwards" ? endCursor : startCursor) ?? undefined;
  }
  throw new Error("the list has no end");
}
