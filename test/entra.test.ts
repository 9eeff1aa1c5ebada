import { createServer } from "node:http";
import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "../src/collect/index.js";
import { InputError } from "../src/model/index.js";
import type { ServedCall } from "./servers/faults.js";
import {
  app,
  CLIENT,
  clientId,
  contact,
  device,
  GLOBAL_ADMINISTRATOR,
  group,
  isGraphCall,
  REPORTS_READER,
  role,
  sp,
  TENANT_ID,
  USER_ADMINISTRATOR,
  unit,
  user,
} from "./servers/graph/index.js";
import { EntraWorld, gaps, reasonOf, SOURCE } from "./support/entra-world.js";

let world: EntraWorld;
beforeEach(async () => {
  world = await EntraWorld.create();
  vi.stubEnv("AZURE_CLIENT_ID", CLIENT.id);
  vi.stubEnv("AZURE_TENANT_ID", TENANT_ID);
  vi.stubEnv("AZURE_CLIENT_SECRET", CLIENT.secret);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await world.close();
});

const edge = (type: string, from: string, to: string) => `${type}|${SOURCE}/${from}|${SOURCE}/${to}|`;
const memberOf = (from: string, number: number) => edge("MEMBER_OF", from, `entra-group/${group(number)}`);
/** Requests for the lists of one object. */
const of = (list: string, id: string) => (call: ServedCall) =>
  call.list === list && isGraphCall(call) && call.path.includes(id);
const callsOf = (list: string) => world.server.plan.served.filter((call) => call.list === list).length;

