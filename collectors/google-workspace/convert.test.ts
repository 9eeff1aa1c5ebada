import { describe, expect, it } from "vitest";
import type { GraphRecord } from "../../src/model/index.js";
import { collector } from "./collector.js";
import { configSchema } from "./config.js";
import { convertDelegates, convertLicenses, convertTokens, tokenClients } from "./convert-access.js";
import { type Context, convertDomains, convertGroups, convertOrgUnits } from "./convert-directory.js";
import { convertMembers } from "./convert-members.js";
import { convertAdminRoles, superAdmins } from "./convert-roles.js";
import { convertDeletedUsers, convertUsers } from "./convert-users.js";
import { createMemo } from "./memo.js";
import { withoutPrivate } from "./private.js";
import { customerOf, cut, saysTruncated, tokenShape, userShape } from "./shapes.js";

const CUSTOMER = "C03az79cb";

/** A context, and what was said to it. */
function context(settings: Record<string, unknown> = {}) {
  const said: { rejected: string[]; partial: string[]; notes: string[]; totals: Record<string, number> } = {
    rejected: [],
    partial: [],
    notes: [],
    totals: {},
  };
  const made: Context = {
    source: "ws",
    partition: CUSTOMER,
    config: configSchema.parse(settings),
    timeZone: "UTC",
    memo: createMemo(),
    reject: (where) => said.rejected.push(where),
    partial: (reason) => said.partial.push(reason),
    note: (text) => said.notes.push(text),
    total: (stream, type, total) => {
      said.totals[`${stream} ${type}`] = total;
    },
  };
  return { context: made, said, finish: { ...made, verdicts: new Map() } };
}
const nodes = (records: Iterable<GraphRecord>) =>
  [...records].flatMap((record) => (record.kind === "node" ? [record] : []));
const edges = (records: Iterable<GraphRecord>) =>
  [...records].flatMap((record) =>
    record.kind === "edge"
      ? [`${record.type} ${record.from} ${record.to}`.replaceAll("ws/workspace-", "")]
      : [],
  );

/** As https://developers.google.com/workspace/admin/directory/v1/guides/manage-users shows a user, shortened. */
const LIZ = {
  kind: "admin#directory#user",
  id: "103920932849012345678",
  primaryEmail: "Liz@Example.com",
  name: { givenName: "Liz", familyName: "Smith", fullName: "Liz Smith" },
  isAdmin: true,
  isDelegatedAdmin: false,
  lastLoginTime: "2013-02-05T10:30:03.325Z",
  creationTime: "2010-04-05T17:30:04.325Z",
  agreedToTerms: true,
  hashFunction: "SHA-1",
  suspended: false,
  archived: false,
  changePasswordAtNextLogin: false,
  ipWhitelisted: false,
  ims: [{ type: "work", protocol: "gtalk", im: "lizim@talk.example.com", primary: true }],
  emails: [
    { address: "liz@example.com", type: "home", customType: "", primary: true },
    { address: "liz.smith@sales.example.com" },
    { address: "liz@private.test", type: "home" },
  ],
  addresses: [{ type: "work", streetAddress: "1600 Amphitheatre Parkway" }],
  externalIds: [
    { value: "12345", type: "custom", customType: "employee" },
    { value: " E-77 ", type: "organization" },
  ],
  phones: [{ value: "+1 nnn nnn nnnn", type: "work" }],
  aliases: ["lizsmith@example.com", "lsmith@example.com"],
  nonEditableAliases: ["liz@test.com"],
  notes: { value: "badge PIN 1234", contentType: "text_plain" },
  recoveryEmail: "liz@private.test",
  recoveryPhone: "+16506661212",
  customerId: CUSTOMER,
  orgUnitPath: "/corp/Engineering",
  isMailboxSetup: true,
  isEnrolledIn2Sv: false,
  isEnforcedIn2Sv: true,
};
const other = (id: string, email: string, more: object = {}) => ({
  id,
  primaryEmail: email,
  suspended: false,
  archived: false,
  ...more,
});

