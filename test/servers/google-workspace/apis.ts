import type { JsonAnswer, JsonCall } from "../https.js";
import { apiError, badRequest, notFound } from "./errors.js";
import type { Json, WorkspaceState } from "./state.js";

/** A call as the APIs understand it: which list it asks for, and how it is answered. */
export interface Asked {
  readonly list: string;
  /** One of these must be among the token's. */
  readonly scopes: readonly string[];
  /** Only an administrator may ask; else whoever owns the mailbox. */
  readonly admin: boolean;
  /** Lists of several pages: how many a page holds at most. Undefined for an object, or a list in one answer. */
  readonly page?: { readonly most: number; readonly standard: number };
  /** Query parameters that the method knows. */
  readonly query: readonly string[];
  answer(call: JsonCall, state: WorkspaceState, owner: string): Listed | JsonAnswer;
}

export interface Listed {
  readonly key: string;
  readonly kind: string;
  readonly items: readonly Json[];
}

const AUTH = "https://www.googleapis.com/auth/";
/** Query parameters of every method. */
const COMMON = ["fields", "alt", "prettyPrint", "quotaUser", "key"];
const scope = (...names: readonly string[]) =>
  names.flatMap((name) => [`${AUTH}${name}.readonly`, `${AUTH}${name}`]);
/** Some of https://developers.google.com/workspace/admin/licensing/v1/how-tos/products */
const PRODUCTS: ReadonlySet<string> = new Set([
  ...["Google-Apps", "Google-Vault", "Google-Drive-storage"],
  ...["101001", "101005", "101031", "101033", "101034", "101035", "101036", "101037", "101038", "101039"],
  ...["101040", "101043", "101047", "101049", "101050", "101068"],
]);
const PAGES = ["maxResults", "pageToken"];

