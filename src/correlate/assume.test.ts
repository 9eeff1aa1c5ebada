import { describe, expect, it } from "vitest";
import { type AssumeStatement, assumeText, parseAssume } from "../model/index.js";
import { type AccountTrust, type Actor, type AssumeFacts, assumptionsOf, type Holding } from "./assume.js";

const A = "111111111111";
const B = "222222222222";
const actor = (key: string, account = A, more: Partial<Actor> = {}): Actor => ({
  key,
  account,
  isGroup: key.startsWith("group"),
  variables: { "aws:username": key.slice(key.indexOf("-") + 1) },
  within: undefined,
  ...more,
});
const allow = (roles: readonly string[], condition?: string): AssumeStatement => ({
  allow: true,
  roles,
  inverted: false,
  ...(condition === undefined ? {} : { condition }),
});
const deny = (roles: readonly string[], condition?: string): AssumeStatement => ({
  ...allow(roles, condition),
  allow: false,
});
const holds = (holder: string, ...statements: AssumeStatement[]): Holding => ({
  holder,
  edge: `holds ${holder}`,
  statements,
});
/** A role of account B that trusts another as a whole. */
const trust = (name: string, account: string | undefined = A, condition?: string): AccountTrust => ({
  edge: `trust ${name}`,
  account,
  role: `role-${name}`,
  roleArn: `arn:aws:iam::${B}:role/${name}`,
  condition,
});
const given = (more: Partial<AssumeFacts>, ...actors: readonly Actor[]): AssumeFacts => ({
  trusts: [trust("r")],
  holdings: [],
  members: [],
  actors: new Map(actors.map((one) => [one.key, one])),
  ...more,
});
const letIn = (facts: AssumeFacts) =>
  assumptionsOf(facts)
    .map(({ from, to, condition }) => `${from} ${to}${condition === undefined ? "" : ` if ${condition}`}`)
    .sort();
const R = `arn:aws:iam::${B}:role/r`;
const MFA = '{"Bool":{"aws:MultiFactorAuthPresent":"true"}}';
const ORG = '{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}';

describe("who may assume a role that trusts an account as a whole", () => {
  it("are those of that account whose policies allow it, in which account the role may be", () => {
    const facts = given(
      {
        trusts: [trust("r"), trust("own", B)],
        holdings: [
          holds("user-named", allow([R])),
          holds("user-any", allow([`arn:aws:iam::*:role/?`])),
          holds("role-any", allow(["*"])),
          holds("user-other", allow([`arn:aws:iam::${B}:role/elsewhere`])),
          holds("user-far", allow(["*"])),
          holds("user-unknown", allow(["*"])),
          holds("role-own", allow(["*"])),
        ],
      },
      actor("user-named"),
      actor("user-any"),
      actor("role-any"),
      actor("user-other"),
      actor("user-far", B),
      actor("role-own", B),
    );
    // A role does not assume itself.
    expect(letIn(facts)).toEqual([
      "role-any role-r",
      "user-any role-r",
      "user-far role-own",
      "user-named role-r",
    ]);
    expect(assumptionsOf(facts)[0]).toEqual({
      from: "user-named",
      to: "role-r",
      discriminator: "allowed",
      condition: undefined,
      restsOn: ["holds user-named", "trust r"],
    });
  });

  it("are nobody where no policy was read", () => {
    expect(letIn(given({}, actor("user-a")))).toEqual([]);
  });

  it("are of every account where the role trusts everybody", () => {
    const facts = given(
      {
        trusts: [trust("r", undefined, ORG)],
        holdings: [holds("user-a", allow([R])), holds("user-b", allow([R]))],
      },
      actor("user-a"),
      actor("user-b", B),
    );
    expect(letIn({ ...facts, trusts: [{ ...trust("r"), account: undefined, condition: ORG }] })).toEqual([
      `user-a role-r if ${ORG}`,
      `user-b role-r if ${ORG}`,
    ]);
  });

  it("are not those whom a Deny or the boundary keeps out", () => {
    const within = (...statements: AssumeStatement[]) => ({ within: statements });
    const facts = given(
      {
        holdings: [
          "user-denied",
          "user-elsewhere",
          "user-perhaps",
          "user-bound",
          "user-within",
          "user-out",
        ].map((key) =>
          holds(
            key,
            allow(["*"]),
            ...(key === "user-denied" ? [deny([R])] : []),
            ...(key === "user-elsewhere" ? [deny([`arn:aws:iam::${B}:role/other`])] : []),
            // It may not apply.
            ...(key === "user-perhaps" ? [deny(["*"], MFA)] : []),
          ),
        ),
      },
      actor("user-denied"),
      actor("user-elsewhere"),
      actor("user-perhaps"),
      actor("user-bound", A, within(allow([]))),
      actor("user-within", A, within(allow(["*"], MFA))),
      actor("user-out", A, within(allow(["*"]), deny([R]))),
    );
    expect(letIn(facts)).toEqual([
      "user-elsewhere role-r",
      "user-perhaps role-r",
      `user-within role-r if ${MFA}`,
    ]);
  });

  it("are let in under the conditions of the trust and of every Allow, but for one that stands under none", () => {
    const facts = (...statements: AssumeStatement[]) =>
      given({ trusts: [trust("r", A, ORG)], holdings: [holds("user-a", ...statements)] }, actor("user-a"));
    expect(letIn(facts(allow(["*"], MFA)))).toEqual([`user-a role-r if {"identity":${MFA},"trust":${ORG}}`]);
    expect(letIn(facts(allow(["*"], MFA), allow([R], ORG)))).toEqual([
      `user-a role-r if {"identity":[${MFA},${ORG}],"trust":${ORG}}`,
    ]);
    expect(letIn(facts(allow(["*"], MFA), allow([R])))).toEqual([`user-a role-r if ${ORG}`]);
  });

  it("have one edge by two trusts, and two by two conditions", () => {
    const facts = given({ holdings: [holds("user-a", allow([R]))] }, actor("user-a"));
    const everybody = { ...trust("r"), account: undefined, edge: "trust all" };
    const twice = assumptionsOf({ ...facts, trusts: [trust("r"), everybody] });
    expect(twice.map(({ restsOn }) => restsOn)).toEqual([["holds user-a", "trust all", "trust r"]]);
    const conditions = assumptionsOf({ ...facts, trusts: [trust("r", A, MFA), trust("r", A, ORG)] });
    expect(new Set(conditions.map(({ discriminator }) => discriminator)).size).toBe(2);
  });

  it("mean their own name by a policy variable, and anything by one that nobody knows", () => {
    const named = (variable: string, effect = allow) => effect([`arn:aws:iam::*:role/\${${variable}}`]);
    const facts = (statements: AssumeStatement[]) =>
      given(
        {
          trusts: [trust("bo")],
          holdings: [holds("user-ann", ...statements), holds("user-bo", ...statements)],
        },
        actor("user-ann"),
        actor("user-bo"),
      );
    expect(letIn(facts([named("aws:username")]))).toEqual(["user-bo role-bo"]);
    const tag = "aws:PrincipalTag/team";
    expect(letIn(facts([named(tag)]))).toEqual(["user-ann role-bo", "user-bo role-bo"]);
    // What may keep them out may as well not.
    expect(letIn(facts([allow(["*"]), named(tag, deny)]))).toEqual(["user-ann role-bo", "user-bo role-bo"]);
    expect(letIn(facts([{ ...named(tag), inverted: true }]))).toEqual([
      "user-ann role-bo",
      "user-bo role-bo",
    ]);
  });
});

