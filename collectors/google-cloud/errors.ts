import { z } from "zod";
import { type Failure, HttpError, networkFailure, waitOf } from "../../src/collect/index.js";
import { durationOf, retryInfoMs } from "./retry-info.js";

/**
 * A call that Google refused, with the permission that it takes. `cause` is what the SDK or HTTP said: its text may
 * repeat anything of the company's, so nothing but status and reason codes of it goes into words of ours.
 */
export class GoogleError extends Error {
  readonly permission: string;
  constructor(permission: string, cause: unknown) {
    super(codesOf(cause), { cause });
    this.name = "GoogleError";
    this.permission = permission;
  }
}

/** The credentials were not accepted, or there are none. What the token endpoint says may repeat them: it is left out. */
export class CredentialsError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "CredentialsError";
  }
}

/** The token endpoint is out of order for now: as a connection that was not answered in time. */
export class TokenServiceError extends Error {
  readonly code = "ETIMEDOUT";
  constructor(status: number) {
    super(`the token endpoint answered ${status}`);
    this.name = "TokenServiceError";
  }
}

/**
 * Where a quota is used up and nothing says for how long: "30 seconds for 429 quota errors" is the least that Google
 * asks for. https://cloud.google.com/service-usage/docs/troubleshooting
 */
export const QUOTA_PAUSE_MS = 30_000;

/** Reasons by which Google says that a rate is used up, also under 403. https://cloud.google.com/apis/design/errors */
const RATE_REASONS = new Set([
  "rateLimitExceeded",
  "userRateLimitExceeded",
  "RATE_LIMIT_EXCEEDED",
  "quotaExceeded",
  "RESOURCE_QUOTA_EXCEEDED",
]);

/** What an error of a call means. Codes are those of google.rpc.Code and HTTP. */
export function classify(error: unknown): Failure {
  if (error instanceof CredentialsError) return { kind: "unauthenticated", message: error.message };
  const permission = error instanceof GoogleError ? error.permission : "a permission of Google Cloud";
  const cause = error instanceof GoogleError ? error.cause : error;
  if (cause instanceof CredentialsError) return { kind: "unauthenticated", message: cause.message };
  if (cause instanceof HttpError) return ofHttp(cause, permission);
  const code = codeOf(cause);
  if (code !== undefined && cause instanceof Error) return ofRpc(code, cause, permission);
  return networkFailure(cause) ?? { kind: "fatal", message: codesOf(cause) };
}

/** google.rpc.Code by number. https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto */
const STATUS = [
  "OK",
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED",
] as const;

/** Reasons of google.rpc.ErrorInfo are in this form; what is in another may be anything. https://google.aip.dev/193 */
const isReason = (text: string) => /^[A-Z][A-Z0-9_]{0,62}$/.test(text) || RATE_REASONS.has(text);

/** What an error of a call is, in codes and words that hold nothing of what the answer's text says. */
function codesOf(cause: unknown): string {
  if (cause instanceof CredentialsError || cause instanceof TokenServiceError) return cause.message;
  if (cause instanceof z.ZodError || cause instanceof SyntaxError) return "the answer was not understood";
  if (cause instanceof HttpError) {
    const { reasons, status } = saidBy(cause.response.body);
    return coded([String(cause.response.status), status], reasons);
  }
  const code = codeOf(cause);
  if (code !== undefined && cause instanceof Error)
    return coded([STATUS[code] ?? `gRPC status ${code}`], reasonsOfRpc(cause));
  return networkFailure(cause) === undefined ? "the call failed" : "the connection failed";
}

function coded(status: readonly (string | undefined)[], reasons: readonly string[]): string {
  const first = status.filter((text) => text !== undefined).join(" ");
  const rest = [...new Set(reasons.filter((text) => isReason(text) && !status.includes(text)))];
  return `Google answered ${first}${rest.length === 0 ? "" : ` (${rest.join(", ")})`}`;
}

interface Said {
  readonly reasons: readonly string[];
  /** google.rpc.Code, in its own form. */
  readonly status: string | undefined;
  readonly service: string | undefined;
  readonly waitMs: number | undefined;
}

type Refusal = Pick<Said, "reasons" | "service" | "waitMs"> & { readonly message: string };

function refused(said: Refusal, permission: string): Failure {
  if (said.reasons.some((reason) => RATE_REASONS.has(reason))) return throttled(said.waitMs);
  if (said.reasons.includes("SERVICE_DISABLED") || said.reasons.includes("accessNotConfigured")) {
    const service = said.service ?? "an API";
    return {
      kind: "fatal",
      message: `${service} is not enabled in the project that the calls are counted for (gcloud services enable ${service})`,
    };
  }
  if (said.reasons.includes("ACCESS_TOKEN_SCOPE_INSUFFICIENT"))
    return { kind: "unauthenticated", message: "the scopes of the credentials do not allow it" };
  if (said.reasons.includes("USER_PROJECT_DENIED"))
    return { kind: "denied", permission: "serviceusage.services.use", message: said.message };
  return { kind: "denied", permission, message: said.message };
}

