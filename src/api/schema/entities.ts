import { EDGE_TYPES } from "../../model/index.js";
import type { Builder } from "../builder.js";
import { keyedConnection, PAGE, pageCost } from "../connection.js";
import type { Entity } from "../entities.js";
import { entityPage, LISTS } from "../lists.js";
import { DIRECTIONS } from "../neighbours.js";
import { type EntityRef, entityRef, propertyField, texts } from "./fields.js";
import { type JoinedRef, joinedConnection, joinedPage } from "./joined.js";
import { type Joined, OBJECTS } from "./objects.js";
import { standingFields } from "./standing.js";

/** The objects of the access graph, their lists, and how one leads to another. */
export function entityTypes(builder: Builder): void {
  const refs = new Map(OBJECTS.map(({ type }) => [type, entityRef(builder, type)]));
  const connections = new Map<string, JoinedRef>();
  const refOf = (type: string): EntityRef => {
    const ref = [...refs].find(([name]) => name === type)?.[1];
    if (ref === undefined) throw new Error(`no object type ${type}`);
    return ref;
  };
  const connectionTo = (type: string): JoinedRef => {
    const made = connections.get(type) ?? joinedConnection(builder, type, refOf(type));
    connections.set(type, made);
    return made;
  };

  for (const { type, description, properties, joined } of OBJECTS) {
    const ref = refOf(type);
    ref.implement({
      description,
      fields: (t) => ({
        key: t.exposeID("key"),
        label: t.exposeString("label", { description: "The canonical label, or Unresolved." }),
        provider: t.exposeString("provider", { nullable: true, description: "The provider's own label." }),
        name: t.exposeString("name"),
        aliases: t.stringList({ complexity: 1, resolve: (entity) => texts(entity, "aliases") }),
        properties: t.field({
          type: "JSON",
          description: "All that the sources say of it; instants in epoch milliseconds.",
          resolve: (entity) => entity.props,
        }),
      }),
    });
    for (const [name, kind] of Object.entries(properties)) propertyField(builder, ref, name, kind);
    for (const one of joined) joinedField(builder, ref, one, connectionTo(one.type));
  }
  standingFields(builder, refOf("Person"));
  anyEdge(builder, refOf("Entity"), connectionTo("Entity"));
  lists(builder, refOf);
}

function joinedField(builder: Builder, ref: EntityRef, joined: Joined, connection: JoinedRef): void {
  const { edge: type, direction, description } = joined;
  builder.objectField(ref, joined.field, (t) =>
    t.field({
      type: connection,
      description,
      args: t.arg.connectionArgs(),
      complexity: pageCost(1, PAGE.nested),
      resolve: (entity, args, context) => joinedPage(entity, { type, direction }, args, context),
    }),
  );
}

function anyEdge(builder: Builder, entity: EntityRef, connection: JoinedRef): void {
  const edgeType = builder.enumType("EdgeType", {
    description: "What joins two entities; docs/graph.md says what each means.",
    values: EDGE_TYPES,
  });
  const direction = builder.enumType("Direction", {
    description: "Along the edge (out) or against it (in).",
    values: DIRECTIONS,
  });
  builder.objectField(entity, "neighbours", (t) =>
    t.field({
      type: connection,
      description: "What edges of one type join it to.",
      args: {
        edge: t.arg({ type: edgeType, required: true }),
        direction: t.arg({ type: direction, required: true }),
        ...t.arg.connectionArgs(),
      },
      complexity: pageCost(1, PAGE.nested),
      resolve: (one, { edge: type, direction: way, ...args }, context) =>
        joinedPage(one, { type, direction: way }, args, context),
    }),
  );
}

function lists(builder: Builder, refOf: (type: string) => EntityRef): void {
  for (const list of LISTS) {
    builder.queryField(list.field, (t) =>
      t.connection({
        type: refOf(list.label),
        description: "By key.",
        args: Object.fromEntries(list.filters.map((name) => [name, t.arg.string()])),
        complexity: pageCost(1),
        resolve: (_root, args, context) =>
          keyedConnection(
            args,
            context,
            (entity: Entity) => entity.key,
            (page) => entityPage(context.store, list, page, args, context.signal),
          ),
      }),
    );
  }
  builder.queryField("entity", (t) =>
    t.field({
      type: refOf("Entity"),
      nullable: true,
      description: "The entity of a key; null where the graph holds none.",
      args: { key: t.arg.id({ required: true }) },
      resolve: async (_root, args, context) => (await context.entity.load(String(args.key))) ?? null,
    }),
  );
}
