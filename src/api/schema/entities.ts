import type { EdgeType, NodeLabel } from "../../model/index.js";
import { type Builder, LIST_COST } from "../builder.js";
import { keyedConnection } from "../connection.js";
import type { ApiContext } from "../context.js";
import { type Entity, type EntityFilter, entityPage, type Neighbour } from "../entities.js";

/** A nested list shows at most so many neighbours, the first by key; lists to page through are connections. */
const NESTED = 50;

function text(entity: Entity, property: string): string | null {
  const value = entity.props[property];
  return typeof value === "string" ? value : null;
}
function number(entity: Entity, property: string): number | null {
  const value = entity.props[property];
  return typeof value === "number" ? value : null;
}
function flag(entity: Entity, property: string): boolean | null {
  const value = entity.props[property];
  return typeof value === "boolean" ? value : null;
}
function texts(entity: Entity, property: string): string[] {
  const value = entity.props[property];
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === "string") : [];
}

/** A field of an entity, by the name of its property: `string`, `instant`, `flag` or `strings`. */
type Kind = "string" | "instant" | "flag" | "strings";

/** Objects of the access graph with the properties that the vocabulary gives them, and what they are joined to. */
const OBJECTS: readonly {
  readonly type: string;
  readonly description: string;
  readonly properties: Readonly<Record<string, Kind>>;
  readonly joined: readonly Joined[];
}[] = [
  {
    type: "Person",
    description: "A human worker, however many employments.",
    properties: { emails: "strings", universalId: "string", workerIds: "strings" },
    joined: [
      { field: "employments", type: "Employment", edge: "EMPLOYED_AS", direction: "out" },
      { field: "accounts", type: "Account", edge: "HAS_ACCOUNT", direction: "out" },
      { field: "managers", type: "Person", edge: "REPORTS_TO", direction: "out" },
    ],
  },
  {
    type: "Employment",
    description:
      "One stretch of work in the HR record. `start` and `end` are as HR gives them; the end is the last day.",
    properties: {
      workerId: "string",
      status: "string",
      start: "string",
      end: "string",
      startsAt: "instant",
      endsAt: "instant",
      type: "string",
      department: "string",
      title: "string",
      manager: "string",
      zone: "string",
      missing: "flag",
      missingAt: "instant",
    },
    joined: [{ field: "people", type: "Person", edge: "EMPLOYED_AS", direction: "in" }],
  },
  {
    type: "Account",
    description: "A login, held by a human or not yet known.",
    properties: {
      username: "string",
      email: "string",
      employeeId: "string",
      status: "string",
      accountType: "string",
      accountTypeEvidence: "string",
      createdAt: "instant",
      lastLoginAt: "instant",
      mfa: "flag",
      effectivePrivilege: "string",
      limitedBy: "string",
    },
    joined: [
      { field: "people", type: "Person", edge: "HAS_ACCOUNT", direction: "in" },
      { field: "credentials", type: "Credential", edge: "HAS_CREDENTIAL", direction: "out" },
      { field: "groups", type: "Entity", edge: "MEMBER_OF", direction: "out" },
      { field: "entitlements", type: "Entity", edge: "HAS_ENTITLEMENT", direction: "out" },
      { field: "owners", type: "Entity", edge: "OWNED_BY", direction: "out" },
    ],
  },
  {
    type: "NonHumanIdentity",
    description: "A service account, service principal, role, bot or other identity that is no human.",
    properties: {
      nhiType: "string",
      status: "string",
      purpose: "string",
      managedBy: "string",
      createdAt: "instant",
      lastUsedAt: "instant",
      effectivePrivilege: "string",
      limitedBy: "string",
    },
    joined: [
      { field: "owners", type: "Entity", edge: "OWNED_BY", direction: "out" },
      { field: "credentials", type: "Credential", edge: "HAS_CREDENTIAL", direction: "out" },
      { field: "assumableBy", type: "Entity", edge: "CAN_ASSUME", direction: "in" },
      { field: "entitlements", type: "Entity", edge: "HAS_ENTITLEMENT", direction: "out" },
    ],
  },
  {
    type: "Credential",
    description: "A key, secret, certificate or token; never the secret itself.",
    properties: {
      credentialType: "string",
      status: "string",
      createdAt: "instant",
      lastUsedAt: "instant",
      expiresAt: "instant",
    },
    joined: [{ field: "holders", type: "Entity", edge: "HAS_CREDENTIAL", direction: "in" }],
  },
  {
    type: "Entity",
    description: "Anything in the access graph.",
    properties: { status: "string" },
    joined: [],
  },
];

interface Joined {
  readonly field: string;
  readonly type: string;
  readonly edge: EdgeType;
  readonly direction: "out" | "in";
}

