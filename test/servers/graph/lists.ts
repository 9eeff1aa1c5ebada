import type { DirectoryType, GraphObject, GraphTenant, Relation, Sliceable } from "./tenant.js";

/** What a path below the version asks for. */
export interface ServedList {
  /** Name for faults, and what tests call it. */
  readonly name: string;
  /** Type of its objects, for $select; undefined where selecting is not supported. */
  readonly type: string | undefined;
  /** Any of these application permissions is enough, the least of them first. */
  readonly permissions: readonly string[];
  /** Members of several types: `@odata.type` stands with each. */
  readonly polymorphic?: boolean;
  /** Query options that the documentation offers; others are refused. */
  readonly options: ReadonlySet<string>;
  /** Largest $top. */
  readonly most?: number;
  /** Entra ID's own licence for it. */
  readonly licence?: "p2";
  /** Undefined where the object that the path names is not there. */
  readonly items: (query: { readonly advanced: boolean }) => Sliceable | undefined;
  /** An error of its own where the object has no such list. */
  readonly missing?: { readonly status: number; readonly code: string };
  /** $expand, by relation: what becomes of an object. */
  readonly expand?: Readonly<Record<string, (object: GraphObject) => unknown>>;
  /** It is one object, and no list. */
  readonly single?: boolean;
  /** What names its objects, where that is not `id`. */
  readonly named?: string;
}

const options = (...names: readonly string[]) => new Set(names);
const DIRECTORY_OPTIONS = options("$select", "$top", "$count", "$expand", "$skiptoken");
const COUNTED = options("$select", "$top", "$count", "$skiptoken");
const DIRECTORY = "Directory.Read.All";

/** The list that a path names, or undefined. Each kind names its documentation. */
export function listAt(tenant: GraphTenant, path: string): ServedList | undefined {
  const [first = "", id = "", last = "", ...rest] = path
    .split("/")
    .filter((part) => part !== "")
    .map(decodeURIComponent);
  if (id === "") return topList(tenant, first);
  if (first === "directory") return directoryList(tenant, id, last);
  if (first === "roleManagement") return roleList(tenant, id, last);
  if (first === "users" && last === "mailFolders") return inboxRules(tenant, id, rest);
  if (rest.length > 0) return undefined;
  return last === "" ? oneObject(tenant, first, id) : listOfObject(tenant, first, id, last);
}

/** An object by itself, as https://learn.microsoft.com/graph/api/group-get and its like give it. */
function oneObject(tenant: GraphTenant, first: string, id: string): ServedList | undefined {
  const kinds: Readonly<Record<string, DirectoryType>> = {
    users: "user",
    groups: "group",
    servicePrincipals: "servicePrincipal",
    applications: "application",
  };
  const type = kinds[first];
  const many = topList(tenant, first);
  if (type === undefined || many === undefined) return undefined;
  const found = tenant.find(type, id);
  return {
    name: `one of ${many.name}`,
    type,
    permissions: many.permissions,
    options: options("$select", "$expand"),
    single: true,
    items: () => (found === undefined ? undefined : [found]),
  };
}

const all = (tenant: GraphTenant, type: DirectoryType) => () => tenant.list(type);

function topList(tenant: GraphTenant, name: string): ServedList | undefined {
  const directory = { options: DIRECTORY_OPTIONS, most: 999 };
  switch (name) {
    // https://learn.microsoft.com/graph/api/organization-list
    case "organization":
      return {
        name: "organization",
        type: "organization",
        permissions: ["Organization.Read.All", DIRECTORY],
        options: options("$select"),
        items: () => [tenant.organization],
      };
    // https://learn.microsoft.com/graph/api/subscribedsku-list: no pages
    case "subscribedSkus":
      return {
        name: "licences",
        type: "subscribedSku",
        permissions: ["Organization.Read.All", DIRECTORY],
        options: options("$select"),
        named: "skuId",
        items: () => tenant.skus,
      };
    // https://learn.microsoft.com/graph/api/user-list
    case "users":
      return {
        name: "users",
        type: "user",
        permissions: ["User.Read.All", DIRECTORY],
        ...directory,
        items: all(tenant, "user"),
      };
    // https://learn.microsoft.com/graph/api/group-list
    case "groups":
      return {
        name: "groups",
        type: "group",
        permissions: ["GroupMember.Read.All", "Group.Read.All", DIRECTORY],
        ...directory,
        items: all(tenant, "group"),
      };
    // https://learn.microsoft.com/graph/api/serviceprincipal-list
    case "servicePrincipals":
      return {
        name: "service principals",
        type: "servicePrincipal",
        permissions: ["Application.Read.All", DIRECTORY],
        ...directory,
        items: all(tenant, "servicePrincipal"),
      };
    // https://learn.microsoft.com/graph/api/application-list
    case "applications":
      return {
        name: "applications",
        type: "application",
        permissions: ["Application.Read.All", DIRECTORY],
        ...directory,
        items: all(tenant, "application"),
      };
    // https://learn.microsoft.com/graph/api/device-list
    case "devices":
      return {
        name: "devices",
        type: "device",
        permissions: ["Device.Read.All", DIRECTORY],
        ...directory,
        items: all(tenant, "device"),
        expand: {
          registeredOwners: ({ id }) =>
            tenant.related("registeredOwners", id).map((other) => named(tenant, other)),
        },
      };
    // https://learn.microsoft.com/graph/api/oauth2permissiongrant-list
    case "oauth2PermissionGrants":
      return {
        name: "grants",
        type: "oAuth2PermissionGrant",
        permissions: [DIRECTORY],
        options: COUNTED,
        most: 999,
        items: () => tenant.grants,
      };
    default:
      return undefined;
  }
}