describe("a tenant in the graph", () => {
  it("is read whole, each list in as few calls as there are pages, and per-object lists in batches", async () => {
    const manifest = await world.read();
    expect(gaps(manifest)).toEqual([]);
    expect(manifest.partitions.map(({ partition }) => partition)).toContain(TENANT_ID);
    expect(callsOf("users")).toBe(1);
    expect(callsOf("group members") + callsOf("hidden group members")).toBe(5);
    // Two lists are asked for twice: devices with a count of their own, and roles as definitions and assignments.
    expect(world.server.calls).toBe(26);
  });

  it("follows pages whole, in batches too, and comes to Graph's own totals", async () => {
    world.tenant.pageSize = 2;
    const manifest = await world.read();
    expect(gaps(manifest)).toEqual([]);
    const read = (stream: string) => manifest.partitions.find((one) => one.stream === stream);
    expect(read("users")).toMatchObject({ counts: { EntraUser: 5 }, totals: { EntraUser: 5 } });
    expect(read("group-members")).toMatchObject({ counts: { MEMBER_OF: 11 }, totals: { MEMBER_OF: 11 } });
    expect(read("oauth-grants")).toMatchObject({ totals: { EntraOAuthGrant: 3 } });
  });

  it("has members of every kind, and no service principal less", async () => {
    await world.read();
    expect((await world.edges("MEMBER_OF")).filter((one) => one.endsWith(`group/${group(1)}`))).toEqual(
      [
        `user/${user(1)} -> group/${group(1)}`,
        `user/${user(2)} -> group/${group(1)}`,
        `group/${group(2)} -> group/${group(1)}`,
        `sp/${sp(2)} -> group/${group(1)}`,
        `device/${device(1)} -> group/${group(1)}`,
        `ref/entra-object/${contact(1)} -> group/${group(1)}`,
      ].sort(),
    );
    expect((await world.node(`ref/entra-object/${contact(1)}`))?.labels).toContain("Unresolved");
    expect((await world.node(`entra-device/${device(1)}`))?.label).toBe("Resource");
  });

  it("ties guests to their sponsors, seats to users, owners to what they own", async () => {
    await world.read({ seatCosts: { SPE_E5: { costPerSeat: 50, currency: "EUR", renewsOn: "2027-03-31" } } });
    expect(await world.node(`entra-user/${user(5)}`)).toMatchObject({
      accountType: "guest",
      userType: "Guest",
    });
    const owned = await world.edges("OWNED_BY");
    expect(owned).toEqual(
      expect.arrayContaining([
        `user/${user(5)} -> user/${user(1)}`,
        `user/${user(5)} -> group/${group(1)}`,
        `group/${group(1)} -> sp/${sp(2)}`,
        `app/${clientId(2)} -> user/${user(3)}`,
        `sp/${sp(2)} -> user/${user(3)}`,
        `device/${device(1)} -> user/${user(1)}`,
        `mailbox/${user(1)} -> user/${user(1)}`,
      ]),
    );
    const [license] = await world.rows(
      "MATCH (l:License) WHERE l.name = 'SPE_E5' RETURN l.costPerSeat AS cost, l.seatsUsed AS used",
    );
    expect(license).toEqual({ cost: 50, used: 2 });
    expect((await world.edges("USES_SEAT", "via")).map((one) => one.replace(/.*via=/, ""))).toEqual([
      "direct",
      `group ${group(1)}`,
      "direct",
    ]);
    expect((await world.node(`entra-mailbox/${user(1)}`))?.forwardsTo).toEqual(["ann@private.example"]);
  });

  it("asks who owns managed identities, too", async () => {
    world.tenant.relate("owners", sp(5), user(2));
    expect(gaps(await world.read())).toEqual([]);
    expect((await world.node(`entra-sp/${sp(5)}`))?.nhiType).toBe("managedIdentity");
    expect(await world.edges("OWNED_BY")).toContain(`sp/${sp(5)} -> user/${user(2)}`);
    // To these nobody is assigned.
    expect(callsOf("app role assignments")).toBe(5);
    world.tenant.unrelate("owners", sp(5), user(2));
    expect(gaps(await world.read())).toEqual([]);
    expect(await world.edges("OWNED_BY")).not.toContain(`sp/${sp(5)} -> user/${user(2)}`);
  });

  it("tells active roles from eligible ones, with scope and end", async () => {
    await world.read();
    const roles = await world.edges("HAS_ENTITLEMENT", "assignment", "endsAt", "via");
    const at = (text: string) => Date.parse(text);
    expect(roles.filter((one) => one.includes("directory-role"))).toEqual(
      [
        `user/${user(1)} -> directory-role/${GLOBAL_ADMINISTRATOR}/tenant via=assigned`,
        `user/${user(3)} -> directory-role/${USER_ADMINISTRATOR}/administrativeUnits/${unit(1)} endsAt=${at("2026-11-21T16:00:00Z")} via=activated`,
        `group/${group(4)} -> directory-role/${REPORTS_READER}/tenant endsAt=${at("2027-06-30T00:00:00Z")} via=assigned`,
        `sp/${sp(2)} -> directory-role/${role(20)}/${app(6)}`,
        `user/${user(3)} -> directory-role/${GLOBAL_ADMINISTRATOR}/tenant assignment=eligible endsAt=${at("2027-01-01T00:00:00Z")}`,
        `group/${group(4)} -> directory-role/${USER_ADMINISTRATOR}/tenant assignment=eligible`,
        `user/${user(4)} -> directory-role/${REPORTS_READER}/tenant assignment=eligible`,
      ].sort(),
    );
    expect(await world.edges("ON")).toEqual(
      expect.arrayContaining([
        `directory-role/${GLOBAL_ADMINISTRATOR}/tenant -> tenant/${TENANT_ID}`,
        `directory-role/${USER_ADMINISTRATOR}/administrativeUnits/${unit(1)} -> administrative-unit/${unit(1)}`,
        `directory-role/${role(20)}/${app(6)} -> app-instance/${sp(6)}`,
      ]),
    );
  });

  it("gives an application's role to direct members only, and workloads their way in", async () => {
    await world.read();
    expect(await world.edges("HAS_ENTITLEMENT", "directMembersOnly")).toEqual(
      expect.arrayContaining([
        `group/${group(1)} -> app-role/${sp(2)}/${role(4)} directMembersOnly=true`,
        `user/${user(3)} -> app-role/${sp(2)}/00000000-0000-0000-0000-000000000000`,
        `sp/${sp(6)} -> app-role/${sp(1)}/${role(1)}`,
      ]),
    );
    expect(await world.edges("CAN_ASSUME")).toContain(
      `ref/oidc/token.actions.githubusercontent.com#repo:contoso/app:ref:refs/heads/main -> sp/${sp(6)}`,
    );
    expect(await world.edges("CONSENTED")).toEqual([
      `user/${user(1)} -> grant/grant-3`,
      `user/${user(3)} -> grant/grant-2`,
    ]);
  });
});

