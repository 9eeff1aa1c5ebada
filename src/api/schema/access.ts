import type { WhoCanRow } from "../../export/index.js";
import { CERTAINTIES } from "../../reach/index.js";
import {
  type HeldKey,
  type HeldView,
  heldBy,
  type ReachedRow,
  reachedRows,
  reacherRows,
  reachersOf,
  reachOf,
} from "../access.js";
import type { Builder } from "../builder.js";
import { type Keyed, listConnection, pageCost } from "../connection.js";
import type { ApiContext } from "../context.js";
import { HELD_STATES } from "../vocabulary.js";
import type { PathRefs } from "./paths.js";

/** Walking the graph costs more than reading a page of it. */
const WALK_COST = 200;
/** `whoCanReach` loads every edge that passes access. */
const WHOLE_GRAPH_COST = 1_000;

/** Who reaches what, now and at an instant. */
export function accessTypes(builder: Builder, paths: PathRefs): void {
  const certainty = certaintyType(builder);
  reachField(builder, paths, certainty);
  whoCanField(builder, paths, certainty);
  heldField(builder, paths);
}

type CertaintyRef = ReturnType<typeof certaintyType>;

function certaintyType(builder: Builder) {
  return builder.enumType("Certainty", {
    description: "How sure a path is: its least sure edge decides.",
    values: CERTAINTIES,
  });
}

function reachField(builder: Builder, { node, edge }: PathRefs, certainty: CertaintyRef): void {
  const reached = builder.objectRef<ReachedRow>("Reached").implement({
    description: "One entitlement reached, by its best path: most certain, then shortest.",
    fields: (t) => ({
      identity: t.field({ type: node, description: "Whose access it is.", resolve: (r) => r.identity }),
      entitlement: t.field({ type: node, resolve: (r) => r.entitlement }),
      privilege: t.exposeString("privilege"),
      resource: t.field({ type: node, nullable: true, resolve: (r) => r.resource }),
      certainty: t.expose("certainty", { type: certainty }),
      direct: t.exposeBoolean("direct", { description: "The identity itself holds it." }),
      through: t.field({
        type: [node],
        description: "The groups, roles and identities in between.",
        resolve: (r) => [...r.through],
      }),
      path: t.field({ type: [edge], resolve: (r) => [...r.path] }),
    }),
  });
  builder.queryField("reach", (t) =>
    t.connection({
      type: reached,
      description: "All that a person, account or other identity reaches now, with one path each.",
      args: {
        identity: t.arg.string({
          required: true,
          description: "A key; for a person also worker id, e-mail or full name.",
        }),
      },
      complexity: pageCost(WALK_COST),
      resolve: async (_root, { identity, ...args }, context) =>
        listConnection(args, context, await reachOf(context, identity), (page) => reachedRows(context, page)),
    }),
  );
}

function whoCanField(builder: Builder, { node, edge }: PathRefs, certainty: CertaintyRef): void {
  const person = builder.objectRef<NonNullable<WhoCanRow["person"]>>("ReachingPerson").implement({
    fields: (t) => ({
      key: t.exposeID("key"),
      name: t.exposeString("name"),
      standing: t.exposeString("standing"),
    }),
  });
  const reaching = builder.objectRef<WhoCanRow & Keyed>("Reaching").implement({
    description: "An identity that reaches what was asked for, and the person behind it.",
    fields: (t) => ({
      person: t.field({ type: person, nullable: true, resolve: (r) => r.person }),
      identity: t.field({ type: node, resolve: (r) => r.identity }),
      status: t.exposeString("status"),
      target: t.field({ type: node, resolve: (r) => r.target }),
      privilege: t.exposeString("privilege"),
      certainty: t.expose("certainty", { type: certainty }),
      path: t.field({ type: [edge], resolve: (r) => [...r.path] }),
    }),
  });
  builder.queryField("whoCanReach", (t) =>
    t.connection({
      type: reaching,
      description: "Who reaches a resource, entitlement, role or group now, by identity.",
      args: {
        resource: t.arg.string({ required: true, description: "A key, name, ARN or account id." }),
      },
      complexity: pageCost(WHOLE_GRAPH_COST),
      resolve: async (_root, { resource, ...args }, context) =>
        listConnection(args, context, await reachersOf(context, resource), (page) =>
          reacherRows(context, page),
        ),
    }),
  );
}

function heldField(builder: Builder, { node, edge }: PathRefs): void {
  const state = builder.enumType("HeldState", {
    description:
      "betweenReads: some of it came or went around then, and no read looked closely enough to say.",
    values: HELD_STATES,
  });
  const one = builder.objectRef<HeldKey>("HeldRight").implement({
    description: "An account, or a right that an account gave, as it stood at the instant.",
    fields: (t) => ({
      held: t.expose("held", { type: state }),
      account: t.field({ type: node, resolve: (h, _args, context) => context.ref(h.account) }),
      right: t.field({
        type: node,
        nullable: true,
        resolve: (h, _args, context) => (h.right === undefined ? null : context.ref(h.right)),
      }),
      path: t.field({ type: [edge], resolve: (h, _args, context) => pathOf(h, context) }),
    }),
  });
  const held = builder.objectRef<HeldView>("Held").implement({
    description: "What a person held at an instant.",
    fields: (t) => ({
      person: t.field({ type: node, resolve: (h, _args, context) => context.ref(h.person) }),
      at: t.expose("at", { type: "DateTime" }),
    }),
  });
  for (const field of ["accounts", "rights"] as const) {
    builder.objectField(held, field, (t) =>
      t.connection({
        type: one,
        complexity: pageCost(1),
        resolve: (view, args, context) =>
          listConnection(args, context, view[field], async (page) => [...page]),
      }),
    );
  }
  builder.queryField("heldOn", (t) =>
    t.field({
      type: held,
      description: "What a person held then: the accounts, and the rights they gave.",
      args: {
        person: t.arg.string({ required: true, description: "Key, worker id, e-mail or full name." }),
        at: t.arg.string({
          required: true,
          description: "A day, which means its end in the company's time zone, or an instant with its zone.",
        }),
      },
      complexity: { field: WALK_COST, multiplier: 1 },
      resolve: (_root, { person, at }, context) => heldBy(context, person, at),
    }),
  );
}

async function pathOf({ path }: HeldKey, context: ApiContext) {
  return Promise.all(
    path.map(async (step) => {
      const [from, to] = await Promise.all([context.ref(step.from), context.ref(step.to)]);
      return { from, edge: step.type, to };
    }),
  );
}
