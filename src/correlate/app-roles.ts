import { canonicalJson } from "../model/index.js";
import { type Derived, derivedOf, type Ground, type Way } from "./ways.js";

/** A role of AWS that trusts a SAML provider. */
export interface SamlTrust {
  /** Id of the edge. */
  readonly edge: string;
  readonly provider: string;
  readonly role: string;
  readonly roleArn: string;
  /** Canonical JSON. */
  readonly condition: string | undefined;
}

/** An application role that somebody is assigned. */
export interface RoleAssignment {
  readonly holder: string;
  /** Key of the application role, and the claim that it is. */
  readonly role: string;
  readonly value: string;
  readonly directMembersOnly: boolean;
  readonly ground: Ground;
}

/** CAN_ASSUME by what an identity provider says of its users. */
export interface FederatedAssumption extends Derived {
  readonly directMembersOnly: boolean;
}

/**
 * The claim by which a SAML sign-in asks for a role of AWS: the ARNs of the role and of the provider, with a comma
 * between them, in either order. Undefined for anything else.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_saml_assertions.html#saml_role-attribute
 */
export function roleClaim(value: string): { readonly role: string; readonly provider: string } | undefined {
  const parts = value.split(",").map((part) => part.trim());
  const role = parts.find((part) => /^arn:[a-z0-9-]+:iam::\d+:role\/./.test(part));
  const provider = parts.find((part) => /^arn:[a-z0-9-]+:iam::\d+:saml-provider\/./.test(part));
  return parts.length === 2 && role !== undefined && provider !== undefined ? { role, provider } : undefined;
}

/**
 * Who may assume which roles of AWS because an identity provider's application role says so and the role trusts that
 * provider. What a group is assigned, its direct members have. Pure; the work is that of the assignments.
 * https://learn.microsoft.com/entra/identity/saas-apps/amazon-web-service-tutorial
 */
export function federatedAssumptions(
  trusts: readonly SamlTrust[],
  assignments: readonly RoleAssignment[],
): readonly FederatedAssumption[] {
  const byClaim = new Map<string, SamlTrust[]>();
  for (const trust of trusts) {
    const id = `${trust.roleArn}|${trust.provider}`;
    byClaim.set(id, [...(byClaim.get(id) ?? []), trust]);
  }
  const ways = function* (): Generator<Way> {
    for (const { holder, role, value, directMembersOnly, ground } of assignments) {
      const claim = roleClaim(value);
      if (claim === undefined) continue;
      for (const trust of byClaim.get(`${claim.role}|${claim.provider}`) ?? []) {
        const condition = withoutRecipient(trust.condition);
        yield {
          from: holder,
          to: trust.role,
          kind: directMembersOnly ? DIRECT : "assigned",
          grounds: [ground, { id: trust.edge, limits: condition === undefined ? {} : { condition } }],
          because: `application role ${role} with the claim ${value}`,
        };
      }
    }
  };
  return derivedOf(ways()).map((one) => ({ ...one, directMembersOnly: one.kind === DIRECT }));
}

const DIRECT = "assignedToGroup";

/**
 * What is left of a trust's condition but where the assertion was sent to: AWS's own sign-in, as every role that the
 * console makes for a SAML provider asks.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-saml
 */
function withoutRecipient(condition: string | undefined): string | undefined {
  const whole: unknown = condition === undefined ? undefined : JSON.parse(condition);
  if (!isBlock(whole)) return condition;
  const isSplit = "allow" in whole || "deny" in whole || "notPrincipal" in whole;
  const allow = isSplit ? whole.allow : whole;
  const left: Record<string, unknown> = {};
  for (const [operator, tests] of Object.entries(isBlock(allow) ? allow : {})) {
    const others = Object.entries(isBlock(tests) ? tests : {}).filter(
      ([key]) => key.toLowerCase() !== "saml:aud" || !/^string(equals|like)$/i.test(operator),
    );
    if (others.length > 0) left[operator] = Object.fromEntries(others);
  }
  const rest = isSplit ? { ...whole, allow: Object.keys(left).length === 0 ? undefined : left } : left;
  const text = canonicalJson(rest);
  return text === "{}" ? undefined : text;
}

function isBlock(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
