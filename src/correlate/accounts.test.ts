import { describe, expect, it } from "vitest";
import { employment } from "../../test/support/employments.js";
import { type AccountFacts, type AccountOptions, accountLinks, CONFIDENCE } from "./accounts.js";
import type { EmploymentFacts } from "./employment.js";
import { mailboxOf } from "./mailbox.js";
import { PersonIndex, userNameIndex } from "./person-index.js";
import { personsOf } from "./persons.js";

const mailbox = mailboxOf({ plusAddresses: true, domains: ["x.example", "old.example"] });

function link(
  employments: readonly EmploymentFacts[],
  accounts: readonly Partial<AccountFacts>[],
  options: { patterns?: readonly string[]; mapped?: AccountOptions["mapped"] } = {},
) {
  const persons = personsOf(employments, [], mailbox, 1);
  const whole = accounts.map(
    (account, i): AccountFacts => ({
      key: `aws/user/${i}`,
      provider: "AwsUser",
      username: undefined,
      email: undefined,
      employeeId: undefined,
      aliases: [],
      accountType: "unknown",
      status: undefined,
      taggedEmails: [],
      openedFrom: [],
      ...account,
    }),
  );
  return accountLinks(whole, new PersonIndex(persons, mailbox), {
    mailbox,
    mapped: options.mapped ?? new Map(),
    userNames: userNameIndex(persons, options.patterns ?? []),
    domains: ["x.example", "old.example"],
  });
}

const ann = employment("1", { name: "Ann Lee", emails: ["ann@x.example"] });
const bob = employment("2", { name: "Bob Lee", emails: ["bob@x.example"] });

