import type { FinishContext, RawPage } from "../../src/collect/index.js";
import { digest, type GraphRecord, type Privilege } from "../../src/model/index.js";
import type { WorkspaceConfig } from "./config.js";
import { type Context, NOT_UNDERSTOOD } from "./convert-directory.js";
import { isWhole, type KnownRole, lackOf, type Memo } from "./memo.js";
import {
  adminRoleKey,
  customerKey,
  googleIdRef,
  groupKey,
  instantOf,
  orgUnitId,
  orgUnitKey,
  userKey,
} from "./names.js";
import { edge, node } from "./records.js";
import { assignmentShape, entryOf, roleShape, rolesPage } from "./shapes.js";

const CUSTOMER = "customer";

/** Roles are remembered, and become entitlements where they are assigned: one for each scope. */
export function* convertAdminRoles(raw: RawPage, context: Context): Iterable<GraphRecord> {
  const page = rolesPage.parse(raw);
  if (page.kind !== "admin#directory#roleAssignments") {
    for (const [at, entry] of page.items.entries()) remember(entry, at, context);
    return;
  }
  for (const [at, entry] of page.items.entries()) yield* assignment(entry, at, context);
  const { assignmentList, userList } = context.memo;
  assignmentList.ended = page.nextPageToken === undefined;
  // Some are administrators by isAdmin only, which the list of users says.
  if (assignmentList.ended && !isWhole(userList)) context.partial(unclearHolders(context.memo));
}

function remember(entry: unknown, at: number, context: Context): void {
  const role = entryOf(roleShape, entry);
  if (role === undefined) {
    context.reject(`role ${at + 1} of a page`, NOT_UNDERSTOOD);
    return;
  }
  context.memo.roles.set(role.roleId, {
    name: role.roleName || role.roleId,
    superAdmin: role.isSuperAdminRole === true,
    system: role.isSystemRole,
    privileges: role.rolePrivileges.flatMap(({ privilegeName }) => privilegeName ?? []),
  });
}

function* assignment(entry: unknown, at: number, context: Context): Iterable<GraphRecord> {
  const { source, partition, memo } = context;
  const given = entryOf(assignmentShape, entry);
  const unit = given?.orgUnitId === undefined ? undefined : orgUnitId(given.orgUnitId);
  if (given === undefined || (given.scopeType === "ORG_UNIT" && unit === undefined)) {
    context.reject(`role assignment ${at + 1} of a page`, NOT_UNDERSTOOD);
    memo.assignmentList.rejected += 1;
    return;
  }
  if (given.scopeType !== CUSTOMER.toUpperCase() && given.scopeType !== "ORG_UNIT") {
    context.partial("a role assignment has a scope that is neither the customer nor an organisational unit");
    return;
  }
  const scope = given.scopeType === "ORG_UNIT" && unit !== undefined ? unit : CUSTOMER;
  const role = memo.roles.get(given.roleId);
  if (role === undefined) context.partial("a role assignment names a role that is not listed");
  yield* entitlement(given.roleId, role, scope, source, partition);
  const holder = holderKey(given.assignedTo, given.assigneeType, context);
  if (role?.superAdmin === true && given.condition === undefined) memo.superAssigned.add(holder);
  const condition = given.condition === "" ? undefined : given.condition;
  yield edge(
    "HAS_ENTITLEMENT",
    holder,
    adminRoleKey(source, given.roleId, scope),
    {
      condition,
      endsAt: instantOf(given.expirationDetails?.expireTime),
      via: "assignment",
      assignmentId: given.roleAssignmentId,
    },
    condition === undefined ? "" : digest(condition).slice(0, 16),
  );
}

function* entitlement(
  roleId: string,
  role: KnownRole | undefined,
  scope: string,
  source: string,
  partition: string,
): Iterable<GraphRecord> {
  const key = adminRoleKey(source, roleId, scope);
  yield node(
    "Entitlement",
    "WorkspaceAdminRole",
    key,
    {
      name: role?.name ?? `role ${roleId}`,
      roleId,
      systemRole: role?.system,
      superAdmin: role?.superAdmin,
      ...privilegeOf(role),
    },
    [],
    role === undefined ? ["name", "privilege", "privilegeWhy"] : [],
  );
  yield edge("ON", key, scope === CUSTOMER ? customerKey(source, partition) : orgUnitKey(source, scope));
}

/** A user, a group, or the unique id of a service account: `assignedTo` says which only where it is listed. */
function holderKey(id: string, type: string | undefined, context: Context): string {
  const { source, memo } = context;
  if (memo.users.has(id)) return userKey(source, id);
  if (memo.groups.has(id) || type === "GROUP") return groupKey(source, id);
  if (isWhole(memo.userList)) return googleIdRef(id);
  context.partial(unclearHolders(memo));
  return userKey(source, id);
}

const unclearHolders = ({ userList }: Memo) =>
  `who has an administrator role is not known by more than the id, because ${lackOf("user", userList)}`;

const READS = /(_RETRIEVE|_READ|_VIEW|READ_ONLY|READONLY|_READ_ALL)$|^(READ|VIEW|LIST)_/;

function privilegeOf(role: KnownRole | undefined): { privilege: Privilege; privilegeWhy: string } {
  if (role === undefined) return { privilege: "unknown", privilegeWhy: "the role is not listed" };
  if (role.superAdmin) return { privilege: "admin", privilegeWhy: "super administrator role" };
  if (role.privileges.length === 0)
    return { privilege: "unknown", privilegeWhy: "the role lists no privileges" };
  const changes = role.privileges.find((name) => !READS.test(name));
  return changes === undefined
    ? { privilege: "read", privilegeWhy: "all its privileges only read" }
    : { privilege: "privileged", privilegeWhy: changes };
}

/**
 * Super administrators whom no assignment names: Google says so of the user (isAdmin). The edge is the one that the
 * assignment would be, so the two are never counted twice.
 */
export function* superAdmins({
  source,
  partition,
  memo,
}: FinishContext<WorkspaceConfig, Memo>): Iterable<GraphRecord> {
  if (!isWhole(memo.assignmentList)) return;
  const role = [...memo.roles].find(([, { superAdmin }]) => superAdmin);
  if (role === undefined) return;
  const [roleId, known] = role;
  for (const [id, user] of memo.users) {
    const holder = userKey(source, id);
    if (!user.superAdmin || memo.superAssigned.has(holder)) continue;
    yield* entitlement(roleId, known, CUSTOMER, source, partition);
    yield edge("HAS_ENTITLEMENT", holder, adminRoleKey(source, roleId, CUSTOMER), { via: "isAdmin" });
  }
}
