import { afterEach, beforeEach, expect, it } from "vitest";
import {
  CrossingWorld,
  company,
  described,
  KEYS,
  without,
  withRecords,
  workspaceUser,
} from "../../../test/support/crossing-world.js";
import { edge } from "../../../test/support/workbench.js";
import { edgeId, type GraphRecord, refKey } from "../../model/index.js";

/** The loss of one of several accesses proves no removal while another stands, whatever else ended the finding. */
let world: CrossingWorld;
beforeEach(async () => {
  world = await CrossingWorld.open();
});
afterEach(() => world.close());

const T = (day: number) => Date.parse("2026-11-01") + day * 86_400_000;
const BOB = refKey("google-member", "user:bob@x.example");
const OWNER = "gcp/google-role/project/42/roles/owner";

const bobHolds = withRecords(company(), {
  gcp: [
    described("Entitlement", "GoogleRole", OWNER, { name: "roles/owner", privilege: "admin" }),
    edge("ON", OWNER, KEYS.project),
    edge("HAS_ENTITLEMENT", BOB, OWNER),
    edge("HAS_ENTITLEMENT", BOB, KEYS.actAs),
  ],
});
const oneRoleLess = without(bobHolds, edgeId("HAS_ENTITLEMENT", BOB, KEYS.actAs));

it("a name that a source now knows still holds the other role", async () => {
  await world.read(bobHolds, T(0));
  await world.run(T(0) + 1, "DQ-003");
  expect(await world.findingOf(BOB)).toMatchObject({ status: "open" });
  const known = withRecords(oneRoleLess, { ws: [...company().ws, workspaceUser("9002", "bob@x.example")] });
  await world.read(known, T(1));
  await world.run(T(1) + 1, "DQ-003");
  expect(await world.findingOf(BOB)).toMatchObject({ closedAs: "noLongerApplies", proof: null });
});

it("a name that holds nothing any more is removed, by the newest of the reads that saw it go", async () => {
  await world.read(bobHolds, T(0));
  await world.run(T(0) + 1, "DQ-003");
  await world.read(oneRoleLess, T(1));
  await world.run(T(1) + 1, "DQ-003");
  expect(await world.findingOf(BOB)).toMatchObject({ status: "open" });
  const reads = await world.read(without(oneRoleLess, edgeId("HAS_ENTITLEMENT", BOB, OWNER)), T(2));
  await world.run(T(2) + 1, "DQ-003");
  expect(await world.findingOf(BOB)).toMatchObject({
    closedAs: "removed",
    proof: { read: reads.get("gcp") },
  });
});

const APP = "entra/entra-app/N";
const app = (firstParty: boolean | undefined) =>
  described("Application", "EntraApplication", APP, {
    name: "Notewise",
    ...(firstParty === undefined ? {} : { firstParty }),
  });
const consent = (id: string): readonly GraphRecord[] => [
  described("OAuthGrant", "EntraOAuthGrant", id, { consentType: "admin", scopes: [id], privilege: "write" }),
  edge("TO", id, APP),
];
const MAIL = "entra/entra-grant/mail";
const FILES = "entra/entra-grant/files";

it.each([
  ["is not known any more", undefined, { status: "open", checked: false }],
  ["turns out to be the company", true, { closedAs: "noLongerApplies", proof: null }],
] as const)(
  "an application keeps one of two consents while its publisher %s",
  async (_, firstParty, after) => {
    const both = withRecords(company(), { entra: [app(false), ...consent(MAIL), ...consent(FILES)] });
    await world.read(both, T(0));
    await world.run(T(0) + 1, "OAU-001");
    expect(await world.findingOf(APP)).toMatchObject({ status: "open" });
    await world.read(withRecords(company(), { entra: [app(firstParty), ...consent(FILES)] }), T(1));
    await world.run(T(1) + 1, "OAU-001");
    expect(await world.findingOf(APP)).toMatchObject(after);
  },
);

it("a sign-in that another assignment still gives is not removed where the application is disabled", async () => {
  const direct = edge("HAS_ENTITLEMENT", KEYS.entraUser, KEYS.googleAccess);
  await world.read(withRecords(company(), { entra: [direct] }), T(0));
  await world.run(T(0) + 1);
  expect(await world.finding(KEYS.entraUser, KEYS.admin)).toMatchObject({ status: "open" });
  const disabled = described("Resource", "EntraAppInstance", KEYS.googleApp, {
    signsInTo: ["google.com/a/x.example"],
    assignmentRequired: true,
    status: "disabled",
  });
  await world.read(withRecords(company(), { entra: [disabled] }), T(1));
  await world.run(T(1) + 1);
  expect(await world.finding(KEYS.entraUser, KEYS.admin)).toMatchObject({
    closedAs: "noLongerApplies",
    proof: null,
  });
});
