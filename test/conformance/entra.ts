import type { ConformanceTarget, Rig, RigList, RigWait, Trouble } from "../../src/conformance/index.js";
import type { ServedCall } from "../servers/faults.js";
import {
  app,
  CLIENT,
  contact,
  type GraphObject,
  GraphServer,
  type GraphTenant,
  group,
  guid,
  isGraphCall,
  smallTenant,
  sp,
  TENANT_ID,
  user,
} from "../servers/graph/index.js";

const list = (name: string, stream: string, permission: string, more: Partial<RigList> = {}): RigList => ({
  name,
  stream,
  permission,
  paged: true,
  perPartition: true,
  whenDenied: "failed",
  ...more,
});

const APPLICATIONS = "Application.Read.All";
const optional = { whenDenied: "none" } as const;
const unpaged = { paged: false } as const;
/** Asked for with `$count`. */
const counted = { counted: true } as const;
const property = {
  ...unpaged,
  ...optional,
  unmangled: "it is a property of users, and no list of its own",
} as const;

const lists: readonly RigList[] = [
  list("organization", "tenant", "Organization.Read.All", unpaged),
  list("licences", "licenses", "Organization.Read.All", unpaged),
  list("administrative units", "administrative-units", "AdministrativeUnit.Read.All", counted),
  // Whose sponsors and mailboxes could be asked for is not known without the users, and so on below.
  list("users", "users", "User.Read.All", {
    ...counted,
    takesAlong: ["guest-sponsors", "mail-forwarding"],
  }),
  list("sign-in activity", "users", "AuditLog.Read.All", property),
  list("leave dates", "users", "User-LifeCycleInfo.Read.All", property),
  list("sponsors", "guest-sponsors", "User.Read.All", unpaged),
  list("groups", "groups", "GroupMember.Read.All", {
    ...counted,
    takesAlong: ["group-members", "group-owners"],
  }),
  // The hidden ones are read with a permission of their own.
  list("group members", "group-members", "GroupMember.Read.All", { ...counted, whenDenied: "partial" }),
  list("hidden group members", "group-members", "Member.Read.Hidden", { ...counted, whenDenied: "partial" }),
  list("group owners", "group-owners", "GroupMember.Read.All", counted),
  list("service principals", "service-principals", APPLICATIONS, {
    ...counted,
    takesAlong: [
      "service-principal-owners",
      "app-role-assignments",
      "federated-credentials",
      "oauth-grants",
      "directory-roles",
    ],
  }),
  list("service principal owners", "service-principal-owners", APPLICATIONS),
  list("applications", "applications", APPLICATIONS, {
    ...counted,
    takesAlong: ["application-owners", "federated-credentials", "directory-roles"],
  }),
  list("application owners", "application-owners", APPLICATIONS, counted),
  list("federated credentials", "federated-credentials", APPLICATIONS),
  list("app role assignments", "app-role-assignments", APPLICATIONS, counted),
  list("grants", "oauth-grants", "Directory.Read.All", counted),
  list("role definitions", "directory-roles", "RoleManagement.Read.Directory"),
  list("role assignments", "directory-roles", "RoleManagement.Read.Directory", { whenDenied: "partial" }),
  list("role schedules", "role-schedules", "RoleAssignmentSchedule.Read.Directory", optional),
  list("eligible roles", "role-eligibility", "RoleEligibilitySchedule.Read.Directory", optional),
  list("devices", "devices", "Device.Read.All", counted),
  list("deleted users", "deleted-users", "User.Read.All", counted),
  list("deleted groups", "deleted-groups", "Group.Read.All", { ...counted, ...optional }),
  list("deleted applications", "deleted-applications", APPLICATIONS, counted),
  list("deleted service principals", "deleted-service-principals", APPLICATIONS, counted),
  list("inbox rules", "mail-forwarding", "MailboxSettings.Read", optional),
];

