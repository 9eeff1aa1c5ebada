/** An object of an API, in its documented JSON form. */
export type Json = Record<string, unknown>;

/**
 * What a Google Workspace holds. Objects are in the forms of the REST references below
 * https://developers.google.com/workspace/admin/directory/reference/rest; what lists hang on an object is kept by its id.
 */
export interface WorkspaceState {
  readonly customer: Json & { readonly id: string };
  readonly domains: Json[];
  readonly orgUnits: Json[];
  readonly users: (Json & { readonly id: string; readonly primaryEmail: string })[];
  readonly deletedUsers: Json[];
  readonly groups: (Json & { readonly id: string })[];
  /** By group id. */
  readonly members: Map<string, Json[]>;
  readonly roles: Json[];
  readonly roleAssignments: Json[];
  /** By user id. */
  readonly tokens: Map<string, Json[]>;
  /** Of all products; `productId` says of which. */
  readonly licenses: Json[];
  /** By the primary address of the mailbox. */
  readonly delegates: Map<string, Json[]>;
}

export const CUSTOMER = "C03az79cb";
export const ADMIN = "admin@corp.example";
export const NEVER = "1970-01-01T00:00:00.000Z";

/** An empty Workspace with one domain and its administrator. */
export function emptyWorkspace(): WorkspaceState {
  const state: WorkspaceState = {
    customer: {
      kind: "admin#directory#customer",
      id: CUSTOMER,
      customerDomain: "corp.example",
      customerCreationTime: "2015-01-01T00:00:00.000Z",
    },
    domains: [domain("corp.example", { isPrimary: true })],
    orgUnits: [{ ...orgUnit("root", "/"), name: "corp" }],
    users: [],
    deletedUsers: [],
    groups: [],
    members: new Map(),
    roles: [
      role("3894208461012993", "_SEED_ADMIN_ROLE", ["SUPER_ADMIN"], {
        isSystemRole: true,
        isSuperAdminRole: true,
      }),
    ],
    roleAssignments: [],
    tokens: new Map(),
    licenses: [],
    delegates: new Map(),
  };
  const admin = addUser(state, ADMIN, { isAdmin: true });
  state.roleAssignments.push(assignment("1", "3894208461012993", admin));
  return state;
}

export function domain(domainName: string, more: Json = {}): Json {
  return {
    kind: "admin#directory#domain",
    domainName,
    isPrimary: false,
    verified: true,
    creationTime: "1420070400000",
    ...more,
  };
}

/** A unit; units below the root name their parent. */
export function orgUnit(id: string, orgUnitPath: string, parent?: string): Json {
  return {
    kind: "admin#directory#orgUnit",
    name: orgUnitPath.slice(orgUnitPath.lastIndexOf("/") + 1),
    orgUnitId: `id:${id}`,
    orgUnitPath,
    ...(parent === undefined ? {} : { parentOrgUnitId: `id:${parent}` }),
  };
}

/** Adds an active user and returns their id: 21 digits, as Google's are. */
export function addUser(state: WorkspaceState, primaryEmail: string, more: Json = {}): string {
  const id =
    typeof more.id === "string" ? more.id : String(100000000000000000000n + BigInt(hash(primaryEmail)));
  const [local = ""] = primaryEmail.split("@");
  state.users.push({
    kind: "admin#directory#user",
    primaryEmail,
    name: { givenName: local, familyName: "Example", fullName: `${local} Example` },
    isAdmin: false,
    isDelegatedAdmin: false,
    lastLoginTime: "2026-11-01T08:00:00.000Z",
    creationTime: "2020-01-01T09:00:00.000Z",
    agreedToTerms: true,
    suspended: false,
    archived: false,
    changePasswordAtNextLogin: false,
    emails: [{ address: primaryEmail, primary: true }],
    customerId: state.customer.id,
    orgUnitPath: "/",
    isMailboxSetup: true,
    isEnrolledIn2Sv: true,
    isEnforcedIn2Sv: false,
    ...more,
    id,
  });
  return id;
}

/** The user is deleted: gone from groups, roles, tokens and seats, and for 20 days among the deleted ones. */
export function deleteUser(state: WorkspaceState, id: string, deletionTime: string): void {
  const at = state.users.findIndex((user) => user.id === id);
  const [user] = state.users.splice(at, 1);
  if (at < 0 || user === undefined) throw new Error(`no user ${id}`);
  state.deletedUsers.push({ ...user, deletionTime });
  for (const [group, members] of state.members)
    state.members.set(
      group,
      members.filter((member) => member.id !== id),
    );
  removeWhere(state.roleAssignments, ({ assignedTo }) => assignedTo === id);
  removeWhere(state.licenses, ({ userId }) => userId === user.primaryEmail);
  state.tokens.delete(id);
  state.delegates.delete(user.primaryEmail);
}

export function removeWhere<T>(list: T[], matches: (item: T) => boolean): void {
  for (let at = list.length - 1; at >= 0; at--) {
    const item = list[at];
    if (item !== undefined && matches(item)) list.splice(at, 1);
  }
}

export function addGroup(
  state: WorkspaceState,
  email: string,
  members: readonly Json[] = [],
  more: Json = {},
): string {
  const id = `0${hash(email).toString(36)}grp`;
  state.groups.push({
    kind: "admin#directory#group",
    email,
    name: email.slice(0, email.indexOf("@")),
    adminCreated: true,
    ...more,
    id,
  });
  state.members.set(id, [...members]);
  return id;
}

/** A member as `members.list` has it. */
export const member = (type: string, id: string, email?: string, more: Json = {}): Json => ({
  kind: "admin#directory#member",
  id,
  ...(email === undefined ? {} : { email }),
  role: "MEMBER",
  type,
  status: "ACTIVE",
  ...more,
});

export function role(roleId: string, roleName: string, privileges: readonly string[], more: Json = {}): Json {
  return {
    kind: "admin#directory#role",
    roleId,
    roleName,
    isSystemRole: false,
    isSuperAdminRole: false,
    rolePrivileges: privileges.map((privilegeName) => ({ privilegeName, serviceId: "00haapch16h1ysv" })),
    ...more,
  };
}

export const assignment = (
  roleAssignmentId: string,
  roleId: string,
  assignedTo: string,
  more: Json = {},
): Json => ({
  kind: "admin#directory#roleAssignment",
  roleAssignmentId,
  roleId,
  assignedTo,
  assigneeType: "USER",
  scopeType: "CUSTOMER",
  ...more,
});

export const token = (
  userKey: string,
  clientId: string,
  displayText: string,
  scopes: readonly string[],
): Json => ({
  kind: "admin#directory#token",
  clientId,
  displayText,
  anonymous: false,
  nativeApp: false,
  userKey,
  scopes,
});

export const license = (userId: string, skuId: string, skuName: string, productId = "Google-Apps"): Json => ({
  kind: "licensing#licenseAssignment",
  userId,
  productId,
  productName: productId,
  skuId,
  skuName,
});

/** A small number that is the same for the same text. */
function hash(text: string): number {
  let value = 7;
  for (const character of text) value = (value * 31 + character.charCodeAt(0)) % 2_147_483_647;
  return value;
}
