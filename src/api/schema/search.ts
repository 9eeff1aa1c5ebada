import { searchEntities } from "../../export/index.js";
import { CANONICAL_LABELS, type NodeRef, UNRESOLVED } from "../../model/index.js";
import type { Builder } from "../builder.js";
import { keyedConnection, pageCost } from "../connection.js";
import type { PathRefs } from "./paths.js";

/** A search looks at every name. */
const SCAN_COST = 200;

/** Search by name, key, ARN or e-mail. */
export function searchField(builder: Builder, { node }: PathRefs): void {
  const label = builder.enumType("NodeLabel", {
    description: "What an entity is; Unresolved where no source describes it.",
    values: [...CANONICAL_LABELS, UNRESOLVED] as const,
  });
  builder.queryField("search", (t) =>
    t.connection({
      type: node,
      description: "Entities with this in their name, or with a key, ARN or e-mail that begins so; by key.",
      args: { text: t.arg.string({ required: true }), labels: t.arg({ type: [label] }) },
      complexity: pageCost(SCAN_COST),
      resolve: (_root, { text, labels, ...args }, context) =>
        keyedConnection(
          args,
          context,
          (row: NodeRef) => row.key,
          async ({ after, before, limit, inverted }) => {
            const request = {
              text,
              limit,
              backwards: inverted,
              ...(labels == null ? {} : { labels }),
              ...(after === undefined ? {} : { after }),
              ...(before === undefined ? {} : { before }),
            };
            return [...(await searchEntities(context.store, request, context.signal)).nodes];
          },
        ),
    }),
  );
}
