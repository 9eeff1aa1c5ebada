import { describe, expect, it } from "vitest";
import { employment } from "../../test/support/employments.js";
import { mailboxOf } from "./mailbox.js";
import { ownersOf } from "./owners.js";
import { PersonIndex } from "./person-index.js";
import { personsOf } from "./persons.js";

const mailbox = mailboxOf({ plusAddresses: true, domains: [] });
const persons = new PersonIndex(
  personsOf(
    [
      employment("1", { name: "Ann Lee", emails: ["ann@x.example"] }),
      employment("2", { name: "Jo Smith", emails: ["jo@x.example"] }),
      employment("3", { name: "Jo Smith", emails: ["smith@x.example"] }),
    ],
    [],
    mailbox,
    1,
  ),
  mailbox,
);
const names = {
  persons,
  personOf: (account: string) => (account === "aws/user/1" ? "hr/person/1" : undefined),
  accountsCalled: (name: string) =>
    ["arn:aws:iam::1:user/ann", "ann", "entra-object:0a"].includes(name) ? ["aws/user/1", "aws/user/9"] : [],
};
const claim = (owner: string) => ({ subject: "aws/role/1", owner, basis: "tag", evidence: "tag owner=x" });

describe("ownersOf", () => {
  it.each([
    ["an address", "ref/email/ANN@x.example", "hr/person/1"],
    ["a worker id in a tag", "ref/owner-tag/2", "hr/person/2"],
    ["a user name in a tag", "ref/owner-tag/ann", "hr/person/1"],
    ["a full name that one person has", "ref/owner-tag/ann%20lee", "hr/person/1"],
    ["an ARN", "ref/aws-arn/arn:aws:iam::1:user/ann", "hr/person/1"],
    ["an object id of Entra", "ref/entra-object/0a", "hr/person/1"],
    ["an account of a person", "aws/user/1", "hr/person/1"],
    ["a full name that two persons have", "ref/owner-tag/Jo%20Smith", undefined],
    ["a team", "ref/owner-tag/platform", undefined],
    ["an address that nobody has", "ref/email/eve@x.example", undefined],
    ["an account of nobody", "aws/user/7", undefined],
  ])("%s", (_, owner, person) => {
    const { owners, unresolved } = ownersOf([claim(owner)], [], new Map(), names);
    expect(owners.map((one) => [one.person, one.basis])).toEqual(
      person === undefined ? [] : [[person, "tag"]],
    );
    expect(unresolved).toBe(person === undefined ? 1 : 0);
  });

  it("says what it rests on", () => {
    expect(ownersOf([claim("ref/email/ann@x.example")], [], new Map(), names).owners).toEqual([
      {
        subject: "aws/role/1",
        person: "hr/person/1",
        basis: "tag",
        evidence: "tag owner=x: e-mail ann@x.example",
      },
    ]);
  });

  it("lets the mapping file win over tags, and tags over who created it", () => {
    const mapped = new Map([["aws/role/1", { persons: ["hr/person/2"], evidence: "mapping file, line 2" }]]);
    const created = [
      { subject: "aws/role/1", account: "aws/user/1" },
      { subject: "aws/role/2", account: "aws/user/1" },
    ];
    const tagged = claim("ref/email/smith@x.example");
    const basis = (result: ReturnType<typeof ownersOf>) =>
      result.owners.map(({ subject, person, basis }) => [subject, person, basis]);
    expect(basis(ownersOf([tagged], created, mapped, names))).toEqual([
      ["aws/role/1", "hr/person/2", "mapping"],
      ["aws/role/2", "hr/person/1", "creator"],
    ]);
    expect(basis(ownersOf([tagged], created, new Map(), names))).toEqual([
      ["aws/role/1", "hr/person/3", "tag"],
      ["aws/role/2", "hr/person/1", "creator"],
    ]);
  });

  it("keeps several owners, each once", () => {
    const two = [claim("ref/email/ann@x.example"), claim("aws/user/1"), claim("ref/owner-tag/2")];
    expect(ownersOf(two, [], new Map(), names).owners.map(({ person }) => person)).toEqual([
      "hr/person/1",
      "hr/person/2",
    ]);
  });
});
