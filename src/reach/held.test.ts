import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { edge, node, openWorkbench, type Workbench } from "../../test/support/workbench.js";
import type { GraphRecord } from "../model/index.js";
import { heldOn } from "./held.js";

let bench: Workbench;
beforeEach(async () => {
  bench = await openWorkbench();
});
afterEach(async () => {
  await bench.close();
});

const T = (day: number) => Date.parse("2026-06-01") + day * 86_400_000;
const ANN = "hr/person/1";
const people: readonly [GraphRecord, ...GraphRecord[]] = [
  node("Employment", "hr/employment/1", {
    name: "Ann Lee",
    workerId: "1",
    emails: ["ann@x.example"],
    status: "active",
  }),
];
const account = node("Account", "aws/user/A", { name: "ann", email: "ann@x.example", accountType: "human" });
const things: readonly GraphRecord[] = [
  account,
  node("Group", "aws/group/G", { name: "admins" }),
  node("NonHumanIdentity", "aws/role/R", { name: "ops" }),
  node("Entitlement", "aws/policy/P", { name: "Admin" }),
  node("Entitlement", "aws/policy/Q", { name: "Read" }),
  node("Resource", "aws/aws-account/1", { name: "account 1" }),
  edge("ON", "aws/policy/P", "aws/aws-account/1"),
  edge("ON", "aws/policy/Q", "aws/aws-account/1"),
  edge("HAS_ENTITLEMENT", "aws/group/G", "aws/policy/P"),
  edge("HAS_ENTITLEMENT", "aws/role/R", "aws/policy/Q"),
];
const member = edge("MEMBER_OF", "aws/user/A", "aws/group/G");
const assume = edge("CAN_ASSUME", "aws/user/A", "aws/role/R");

async function rights(at: number): Promise<readonly (readonly [string, string])[]> {
  const held = await heldOn(bench.store, ANN, at, { now: T(100) });
  return (held?.rights ?? []).map(({ target, state }) => [target, state] as const);
}

