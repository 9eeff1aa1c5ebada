import { type DefaultConnectionArguments, resolveCursorConnection } from "@pothos/plugin-relay";
import { GraphQLError } from "graphql";
import type { ApiContext } from "./context.js";
import { fromCursor, toCursor } from "./cursor.js";
import type { PageRequest } from "./entities.js";

const DEFAULT_PAGE = 25;

/** Resolves a connection whose rows have a key and come in its order. A page larger than allowed is refused, not cut. */
export function keyedConnection<T>(
  args: DefaultConnectionArguments,
  context: ApiContext,
  keyOf: (row: T) => string,
  read: (page: PageRequest) => Promise<T[]>,
) {
  const asked = args.first ?? args.last;
  if (asked !== null && asked !== undefined && (asked < 0 || asked > context.maxPageSize)) {
    throw new GraphQLError(`A page holds at most ${context.maxPageSize}.`, {
      extensions: { code: "BAD_USER_INPUT" },
    });
  }
  return resolveCursorConnection<Promise<T[]>>(
    {
      args,
      defaultSize: Math.min(DEFAULT_PAGE, context.maxPageSize),
      maxSize: context.maxPageSize,
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
}
