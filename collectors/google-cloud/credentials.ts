import { type AuthClient, GoogleAuth } from "google-auth-library";
import { networkFailure, type ProxyAgents } from "../../src/collect/index.js";
import { CredentialsError, TokenServiceError } from "./errors.js";

/** Resource Manager reads, policies included, take it. https://cloud.google.com/resource-manager/reference/rest/v3/projects/list */
const READ_ONLY = "https://www.googleapis.com/auth/cloud-platform.read-only";
/** The IAM API names no read-only scope. https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts/list */
const IAM = "https://www.googleapis.com/auth/iam";

export interface Credentials {
  /** For Resource Manager. */
  readonly manager: AuthClient;
  /** For the IAM API. */
  readonly iam: AuthClient;
}

/**
 * Application Default Credentials: GOOGLE_APPLICATION_CREDENTIALS (a service account's key, workload identity
 * federation), what `gcloud auth application-default login` left, or the machine's own account. A quota project comes
 * with them or from GOOGLE_CLOUD_QUOTA_PROJECT. Throws CredentialsError where there are none.
 */
export async function openCredentials(agents: ProxyAgents): Promise<Credentials> {
  const client = (scope: string) =>
    new GoogleAuth({
      scopes: [scope],
      clientOptions: { transporterOptions: { agent: agents.httpsAgent } },
    }).getClient();
  try {
    return { manager: await client(READ_ONLY), iam: await client(IAM) };
  } catch (error) {
    if (networkFailure(error) !== undefined) throw error;
    throw new CredentialsError(
      "there are no Application Default Credentials that can be read; set GOOGLE_APPLICATION_CREDENTIALS, or run gcloud auth application-default login",
      error,
    );
  }
}

/** Headers of one request: the access token, fetched anew when it is about to expire, and the quota project. */
export async function headersOf(client: AuthClient, url: string): Promise<Readonly<Record<string, string>>> {
  try {
    const headers = await client.getRequestHeaders(url);
    return Object.fromEntries(headers.entries());
  } catch (error) {
    const status = statusOf(error);
    if (networkFailure(error) !== undefined) throw error;
    if (status !== undefined && (status >= 500 || status === 429)) throw new TokenServiceError(status);
    throw new CredentialsError(
      `no access token was given${status === undefined ? "" : ` (HTTP ${status})`}; the credentials may have been revoked, or may have expired`,
      error,
    );
  }
}

function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  if ("status" in error && typeof error.status === "number") return error.status;
  const response = "response" in error ? error.response : undefined;
  if (typeof response !== "object" || response === null || !("status" in response)) return undefined;
  return typeof response.status === "number" ? response.status : undefined;
}
