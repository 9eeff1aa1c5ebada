import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FindingsWorld, type Worker } from "../../test/support/findings-world.js";
import { edge, node } from "../../test/support/workbench.js";
import { reconcileProjectors } from "./projector.js";

/** From reads to findings, over a real store and journal. */

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const T0 = Date.parse("2026-11-20T06:00:00Z");
const iso = (at: number) => new Date(at).toISOString();
const ADA: Worker = { id: "1", name: "Ada Park", email: "ada@x.example", to: "2026-11-10" };

let world: FindingsWorld;
beforeEach(async () => {
  world = await FindingsWorld.open();
});
afterEach(async () => {
  // Whatever happened, the chain holds and says the same again.
  expect((await world.journal.verify()).ok).toBe(true);
  expect(await world.rebuilt()).toEqual(await world.said());
  await world.close();
});

describe("a finding whose row is there though its source was not read whole", () => {
  it("was seen by this run, and says that its absence could not have been", async () => {
    await world.hr(T0, [ADA]);
    await world.accounts(T0, { a1: ADA.email });
    const first = await world.run(T0 + HOUR);
    expect(first).toMatchObject({ opened: [expect.any(String)], unchecked: [] });

    await world.accounts(T0 + DAY, {}, "failed");
    const second = await world.run(T0 + DAY + HOUR);
    const finding = await world.about("a1");
    expect(finding).toMatchObject({
      status: "open",
      checked: false,
      run: second.run,
      lastSeen: iso(T0 + DAY + HOUR),
      firstSeen: iso(T0 + HOUR),
    });
    expect(second.unchecked).toEqual([finding.fingerprint]);

    // An event of before `checked` was said of what is still the same: it was all checked.
    const project = reconcileProjectors["run.reconciled"];
    const events = [];
    for await (const event of world.journal.events()) events.push(event);
    const event = events.findLast(({ type }) => type === "run.reconciled");
    if (event === undefined || project === undefined) throw new Error("there was no run");
    expect(event.payload.still).toMatchObject([{ checked: false, fingerprints: [finding.fingerprint] }]);
    const still = [{ rule: "LVR-001", population: 1, fingerprints: [finding.fingerprint] }];
    await world.store.write((tx) => project(tx, { ...event, payload: { ...event.payload, still } }));
    expect((await world.about("a1")).checked).toBe(true);

    await world.accounts(T0 + 2 * DAY, { a1: ADA.email });
    const third = await world.run(T0 + 2 * DAY + HOUR);
    expect(third).toMatchObject({ updated: [], unchecked: [] });
    expect(await world.about("a1")).toMatchObject({ checked: true, run: third.run });
  });
});