describe("users", () => {
  const convert = (user: object, prepare: (context: Context) => void = () => undefined) => {
    const made = context();
    for (const domain of ["example.com", "sales.example.com"]) made.context.memo.domains.add(domain);
    prepare(made.context);
    const records = [...convertUsers({ users: [user] }, made.context)];
    return { ...made, records, props: nodes(records)[0]?.props ?? {}, aliases: nodes(records)[0]?.aliases };
  };

  it("are accounts by their id, known by every address of their own", () => {
    const { records, props, aliases } = convert(LIZ);
    expect(nodes(records)[0]?.key).toBe("ws/workspace-user/103920932849012345678");
    expect(props).toEqual({
      name: "Liz Smith",
      username: "liz@example.com",
      email: "liz@example.com",
      employeeId: "E-77",
      accountType: "unknown",
      status: "enabled",
      suspended: false,
      archived: false,
      createdAt: Date.parse("2010-04-05T17:30:04.325Z"),
      lastLoginAt: Date.parse("2013-02-05T10:30:03.325Z"),
      neverLoggedIn: false,
      mfa: false,
      mfaEnforced: true,
      superAdmin: true,
      delegatedAdmin: false,
      effectivePrivilege: "admin",
      effectivePrivilegeWhy: "super administrator (isAdmin)",
      orgUnit: "/corp/Engineering",
    });
    expect(aliases).toEqual([
      "liz.smith@sales.example.com",
      "liz@example.com",
      "liz@test.com",
      "lizsmith@example.com",
      "lsmith@example.com",
      "oidc:accounts.google.com#103920932849012345678",
    ]);
    expect(edges(records)).toEqual(["MEMBER_OF user/103920932849012345678 domain/example.com"]);
  });

  it("are recorded without what nobody needs of them", () => {
    const kept = JSON.stringify(
      withoutPrivate(cut(userShape, LIZ), new Set(["example.com", "sales.example.com"])),
    );
    for (const secret of ["PIN", "private.test", "1650", "nnn", "Amphitheatre", "lizim", "SHA-1", '12345"'])
      expect(kept).not.toContain(secret);
    expect(kept).toContain("liz.smith@sales.example.com");
    expect(kept).toContain("E-77");
  });

  it.each([
    [{ suspended: true, archived: false, suspensionReason: "ADMIN" }, "disabled", "ADMIN"],
    [{ suspended: false, archived: true, suspensionReason: "stale" }, "disabled", undefined],
    [{ suspended: true, archived: true }, "disabled", undefined],
    [{ suspended: false, archived: undefined }, "unknown", undefined],
    [{ suspended: undefined, archived: false }, "unknown", undefined],
    [{ suspended: undefined, archived: undefined }, "unknown", undefined],
  ])("with %o are %s", (said, status, reason) => {
    const { props } = convert({ ...LIZ, ...said });
    expect(props.status).toBe(status);
    expect(props.suspensionReason).toBe(reason);
  });

  it("who never signed in are told from those of whom it is unknown", () => {
    const never = convert({ ...LIZ, lastLoginTime: "1970-01-01T00:00:00.000Z" }).props;
    expect([never.lastLoginAt, never.neverLoggedIn]).toEqual([undefined, true]);
    const unknown = convert({ ...LIZ, lastLoginTime: undefined }).props;
    expect([unknown.lastLoginAt, unknown.neverLoggedIn]).toEqual([undefined, undefined]);
  });

  it("with two employee ids have none, and it is said", () => {
    const externalIds = ["E-1", "E-2"].map((value) => ({ type: "organization", value }));
    const { props, said } = convert({ ...LIZ, externalIds });
    expect(props.employeeId).toBeUndefined();
    expect(said.notes).toHaveLength(1);
    expect(
      convert({ ...LIZ, externalIds: [{ type: "login_id", value: "x" }] }).props.employeeId,
    ).toBeUndefined();
  });

  it("that are malformed are rejected, one by one", () => {
    const { context: made, said } = context();
    const users = [
      { primaryEmail: "x@example.com" },
      { ...LIZ, suspended: "yes" },
      "text",
      null,
      { malformed: true },
      LIZ,
    ];
    expect(nodes(convertUsers({ users }, made))).toHaveLength(1);
    expect(said.rejected).toEqual([1, 2, 3, 4, 5].map((at) => `user ${at} of a page`));
  });

  it("are listed to the end when no page follows", () => {
    const { context: made } = context();
    [...convertUsers({ users: [LIZ], nextPageToken: "x" }, made)];
    expect(made.memo.userList.ended).toBe(false);
    [...convertUsers({}, made)];
    expect(made.memo.userList.ended).toBe(true);
  });

  it("that are deleted keep no address as another name", () => {
    const { context: made } = context();
    const deleted = { ...LIZ, deletionTime: "2026-11-20T10:00:00.000Z", isAdmin: false };
    const [node] = nodes(convertDeletedUsers({ users: [deleted] }, made));
    expect(node).toMatchObject({
      key: "ws/workspace-user/103920932849012345678",
      aliases: ["deleted:user:liz@example.com?uid=103920932849012345678"],
      props: {
        status: "deleted",
        email: "liz@example.com",
        employeeId: "E-77",
        deletedAt: Date.parse("2026-11-20T10:00:00.000Z"),
      },
    });
    // They are nobody's member, and no seat or delegation is theirs.
    expect(made.memo.users.size + made.memo.addresses.size).toBe(0);
  });
});

