import { describe, expect, it } from "vitest";
import { googleParty, type SignInFacts, signInsOf } from "./sign-ins.js";
import type { Limits } from "./ways.js";

const INSTANCE = "entra/entra-app-instance/G";
const ROLE = "entra/entra-app-role/G/access";
const ANN = "entra/entra-user/ann";
const GROUP = "entra/entra-group/staff";
const ANN_AT_GOOGLE = "ws/workspace-user/1";

const ground = (id: string, limits: Limits = {}) => ({ id, limits });
const direct = (holder: string, limits: Limits = {}) => ({
  holder,
  to: INSTANCE,
  ground: ground(`HAS_ENTITLEMENT|${holder}|${ROLE}|`, limits),
});
const member = (holder: string, group = GROUP, limits: Limits = {}) => ({
  holder,
  to: group,
  ground: ground(`MEMBER_OF|${holder}|${group}|`, limits),
});
const facts = (more: Partial<SignInFacts> = {}): SignInFacts => ({
  instances: [{ key: INSTANCE, signsInTo: ["google.com/a/x.example"], assignmentRequired: true }],
  assignments: [direct(ANN)],
  members: [],
  users: [{ key: ANN, names: ["ann@tenant.example", "Ann@X.example"] }],
  accounts: [{ key: ANN_AT_GOOGLE, address: "ann@x.example" }],
  domains: new Map([["ws", new Set(["x.example"])]]),
  references: new Map(),
  ...more,
});
const pairs = (more: Partial<SignInFacts>) => signInsOf(facts(more)).map(({ from, to }) => [from, to]);
const opened = [[ANN, ANN_AT_GOOGLE]];

describe("googleParty", () => {
  it.each<[string, string | undefined]>([
    ["google.com", undefined],
    ["https://google.com", undefined],
    ["https://www.google.com/", undefined],
    ["https://accounts.google.com/samlrp/01abc", undefined],
    ["google.com/a/X.example", "x.example"],
    ["https://google.com/a/x.example/", "x.example"],
  ])("%s", (identifier, domain) => {
    expect(googleParty(identifier)).toEqual({ domain });
  });

  it.each([
    "https://signin.aws.amazon.com/saml",
    "google.com.evil.example",
    "https://evil.example/google.com",
    "notgoogle.com/a/x.example",
    "https://mail.google.com",
    "google.com/a/x.example/acs",
  ])("not %s", (identifier) => {
    expect(googleParty(identifier)).toBeUndefined();
  });
});

describe("signInsOf", () => {
  it("says which instance, which assignment and which address", () => {
    expect(signInsOf(facts())).toEqual([
      {
        from: ANN,
        to: ANN_AT_GOOGLE,
        kind: "G",
        discriminator: "G",
        limits: {},
        restsOn: [`HAS_ENTITLEMENT|${ANN}|${ROLE}|`],
        because: [`e-mail ann@x.example, assigned to ${INSTANCE}`],
      },
    ]);
  });

  it("rests on the membership and the group's assignment", () => {
    const [one, another] = signInsOf(facts({ assignments: [direct(GROUP)], members: [member(ANN)] }));
    expect(one?.restsOn).toEqual([`HAS_ENTITLEMENT|${GROUP}|${ROLE}|`, `MEMBER_OF|${ANN}|${GROUP}|`]);
    expect(another).toBeUndefined();
  });

  it("is one edge of several ways, and another of each that is limited", () => {
    const found = signInsOf(
      facts({
        assignments: [direct(ANN), direct(GROUP), direct("entra/entra-group/admins")],
        members: [
          member(ANN),
          member(ANN, "entra/entra-group/admins", { assignment: "eligible", endsAt: 9 }),
        ],
      }),
    );
    expect(
      found.map(({ discriminator, limits, restsOn }) => [discriminator.length, limits, restsOn.length]),
    ).toEqual([
      [1, {}, 3],
      [18, { assignment: "eligible", endsAt: 9 }, 2],
    ]);
  });

  it("opens the accounts of everybody in the directory where no assignment is needed", () => {
    const instances = [{ key: INSTANCE, signsInTo: ["google.com"], assignmentRequired: false }];
    const users = [...facts().users, { key: "other/entra-user/ann", names: ["ann@x.example"] }];
    const [one, another] = signInsOf(facts({ instances, users, assignments: [] }));
    expect([one?.from, one?.to, one?.restsOn]).toEqual([ANN, ANN_AT_GOOGLE, [INSTANCE]]);
    expect(another).toBeUndefined();
  });

  it.each<[string, Partial<SignInFacts>]>([
    ["any Google", { instances: [{ key: INSTANCE, signsInTo: ["google.com"], assignmentRequired: true }] }],
    ["a user name that is the address", { users: [{ key: ANN, names: ["ann@x.example", undefined] }] }],
    [
      "a secondary domain of the Workspace whose primary one is named",
      {
        instances: [{ key: INSTANCE, signsInTo: ["google.com/a/main.example"], assignmentRequired: true }],
        domains: new Map([["ws", new Set(["main.example", "x.example"])]]),
      },
    ],
  ])("by %s", (_, more) => {
    expect(pairs(more)).toEqual(opened);
  });

  it.each<[string, Partial<SignInFacts>]>([
    ["another mailbox", { accounts: [{ key: ANN_AT_GOOGLE, address: "ann.lee@x.example" }] }],
    ["a plus address of it", { accounts: [{ key: ANN_AT_GOOGLE, address: "ann+admin@x.example" }] }],
    [
      "another domain's Google",
      {
        instances: [{ key: INSTANCE, signsInTo: ["google.com/a/other.example"], assignmentRequired: true }],
      },
    ],
    [
      "an application that signs in elsewhere",
      {
        instances: [
          { key: INSTANCE, signsInTo: ["https://signin.aws.amazon.com/saml"], assignmentRequired: true },
        ],
      },
    ],
    ["somebody who is not assigned", { assignments: [] }],
    [
      "whom nothing tells that no assignment is needed",
      {
        instances: [{ key: INSTANCE, signsInTo: ["google.com"], assignmentRequired: undefined }],
        assignments: [],
      },
    ],
    [
      "a nested member of an assigned group",
      {
        assignments: [direct("entra/entra-group/outer")],
        members: [member(GROUP, "entra/entra-group/outer"), member(ANN)],
      },
    ],
    [
      "a reference in a domain that is read",
      {
        accounts: [],
        references: new Map([["ann@x.example", "ref/google-member/user:ann@x.example"]]),
      },
    ],
    [
      "a reference in another domain than the one that is named",
      {
        accounts: [],
        domains: new Map(),
        instances: [{ key: INSTANCE, signsInTo: ["google.com/a/other.example"], assignmentRequired: true }],
        references: new Map([["ann@x.example", "ref/google-member/user:ann@x.example"]]),
      },
    ],
  ])("not by %s", (_, more) => {
    expect(pairs(more)).toEqual([]);
  });

  it("opens what policies name where no source reads that Workspace", () => {
    const reference = "ref/google-member/user:ann@x.example";
    const references = new Map([["ann@x.example", reference]]);
    expect(pairs({ accounts: [], domains: new Map(), references })).toEqual([[ANN, reference]]);
  });
});
