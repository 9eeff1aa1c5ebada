import { globMatches } from "../../src/model/index.js";
import { conditionText } from "./trust.js";

/** Subjects of an OIDC provider that a trust statement names one by one. */
export interface PinnedSubjects {
  /** As the token's `iss` has it, without `https://` and without a slash at its end. */
  readonly issuer: string;
  /** As the token's `sub` has them; sorted, never empty. */
  readonly subjects: readonly string[];
  /** Whether nobody else gets in: no pattern lets in subjects that it does not spell out. */
  readonly isExhaustive: boolean;
  /** Canonical JSON of what must hold besides. */
  readonly condition?: string;
}

type Block = Readonly<Record<string, unknown>>;

/** Operators by which a value means itself; StringLike where it has no wildcard. */
const EXACT = /^(?:foranyvalue:)?(stringequals|stringlike)(?:ifexists)?$/;

/**
 * Whom a trust in an OIDC provider lets in, where its condition pins `<provider>:sub`; undefined where it pins nobody.
 * Google's own `sub` is the id of the user or service account, that of Entra ID the object id of the service principal.
 * `aud` and `oaud` are for whoever gets the token to choose, so they are no condition on who it is; but for Google `aud`
 * is the token's `azp` where it has one, and the `azp` of a service account's token is its own id, of digits only.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
 */
export function pinnedSubjects(principal: string, condition: string | undefined): PinnedSubjects | undefined {
  const issuer = issuerOf(principal);
  const whole: unknown = condition === undefined ? undefined : JSON.parse(condition);
  if (issuer === undefined || !isBlock(whole)) return undefined;
  const isSplit = "allow" in whole || "deny" in whole || "notPrincipal" in whole;
  const allow = isSplit ? whole.allow : whole;
  if (!isBlock(allow)) return undefined;
  const pins: { readonly isPattern: boolean; readonly values: readonly string[] }[] = [];
  const rest: Record<string, Record<string, unknown>> = {};
  for (const [operator, tests] of Object.entries(allow)) {
    if (!isBlock(tests)) continue;
    for (const [key, value] of Object.entries(tests)) {
      const claim = claimOf(key, issuer);
      const exact = EXACT.exec(operator.toLowerCase())?.[1];
      if (exact !== undefined && (claim === "sub" || isAccountId(issuer, claim, value)))
        pins.push({ isPattern: exact === "stringlike", values: textsOf(value) });
      else if (!isMet(claim, exact, operator, value)) rest[operator] = { ...rest[operator], [key]: value };
    }
  }
  const matches = (subject: string) =>
    pins.every(({ isPattern, values }) =>
      values.some((value) => (isPattern ? globMatches(value, subject) : value === subject)),
    );
  const isPlain = (value: string) => !/[*?]|\$\{/.test(value);
  const named = new Set(pins.flatMap(({ values }) => values).filter(isPlain));
  const subjects = [...named].filter(matches).sort();
  if (subjects.length === 0) return undefined;
  const others = isSplit ? whole : {};
  const left = conditionText({ ...others, allow: Object.keys(rest).length === 0 ? undefined : rest });
  // All tests must hold, so one that spells out its subjects is enough.
  const isExhaustive = pins.some(({ values }) => values.every(isPlain));
  return { issuer, subjects, isExhaustive, ...(left === undefined ? {} : { condition: left }) };
}

/** A client of an application ends in `apps.googleusercontent.com`; digits alone are a service account. */
const isAccountId = (issuer: string, claim: string | undefined, value: unknown) =>
  issuer === "accounts.google.com" && claim === "aud" && textsOf(value).every((text) => /^\d+$/.test(text));

/** Every token has an audience and a subject. */
function isMet(
  claim: string | undefined,
  exact: string | undefined,
  operator: string,
  value: unknown,
): boolean {
  if (claim === "aud" || claim === "oaud") return exact !== undefined || isPresence(operator, value);
  return claim === "sub" && isPresence(operator, value);
}

const isPresence = (operator: string, value: unknown) =>
  operator.toLowerCase() === "null" && textsOf(value).every((text) => text.toLowerCase() === "false");

/** `sub` of `accounts.google.com:sub`; names of keys are not told apart by case, and a provider may end in a slash. */
function claimOf(key: string, issuer: string): string | undefined {
  const colon = key.lastIndexOf(":");
  const provider = key.slice(0, Math.max(colon, 0)).replace(/\/+$/, "").toLowerCase();
  return provider === issuer.toLowerCase() ? key.slice(colon + 1).toLowerCase() : undefined;
}

/** Of a provider's ARN, or of one that AWS knows without: `accounts.google.com`. Those of SAML have none. */
function issuerOf(principal: string): string | undefined {
  const url = principal.startsWith("arn:")
    ? /^arn:[^/]*:oidc-provider\/(.+)$/.exec(principal)?.[1]
    : principal;
  const bare = url?.replace(/^https:\/\//i, "").replace(/\/+$/, "");
  if (bare === undefined || bare === "") return undefined;
  const slash = bare.indexOf("/");
  return slash < 0 ? bare.toLowerCase() : bare.slice(0, slash).toLowerCase() + bare.slice(slash);
}

function textsOf(value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.flatMap((one) =>
    typeof one === "string" ? [one] : typeof one === "boolean" ? [String(one)] : [],
  );
}

function isBlock(value: unknown): value is Block {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
