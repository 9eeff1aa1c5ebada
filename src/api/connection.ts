import { type DefaultConnectionArguments, resolveCursorConnection } from "@pothos/plugin-relay";
import type { ApiContext } from "./context.js";
import { fromCursor, toCursor } from "./cursor.js";
import { badInput } from "./errors.js";
import { byKey, type PageRequest, pageOf } from "./page.js";

/** Rows of a page unless told, at the root and inside rows. */
export const PAGE = { root: 25, nested: 10 } as const;

/**
 * Resolves a connection whose rows have a key and come in its order. A page larger than allowed is refused, not
 * cut: a list that silently ends early would read as "there is no more".
 */
export async function keyedConnection<T>(
  args: DefaultConnectionArguments,
  context: Pick<ApiContext, "maxPageSize">,
  keyOf: (row: T) => string,
  read: (page: PageRequest) => Promise<T[]>,
  size: number = PAGE.root,
) {
  const { maxPageSize } = context;
  for (const asked of [args.first, args.last]) {
    if (typeof asked === "number" && (asked < 0 || asked > maxPageSize)) {
      throw badInput(`A page holds 0 to ${maxPageSize}.`);
    }
  }
  const { edges, pageInfo } = await resolveCursorConnection<Promise<T[]>>(
    {
      args,
      defaultSize: Math.min(size, maxPageSize),
      maxSize: maxPageSize,
      toCursor: (row) => toCursor(keyOf(row)),
    },
    ({ before, after, limit, inverted }) =>
      read({
        ...(after === undefined ? {} : { after: fromCursor(after) }),
        ...(before === undefined ? {} : { before: fromCursor(before) }),
        limit,
        inverted,
      }),
  );
  return { edges, pageInfo };
}

/** A connection over a list that has to be worked out as a whole. `show` makes what clients see of a page's rows. */
export function listConnection<T extends Keyed, V extends Keyed>(
  args: DefaultConnectionArguments,
  context: Pick<ApiContext, "maxPageSize">,
  rows: readonly T[],
  show: (page: readonly T[]) => Promise<V[]>,
) {
  const keyOf = ({ key }: Keyed) => key;
  const ordered = [...rows].sort(byKey(keyOf));
  return keyedConnection(args, context, keyOf, (page) => show(pageOf(ordered, keyOf, page)));
}

export interface Keyed {
  /** Where the row stands in its list; unique in it. */
  readonly key: string;
}

/** What a page may cost: the rows that it may hold. */
export function pageCost(field: number, size: number = PAGE.root) {
  return (args: { readonly first?: unknown; readonly last?: unknown }) => {
    const asked = [args.first, args.last].filter((value) => typeof value === "number");
    return { field, multiplier: asked.length > 0 ? Math.max(0, Math.min(...asked)) : size };
  };
}
