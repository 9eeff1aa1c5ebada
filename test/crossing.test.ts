import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CORRELATE_QUERIES, CROSSING_STEP_QUERIES } from "../src/correlate/index.js";
import { edgeId, refKey } from "../src/model/index.js";
import { loadReachGraph, walkAll, walkFew, whoCanReach } from "../src/reach/index.js";
import { clearStore, sameRows } from "./differential.js";
import { describeWith, sharedNeo4j } from "./servers/index.js";
import {
  type Company,
  CrossingWorld,
  company,
  described,
  entraUser,
  GROUP_REF,
  KEYS,
  PROVIDER_ARN,
  ROLE_ARN,
  SUBJECT_REF,
  SYSTEMS,
  type SystemName,
  without,
  withRecords,
  workspaceUser,
} from "./support/crossing-world.js";
import { edge } from "./support/workbench.js";

/**
 * Access that crosses systems which know nothing of each other: each is read as its collector would, names the others
 * as docs/crossing.md has it, and correlation ties them.
 */

const T = (day: number) => Date.parse("2026-11-01") + day * 86_400_000;

const CHAIN: readonly (readonly [string, string, string])[] = [
  [KEYS.person, "HAS_ACCOUNT", KEYS.entraUser],
  [KEYS.entraUser, "SIGNS_IN_AS", KEYS.googleUser],
  [KEYS.googleUser, "MEMBER_OF", KEYS.ops],
  [KEYS.ops, "MEMBER_OF", KEYS.admins],
  [KEYS.admins, "SAME_AS", GROUP_REF],
  [GROUP_REF, "HAS_ENTITLEMENT", KEYS.actAs],
  [KEYS.actAs, "ON", KEYS.project],
  [KEYS.project, "CONTAINS", KEYS.serviceAccount],
  [KEYS.serviceAccount, "SAME_AS", SUBJECT_REF],
  [SUBJECT_REF, "CAN_ASSUME", KEYS.role],
  [KEYS.role, "HAS_ENTITLEMENT", KEYS.admin],
  [KEYS.admin, "ON", KEYS.account],
];

/** Each hop that a system stores, and which read sees it go. */
const HOPS: readonly (readonly [SystemName, string])[] = [
  ["entra", edgeId("MEMBER_OF", KEYS.entraUser, KEYS.staff)],
  ["entra", edgeId("HAS_ENTITLEMENT", KEYS.staff, KEYS.googleAccess)],
  ["ws", edgeId("MEMBER_OF", KEYS.googleUser, KEYS.ops)],
  ["ws", edgeId("MEMBER_OF", KEYS.ops, KEYS.admins)],
  ["gcp", edgeId("HAS_ENTITLEMENT", GROUP_REF, KEYS.actAs)],
  ["gcp", edgeId("CONTAINS", KEYS.project, KEYS.serviceAccount)],
  ["aws", edgeId("CAN_ASSUME", SUBJECT_REF, KEYS.role)],
  ["aws", edgeId("HAS_ENTITLEMENT", KEYS.role, KEYS.admin)],
];

const serviceAccount = (alias: string) =>
  described("NonHumanIdentity", "GoogleServiceAccount", KEYS.serviceAccount, {}, [alias]);

/** What looks like a hop and is none. */
const NEAR_MISSES: readonly (readonly [string, Partial<Company>])[] = [
  ["the account has another mailbox", { ws: [workspaceUser("9001", "ann.lee@x.example")] }],
  [
    "the address that a policy names is another system's",
    {
      ws: [workspaceUser("9001", "ann.lee@x.example")],
      gcp: [edge("HAS_ENTITLEMENT", refKey("google-member", "user:ann@x.example"), KEYS.actAs)],
      aws: [described("Account", "AwsUser", "aws/aws-user/A", { email: "ann@x.example" }, ["ann@x.example"])],
    },
  ],
  ["the account is deleted", { ws: [workspaceUser("9001", "ann@x.example", { status: "deleted" })] }],
  [
    "the application signs in to another company's Google",
    {
      entra: [
        described("Resource", "EntraAppInstance", KEYS.googleApp, {
          signsInTo: ["google.com/a/other.example"],
          assignmentRequired: true,
        }),
      ],
    },
  ],
  [
    "the role trusts another issuer's subject",
    {
      gcp: [serviceAccount("oidc:token.example#115000000000000000001")],
    },
  ],
  [
    "the role trusts another subject",
    {
      gcp: [serviceAccount("oidc:accounts.google.com#115000000000000000002")],
    },
  ],
];

