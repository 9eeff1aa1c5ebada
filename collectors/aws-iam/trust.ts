import { canonicalJson } from "../../src/model/index.js";
import { matchesAction, matchesResource, type PolicyDocument, type Statement } from "./policy.js";

/** Whom a role's trust policy lets in. */
export interface Trustee {
  /** `AWS`, `Service`, `Federated`, `CanonicalUser`, as the policy says. */
  readonly kind: string;
  /** An ARN, an account id, `*`, a service or a provider. */
  readonly principal: string;
  /** Canonical JSON of what must hold besides. */
  readonly condition?: string;
}

const ASSUMES = [
  "sts:assumerole",
  "sts:assumerolewithsaml",
  "sts:assumerolewithwebidentity",
  "sts:assumeroot",
] as const;
const assumes = (statement: Statement) => ASSUMES.some((action) => matchesAction(statement, action));

/**
 * The principals of all Allow statements. An unconditional Deny that names a principal in the same words, or `*`,
 * takes it away; a Deny under a condition stays with the trustee as a condition.
 */
export function trusteesOf(document: PolicyDocument): readonly Trustee[] {
  const denies = document.statements.filter((s) => !s.allow && assumes(s));
  const found = new Map<string, Trustee>();
  for (const statement of document.statements) {
    if (!statement.allow || !assumes(statement)) continue;
    for (const [kind, principal] of principalsOf(statement)) {
      if (denies.some((deny) => deny.condition === undefined && names(deny, kind, principal))) continue;
      const conditions: Record<string, unknown> = {};
      if (statement.condition !== undefined) conditions.allow = JSON.parse(statement.condition);
      if (statement.principalsInverted) conditions.notPrincipal = statement.principals;
      const unless = denies
        .filter((deny) => deny.condition !== undefined && names(deny, kind, principal))
        .map((deny): unknown => JSON.parse(deny.condition ?? "{}"));
      if (unless.length > 0) conditions.deny = unless;
      const condition = conditionText(conditions);
      const trustee = { kind, principal, ...(condition === undefined ? {} : { condition }) };
      found.set(canonicalJson(trustee), trustee);
    }
  }
  return [...found.values()];
}

/** The bare Condition block where there is nothing else to say. */
function conditionText(conditions: Record<string, unknown>): string | undefined {
  const keys = Object.keys(conditions);
  if (keys.length === 0) return undefined;
  return canonicalJson(keys.length === 1 && keys[0] === "allow" ? conditions.allow : conditions);
}

function principalsOf(statement: Statement): readonly (readonly [string, string])[] {
  // Everybody but those named: nobody can list them.
  if (statement.principalsInverted) return [["AWS", "*"]];
  return Object.entries(statement.principals).flatMap(([kind, list]) =>
    list.map((principal) => [kind, principal] as const),
  );
}

function names(deny: Statement, kind: string, principal: string): boolean {
  const list = deny.principals[kind] ?? [];
  const hit = list.includes(principal) || (kind === "AWS" && list.includes("*"));
  return hit !== deny.principalsInverted;
}

/** What a principal's own policies say of assuming one role. */
export interface OwnPermission {
  readonly allowed: boolean;
  /** Canonical JSON, where every Allow that matches stands under a condition. */
  readonly condition?: string;
}

/**
 * Whether identity policies allow `sts:AssumeRole` on a role: an Allow matches it, no unconditional Deny does, and
 * the boundary (where there is one) allows it too. `bounds` is `undefined` where no boundary is set.
 */
export function mayAssume(
  statements: readonly Statement[],
  bounds: readonly Statement[] | undefined,
  roleArn: string,
  variables: Readonly<Record<string, string>>,
): OwnPermission {
  const matches = (s: Statement) =>
    matchesAction(s, "sts:assumerole") && matchesResource(s, roleArn, variables);
  const denied = (list: readonly Statement[]) =>
    list.some((s) => !s.allow && s.condition === undefined && matches(s));
  const allows = statements.filter((s) => s.allow && matches(s));
  if (allows.length === 0 || denied(statements)) return { allowed: false };
  if (bounds !== undefined && (denied(bounds) || !bounds.some((s) => s.allow && matches(s)))) {
    return { allowed: false };
  }
  if (allows.some((s) => s.condition === undefined)) return { allowed: true };
  const conditions = [...new Set(allows.map((s) => s.condition ?? "{}"))].sort();
  const [only] = conditions;
  return {
    allowed: true,
    condition: conditions.length === 1 && only !== undefined ? only : `[${conditions.join(",")}]`,
  };
}

/** Statements that could allow assuming anything at all: most principals have none, and need no look at each role. */
export const speaksOfAssuming = (statements: readonly Statement[]) =>
  statements.some((s) => s.allow && matchesAction(s, "sts:assumerole"));