describe("domains and units", () => {
  it("hold everybody, the primary domain all of them", () => {
    const { context: made } = context();
    const records = [
      ...convertDomains(
        {
          customer: {
            id: CUSTOMER,
            customerDomain: "Example.com",
            customerCreationTime: "2011-05-01T00:00:00.000Z",
          },
          domains: [
            { domainName: "Example.com", isPrimary: true, verified: true },
            {
              domainName: "sales.example.com",
              isPrimary: false,
              domainAliases: [{ domainAliasName: "Sell.test" }],
            },
          ],
        },
        made,
      ),
    ];
    expect(nodes(records).map(({ key, provider, aliases }) => [key, provider, aliases])).toEqual([
      [`ws/workspace-customer/${CUSTOMER}`, "WorkspaceCustomer", [CUSTOMER]],
      [`ws/workspace-everyone/${CUSTOMER}`, "WorkspaceEveryone", undefined],
      ["ws/workspace-domain/example.com", "WorkspaceDomain", ["domain:example.com"]],
      [
        "ws/workspace-domain/sales.example.com",
        "WorkspaceDomain",
        ["domain:sales.example.com", "domain:sell.test"],
      ],
    ]);
    expect(edges(records)).toEqual([
      `MEMBER_OF domain/example.com everyone/${CUSTOMER}`,
      "MEMBER_OF domain/sales.example.com domain/example.com",
    ]);
    expect([...made.memo.domains].sort()).toEqual(["example.com", "sales.example.com", "sell.test"]);
  });

  it("contain each other below the customer", () => {
    const { context: made } = context();
    const organizationUnits = [
      { orgUnitId: "id:03ph8a2z1", name: "corp", orgUnitPath: "/" },
      { orgUnitId: "id:03ph8a2z2", name: "sales", orgUnitPath: "/sales", parentOrgUnitId: "id:03ph8a2z1" },
    ];
    expect(edges(convertOrgUnits({ organizationUnits }, made))).toEqual([
      `CONTAINS customer/${CUSTOMER} org-unit/03ph8a2z1`,
      "CONTAINS org-unit/03ph8a2z1 org-unit/03ph8a2z2",
    ]);
  });
});

