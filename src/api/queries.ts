import type { Params } from "../graph/index.js";
import { ENTITY_QUERY } from "./entities.js";
import { FINDING_PAGE_QUERIES, findingParams } from "./findings.js";
import { LIST_QUERIES, LISTS, listParams } from "./lists.js";
import { NEIGHBOUR_QUERIES, neighbourParams } from "./neighbours.js";
import type { PageRequest } from "./page.js";
import { RUN_PAGE_QUERIES, runParams } from "./runs.js";

export interface ApiRead {
  readonly name: string;
  readonly cypher: string;
  readonly params: Params;
}

/**
 * Every read of this folder with the parameters of a page, for the differential test over all reads. `keys` are the
 * nodes that are asked for; lists are narrowed by `filter` where they can be.
 */
export function apiReads(
  keys: readonly string[],
  page: Omit<PageRequest, "inverted">,
  filter: Readonly<Record<string, unknown>> = {},
): readonly ApiRead[] {
  const up = { ...page, inverted: false };
  const down = { ...page, inverted: true };
  const { after: _after, before: _before, ...runs } = up;
  return [
    { name: "entity", cypher: ENTITY_QUERY, params: { keys } },
    ...LISTS.flatMap((list) => {
      const queries = LIST_QUERIES.get(list.field);
      return queries === undefined
        ? []
        : [
            { name: `${list.field} up`, cypher: queries.up, params: listParams(list, up, filter) },
            { name: `${list.field} down`, cypher: queries.down, params: listParams(list, down, filter) },
          ];
    }),
    ...[...NEIGHBOUR_QUERIES].map(([name, cypher]) => ({ name, cypher, params: neighbourParams(keys, up) })),
    { name: "findings up", cypher: FINDING_PAGE_QUERIES.up, params: findingParams(up, filter) },
    { name: "findings down", cypher: FINDING_PAGE_QUERIES.down, params: findingParams(down, filter) },
    { name: "runs newest", cypher: RUN_PAGE_QUERIES.newest, params: runParams(runs) },
    { name: "runs oldest", cypher: RUN_PAGE_QUERIES.oldest, params: runParams(runs) },
  ];
}