/** Methods by path. The scopes are those of each method's page below https://developers.google.com/workspace/admin/directory/reference/rest/v1 */
const METHODS: readonly (readonly [RegExp, (parts: readonly string[]) => Asked])[] = [
  [
    /^\/admin\/directory\/v1\/customers\/([^/]+)$/,
    ([customerKey = ""]) => ({
      list: "customer",
      scopes: scope("admin.directory.customer"),
      admin: true,
      query: [],
      answer: (_, state) =>
        isCustomer(customerKey, state) ? { body: state.customer } : notFound("customerKey"),
    }),
  ],
  [
    /^\/admin\/directory\/v1\/customer\/([^/]+)\/domains$/,
    ([customer = ""]) => ({
      list: "domains",
      scopes: scope("admin.directory.domain"),
      admin: true,
      query: [],
      answer: (_, state) =>
        isCustomer(customer, state)
          ? { body: { kind: "admin#directory#domains", domains: state.domains } }
          : notFound("domain"),
    }),
  ],
  [
    // `type=all` leaves the root out: https://developers.google.com/workspace/admin/directory/reference/rest/v1/orgunits/list#Type
    /^\/admin\/directory\/v1\/customer\/([^/]+)\/orgunits$/,
    ([customer = ""]) => ({
      list: "organisational units",
      scopes: scope("admin.directory.orgunit"),
      admin: true,
      query: ["type", "orgUnitPath"],
      answer: ({ url }, state) => {
        if (!isCustomer(customer, state)) return notFound("customer");
        const type = url.searchParams.get("type") ?? "children";
        if (!["all", "children", "allIncludingParent"].includes(type))
          return badRequest("Invalid Input: type");
        const organizationUnits = state.orgUnits.filter(({ parentOrgUnitId }) =>
          type === "allIncludingParent"
            ? true
            : type === "all"
              ? parentOrgUnitId !== undefined
              : parentOrgUnitId === "id:root",
        );
        return { body: { kind: "admin#directory#orgUnits", organizationUnits } };
      },
    }),
  ],
  [
    // https://developers.google.com/workspace/admin/directory/reference/rest/v1/users/list
    /^\/admin\/directory\/v1\/users$/,
    () => ({
      list: "users",
      scopes: [...scope("admin.directory.user"), `${AUTH}cloud-platform`],
      admin: true,
      page: { most: 500, standard: 100 },
      query: [
        "customer",
        "domain",
        "projection",
        "showDeleted",
        "viewType",
        "orderBy",
        "sortOrder",
        "query",
        ...PAGES,
      ],
      answer: ({ url }, state) => {
        const { searchParams } = url;
        if (!isCustomer(searchParams.get("customer") ?? "", state))
          return badRequest("Bad Request: customer");
        if (!["basic", "custom", "full", null].includes(searchParams.get("projection")))
          return badRequest("Invalid Input: projection");
        const deleted = searchParams.get("showDeleted") === "true";
        return {
          key: "users",
          kind: "admin#directory#users",
          items: deleted ? state.deletedUsers : state.users,
        };
      },
    }),
  ],
  [
    // directMembersCount is a 64-bit number, and so printed as text.
    /^\/admin\/directory\/v1\/groups$/,
    () => ({
      list: "groups",
      scopes: scope("admin.directory.group"),
      admin: true,
      page: { most: 200, standard: 200 },
      query: ["customer", "domain", "userKey", "orderBy", "sortOrder", "query", ...PAGES],
      answer: ({ url }, state) => {
        if (!isCustomer(url.searchParams.get("customer") ?? "", state))
          return badRequest("Invalid Input: customer or domain");
        const items = state.groups.map((group) => ({
          directMembersCount: String(state.members.get(group.id)?.length ?? 0),
          ...group,
        }));
        return { key: "groups", kind: "admin#directory#groups", items };
      },
    }),
  ],
  [
    // https://developers.google.com/workspace/admin/directory/reference/rest/v1/users/get
    /^\/admin\/directory\/v1\/users\/([^/]+)$/,
    ([userKey = ""]) => ({
      list: "user",
      scopes: scope("admin.directory.user"),
      admin: true,
      query: ["projection", "viewType"],
      answer: (_, state) => {
        const user = state.users.find(({ id, primaryEmail }) => id === userKey || primaryEmail === userKey);
        return user === undefined ? notFound("userKey") : { body: user };
      },
    }),
  ],
  [
    // https://developers.google.com/workspace/admin/directory/reference/rest/v1/groups/get
    /^\/admin\/directory\/v1\/groups\/([^/]+)$/,
    ([groupKey = ""]) => ({
      list: "group",
      scopes: scope("admin.directory.group"),
      admin: true,
      query: [],
      answer: (_, state) => {
        const group = state.groups.find(({ id, email }) => id === groupKey || email === groupKey);
        return group === undefined ? notFound("groupKey") : { body: group };
      },
    }),
  ],
  [
    /^\/admin\/directory\/v1\/groups\/([^/]+)\/members$/,
    ([groupKey = ""]) => ({
      list: "group members",
      scopes: [...scope("admin.directory.group.member"), ...scope("admin.directory.group")],
      admin: true,
      page: { most: 200, standard: 200 },
      query: ["includeDerivedMembership", "roles", ...PAGES],
      answer: ({ url }, state) => {
        const group = state.groups.find(({ id, email }) => id === groupKey || email === groupKey);
        if (group === undefined) return notFound("groupKey");
        const derived = url.searchParams.get("includeDerivedMembership") === "true";
        const items = derived ? derivedMembers(group.id, state) : (state.members.get(group.id) ?? []);
        return { key: "members", kind: "admin#directory#members", items };
      },
    }),
  ],
  [
    /^\/admin\/directory\/v1\/customer\/([^/]+)\/roles$/,
    ([customer = ""]) => ({
      list: "roles",
      scopes: scope("admin.directory.rolemanagement"),
      admin: true,
      page: { most: 100, standard: 100 },
      query: PAGES,
      answer: (_, state) =>
        isCustomer(customer, state)
          ? { key: "items", kind: "admin#directory#roles", items: state.roles }
          : notFound("customer"),
    }),
  ],
  [
    /^\/admin\/directory\/v1\/customer\/([^/]+)\/roleassignments$/,
    ([customer = ""]) => ({
      list: "role assignments",
      scopes: scope("admin.directory.rolemanagement"),
      admin: true,
      page: { most: 200, standard: 200 },
      query: ["userKey", "roleId", "includeIndirectRoleAssignments", ...PAGES],
      answer: (_, state) =>
        isCustomer(customer, state)
          ? { key: "items", kind: "admin#directory#roleAssignments", items: state.roleAssignments }
          : notFound("customer"),
    }),
  ],
  [
    // Without pages. There is no read-only scope.
    /^\/admin\/directory\/v1\/users\/([^/]+)\/tokens$/,
    ([userKey = ""]) => ({
      list: "tokens",
      scopes: [`${AUTH}admin.directory.user.security`],
      admin: true,
      query: [],
      answer: (_, state) => {
        const user = state.users.find(({ id, primaryEmail }) => id === userKey || primaryEmail === userKey);
        if (user === undefined) return notFound("userKey");
        // A list without tokens has no items: https://developers.google.com/workspace/admin/directory/reference/rest/v1/tokens/list
        const items = state.tokens.get(user.id) ?? [];
        return { body: { kind: "admin#directory#tokenList", ...(items.length === 0 ? {} : { items }) } };
      },
    }),
  ],
  [
    // https://developers.google.com/workspace/admin/licensing/reference/rest/v1/licenseAssignments/listForProduct: the
    // customer's id itself, and no alias of it.
    /^\/apps\/licensing\/v1\/product\/([^/]+)\/users$/,
    ([productId = ""]) => ({
      list: "licences",
      scopes: [`${AUTH}apps.licensing`],
      admin: true,
      page: { most: 1000, standard: 100 },
      query: ["customerId", ...PAGES],
      answer: ({ url }, state) => {
        if (url.searchParams.get("customerId") !== state.customer.id)
          return apiError(404, "notFound", "customerId not found");
        // https://github.com/GAM-team/GAM/issues/865
        if (!PRODUCTS.has(productId)) return badRequest("Invalid productId");
        const items = state.licenses.filter((one) => one.productId === productId);
        return { key: "items", kind: "licensing#licenseAssignmentList", items };
      },
    }),
  ],
  [
    // Only for the owner of the mailbox. https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.settings.delegates/list
    /^\/gmail\/v1\/users\/([^/]+)\/settings\/delegates$/,
    ([userId = ""]) => ({
      list: "mail delegates",
      scopes: [
        `${AUTH}gmail.settings.basic`,
        `${AUTH}gmail.modify`,
        `${AUTH}gmail.readonly`,
        "https://mail.google.com/",
      ],
      admin: false,
      query: [],
      answer: (_, state, owner) => {
        if (userId !== "me" && userId !== owner)
          return apiError(403, "forbidden", `Delegation denied for ${owner}`, {
            status: "PERMISSION_DENIED",
          });
        const user = state.users.find(({ primaryEmail }) => primaryEmail === owner);
        // The mailbox of a suspended user is not open. https://developers.google.com/workspace/gmail/api/guides/handle-errors
        if (user?.suspended === true || user?.archived === true || user?.isMailboxSetup === false)
          return apiError(400, "failedPrecondition", "Mail service not enabled", {
            status: "FAILED_PRECONDITION",
          });
        const delegates = state.delegates.get(owner) ?? [];
        return { body: delegates.length === 0 ? {} : { delegates } };
      },
    }),
  ],
];