const throttled = (waitMs: number | undefined): Failure => ({
  kind: "throttled",
  retryAfterMs: waitMs ?? QUOTA_PAUSE_MS,
});

/** https://cloud.google.com/apis/design/errors: `{"error": {"code", "message", "status", "details": []}}` */
function ofHttp(error: HttpError, permission: string): Failure {
  const { response } = error;
  const said = saidBy(response.body);
  const waitMs = waitOf(response.header, Date.now()) ?? said.waitMs;
  const { status } = response;
  const message = codesOf(error);
  if (status === 429) return throttled(waitMs);
  if (status === 401) return { kind: "unauthenticated", message: "the access token was not accepted" };
  if (status === 403) return refused({ ...said, waitMs, message }, permission);
  if (status === 404) return { kind: "notFound", message };
  if (status === 503 && waitMs !== undefined) return throttled(waitMs);
  if (status >= 500 || status === 408)
    return { kind: "transient", ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }) };
  return { kind: "fatal", message };
}

const reasonsOfRpc = (error: Error): readonly string[] =>
  "reason" in error && typeof error.reason === "string" ? [error.reason] : [];

function ofRpc(code: number, error: Error, permission: string): Failure {
  const message = codesOf(error);
  const said: Refusal = {
    reasons: reasonsOfRpc(error),
    service: "cloudresourcemanager.googleapis.com",
    waitMs: waitOfRpc(error),
    message,
  };
  switch (code) {
    case 8: // RESOURCE_EXHAUSTED
      return throttled(said.waitMs);
    case 14: // UNAVAILABLE
      return said.waitMs === undefined
        ? { kind: "transient" }
        : { kind: "throttled", retryAfterMs: said.waitMs };
    case 1: // CANCELLED by the server, or by a connection that was cut
    case 2: // UNKNOWN
    case 4: // DEADLINE_EXCEEDED
    case 10: // ABORTED
    case 13: // INTERNAL
    case 15: // DATA_LOSS
      return { kind: "transient" };
    case 16: // UNAUTHENTICATED
      return { kind: "unauthenticated", message: "the access token was not accepted" };
    case 7: // PERMISSION_DENIED
      return refused(said, permission);
    case 5: // NOT_FOUND
      return { kind: "notFound", message };
    default:
      return { kind: "fatal", message };
  }
}

/** RetryInfo: among the decoded details of the status, or by itself in trailing metadata. */
function waitOfRpc(error: Error): number | undefined {
  if ("statusDetails" in error && Array.isArray(error.statusDetails)) {
    for (const detail of error.statusDetails) {
      const wait = delayIn(detail);
      if (wait !== undefined) return wait;
    }
  }
  const metadata = "metadata" in error ? error.metadata : undefined;
  const [first] = isMetadata(metadata) ? listOf(metadata.get("google.rpc.retryinfo-bin")) : [];
  return first instanceof Uint8Array ? retryInfoMs(first) : undefined;
}

const isMetadata = (value: unknown): value is { get(name: string): unknown } =>
  typeof value === "object" && value !== null && "get" in value && typeof value.get === "function";

const delayIn = (detail: unknown): number | undefined =>
  typeof detail === "object" && detail !== null && "retryDelay" in detail
    ? durationOf(detail.retryDelay)
    : undefined;

/** gRPC errors carry a numeric `code`; those of connections a text (`ECONNRESET`). */
function codeOf(error: unknown): number | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "number" ? error.code : undefined;
}

function saidBy(body: Buffer): Said {
  const nothing: Said = { reasons: [], status: undefined, service: undefined, waitMs: undefined };
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString("utf8"));
  } catch {
    return nothing;
  }
  const error = propOf(parsed, "error");
  const status = propOf(error, "status");
  const details = [...listOf(propOf(error, "details")), ...listOf(propOf(error, "errors"))];
  const texts = (name: string) =>
    details.map((detail) => propOf(detail, name)).filter((value) => typeof value === "string");
  const services = details.map((detail) => propOf(propOf(detail, "metadata"), "service"));
  return {
    reasons: texts("reason"),
    status: typeof status === "string" && isReason(status) ? status : undefined,
    service: services
      .filter((service) => typeof service === "string")
      .find((service) => /^[a-z]{1,40}\.googleapis\.com$/.test(service)),
    waitMs: details.map(delayIn).find((wait) => wait !== undefined),
  };
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
function propOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}