describe("members of groups", () => {
  function listed() {
    const made = context();
    made.context.memo.domains.add("example.com");
    [...convertUsers({ users: [LIZ] }, made.context)];
    [
      ...convertGroups(
        {
          groups: [
            { id: "00inner", email: "inner@example.com", name: "Inner", directMembersCount: "1" },
            {
              id: "00outer",
              email: "Outer@example.com",
              directMembersCount: "3",
              aliases: ["out@example.com"],
            },
          ],
        },
        made.context,
      ),
    ];
    return made;
  }
  const members = (made: ReturnType<typeof context>, list: readonly unknown[], groupId = "00outer") =>
    edges(convertMembers({ groupId, members: list }, made.context)).map((edge) => edge.split(" ")[1]);

  it("are tied by id, or named as Google Cloud names them", () => {
    const made = listed();
    const list = [
      { id: LIZ.id, email: "an.older@address.test", type: "USER", role: "OWNER", status: "ACTIVE" },
      { id: "00inner", email: "inner@example.com", type: "GROUP" },
      { id: CUSTOMER, type: "CUSTOMER" },
      { id: "C0another", type: "CUSTOMER" },
      { id: "1", email: "Guest@Else.test", type: "USER" },
      { id: "2", email: "Outside@Else.test", type: "EXTERNAL" },
      { id: "00far", email: "Team@Else.test", type: "GROUP" },
      { id: "3", email: "robot@p.iam.gserviceaccount.com", type: "USER" },
      { email: "LSMITH@example.com", type: "USER" },
      { id: "4", type: "USER" },
      { id: "5", email: "odd@else.test", type: "DEVICE_POOL" },
    ];
    expect(members(made, list)).toEqual([
      `user/${LIZ.id}`,
      "group/00inner",
      `everyone/${CUSTOMER}`,
      "ref/google-member/customer:C0another",
      "ref/google-member/user:guest@else.test",
      "ref/google-member/user:outside@else.test",
      "ref/google-member/group:team@else.test",
      "ref/google-member/serviceAccount:robot@p.iam.gserviceaccount.com",
      `user/${LIZ.id}`,
      "ref/oidc/accounts.google.com#4",
      "ref/google-member/user:odd@else.test",
    ]);
    expect(made.said.notes).toEqual(["members of the type DEVICE_POOL are kept as accounts"]);
    expect(made.said.partial).toEqual([]);
  });

  it("carry their role, and a status that is not the usual one", () => {
    const [first, second] = [
      ...convertMembers(
        {
          groupId: "00outer",
          members: [
            { id: LIZ.id, type: "USER", role: "MANAGER", status: "ACTIVE" },
            { id: "1", email: "a@else.test", type: "USER", role: "MEMBER", status: "SUSPENDED" },
          ],
        },
        listed().context,
      ),
    ];
    expect(first?.props).toEqual({ role: "MANAGER" });
    expect(second?.props).toEqual({ role: "MEMBER", memberStatus: "SUSPENDED" });
  });

  it("are held against Google's count, over pages and without counting one twice", () => {
    const made = listed();
    const liz = { id: LIZ.id, email: "liz@example.com", type: "USER" };
    const page = (groupId: string, list: readonly object[], more: object = {}) =>
      [...convertMembers({ groupId, members: list, ...more }, made.context)].length;
    page("00outer", [liz, { id: "1", email: "a@else.test", type: "USER" }], { nextPageToken: "x" });
    page("00outer", [{ id: "1", email: "a@else.test", type: "USER" }]);
    // Three are counted, two are listed; the other group's surplus makes up for nothing.
    expect(made.said.totals).toEqual({ "group-members MEMBER_OF": 3 });
    page("00inner", [liz, { id: "2", email: "b@else.test", type: "USER" }]);
    expect(made.said.totals).toEqual({ "group-members MEMBER_OF": 5 });
  });

  it("are not held against it where everybody is one", () => {
    const made = listed();
    [...convertMembers({ groupId: "00outer", members: [{ id: CUSTOMER, type: "CUSTOMER" }] }, made.context)];
    expect(made.said.totals).toEqual({ "group-members MEMBER_OF": 1 });
  });

  it("are no strangers because the lists were not read", () => {
    const made = context();
    made.context.memo.domains.add("example.com");
    const list = [
      { id: "7", email: "ann@example.com", type: "USER" },
      { id: "00new", email: "new@example.com", type: "GROUP" },
      { id: "8", email: "guest@else.test", type: "USER" },
    ];
    expect(members(made, list)).toEqual(["user/7", "group/00new", "ref/google-member/user:guest@else.test"]);
    expect(made.said.partial).toHaveLength(2);
  });

  it.each([
    ["of a user", { id: "7", email: "ann@example.com", type: "USER" }, "user/7", "1 of the users"],
    ["of a user by id only", { id: "7", type: "USER" }, "user/7", "1 of the users"],
    [
      "of a user by address only",
      { email: "ann@example.com" },
      "ref/google-member/user:ann@example.com",
      "1 of the users",
    ],
    [
      "of a group",
      { id: "00new", email: "new@example.com", type: "GROUP" },
      "group/00new",
      "1 of the groups",
    ],
    ["of a group by id only", { id: "00new", type: "GROUP" }, "group/00new", "1 of the groups"],
  ])("are no strangers because a row of their list was rejected: %s", (_, member, key, lack) => {
    const made = listed();
    [...convertUsers({ users: [{ primaryEmail: "ann@example.com" }] }, made.context)];
    [...convertGroups({ groups: [{ email: "new@example.com" }] }, made.context)];
    expect(members(made, [member])).toEqual([key]);
    expect(made.said.partial).toEqual([
      expect.stringContaining(`${lack} that Google lists could not be understood`),
    ]);
  });

  it("of a domain that was rejected are no strangers either", () => {
    const made = listed();
    [...convertDomains({ domains: [{ domainName: "example.com", isPrimary: true }, {}] }, made.context)];
    [...convertUsers({ users: [{}] }, made.context)];
    expect(members(made, [{ id: "7", email: "ann@lost.example", type: "USER" }])).toEqual(["user/7"]);
    expect(made.said.partial).toHaveLength(1);
  });

  it("of a group that is gone are none", () => {
    const made = listed();
    expect(members(made, [])).toEqual([]);
    expect([...convertMembers({ groupId: "00outer", gone: true }, made.context)]).toEqual([]);
    expect(made.said.rejected).toEqual([]);
  });

  it("without id and address are rejected", () => {
    const made = listed();
    expect(members(made, [{ type: "USER" }, { type: "GROUP" }, { type: "CUSTOMER" }, 7])).toEqual([]);
    expect(made.said.rejected).toHaveLength(4);
  });
});

