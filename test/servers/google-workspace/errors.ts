import type { JsonAnswer } from "../https.js";

/**
 * An error of a Google API in its two forms at once, as the APIs answer:
 * https://developers.google.com/workspace/admin/directory/v1/guides/troubleshoot-error-codes,
 * https://cloud.google.com/apis/design/errors (status and details).
 */
export function apiError(
  code: number,
  reason: string,
  message: string,
  more: { readonly domain?: string; readonly status?: string; readonly detail?: string } = {},
): JsonAnswer {
  return {
    status: code,
    body: {
      error: {
        code,
        message,
        errors: [{ message, domain: more.domain ?? "global", reason }],
        ...(more.status === undefined ? {} : { status: more.status }),
        ...(more.detail === undefined
          ? {}
          : {
              details: [
                {
                  "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                  reason: more.detail,
                  domain: "googleapis.com",
                },
              ],
            }),
      },
    },
  };
}

export const notFound = (what: string) => apiError(404, "notFound", `Resource Not Found: ${what}`);
export const badRequest = (message: string) => apiError(400, "invalid", message);
export const forbidden = () =>
  apiError(403, "forbidden", "Not Authorized to access this resource/api", { status: "PERMISSION_DENIED" });
export const scopeMissing = () =>
  apiError(403, "insufficientPermissions", "Request had insufficient authentication scopes.", {
    status: "PERMISSION_DENIED",
    detail: "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
  });
export const unauthenticated = () =>
  apiError(401, "authError", "Invalid Credentials", { status: "UNAUTHENTICATED" });

/** A refusal of the token endpoint: RFC 6749, section 5.2. */
export const tokenError = (status: number, error: string, error_description: string): JsonAnswer => ({
  status,
  body: { error, error_description },
});