describe("what changes between two reads", () => {
  it("is seen: memberships, status, roles, consents", async () => {
    await world.read();
    world.tenant.unrelate("members", group(1), user(2));
    world.tenant.change("user", user(1), { accountEnabled: false });
    world.tenant.roleAssignments.splice(1, 1);
    world.tenant.grants.splice(1, 1);
    world.tenant.add("servicePrincipal", {
      ...world.tenant.objects.servicePrincipal.get(sp(6)),
      id: sp(7),
      displayName: "New",
    });
    expect(gaps(await world.read())).toEqual([]);
    expect(await world.changes(memberOf(`entra-user/${user(2)}`, 1))).toEqual(["removed"]);
    expect(await world.changes(`${SOURCE}/entra-user/${user(1)}`)).toEqual(["changed"]);
    expect((await world.node(`entra-user/${user(1)}`))?.status).toBe("disabled");
    expect(await world.changes(`${SOURCE}/entra-grant/grant-2`)).toEqual(["removed"]);
    expect(await world.changes(`${SOURCE}/entra-sp/${sp(7)}`)).toEqual(["added"]);
    expect((await world.edges("HAS_ENTITLEMENT")).some((one) => one.includes("administrativeUnits"))).toBe(
      false,
    );
  });

  it("keeps who was deleted as deleted, with the name they had", async () => {
    await world.read();
    world.tenant.delete("user", user(3), "2026-11-21T08:30:00Z");
    expect(gaps(await world.read())).toEqual([]);
    expect(await world.node(`entra-user/${user(3)}`)).toMatchObject({
      status: "deleted",
      username: "carol@contoso.example",
    });
    expect((await world.edges("MEMBER_OF")).filter((one) => one.startsWith(`user/${user(3)}`))).toEqual([]);
    world.tenant.deleted.user.delete(user(3));
    await world.read();
    expect(await world.node(`entra-user/${user(3)}`)).toBeUndefined();
  });

  it("takes nothing away that a denied list would have said", async () => {
    await world.read();
    const before = await world.edges("MEMBER_OF");
    world.tenant.granted.delete("GroupMember.Read.All");
    world.tenant.granted.delete("Group.Read.All");
    world.tenant.granted.delete("Directory.Read.All");
    const manifest = await world.read();
    expect(gaps(manifest)).toEqual(
      expect.arrayContaining([
        "groups failed",
        "group-members failed",
        "group-owners failed",
        "oauth-grants failed",
      ]),
    );
    expect(reasonOf(manifest, "groups")).toContain("GroupMember.Read.All");
    expect(reasonOf(manifest, "oauth-grants")).toContain("Directory.Read.All");
    expect(await world.edges("MEMBER_OF")).toEqual(before);
  });
});

