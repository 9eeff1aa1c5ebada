import { describe, expect, it } from "vitest";
import type { HttpResponse } from "../../src/collect/index.js";
import { CredentialsUnusable, TokenRefused } from "./auth.js";
import { ApiError, classify } from "./classify.js";
import { NEEDS } from "./permissions.js";

/** Typed, where vitest's own is any. */
const containing = (text: string): unknown => expect.stringContaining(text);
const answer = (status: number, body: unknown, headers: Record<string, string> = {}): HttpResponse => ({
  status,
  headers,
  header: (name) => headers[name],
  body: Buffer.from(typeof body === "string" ? body : JSON.stringify(body)),
});
/** The error forms of https://developers.google.com/workspace/admin/directory/v1/guides/troubleshoot-error-codes. */
const api = (
  status: number,
  reason: string,
  message = "secret words",
  headers: Record<string, string> = {},
) =>
  classify(
    new ApiError(
      answer(
        status,
        { error: { code: status, message, errors: [{ domain: "usageLimits", reason, message }] } },
        headers,
      ),
      NEEDS.users,
    ),
  );
const token = (status: number, error: string, description = "", forAdmin = true) =>
  classify(
    new TokenRefused(
      answer(status, { error, error_description: description }),
      NEEDS.delegates.scope,
      forAdmin,
      "reader@p.iam.gserviceaccount.com (client id 1)",
    ),
  );

describe("errors of the APIs", () => {
  it.each([
    [403, "quotaExceeded"],
    [403, "rateLimitExceeded"],
    [403, "userRateLimitExceeded"],
    [429, "rateLimitExceeded"],
    [429, "whatever"],
  ])("%i %s is throttling", (status, reason) => {
    expect(api(status, reason)).toEqual({ kind: "throttled" });
  });

  it("waits as long as a header or the message says", () => {
    expect(api(429, "rateLimitExceeded", "x", { "retry-after": "7" })).toEqual({
      kind: "throttled",
      retryAfterMs: 7000,
    });
    const at = new Date(Date.now() + 30_000).toISOString();
    const failure = api(429, "rateLimitExceeded", `User-rate limit exceeded.  Retry after ${at}`);
    const wait = "retryAfterMs" in failure ? (failure.retryAfterMs ?? 0) : 0;
    expect(wait).toBeGreaterThan(28_000);
    expect(wait).toBeLessThanOrEqual(30_000);
  });

  it.each([
    [503, "backendError"],
    [500, "internalError"],
    [502, "badGateway"],
    [412, "conditionNotMet"],
  ])("%i %s is tried again", (status, reason) => {
    expect(api(status, reason).kind).toBe("transient");
  });

  it("a denial names the scope, and the privilege where the scope was granted", () => {
    expect(api(403, "insufficientPermissions")).toMatchObject({
      kind: "denied",
      permission: NEEDS.users.scope,
      message: containing("Domain-wide delegation"),
    });
    expect(api(403, "forbidden")).toEqual({
      kind: "denied",
      permission: NEEDS.users.scope,
      message:
        "the scope was granted, so the administrator in adminSubject may lack the privilege (Users > Read); Google says forbidden",
    });
  });

  it("an API that is not enabled and a quota that is used up are not tried again", () => {
    expect(api(403, "accessNotConfigured")).toMatchObject({
      kind: "fatal",
      message: containing("not enabled"),
    });
    expect(api(403, "dailyLimitExceeded")).toMatchObject({
      kind: "fatal",
      message: containing("daily quota"),
    });
  });

  it("the others are what their status says, and none repeats the message", () => {
    expect(api(401, "authError").kind).toBe("unauthenticated");
    expect(api(404, "notFound").kind).toBe("notFound");
    expect(api(400, "invalid")).toEqual({ kind: "fatal", message: "HTTP 400 (invalid)" });
    for (const status of [400, 401, 403, 404, 409, 418])
      expect(JSON.stringify(api(status, "odd reason: secret words"))).not.toContain("secret");
    expect(classify(new ApiError(answer(403, "<html>secret</html>"), NEEDS.users))).toMatchObject({
      kind: "denied",
    });
  });
});

describe("errors of the token endpoint", () => {
  it("say which scope to add, to which client, and where", () => {
    const failure = token(
      401,
      "unauthorized_client",
      "Client is unauthorized to retrieve access tokens using this method",
    );
    expect(failure).toMatchObject({ kind: "denied", permission: NEEDS.delegates.scope });
    expect(JSON.stringify(failure)).toMatch(/client id 1.*Domain-wide delegation/);
  });

  it("tell a wrong administrator from a mailbox without an owner and from a wrong key", () => {
    expect(token(400, "invalid_grant", "Invalid email or User ID")).toMatchObject({
      kind: "unauthenticated",
      message: containing("adminSubject"),
    });
    expect(token(400, "invalid_grant", "Invalid email or User ID", false).kind).toBe("notFound");
    expect(token(400, "invalid_grant", "Invalid JWT Signature.")).toMatchObject({
      kind: "unauthenticated",
      message: containing("key may be deleted"),
    });
    expect(token(503, "temporarily_unavailable").kind).toBe("transient");
    expect(token(429, "rate_limit").kind).toBe("throttled");
  });
});

describe("other errors", () => {
  it("are connections, cancellations, credentials, the library's, or unknown", () => {
    expect(classify(Object.assign(new Error("x"), { code: "ECONNRESET" }))).toEqual({ kind: "transient" });
    expect(classify(Object.assign(new Error("x"), { name: "AbortError" }))).toEqual({ kind: "aborted" });
    expect(classify(new CredentialsUnusable("no file"))).toEqual({
      kind: "unauthenticated",
      message: "no file",
    });
    expect(classify(Object.assign(new Error("x"), { response: { status: 403 } }))).toMatchObject({
      kind: "denied",
      permission: "iam.serviceAccounts.signBlob",
    });
    expect(classify(new Error("x"))).toEqual({ kind: "fatal", message: "" });
    expect(classify("x")).toEqual({ kind: "fatal", message: "" });
  });
});