/** Connections at the root, and what each can be narrowed by. */
const LISTS: readonly {
  readonly field: string;
  readonly type: string;
  readonly label: NodeLabel;
  readonly filters: readonly (keyof EntityFilter)[];
}[] = [
  { field: "people", type: "Person", label: "Person", filters: [] },
  { field: "employments", type: "Employment", label: "Employment", filters: ["status"] },
  { field: "accounts", type: "Account", label: "Account", filters: ["status", "accountType"] },
  {
    field: "nonHumanIdentities",
    type: "NonHumanIdentity",
    label: "NonHumanIdentity",
    filters: ["status", "managedBy", "nhiType"],
  },
  { field: "credentials", type: "Credential", label: "Credential", filters: ["status", "credentialType"] },
];

export type EntityRefs = ReturnType<typeof entityTypes>;

export function entityTypes(builder: Builder) {
  const refs = new Map(OBJECTS.map(({ type }) => [type, builder.objectRef<Entity>(type)]));
  const refOf = (type: string) => {
    const ref = refs.get(type);
    if (ref === undefined) throw new Error(`no object type ${type}`);
    return ref;
  };
  const joinedRefs = new Map<string, ReturnType<typeof joinedType>>();

  /** `{ node, edge properties }`: a link says by which rule and how sure. */
  function joinedType(type: string) {
    return builder.objectRef<Neighbour>(`Joined${type}`).implement({
      description: `A ${type} at the other end of an edge, and what the edge says of itself.`,
      fields: (t) => ({
        node: t.field({ type: refOf(type), resolve: (joined) => joined.entity }),
        edge: t.field({
          type: "JSON",
          description: "The edge's properties.",
          resolve: (joined) => joined.edge,
        }),
      }),
    });
  }
  const joinedOf = (type: string) => {
    const known = joinedRefs.get(type);
    if (known !== undefined) return known;
    const made = joinedType(type);
    joinedRefs.set(type, made);
    return made;
  };

  for (const object of OBJECTS) {
    refOf(object.type).implement({
      description: object.description,
      fields: (t) => ({
        key: t.exposeID("key"),
        label: t.exposeString("label"),
        provider: t.exposeString("provider", { nullable: true, description: "The provider's own label." }),
        name: t.exposeString("name"),
        aliases: t.stringList({ resolve: (entity) => texts(entity, "aliases") }),
        ...Object.fromEntries(
          Object.entries(object.properties).map(([name, kind]) => {
            if (kind === "strings") return [name, t.stringList({ resolve: (entity) => texts(entity, name) })];
            if (kind === "flag") {
              return [name, t.boolean({ nullable: true, resolve: (entity) => flag(entity, name) })];
            }
            if (kind === "instant") {
              return [
                name,
                t.field({ type: "DateTime", nullable: true, resolve: (entity) => number(entity, name) }),
              ];
            }
            return [name, t.string({ nullable: true, resolve: (entity) => text(entity, name) })];
          }),
        ),
        ...Object.fromEntries(
          object.joined.map((joined) => [
            joined.field,
            t.field({
              type: [joinedOf(joined.type)],
              description: `The first ${NESTED} by key.`,
              complexity: { field: 1, multiplier: LIST_COST },
              resolve: (entity, _args, context) =>
                context.neighbours(joined.edge, joined.direction, NESTED).load(entity.key),
            }),
          ]),
        ),
      }),
    });
  }

  for (const list of LISTS) {
    builder.queryField(list.field, (t) =>
      t.connection({
        type: refOf(list.type),
        args: Object.fromEntries(list.filters.map((name) => [name, t.arg.string()])),
        complexity: (args) => ({ field: 1, multiplier: pageSize(args) }),
        resolve: (_root, args, context: ApiContext) =>
          keyedConnection(
            args,
            context,
            (entity: Entity) => entity.key,
            (page) =>
              entityPage(context.store, list.label, page, filterOf(list.filters, args), context.signal),
          ),
      }),
    );
  }
  builder.queryField("entity", (t) =>
    t.field({
      type: refOf("Entity"),
      nullable: true,
      description: "The entity of a key.",
      args: { key: t.arg.id({ required: true }) },
      resolve: async (_root, args, context) => (await context.entity.load(String(args.key))) ?? null,
    }),
  );
  return { entity: refOf("Entity"), person: refOf("Person") };
}

/** What a connection's page may cost: its size, or what a page holds unless told. */
export function pageSize(args: Readonly<Record<string, unknown>>): number {
  const asked = args.first ?? args.last;
  return typeof asked === "number" && asked > 0 ? asked : 25;
}

function filterOf(
  filters: readonly (keyof EntityFilter)[],
  args: Readonly<Record<string, unknown>>,
): EntityFilter {
  const filter: Partial<Record<keyof EntityFilter, string>> = {};
  for (const name of filters) {
    const value = args[name];
    if (typeof value === "string") filter[name] = value;
  }
  return filter;
}