function directoryList(tenant: GraphTenant, name: string, cast: string): ServedList | undefined {
  // https://learn.microsoft.com/graph/api/directory-list-administrativeunits
  if (name === "administrativeUnits" && cast === "") {
    return {
      name: "administrative units",
      type: "administrativeUnit",
      permissions: ["AdministrativeUnit.Read.All", DIRECTORY],
      options: DIRECTORY_OPTIONS,
      most: 999,
      items: all(tenant, "administrativeUnit"),
    };
  }
  // https://learn.microsoft.com/graph/api/directory-deleteditems-list: the cast is a required part of the path
  const type = /^microsoft\.graph\.(user|group|application|servicePrincipal)$/.exec(cast)?.[1];
  if (name !== "deletedItems" || type === undefined) return undefined;
  const kinds = {
    user: { name: "deleted users", permission: "User.Read.All" },
    group: { name: "deleted groups", permission: "Group.Read.All" },
    application: { name: "deleted applications", permission: "Application.Read.All" },
    servicePrincipal: { name: "deleted service principals", permission: "Application.Read.All" },
  } as const;
  const kind = (["user", "group", "application", "servicePrincipal"] as const).find((one) => one === type);
  if (kind === undefined) return undefined;
  return {
    name: kinds[kind].name,
    type: kind,
    permissions: [kinds[kind].permission, DIRECTORY],
    options: DIRECTORY_OPTIONS,
    most: 999,
    items: () => [...tenant.deleted[kind].values()],
  };
}

/** These offer $select, $filter and $expand, and neither $top nor $count. */
const ROLE_OPTIONS = options("$select", "$filter", "$expand", "$skiptoken");

function roleList(tenant: GraphTenant, provider: string, name: string): ServedList | undefined {
  if (provider !== "directory") return undefined;
  const principal = (object: GraphObject) => {
    const found = named(tenant, String(object.principalId));
    return "@odata.type" in found ? found : null;
  };
  const roles = ["RoleManagement.Read.Directory", "RoleManagement.Read.All", DIRECTORY];
  switch (name) {
    // https://learn.microsoft.com/graph/api/rbacapplication-list-roledefinitions
    case "roleDefinitions":
      return {
        name: "role definitions",
        type: "unifiedRoleDefinition",
        permissions: roles,
        options: ROLE_OPTIONS,
        items: () => tenant.roleDefinitions,
      };
    // https://learn.microsoft.com/graph/api/rbacapplication-list-roleassignments
    case "roleAssignments":
      return {
        name: "role assignments",
        type: undefined,
        permissions: roles,
        options: ROLE_OPTIONS,
        items: () => tenant.roleAssignments,
        expand: { principal },
      };
    // https://learn.microsoft.com/graph/api/rbacapplication-list-roleeligibilityscheduleinstances
    case "roleEligibilityScheduleInstances":
      return {
        name: "eligible roles",
        type: undefined,
        permissions: ["RoleEligibilitySchedule.Read.Directory", ...roles.slice(0, 2)],
        options: ROLE_OPTIONS,
        licence: "p2",
        items: () => tenant.eligibility,
        expand: { principal },
      };
    // https://learn.microsoft.com/graph/api/rbacapplication-list-roleassignmentscheduleinstances
    case "roleAssignmentScheduleInstances":
      return {
        name: "role schedules",
        type: undefined,
        permissions: ["RoleAssignmentSchedule.Read.Directory", ...roles.slice(0, 2)],
        options: ROLE_OPTIONS,
        licence: "p2",
        items: () => tenant.schedules,
        expand: { principal },
      };
    default:
      return undefined;
  }
}

