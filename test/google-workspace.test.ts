import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { describeAccess } from "../src/collect/index.js";
import { InputError } from "../src/model/index.js";
import { apiError } from "./servers/google-workspace/errors.js";
import {
  ADMIN,
  addGroup,
  addUser,
  assignment,
  CUSTOMER,
  deleteUser,
  license,
  member,
  removeWhere,
  token,
} from "./servers/google-workspace/index.js";
import { gaps, reasonOf, SOURCE, WorkspaceWorld } from "./support/workspace-world.js";

let world: WorkspaceWorld;
beforeEach(async () => {
  world = await WorkspaceWorld.create();
  credentials(world.server.environment());
});
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await world.close();
});
const credentials = (environment: Readonly<Record<string, string>>) => {
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
};
const idOf = (address: string) => {
  const user = world.server.state.users.find(({ primaryEmail }) => primaryEmail === address);
  if (user === undefined) throw new Error(`no user ${address}`);
  return user.id;
};
const groupOf = (address: string) => {
  const group = world.server.state.groups.find(({ email }) => email === address);
  if (group === undefined) throw new Error(`no group ${address}`);
  return group.id;
};
const user = (address: string) => `user/${idOf(address)}`;
const userKey = (address: string) => `${SOURCE}/workspace-user/${idOf(address)}`;
const group = (address: string) => `group/${groupOf(address)}`;
const revoke = (scope: string) =>
  world.server.grants.authorised.delete(`https://www.googleapis.com/auth/${scope}`);
const changesOf = async (record: string) =>
  (await world.rows("MATCH (c:Change {record: $record}) RETURN c.kind AS kind", { record })).map(
    ({ kind }) => kind,
  );