describe("administrator roles", () => {
  /** As https://developers.google.com/workspace/admin/directory/v1/guides/manage-roles shows them. */
  const ROLES = {
    kind: "admin#directory#roles",
    items: [
      {
        roleId: "3894208461012993",
        roleName: "_SEED_ADMIN_ROLE",
        roleDescription: "Google Apps Administrator Seed Role",
        rolePrivileges: [{ privilegeName: "SUPER_ADMIN", serviceId: "01ci93xb3tmzyin" }],
        isSystemRole: true,
        isSuperAdminRole: true,
      },
      {
        roleId: "3894208461012994",
        roleName: "Help",
        rolePrivileges: [{ privilegeName: "USERS_RETRIEVE" }, { privilegeName: "USERS_ADD_NICKNAME" }],
      },
      {
        roleId: 3894208461012995,
        roleName: "Look",
        rolePrivileges: [{ privilegeName: "ORGANIZATION_UNITS_RETRIEVE" }],
      },
      { roleId: "3894208461012996", roleName: "Empty" },
    ],
  };
  const given = (roleId: string, assignedTo: string, more: object = {}) => ({
    kind: "admin#directory#roleAssignment",
    roleAssignmentId: "3894208461013031",
    roleId,
    assignedTo,
    scopeType: "CUSTOMER",
    assigneeType: "USER",
    ...more,
  });
  const assign = (made: ReturnType<typeof context>, items: readonly object[]) => [
    ...convertAdminRoles(ROLES, made.context),
    ...convertAdminRoles({ kind: "admin#directory#roleAssignments", items }, made.context),
  ];

  it("are entitlements on what they are assigned for, with what they allow", () => {
    const made = context();
    [...convertUsers({ users: [LIZ] }, made.context)];
    const records = assign(made, [
      given("3894208461012994", LIZ.id, { scopeType: "ORG_UNIT", orgUnitId: "03ph8a2z2" }),
      given("3894208461012995", LIZ.id),
      given("3894208461012996", "00group", { assigneeType: "GROUP" }),
      given("3894208461012995", "999"),
    ]);
    expect(nodes(records).map(({ props }) => [props.name, props.privilege, props.privilegeWhy])).toEqual([
      ["Help", "privileged", "USERS_ADD_NICKNAME"],
      ["Look", "read", "all its privileges only read"],
      ["Empty", "unknown", "the role lists no privileges"],
      ["Look", "read", "all its privileges only read"],
    ]);
    expect(edges(records)).toEqual([
      "ON admin-role/3894208461012994/03ph8a2z2 org-unit/03ph8a2z2",
      `HAS_ENTITLEMENT user/${LIZ.id} admin-role/3894208461012994/03ph8a2z2`,
      `ON admin-role/3894208461012995/customer customer/${CUSTOMER}`,
      `HAS_ENTITLEMENT user/${LIZ.id} admin-role/3894208461012995/customer`,
      `ON admin-role/3894208461012996/customer customer/${CUSTOMER}`,
      "HAS_ENTITLEMENT group/00group admin-role/3894208461012996/customer",
      `ON admin-role/3894208461012995/customer customer/${CUSTOMER}`,
      "HAS_ENTITLEMENT ref/oidc/accounts.google.com#999 admin-role/3894208461012995/customer",
    ]);
  });

  it("that the list of roles lacks keep what was known of them", () => {
    const made = context();
    [...convertUsers({ users: [LIZ] }, made.context)];
    const [role] = nodes(assign(made, [given("3894208461019999", LIZ.id)]));
    expect(role?.props).toMatchObject({ name: "role 3894208461019999", privilege: "unknown" });
    expect(role?.unsure).toEqual(["name", "privilege", "privilegeWhy"]);
    expect(made.said.partial).toEqual(["a role assignment names a role that is not listed"]);
  });

  it("under a condition, or for a time, say so, and stand beside the one without", () => {
    const made = context();
    [...convertUsers({ users: [LIZ] }, made.context)];
    const condition = "resource.type == 'cloudidentity.googleapis.com/Group'";
    const records = assign(made, [
      given("3894208461012994", LIZ.id),
      given("3894208461012994", LIZ.id, {
        condition,
        expirationDetails: { expireTime: "2027-01-01T00:00:00Z" },
      }),
    ]).flatMap((record) => (record.kind === "edge" && record.type === "HAS_ENTITLEMENT" ? [record] : []));
    expect(records).toHaveLength(2);
    expect(records[0]?.discriminator).toBeUndefined();
    expect(records[1]?.discriminator).toMatch(/^[0-9a-f]{16}$/);
    expect(records[1]?.props).toEqual({
      condition,
      endsAt: Date.parse("2027-01-01T00:00:00Z"),
      via: "assignment",
      assignmentId: "3894208461013031",
    });
  });

  it("make a super administrator once, by assignment or else by isAdmin", () => {
    const made = context();
    const max = other("5", "max@example.com", { isAdmin: true });
    [...convertUsers({ users: [LIZ, max] }, made.context)];
    assign(made, [given("3894208461012993", LIZ.id)]);
    expect(
      edges(superAdmins({ ...made.context, verdicts: new Map() })).filter((e) => e.startsWith("HAS")),
    ).toEqual(["HAS_ENTITLEMENT user/5 admin-role/3894208461012993/customer"]);
  });

  it("are not guessed from isAdmin where the assignments were not read", () => {
    const made = context();
    [...convertUsers({ users: [LIZ] }, made.context)];
    [...convertAdminRoles(ROLES, made.context)];
    expect([...superAdmins({ ...made.context, verdicts: new Map() })]).toEqual([]);
  });

  it("that cannot be placed are said", () => {
    const made = context();
    made.context.memo.userList.ended = true;
    const records = assign(made, [
      given("1", "5"),
      given("3894208461012994", "5", { scopeType: "PLANET" }),
      given("3894208461012994", "5", { scopeType: "ORG_UNIT" }),
    ]);
    expect(nodes(records).map(({ props }) => props.name)).toEqual(["role 1"]);
    expect(made.said.partial).toHaveLength(2);
    expect(made.said.rejected).toEqual(["role assignment 3 of a page"]);
  });
});

