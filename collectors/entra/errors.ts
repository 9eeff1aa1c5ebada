import { type Failure, failureOfStatus, networkFailure, waitOf } from "../../src/collect/index.js";

export type Header = (name: string) => string | undefined;

/** Graph's codes are words; whatever else stands in an error may quote data, and is not repeated. */
const WORD = /^[A-Za-z][A-Za-z0-9_.-]{0,79}$/;

/** An answer of Graph that is not a success: of a call, or of one request of a batch. */
export class GraphRefusal extends Error {
  readonly status: number;
  /** https://learn.microsoft.com/graph/errors#code-property; empty where there is none. */
  readonly code: string;
  readonly permission: string;
  readonly header: Header;

  constructor(status: number, body: unknown, header: Header, permission: string) {
    const code = codeOf(body);
    super(`HTTP ${status}${code === "" ? "" : ` (${code})`}`);
    this.name = "GraphRefusal";
    this.status = status;
    this.code = code;
    this.permission = permission;
    this.header = header;
  }
}

function codeOf(body: unknown): string {
  const found = property(property(body, "error"), "code");
  return typeof found === "string" && WORD.test(found) ? found : "";
}

function property(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? Object.entries(value).find(([n]) => n === name)?.[1]
    : undefined;
}

/** Some requests of a batch must be asked again; `failure` says when. */
export class BatchUnfinished extends Error {
  readonly failure: Failure;
  constructor(failure: Failure, count: number) {
    super(`${count} of the requests of a batch were not answered`);
    this.failure = failure;
  }
}

/** Entra ID gave no token. */
export class TokenRefused extends Error {
  readonly status: number | undefined;
  readonly header: Header;
  constructor(message: string, status: number | undefined, header: Header, cause: unknown) {
    super(message, { cause });
    this.name = "TokenRefused";
    this.status = status;
    this.header = header;
  }
}

/** Not a permission but a licence is missing. */
const UNLICENSED: Readonly<Record<string, string>> = {
  AadPremiumLicenseRequired: "Entra ID P2 or Entra ID Governance",
  Authentication_RequestFromNonPremiumTenantOrB2CTenant: "Entra ID P1",
};
const THROTTLED = new Set([
  "TooManyRequests",
  "activityLimitReached",
  "ApplicationThrottled",
  "throttledRequest",
]);

/** The licence that the tenant lacks, where that is why Graph refused. */
export const licenceMissing = (error: unknown): string | undefined =>
  error instanceof GraphRefusal ? UNLICENSED[error.code] : undefined;

/** What an error means. What it does not know is `fatal`. https://learn.microsoft.com/graph/errors */
export function classify(error: unknown): Failure {
  if (error instanceof BatchUnfinished) return error.failure;
  if (error instanceof GraphRefusal) return ofRefusal(error);
  if (error instanceof TokenRefused) return ofToken(error);
  const network = networkFailure(error);
  if (network !== undefined) return network;
  if (error instanceof Error && error.name === "AbortError") return { kind: "aborted" };
  if (error instanceof SyntaxError) return { kind: "fatal", message: "the answer is not valid JSON" };
  return { kind: "fatal", message: error instanceof Error ? error.message : "" };
}

function ofRefusal(error: GraphRefusal): Failure {
  const { status, code, permission, header } = error;
  const wait = waitOf(header, Date.now());
  const retry = wait === undefined ? {} : { retryAfterMs: wait };
  // 509 is the same as 429 with another limit. https://learn.microsoft.com/graph/errors#http-status-codes
  if (status === 429 || status === 509 || THROTTLED.has(code)) return { kind: "throttled", ...retry };
  const licence = UNLICENSED[code];
  if (licence !== undefined) {
    return { kind: "fatal", message: `the tenant has no licence for it (${licence}; Graph says ${code})` };
  }
  if (code === "Directory_QuotaExceeded" || code === "Request_UnsupportedQuery") {
    return { kind: "fatal", message: `Graph refused the request: ${code}` };
  }
  if (/ExpiredPageToken/i.test(code)) {
    return { kind: "fatal", message: `the list changed too much while it was read (${code}): read again` };
  }
  return failureOfStatus(status, header, Date.now(), {
    permission,
    message: status === 403 ? deniedText(code) : error.message,
  });
}

const deniedText = (code: string) =>
  `grant it to the application in Entra ID, under API permissions, with admin consent${code === "" ? "" : ` (Graph says ${code})`}`;

function ofToken({ status, header, message, cause }: TokenRefused): Failure {
  const network = networkFailure(cause);
  if (network !== undefined) return network;
  if (status !== undefined && (status === 429 || status >= 500)) {
    return failureOfStatus(status, header, Date.now(), { permission: "", message });
  }
  return { kind: "unauthenticated", message };
}