describe("accountLinks", () => {
  it.each<[string, Partial<AccountFacts>, string | undefined, string | undefined]>([
    ["an employee id", { employeeId: "1" }, "hr/person/1", "employeeId"],
    ["an e-mail in another case", { email: "ANN@x.example" }, "hr/person/1", "email"],
    [
      "a plus address in another domain of the company",
      { email: "ann+aws@old.example" },
      "hr/person/1",
      "email",
    ],
    [
      "an alias that is an address",
      { aliases: ["arn:aws:iam::1:user/q", "ann@x.example"] },
      "hr/person/1",
      "alias",
    ],
    [
      "its own address before a predecessor's, which it has as an alias",
      { email: "bob@x.example", aliases: ["ann@x.example", "bob@x.example"] },
      "hr/person/2",
      "email",
    ],
    [
      "a user name that is an address before an alias",
      { username: "bob@x.example", email: "sales@x.example", aliases: ["ann@x.example"] },
      "hr/person/2",
      "email",
    ],
    [
      "an owner tag before an alias",
      { taggedEmails: ["bob@x.example"], aliases: ["ann@x.example"] },
      "hr/person/2",
      "tag",
    ],
    [
      "an alias before a user name pattern",
      { username: "alee", aliases: ["bob@x.example"] },
      "hr/person/2",
      "alias",
    ],
    ["a user name that is an address", { username: "bob@x.example" }, "hr/person/2", "email"],
    ["an owner tag", { taggedEmails: ["bob@x.example"] }, "hr/person/2", "tag"],
    ["a user name pattern", { username: "ALee" }, "hr/person/1", "userName"],
    ["a pattern before the company's @", { username: "alee@x.example" }, "hr/person/1", "userName"],
    ["no pattern before a foreign @", { username: "alee@y.example" }, undefined, undefined],
    ["the surest rule of several", { employeeId: "1", email: "bob@x.example" }, "hr/person/1", "employeeId"],
    ["nothing that is known", { email: "eve@x.example", username: "eve" }, undefined, undefined],
    [
      "an owner tag of a service account is its owner",
      { accountType: "service", taggedEmails: ["bob@x.example"] },
      undefined,
      undefined,
    ],
    [
      "a pattern never means a shared account",
      { accountType: "shared", username: "alee" },
      undefined,
      undefined,
    ],
  ])("%s", (_, account, person, rule) => {
    const { links, disputes } = link([ann, bob], [account], { patterns: ["{f}{last}"] });
    expect(links.map((one) => [one.person, one.rule])).toEqual(person === undefined ? [] : [[person, rule]]);
    expect(disputes).toEqual([]);
  });

  it("says rule, confidence and evidence", () => {
    expect(link([ann], [{ email: "Ann@x.example" }]).links).toEqual([
      {
        account: "aws/user/0",
        person: "hr/person/1",
        rule: "email",
        confidence: 0.9,
        evidence: "e-mail ann@x.example",
      },
    ]);
  });

  it("disputes two equal candidates and links neither", () => {
    const cy = employment("3", { name: "Cy Fox", emails: ["ann@x.example"] });
    expect(link([ann, cy], [{ email: "ann@x.example" }])).toMatchObject({
      links: [],
      disputes: [{ account: "aws/user/0", rule: "email", persons: ["hr/person/1", "hr/person/3"] }],
    });
  });

  it("ties a leaver's account to the leaver, though it has the address of whom they followed", () => {
    const predecessor = employment("3", { name: "Di Moe", emails: ["di@x.example"], to: "2024-01-31" });
    const leaver = employment("4", { name: "Cy Poe", emails: ["cy@x.example"], to: "2026-05-30" });
    const { links, disputes } = link(
      [predecessor, leaver],
      [{ username: "cy@x.example", email: "cy@x.example", aliases: ["cy@x.example", "di@x.example"] }],
    );
    expect(links).toMatchObject([{ person: "hr/person/4", rule: "email", evidence: "e-mail cy@x.example" }]);
    expect(disputes).toEqual([]);
  });

  it("trusts an alias less than an address, and names the alias that it went by", () => {
    const { links } = link(
      [ann],
      [{ email: "sales@x.example", aliases: ["ann@x.example", "sales@x.example", "shop@x.example"] }],
    );
    expect(links).toMatchObject([
      { person: "hr/person/1", rule: "alias", confidence: 0.7, evidence: "alias ann@x.example" },
    ]);
    expect(CONFIDENCE.alias).toBeLessThan(CONFIDENCE.email);
  });

  it("disputes two persons whom aliases name, and two whom its own addresses name", () => {
    const both = ["hr/person/1", "hr/person/2"];
    expect(link([ann, bob], [{ aliases: ["ann@x.example", "bob@x.example"] }])).toMatchObject({
      links: [],
      disputes: [{ rule: "alias", persons: both, evidence: "alias ann@x.example, bob@x.example" }],
    });
    expect(
      link([ann, bob], [{ username: "ann@x.example", email: "bob@x.example", aliases: ["bob@x.example"] }]),
    ).toMatchObject({ links: [], disputes: [{ rule: "email", persons: both }] });
  });

  it("does not dispute one mailbox on a live and an ended employment of one person", () => {
    const before = employment("9", { name: "Ann Lee", emails: ["ann@x.example"], to: "2020-01-01" });
    const { links, disputes } = link([before, ann], [{ email: "ann@x.example" }]);
    expect(links.map(({ person }) => person)).toEqual(["hr/person/9"]);
    expect(disputes).toEqual([]);
  });

  it("lets an e-mail narrow an employee id that two HR systems use, and never a user name", () => {
    const other = employment("1", { source: "hr2", name: "Zed Lee", emails: ["zed@x.example"] });
    const narrowed = link([ann, other], [{ employeeId: "1", email: "zed@x.example" }]);
    expect(narrowed.links).toMatchObject([{ person: "hr2/person/1", rule: "employeeId", confidence: 0.9 }]);
    const guessed = link([ann, other], [{ employeeId: "1", username: "zlee" }], { patterns: ["{f}{last}"] });
    expect(guessed.links).toEqual([]);
    expect(guessed.disputes).toHaveLength(1);
  });

  it("lets the mapping file win over all, and disputes lines that disagree", () => {
    const mapped = (persons: readonly string[]) =>
      new Map([["aws/user/0", { persons, evidence: "mapping file, line 2" }]]);
    expect(link([ann, bob], [{ employeeId: "1" }], { mapped: mapped(["hr/person/2"]) }).links).toMatchObject([
      { person: "hr/person/2", rule: "mapping", confidence: 1 },
    ]);
    expect(
      link([ann, bob], [{ employeeId: "1" }], { mapped: mapped(["hr/person/2", "hr/person/1"]) }).disputes,
    ).toMatchObject([{ rule: "mapping", persons: ["hr/person/1", "hr/person/2"] }]);
  });

  it("follows who opens an account, whatever the order, and not in circles", () => {
    const { links } = link(
      [ann],
      [
        { openedFrom: ["aws/user/1"] },
        { openedFrom: ["aws/user/2"] },
        { email: "ann@x.example" },
        { openedFrom: ["aws/user/4"] },
        { openedFrom: ["aws/user/3"] },
      ],
    );
    expect(links.map(({ account, rule }) => [account, rule])).toEqual([
      ["aws/user/0", "sso"],
      ["aws/user/1", "sso"],
      ["aws/user/2", "email"],
    ]);
  });

  it.each<[string, Partial<AccountFacts>, boolean]>([
    ["a service account of an employee id is human", { accountType: "service", employeeId: "1" }, true],
    [
      "a service account that only looks like a name stays one",
      { accountType: "service", username: "alee" },
      false,
    ],
    ["an account of unknown type is human", { username: "alee" }, true],
    ["root stays root", { accountType: "breakGlass", email: "ann@x.example" }, false],
    ["a guest stays a guest", { accountType: "guest", email: "ann@x.example" }, false],
    ["a shared account stays shared", { accountType: "shared", email: "ann@x.example" }, false],
    ["human is human", { accountType: "human", email: "ann@x.example" }, false],
  ])("%s", (_, account, expected) => {
    const { links, retyped } = link([ann], [account], { patterns: ["{f}{last}"] });
    expect(links).toHaveLength(1);
    expect(retyped.map(({ accountType }) => accountType)).toEqual(expected ? ["human"] : []);
  });
});