/** For tests of many reads, on a machine that does other things as well. */
const PATIENT = { timeout: 300_000 };

/** Entitlements that an account reaches, by both algorithms. */
async function reachedFrom(world: CrossingWorld, account: string): Promise<readonly string[]> {
  const options = { now: T(9) };
  const whole = [...walkAll(await loadReachGraph(world.store), [account], options)];
  expect(await walkFew(world.store, [account], options)).toEqual(whole);
  return whole.map(({ target }) => target).sort();
}

function crossings(open: () => Promise<CrossingWorld>): void {
  let world: CrossingWorld;
  beforeEach(async () => {
    world = await open();
  });
  afterEach(async () => {
    await clearStore(world.store);
    await world.close();
  });
  const given = async (records: Company, at = T(0)) => {
    await world.read(records, at);
    await world.link(at);
  };

  it("is one finding with one path through five systems, and says what ends it for her", async () => {
    await world.read(company(), T(0));
    await world.run(T(0));
    const finding = await world.finding(KEYS.entraUser, KEYS.admin);
    expect(finding?.path.map(({ from, edge: type, to }) => [from.key, type, to.key])).toEqual(CHAIN);
    expect(finding).toMatchObject({ status: "open", severity: "critical", otherPaths: 0 });
    expect(finding?.columns).toMatchObject({ accountStatus: "disabled", certainty: "active" });
    expect(finding?.cuts.map(({ from, edge: type, to }) => [from.key, type, to.key])).toEqual([
      [KEYS.entraUser, "SIGNS_IN_AS", KEYS.googleUser],
    ]);
    // The group's assignment is for others as well: hers is the membership.
    expect(finding?.cuts[0]?.changeAt).toContain("end the membership in g-staff of u-ann in entra");
    expect(finding?.remediation.map(({ command }) => command)).toEqual([
      expect.stringContaining("Take away Staff (entra/entra-group/g-staff) from u-ann"),
    ]);
    const evidence = finding?.evidence.map(({ record }) => record) ?? [];
    for (const [, hop] of HOPS) expect(evidence).toContain(hop);
    // Her Google account is hers as well, and outlives the directory's.
    const own = await world.finding(KEYS.googleUser, KEYS.admin);
    expect(own?.cuts.map(({ from, edge: type, to }) => [from.key, type, to.key])).toEqual([
      [KEYS.googleUser, "MEMBER_OF", KEYS.ops],
    ]);
    expect(
      whoCanReach(await loadReachGraph(world.store), KEYS.account, { now: T(0) }).map(({ start }) => start),
    ).toEqual([KEYS.role, KEYS.entraUser, KEYS.serviceAccount, KEYS.googleUser]);
    expect(await world.link(T(1)), "nothing has changed").toBe(false);
  });

  it(
    "closes as removed when any hop goes, by the read that no longer saw it, and comes back with it",
    PATIENT,
    async () => {
      await world.read(company(), T(0));
      await world.run(T(0));
      for (const [i, [system, hop]] of HOPS.entries()) {
        const at = T(2 * i + 1);
        const reads = await world.read(without(company(), hop), at, [system]);
        await world.run(at);
        const closed = await world.finding(KEYS.entraUser, KEYS.admin);
        expect(closed, hop).toMatchObject({ status: "closed", closedAs: "removed" });
        expect(closed?.proof, hop).toMatchObject({ record: hop, source: system, read: reads.get(system) });
        await world.read(company(), at + 1, [system]);
        await world.run(at + 1);
        expect(await world.finding(KEYS.entraUser, KEYS.admin), hop).toMatchObject({
          status: "open",
          reopened: i + 1,
        });
      }
    },
  );

  it("is no proof of removal that a name no longer ties two systems", async () => {
    await world.read(company(), T(0));
    await world.run(T(0));
    const renamed = described("Group", "WorkspaceGroup", KEYS.admins, { name: "admins" }, [
      "admins@x.example",
    ]);
    await world.read(withRecords(company(), { ws: [renamed] }), T(1), ["ws"]);
    await world.run(T(1));
    expect(await world.finding(KEYS.entraUser, KEYS.admin)).toMatchObject({
      status: "closed",
      closedAs: "noLongerApplies",
      proof: null,
    });
  });

  it("does not end for her while another assignment signs her in", async () => {
    const more = edge("HAS_ENTITLEMENT", KEYS.entraUser, KEYS.googleAccess);
    await world.read(withRecords(company(), { entra: [more] }), T(0));
    await world.run(T(0));
    const before = await world.finding(KEYS.entraUser, KEYS.admin);
    expect(before?.cuts).toHaveLength(1);
    expect(before?.cuts[0]?.changeAt).toMatch(
      /assignment to sp-google\/access and the membership in g-staff/,
    );
    expect(before?.remediation).toHaveLength(2);
    const [[, membership = ""] = []] = HOPS;
    await world.read(without(withRecords(company(), { entra: [more] }), membership), T(1), ["entra"]);
    await world.run(T(1));
    expect(await world.finding(KEYS.entraUser, KEYS.admin)).toMatchObject({ status: "open" });
    await world.read(without(company(), membership), T(2), ["entra"]);
    await world.run(T(2));
    expect(await world.finding(KEYS.entraUser, KEYS.admin)).toMatchObject({
      closedAs: "removed",
      proof: { record: edgeId("HAS_ENTITLEMENT", KEYS.entraUser, KEYS.googleAccess) },
    });
  });

  it("signs everybody in where no assignment is needed, and ends with the application", async () => {
    const all = described("Resource", "EntraAppInstance", KEYS.googleApp, {
      signsInTo: ["google.com"],
      assignmentRequired: false,
    });
    const opened = withRecords(without(company(), HOPS[0]?.[1] ?? ""), { entra: [all] });
    await world.read(opened, T(0));
    await world.run(T(0));
    const finding = await world.finding(KEYS.entraUser, KEYS.admin);
    expect(finding?.cuts[0]?.changeAt).toContain("sp-google in entra signs in everybody");
    const gone = [KEYS.googleApp, KEYS.googleAccess].reduce<Company>(
      (left, key) => without(left, key),
      without(without(opened, edgeId("ON", KEYS.googleAccess, KEYS.googleApp)), HOPS[1]?.[1] ?? ""),
    );
    const reads = await world.read(gone, T(1), ["entra"]);
    await world.run(T(1));
    expect(await world.finding(KEYS.entraUser, KEYS.admin)).toMatchObject({
      closedAs: "removed",
      proof: { record: KEYS.googleApp, read: reads.get("entra") },
    });
  });

  it("opens what a policy names where no source reads that Workspace", async () => {
    const member = refKey("google-member", "user:ann@x.example");
    await given({
      ...withRecords(company(), { gcp: [edge("HAS_ENTITLEMENT", member, KEYS.actAs)] }),
      ws: [],
    });
    expect(await reachedFrom(world, KEYS.entraUser)).toEqual([KEYS.admin, KEYS.googleAccess, KEYS.actAs]);
    const rows = await world.store.rows(
      "MATCH (a:Account)-[e:SIGNS_IN_AS]->(r:Unresolved) RETURN a.key AS a, r.key AS r, e.evidence AS evidence",
    );
    expect(rows).toEqual([
      {
        a: KEYS.entraUser,
        r: member,
        evidence: `e-mail ann@x.example, through the group ${KEYS.staff} assigned to ${KEYS.googleApp}`,
      },
    ]);
  });

  it("goes through a pool of workload identities by references alone", async () => {
    const subject = refKey("oidc", "idp.example/t#job");
    const principal = refKey(
      "google-member",
      "principal://iam.googleapis.com/projects/42/locations/global/workloadIdentityPools/p/subject/job",
    );
    const job = described(
      "NonHumanIdentity",
      "EntraServicePrincipal",
      "entra/entra-sp/job",
      { name: "job" },
      ["oidc:idp.example/t#job"],
    );
    await given(
      withRecords(company(), {
        entra: [job, edge("CAN_ASSUME", KEYS.staff, job.key)],
        gcp: [
          edge("SAME_AS", subject, principal, { evidence: "provider p" }),
          edge("CAN_ASSUME", principal, KEYS.serviceAccount),
        ],
      }),
    );
    expect(await reachedFrom(world, job.key)).toEqual([KEYS.admin]);
  });

  it("is no path where a hop is nearly one", PATIENT, async () => {
    await given(company());
    expect(await reachedFrom(world, KEYS.entraUser)).toContain(KEYS.admin);
    let changed: readonly SystemName[] = [];
    for (const [i, [why, more]] of NEAR_MISSES.entries()) {
      const changes = SYSTEMS.filter((system) => more[system] !== undefined);
      // What the last one changed is as it should be again.
      const systems = SYSTEMS.filter((system) => changed.includes(system) || changes.includes(system));
      await world.read(withRecords(company(), more), T(i + 1), systems);
      await world.link(T(i + 1));
      expect(await reachedFrom(world, KEYS.entraUser), why).not.toContain(KEYS.admin);
      if (changes.includes("aws")) expect(await reachedFrom(world, "aws/aws-user/A"), why).toEqual([]);
      changed = changes;
    }
    await given(company(), T(NEAR_MISSES.length + 1));
    expect(await reachedFrom(world, KEYS.entraUser)).toContain(KEYS.admin);
  });

  it("does not take a deleted member for the live one of the address", async () => {
    const deleted = refKey("google-member", "deleted:user:ann@x.example?uid=9001");
    const bound = withRecords(without(company(), edgeId("HAS_ENTITLEMENT", GROUP_REF, KEYS.actAs)), {
      gcp: [edge("HAS_ENTITLEMENT", deleted, KEYS.actAs)],
    });
    await given(bound);
    expect(await reachedFrom(world, KEYS.googleUser)).toEqual([]);
    // Who was deleted answers to it, by the id that stays.
    const gone = described(
      "Account",
      "WorkspaceUser",
      "ws/workspace-user/9001",
      { email: "ann@x.example", status: "deleted" },
      ["deleted:user:ann@x.example?uid=9001"],
    );
    await given(withRecords(bound, { ws: [gone] }), T(1));
    expect(await reachedFrom(world, KEYS.googleUser)).toEqual([KEYS.admin, KEYS.actAs]);
    // The directory's account does not open what is deleted.
    expect(await reachedFrom(world, KEYS.entraUser)).toEqual([KEYS.googleAccess]);
  });

  it("opens AWS roles by application roles, to direct members of who is assigned only", async () => {
    const outer = "entra/entra-group/g-outer";
    const inner = "entra/entra-group/g-inner";
    const trusted = refKey("aws-federated", PROVIDER_ARN);
    const crossed = withRecords(
      without(company(), edgeId("HAS_ENTITLEMENT", KEYS.staff, KEYS.googleAccess)),
      {
        entra: [
          entraUser("u-bo", "bo@x.example"),
          entraUser("u-cy", "cy@x.example"),
          described("Group", "EntraGroup", outer, { name: "outer" }),
          described("Group", "EntraGroup", inner, { name: "inner" }),
          described("Entitlement", "EntraAppRole", KEYS.awsAccess, { value: `${PROVIDER_ARN},${ROLE_ARN}` }),
          edge("HAS_ENTITLEMENT", outer, KEYS.awsAccess, { directMembersOnly: true }),
          edge("HAS_ENTITLEMENT", "entra/entra-user/u-cy", KEYS.awsAccess),
          edge("MEMBER_OF", "entra/entra-user/u-bo", outer),
          edge("MEMBER_OF", KEYS.entraUser, inner),
          edge("MEMBER_OF", inner, outer),
        ],
        aws: [
          edge("CAN_ASSUME", trusted, KEYS.role, {
            trust: "Federated",
            condition: '{"StringEquals":{"SAML:aud":"https://signin.aws.amazon.com/saml"}}',
          }),
        ],
      },
    );
    await given(crossed);
    expect(await reachedFrom(world, "entra/entra-user/u-bo")).toEqual([KEYS.admin, KEYS.awsAccess]);
    expect(await reachedFrom(world, "entra/entra-user/u-cy")).toEqual([KEYS.admin, KEYS.awsAccess]);
    expect(await reachedFrom(world, KEYS.entraUser)).toEqual([]);
    const rows = await world.store.rows(
      `MATCH (x:Entity)-[e:CAN_ASSUME]->(r:NonHumanIdentity) WHERE e.trust = 'saml'
       RETURN x.key AS x, e.directMembersOnly AS direct, e.condition AS condition, e.restsOn AS restsOn ORDER BY x`,
    );
    const trust = edgeId("CAN_ASSUME", trusted, KEYS.role);
    const assigned = (holder: string) => edgeId("HAS_ENTITLEMENT", holder, KEYS.awsAccess);
    expect(rows).toEqual([
      { x: outer, direct: true, condition: null, restsOn: [trust, assigned(outer)] },
      {
        x: "entra/entra-user/u-cy",
        direct: null,
        condition: null,
        restsOn: [trust, assigned("entra/entra-user/u-cy")],
      },
    ]);
    expect(await world.link(T(1))).toBe(false);
    // Another provider is another company's sign-in.
    await given(without(crossed, trust), T(2));
    expect(await reachedFrom(world, "entra/entra-user/u-bo")).toEqual([KEYS.awsAccess]);
  });
}

