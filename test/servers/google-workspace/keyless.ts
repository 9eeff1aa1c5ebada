import { z } from "zod";
import type { JsonAnswer, JsonCall } from "../https.js";
import { unauthenticated } from "./errors.js";
import type { Grants } from "./grants.js";

const SUBJECT_TOKEN = "token-of-the-machine-itself";
const FEDERATED = "federated-access-token";
const IMPERSONATED = "access-token-of-the-service-account";

/**
 * Workload identity federation: a machine exchanges its own token for one of Google, acts as a service account with it,
 * and has the IAM Credentials API sign in its name. https://cloud.google.com/iam/docs/workload-identity-federation,
 * https://cloud.google.com/iam/docs/reference/sts/rest, https://cloud.google.com/iam/docs/reference/credentials/rest
 */
export const keyless = {
  subjectToken: SUBJECT_TOKEN,

  /** A credential configuration, as `gcloud iam workload-identity-pools create-cred-config` writes it. */
  credentials: (url: string, email: string, subjectTokenFile: string) => ({
    type: "external_account",
    audience:
      "//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/machines/providers/own",
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    token_url: `${url}/v1/token`,
    service_account_impersonation_url: `${url}/v1/projects/-/serviceAccounts/${email}:generateAccessToken`,
    credential_source: { file: subjectTokenFile },
  }),

  answer(call: JsonCall, grants: Grants): JsonAnswer | undefined {
    const { pathname } = call.url;
    if (pathname === "/v1/token") {
      const form = new URLSearchParams(typeof call.body === "string" ? call.body : "");
      if (form.get("subject_token") !== SUBJECT_TOKEN)
        return {
          status: 400,
          body: { error: "invalid_grant", error_description: "The token is not valid." },
        };
      return {
        body: {
          access_token: FEDERATED,
          issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
          token_type: "Bearer",
          expires_in: 3600,
        },
      };
    }
    const account = `/v1/projects/-/serviceAccounts/${grants.email}`;
    if (pathname === `${account}:generateAccessToken`) {
      if (call.headers.authorization !== `Bearer ${FEDERATED}`) return unauthenticated();
      const expireTime = new Date(Date.now() + 3_600_000).toISOString();
      return { body: { accessToken: IMPERSONATED, expireTime } };
    }
    if (pathname === `${account}:signBlob`) {
      if (call.headers.authorization !== `Bearer ${IMPERSONATED}`) return unauthenticated();
      const asked = z.object({ payload: z.string() }).safeParse(call.body);
      if (!asked.success)
        return { status: 400, body: { error: { code: 400, message: "payload is required" } } };
      return { body: { keyId: "systemkey", signedBlob: grants.signBlob(asked.data.payload) } };
    }
    return undefined;
  },
};