describe("what users let in", () => {
  const token = (clientId: string, displayText: string, more: object = {}) => ({
    kind: "admin#directory#token",
    clientId,
    displayText,
    anonymous: false,
    nativeApp: false,
    userKey: LIZ.id,
    scopes: ["openid", "https://mail.google.com/", "openid"],
    ...more,
  });

  it("are grants to one application for all, called the same whoever comes first", () => {
    const name = (order: readonly (readonly [string, string])[]) => {
      const { context: made, finish } = context();
      for (const [userId, text] of order)
        [...convertTokens({ userId, items: [token("1.apps", text)] }, made)];
      return nodes(tokenClients(finish)).map(({ key, props }) => [key, props.name]);
    };
    const there = [["ws/workspace-client/1.apps", "Diagrams"]];
    const [one, two] = [
      ["1", "Diagrams"],
      ["2", "Zeichnungen"],
    ] as const;
    expect(name([one, two])).toEqual(there);
    expect(name([two, one])).toEqual(there);
  });

  it("keep scopes and who consented, and tell unregistered applications apart", () => {
    const { context: made, finish } = context();
    const records = [
      ...convertTokens(
        {
          userId: LIZ.id,
          items: [
            token("1.apps", "Diagrams", { nativeApp: true }),
            token("anonymous", "one.test", { anonymous: true }),
            token("anonymous", "two.test", { anonymous: true }),
          ],
        },
        made,
      ),
    ];
    expect(nodes(records)[0]?.props).toEqual({
      name: "Diagrams",
      clientId: "1.apps",
      scopes: ["https://mail.google.com/", "openid"],
      consentType: "user",
      privilege: "privileged",
      privilegeWhy: "https://mail.google.com/ reads, sends and deletes all mail",
      anonymous: false,
      nativeApp: true,
    });
    expect(edges(records)).toHaveLength(6);
    expect(nodes(tokenClients(finish)).map(({ key, props }) => [key, props.clientId, props.name])).toEqual([
      ["ws/workspace-client/1.apps", "1.apps", "Diagrams"],
      ["ws/workspace-client/anonymous/one.test", "anonymous", "one.test"],
      ["ws/workspace-client/anonymous/two.test", "anonymous", "two.test"],
    ]);
  });

  it("of nobody are none, and what a token might hold besides is cut off", () => {
    const { context: made } = context();
    expect([...convertTokens({ userId: "1" }, made)]).toEqual([]);
    expect([...convertTokens({ userId: "1", gone: true }, made)]).toEqual([]);
    expect(JSON.stringify(cut(tokenShape, token("1", "x", { refreshToken: "1//secret" })))).not.toContain(
      "secret",
    );
  });
});

