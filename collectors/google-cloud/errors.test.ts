import { describe, expect, it } from "vitest";
import { HttpError } from "../../src/collect/index.js";
import { CredentialsError, classify, GoogleError } from "./errors.js";
import { durationOf, retryInfoMs } from "./retry-info.js";

/** What Google's texts may repeat: names of the company's, and whatever was asked with. */
const SAID = "said CANARY-secret";
const http = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
  new GoogleError(
    "iam.roles.list",
    new HttpError({
      status,
      headers,
      header: (name) => headers[name],
      body: Buffer.from(typeof body === "string" ? body : JSON.stringify(body)),
    }),
  );
const rpc = (code: number, more: object = {}) =>
  new GoogleError(
    "resourcemanager.projects.list",
    Object.assign(new Error(`${code} X: ${SAID}`), { code, details: SAID, ...more }),
  );
/** https://cloud.google.com/apis/design/errors, with its details. */
const error = (code: number, status: string, details: readonly object[] = []) => ({
  error: { code, message: SAID, status, details },
});

describe("errors of HTTP", () => {
  it.each([
    [429, error(429, "RESOURCE_EXHAUSTED"), {}, { kind: "throttled", retryAfterMs: 30_000 }],
    [
      429,
      error(429, "RESOURCE_EXHAUSTED"),
      { "retry-after": "7" },
      { kind: "throttled", retryAfterMs: 7_000 },
    ],
    [
      429,
      error(429, "RESOURCE_EXHAUSTED", [
        { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "1.5s" },
      ]),
      {},
      { kind: "throttled", retryAfterMs: 1_500 },
    ],
    [
      403,
      {
        error: {
          code: 403,
          message: SAID,
          errors: [{ reason: "rateLimitExceeded", domain: "usageLimits" }],
        },
      },
      {},
      { kind: "throttled", retryAfterMs: 30_000 },
    ],
    [
      403,
      { error: { code: 403, message: SAID, errors: [{ reason: "userRateLimitExceeded" }] } },
      {},
      { kind: "throttled", retryAfterMs: 30_000 },
    ],
    [
      403,
      error(403, "PERMISSION_DENIED", [{ reason: "IAM_PERMISSION_DENIED", domain: "iam.googleapis.com" }]),
      {},
      {
        kind: "denied",
        permission: "iam.roles.list",
        message: "Google answered 403 PERMISSION_DENIED (IAM_PERMISSION_DENIED)",
      },
    ],
    [
      403,
      error(403, "PERMISSION_DENIED", [{ reason: "USER_PROJECT_DENIED" }]),
      {},
      {
        kind: "denied",
        permission: "serviceusage.services.use",
        message: "Google answered 403 PERMISSION_DENIED (USER_PROJECT_DENIED)",
      },
    ],
    [503, error(503, "UNAVAILABLE"), { "retry-after": "3" }, { kind: "throttled", retryAfterMs: 3_000 }],
    [503, error(503, "UNAVAILABLE"), {}, { kind: "transient" }],
    [500, "<html>", {}, { kind: "transient" }],
    [404, error(404, "NOT_FOUND"), {}, { kind: "notFound", message: "Google answered 404 NOT_FOUND" }],
    [
      401,
      error(401, "UNAUTHENTICATED"),
      {},
      { kind: "unauthenticated", message: "the access token was not accepted" },
    ],
    [
      400,
      error(400, "INVALID_ARGUMENT"),
      {},
      { kind: "fatal", message: "Google answered 400 INVALID_ARGUMENT" },
    ],
    [
      403,
      { error: { code: 403, message: SAID, status: SAID, errors: [{ reason: SAID, message: SAID }] } },
      {},
      { kind: "denied", permission: "iam.roles.list", message: "Google answered 403" },
    ],
  ])("%i %j %j is %j", (status, body, headers, failure) => {
    const thrown = http(status, body, headers);
    expect(classify(thrown)).toEqual(failure);
    expect(thrown.message).not.toContain(SAID);
  });

  it("says which API is not enabled, and what to do", () => {
    const details = [{ reason: "SERVICE_DISABLED", metadata: { service: "iam.googleapis.com" } }];
    expect(classify(http(403, error(403, "PERMISSION_DENIED", details)))).toEqual({
      kind: "fatal",
      message:
        "iam.googleapis.com is not enabled in the project that the calls are counted for (gcloud services enable iam.googleapis.com)",
    });
  });
});

describe("errors of gRPC", () => {
  const metadata = (bytes: Uint8Array) => ({
    get: (name: string) => (name === "google.rpc.retryinfo-bin" ? [bytes] : []),
  });
  it.each([
    [rpc(8), { kind: "throttled", retryAfterMs: 30_000 }],
    [
      rpc(8, { statusDetails: [{ retryDelay: { seconds: "2", nanos: 500_000_000 } }] }),
      { kind: "throttled", retryAfterMs: 2_500 },
    ],
    // RetryInfo { retry_delay { seconds: 300 } }
    [
      rpc(8, { metadata: metadata(Buffer.from("0a0308ac02", "hex")) }),
      { kind: "throttled", retryAfterMs: 300_000 },
    ],
    [rpc(14), { kind: "transient" }],
    [
      rpc(14, { statusDetails: [{ retryDelay: { seconds: "1" } }] }),
      { kind: "throttled", retryAfterMs: 1_000 },
    ],
    [rpc(13), { kind: "transient" }],
    [rpc(4), { kind: "transient" }],
    [
      rpc(7),
      {
        kind: "denied",
        permission: "resourcemanager.projects.list",
        message: "Google answered PERMISSION_DENIED",
      },
    ],
    [rpc(7, { reason: "rateLimitExceeded" }), { kind: "throttled", retryAfterMs: 30_000 }],
    [rpc(5), { kind: "notFound", message: "Google answered NOT_FOUND" }],
    [rpc(16), { kind: "unauthenticated", message: "the access token was not accepted" }],
    [
      rpc(3, { reason: "RESOURCE_PROJECT_INVALID" }),
      { kind: "fatal", message: "Google answered INVALID_ARGUMENT (RESOURCE_PROJECT_INVALID)" },
    ],
  ])("%s is %j", (thrown, failure) => {
    expect(classify(thrown)).toEqual(failure);
    // The engine puts an error's own message into reasons where a failure has none.
    expect(thrown.message).not.toContain(SAID);
  });

  it("takes the credentials' own errors for what they are", () => {
    expect(classify(new GoogleError("p", new CredentialsError("no token")))).toEqual({
      kind: "unauthenticated",
      message: "no token",
    });
    const reset = Object.assign(new Error("x"), { code: "ECONNRESET" });
    expect(classify(new GoogleError("p", reset))).toEqual({ kind: "transient" });
  });
});

describe("RetryInfo", () => {
  it("is read from its bytes, and nothing is made of others", () => {
    expect(retryInfoMs(Buffer.from("0a0508071080cab5ee01", "hex").subarray(0, 2))).toBeUndefined();
    expect(retryInfoMs(Buffer.from([]))).toBeUndefined();
    expect(retryInfoMs(Buffer.from("0a02080c", "hex"))).toBe(12_000);
    expect(retryInfoMs(Buffer.from("0a0810" + "80cab5ee01" + "0801", "hex"))).toBe(1_500);
    expect(retryInfoMs(Buffer.from("ffffffff", "hex"))).toBeUndefined();
    expect(durationOf("0.5s")).toBe(500);
    expect(durationOf("soon")).toBeUndefined();
  });
});
