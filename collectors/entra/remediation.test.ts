import { expect, it } from "vitest";
import type { NodeView } from "../../src/model/index.js";
import { remediate } from "./remediation.js";

const view = (
  provider: string,
  kind: string,
  id: string,
  props: Readonly<Record<string, unknown>> = {},
  name = "it",
): NodeView => ({
  key: `e/${kind}/${id}`,
  label: "x",
  name,
  provider,
  aliases: [],
  props,
});
const user = view("EntraUser", "entra-user", "u-1", {}, "Ann");
const group = (props: Readonly<Record<string, unknown>> = {}) =>
  view(
    "EntraGroup",
    "entra-group",
    "g-1",
    { membership: "assigned", groupKind: "security", ...props },
    "Staff",
  );
const sp = view("EntraServicePrincipal", "entra-sp", "s-1", { appId: "a-1" }, "Payroll");
const commands = (request: Parameters<typeof remediate>[0]) =>
  remediate(request).map(({ command }) => command);
const cut = (
  edge: Extract<Parameters<typeof remediate>[0], { action: "cut" }>["edge"],
  from: NodeView,
  to: NodeView,
  props: Readonly<Record<string, unknown>> = {},
) => commands({ action: "cut", edge, from, to, props });

it("ends a membership where it is decided", () => {
  expect(cut("MEMBER_OF", user, group())).toEqual(["az ad group member remove --group g-1 --member-id u-1"]);
  expect(cut("MEMBER_OF", sp, group())).toEqual(["az ad group member remove --group g-1 --member-id s-1"]);
  expect(cut("MEMBER_OF", user, group({ membership: "dynamic" }))[0]).toMatch(/rule/);
  expect(cut("MEMBER_OF", user, group({ membership: "synced" }))[0]).toMatch(/Active Directory/);
  expect(cut("MEMBER_OF", user, group({ groupKind: "distribution" }))[0]).toMatch(
    /Remove-DistributionGroupMember/,
  );
});

it("ends directory roles: active by their id, eligible and timed ones through PIM", () => {
  const role = view("EntraDirectoryRole", "entra-directory-role", "r-1/tenant", {
    role: "r-1",
    scope: "tenant",
  });
  expect(cut("HAS_ENTITLEMENT", user, role, { assignmentId: "lAPp-1" })).toEqual([
    "az rest --method DELETE --url https://graph.microsoft.com/v1.0/roleManagement/directory/roleAssignments/lAPp-1",
  ]);
  const [eligible = ""] = cut("HAS_ENTITLEMENT", user, role, { assignment: "eligible" });
  expect(eligible).toContain("/roleManagement/directory/roleEligibilityScheduleRequests");
  const body = /--body '(.*)'$/.exec(eligible)?.[1] ?? "";
  expect(JSON.parse(body)).toMatchObject({
    action: "adminRemove",
    principalId: "u-1",
    roleDefinitionId: "r-1",
    directoryScopeId: "/",
  });
  const scoped = view("EntraDirectoryRole", "entra-directory-role", "r-1/administrativeUnits/u", {
    role: "r-1",
    scope: "administrativeUnits/u",
  });
  const [activated = ""] = cut("HAS_ENTITLEMENT", user, scoped, {
    assignmentId: "x",
    via: "activated",
    endsAt: 1,
  });
  expect(activated).toContain("roleAssignmentScheduleRequests");
  expect(activated).toContain('"directoryScopeId":"/administrativeUnits/u"');
});

