import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { edge, node, openWorkbench, type Workbench } from "../../test/support/workbench.js";
import type { GraphRecord } from "../model/index.js";

/** Trust in a whole account, from two accounts that are read apart. */
let bench: Workbench;
beforeEach(async () => {
  bench = await openWorkbench();
});
afterEach(async () => {
  await bench.close();
});

const T1 = Date.parse("2026-06-01");
const DAY = 86_400_000;
const A = "111111111111";
const B = "222222222222";
const R = `arn:aws:iam::${B}:role/r`;
const user = (name: string, more: GraphRecord["props"] = {}) =>
  node("Account", `near/aws-user/${name}`, { name, username: name, accountId: A, ...more });
const policy = (id: string, ...assumes: string[]) =>
  node("Entitlement", `near/aws-policy/${id}`, assumes.length === 0 ? {} : { assumes });
const near = [
  node("Resource", `near/aws-account/${A}`, { accountId: A }),
  user("ann"),
  user("bo"),
  user("cy", { assumesWithin: ['{"allow":[]}'] }),
  user("di"),
  node("Group", "near/aws-group/G", { accountId: A }),
  edge("MEMBER_OF", "near/aws-user/ann", "near/aws-group/G"),
  edge("HAS_ENTITLEMENT", "near/aws-group/G", "near/aws-policy/G"),
  edge("HAS_ENTITLEMENT", "near/aws-user/bo", "near/aws-policy/any"),
  edge("HAS_ENTITLEMENT", "near/aws-user/cy", "near/aws-policy/any"),
  edge("HAS_ENTITLEMENT", "near/aws-user/di", "near/aws-policy/read"),
  policy("G", '{"allow":["arn:aws:iam::*:role/r"]}'),
  policy("any", '{"allow":["*"],"if":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}'),
  policy("read"),
];
/** The other source does not know that the account is read: it refers to it. */
const trust = edge("CAN_ASSUME", `ref/aws-account/${A}`, "far/aws-role/R");
const far = [node("NonHumanIdentity", "far/aws-role/R", { accountId: B, arn: R }), trust];

const assumptions = async () =>
  (
    await bench.store.rows(
      `MATCH (x:Entity)-[e:CAN_ASSUME]->(r:NonHumanIdentity) WHERE e.trust = 'account'
       RETURN x.key AS x, r.key AS r, e.condition AS condition, e.restsOn AS restsOn ORDER BY x`,
    )
  ).map((row) => [row.x, row.r, row.condition, row.restsOn]);
const ofGroup = [
  "near/aws-group/G",
  "far/aws-role/R",
  null,
  [`CAN_ASSUME|ref/aws-account/${A}|far/aws-role/R|`, "HAS_ENTITLEMENT|near/aws-group/G|near/aws-policy/G|"],
];
const ofBo = [
  "near/aws-user/bo",
  "far/aws-role/R",
  '{"Bool":{"aws:MultiFactorAuthPresent":"true"}}',
  [
    `CAN_ASSUME|ref/aws-account/${A}|far/aws-role/R|`,
    "HAS_ENTITLEMENT|near/aws-user/bo|near/aws-policy/any|",
  ],
];

describe("trust in an account as a whole", () => {
  it("lets in those whose policies allow it, from one account into another, and keeps its own edge", async () => {
    await bench.read("near", near, T1);
    await bench.read("far", far, T1);
    await bench.link(T1);
    expect(await assumptions()).toEqual([ofGroup, ofBo]);
    const trusts = await bench.store.rows(
      "MATCH (f:Entity)-[e:CAN_ASSUME]->(r:NonHumanIdentity) RETURN f.key AS f ORDER BY f",
    );
    expect(trusts.map(({ f }) => f)).toContain(`ref/aws-account/${A}`);
    // Nothing changed, and nothing is written.
    expect(await bench.link(T1 + DAY)).toBeUndefined();
  });

  it("ends for whoever is no longer allowed, and with the trust for all", async () => {
    await bench.read("near", near, T1);
    await bench.read("far", far, T1);
    await bench.link(T1);
    const edited = near.filter((one) => one.kind === "edge" || one.key !== "near/aws-policy/G");
    await bench.read("near", [...edited, policy("G", '{"allow":["arn:aws:iam::*:role/else"]}')], T1 + DAY);
    await bench.link(T1 + DAY);
    expect(await assumptions()).toEqual([ofBo]);
    await bench.read("far", far.slice(0, 1), T1 + 2 * DAY);
    await bench.link(T1 + 2 * DAY);
    expect(await assumptions()).toEqual([]);
  });

  it("is held against what the graph holds of an account whose newest read says nothing", async () => {
    await bench.read("near", near, T1);
    await bench.link(T1);
    // The role's account is read for the first time while the other one cannot be read.
    await bench.read("far", far, T1 + DAY);
    await bench.link(T1 + DAY);
    expect(await assumptions()).toEqual([ofGroup, ofBo]);
  });
});