describe("a Workspace in the graph", () => {
  it("is read whole, and each list in as few calls as there are pages", async () => {
    world.server.pageSize = 1_000;
    const manifest = await world.read();
    expect(gaps(manifest)).toEqual([]);
    expect(manifest.partitions[0]?.partition).toBe(CUSTOMER);
    const calls: Record<string, number> = {};
    for (const { list } of world.server.plan.served) calls[list] = (calls[list] ?? 0) + 1;
    expect(calls).toEqual({
      // One for each scope but that of the mailboxes.
      "administrator's token": 9,
      customer: 1,
      domains: 1,
      "organisational units": 1,
      users: 1,
      "deleted users": 1,
      groups: 1,
      "group members": 3,
      roles: 1,
      "role assignments": 1,
      tokens: 7,
      licences: 19,
      "mailbox token": 6,
      "mail delegates": 6,
    });
  });

  it("nests groups, and keeps members of every type", async () => {
    await world.read();
    const platform = group("platform@corp.example");
    const engineers = group("engineers@corp.example");
    const members = await world.edges("MEMBER_OF");
    expect(members.filter((edge) => edge.includes("-> group/"))).toEqual(
      [
        `everyone/${CUSTOMER} -> ${group("everybody@corp.example")}`,
        `${platform} -> ${engineers}`,
        `${user("cleo@lab.example")} -> ${engineers}`,
        `ref/google-member/group:team@partner.example -> ${engineers}`,
        `${user("ann@corp.example")} -> ${platform}`,
        `${user("bob@corp.example")} -> ${platform}`,
        `${user("dan@corp.example")} -> ${platform}`,
        `ref/google-member/serviceAccount:build@reader-project.iam.gserviceaccount.com -> ${platform}`,
        `ref/google-member/user:guest@elsewhere.example -> ${platform}`,
      ].sort(),
    );
    // Everybody: a user in their domain, the other domains in the primary one, and that in the customer.
    expect(members).toContain(`${user("ann@corp.example")} -> domain/corp.example`);
    expect(members).toContain(`${user("cleo@lab.example")} -> domain/lab.example`);
    expect(members).toContain("domain/lab.example -> domain/corp.example");
    expect(members).toContain(`domain/corp.example -> everyone/${CUSTOMER}`);
    expect(await world.node(`${SOURCE}/workspace-domain/lab.example`)).toMatchObject({
      label: "Group",
      aliases: ["domain:lab.example", "domain:labs.example"],
    });
    const [role] = await world.rows(
      "MATCH (a:Account)-[e:MEMBER_OF]->(g:Group) WHERE a.key = $key AND g.provider = 'WorkspaceGroup' RETURN e.role AS role",
      { key: userKey("ann@corp.example") },
    );
    expect(role?.role).toBe("OWNER");
  });

  it("says of users whether they can sign in, and why not", async () => {
    await world.read();
    const ann = await world.node(userKey("ann@corp.example"));
    expect(ann).toMatchObject({
      label: "Account",
      provider: "WorkspaceUser",
      status: "enabled",
      email: "ann@corp.example",
      employeeId: "E-100",
      delegatedAdmin: true,
      effectivePrivilege: "privileged",
      mfa: true,
      lastLoginAt: Date.parse("2026-11-01T08:00:00.000Z"),
      neverLoggedIn: false,
    });
    expect(ann?.aliases).toEqual([
      "ann.long@corp.example",
      "ann@corp.example",
      "ann@corp.example.test-google-a.com",
      `oidc:accounts.google.com#${idOf("ann@corp.example")}`,
    ]);
    expect(await world.node(userKey("dan@corp.example"))).toMatchObject({
      status: "disabled",
      suspended: true,
      suspensionReason: "ADMIN",
      archived: false,
    });
    expect(await world.node(userKey("eve@corp.example"))).toMatchObject({
      status: "disabled",
      archived: true,
    });
    const cleo = await world.node(userKey("cleo@lab.example"));
    expect(cleo).toMatchObject({ neverLoggedIn: true, mfa: false });
    expect(cleo).not.toHaveProperty("lastLoginAt");
    expect(await world.node(userKey(ADMIN))).toMatchObject({ superAdmin: true, effectivePrivilege: "admin" });
    expect(await world.node(`${SOURCE}/workspace-user/200000000000000000001`)).toMatchObject({
      status: "deleted",
      email: "old1@corp.example",
      deletedAt: Date.parse("2026-11-15T12:00:00.000Z"),
      aliases: ["deleted:user:old1@corp.example?uid=200000000000000000001"],
    });
  });

  it("gives administrator roles their scope, and a super administrator one of them once", async () => {
    const { state } = world.server;
    // The administrator is assigned the role; Grace is one by isAdmin only.
    addUser(state, "grace@corp.example", { isAdmin: true });
    await world.read();
    const held = await world.edges("HAS_ENTITLEMENT");
    expect(held.filter((edge) => edge.includes("admin-role/"))).toEqual(
      [
        `${user(ADMIN)} -> admin-role/3894208461012993/customer`,
        `${user("grace@corp.example")} -> admin-role/3894208461012993/customer`,
        `${user("ann@corp.example")} -> admin-role/3894208461012995/engineering`,
        `${group("everybody@corp.example")} -> admin-role/3894208461013001/customer`,
        "ref/oidc/accounts.google.com#400000000000000000001 -> admin-role/3894208461013001/customer",
      ].sort(),
    );
    expect(await world.edges("ON")).toEqual(
      expect.arrayContaining([
        "admin-role/3894208461012995/engineering -> org-unit/engineering",
        `admin-role/3894208461012993/customer -> customer/${CUSTOMER}`,
      ]),
    );
    expect(await world.edges("CONTAINS")).toEqual([
      `customer/${CUSTOMER} -> org-unit/root`,
      "org-unit/engineering -> org-unit/platform",
      "org-unit/root -> org-unit/engineering",
    ]);
    const role = (id: string) => world.node(`${SOURCE}/workspace-admin-role/${id}`);
    expect(await role("3894208461012993/customer")).toMatchObject({ privilege: "admin", superAdmin: true });
    expect(await role("3894208461012995/engineering")).toMatchObject({
      privilege: "privileged",
      privilegeWhy: "GROUPS_ALL",
    });
    expect(await role("3894208461013001/customer")).toMatchObject({ privilege: "read", name: "Auditors" });
    // The assignment comes to be listed: the same edge.
    state.roleAssignments.push(assignment("7", "3894208461012993", idOf("grace@corp.example")));
    await world.read();
    expect(
      (await world.edges("HAS_ENTITLEMENT")).filter((edge) => edge.startsWith(user("grace@corp.example"))),
    ).toHaveLength(1);
  });

  it("keeps what users let in: grants, their scopes, and one application for all of them", async () => {
    await world.read();
    expect(await world.edges("CONSENTED")).toHaveLength(2);
    const ann = `${SOURCE}/workspace-token/${idOf("ann@corp.example")}/1.apps.googleusercontent.com`;
    const grant = await world.node(ann);
    expect(grant).toMatchObject({
      label: "OAuthGrant",
      consentType: "user",
      clientId: "1.apps.googleusercontent.com",
      privilege: "privileged",
      scopes: ["https://www.googleapis.com/auth/drive", "https://www.googleapis.com/auth/userinfo.email"],
    });
    expect(grant).not.toHaveProperty("lastUsedAt");
    const apps = await world.rows("MATCH (a:Application) RETURN a.key AS key, a.name AS name");
    expect(apps).toEqual([
      { key: `${SOURCE}/workspace-client/1.apps.googleusercontent.com`, name: "Diagrams" },
    ]);
  });

  it("answers the names by which Google Cloud's policies mean its users, groups and domains", async () => {
    await world.read();
    const answer = async (name: string) => {
      const rows = await world.rows("MATCH (n:Entity) WHERE $name IN n.aliases RETURN n.key AS key", {
        name,
      });
      return rows.map(({ key }) => key);
    };
    // `group:pf@…` and `user:ann.long@…` are looked up by address, domains by the whole name.
    expect(await answer("pf@corp.example")).toEqual([
      `${SOURCE}/workspace-${group("platform@corp.example")}`,
    ]);
    expect(await answer("ann.long@corp.example")).toEqual([userKey("ann@corp.example")]);
    expect(await answer("domain:labs.example")).toEqual([`${SOURCE}/workspace-domain/lab.example`]);
    const guest = "ref/google-member/user:guest@elsewhere.example";
    expect(await world.node(guest)).toMatchObject({ label: "Unresolved" });
  });
});