describe("an exception", () => {
  const opened = async () => {
    await world.hr(T0, [ADA]);
    await world.accounts(T0, { a1: ADA.email });
    await world.run(T0 + HOUR);
    const { fingerprint } = await world.about("a1");
    return { fingerprint, id: await world.except(T0 + 2 * HOUR, fingerprint, "2026-11-24") };
  };
  const until = "2026-11-25T00:00:00.000Z";
  const only = async () => {
    const [record, ...others] = await world.exceptions();
    if (record === undefined || others.length > 0) throw new Error("not one exception");
    return record;
  };

  it("outlasts a run as of a day when the finding did not apply", async () => {
    const { id } = await opened();
    const past = await world.run(T0 + 3 * HOUR, { asOf: Date.parse("2026-11-05T12:00:00Z") });
    expect(past).toMatchObject({ noLongerApplies: [expect.any(String)], endedExceptions: [] });
    expect(await world.about("a1")).toMatchObject({ status: "closed", exception: null });
    expect(await only()).toMatchObject({ id, status: "approved", until, findingStatus: "closed" });

    const today = await world.run(T0 + DAY);
    expect(today.reopened).toHaveLength(1);
    expect(await world.about("a1")).toMatchObject({ status: "excepted", exception: { id, until } });
    expect(await only()).toMatchObject({ status: "approved", findingStatus: "excepted" });

    const after = await world.run(Date.parse(until));
    expect(after.endedExceptions).toMatchObject([{ id, rule: "LVR-001", because: "expired" }]);
    expect(await world.about("a1")).toMatchObject({ status: "open", exception: null });
    expect(await only()).toMatchObject({ status: "ended", endedBy: "exitgraph", endedReason: "expired" });
  });

  it("ends on its day while its finding is closed, and does not come back with it", async () => {
    const { id } = await opened();
    await world.run(T0 + 3 * HOUR, { asOf: Date.parse("2026-11-05T12:00:00Z") });
    const late = await world.run(Date.parse(until), { asOf: Date.parse("2026-11-05T12:00:00Z") });
    expect(late.endedExceptions).toMatchObject([{ id, because: "expired" }]);
    await world.run(Date.parse(until) + HOUR);
    expect(await world.about("a1")).toMatchObject({ status: "open", exception: null, reopened: 1 });
  });

  it("that somebody ends while its finding is closed leaves that closed, and open when it is back", async () => {
    const { id } = await opened();
    await world.run(T0 + 3 * HOUR, { asOf: Date.parse("2026-11-05T12:00:00Z") });
    expect(await world.end(T0 + 4 * HOUR, id)).toMatchObject({ status: "ended", findingStatus: "closed" });
    await world.run(T0 + DAY);
    expect(await world.about("a1")).toMatchObject({ status: "open", exception: null });
  });

  it.each(["approved", "requested"])(
    "that is %s ends with the read that proves the account gone while its finding is closed for now",
    async (status) => {
      await world.hr(T0, [ADA]);
      await world.accounts(T0, { a1: ADA.email });
      await world.run(T0 + HOUR);
      const { fingerprint } = await world.about("a1");
      const id =
        status === "approved"
          ? await world.except(T0 + 2 * HOUR, fingerprint, "2026-11-24")
          : await world.request(T0 + 2 * HOUR, fingerprint, "2026-11-24");
      const { to: _, ...here } = ADA;
      await world.hr(T0 + 3 * HOUR, [here]);
      expect(await world.run(T0 + 4 * HOUR)).toMatchObject({ endedExceptions: [] });
      await world.accounts(T0 + 5 * HOUR, { other: "bo@x.example" });
      expect(await world.run(T0 + 6 * HOUR)).toMatchObject({
        endedExceptions: [{ id, fingerprint, because: "removed" }],
      });
      expect(await only()).toMatchObject({ status: "ended", endedReason: "removed" });
      await world.hr(T0 + 7 * HOUR, [ADA]);
      await world.accounts(T0 + 7 * HOUR, { a1: ADA.email });
      await world.run(T0 + 8 * HOUR);
      expect(await world.about("a1")).toMatchObject({ status: "open", exception: null, reopened: 1 });
    },
  );

  it("outlasts a new employment, and ends with the read that proves the account gone", async () => {
    const { id } = await opened();
    const { to: _, ...here } = ADA;
    await world.hr(T0 + 3 * HOUR, [here]);
    expect(await world.run(T0 + 4 * HOUR)).toMatchObject({ endedExceptions: [] });
    await world.hr(T0 + 5 * HOUR, [ADA]);
    await world.run(T0 + 6 * HOUR);
    expect(await world.about("a1")).toMatchObject({ status: "excepted", exception: { id } });

    await world.accounts(T0 + DAY, { other: "bo@x.example" });
    const gone = await world.run(T0 + DAY + HOUR);
    expect(gone).toMatchObject({
      removed: [expect.any(String)],
      endedExceptions: [{ id, because: "removed" }],
    });
    await world.accounts(T0 + DAY + 2 * HOUR, { a1: ADA.email });
    await world.run(T0 + DAY + 3 * HOUR);
    expect(await world.about("a1")).toMatchObject({ status: "open", exception: null, reopened: 2 });
  });
});