const waits: readonly (RigWait & {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;
})[] = [
  {
    name: "429 with Retry-After",
    documentation: "https://learn.microsoft.com/graph/throttling#best-practices-to-handle-throttling",
    leastMs: 7_000,
    status: 429,
    code: "TooManyRequests",
    headers: { "Retry-After": "7" },
  },
  {
    // Not every resource sends the header: then a caller backs off by itself.
    name: "429 without it",
    documentation: "https://learn.microsoft.com/graph/throttling-limits",
    leastMs: 1,
    status: 429,
    code: "TooManyRequests",
    headers: {},
  },
  {
    name: "503 with Retry-After",
    documentation: "https://learn.microsoft.com/graph/errors#http-status-codes",
    leastMs: 11_000,
    status: 503,
    code: "serviceNotAvailable",
    headers: { "Retry-After": "11" },
  },
  {
    name: "509",
    documentation: "https://learn.microsoft.com/graph/errors#http-status-codes",
    leastMs: 1,
    status: 509,
    code: "",
    headers: {},
  },
];

/** What people write into: each of these has held a password somewhere, and none is kept. */
const FREE_TEXT = [
  "notes",
  "description",
  "jobTitle",
  "department",
  "mailNickname",
  "membershipRule",
  "loginUrl",
  "physicalIds",
  "appDescription",
] as const;

/** Secret texts, hints, keys and notes: what Graph could give in a list, or in an object that a list expands. */
function hide(tenant: GraphTenant, secret: string): void {
  const credentials = (object: GraphObject) => {
    const hidden = (list: unknown) =>
      (Array.isArray(list) ? list : []).map((one: unknown) => ({
        ...(typeof one === "object" ? one : {}),
        hint: secret,
        secretText: secret,
        key: Buffer.from(secret).toString("base64"),
        customKeyIdentifier: Buffer.from(secret).toString("base64"),
      }));
    return {
      passwordCredentials: hidden(object.passwordCredentials),
      keyCredentials: hidden(object.keyCredentials),
    };
  };
  for (const [type, table] of [...Object.entries(tenant.objects), ...Object.entries(tenant.deleted)]) {
    for (const [id, object] of table) {
      const values = {
        ...object,
        ...Object.fromEntries(FREE_TEXT.map((name) => [name, secret])),
        passwordProfile: { password: secret },
        onPremisesExtensionAttributes: { extensionAttribute1: secret },
        replyUrls: [`https://app.example/${secret}`],
        tags: [secret],
        info: { supportUrl: `https://app.example/${secret}` },
      };
      const holds = type === "application" || type === "servicePrincipal";
      table.set(id, holds ? { ...values, ...credentials(object) } : values);
    }
  }
  const noted = (object: GraphObject) => ({
    ...object,
    description: secret,
    notes: secret,
    principalDisplayName: secret,
    resourceDisplayName: secret,
    condition: secret,
    rolePermissions: withConditions(object.rolePermissions, secret),
  });
  for (const all of [
    tenant.skus,
    tenant.roleDefinitions,
    tenant.roleAssignments,
    tenant.eligibility,
    tenant.schedules,
    tenant.grants,
    tenant.appRoleAssignments,
    ...tenant.federated.values(),
  ]) {
    all.splice(0, all.length, ...all.map(noted));
  }
  for (const [id, object] of tenant.objects.servicePrincipal)
    tenant.change("servicePrincipal", id, {
      // Only the Azure resource is kept of these: the one that begins with a slash.
      alternativeNames: [object.alternativeNames, secret].flat().filter((name) => typeof name === "string"),
    });
  for (const rules of tenant.rules.values()) {
    const withNotes = rules.map((rule) => ({
      ...rule,
      displayName: secret,
      conditions: { bodyContains: [secret] },
    }));
    rules.splice(0, rules.length, ...withNotes);
  }
}

function withConditions(permissions: unknown, secret: string): unknown {
  if (!Array.isArray(permissions)) return permissions;
  return permissions.map((one: unknown) => ({
    ...(typeof one === "object" ? one : {}),
    condition: secret,
    excludedResourceActions: [secret],
  }));
}