describe("seats", () => {
  const seatCosts = { "1010020027": { costPerSeat: 6, currency: "USD" } };
  const page = {
    productId: "Google-Apps",
    items: [
      {
        userId: "Liz@example.com",
        productId: "Google-Apps",
        skuId: "1010020027",
        skuName: "Business Starter",
      },
      { userId: "gone@example.com", productId: "Google-Apps", skuId: "1010020028" },
    ],
  };

  it("are used by the user of that address, and cost what the configuration says", () => {
    const made = context({ seatCosts });
    [...convertUsers({ users: [LIZ] }, made.context)];
    const records = [...convertLicenses(page, made.context)];
    expect(nodes(records).map(({ props }) => props)).toEqual([
      {
        name: "Business Starter",
        productId: "Google-Apps",
        skuId: "1010020027",
        sku: "Business Starter",
        costPerSeat: 6,
        currency: "USD",
      },
      { name: "1010020028", productId: "Google-Apps", skuId: "1010020028", sku: "1010020028" },
    ]);
    expect(edges(records)).toEqual([
      `USES_SEAT user/${LIZ.id} sku/Google-Apps/1010020027`,
      "USES_SEAT ref/google-member/user:gone@example.com sku/Google-Apps/1010020028",
    ]);
  });

  it("are nobody's where the users were not read", () => {
    const made = context();
    expect(edges(convertLicenses(page, made.context))).toEqual([]);
    expect(made.said.partial).toHaveLength(2);
  });

  it("of an unknown product are a note, and a gap where somebody asked for it", () => {
    const silent = context();
    [...convertLicenses({ productId: "101039", unavailable: true }, silent.context)];
    expect([silent.said.notes.length, silent.said.partial.length]).toEqual([1, 0]);
    const asked = context({ products: ["101039"] });
    [...convertLicenses({ productId: "101039", unavailable: true }, asked.context)];
    expect([asked.said.notes.length, asked.said.partial.length]).toEqual([0, 1]);
  });
});