describe("two persons who turn out to be one", () => {
  const ONE: Worker = { id: "1", name: "Ada Park", email: "ada@x.example", to: "2026-11-10" };
  const TWO: Worker = { id: "2", name: "Ada Park-Lee", email: "lee@y.example", to: "2026-11-12" };
  const together = [ONE, TWO].map((one) => ({ ...one, universalId: "u" }));
  const apart = [ONE, TWO].map((one) => ({ ...one, universalId: `u-${one.id}` }));
  const accounts = { a1: ONE.email, a2: TWO.email };
  const persons = async () =>
    Object.fromEntries(
      (await world.findings())
        .filter(({ status }) => status !== "closed")
        .map(({ subject, person }) => [subject.key, person?.key]),
    );

  it("keep their findings, since when they are known, and their exceptions; also when they are told apart again", async () => {
    await world.hr(T0, [ONE, TWO]);
    await world.accounts(T0, accounts);
    await world.run(T0 + HOUR);
    expect(await persons()).toEqual({ "aws/user/a1": "hr/person/1", "aws/user/a2": "hr/person/2" });
    const two = await world.about("a2");
    const id = await world.except(T0 + 2 * HOUR, two.fingerprint, "2026-12-31");

    await world.hr(T0 + DAY, together);
    const joined = await world.run(T0 + DAY + HOUR);
    expect(joined).toMatchObject({ opened: [], reopened: [], noLongerApplies: [], removed: [] });
    expect(await persons()).toEqual({ "aws/user/a1": "hr/person/1", "aws/user/a2": "hr/person/1" });
    const carried = await world.about("a2");
    expect(carried).toMatchObject({
      status: "excepted",
      exception: { id },
      firstSeen: two.firstSeen,
      run: joined.run,
    });
    expect(carried.fingerprint).not.toBe(two.fingerprint);
    expect(await world.exceptions()).toMatchObject([
      { id, status: "approved", fingerprint: carried.fingerprint, findingStatus: "excepted" },
    ]);

    // Found while they were one.
    await world.accounts(T0 + 2 * DAY, { ...accounts, a3: TWO.email });
    await world.run(T0 + 2 * DAY + HOUR);
    const three = await world.about("a3");
    expect(three.person?.key).toBe("hr/person/1");

    await world.hr(T0 + 3 * DAY, apart);
    const split = await world.run(T0 + 3 * DAY + HOUR);
    expect(split).toMatchObject({ opened: [], reopened: [], noLongerApplies: [], removed: [] });
    expect(await persons()).toEqual({
      "aws/user/a1": "hr/person/1",
      "aws/user/a2": "hr/person/2",
      "aws/user/a3": "hr/person/2",
    });
    expect(await world.about("a2")).toMatchObject({
      fingerprint: two.fingerprint,
      firstSeen: two.firstSeen,
      status: "excepted",
      exception: { id },
    });
    expect(await world.about("a3")).toMatchObject({ firstSeen: three.firstSeen, reopened: 0 });

    await world.hr(T0 + 4 * DAY, together);
    expect(await world.run(T0 + 4 * DAY + HOUR)).toMatchObject({ opened: [], noLongerApplies: [] });
    expect(await world.about("a2")).toMatchObject({ firstSeen: two.firstSeen, exception: { id } });
    expect(await world.end(T0 + 5 * DAY, id)).toMatchObject({ status: "ended", findingStatus: "open" });
  });

  it("that were one from the first read on keep findings and exceptions when they are told apart", async () => {
    await world.hr(T0, together);
    await world.accounts(T0, accounts);
    await world.run(T0 + HOUR);
    const two = await world.about("a2");
    const id = await world.except(T0 + 2 * HOUR, two.fingerprint, "2026-12-31");
    await world.hr(T0 + DAY, apart);
    const split = await world.run(T0 + DAY + HOUR);
    expect(split).toMatchObject({ opened: [], reopened: [], noLongerApplies: [], removed: [] });
    expect(await persons()).toEqual({ "aws/user/a1": "hr/person/1", "aws/user/a2": "hr/person/2" });
    expect(await world.about("a2")).toMatchObject({
      status: "excepted",
      exception: { id },
      firstSeen: two.firstSeen,
    });
  });

  it("reopen what closed while they were one", async () => {
    await world.hr(T0, [ONE, TWO]);
    await world.accounts(T0, accounts);
    await world.run(T0 + HOUR);
    await world.hr(T0 + DAY, together);
    await world.run(T0 + DAY + HOUR);
    const two = await world.about("a2");
    await world.accounts(T0 + 2 * DAY, { a1: ONE.email });
    expect(await world.run(T0 + 2 * DAY + HOUR)).toMatchObject({ removed: [two.fingerprint] });
    await world.hr(T0 + 3 * DAY, apart);
    await world.run(T0 + 3 * DAY + HOUR);
    await world.accounts(T0 + 4 * DAY, accounts);
    expect(await world.run(T0 + 4 * DAY + HOUR)).toMatchObject({
      opened: [],
      reopened: [expect.any(String)],
    });
    expect(await world.about("a2")).toMatchObject({
      person: { key: "hr/person/2" },
      status: "open",
      firstSeen: two.firstSeen,
      reopened: 1,
    });
  });

  it("keep what was closed for now and excepted", async () => {
    await world.hr(T0, [ONE, TWO]);
    await world.accounts(T0, accounts);
    await world.run(T0 + HOUR);
    const two = await world.about("a2");
    const id = await world.except(T0 + 2 * HOUR, two.fingerprint, "2026-12-31");
    const past = { asOf: Date.parse("2026-11-05T12:00:00Z") };
    await world.run(T0 + 3 * HOUR, past);

    await world.hr(T0 + DAY, together);
    await world.run(T0 + DAY + HOUR, past);
    expect(await world.about("a2")).toMatchObject({ status: "closed" });
    await world.run(T0 + DAY + 2 * HOUR);
    expect(await world.about("a2")).toMatchObject({
      person: { key: "hr/person/1" },
      status: "excepted",
      exception: { id },
      firstSeen: two.firstSeen,
    });

    await world.run(T0 + DAY + 3 * HOUR, past);
    await world.hr(T0 + 2 * DAY, apart);
    await world.run(T0 + 2 * DAY + HOUR);
    expect(await world.about("a2")).toMatchObject({
      fingerprint: two.fingerprint,
      status: "excepted",
      exception: { id },
      firstSeen: two.firstSeen,
    });
  });

  it("keep the one of two findings about the same that goes on, and its exception", async () => {
    await world.hr(T0, [ONE, { ...TWO, to: "2026-11-20" }]);
    await world.accounts(T0, accounts);
    await world.run(T0 + HOUR);
    const one = await world.about("a1");
    const id = await world.except(T0 + 2 * HOUR, one.fingerprint, "2026-12-31");
    // The account is the other's for a day, and then both are one.
    await world.hr(T0 + DAY, [
      { ...ONE, email: "old@x.example" },
      { ...TWO, email: ONE.email },
    ]);
    await world.run(T0 + DAY + HOUR);
    expect(await world.about("a1")).toMatchObject({ status: "open", person: { key: "hr/person/2" } });
    await world.hr(T0 + 2 * DAY, together);
    await world.run(T0 + 2 * DAY + HOUR);
    expect(await world.about("a1")).toMatchObject({
      status: "excepted",
      exception: { id },
      person: { key: "hr/person/1" },
    });
  });
});