describe("heldOn", () => {
  it("says what was held, what was not, and what lies between reads", async () => {
    await bench.read("hr", people, T(0));
    await bench.read("aws", [...things, member], T(0));
    await bench.link(T(0));
    await bench.read("aws", [...things, assume], T(10));
    await bench.read("aws", [...things, member, assume], T(20));

    expect(await rights(T(0))).toEqual([
      ["aws/policy/P", "held"],
      ["aws/policy/Q", "notHeld"],
    ]);
    expect(await rights(T(5))).toEqual([
      ["aws/policy/P", "betweenReads"],
      ["aws/policy/Q", "betweenReads"],
    ]);
    expect(await rights(T(10))).toEqual([
      ["aws/policy/P", "notHeld"],
      ["aws/policy/Q", "held"],
    ]);
    expect(await rights(T(15))).toEqual([
      ["aws/policy/P", "betweenReads"],
      ["aws/policy/Q", "held"],
    ]);
    expect(await rights(T(30))).toEqual([
      ["aws/policy/P", "held"],
      ["aws/policy/Q", "held"],
    ]);
    expect(await rights(T(-1))).toEqual([
      ["aws/policy/P", "betweenReads"],
      ["aws/policy/Q", "betweenReads"],
    ]);
  });

  it("shows the path as it was", async () => {
    await bench.read("hr", people, T(0));
    await bench.read("aws", [...things, member], T(0));
    await bench.link(T(0));
    await bench.read("aws", [account], T(10));
    const held = await heldOn(bench.store, ANN, T(0), { now: T(100) });
    expect(held?.accounts).toMatchObject([{ account: "aws/user/A", state: "held", link: { from: ANN } }]);
    expect(held?.rights.map(({ path }) => path.map(({ id }) => id))).toEqual([
      [
        "MEMBER_OF|aws/user/A|aws/group/G|",
        "HAS_ENTITLEMENT|aws/group/G|aws/policy/P|",
        "ON|aws/policy/P|aws/aws-account/1|",
      ],
    ]);
  });

  it("knows an account that is gone, and one that was tied to the person later", async () => {
    await bench.read("hr", people, T(0));
    await bench.read("aws", [...things, member], T(0));
    await bench.link(T(0));
    const later = node("Account", "aws/user/B", {
      name: "ann2",
      email: "ann@x.example",
      accountType: "human",
    });
    await bench.read(
      "aws",
      [...things.slice(1), later, edge("HAS_ENTITLEMENT", "aws/user/B", "aws/policy/Q")],
      T(10),
    );
    await bench.link(T(10));
    const held = await heldOn(bench.store, ANN, T(0), { now: T(100) });
    expect(held?.accounts.map(({ account: key, state }) => [key, state])).toEqual([
      ["aws/user/A", "held"],
      ["aws/user/B", "notHeld"],
    ]);
    expect(held?.rights.map(({ start, target, state }) => [start, target, state])).toEqual([
      ["aws/user/A", "aws/policy/P", "held"],
      ["aws/user/B", "aws/policy/Q", "notHeld"],
    ]);
    const since = await heldOn(bench.store, ANN, T(20), { now: T(100) });
    expect(since?.accounts.map(({ account: key, state }) => [key, state])).toEqual([["aws/user/B", "held"]]);
  });

  it("does not know links from before the first correlation", async () => {
    await bench.read("hr", people, T(0));
    await bench.read("aws", [...things, member], T(0));
    await bench.link(T(10));
    expect(await rights(T(5))).toEqual([["aws/policy/P", "betweenReads"]]);
    expect(await rights(T(10))).toEqual([["aws/policy/P", "held"]]);
  });

  it("judges windows and certainty as of the instant", async () => {
    await bench.read("hr", people, T(0));
    const until = { ...member, props: { endsAt: T(5) } };
    await bench.read("aws", [...things, until], T(0));
    await bench.link(T(0));
    await bench.read("aws", [...things, { ...assume, props: { condition: "mfa" } }], T(10));
    expect(await rights(T(0))).toEqual([
      ["aws/policy/P", "held"],
      ["aws/policy/Q", "notHeld"],
    ]);
    expect(await rights(T(6))).toEqual([["aws/policy/Q", "betweenReads"]]);
    const held = await heldOn(bench.store, ANN, T(10), { now: T(100) });
    expect(held?.rights).toMatchObject([{ target: "aws/policy/Q", state: "held", certainty: "conditional" }]);
  });

  it("follows impersonation into what a resource contained then", async () => {
    const robot = node("NonHumanIdentity", "gcp/sa/S", { name: "robot" });
    const gcp = [
      node("Entitlement", "gcp/role/U", { name: "user of service accounts", confers: "impersonate" }),
      node("Entitlement", "gcp/role/O", { name: "owner" }),
      node("Resource", "gcp/project/1", { name: "project" }),
      node("Account", "gcp/user/A", { name: "ann", email: "ann@x.example", accountType: "human" }),
      edge("HAS_ENTITLEMENT", "gcp/user/A", "gcp/role/U"),
      edge("ON", "gcp/role/U", "gcp/project/1"),
    ];
    const inside = [
      robot,
      edge("CONTAINS", "gcp/project/1", "gcp/sa/S"),
      edge("HAS_ENTITLEMENT", "gcp/sa/S", "gcp/role/O"),
    ];
    await bench.read("hr", people, T(0));
    await bench.read("gcp", [...gcp, ...inside], T(0));
    await bench.link(T(0));
    await bench.read("gcp", gcp, T(10));
    expect(await rights(T(0))).toEqual([
      ["gcp/role/O", "held"],
      ["gcp/role/U", "held"],
    ]);
    expect(await rights(T(10))).toEqual([["gcp/role/U", "held"]]);
  });

  it("knows that a role was for direct members only, and later for all", async () => {
    await bench.read("hr", people, T(0));
    const nested = [
      node("Group", "aws/group/H", { name: "inner" }),
      edge("MEMBER_OF", "aws/user/A", "aws/group/H"),
      edge("MEMBER_OF", "aws/group/H", "aws/group/G"),
    ];
    const some = things.filter((one) => one.kind === "node" || one.to !== "aws/policy/P");
    const direct = { ...edge("CAN_ASSUME", "aws/group/G", "aws/role/R"), props: { directMembersOnly: true } };
    await bench.read("aws", [...some, ...nested, direct], T(0));
    await bench.link(T(0));
    await bench.read("aws", [...some, ...nested, edge("CAN_ASSUME", "aws/group/G", "aws/role/R")], T(10));
    expect(await rights(T(0))).toEqual([["aws/policy/Q", "notHeld"]]);
    expect(await rights(T(5))).toEqual([["aws/policy/Q", "betweenReads"]]);
    expect(await rights(T(10))).toEqual([["aws/policy/Q", "held"]]);
  });

  it("follows two persons who were taken for one, and told apart again", async () => {
    const bo = (props: GraphRecord["props"]) =>
      node("Employment", "hr/employment/2", {
        name: "Bo Lee",
        workerId: "2",
        emails: ["bo@x.example"],
        status: "active",
        ...props,
      });
    const ann = (props: GraphRecord["props"]) => ({ ...people[0], props: { ...people[0].props, ...props } });
    const accounts = [account, node("Account", "aws/user/B", { name: "bo", email: "bo@x.example" })];
    await bench.read("hr", [ann({}), bo({})], T(0));
    await bench.read("aws", accounts, T(0));
    await bench.link(T(0));
    await bench.read("hr", [ann({ universalId: "u" }), bo({ universalId: "u" })], T(10));
    await bench.link(T(10));
    const held = async (person: string, at: number) => {
      const found = await heldOn(bench.store, person, at, { now: T(100) });
      return (found?.accounts ?? []).map(({ account: key, state }) => [key, state]);
    };
    const both = [
      ["aws/user/A", "held"],
      ["aws/user/B", "held"],
    ];
    // Both names are hers now, and so is what either held.
    for (const at of [T(0), T(10)]) expect(await held(ANN, at)).toEqual(both);
    expect(await held("hr/person/2", T(0))).toEqual(both);

    await bench.read("hr", [ann({ universalId: "a" }), bo({ universalId: "b" })], T(20));
    await bench.link(T(20));
    expect(await held(ANN, T(0))).toEqual([["aws/user/A", "held"]]);
    expect(await held("hr/person/2", T(0))).toEqual([["aws/user/B", "held"]]);
    expect(await held(ANN, T(10))).toEqual(both);
    expect(await held(ANN, T(20))).toEqual([["aws/user/A", "held"]]);
    expect(await held("hr/person/2", T(20))).toEqual([["aws/user/B", "held"]]);
    expect(await held("hr/person/2", T(10))).toEqual([["aws/user/B", "notHeld"]]);
  });

  it("finds a person by a former key, and knows nobody else", async () => {
    await bench.read("hr", people, T(0));
    await bench.link(T(0));
    expect(await heldOn(bench.store, "hr/person/77", T(0), { now: T(0) })).toBeUndefined();
    expect((await heldOn(bench.store, ANN, T(0), { now: T(0) }))?.person).toBe(ANN);
  });
});