describe("mail delegates", () => {
  it("are those who accepted; a closed mailbox keeps those who were known", () => {
    const made = context();
    made.context.memo.groupList.ended = true;
    [...convertUsers({ users: [LIZ, other("5", "max@example.com")] }, made.context)];
    const delegates = ["accepted", "pending", "rejected", "expired"].map((verificationStatus, at) => ({
      delegateEmail: at === 0 ? "LIZ@example.com" : `d${at}@example.com`,
      verificationStatus,
    }));
    const records = [...convertDelegates({ userId: "5", delegates }, made.context)];
    expect(edges(records)).toEqual([
      "OWNED_BY mailbox/5 user/5",
      "ON mailbox-delegate/5 mailbox/5",
      `HAS_ENTITLEMENT user/${LIZ.id} mailbox-delegate/5`,
    ]);
    const closed = { userId: "5", closed: true, known: ["ws/workspace-user/9"] };
    expect(edges(convertDelegates(closed, made.context)).at(-1)).toBe(
      "HAS_ENTITLEMENT user/9 mailbox-delegate/5",
    );
    expect([...convertDelegates({ userId: "5" }, made.context)]).toEqual([]);
  });

  it("are not taken for strangers where the lists were not read", () => {
    const made = context();
    const delegates = [{ delegateEmail: "x@example.com", verificationStatus: "accepted" }];
    expect([...convertDelegates({ userId: "5", delegates }, made.context)]).toEqual([]);
    expect(made.said.partial).toHaveLength(1);
  });
});

describe("pages", () => {
  it("say which customer they are of, and whether more would follow", () => {
    expect(customerOf({ customerId: CUSTOMER })).toBe(CUSTOMER);
    expect(customerOf({ users: [LIZ] })).toBe(CUSTOMER);
    expect(customerOf({ users: [] })).toBeUndefined();
    expect([
      saysTruncated({ nextPageToken: "x" }),
      saysTruncated({ nextPageToken: "" }),
      saysTruncated({}),
    ]).toEqual([true, false, false]);
  });
});

describe("the configuration", () => {
  it("has what is needed, and refuses what cannot be meant", () => {
    expect(configSchema.parse({})).toMatchObject({
      customer: "my_customer",
      delegates: true,
      licensingRequestsPerSecond: 0.5,
      endpoints: { token: "https://oauth2.googleapis.com/token" },
    });
    for (const wrong of [
      { adminSubject: "no address" },
      { adminSubject: "reader@p.iam.gserviceaccount.com" },
      { customer: "example.com" },
      { products: [] },
      { products: ["a/b"] },
      { seatCosts: { x: { costPerSeat: -1, currency: "EUR" } } },
      { seatCosts: { x: { costPerSeat: 1, currency: "euro" } } },
      { seatCosts: { x: { costPerSeat: 1, currency: "EUR", renewsOn: "31.3.2027" } } },
      { endpoints: { directory: "ftp://x" } },
      { privateKey: "secret" },
    ])
      expect(configSchema.safeParse(wrong).success, JSON.stringify(wrong)).toBe(false);
  });

  it("belongs to a collector that explains all it reads", () => {
    expect(collector.streams.filter(({ optional }) => optional).map(({ name }) => name)).toEqual([
      "licenses",
      "mail-delegates",
    ]);
    const streams = new Set(collector.permissions.flatMap((permission) => permission.streams));
    expect([...streams].sort()).toEqual(collector.streams.map(({ name }) => name).sort());
  });
});
