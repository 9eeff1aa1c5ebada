import { describe, expect, it } from "vitest";
import { canonicalJson } from "../model/index.js";
import { federatedAssumptions, type RoleAssignment, roleClaim, type SamlTrust } from "./app-roles.js";

const ROLE = "arn:aws:iam::123456789012:role/team/Admin";
const PROVIDER = "arn:aws:iam::123456789012:saml-provider/Entra";
const ASSIGNED = "HAS_ENTITLEMENT|entra/entra-user/ann|entra/entra-app-role/A/admin|";
const TRUST = `CAN_ASSUME|ref/aws-federated/${PROVIDER}|aws/aws-role/R|`;

const trust = (more: Partial<SamlTrust> = {}): SamlTrust => ({
  edge: TRUST,
  provider: PROVIDER,
  role: "aws/aws-role/R",
  roleArn: ROLE,
  condition: undefined,
  ...more,
});
const assignment = (more: Partial<RoleAssignment> = {}): RoleAssignment => ({
  holder: "entra/entra-user/ann",
  role: "entra/entra-app-role/A/admin",
  value: `${ROLE},${PROVIDER}`,
  directMembersOnly: false,
  ground: { id: ASSIGNED, limits: {} },
  ...more,
});

describe("roleClaim", () => {
  it.each([
    ["role first", `${ROLE},${PROVIDER}`],
    ["provider first, with a space", `${PROVIDER}, ${ROLE}`],
  ])("%s", (_, value) => {
    expect(roleClaim(value)).toEqual({ role: ROLE, provider: PROVIDER });
  });

  it.each([
    "",
    "Admin",
    ROLE,
    `${ROLE},${ROLE}`,
    `${ROLE},${PROVIDER},x`,
    `${ROLE},arn:aws:iam::1:oidc-provider/x`,
  ])("not %s", (value) => {
    expect(roleClaim(value)).toBeUndefined();
  });
});

describe("federatedAssumptions", () => {
  it("ties whoever is assigned to the role that the claim asks for, and says what it rests on", () => {
    expect(federatedAssumptions([trust()], [assignment()])).toEqual([
      {
        from: "entra/entra-user/ann",
        to: "aws/aws-role/R",
        kind: "assigned",
        discriminator: "assigned",
        directMembersOnly: false,
        limits: {},
        restsOn: [TRUST, ASSIGNED],
        because: [`application role entra/entra-app-role/A/admin with the claim ${ROLE},${PROVIDER}`],
      },
    ]);
  });

  it("keeps that it is for direct members only, and what limits it", () => {
    const condition = canonicalJson({
      StringEquals: { "SAML:aud": "https://signin.aws.amazon.com/saml", "saml:namequalifier": "x" },
    });
    const ground = { id: ASSIGNED, limits: { endsAt: 5 } };
    const [one] = federatedAssumptions(
      [trust({ condition })],
      [assignment({ directMembersOnly: true, ground })],
    );
    expect(one?.directMembersOnly).toBe(true);
    expect(one?.limits).toEqual({
      endsAt: 5,
      condition: canonicalJson({ StringEquals: { "saml:namequalifier": "x" } }),
    });
    expect(one?.discriminator).toMatch(/^assignedToGroup:[0-9a-f]{16}$/);
  });

  it.each([
    [
      "a trust that asks only where the assertion was sent",
      { StringEquals: { "SAML:aud": "https://signin.aws.amazon.com/saml" } },
      undefined,
    ],
    [
      "a denial under a condition",
      { allow: { StringEquals: { "saml:aud": "x" } }, deny: [{ Bool: {} }] },
      { deny: [{ Bool: {} }] },
    ],
    [
      "another test of the same",
      { StringNotEquals: { "SAML:aud": "x" } },
      { StringNotEquals: { "SAML:aud": "x" } },
    ],
  ])("%s", (_, condition, left) => {
    const [one] = federatedAssumptions([trust({ condition: canonicalJson(condition) })], [assignment()]);
    expect(one?.limits.condition).toBe(left === undefined ? undefined : canonicalJson(left));
  });

  it.each<[string, Partial<SamlTrust>, Partial<RoleAssignment>]>([
    ["trusts another provider", { provider: `${PROVIDER}2` }, {}],
    ["is another", { roleArn: "arn:aws:iam::123456789012:role/Admin" }, {}],
    ["is not named", {}, { value: "Admin" }],
  ])("nothing where the role %s", (_, otherTrust, otherAssignment) => {
    expect(federatedAssumptions([trust(otherTrust)], [assignment(otherAssignment)])).toEqual([]);
  });
});
