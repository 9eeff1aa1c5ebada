import { expect, it } from "vitest";
import { BatchUnfinished, classify, GraphRefusal, licenceMissing, TokenRefused } from "./errors.js";

const refusal = (status: number, code: string, headers: Readonly<Record<string, string>> = {}) =>
  new GraphRefusal(
    status,
    { error: { code, message: "Ann's secret" } },
    (name) => headers[name],
    "User.Read.All",
  );

/** Codes: https://learn.microsoft.com/graph/errors, https://learn.microsoft.com/graph/resolve-auth-errors */
it.each([
  [refusal(429, "TooManyRequests", { "retry-after": "7" }), { kind: "throttled", retryAfterMs: 7_000 }],
  [refusal(429, ""), { kind: "throttled" }],
  [refusal(509, ""), { kind: "throttled" }],
  [refusal(503, "serviceNotAvailable", { "retry-after": "3" }), { kind: "throttled", retryAfterMs: 3_000 }],
  [refusal(504, ""), { kind: "transient" }],
  [refusal(401, "InvalidAuthenticationToken"), { kind: "unauthenticated" }],
  [refusal(403, "Authorization_RequestDenied"), { kind: "denied", permission: "User.Read.All" }],
  [refusal(404, "Request_ResourceNotFound"), { kind: "notFound" }],
  [refusal(400, "Request_UnsupportedQuery"), { kind: "fatal" }],
  [refusal(400, "Directory_ExpiredPageToken"), { kind: "fatal" }],
  [refusal(403, "Directory_QuotaExceeded"), { kind: "fatal" }],
  [refusal(400, "AadPremiumLicenseRequired"), { kind: "fatal" }],
  [refusal(403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant"), { kind: "fatal" }],
  [new BatchUnfinished({ kind: "throttled", retryAfterMs: 5 }, 2), { kind: "throttled", retryAfterMs: 5 }],
  [new TokenRefused("AADSTS7000215", 401, () => undefined, undefined), { kind: "unauthenticated" }],
  [
    new TokenRefused("busy", 429, (name) => (name === "retry-after" ? "2" : undefined), undefined),
    { kind: "throttled", retryAfterMs: 2_000 },
  ],
  [
    new TokenRefused(
      "cut",
      undefined,
      () => undefined,
      Object.assign(new Error("cut"), { code: "ECONNRESET" }),
    ),
    { kind: "transient" },
  ],
  [new SyntaxError("Unexpected token A"), { kind: "fatal", message: "the answer is not valid JSON" }],
])("takes %s for what it is", (error, failure) => {
  expect(classify(error)).toMatchObject(failure);
});

it("repeats codes and never messages, which may quote data", () => {
  const error = refusal(403, "Authorization_RequestDenied");
  expect(JSON.stringify([error.message, classify(error)])).not.toContain("Ann");
  expect(refusal(400, "Ann <ann@x.example>").code).toBe("");
  expect(licenceMissing(refusal(400, "AadPremiumLicenseRequired"))).toMatch(/P2/);
});
