import { CollectError, type Failure, type Permission } from "./contract.js";

const TRANSIENT_CODES = new Set([
  "ECONNRESET",
  "ECONNREFUSED",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENETDOWN",
  "EAI_AGAIN",
  "ENOTFOUND",
  "ERR_STREAM_PREMATURE_CLOSE",
  "ERR_SOCKET_CONNECTION_TIMEOUT",
  "UND_ERR_SOCKET",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT",
]);

/** The failure of a broken, refused or timed-out connection; undefined for an error that is something else. */
export function networkFailure(error: unknown): Failure | undefined {
  let current: unknown = error;
  for (let depth = 0; depth < 6 && current instanceof Error; depth++) {
    if ("code" in current && typeof current.code === "string" && TRANSIENT_CODES.has(current.code)) {
      return { kind: "transient" };
    }
    if (current.name === "TimeoutError" || current.message === "socket hang up") return { kind: "transient" };
    if (current instanceof AggregateError && current.errors.length > 0) {
      const first: unknown = current.errors[0];
      current = first;
    } else current = current.cause;
  }
  return undefined;
}

/**
 * Milliseconds to wait as a `Retry-After` says: seconds or an HTTP date (RFC 9110, section 10.2.3). Undefined
 * where it says neither.
 */
export function retryAfterMs(value: string | null | undefined, now: number): number | undefined {
  if (value === null || value === undefined) return undefined;
  const text = value.trim();
  if (/^\d+(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1000);
  if (!/[A-Za-z]{3}/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

/** Looks a response header up by its lower-case name. */
export type HeaderLookup = (name: string) => string | null | undefined;

/**
 * How long a response asks to wait: Retry-After, else the reset of a rate limit that is used up. `x-ratelimit-reset`
 * (GitHub, Okta) is an instant in epoch seconds, `ratelimit-reset` (IETF draft) a number of seconds; a number too
 * small to be an instant is read as seconds in both.
 */
export function waitOf(header: HeaderLookup, now: number): number | undefined {
  const after = retryAfterMs(header("retry-after"), now);
  if (after !== undefined) return after;
  const millis = header("retry-after-ms") ?? header("x-ms-retry-after-ms");
  if (millis && /^\d+$/.test(millis)) return Number(millis);
  for (const prefix of ["x-ratelimit", "x-rate-limit", "ratelimit"]) {
    const reset = header(`${prefix}-reset`);
    const remaining = header(`${prefix}-remaining`);
    if (!reset || !/^\d+$/.test(reset) || (remaining !== "0" && remaining != null)) continue;
    const seconds = Number(reset);
    return seconds > 1_000_000_000 ? Math.max(0, seconds * 1000 - now) : seconds * 1000;
  }
  return undefined;
}

/**
 * What an HTTP status means. 401 is `unauthenticated`; 403 is `denied` with the permission the caller names, but
 * throttled where the response says that a rate limit is used up (GitHub does so).
 */
export function failureOfStatus(
  status: number,
  header: HeaderLookup,
  now: number,
  about: { readonly permission: string; readonly message: string },
): Failure {
  const wait = waitOf(header, now);
  const retryAfter = wait === undefined ? {} : { retryAfterMs: wait };
  if (status === 429) return { kind: "throttled", ...retryAfter };
  if (status === 403 && wait !== undefined) return { kind: "throttled", ...retryAfter };
  if (status === 503) return { kind: wait === undefined ? "transient" : "throttled", ...retryAfter };
  if (status >= 500 || status === 408) return { kind: "transient", ...retryAfter };
  if (status === 401) return { kind: "unauthenticated", message: about.message };
  if (status === 403) return { kind: "denied", permission: about.permission, message: about.message };
  if (status === 404) return { kind: "notFound", message: about.message };
  return { kind: "fatal", message: about.message };
}

/** Classifies any error: what the collector knows, then connections, else fatal with a message that holds no data. */
export function failureOf(error: unknown, classify: ((error: unknown) => Failure) | undefined): Failure {
  if (error instanceof CollectError) return error.failure;
  const known = classify?.(error);
  if (known !== undefined && known.kind !== "fatal") return known;
  return networkFailure(error) ?? known ?? { kind: "fatal", message: safeMessage(error) };
}

/**
 * An error's message for a log or a reason: its first line, because SDKs add hints for programmers below it. A JSON
 * parser quotes its input, which may be anything: that is left out.
 */
export function safeMessage(error: unknown): string {
  if (error instanceof SyntaxError) return "the answer is not valid JSON";
  if (error instanceof CollectError) return error.message;
  if (error instanceof Error) {
    const code = codeBehind(error);
    const [line = ""] = error.message.trim().split("\n");
    const message = line === "" ? error.name : line;
    return code === undefined || message.includes(code) ? message : `${message}, ${code}`;
  }
  return "an error that is not an Error was thrown";
}

/** The code of a connection's error, which `fetch` hides behind its own. */
function codeBehind(error: Error): string | undefined {
  let current: unknown = error;
  for (let depth = 0; depth < 6 && current instanceof Error; depth++) {
    if ("code" in current && typeof current.code === "string") return current.code;
    current = current.cause;
  }
  return undefined;
}

/** Why reading ended, in words: what happened, and which permission is missing. Never the content of the data. */
export function reasonOf(
  error: unknown,
  classify: ((error: unknown) => Failure) | undefined,
  permissions: readonly Permission[],
): string {
  const failure = failureOf(error, classify);
  const said = "message" in failure && !(error instanceof CollectError) ? failure.message : "";
  return failureText(failure, said === "" ? safeMessage(error) : said, permissions);
}

function failureText(failure: Failure, message: string, permissions: readonly Permission[]): string {
  switch (failure.kind) {
    case "denied": {
      const why = permissions.find((permission) => permission.name === failure.permission)?.why;
      const needed = why === undefined ? "" : ` (${why})`;
      return `access denied: the permission ${failure.permission} is missing${needed}${tail(failure.message)}`;
    }
    case "unauthenticated":
      return `the credentials were not accepted${tail(failure.message)}`;
    case "notFound":
      return `not found${tail(failure.message)}`;
    case "throttled":
    case "transient":
    case "fatal":
      return message;
    case "aborted":
      return "it was cancelled";
  }
}

function tail(message: string): string {
  return message === "" ? "" : `: ${message}`;
}
