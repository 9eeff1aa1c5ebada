import type { DefaultConnectionArguments } from "@pothos/plugin-relay";
import type { EdgeType } from "../../model/index.js";
import type { Builder } from "../builder.js";
import { keyedConnection, PAGE } from "../connection.js";
import type { ApiContext } from "../context.js";
import type { Entity } from "../entities.js";
import { type Direction, type Neighbour, neighbourKey } from "../neighbours.js";
import type { EntityRef } from "./fields.js";

type Page = Awaited<ReturnType<typeof joinedPage>>;
export type JoinedRef = ReturnType<typeof joinedConnection>;

/** A page of the neighbours of an entity. The same page of all entities of an answer is one query. */
export async function joinedPage(
  entity: Pick<Entity, "key">,
  along: { readonly type: EdgeType; readonly direction: Direction },
  args: DefaultConnectionArguments,
  context: ApiContext,
) {
  return keyedConnection(
    args,
    context,
    neighbourKey,
    async (page): Promise<Neighbour[]> => [
      ...(await context.neighbours({ ...along, page }).load(entity.key)),
    ],
    PAGE.nested,
  );
}

/** The connection to entities of a type along an edge; its edges say what the link says of itself. */
export function joinedConnection(builder: Builder, type: string, node: EntityRef) {
  const edge = builder.objectRef<Page["edges"][number]>(`Joined${type}`).implement({
    description: `A ${type} at the other end of an edge.`,
    fields: (t) => ({
      cursor: t.exposeString("cursor"),
      node: t.field({ type: node, resolve: (joined) => joined.node.entity }),
      properties: t.field({
        type: "JSON",
        description: "What the edge says: by which rule, how sure, since when, under which condition.",
        resolve: (joined) => joined.node.edge,
      }),
    }),
  });
  return builder.objectRef<Page>(`Joined${type}Connection`).implement({
    description: "By key.",
    fields: (t) => ({
      // The connection's field counts the rows already.
      edges: t.field({
        type: [edge],
        complexity: { field: 1, multiplier: 1 },
        resolve: (page) => page.edges,
      }),
      pageInfo: t.field({ type: builder.pageInfoRef(), resolve: (page) => page.pageInfo }),
    }),
  });
}
