import { z } from "zod";
import {
  type Failure,
  failureOfStatus,
  type HttpResponse,
  networkFailure,
  waitOf,
} from "../../src/collect/index.js";
import { CredentialsUnusable, TokenRefused } from "./auth.js";
import type { Need } from "./permissions.js";

/** An answer of an API that is not a success, with what the call needed. Nobody prints its body. */
export class ApiError extends Error {
  readonly response: HttpResponse;
  readonly need: Need;
  readonly reasons: readonly string[];

  constructor(response: HttpResponse, need: Need) {
    const reasons = reasonsOf(response);
    super(`HTTP ${response.status}${reasons.length === 0 ? "" : ` (${reasons.join(", ")})`}`);
    this.name = "ApiError";
    this.response = response;
    this.need = need;
    this.reasons = reasons;
  }
}

/** https://developers.google.com/workspace/admin/directory/v1/guides/troubleshoot-error-codes: the two forms of errors. */
const errorBody = z.object({
  error: z.object({
    message: z.string().optional(),
    errors: z.array(z.object({ reason: z.string().optional() })).default([]),
    details: z.array(z.object({ reason: z.string().optional() })).default([]),
  }),
});

/** Reasons are words of the API. Whatever else stands there is not repeated. */
const WORD = /^[A-Za-z_.]{1,60}$/;

function reasonsOf(response: HttpResponse): readonly string[] {
  const { errors, details } = bodyOf(response)?.error ?? { errors: [], details: [] };
  const said = [...errors, ...details].flatMap(({ reason }) => (reason === undefined ? [] : [reason]));
  return [...new Set(said.filter((reason) => WORD.test(reason)))];
}

function bodyOf(response: HttpResponse): z.infer<typeof errorBody> | undefined {
  try {
    const parsed = errorBody.safeParse(JSON.parse(response.body.toString("utf8")));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/**
 * https://developers.google.com/workspace/admin/directory/v1/limits, …/gmail/api/guides/handle-errors: limits are a 403
 * as well as a 429, and are to be met by exponential backoff.
 */
const THROTTLED = new Set([
  "quotaExceeded",
  "rateLimitExceeded",
  "userRateLimitExceeded",
  "RATE_LIMIT_EXCEEDED",
]);
const USED_UP = new Set(["dailyLimitExceeded"]);
const SCOPE_MISSING = new Set(["insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"]);
const API_DISABLED = new Set(["accessNotConfigured", "SERVICE_DISABLED"]);
const TRANSIENT = new Set(["backendError", "internalError", "conditionNotMet"]);

/**
 * The Licensing API knows no product of this id. Google documents no errors of its lists; what it answers is a 400 with
 * the reason `invalid` whose message names the parameter: https://github.com/GAM-team/GAM/issues/865. Any other 400 or
 * 404 (a page token that ended, a customer that is suspended) says nothing of the product.
 */
export function isUnknownProduct(error: unknown): boolean {
  return (
    error instanceof ApiError &&
    error.response.status === 400 &&
    error.reasons.includes("invalid") &&
    /^Invalid product ?Id\b/i.test(bodyOf(error.response)?.error.message ?? "")
  );
}

/** Where an administrator grants scopes to a service account. */
const DELEGATION =
  "in the Admin console, under Security > Access and data control > API controls > Domain-wide delegation";

/** What an error means. What it does not know is `fatal`. */
export function classify(error: unknown): Failure {
  if (error instanceof ApiError) return ofApi(error);
  if (error instanceof TokenRefused) return ofToken(error);
  if (error instanceof CredentialsUnusable) return { kind: "unauthenticated", message: error.message };
  const network = networkFailure(error);
  if (network !== undefined) return network;
  if (error instanceof Error && error.name === "AbortError") return { kind: "aborted" };
  return ofLibrary(error);
}

function ofApi({ response, need, reasons }: ApiError): Failure {
  const { status } = response;
  const has = (set: ReadonlySet<string>) => reasons.some((reason) => set.has(reason));
  const wait = waitOf((name) => response.header(name), Date.now()) ?? waitInMessage(response);
  const retry = wait === undefined ? {} : { retryAfterMs: wait };
  if (status === 429 || (status === 403 && has(THROTTLED))) return { kind: "throttled", ...retry };
  if (has(USED_UP)) {
    return { kind: "fatal", message: `the daily quota of the project for the ${need.api} is used up` };
  }
  if (has(API_DISABLED)) {
    const message = `the ${need.api} is not enabled in the Google Cloud project of the service account: enable it there`;
    return { kind: "fatal", message };
  }
  if (status === 412 || has(TRANSIENT)) return { kind: "transient", ...retry };
  if (status === 403 && has(SCOPE_MISSING)) {
    return { kind: "denied", permission: need.scope, message: `grant the scope ${DELEGATION}` };
  }
  if (status === 400 && reasons.length > 0) {
    return { kind: "fatal", message: `HTTP 400 (${reasons.join(", ")})` };
  }
  return failureOfStatus(status, (name) => response.header(name), Date.now(), {
    permission: need.scope,
    message:
      status === 403
        ? `the scope was granted, so the administrator in adminSubject may lack the privilege (${need.privilege})${said(reasons)}`
        : `HTTP ${status}${said(reasons)}`,
  });
}

/** `User-rate limit exceeded. Retry after 2026-11-21T08:00:00.000Z`, as Gmail says it. */
function waitInMessage(response: HttpResponse): number | undefined {
  const at = /Retry after (\d{4}-\d\d-\d\dT[\d:.]+Z)/.exec(bodyOf(response)?.error.message ?? "")?.[1];
  const instant = at === undefined ? Number.NaN : Date.parse(at);
  return Number.isNaN(instant) ? undefined : Math.max(0, instant - Date.now());
}

const said = (reasons: readonly string[]) =>
  reasons.length === 0 ? "" : `; Google says ${reasons.join(", ")}`;

/** https://developers.google.com/identity/protocols/oauth2/service-account#error-codes */
function ofToken(error: TokenRefused): Failure {
  const { response, code, scope, account, forAdmin } = error;
  const header = (name: string) => response.header(name);
  if (response.status === 429 || response.status >= 500) {
    return failureOfStatus(response.status, header, Date.now(), { permission: scope, message: "" });
  }
  switch (code) {
    case "unauthorized_client":
    case "access_denied":
    case "admin_policy_enforced":
    case "invalid_scope":
      return {
        kind: "denied",
        permission: scope,
        message: `the service account ${account} may not act for users with it: add the scope to its client id ${DELEGATION} (${code})`,
      };
    case "invalid_grant":
      if (!/email|user/i.test(error.description)) break;
      return forAdmin
        ? {
            kind: "unauthenticated",
            message: "adminSubject is no active user of this Workspace (invalid_grant)",
          }
        : { kind: "notFound", message: "no active user has this mailbox (invalid_grant)" };
    default:
  }
  return {
    kind: "unauthenticated",
    message: `Google did not accept the service account ${account} (${WORD.test(code) ? code : `HTTP ${response.status}`}): its key may be deleted, or the clock of this machine wrong`,
  };
}

/** Errors of the library, where it asks Google to sign. */
function ofLibrary(error: unknown): Failure {
  const answer = z.object({ response: z.object({ status: z.number() }) }).safeParse(error);
  if (!answer.success) return { kind: "fatal", message: "" };
  return failureOfStatus(answer.data.response.status, () => undefined, Date.now(), {
    permission: "iam.serviceAccounts.signBlob",
    message:
      "without a key the credentials need the role Service Account Token Creator on their own service account, and the IAM Service Account Credentials API enabled",
  });
}