/** More than a page of two in each list that belongs to one object. */
function fill(tenant: GraphTenant): void {
  tenant.pageSize = 2;
  tenant.relate("owners", group(2), user(1), user(2), user(3));
  tenant.relate("members", group(2), contact(2), user(1));
  tenant.relate("members", group(3), user(2), user(3));
  for (const number of [1, 2]) {
    tenant.appRoleAssignments.push({
      id: `more-${number}`,
      appRoleId: guid(10, 3),
      principalId: sp(number === 1 ? 2 : 6),
      principalType: "ServicePrincipal",
      resourceId: sp(1),
    });
  }
  tenant.add("application", {
    ...tenant.objects.application.get(app(6)),
    id: app(7),
    appId: guid(5, 7),
    displayName: "Test",
  });
}

async function start(): Promise<Rig> {
  const fresh = () => {
    const tenant = smallTenant();
    fill(tenant);
    return tenant;
  };
  const server = await GraphServer.start(fresh());

  function arrange(trouble: Trouble): void {
    const { plan, tenant } = server;
    const named = "list" in trouble ? trouble.list : "";
    if ("list" in trouble && !lists.some(({ name }) => name === named))
      throw new Error(`there is no list ${named}`);
    const asked = (call: ServedCall) => call.list === named;
    const later = (call: ServedCall) => asked(call) && call.next;
    // Requests of one batch are throttled one by one: here the first of the list.
    const first = (call: ServedCall) => asked(call) && (!isGraphCall(call) || call.index === 0);
    switch (trouble.kind) {
      case "emptyPage":
      case "twice":
      case "sameCursor":
        if (!lists.some(({ name, paged }) => name === named && paged))
          throw new Error(`${named} has no pages`);
        plan.plan({ kind: trouble.kind }, later, trouble.kind === "emptyPage" ? 1 : undefined);
        return;
      case "throttled": {
        const wait = waits.find(({ name }) => name === trouble.wait);
        if (wait === undefined) throw new Error(`Graph knows no ${trouble.wait}`);
        const { status, headers, code } = wait;
        plan.plan({ kind: "answer", status, headers, body: { error: { code } } }, first, trouble.times);
        return;
      }
      case "denied":
        if (trouble.partition !== undefined && trouble.partition !== TENANT_ID) return;
        plan.plan(
          { kind: "answer", status: 403, body: { error: { code: "Authorization_RequestDenied" } } },
          asked,
        );
        return;
      case "cut":
        plan.plan({ kind: "cut" }, asked, 1);
        return;
      case "silent":
        plan.plan({ kind: "silent" }, asked);
        return;
      case "stranger":
        tenant.relate("members", group(1), contact(3));
        return;
      case "shortfall":
        server.bent = { list: named, how: "leftOut" };
        return;
      case "mangled":
        server.bent = { list: named, how: "nameless" };
        return;
      case "canary":
        server.canary = trouble.secret;
        server.secret = trouble.secret;
        hide(tenant, trouble.secret);
        return;
    }
  }

  return {
    settings: { tenantId: TENANT_ID, endpoint: server.url, authority: server.url },
    get environment() {
      return { AZURE_CLIENT_ID: CLIENT.id, AZURE_TENANT_ID: TENANT_ID, AZURE_CLIENT_SECRET: server.secret };
    },
    partitions: [TENANT_ID],
    lists,
    waits,
    reset: () => {
      server.calm();
      server.tenant = fresh();
      return Promise.resolve();
    },
    arrange: async (trouble) => arrange(trouble),
    reached: (name) => server.plan.silenced(name),
    calls: () => server.calls,
    troubled: () => server.plan.met + server.sung + server.bends,
    stop: () => server.stop(),
  };
}

export const target: ConformanceTarget = {
  start,
  notApplicable: {
    "denied in one partition": "one source reads one tenant, so there are no partitions beside it",
  },
};