describe("a batch", () => {
  it("asks again for what was throttled in it, and only for that, when Graph says so", async () => {
    const throttled = {
      kind: "answer",
      status: 429,
      headers: { "Retry-After": "13" },
      body: { error: { code: "TooManyRequests" } },
    } as const;
    world.server.plan.plan(throttled, of("group members", group(2)), 1);
    expect(gaps(await world.read())).toEqual([]);
    expect(callsOf("group members") + callsOf("hidden group members")).toBe(6);
    expect(world.clock.waits.filter((ms) => ms >= 13_000)).toHaveLength(1);
  });

  it("is asked again as a whole where it is throttled as a whole", async () => {
    world.server.plan.plan(
      { kind: "answer", status: 503, headers: { "Retry-After": "9" } },
      ({ list }) => list === "batch",
      1,
    );
    expect(gaps(await world.read())).toEqual([]);
    expect(world.clock.waits.filter((ms) => ms >= 9_000)).toHaveLength(1);
  });

  it("fails for one group alone, whose known members stay", async () => {
    await world.read();
    const before = await world.edges("MEMBER_OF");
    world.server.plan.plan(
      { kind: "answer", status: 500, body: { error: { code: "InternalServerError" } } },
      of("group members", group(2)),
    );
    world.tenant.relate("members", group(4), user(4));
    const manifest = await world.read();
    expect(gaps(manifest)).toEqual(["group-members partial"]);
    expect(reasonOf(manifest, "group-members")).toMatch(/1 of 5 lists could not be read/);
    expect(await world.edges("MEMBER_OF")).toEqual(
      [...before, `user/${user(4)} -> group/${group(4)}`].sort(),
    );
  });

  it("names the permission of its own that hidden members need", async () => {
    world.tenant.granted.delete("Member.Read.Hidden");
    const manifest = await world.read();
    expect(gaps(manifest)).toEqual(["group-members partial"]);
    expect(reasonOf(manifest, "group-members")).toContain("Member.Read.Hidden");
  });

  describe("of hidden members", () => {
    const hidden = `user/${user(1)} -> group/${group(3)}`;

    it("that Graph leaves out without their permission takes none away", async () => {
      await world.read();
      const before = await world.edges("MEMBER_OF");
      expect(before).toContain(hidden);
      world.tenant.granted.delete("Member.Read.Hidden");
      world.tenant.hiddenMembers = "leftOut";
      const manifest = await world.read();
      expect(gaps(manifest)).toEqual(["group-members partial"]);
      expect(reasonOf(manifest, "group-members")).toContain("Member.Read.Hidden");
      expect(await world.edges("MEMBER_OF")).toEqual(before);
    });

    it("with none in it is whole where the token names their permission", async () => {
      await world.read();
      world.tenant.unrelate("members", group(3), user(1));
      expect(gaps(await world.read())).toEqual([]);
      expect(await world.edges("MEMBER_OF")).not.toContain(hidden);
    });

    it("with none in it proves nothing where the token says nothing", async () => {
      world.server.opaqueTokens = true;
      expect(gaps(await world.read())).toEqual([]);
      world.tenant.unrelate("members", group(3), user(1));
      expect(gaps(await world.read())).toEqual(["group-members partial"]);
      expect(await world.edges("MEMBER_OF")).toContain(hidden);
    });
  });

  const notFound = {
    kind: "answer",
    status: 404,
    body: { error: { code: "Request_ResourceNotFound" } },
  } as const;

  it("takes a group that went since it was listed for gone, once the group itself is not found", async () => {
    world.server.plan.plan(notFound, of("group members", group(2)));
    world.server.plan.plan(notFound, of("one of groups", group(2)));
    expect(gaps(await world.read())).toEqual([]);
    expect(callsOf("one of groups")).toBe(1);
  });

  it("does not take a list that is not found for empty while its object is there", async () => {
    await world.read();
    const before = await world.edges("MEMBER_OF");
    world.server.plan.plan(notFound, of("group members", group(1)));
    const manifest = await world.read();
    expect(gaps(manifest)).toEqual(["group-members partial"]);
    expect(reasonOf(manifest, "group-members")).toMatch(
      /1 of 5 lists.*found nothing, and the object is there/,
    );
    expect(await world.edges("MEMBER_OF")).toEqual(before);
    // Nor while nobody may look whether it is there.
    world.server.plan.plan(
      { kind: "answer", status: 403, body: { error: { code: "Authorization_RequestDenied" } } },
      of("one of groups", group(1)),
    );
    expect(reasonOf(await world.read(), "group-members")).toContain("GroupMember.Read.All");
    expect(await world.edges("MEMBER_OF")).toEqual(before);
  });

  it("is not asked for a page on another host", async () => {
    const elsewhere = { "@odata.nextLink": "https://graph.evil.example/v1.0/groups?$skiptoken=x", value: [] };
    world.server.plan.plan({ kind: "answer", status: 200, body: elsewhere }, of("group members", group(2)));
    world.server.plan.plan(
      { kind: "answer", status: 200, body: elsewhere },
      ({ list }) => list === "devices",
    );
    const manifest = await world.read();
    for (const stream of ["group-members", "devices"])
      expect(reasonOf(manifest, stream)).toContain("another host");
  });
});