describe("a Workspace that changes", () => {
  it("shows what changed, and only that", async () => {
    const { state } = world.server;
    await world.read();
    const bob = state.users.find(({ primaryEmail }) => primaryEmail === "bob@corp.example");
    if (bob === undefined) throw new Error("no bob");
    bob.suspended = true;
    bob.suspensionReason = "ADMIN";
    removeWhere(
      state.members.get(groupOf("platform@corp.example")) ?? [],
      ({ id }) => id === idOf("ann@corp.example"),
    );
    const engineers = groupOf("engineers@corp.example");
    state.members.get(engineers)?.push(member("USER", idOf("ann@corp.example"), "ann@corp.example"));
    state.tokens.set(bob.id, [token(bob.id, "2.apps.googleusercontent.com", "Planner", ["openid"])]);
    const report = await world.apply(await world.collect());
    const moved = report.partitions.flatMap(({ stream, added, changed, removed }) =>
      added + changed + removed === 0 ? [] : [{ stream, added, changed, removed }],
    );
    expect(moved).toEqual(
      expect.arrayContaining([
        { stream: "users", added: 0, changed: 1, removed: 0 },
        { stream: "group-members", added: 1, changed: 0, removed: 1 },
        { stream: "oauth-tokens", added: 4, changed: 0, removed: 0 },
      ]),
    );
    expect(moved).toHaveLength(3);
    expect(await world.node(userKey("bob@corp.example"))).toMatchObject({ status: "disabled" });
  });

  it("keeps a deleted user as deleted, without what went with them", async () => {
    const { state } = world.server;
    await world.read();
    const ann = userKey("ann@corp.example");
    const id = idOf("ann@corp.example");
    deleteUser(state, id, "2026-11-21T08:30:00.000Z");
    expect(gaps(await world.read())).toEqual([]);
    expect(await world.node(ann)).toMatchObject({ status: "deleted", label: "Account" });
    expect((await world.edges("MEMBER_OF")).filter((edge) => edge.startsWith(`user/${id}`))).toEqual([]);
    expect(await world.edges("CONSENTED")).toHaveLength(1);
    expect(await changesOf(ann)).toEqual(["changed"]);
    // After 20 days Google forgets them.
    removeWhere(state.deletedUsers, (one) => one.id === id);
    await world.read();
    expect(await world.node(ann)).toBeUndefined();
    expect([...(await changesOf(ann))].sort()).toEqual(["changed", "removed"]);
  });

  it("follows a user to another address, seats and delegations too", async () => {
    const { state } = world.server;
    await world.read();
    const before = { seats: await world.edges("USES_SEAT"), held: await world.edges("HAS_ENTITLEMENT") };
    const bob = state.users.find(({ primaryEmail }) => primaryEmail === "bob@corp.example");
    if (bob === undefined) throw new Error("no bob");
    Object.assign(bob, { primaryEmail: "bob.b@corp.example", aliases: ["bob@corp.example"] });
    for (const one of state.licenses)
      if (one.userId === "bob@corp.example") one.userId = "bob.b@corp.example";
    await world.read();
    expect(await world.edges("USES_SEAT")).toEqual(before.seats);
    expect(await world.edges("HAS_ENTITLEMENT")).toEqual(before.held);
  });
});

