import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { employment } from "../../test/support/employments.js";
import type { EmploymentFacts } from "./employment.js";
import { mailboxOf } from "./mailbox.js";
import { type KnownPerson, personsOf } from "./persons.js";

const mailbox = mailboxOf({ plusAddresses: true, domains: [] });
const groups = (employments: readonly EmploymentFacts[], known: readonly KnownPerson[] = []) =>
  personsOf(employments, known, mailbox, 100).map(({ key, workerIds }) => [key, ...workerIds]);
const smith = { name: "Jo Smith", emails: ["jo@x.example"] };

describe("personsOf", () => {
  it.each<[string, readonly EmploymentFacts[], readonly (readonly string[])[]]>([
    ["nobody", [], []],
    ["one", [employment("1")], [["hr/person/1", "1"]]],
    [
      "a re-hire under the same worker id is one",
      [employment("1", { from: "2020-01-01", to: "2021-01-01" }), employment("1", { from: "2023-01-01" })],
      [["hr/person/1", "1"]],
    ],
    [
      "a contractor who became an employee is one, even where the contract overlaps",
      [
        employment("9", { ...smith, type: "contingent", from: "2020-01-01", to: "2021-02-01" }),
        employment("1", { ...smith, from: "2021-01-15" }),
      ],
      [["hr/person/9", "1", "9"]],
    ],
    [
      "name alone joins nobody",
      [
        employment("1", { name: "Jo Smith", emails: ["a@x.example"] }),
        employment("2", { name: "Jo Smith", emails: ["b@x.example"] }),
      ],
      [
        ["hr/person/1", "1"],
        ["hr/person/2", "2"],
      ],
    ],
    [
      "a mailbox under another name joins nobody",
      [employment("1", smith), employment("2", { ...smith, name: "Al Smith" })],
      [
        ["hr/person/1", "1"],
        ["hr/person/2", "2"],
      ],
    ],
    [
      "two of one kind at one time are two",
      [employment("1", { ...smith, from: "2020-01-01" }), employment("2", { ...smith, from: "2021-01-01" })],
      [
        ["hr/person/1", "1"],
        ["hr/person/2", "2"],
      ],
    ],
    [
      "a universal id that several people surely share is none",
      [
        employment("1", { universalId: "N/A", name: "Ann Lee", emails: ["ann@x.example"] }),
        employment("2", { universalId: "N/A", name: "Bob Ray", emails: ["bob@x.example"] }),
        employment("3", { universalId: "N/A", name: "Cy Fox", status: "terminated", to: "2026-01-31" }),
        employment("5", { universalId: "N/A", name: "Di Orr" }),
        employment("9", {
          ...smith,
          universalId: "N/A",
          type: "contingent",
          from: "2020-01-01",
          to: "2021-02-01",
        }),
        employment("4", { ...smith, universalId: "G-4", from: "2021-02-02" }),
      ],
      [
        ["hr/person/1", "1"],
        ["hr/person/2", "2"],
        ["hr/person/3", "3"],
        ["hr/person/5", "5"],
        ["hr/person/9", "4", "9"],
      ],
    ],
    [
      "a universal id joins under a new name and mailbox where a contract was never ended",
      [
        employment("9", { universalId: "G-1", name: "Jo Lee", emails: ["a@x.example"], type: "contingent" }),
        employment("1", {
          universalId: "G-1",
          name: "Jo Smith",
          emails: ["b@x.example"],
          from: "2021-01-15",
        }),
      ],
      [["hr/person/1", "1", "9"]],
    ],
    [
      "two HR systems may list the same person",
      [employment("1", smith), employment("7", { ...smith, source: "hr2" })],
      [["hr/person/1", "1", "7"]],
    ],
    [
      "the same worker id of two HR systems means nothing",
      [employment("1"), employment("1", { source: "hr2" })],
      [
        ["hr/person/1", "1"],
        ["hr2/person/1", "1"],
      ],
    ],
    [
      "a universal id joins across sources and names",
      [
        employment("1", { universalId: "u1", name: "Jo Smith" }),
        employment("7", { source: "hr2", universalId: "u1", name: "Jo Smith-Lee" }),
      ],
      [["hr/person/1", "1", "7"]],
    ],
    [
      "two universal ids keep apart what e-mail and name would join, also over a third",
      [
        employment("1", { ...smith, universalId: "u1", to: "2020-01-01" }),
        employment("2", { ...smith, type: "contingent" }),
        employment("3", { ...smith, universalId: "u2", source: "hr2" }),
      ],
      [
        ["hr/person/1", "1", "2"],
        ["hr2/person/3", "3"],
      ],
    ],
    [
      "plus addresses and case mean the same mailbox",
      [
        employment("1", { ...smith, to: "2020-01-01" }),
        employment("2", { name: "JO SMITH", emails: ["Jo+x@X.example"], from: "2021-01-01" }),
      ],
      [["hr/person/1", "2", "1"]],
    ],
  ])("%s", (_, employments, expected) => {
    expect(groups(employments).map((group) => [...group].sort())).toEqual(
      expected.map((group) => [...group].sort()),
    );
  });

  it("keeps the key of the Person who holds an employment, however the record grows", () => {
    const old = employment("9", { ...smith, from: "2021-06-01", to: "2022-01-01" });
    const known = [{ key: "hr/person/9", aliases: [], storedAt: 5, employments: [old.key] }];
    const [person, ...others] = personsOf(
      [employment("1", { ...smith, from: "2020-01-01", to: "2021-01-01" }), old],
      known,
      mailbox,
      100,
    );
    expect(others).toEqual([]);
    expect(person).toMatchObject({ key: "hr/person/9", storedAt: 5, aliases: [] });
  });

  it("joins two stored Persons under the one stored first, and remembers the other's names", () => {
    const a = employment("1", { ...smith, to: "2020-01-01" });
    const b = employment("2", { ...smith, from: "2021-01-01" });
    const known = [
      { key: "hr/person/1", aliases: ["hr/person/0"], storedAt: 20, employments: [a.key] },
      { key: "hr/person/2", aliases: [], storedAt: 10, employments: [b.key] },
    ];
    const persons = personsOf([a, b], known, mailbox, 100);
    expect(persons.map(({ key }) => key)).toEqual(["hr/person/2"]);
    expect(persons[0]?.aliases).toEqual(["hr/person/0", "hr/person/1"]);
  });

  it("splits a Person so that each keeps the key made from its worker id", () => {
    const a = employment("1", { name: "Jo Smith", emails: ["a@x.example"], from: "2021-01-01" });
    const b = employment("2", { name: "Jo Smith", emails: ["b@x.example"], from: "2020-01-01" });
    const known = [{ key: "hr/person/1", aliases: [], storedAt: 5, employments: [a.key, b.key] }];
    const persons = personsOf([a, b], known, mailbox, 100);
    expect(persons.map(({ key, workerIds }) => [key, ...workerIds])).toEqual([
      ["hr/person/1", "1"],
      ["hr/person/2", "2"],
    ]);
    expect(persons.map(({ storedAt }) => storedAt)).toEqual([5, 100]);
  });

  it("names who shares a mailbox and is somebody else", () => {
    const persons = personsOf(
      [employment("1", smith), employment("2", { ...smith, name: "Al Smith" }), employment("3")],
      [],
      mailbox,
      100,
    );
    expect(persons.map(({ sharesMailboxWith }) => sharesMailboxWith)).toEqual([
      ["hr/person/2"],
      ["hr/person/1"],
      [],
    ]);
  });

  it("says of a person what the most telling employment says", () => {
    const [person] = personsOf(
      [
        employment("1", { universalId: "u", name: "Jo Smith", to: "2020-01-01", emails: ["jo@x.example"] }),
        employment("2", {
          universalId: "u",
          name: "Jo Lee",
          from: "2019-01-01",
          emails: ["jo.lee@x.example"],
        }),
        employment("3", { universalId: "u", name: "Jo Long", missing: true }),
      ],
      [],
      mailbox,
      100,
    );
    expect(person).toMatchObject({
      name: "Jo Lee",
      universalId: "u",
      emails: ["jo.lee@x.example", "jo@x.example"],
      workerIds: ["2", "1", "3"],
    });
  });

  it("does not depend on the order of the record", () => {
    const arbitrary = fc.array(
      fc
        .record({
          id: fc.constantFrom("1", "2", "3", "4"),
          source: fc.constantFrom("hr", "hr2"),
          from: fc.constantFrom("2020-01-01", "2021-01-01", "2022-01-01"),
          to: fc.constantFrom(undefined, "2020-06-01", "2022-06-01"),
          universalId: fc.constantFrom(undefined, undefined, "u1", "u2"),
          emails: fc.subarray(["a@x.example", "b@x.example"]),
          name: fc.constantFrom("Jo Smith", "Al Smith"),
          type: fc.constantFrom("employee" as const, "contingent" as const),
        })
        .map(({ id, to, ...rest }) => employment(id, { ...rest, ...(to === undefined ? {} : { to }) })),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(arbitrary, fc.infiniteStream(fc.nat()), (employments, random) => {
        const once = [...new Map(employments.map((one) => [one.key, one])).values()];
        const shuffled = [...once].sort(() => ((random.next().value ?? 0) % 3) - 1);
        const persons = personsOf(once, [], mailbox, 100);
        expect(personsOf(shuffled, [], mailbox, 100)).toEqual(persons);
        // Every employment belongs to exactly one person, every key is one person's, and a second run keeps them.
        expect(persons.flatMap((p) => p.employments.map(({ key }) => key)).sort()).toEqual(
          once.map(({ key }) => key).sort(),
        );
        expect(new Set(persons.map(({ key }) => key)).size).toBe(persons.length);
        const known = persons.map((p) => ({ ...p, employments: p.employments.map(({ key }) => key) }));
        expect(personsOf(shuffled, known, mailbox, 200)).toEqual(persons);
      }),
    );
  });
});