describe("a list that is not whole", () => {
  it.each([
    ["left out", "leftOut", /4 of groups came, and Graph counts 5/],
    ["without its id", "nameless", /1 of groups could not be read/],
  ] as const)("takes no member away of a group that is %s", async (_, how, reason) => {
    await world.read();
    const before = await world.edges("MEMBER_OF");
    world.server.bent = { list: "groups", how };
    const manifest = await world.read();
    expect(gaps(manifest)).toEqual(["groups partial", "group-members partial", "group-owners partial"]);
    expect(reasonOf(manifest, "group-members")).toMatch(reason);
    expect(await world.edges("MEMBER_OF")).toEqual(before);
    expect(await world.changes(memberOf(`entra-user/${user(2)}`, 1))).toEqual([]);
  });

  it("is not made up for by another, of which more came than Graph counts", async () => {
    await world.read();
    const before = await world.edges("MEMBER_OF");
    const members = (count: number, ...ids: readonly string[]) => ({
      kind: "answer" as const,
      status: 200,
      body: {
        "@odata.count": count,
        value: ids.map((id) => ({ "@odata.type": "#microsoft.graph.user", id })),
      },
    });
    world.server.plan.plan(members(2, user(3)), of("group members", group(2)));
    world.server.plan.plan(members(1, user(1), user(2)), of("group members", group(5)));
    const manifest = await world.read();
    expect(gaps(manifest)).toEqual(["group-members partial"]);
    expect(reasonOf(manifest, "group-members")).toContain("the system counts 12 MEMBER_OF, and 11 were read");
    expect(await world.edges("MEMBER_OF")).toEqual(
      [...before, `user/${user(2)} -> group/${group(5)}`].sort(),
    );
  });

  it("takes no sponsor of a guest away, and no consent's privilege", async () => {
    await world.read();
    const sponsored = await world.edges("OWNED_BY");
    const grants = () =>
      world.rows("MATCH (g:OAuthGrant) RETURN g.key AS key, g.privilege AS p, g.name AS n ORDER BY key");
    const before = await grants();
    world.tenant.change("user", user(5), { userPrincipalName: 5 });
    for (const id of world.tenant.objects.servicePrincipal.keys())
      world.tenant.change("servicePrincipal", id, { appId: 5 });
    const manifest = await world.read();
    expect(gaps(manifest)).toEqual(
      expect.arrayContaining(["guest-sponsors failed", "oauth-grants partial", "mail-forwarding partial"]),
    );
    expect(await world.edges("OWNED_BY")).toEqual(sponsored);
    expect(await grants()).toEqual(before);
  });
});

describe("a mailbox that is closed", () => {
  const mailbox = () => world.node(`entra-mailbox/${user(1)}`);

  it("keeps what it forwarded to before, until its user is gone", async () => {
    await world.read();
    const before = await mailbox();
    expect(before?.forwardsTo).toEqual(["ann@private.example"]);
    world.tenant.rules.delete(user(1));
    expect(gaps(await world.read())).toEqual([]);
    expect(await mailbox()).toMatchObject({ name: before?.name, forwardsTo: before?.forwardsTo });
    // Nor does it go with the user's address.
    world.tenant.change("user", user(1), { mail: null });
    expect(gaps(await world.read())).toEqual([]);
    expect((await mailbox())?.forwardsTo).toEqual(["ann@private.example"]);
    world.tenant.delete("user", user(1), "2026-11-21T08:30:00Z");
    expect(gaps(await world.read())).toEqual([]);
    expect(await mailbox()).toBeUndefined();
  });
});

describe("what needs a licence", () => {
  it("leaves users without their last sign-in, says so, and keeps what was known", async () => {
    await world.read();
    const before = await world.node(`entra-user/${user(1)}`);
    expect(before?.lastLoginAt).toBe(Date.parse("2026-11-20T07:00:00Z"));
    world.tenant.licensed.p1 = false;
    const manifest = await world.read();
    expect(gaps(manifest)).toEqual([]);
    expect(reasonOf(manifest, "users")).toMatch(/no licence.*Entra ID P1.*AuditLog\.Read\.All/);
    const after = await world.node(`entra-user/${user(1)}`);
    expect({ ...after, assertions: before?.assertions }).toEqual(before);
  });

  it("leaves users without what two permissions would have shown", async () => {
    world.tenant.granted.delete("AuditLog.Read.All");
    world.tenant.granted.delete("User-LifeCycleInfo.Read.All");
    const manifest = await world.read();
    expect(gaps(manifest)).toEqual([]);
    expect(reasonOf(manifest, "users")).toMatch(/AuditLog\.Read\.All.*User-LifeCycleInfo\.Read\.All/);
    expect(callsOf("users")).toBe(4);
  });

  it("leaves roles without PIM, by name, and what was eligible stays", async () => {
    await world.read();
    world.tenant.licensed.p2 = false;
    world.tenant.eligibility.splice(0);
    const manifest = await world.read();
    expect(gaps(manifest)).toEqual(["role-schedules not read", "role-eligibility not read"]);
    expect(reasonOf(manifest, "role-eligibility")).toMatch(/Entra ID P2.*AadPremiumLicenseRequired/);
    const roles = await world.edges("HAS_ENTITLEMENT", "assignment");
    expect(roles.filter((one) => one.endsWith("eligible"))).toHaveLength(3);
    // A role that was activated, and is no more, does not live on in what PIM once said.
    world.tenant.roleAssignments.splice(1, 1);
    await world.read();
    expect((await world.edges("HAS_ENTITLEMENT")).some((one) => one.includes("administrativeUnits"))).toBe(
      false,
    );
  });

  it("leaves mail rules out where they are not asked for, or nobody may", async () => {
    expect(gaps(await world.read({ mailForwarding: false }))).toEqual(["mail-forwarding not read"]);
    world.tenant.granted.delete("MailboxSettings.Read");
    const manifest = await world.read();
    expect(reasonOf(manifest, "mail-forwarding")).toContain("MailboxSettings.Read");
  });
});