describe("a list with a row that cannot be understood", () => {
  const TYPES = ["MEMBER_OF", "HAS_ENTITLEMENT", "USES_SEAT", "CONSENTED", "TO"] as const;
  const held = async () => (await Promise.all(TYPES.map((type) => world.edges(type)))).flat();

  it.each([
    [
      "users",
      ["users", "group-members", "admin-roles", "oauth-tokens", "licenses", "mail-delegates"],
      "1 of the users that Google lists could not be understood",
    ],
    ["groups", ["groups", "group-members"], "1 of the groups that Google lists could not be understood"],
  ])("of %s proves nothing of what rests on it", async (list, partial, reason) => {
    await world.read();
    const before = await held();
    world.server.spoil = { list, kind: "mangled" };
    const manifest = await world.read();
    expect(world.server.spoilt).toBe(1);
    expect(gaps(manifest)).toEqual(partial.map((stream) => `${stream} partial`));
    for (const stream of partial.slice(1)) expect(reasonOf(manifest, stream), stream).toContain(reason);
    expect(await held()).toEqual(expect.arrayContaining([...before]));
  });

  it("of users proves nothing of an administrator by isAdmin only", async () => {
    const { state } = world.server;
    // The last of the first page, and so the one that is spoilt.
    Object.assign(state.users[1] ?? {}, { isAdmin: true });
    await world.read();
    const edge = `${user("ann@corp.example")} -> admin-role/3894208461012993/customer`;
    expect(await world.edges("HAS_ENTITLEMENT")).toContain(edge);
    world.server.spoil = { list: "users", kind: "mangled" };
    await world.read();
    expect(await world.edges("HAS_ENTITLEMENT")).toContain(edge);
  });
});

