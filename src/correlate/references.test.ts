import { describe, expect, it } from "vitest";
import { refKey } from "../model/index.js";
import { mailboxOf } from "./mailbox.js";
import { ReferenceTies } from "./references.js";

const mailbox = mailboxOf({ plusAddresses: true, domains: [] });

function tie(references: readonly string[], reals: readonly { key: string; aliases: readonly string[] }[]) {
  const ties = new ReferenceTies(references, mailbox);
  for (const real of reals) ties.look(real);
  return ties.ties().map(({ real, reference, rule }) => [real, reference, rule]);
}

describe("ReferenceTies", () => {
  const arn = "arn:aws:iam::1:user/ann";
  it.each([
    ["an ARN", refKey("aws-arn", arn), { key: "a/user/1", aliases: [arn] }, "arn"],
    [
      "an AWS account",
      "ref/aws-account/111122223333",
      { key: "a/aws-account/111122223333", aliases: ["111122223333"] },
      "accountId",
    ],
    [
      "an address in another case",
      refKey("email", "ANN@x.example"),
      { key: "a/user/1", aliases: ["ann@X.example"] },
      "email",
    ],
    [
      "a Google member",
      refKey("google-member", "user:ann@x.example"),
      { key: "g/user/1", aliases: ["Ann@x.example"] },
      "email",
    ],
    ["any other name", refKey("okta-login", "ann"), { key: "o/user/1", aliases: ["ann"] }, "name"],
  ])("%s", (_, reference, real, rule) => {
    expect(tie([reference], [real])).toEqual([[real.key, reference, rule]]);
  });

  it.each([
    ["an ARN in another case", refKey("aws-arn", arn), { key: "a/user/1", aliases: [arn.toUpperCase()] }],
    [
      "twelve digits that are no account",
      "ref/aws-account/111122223333",
      { key: "a/user/1", aliases: ["111122223333"] },
    ],
    ["a reference itself", refKey("aws-arn", arn), { key: refKey("aws-arn", arn), aliases: [arn] }],
    ["what is no reference", "a/user/1", { key: "a/user/2", aliases: ["1"] }],
  ])("not %s", (_, reference, real) => {
    expect(tie([reference], [real])).toEqual([]);
  });

  it("ties both descriptions of one identity, in order", () => {
    const reference = refKey("aws-arn", arn);
    expect(
      tie(
        [reference],
        [
          { key: "b/user/1", aliases: [arn] },
          { key: "a/user/1", aliases: [arn] },
        ],
      ),
    ).toEqual([
      ["a/user/1", reference, "arn"],
      ["b/user/1", reference, "arn"],
    ]);
  });
});
