import { instant, type Printing } from "./instants.js";
import { mailOf } from "./members.js";
import { chunks, paged, type Stretch } from "./pages.js";
import { DOMAIN } from "./people.js";
import {
  CUSTOMER,
  WORKSPACE_PRODUCT,
  WORKSPACE_ROLES,
  WORKSPACE_SKU,
  workspaceIds,
} from "./workspace-model.js";
import type { SiteGroup, WorkspaceMember, WorkspaceSite } from "./workspace-site.js";

/**
 * A stretch of Google Workspace in the form in which its APIs answer, each page with the customer it is of, and each
 * object's list with the object. https://developers.google.com/workspace/admin/directory/reference/rest
 */

/** The largest pages there are. */
const PAGE = { users: 500, groups: 200, members: 200, assignments: 200, licenses: 1000 } as const;

type Pages = Iterable<unknown>;
interface Printer extends Printing {
  readonly site: WorkspaceSite;
  readonly stretch: Stretch;
}

const customerId = CUSTOMER;
const next = (more: boolean) => (more ? { nextPageToken: "more" } : {});

/** Pages of every stream, in the collector's order. */
export const WORKSPACE_STREAMS: Readonly<Record<string, (printer: Printer) => Pages>> = {
  domains: (printer) =>
    printer.stretch.isFirst
      ? [
          {
            customerId,
            customer: {
              id: CUSTOMER,
              customerDomain: DOMAIN,
              customerCreationTime: instant(printer, 3_300),
            },
            domains: [
              {
                domainName: DOMAIN,
                isPrimary: true,
                verified: true,
                domainAliases: [{ domainAliasName: `corp.${DOMAIN}`, verified: true }],
              },
            ],
          },
        ]
      : [],
  "org-units": ({ seed, stretch }) => {
    if (!stretch.isFirst) return [];
    const root = `id:${workspaceIds.unit(seed, "/")}`;
    const below = ["Staff", "Leavers"].map((name) => ({
      orgUnitId: `id:${workspaceIds.unit(seed, name)}`,
      name,
      orgUnitPath: `/${name}`,
      parentOrgUnitId: root,
    }));
    return [
      {
        customerId,
        organizationUnits: [{ orgUnitId: root, name: "Larkfield", orgUnitPath: "/" }, ...below],
      },
    ];
  },
  users: (printer) =>
    paged(printer.site.users, PAGE.users, printer.stretch, (users, more) => ({
      customerId,
      ...next(more),
      users: users.map((user) => userObject(user, printer)),
    })),
  "deleted-users": (printer) =>
    paged(printer.site.deleted, PAGE.users, printer.stretch, (users, more) => ({
      customerId,
      ...next(more),
      users: users.map((user) => ({
        ...userObject(user, printer),
        deletionTime: instant(printer, user.workspace.endedDaysAgo ?? 0),
      })),
    })),
  groups: ({ seed, site, stretch }) =>
    paged(site.groups, PAGE.groups, stretch, (groups, more) => ({
      customerId,
      ...next(more),
      groups: groups.map(({ name, title, members }) => ({
        id: workspaceIds.group(seed, name),
        email: mailOf(name),
        name: title,
        directMembersCount: String(members.length),
        adminCreated: true,
      })),
    })),
  "group-members": function* ({ seed, site }) {
    for (const group of site.groups) yield* memberPages(group, seed);
  },
  "admin-roles": function* ({ seed, site, stretch }) {
    if (stretch.isFirst)
      yield {
        customerId,
        kind: "admin#directory#roles",
        items: WORKSPACE_ROLES.map(({ name, privileges, isSuper }) => ({
          roleId: workspaceIds.role(seed, name),
          roleName: name,
          isSystemRole: true,
          isSuperAdminRole: isSuper,
          rolePrivileges: privileges.map((privilegeName) => ({ privilegeName })),
        })),
      };
    yield* paged(site.roles, PAGE.assignments, stretch, (items, more) => ({
      customerId,
      ...next(more),
      kind: "admin#directory#roleAssignments",
      items: items.map(({ role, user }) => ({
        roleAssignmentId: workspaceIds.role(seed, `${role} ${user}`),
        roleId: workspaceIds.role(seed, role),
        assignedTo: user,
        assigneeType: "USER",
        scopeType: "CUSTOMER",
      })),
    }));
  },
  "oauth-tokens": function* ({ seed, site }) {
    for (const { id, workspace } of site.users)
      yield {
        customerId,
        userId: workspaceIds.user(seed, id),
        items: (workspace.tokens ?? []).map(({ app, scopes }) => ({
          clientId: workspaceIds.client(app),
          displayText: app,
          anonymous: false,
          nativeApp: false,
          scopes,
        })),
      };
  },
  licenses: ({ site, stretch }) =>
    paged(
      site.users.filter(({ workspace }) => workspace.seat === true),
      PAGE.licenses,
      stretch,
      (users, more) => ({
        customerId,
        ...next(more),
        productId: WORKSPACE_PRODUCT,
        items: users.map(({ user }) => ({
          userId: mailOf(user),
          productId: WORKSPACE_PRODUCT,
          skuId: WORKSPACE_SKU.id,
          skuName: WORKSPACE_SKU.name,
        })),
      }),
    ),
  "mail-delegates": function* ({ seed, site }) {
    for (const { id, workspace } of site.users) {
      const userId = workspaceIds.user(seed, id);
      // Gmail opens no mailbox of somebody suspended.
      if (workspace.state === "suspended")
        yield { customerId, userId, closed: true, known: [], delegates: [] };
      else
        yield {
          customerId,
          userId,
          delegates: (site.delegates.get(userId) ?? []).map(({ user }) => ({
            delegateEmail: mailOf(user),
            verificationStatus: "accepted",
          })),
        };
    }
  },
};

function userObject(
  { id, workerId, name, user, joinedDaysAgo, workspace }: WorkspaceMember,
  { site, ...printing }: Printer,
) {
  const signIn = workspace.lastSignInDaysAgo;
  const userId = workspaceIds.user(printing.seed, id);
  const isAdmin = userId === site.superAdmin;
  const suspended = workspace.state !== "active";
  return {
    id: userId,
    customerId,
    primaryEmail: mailOf(user),
    name: { fullName: name },
    suspended,
    ...(suspended ? { suspensionReason: "ADMIN" } : {}),
    archived: false,
    isAdmin,
    isDelegatedAdmin: !isAdmin && site.roles.some((role) => role.user === userId),
    aliases: [`${user}@corp.${DOMAIN}`],
    emails: [{ address: mailOf(user) }],
    externalIds: [{ type: "organization", value: workerId }],
    orgUnitPath: suspended ? "/Leavers" : "/Staff",
    creationTime: instant(printing, joinedDaysAgo),
    lastLoginTime: signIn === undefined ? "1970-01-01T00:00:00.000Z" : instant(printing, signIn, 5),
    isEnrolledIn2Sv: true,
    isEnforcedIn2Sv: true,
    isMailboxSetup: true,
  };
}

function* memberPages({ name, members }: SiteGroup, seed: string): Generator<unknown> {
  const groupId = workspaceIds.group(seed, name);
  const parts = members.length === 0 ? [[]] : [...chunks(members, PAGE.members)];
  for (const [at, part] of parts.entries())
    yield {
      customerId,
      ...next(at < parts.length - 1),
      groupId,
      members: part.map((member) => ({ ...member, role: "MEMBER", status: "ACTIVE" })),
    };
}
