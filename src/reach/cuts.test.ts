import { describe, expect, it } from "vitest";
import { edgeId } from "../model/index.js";
import { changeAt, cutsFor } from "./cuts.js";
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
    expect(changeAt(one, rule)).toMatch(words);
  });

  it("is nothing for an edge that a system stores", () => {
    expect(changeAt(member, undefined)).toBeUndefined();
  });
});
