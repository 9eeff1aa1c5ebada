import { z } from "zod";

const claims = z.object({ roles: z.array(z.string()) });

/**
 * The application permissions that an access token names: https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference.
 * Of what form a token for Graph is, Entra ID does not promise, so one that cannot be read names none. Nor does the token
 * of a user (`scp`): what that one may see is up to the user's own roles as well.
 */
export function rolesOf(token: string): readonly string[] {
  const [, payload = ""] = token.split(".");
  try {
    const parsed: unknown = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
    return claims.safeParse(parsed).data?.roles ?? [];
  } catch {
    return [];
  }
}
