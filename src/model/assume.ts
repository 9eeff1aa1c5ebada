import { z } from "zod";
import { globMatches } from "./glob.js";
import { canonicalJson } from "./records.js";

/**
 * What a policy says of assuming roles, one statement a text: `assumes` of an Entitlement, and `assumesWithin` of a
 * principal whose permissions boundary lets it go no further. Canonical JSON of patterns as the policy has them,
 * under `allow` or `deny`, or under `allowAllBut` or `denyAllBut` where it names what it does not mean; and `if`, where
 * it stands under a condition: `{"allow":["arn:aws:iam::*:role/deploy-*"],"if":{"Bool":{…}}}`.
 */
export interface AssumeStatement {
  readonly allow: boolean;
  /** Patterns of role ARNs. May hold policy variables: `${aws:username}`. */
  readonly roles: readonly string[];
  /** Every role but those. */
  readonly inverted: boolean;
  /** Canonical JSON. */
  readonly condition?: string;
}

const VERBS = [
  ["allow", true, false],
  ["allowAllBut", true, true],
  ["deny", false, false],
  ["denyAllBut", false, true],
] as const;

const patterns = z.array(z.string()).optional();
const shape = z.strictObject({
  allow: patterns,
  allowAllBut: patterns,
  deny: patterns,
  denyAllBut: patterns,
  if: z.unknown().optional(),
});

export function assumeText({ allow, roles, inverted, condition }: AssumeStatement): string {
  const verb = `${allow ? "allow" : "deny"}${inverted ? "AllBut" : ""}`;
  const held: unknown = condition === undefined ? undefined : JSON.parse(condition);
  return canonicalJson({ [verb]: [...new Set(roles)].sort(), if: held });
}

/** `undefined` for what is no such text. */
export function parseAssume(text: string): AssumeStatement | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = shape.safeParse(json);
  if (!parsed.success) return undefined;
  for (const [verb, allow, inverted] of VERBS) {
    const roles = parsed.data[verb];
    if (roles === undefined) continue;
    const held = parsed.data.if;
    return { allow, roles, inverted, ...(held === undefined ? {} : { condition: canonicalJson(held) }) };
  }
  return undefined;
}

const OPENING = "${";
const VARIABLE = /\$\{([^}]+)\}/g;

/** The statement means different roles for different principals. */
export const hasVariables = ({ roles }: AssumeStatement) =>
  roles.some((pattern) => pattern.includes(OPENING));

/**
 * Whether it speaks of a role. Variables (lower case) stand for what is known of the principal. One that is not known
 * may stand for anything: an Allow is then taken to mean the role, and a Deny not to.
 */
export function speaksOf(
  { allow, roles, inverted }: AssumeStatement,
  roleArn: string,
  variables: Readonly<Record<string, string>> = {},
): boolean {
  const hit = roles.some((pattern) => {
    if (!pattern.includes(OPENING)) return globMatches(pattern, roleArn);
    let isOpen = false;
    const filled = pattern.replace(VARIABLE, (_, name: string) => {
      const value = variables[name.toLowerCase()];
      isOpen ||= value === undefined;
      return value ?? "*";
    });
    return (!isOpen || allow !== inverted) && globMatches(filled, roleArn);
  });
  return hit !== inverted;
}