describe("what a group's policies allow", () => {
  const members = (...names: string[]) => names.map((member) => ({ member, group: "group-g" }));

  it("is said of the group: its members have it as members", () => {
    const facts = given(
      { holdings: [holds("group-g", allow([R]))], members: members("user-ann", "user-bo") },
      actor("group-g"),
      actor("user-ann"),
      actor("user-bo"),
    );
    expect(letIn(facts)).toEqual(["group-g role-r"]);
  });

  it("is said of the members where one of them is held back, but for that one", () => {
    const facts = (more: Partial<AssumeFacts>, bo: Partial<Actor> = {}) =>
      letIn(
        given(
          {
            members: members("user-ann", "user-bo"),
            ...more,
            holdings: [holds("group-g", allow([R])), ...(more.holdings ?? [])],
          },
          actor("group-g"),
          actor("group-stop"),
          actor("user-ann"),
          actor("user-bo", A, bo),
        ),
      );
    expect(facts({ holdings: [holds("user-bo", deny(["*"]))] })).toEqual(["user-ann role-r"]);
    expect(facts({}, { within: [allow([])] })).toEqual(["user-ann role-r"]);
    expect(facts({}, { within: [allow([R], MFA)] })).toEqual(["user-ann role-r", `user-bo role-r if ${MFA}`]);
    // A Deny of another group, and one that speaks of another role.
    const stopped = [...members("user-ann", "user-bo"), { member: "user-bo", group: "group-stop" }];
    expect(facts({ holdings: [holds("group-stop", deny([R]))], members: stopped })).toEqual([
      "user-ann role-r",
    ]);
    const elsewhere = [holds("group-stop", deny([`arn:aws:iam::${B}:role/other`]))];
    expect(facts({ holdings: elsewhere, members: stopped })).toEqual(["group-g role-r"]);
  });

  it("is said of the members where it depends on who they are, and not of the group twice", () => {
    const mine = allow([`arn:aws:iam::*:role/\${aws:username}`]);
    const facts = given(
      {
        trusts: [trust("ann")],
        holdings: [holds("group-g", mine), holds("user-bo", allow(["*"]))],
        members: members("user-ann", "user-bo"),
      },
      actor("group-g"),
      actor("user-ann"),
      actor("user-bo"),
    );
    expect(letIn(facts)).toEqual(["user-ann role-ann", "user-bo role-ann"]);
  });

  it("is nothing where the group's own Deny takes it away", () => {
    const facts = given(
      { holdings: [holds("group-g", allow(["*"]), deny([R]))], members: members("user-ann") },
      actor("group-g"),
      actor("user-ann"),
    );
    expect(letIn(facts)).toEqual([]);
  });
});

describe("a statement on assuming roles", () => {
  it("is one text, and comes back from it", () => {
    for (const statement of [
      allow(["b", "a"].sort()),
      deny(["*"], MFA),
      { ...allow([]), inverted: true },
      { ...deny(["x"]), inverted: true },
    ])
      expect(parseAssume(assumeText(statement))).toEqual(statement);
    expect(assumeText(allow(["b", "a", "b"], MFA))).toBe(`{"allow":["a","b"],"if":${MFA}}`);
    for (const text of ["", "{}", "[]", '{"allow":"*"}', '{"permit":["*"]}'])
      expect(parseAssume(text)).toBeUndefined();
  });
});