describe("what one rule excepts and another has only", () => {
  const only = ["RES-001", "LVR-004"];
  const [a1, admin] = ["aws/user/a1", "aws/policy/admin"];
  const account = node("Account", a1, { username: "a1", email: ADA.email, status: "enabled" });
  const role = node("Entitlement", admin, { name: "Administrator", privilege: "admin" });
  const there = [
    account,
    role,
    node("Resource", "aws/account/1", { name: "production" }),
    edge("ON", admin, "aws/account/1"),
  ];
  const holds = edge("HAS_ENTITLEMENT", a1, admin);
  const eligible = edge("HAS_ENTITLEMENT", a1, admin, { assignment: "eligible" }, "eligible 7");

  it("goes from the one to the other, and what was taken away is proved", async () => {
    await world.hr(T0, [ADA]);
    await world.things(T0, [...there, holds, eligible]);
    expect(await world.run(T0 + HOUR, { only })).toMatchObject({ opened: [expect.any(String)] });
    const [active] = await world.findings();
    expect(active).toMatchObject({ rule: "RES-001", status: "open", columns: { certainty: "active" } });
    expect(active?.cuts).toHaveLength(2);

    await world.things(T0 + DAY, [...there, eligible]);
    expect(await world.run(T0 + DAY + HOUR, { only })).toMatchObject({
      opened: [expect.any(String)],
      removed: [active?.fingerprint],
    });
    const [closed] = (await world.findings()).filter(({ rule }) => rule === "RES-001");
    expect(closed?.proof).toMatchObject({ record: "HAS_ENTITLEMENT|aws/user/a1|aws/policy/admin|" });
    const [waiting] = (await world.findings()).filter(({ rule }) => rule === "LVR-004");
    expect(waiting).toMatchObject({ status: "open", checked: true, columns: { certainty: "eligible" } });
    // The edge's discriminator is encoded in its id and plain in the store: both mean the same edge.
    const record = "HAS_ENTITLEMENT|aws/user/a1|aws/policy/admin|eligible%207";
    expect(waiting?.evidence).toContainEqual({ record, role: "access", heldBy: ["aws|all"] });

    await world.things(T0 + 2 * DAY, there);
    expect(await world.run(T0 + 2 * DAY + HOUR, { only })).toMatchObject({
      removed: [waiting?.fingerprint],
      noLongerApplies: [],
    });
  });

  it("is no removal where the leaver activates the role", async () => {
    await world.hr(T0, [ADA]);
    await world.things(T0, [...there, eligible]);
    const { opened } = await world.run(T0 + HOUR, { only });
    expect(opened).toHaveLength(1);
    await world.things(T0 + DAY, [...there, eligible, holds]);
    expect(await world.run(T0 + DAY + HOUR, { only })).toMatchObject({
      opened: [expect.any(String)],
      noLongerApplies: opened,
      removed: [],
    });
  });
});

