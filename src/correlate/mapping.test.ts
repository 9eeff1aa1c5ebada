import { describe, expect, it } from "vitest";
import { employment } from "../../test/support/employments.js";
import { InputError } from "../model/index.js";
import { mailboxOf } from "./mailbox.js";
import { type Mappable, parseMapping, readMapping, resolveMapping } from "./mapping.js";
import { PersonIndex } from "./person-index.js";
import { personsOf } from "./persons.js";

const mailbox = mailboxOf({ plusAddresses: true, domains: [] });
const persons = new PersonIndex(
  personsOf(
    [
      employment("1", { name: "Ann", emails: ["ann@x.example"] }),
      employment("2", { name: "Bob", emails: ["bob@x.example", "team@x.example"] }),
      employment("3", { name: "Cy", emails: ["team@x.example"] }),
    ],
    [],
    mailbox,
    1,
  ),
  mailbox,
);
const one = (key: string, given: Partial<Mappable> = {}): Mappable => ({
  key,
  isAccount: true,
  username: undefined,
  email: undefined,
  aliases: [],
  ...given,
});
const things = [
  one("aws/user/1", { username: "alice", aliases: ["arn:aws:iam::1:user/alice"] }),
  one("aws/user/2", { username: "alice", aliases: ["arn:aws:iam::2:user/alice"] }),
  one("aws/user/3", { username: "Deploy", email: "deploy@x.example" }),
  one("aws/role/1", { isAccount: false, aliases: ["arn:aws:iam::1:role/ci"] }),
];
const resolve = (text: string) => resolveMapping(parseMapping(text, "m.csv"), things, persons, mailbox);

describe("mapping file", () => {
  it.each([
    ["a key", "aws/user/1,1", "aws/user/1", "hr/person/1"],
    ["an ARN and an e-mail", "arn:aws:iam::2:user/alice,ANN@x.example", "aws/user/2", "hr/person/1"],
    ["a user name in another case", "deploy,2", "aws/user/3", "hr/person/2"],
    ["an e-mail and a person's key", "Deploy@x.example,hr/person/2", "aws/user/3", "hr/person/2"],
  ])("takes %s", (_, line, account, person) => {
    const { accounts, problems } = resolve(`account,person\n${line}\n`);
    expect([...accounts]).toEqual([[account, { persons: [person], evidence: "mapping file, line 2" }]]);
    expect(problems).toEqual([]);
  });

  it("gives software an owner", () => {
    const { accounts, owners } = resolve("account,person\narn:aws:iam::1:role/ci,1\n");
    expect(accounts.size).toBe(0);
    expect([...owners.keys()]).toEqual(["aws/role/1"]);
  });

  it.each([
    ["an account that nobody knows", "nobody,1", /no account/],
    ["a user name that two accounts have", "alice,1", /2 accounts/],
    ["a person whom nobody knows", "deploy,77", /no person/],
    ["an address that two persons have", "deploy,team@x.example", /2 persons/],
    ["an empty line's worth", "deploy", /no person/],
  ])("reports %s", (_, line, reason) => {
    const { accounts, problems } = resolve(`account,person\n${line}\n`);
    expect(accounts.size).toBe(0);
    expect(problems.map(({ line }) => line)).toEqual([2]);
    expect(problems[0]?.reason).toMatch(reason);
  });

  it("keeps both persons where two lines disagree, and says so", () => {
    const { accounts, problems } = resolve("account,person\ndeploy,1\ndeploy,2\ndeploy,1\n");
    expect(accounts.get("aws/user/3")).toEqual({
      persons: ["hr/person/1", "hr/person/2"],
      evidence: "mapping file, line 2 and 3",
    });
    expect(problems.map(({ line }) => line)).toEqual([3]);
  });

  it("takes columns in any order and case, with others beside them", () => {
    const { accounts } = resolve("\uFEFFnote,Person,ACCOUNT\nx,1,aws/user/1\n");
    expect([...accounts.keys()]).toEqual(["aws/user/1"]);
  });

  it("refuses a file without the columns, and one that is not there", async () => {
    expect(() => parseMapping("user,owner\n", "m.csv")).toThrow(InputError);
    await expect(readMapping("/nowhere/m.csv")).rejects.toThrow(/\/nowhere\/m\.csv.*cannot be used/);
  });
});