describe("licences", () => {
  const seatCosts = { "1010020020": { costPerSeat: 27.6, currency: "EUR", renewsOn: "2027-03-31" } };

  it("are seats with what they cost", async () => {
    await world.read({ seatCosts });
    const sku = `${SOURCE}/workspace-sku/Google-Apps/1010020020`;
    expect(await world.node(sku)).toMatchObject({
      label: "License",
      name: "Google Workspace Enterprise Plus",
      costPerSeat: 27.6,
      currency: "EUR",
      renewsOn: "2027-03-31",
    });
    // A suspended user still uses theirs.
    expect(await world.edges("USES_SEAT")).toEqual(
      ["ann", "bob", "dan"]
        .map((name) => `${user(`${name}@corp.example`)} -> sku/Google-Apps/1010020020`)
        .sort(),
    );
  });

  it.each([
    ["101049", "1010490001", "Endpoint Education Upgrade"],
    ["101050", "1010500001", "Colab Pro"],
    ["101068", "1010680001", "Gemini Enterprise Business Edition"],
  ])("of the product %s are asked for without being told", async (productId, skuId, skuName) => {
    world.server.state.licenses.push(license("ann@corp.example", skuId, skuName, productId));
    await world.read();
    expect(await world.edges("USES_SEAT")).toContain(
      `${user("ann@corp.example")} -> sku/${productId}/${skuId}`,
    );
  });

  it("of products that are no longer asked for stay, and a wrong product is said", async () => {
    world.server.state.licenses.push(
      license("ann@corp.example", "Google-Vault", "Google Vault", "Google-Vault"),
    );
    await world.read();
    expect(await world.edges("USES_SEAT")).toHaveLength(4);
    await world.read({ products: ["Google-Apps"] });
    expect(await world.edges("USES_SEAT")).toHaveLength(4);
    expect(reasonOf(await world.collect({ products: ["Googel-Apps", "Google-Vault"] }), "licenses")).toBe(
      "Google knows no product Googel-Apps for this customer: correct `products` in the configuration",
    );
    expect(reasonOf(await world.collect({ products: ["Googel-Apps"] }), "licenses")).toContain("knows none");
  });

  const refused = (status: number, reason: string, message: string) => {
    const { body = {} } = apiError(status, reason, message);
    return { kind: "answer", status, body } as const;
  };

  it.each([
    ["the second page", true, refused(400, "invalid", "Invalid pageToken"), "to their end"],
    [
      "the second page, as if the product were unknown",
      true,
      refused(400, "invalid", "Invalid productId"),
      "to their end",
    ],
    ["a request", false, refused(400, "invalid", "Invalid customerId"), "could not be read"],
    ["a request as not found", false, refused(404, "notFound", "Not Found"), "could not be read"],
    ["a product that had seats", false, refused(400, "invalid", "Invalid productId"), "could not be read"],
  ])("stay where Google refuses %s", async (_, next, fault, reason) => {
    await world.read();
    const before = await world.edges("USES_SEAT");
    expect(before).toHaveLength(3);
    let first = true;
    world.server.plan.plan(fault, (call) => {
      // The first product is the one with seats.
      if (call.list !== "licences" || call.next !== next || !first) return false;
      first = false;
      return true;
    });
    const manifest = await world.read();
    expect(gaps(manifest)).toEqual(["licenses partial"]);
    expect(reasonOf(manifest, "licenses")).toContain("the seats of the product Google-Apps");
    expect(reasonOf(manifest, "licenses")).toContain(reason);
    expect(await world.edges("USES_SEAT")).toEqual(before);
  });

  it("of a product that Google does not know, and of which none was known, are no gap", async () => {
    let calls = 0;
    world.server.plan.plan(refused(400, "invalid", "Invalid productId"), ({ list }) => {
      if (list !== "licences") return false;
      calls += 1;
      // Two pages of the first product.
      return calls > 2;
    });
    expect(gaps(await world.read())).toEqual([]);
    expect(await world.edges("USES_SEAT")).toHaveLength(3);
  });
});

describe("mail delegates", () => {
  const delegations = async () =>
    (await world.edges("HAS_ENTITLEMENT")).filter((edge) => edge.includes("mailbox-delegate"));

  it("are those who have accepted", async () => {
    addGroup(world.server.state, "assistants@corp.example");
    world.server.state.delegates.set("bob@corp.example", [
      { delegateEmail: "assistants@corp.example", verificationStatus: "accepted" },
    ]);
    await world.read();
    expect(await delegations()).toEqual(
      [
        `${user("bob@corp.example")} -> mailbox-delegate/${idOf("ann@corp.example")}`,
        `${group("assistants@corp.example")} -> mailbox-delegate/${idOf("bob@corp.example")}`,
      ].sort(),
    );
    const on = `mailbox-delegate/${idOf("ann@corp.example")} -> mailbox/${idOf("ann@corp.example")}`;
    expect(await world.edges("ON")).toContain(on);
  });

  it("of a mailbox that is closed stay as they were known, and go when it opens without them", async () => {
    const { state } = world.server;
    await world.read();
    const known = await delegations();
    const ann = state.users.find(({ primaryEmail }) => primaryEmail === "ann@corp.example");
    if (ann === undefined) throw new Error("no ann");
    ann.suspended = true;
    expect(gaps(await world.read())).toEqual([]);
    expect(await delegations()).toEqual(known);
    ann.suspended = false;
    state.delegates.delete("ann@corp.example");
    await world.read();
    expect(await delegations()).toEqual([]);
  });

  it.each([
    ["a licence for Gmail", { isMailboxSetup: false }, { isMailboxSetup: true }],
    ["an address", { primaryEmail: undefined }, { primaryEmail: "ann@corp.example" }],
  ])(
    "of somebody without %s stay as they were known, and go when a read could see them",
    async (_, off, on) => {
      const { state } = world.server;
      const ann = state.users.find(({ primaryEmail }) => primaryEmail === "ann@corp.example");
      if (ann === undefined) throw new Error("no ann");
      await world.read();
      const known = await delegations();
      expect(known).toHaveLength(1);
      Object.assign(ann, off);
      state.delegates.delete("ann@corp.example");
      // Twice: what was known must not be forgotten while nobody can look.
      for (let reads = 0; reads < 2; reads++) {
        expect(gaps(await world.read())).toEqual([]);
        expect(await delegations()).toEqual(known);
      }
      Object.assign(ann, on);
      expect(gaps(await world.read())).toEqual([]);
      expect(await delegations()).toEqual([]);
    },
  );

  it("are not read without their scope, or where nobody wants them, and what was known stays", async () => {
    await world.read();
    const known = await delegations();
    const off = await world.read({ delegates: false });
    expect(gaps(off)).toEqual(["mail-delegates not read"]);
    expect(reasonOf(off, "mail-delegates")).toContain("`delegates: false`");
    revoke("gmail.settings.basic");
    const denied = await world.read();
    expect(gaps(denied)).toEqual(["mail-delegates not read"]);
    expect(reasonOf(denied, "mail-delegates")).toContain(
      "https://www.googleapis.com/auth/gmail.settings.basic",
    );
    expect(await delegations()).toEqual(known);
    // Asked once or at most as often as calls are under way, not once per mailbox for nothing.
    expect(world.server.plan.served.filter(({ list }) => list === "mailbox token").length).toBeLessThan(20);
  });
});