/** https://learn.microsoft.com/graph/api/mailfolder-list-messagerules */
function inboxRules(tenant: GraphTenant, user: string, rest: readonly string[]): ServedList | undefined {
  if (rest.join("/") !== "inbox/messageRules") return undefined;
  return {
    name: "inbox rules",
    type: undefined,
    permissions: ["MailboxSettings.Read"],
    options: options("$skiptoken"),
    items: () => tenant.rules.get(user),
    missing: {
      status: 404,
      code: tenant.find("user", user) === undefined ? "ErrorInvalidUser" : "MailboxNotEnabledForRESTAPI",
    },
  };
}

function listOfObject(tenant: GraphTenant, first: string, id: string, last: string): ServedList | undefined {
  const relation = (
    type: DirectoryType,
    name: string,
    related: Relation,
    permissions: readonly string[],
    offered: ReadonlySet<string> = COUNTED,
  ): ServedList => ({
    name,
    type: "directoryObject",
    polymorphic: true,
    permissions,
    options: offered,
    most: 999,
    items: ({ advanced }) => {
      if (tenant.find(type, id) === undefined) return undefined;
      const others = tenant.related(related, id).map((other) => named(tenant, other));
      // The known issue of the plain v1.0 list. https://learn.microsoft.com/graph/api/group-list-members
      if (related !== "members" || advanced) return others;
      return others.filter((other) => other["@odata.type"] !== "#microsoft.graph.servicePrincipal");
    },
  });
  const groups = ["GroupMember.Read.All", "Group.Read.All", DIRECTORY];
  const applications = ["Application.Read.All", DIRECTORY];
  switch (`${first}/${last}`) {
    // https://learn.microsoft.com/graph/api/group-list-members: hidden members need a permission of their own
    case "groups/members": {
      if (tenant.find("group", id)?.visibility !== "HiddenMembership")
        return relation("group", "group members", "members", groups);
      const name = "hidden group members";
      return tenant.hiddenMembers === "leftOut" && !tenant.granted.has("Member.Read.Hidden")
        ? { ...relation("group", name, "members", groups), items: () => [] }
        : relation("group", name, "members", ["Member.Read.Hidden"]);
    }
    // https://learn.microsoft.com/graph/api/group-list-owners
    case "groups/owners":
      return relation("group", "group owners", "owners", groups);
    // https://learn.microsoft.com/graph/api/user-list-sponsors: $select and $expand only
    case "users/sponsors":
      return relation(
        "user",
        "sponsors",
        "sponsors",
        ["User.Read.All", DIRECTORY],
        options("$select", "$expand"),
      );
    // https://learn.microsoft.com/graph/api/application-list-owners
    case "applications/owners":
      return relation("application", "application owners", "owners", applications);
    // https://learn.microsoft.com/graph/api/serviceprincipal-list-owners
    case "servicePrincipals/owners":
      return relation("servicePrincipal", "service principal owners", "owners", applications);
    // https://learn.microsoft.com/graph/api/application-list-federatedidentitycredentials
    case "applications/federatedIdentityCredentials":
      return {
        name: "federated credentials",
        type: undefined,
        permissions: applications,
        options: options("$filter", "$select", "$skiptoken"),
        items: () =>
          tenant.find("application", id) !== undefined ? (tenant.federated.get(id) ?? []) : undefined,
      };
    // https://learn.microsoft.com/graph/api/serviceprincipal-list-approleassignedto
    case "servicePrincipals/appRoleAssignedTo":
      return {
        name: "app role assignments",
        type: "appRoleAssignment",
        permissions: applications,
        options: COUNTED,
        most: 999,
        items: () =>
          tenant.find("servicePrincipal", id) === undefined ? undefined : tenant.assignmentsTo(id),
      };
    default:
      return undefined;
  }
}

/** An object as another one names it. What is no object of the tenant has an id and no type. */
function named(tenant: GraphTenant, id: string): GraphObject {
  const type = tenant.typeOf(id);
  if (type === undefined) return { id };
  return { "@odata.type": `#microsoft.graph.${type}`, ...tenant.find(type, id), id };
}
