// biome-ignore-all lint/suspicious/noTemplateCurlyInString: a policy variable is what is tested
import { describe, expect, it } from "vitest";
import { canonicalJson } from "../../src/model/index.js";
import { pinnedSubjects } from "./web-identity.js";

const GOOGLE = "accounts.google.com";
const TENANT = "11111111-2222-3333-4444-555555555555";
const ENTRA = `arn:aws:iam::123456789012:oidc-provider/sts.windows.net/${TENANT}/`;
const pinned = (principal: string, condition: unknown) =>
  pinnedSubjects(principal, condition === undefined ? undefined : canonicalJson(condition));

describe("pinnedSubjects", () => {
  it.each<[string, string, unknown, string, readonly string[]]>([
    [
      "Google's, with the audiences of a service account's token",
      GOOGLE,
      {
        StringEquals: {
          "accounts.google.com:sub": "1",
          "accounts.google.com:aud": "1",
          "accounts.google.com:oaud": "x",
        },
      },
      GOOGLE,
      ["1"],
    ],
    [
      "a service account's by its token's azp, which AWS calls aud",
      GOOGLE,
      { StringEquals: { "accounts.google.com:aud": "115000000000000000001" } },
      GOOGLE,
      ["115000000000000000001"],
    ],
    [
      "a service principal's of a tenant, whose issuer ends in a slash",
      ENTRA,
      { StringEquals: { [`sts.windows.net/${TENANT}/:sub`]: "0a" } },
      `sts.windows.net/${TENANT}`,
      ["0a"],
    ],
    [
      "of an issuer in another case",
      "arn:aws-cn:iam::123456789012:oidc-provider/Token.Example/Path",
      { StringEquals: { "TOKEN.example/path:SUB": "Ann" } },
      "token.example/Path",
      ["Ann"],
    ],
    ["several", GOOGLE, { StringEquals: { "accounts.google.com:sub": ["2", "1"] } }, GOOGLE, ["1", "2"]],
    [
      "by a pattern that has no wildcard, beside one that has",
      GOOGLE,
      { StringLike: { "accounts.google.com:sub": ["1", "2*"] } },
      GOOGLE,
      ["1"],
    ],
    [
      "those that all conditions let in",
      GOOGLE,
      {
        StringEquals: { "accounts.google.com:sub": ["11", "21"] },
        StringLike: { "accounts.google.com:sub": "2*" },
      },
      GOOGLE,
      ["21"],
    ],
    [
      "where the claims have to be there",
      GOOGLE,
      { StringEquals: { "accounts.google.com:sub": "1" }, Null: { "accounts.google.com:aud": "false" } },
      GOOGLE,
      ["1"],
    ],
  ])("%s", (_, principal, condition, issuer, subjects) => {
    expect(pinned(principal, condition)).toMatchObject({ issuer, subjects });
  });

  it.each<[string, string, unknown]>([
    ["no condition", GOOGLE, undefined],
    [
      "an audience only",
      GOOGLE,
      { StringEquals: { "accounts.google.com:aud": "1-x.apps.googleusercontent.com" } },
    ],
    [
      "another issuer's audience of digits",
      ENTRA,
      { StringEquals: { [`sts.windows.net/${TENANT}/:aud`]: "1" } },
    ],
    [
      "a subject whose token cannot have that azp",
      GOOGLE,
      { StringEquals: { "accounts.google.com:sub": "1", "accounts.google.com:aud": "2" } },
    ],
    ["a pattern", GOOGLE, { StringLike: { "accounts.google.com:sub": "*" } }],
    ["a policy variable", GOOGLE, { StringEquals: { "accounts.google.com:sub": "${aws:username}" } }],
    ["another provider's subject", GOOGLE, { StringEquals: { "token.example:sub": "1" } }],
    ["who it is not", GOOGLE, { StringNotEquals: { "accounts.google.com:sub": "1" } }],
    [
      "conditions that nobody meets",
      GOOGLE,
      {
        StringEquals: { "accounts.google.com:sub": "1" },
        StringLike: { "accounts.google.com:sub": "2" },
      },
    ],
    [
      "a SAML provider",
      "arn:aws:iam::123456789012:saml-provider/Okta",
      { StringEquals: { "SAML:sub": "ann" } },
    ],
  ])("nobody by %s", (_, principal, condition) => {
    expect(pinned(principal, condition)).toBeUndefined();
  });

  it.each<[string, boolean, unknown]>([
    ["spells out all", true, { StringEquals: { "accounts.google.com:sub": ["1", "2"] } }],
    [
      "spells out all under a pattern",
      true,
      { StringEquals: { "accounts.google.com:sub": "21" }, StringLike: { "accounts.google.com:sub": "2*" } },
    ],
    ["has a pattern as well", false, { StringLike: { "accounts.google.com:sub": ["1", "2*"] } }],
  ])("knows of others who get in: a condition that %s", (_, isExhaustive, condition) => {
    expect(pinned(GOOGLE, condition)?.isExhaustive).toBe(isExhaustive);
  });

  it("keeps what must hold besides", () => {
    const allow = { StringEquals: { "accounts.google.com:sub": "1", "aws:RequestedRegion": "eu-central-1" } };
    expect(pinned(GOOGLE, allow)?.condition).toBe(
      canonicalJson({ StringEquals: { "aws:RequestedRegion": "eu-central-1" } }),
    );
    const deny = [{ Bool: { "aws:SecureTransport": "false" } }];
    const whole = { allow: { StringEquals: { "accounts.google.com:sub": "1" } }, deny };
    expect(pinned(GOOGLE, whole)).toEqual({
      issuer: GOOGLE,
      subjects: ["1"],
      isExhaustive: true,
      condition: canonicalJson({ deny }),
    });
  });
});