describe("a second HR source", () => {
  const BO: Worker = { id: "9", name: "Bo Lund", email: "bo@x.example" };
  const both = { sources: ["hr", "hr2"] };

  it("stops findings about leavers until something of it was read, and not when it fails after that", async () => {
    await world.hr(T0, [ADA]);
    await world.accounts(T0, { a1: ADA.email });
    const never = await world.run(T0 + HOUR, both);
    expect(never).toMatchObject({ opened: [], notEvaluated: [{ rule: "LVR-001", source: "hr2" }] });
    expect(never.notEvaluated[0]?.reason).toContain("was never read");
    await world.hr(T0 + HOUR, [], { source: "hr2", verdict: "failed" });
    expect(await world.run(T0 + 2 * HOUR, both)).toMatchObject({
      opened: [],
      notEvaluated: [{ source: "hr2" }],
    });
    // A row was rejected: the others count, and what opens says that it was not checked.
    await world.hr(T0 + 2 * HOUR, [BO], { source: "hr2", verdict: "partial" });
    expect(await world.run(T0 + 3 * HOUR, both)).toMatchObject({
      opened: [expect.any(String)],
      notEvaluated: [{ source: "hr2" }],
    });
    expect(await world.about("a1")).toMatchObject({ status: "open", checked: false });
    await world.hr(T0 + 4 * HOUR, [BO], { source: "hr2" });
    expect(await world.run(T0 + 5 * HOUR, both)).toMatchObject({ opened: [], notEvaluated: [] });
    expect(await world.about("a1")).toMatchObject({ status: "open", checked: true });

    await world.hr(T0 + DAY, [], { source: "hr2", verdict: "failed" });
    await world.accounts(T0 + DAY, { a1: ADA.email, a2: ADA.email });
    expect(await world.run(T0 + DAY + HOUR, both)).toMatchObject({
      opened: [expect.any(String)],
      notEvaluated: [{ source: "hr2" }],
    });
    expect(await world.about("a2")).toMatchObject({ status: "open", checked: false });
  });

  it("that employs somebody who left the first makes them no leaver", async () => {
    await world.hr(T0, [{ ...ADA, universalId: "u" }]);
    await world.accounts(T0, { a1: ADA.email });
    await world.hr(T0, [{ ...BO, universalId: "u", from: "2026-11-01" }], { source: "hr2" });
    expect(await world.run(T0 + HOUR, both)).toMatchObject({ opened: [], notEvaluated: [] });
  });
});