describe("access across systems, in the embedded store", () => {
  crossings(() => CrossingWorld.open());
});

describeWith(["neo4j"], "access across systems, in Neo4j", () => {
  crossings(async () => {
    const world = await CrossingWorld.open({ engine: "neo4j", ...sharedNeo4j() });
    await clearStore(world.store);
    return world;
  });

  it("is read alike by both engines", async () => {
    const worlds = [
      await CrossingWorld.open(),
      await CrossingWorld.open({ engine: "neo4j", ...sharedNeo4j() }),
    ] as const;
    try {
      const [a, b] = worlds;
      await clearStore(b.store);
      for (const world of worlds) {
        await world.read(company(), T(0));
        await world.run(T(0));
      }
      for (const cypher of Object.values(CORRELATE_QUERIES).flat())
        await sameRows(typeof cypher === "string" ? cypher : cypher.cypher, {}, a.store, b.store);
      const keys = [KEYS.googleApp, KEYS.staff, KEYS.ops, "entra/entra-group/none"];
      for (const cypher of Object.values(CROSSING_STEP_QUERIES))
        expect(await sameRows(cypher, { keys }, a.store, b.store)).not.toEqual([]);
      const { evidence, path, cuts } = (await a.finding(KEYS.entraUser, KEYS.admin)) ?? {};
      expect(await b.finding(KEYS.entraUser, KEYS.admin)).toMatchObject({ evidence, path, cuts });
    } finally {
      await clearStore(worlds[1].store);
      for (const world of worlds) await world.close();
    }
  });
});