describe("credentials and permissions", () => {
  it("names the scope, the client id and the place where a scope is missing, and fails that stream alone", async () => {
    revoke("admin.directory.user.security");
    const manifest = await world.collect();
    expect(gaps(manifest)).toEqual(["oauth-tokens failed"]);
    const reason = reasonOf(manifest, "oauth-tokens");
    expect(reason).toContain("https://www.googleapis.com/auth/admin.directory.user.security");
    expect(reason).toContain(world.server.grants.clientId);
    expect(reason).toContain("Domain-wide delegation");
  });

  it("names the privilege that the administrator lacks", async () => {
    const manifest = await world.collect({ adminSubject: "bob@corp.example" });
    expect(manifest.partitions.every(({ verdict }) => verdict === "failed")).toBe(true);
    expect(reasonOf(manifest, "users")).toContain("may lack the privilege (any administrator role)");
  });

  it("says that nobody has the administrator's address", async () => {
    const manifest = await world.collect({ adminSubject: "nobody@corp.example" });
    expect(reasonOf(manifest, "users")).toContain("adminSubject is no active user of this Workspace");
  });

  it("refuses a source without an administrator", async () => {
    await expect(world.collect({ adminSubject: undefined })).rejects.toThrow(InputError);
  });

  it("says what is wrong with the key file, and nothing of what it holds", async () => {
    for (const [name, content, expected] of [
      ["missing.json", undefined, "does not exist"],
      ["broken.json", '{"type":"service_account","private_key":"not-to-be-seen', "cannot be used"],
      [
        "wrong.json",
        JSON.stringify({
          type: "service_account",
          client_email: world.server.grants.email,
          private_key: "not-to-be-seen",
        }),
        "cannot be used",
      ],
    ] as const) {
      const path = content === undefined ? join(world.dir, name) : world.server.file(name, content);
      credentials({ GOOGLE_APPLICATION_CREDENTIALS: path });
      const reason = reasonOf(await world.collect(), "users");
      expect(reason, name).toContain(expected);
      expect(reason, name).not.toContain("not-to-be-seen");
    }
  });

  it("is told that a key is not the service account's any more", async () => {
    const other = await WorkspaceWorld.create();
    try {
      credentials(other.server.environment());
      expect(reasonOf(await world.collect(), "users")).toContain(
        "Google did not accept the service account exitgraph@reader-project.iam.gserviceaccount.com",
      );
    } finally {
      await other.close();
    }
  });

  it("needs no key where Google signs", async () => {
    credentials(world.server.keylessEnvironment());
    const manifest = await world.collect();
    expect(manifest.partitions.flatMap(({ reason }) => reason ?? [])).toEqual([]);
    expect(gaps(manifest)).toEqual([]);
  });

  it("takes a new token where the old one ended early", async () => {
    let once = true;
    world.server.onAnswer = () => {
      if (!once || world.server.plan.served.at(-1)?.list !== "users") return;
      once = false;
      world.server.grants.revoke();
    };
    expect(gaps(await world.collect())).toEqual([]);
    expect(once).toBe(false);
  });

  it("lets doctor look without reading", async () => {
    const { collector } = await import("../collectors/google-workspace/collector.js");
    const report = await describeAccess({
      source: {
        name: SOURCE,
        type: collector.system,
        recording: undefined,
        schedule: undefined,
        settings: world.server.settings,
      },
      collector,
      known: { partitions: [], edges: () => Promise.resolve([]) },
      signal: new AbortController().signal,
      log: { debug() {}, info() {}, warn() {}, progress() {} },
      baseDir: world.dir,
      timeZone: "UTC",
    });
    expect(report).toMatchObject({
      problem: undefined,
      partitions: [{ id: CUSTOMER, title: "corp.example" }],
    });
    expect(new Set(world.server.plan.served.map(({ list }) => list))).toEqual(
      new Set(["administrator's token", "customer"]),
    );
  });
});

