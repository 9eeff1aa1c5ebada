import { expect, it } from "vitest";
import { rolesOf } from "./token-roles.js";

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

it("reads the application permissions of a token, and of what is no such token none", () => {
  // https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference#payload-claims
  const token = (payload: unknown) => `${encoded({ typ: "JWT", alg: "RS256" })}.${encoded(payload)}.c2lnbmVk`;
  expect(rolesOf(token({ roles: ["Member.Read.Hidden"], tid: "t" }))).toEqual(["Member.Read.Hidden"]);
  expect(rolesOf(token({ scp: "Member.Read.Hidden" }))).toEqual([]);
  for (const payload of [null, [], { roles: "Member.Read.Hidden" }, { roles: [1] }])
    expect(rolesOf(token(payload))).toEqual([]);
  for (const opaque of ["", "EwBgA8l6BAAU", "a.b.c", "..", "a.bm90IGpzb24.c"])
    expect(rolesOf(opaque)).toEqual([]);
});
