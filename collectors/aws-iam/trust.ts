import { assumeText, canonicalJson } from "../../src/model/index.js";
import { matchesAction, type PolicyDocument, type Statement } from "./policy.js";

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
export function conditionText(conditions: Readonly<Record<string, unknown>>): string | undefined {
  const keys = Object.keys(conditions).filter((key) => conditions[key] !== undefined);
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

/**
 * What a document says of `sts:AssumeRole`, for correlation: it knows the roles of every account. Sorted, so that the
 * order of statements is no difference.
 */
export function assumeTexts(document: PolicyDocument | undefined): readonly string[] {
  const texts = (document?.statements ?? [])
    .filter((statement) => matchesAction(statement, "sts:assumerole"))
    .map(({ allow, resources, resourcesInverted, condition }) =>
      assumeText({
        allow,
        roles: resources,
        inverted: resourcesInverted,
        ...(condition === undefined ? {} : { condition }),
      }),
    );
  return [...new Set(texts)].sort();
}

/** The same of a permissions boundary, in which what is not allowed is out of bounds; one that was not read says so. */
export function boundaryTexts(arn: string, document: PolicyDocument | undefined): readonly string[] {
  if (document === undefined) {
    return [
      assumeText({
        allow: true,
        roles: ["*"],
        inverted: false,
        condition: canonicalJson({ boundaryNotRead: arn }),
      }),
    ];
  }
  const texts = assumeTexts(document);
  return texts.length > 0 ? texts : [assumeText({ allow: true, roles: [], inverted: false })];
}