describe("access by a role that trusts her account as a whole", () => {
  const A = "111111111111";
  const R = "arn:aws:iam::222222222222:role/ops";
  const ALLOW = `{"allow":["${R}"]}`;
  const USER = "aws/user/a1";
  const account = (more: Readonly<Record<string, readonly string[]>> = {}) =>
    node("Account", USER, {
      username: "a1",
      email: ADA.email,
      status: "enabled",
      accountId: A,
      ...more,
    });
  const policy = (id: string, ...assumes: string[]) =>
    node("Entitlement", `aws/policy/${id}`, { name: id, ...(assumes.length === 0 ? {} : { assumes }) });
  const holds = (who: string, id: string) => edge("HAS_ENTITLEMENT", who, `aws/policy/${id}`);
  const far = [
    node("Resource", `aws/aws-account/${A}`, { accountId: A }),
    node("NonHumanIdentity", "aws/role/ops", { accountId: "222222222222", arn: R }),
    edge("CAN_ASSUME", `aws/aws-account/${A}`, "aws/role/ops"),
    policy("admin"),
    holds("aws/role/ops", "admin"),
  ];
  /** Every entitlement is on the account. */
  const things = (at: number, records: Parameters<FindingsWorld["things"]>[1]) =>
    world.things(at, [
      ...records,
      ...records.flatMap((one) =>
        one.kind === "node" && one.label === "Entitlement"
          ? [edge("ON", one.key, `aws/aws-account/${A}`)]
          : [],
      ),
    ]);
  const own = [holds(USER, "jump"), policy("jump", ALLOW)];
  const group = [
    node("Group", "aws/group/g", { accountId: A }),
    edge("MEMBER_OF", USER, "aws/group/g"),
    holds("aws/group/g", "jump"),
    policy("jump", ALLOW),
  ];
  const deny = policy("stop", '{"deny":["arn:aws:iam::*:role/*"]}');
  const within = (...assumesWithin: string[]) => account({ assumesWithin });

  const admin = async () => {
    const found = (await world.findings()).find(({ subject }) => subject.key === "aws/policy/admin");
    if (found === undefined) throw new Error("nothing was found");
    return found;
  };

  it.each<[string, Parameters<FindingsWorld["things"]>[1], Parameters<FindingsWorld["things"]>[1], string]>([
    [
      "the policy was edited",
      [account(), ...own],
      [account(), holds(USER, "jump"), policy("jump", '{"allow":["arn:aws:iam::222222222222:role/else"]}')],
      "aws/policy/jump no longer allows aws/role/ops",
    ],
    [
      "her group's policy says nothing of roles any more",
      [account(), ...group],
      [account(), ...group.slice(0, 3), policy("jump")],
      "aws/policy/jump no longer allows",
    ],
    [
      "the policy now denies it",
      [account(), ...own],
      [account(), holds(USER, "jump"), policy("jump", ALLOW, '{"deny":["*"]}')],
      "aws/policy/jump no longer allows",
    ],
    [
      "a policy that denies it was added",
      [account(), ...own],
      [account(), ...own, deny, holds(USER, "stop")],
      "stop denies",
    ],
    [
      "a policy that denies it, and that others hold, was attached to her",
      [account(), ...own, deny],
      [account(), ...own, deny, holds(USER, "stop")],
      "stop denies",
    ],
    [
      "she joined a group that is denied it",
      [
        account(),
        ...group,
        node("Group", "aws/group/h", { accountId: A }),
        deny,
        holds("aws/group/h", "stop"),
      ],
      [
        account(),
        ...group,
        node("Group", "aws/group/h", { accountId: A }),
        deny,
        holds("aws/group/h", "stop"),
        edge("MEMBER_OF", USER, "aws/group/h"),
      ],
      "stop denies",
    ],
    ["a boundary came", [account(), ...own], [within('{"allow":[]}'), ...own], "the boundary of aws/user/a1"],
    [
      "a boundary narrowed, of a group's member",
      [within('{"allow":["*"]}'), ...group],
      [within('{"allow":["*"]}', '{"deny":["*"]}'), ...group],
      "the boundary of aws/user/a1",
    ],
    ["the trust is gone", [account(), ...own], [account(), ...own], "CAN_ASSUME aws/role/ops is gone"],
  ])("is proved removed where %s", async (what, before, after, words) => {
    const res = { only: ["RES-001"] };
    await world.hr(T0, [ADA]);
    await things(T0, [...before, ...far]);
    await world.run(T0 + HOUR, res);
    const found = await admin();
    const id = await world.except(T0 + 2 * HOUR, found.fingerprint, "2026-12-31");

    const rest =
      what === "the trust is gone"
        ? far.filter((one) => one.kind === "node" || one.type !== "CAN_ASSUME")
        : far;
    await things(T0 + DAY, [...after, ...rest]);
    const gone = await world.run(T0 + DAY + HOUR, res);
    expect(gone).toMatchObject({
      removed: [found.fingerprint],
      noLongerApplies: [],
      endedExceptions: [{ id, because: "removed" }],
    });
    const closed = await admin();
    expect(closed).toMatchObject({
      closedAs: "removed",
      proof: { source: "aws", at: iso(T0 + DAY), lastSeenAt: iso(T0) },
    });
    expect(closed.closedReason).toContain(words);
  });

  it("only no longer applies where a new employment is why, though its policy was edited before", async () => {
    const res = { only: ["RES-001"] };
    await world.hr(T0, [ADA]);
    await things(T0, [account(), ...own, ...far]);
    await world.run(T0 + HOUR, res);
    await things(T0 + DAY, [account(), holds(USER, "jump"), policy("jump", '{"allow":["*"]}'), ...far]);
    const { to: _, ...here } = ADA;
    await world.hr(T0 + DAY, [here]);
    expect(await world.run(T0 + DAY + HOUR, res)).toMatchObject({
      removed: [],
      noLongerApplies: [expect.any(String), expect.any(String)],
    });
  });
});