describe("who asks", () => {
  it("is told in Entra ID's own numbers why there is no token, and no secret is repeated", async () => {
    vi.stubEnv("AZURE_CLIENT_SECRET", "a-wrong-secret");
    const manifest = await world.collect();
    expect(manifest.partitions.every(({ verdict }) => verdict === "failed")).toBe(true);
    expect(reasonOf(manifest, "users")).toMatch(/credentials were not accepted.*AADSTS7000215/);
    expect(JSON.stringify(manifest)).not.toContain("a-wrong-secret");
    expect(await world.problem()).toContain("AADSTS7000215");
  });

  it("may have credentials of its own for each tenant", async () => {
    vi.stubEnv("AZURE_CLIENT_SECRET", "another");
    vi.stubEnv("CONTOSO_SECRET", CLIENT.secret);
    expect(gaps(await world.collect({ clientId: CLIENT.id, secretVariable: "CONTOSO_SECRET" }))).toEqual([]);
    await expect(world.collect({ clientId: CLIENT.id, secretVariable: "NOT_SET" })).rejects.toBeInstanceOf(
      InputError,
    );
  });

  it("waits where the token endpoint says so", async () => {
    const busy = { error: "temporarily_unavailable", error_description: "AADSTS90055: busy" };
    const throttled = { kind: "answer", status: 429, headers: { "Retry-After": "1" }, body: busy } as const;
    world.server.plan.plan(throttled, ({ list }) => list === "token", 1);
    // In real time: what gives the tokens keeps time by itself.
    const began = performance.now();
    expect(gaps(await world.collect({}, { clock: systemClock }))).toEqual([]);
    expect(performance.now() - began).toBeGreaterThanOrEqual(1_000);
  });

  it("does not put one tenant in another's place", async () => {
    world.tenant.organization = { ...world.tenant.organization, id: "7e570000-0000-4000-8000-000000000099" };
    const manifest = await world.collect();
    expect(manifest.partitions.every(({ verdict }) => verdict === "failed")).toBe(true);
    expect(reasonOf(manifest, "users")).toContain("the credentials are of the tenant");
  });

  it("goes through the proxy for tokens as for Graph", async () => {
    const targets = new Set<string>();
    const proxy = createServer((_, response) => response.writeHead(405).end());
    proxy.on("connect", (asked, socket, head) => {
      targets.add(asked.url ?? "");
      const to = connect(world.server.port, "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
        to.write(head);
        to.pipe(socket).pipe(to);
      });
      to.on("error", () => socket.destroy());
      socket.on("error", () => to.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    const address = proxy.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    vi.stubEnv("HTTPS_PROXY", `http://127.0.0.1:${port}`);
    vi.stubEnv("https_proxy", "");
    vi.stubEnv("NO_PROXY", "");
    vi.stubEnv("no_proxy", "");
    try {
      // Two names of one server, so that it shows which was asked for.
      expect(gaps(await world.collect({ endpoint: `https://127.0.0.1:${world.server.port}` }))).toEqual([]);
      expect([...targets].sort()).toEqual([
        `127.0.0.1:${world.server.port}`,
        `localhost:${world.server.port}`,
      ]);
    } finally {
      proxy.closeAllConnections();
      proxy.close();
    }
  });

  it("slows down where Graph says that the limit is nearly used up", async () => {
    world.server.headers = { "x-ms-throttle-limit-percentage": "0.8" };
    const began = performance.now();
    expect(await world.problem()).toBeUndefined();
    expect(performance.now() - began).toBeGreaterThanOrEqual(790);
  });
});

describe("the server", () => {
  const get = async (path: string, headers: Readonly<Record<string, string>>): Promise<unknown> => {
    const answer = await fetch(`${world.server.url}/v1.0${path}`, { headers });
    const body: unknown = await answer.json();
    return { status: answer.status, ...(typeof body === "object" ? body : {}) };
  };
  const token = async (): Promise<string> => {
    const answer = await fetch(`${world.server.url}/${TENANT_ID}/oauth2/v2.0/token`, {
      method: "POST",
      body: new URLSearchParams({
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        scope: `${world.server.url}/.default`,
      }),
    });
    const body: unknown = await answer.json();
    return typeof body === "object" && body !== null && "access_token" in body
      ? String(body.access_token)
      : "";
  };

  it("leaves service principals out of the plain list, as v1.0 has", async () => {
    const authorization = `Bearer ${await token()}`;
    const path = `/groups/${group(1)}/members`;
    const kinds = (body: unknown) =>
      JSON.stringify(body).match(/"#microsoft.graph.servicePrincipal"/g)?.length ?? 0;
    expect(kinds(await get(path, { authorization }))).toBe(0);
    expect(kinds(await get(`${path}?$count=true`, { authorization, ConsistencyLevel: "eventual" }))).toBe(1);
  });

  it("refuses what Graph refuses", async () => {
    const authorization = `Bearer ${await token()}`;
    const refused = [
      ["/users", {}, 401],
      ["/users?$select=password", { authorization }, 400],
      ["/users?$top=1000", { authorization }, 400],
      ["/users?$select=id,signInActivity&$top=999", { authorization }, 400],
      ["/roleManagement/directory/roleAssignments?$top=5", { authorization }, 400],
      ["/directory/deletedItems", { authorization }, 400],
      ["/groups/nobody/members", { authorization }, 404],
      ["/devices?$expand=registeredOwners&$count=true", { authorization, ConsistencyLevel: "eventual" }, 400],
    ] as const;
    for (const [path, headers, status] of refused)
      expect([path, await get(path, headers)]).toMatchObject([path, { status }]);
  });

  it("wants the header on the next page as well, and the whole link", async () => {
    world.tenant.pageSize = 2;
    const authorization = `Bearer ${await token()}`;
    const eventual = { authorization, ConsistencyLevel: "eventual" };
    const first = await get("/users?$select=id&$count=true", eventual);
    expect(first).toMatchObject({ "@odata.count": 5 });
    const link =
      typeof first === "object" && first !== null && "@odata.nextLink" in first
        ? String(first["@odata.nextLink"])
        : "";
    const path = link.slice(`${world.server.url}/v1.0`.length);
    expect(await get(path, { authorization })).toMatchObject({ status: 400 });
    expect(await get(path.replace("$select=id&", ""), eventual)).toMatchObject({ status: 400 });
    const second = await get(path, eventual);
    expect(second).toMatchObject({ status: 200 });
    expect(second).not.toHaveProperty("@odata.count");
  });

  it("takes twenty requests a batch, and answers them in another order", async () => {
    const authorization = `Bearer ${await token()}`;
    const post = async (count: number) => {
      const requests = Array.from({ length: count }, (_, id) => ({
        id: String(id),
        method: "GET",
        url: "/organization?$select=id",
      }));
      const answer = await fetch(`${world.server.url}/v1.0/$batch`, {
        method: "POST",
        headers: { authorization, "content-type": "application/json" },
        body: JSON.stringify({ requests }),
      });
      const body: unknown = await answer.json();
      return { status: answer.status, body: JSON.stringify(body) };
    };
    expect((await post(21)).status).toBe(400);
    const { body } = await post(3);
    expect([...body.matchAll(/"id":"(\d)"/g)].map(([, id]) => id)).toEqual(["2", "1", "0"]);
  });
});