it("ends assignments to applications, consents and seats", () => {
  const role = view("EntraAppRole", "entra-app-role", "s-1/r-1");
  expect(cut("HAS_ENTITLEMENT", user, role, { assignmentId: "a b" })).toEqual([
    "az rest --method DELETE --url https://graph.microsoft.com/v1.0/servicePrincipals/s-1/appRoleAssignedTo/a%20b",
  ]);
  expect(cut("HAS_ENTITLEMENT", user, role)).toHaveLength(2);
  const grant = view(
    "EntraOAuthGrant",
    "entra-grant",
    "gr-1",
    { consentType: "admin" },
    "Slack for everybody",
  );
  expect(cut("CONSENTED", user, grant)).toEqual([
    "az rest --method DELETE --url https://graph.microsoft.com/v1.0/oauth2PermissionGrants/gr-1",
  ]);
  expect(remediate({ action: "cut", edge: "TO", from: grant, to: user })[0]?.affects).toMatch(/everybody/);
  const seat = view("EntraLicense", "entra-sku", "t/k-1", { sku: "k-1" });
  expect(cut("USES_SEAT", user, seat, { via: "direct" })).toEqual([
    `az rest --method POST --url https://graph.microsoft.com/v1.0/users/u-1/assignLicense --body '{"addLicenses":[],"removeLicenses":["k-1"]}'`,
  ]);
  expect(cut("USES_SEAT", user, seat, { via: "group g-1" })[0]).toMatch(/comes from group g-1/);
  const both = cut("USES_SEAT", user, seat, { via: "direct and group g-1, g-2" });
  expect(both).toHaveLength(2);
  expect(both[0]).toMatch(/assignLicense/);
  expect(both[1]).toMatch(/comes from group g-1, g-2: remove/);
});

it("deletes credentials of applications and of service principals", () => {
  const app = view("EntraApplication", "entra-app", "a-1");
  const credential = (type: string) =>
    view("EntraCredential", "entra-credential", "o-1/k-1", { credentialType: type });
  const of = (holder: NodeView, type: string) =>
    commands({ action: "deactivateCredential", credential: credential(type), holder })[0];
  expect(of(app, "secret")).toBe("az ad app credential delete --id a-1 --key-id k-1");
  expect(of(app, "certificate")).toBe("az ad app credential delete --id a-1 --key-id k-1 --cert");
  expect(of(app, "federation")).toBe(
    "az ad app federated-credential delete --id a-1 --federated-credential-id k-1",
  );
  expect(of(sp, "certificate")).toBe("az ad sp credential delete --id s-1 --key-id k-1 --cert");
  expect(cut("HAS_CREDENTIAL", app, credential("secret"))).toEqual([
    "az ad app credential delete --id a-1 --key-id k-1",
  ]);
  expect(cut("CAN_ASSUME", view("x", "ref", "r"), sp, { credentialId: "f-1" })).toEqual([
    "az ad app federated-credential delete --id a-1 --federated-credential-id f-1",
  ]);
});

it("disables accounts where they live, and ends their sessions", () => {
  expect(commands({ action: "disableAccount", account: user })).toEqual([
    "az ad user update --id u-1 --account-enabled false",
    "az rest --method POST --url https://graph.microsoft.com/v1.0/users/u-1/revokeSignInSessions",
  ]);
  const synced = { ...user, props: { synced: true } };
  expect(commands({ action: "disableAccount", account: synced })[0]).toMatch(/Disable-ADAccount/);
});

it("takes and gives owners", () => {
  expect(cut("OWNED_BY", sp, user)).toEqual([
    "az rest --method DELETE --url 'https://graph.microsoft.com/v1.0/servicePrincipals/s-1/owners/u-1/$ref'",
  ]);
  expect(cut("OWNED_BY", user, user)[0]).toContain("/users/u-1/sponsors/u-1/$ref");
  expect(
    commands({ action: "assignOwner", subject: view("EntraApplication", "entra-app", "a-1") })[0],
  ).toContain("/applications(appId='\\''a-1'\\'')/owners/$ref");
});

it("says nothing of what is not Entra's, and quotes hostile names", () => {
  const other = view("AwsUser", "aws-user", "x");
  expect(cut("MEMBER_OF", other, view("AwsGroup", "aws-group", "g"))).toEqual([]);
  expect(commands({ action: "disableAccount", account: other })).toEqual([]);
  const hostile = view("EntraUser", "entra-user", "$(reboot)");
  expect(cut("MEMBER_OF", hostile, group())).toEqual([
    "az ad group member remove --group g-1 --member-id '$(reboot)'",
  ]);
});