/** The method that a call means, or undefined where there is none of this path. */
export function askedFor(call: JsonCall): Asked | undefined {
  for (const [path, make] of METHODS) {
    const found = path.exec(call.url.pathname);
    if (found === null) continue;
    const asked = make(found.slice(1).map((part) => decodeURIComponent(part)));
    const deleted = asked.list === "users" && call.url.searchParams.get("showDeleted") === "true";
    return deleted ? { ...asked, list: "deleted users" } : asked;
  }
  return undefined;
}

/** An unknown parameter is refused, and so is a page larger than there are. */
export function refusal(call: JsonCall, asked: Asked): JsonAnswer | undefined {
  if (call.method !== "GET") return apiError(404, "notFound", "Not Found");
  for (const name of call.url.searchParams.keys())
    if (!COMMON.includes(name) && !asked.query.includes(name))
      return apiError(400, "badRequest", `Invalid JSON payload received. Unknown name "${name}"`);
  const size = call.url.searchParams.get("maxResults");
  if (size !== null && asked.page !== undefined && !(Number(size) >= 1 && Number(size) <= asked.page.most))
    return badRequest("Invalid value for maxResults");
  return undefined;
}

const isCustomer = (key: string, state: WorkspaceState) => key === "my_customer" || key === state.customer.id;

function derivedMembers(groupId: string, state: WorkspaceState): readonly Json[] {
  const found = new Map<unknown, Json>();
  const visit = (id: string) => {
    for (const each of state.members.get(id) ?? []) {
      if (found.has(each.id)) continue;
      found.set(each.id, each);
      if (each.type === "GROUP" && typeof each.id === "string") visit(each.id);
    }
  };
  visit(groupId);
  return [...found.values()];
}
