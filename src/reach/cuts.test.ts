import { describe, expect, it } from "vitest";
import { edgeId } from "../model/index.js";
import { assignmentsBehind, changeAt, cutsFor } from "./cuts.js";
import type { PathEdge, ReachedWithCuts } from "./types.js";

const edge = (type: PathEdge["type"], from: string, to: string): PathEdge => ({
  id: edgeId(type, from, to),
  type,
  from,
  to,
});
const member = edge("MEMBER_OF", "aws/user/1", "aws/group/1");
const link = edge("HAS_ACCOUNT", "hr/person/1", "aws/user/1");
const reached: ReachedWithCuts = {
  start: "aws/user/1",
  target: "aws/policy/1",
  certainty: "active",
  path: [member],
  cuts: [member],
  otherPaths: 0,
};

describe("cutsFor", () => {
  it.each([
    ["human", link, [member.id]],
    ["breakGlass", link, [member.id]],
    ["shared", link, [link.id]],
    ["service", link, [link.id]],
    ["service", undefined, [member.id]],
  ] as const)("of a %s account", (accountType, known, expected) => {
    const cuts = cutsFor(reached, { accountType, link: known }, () => undefined);
    expect(cuts.map((cut) => cut.edge.id)).toEqual(expected);
  });
});

const ANN = "entra/entra-user/ann";
const GROUP = "entra/entra-group/staff";
const ROLE = "entra/entra-app-role/G/access";
const assigned = `HAS_ENTITLEMENT|${ANN}|${ROLE}|`;
const grouped = [`HAS_ENTITLEMENT|${GROUP}|${ROLE}|`, `MEMBER_OF|${ANN}|${GROUP}|`];
const trust = "CAN_ASSUME|ref/aws-federated/arn:aws:iam::1:saml-provider/Entra|aws/aws-role/R|";
const signIn = edge("SIGNS_IN_AS", ANN, "ws/workspace-user/1");
const asRole = edge("CAN_ASSUME", ANN, "aws/aws-role/R");

describe("what ends a sign-in", () => {
  it.each<[string, PathEdge, readonly string[], readonly string[], RegExp]>([
    ["their assignment", signIn, [assigned], [assigned], /end the assignment to G\/access of ann in entra/],
    [
      "their membership, and not the group's assignment",
      signIn,
      grouped,
      grouped.slice(1),
      /end the membership in staff of ann/,
    ],
    [
      "both",
      signIn,
      [assigned, ...grouped],
      [assigned, ...grouped.slice(1)],
      /assignment to G\/access and the membership in staff/,
    ],
    [
      "the assignment of a role elsewhere",
      asRole,
      [trust, assigned],
      [assigned],
      /single sign-on: end the assignment to G\/access/,
    ],
    [
      "that everybody is signed in",
      signIn,
      ["entra/entra-app-instance/G"],
      [],
      /G in entra signs in everybody/,
    ],
  ])("is %s", (_, one, restsOn, behind, words) => {
    expect(assignmentsBehind(one.id, { restsOn })).toEqual(behind);
    expect(changeAt(one, { restsOn })).toMatch(words);
  });
});

describe("changeAt", () => {
  it.each([
    [link, "mapping", /mapping file/],
    [link, "email", /e-mail address/],
    [link, undefined, /correlation/],
    [
      edge("SAME_AS", "aws/user/1", "ref/aws-arn/arn:aws:iam::1:user/ann"),
      "arn",
      /names arn:aws:iam::1:user\/ann/,
    ],
    [edge("SIGNS_IN_AS", "okta/user/ann", "aws/user/1"), undefined, /ann at aws in the identity provider/],
  ])("of %o by %s", (one, rule, words) => {
    expect(changeAt(one, { rule })).toMatch(words);
  });

  it("is nothing for an edge that a system stores", () => {
    expect(changeAt(member, undefined)).toBeUndefined();
    const assume = edge("CAN_ASSUME", "aws/user/1", "aws/role/1");
    const byPolicy = ["CAN_ASSUME|aws/aws-account/1|aws/role/1|", "HAS_ENTITLEMENT|aws/user/1|aws/policy/1|"];
    expect(changeAt(assume, { restsOn: byPolicy })).toBeUndefined();
  });
});

describe("where a person's link to an account is changed", () => {
  it.each([
    ["email", /follows from the e-mail address on the account/],
    ["alias", /follows from the alias of the account/],
    ["whatever", /follows from correlation/],
  ])("by the rule %s", (rule, words) => {
    expect(changeAt(link, { rule })).toMatch(words);
  });
});