describe("what fails for one object", () => {
  const paths = new Map<string, string>();
  beforeEach(() => {
    paths.clear();
    const serve = world.server.serve.bind(world.server);
    vi.spyOn(world.server, "serve").mockImplementation((call) => {
      const list = paths.get(call.url.pathname);
      if (list === undefined) return serve(call);
      world.server.plan.take({ list, next: false });
      return { status: 404, body: { error: { code: 404, message: "no", errors: [{ reason: "notFound" }] } } };
    });
  });
  const vanish = (list: string, path: string) => paths.set(`/admin/directory/v1/${path}`, list);

  it("is no failure for a group or a user who is gone since they were listed", async () => {
    vanish("tokens", `users/${idOf("bob@corp.example")}/tokens`);
    vanish("user", `users/${idOf("bob@corp.example")}`);
    vanish("group members", `groups/${groupOf("platform@corp.example")}/members`);
    vanish("group", `groups/${groupOf("platform@corp.example")}`);
    const manifest = await world.collect();
    expect(gaps(manifest)).toEqual([]);
    expect(manifest.partitions.find(({ stream }) => stream === "group-members")?.counts).toEqual({
      MEMBER_OF: 4,
    });
  });

  it("makes the stream partial, and takes nothing away", async () => {
    await world.read();
    const before = await world.edges("CONSENTED");
    // Google has just listed Dan as suspended: not found is no proof that they let nothing in.
    vanish("tokens", `users/${idOf("dan@corp.example")}/tokens`);
    const manifest = await world.read();
    expect(gaps(manifest)).toEqual(["oauth-tokens partial"]);
    expect(reasonOf(manifest, "oauth-tokens")).toContain("the tokens of users of 1 of 7 could not be read");
    expect(await world.edges("CONSENTED")).toEqual(before);
  });

  it("is no proof of an empty list where Google still knows the group or the user", async () => {
    await world.read();
    const before = [await world.edges("MEMBER_OF"), await world.edges("CONSENTED")];
    vanish("tokens", `users/${idOf("ann@corp.example")}/tokens`);
    vanish("group members", `groups/${groupOf("platform@corp.example")}/members`);
    const manifest = await world.read();
    expect(gaps(manifest)).toEqual(["group-members partial", "oauth-tokens partial"]);
    expect(reasonOf(manifest, "group-members")).toContain(
      "the members of groups of 1 of 3 could not be read: Google finds no list of a group that it still knows",
    );
    expect(reasonOf(manifest, "oauth-tokens")).toContain(
      "the tokens of users of 1 of 7 could not be read: Google finds no list of a user that it still knows",
    );
    expect([await world.edges("MEMBER_OF"), await world.edges("CONSENTED")]).toEqual(before);
    for (const { id } of world.server.state.groups) vanish("group members", `groups/${id}/members`);
    expect(gaps(await world.read())).toEqual(["group-members failed", "oauth-tokens partial"]);
    expect(await world.edges("MEMBER_OF")).toEqual(before[0]);
  });

  it("is recorded as it was, and replayed without the system", async () => {
    const record = join(world.dir, "recording");
    await mkdir(record);
    const manifest = await world.collect({}, { record });
    const before = world.server.plan.served.length;
    const again = await world.collect(
      {},
      {
        source: {
          name: SOURCE,
          type: "google-workspace",
          recording: record,
          schedule: undefined,
          settings: {},
        },
      },
    );
    expect(world.server.plan.served.length).toBe(before);
    expect(again.partitions.map(({ stream, counts }) => [stream, counts])).toEqual(
      manifest.partitions.map(({ stream, counts }) => [stream, counts]),
    );
  });
});
