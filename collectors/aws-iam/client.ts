import { IAMClient } from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { fromNodeProviderChain, fromTemporaryCredentials } from "@aws-sdk/credential-providers";
import {
  CollectError,
  type Failure,
  type OpenContext,
  type Partition,
  proxyAgents,
  retryAfterMs,
} from "../../src/collect/index.js";
import type { AwsIamConfig } from "./config.js";

/** One client per account: its connections and credentials are its own. */
export interface Session {
  client(account: string): IAMClient;
  /**
   * AWS's own time at its newest answer for an account, epoch ms to the second. A report's age is told by the same
   * clock, so a wrong one here must not make an old report look new.
   */
  awsTime(account: string): number | undefined;
  /** Account id that the caller's own credentials belong to. */
  callerAccount(): Promise<string>;
  close(): void;
}

export function openSession(context: OpenContext<AwsIamConfig>): Session {
  const { config } = context;
  const agents = proxyAgents();
  const requestHandler = { ...agents, connectionTimeout: 10_000, requestTimeout: 60_000 };
  const shared = {
    region: config.region,
    // The engine retries, so that all calls share one budget and one count.
    maxAttempts: 1,
    requestHandler,
    ...(config.endpoint === undefined ? {} : { endpoint: config.endpoint }),
  };
  // The usual chain: environment, profile, SSO, web identity, container, instance. Its own calls take the proxy too.
  const credentials = fromNodeProviderChain({
    ...(config.profile === undefined ? {} : { profile: config.profile }),
    clientConfig: { requestHandler },
  });
  const sts = new STSClient({ ...shared, credentials });
  const clients = new Map<string, IAMClient>();
  const times = new Map<string, number>();

  const clientOf = (account: string): IAMClient => {
    const role = config.accounts?.find(({ id }) => id === account)?.role;
    if (role === undefined) return new IAMClient({ ...shared, credentials });
    const arn = role.startsWith("arn:")
      ? role
      : `arn:${partitionOf(config.region)}:iam::${account}:role/${role}`;
    return new IAMClient({
      ...shared,
      credentials: fromTemporaryCredentials({
        masterCredentials: credentials,
        params: {
          RoleArn: arn,
          RoleSessionName: "exitgraph",
          ...(config.externalId === undefined ? {} : { ExternalId: config.externalId }),
        },
        clientConfig: shared,
      }),
    });
  };

  return {
    client(account) {
      const known = clients.get(account);
      if (known !== undefined) return known;
      const client = clientOf(account);
      clients.set(account, client);
      client.middlewareStack.add(
        (next) => async (args) => {
          const result = await next(args);
          const date = headerOf(result.response, "date");
          if (date !== undefined && !Number.isNaN(Date.parse(date))) times.set(account, Date.parse(date));
          return result;
        },
        { step: "deserialize", name: "exitgraphAwsTime" },
      );
      return client;
    },
    awsTime: (account) => times.get(account),
    async callerAccount() {
      const identity = await context.call("sts:GetCallerIdentity", (signal) =>
        sts.send(new GetCallerIdentityCommand({}), { abortSignal: signal }),
      );
      if (identity.Account === undefined || !/^\d{12}$/.test(identity.Account)) {
        const message = "sts:GetCallerIdentity did not say which account the credentials are of";
        throw new CollectError({ kind: "fatal", message }, message);
      }
      return identity.Account;
    },
    close() {
      sts.destroy();
      for (const client of clients.values()) client.destroy();
      agents.destroy();
    },
  };
}

/** The configured accounts; the caller's own where none are. Accounts without a role must be the caller's own. */
export async function accountsOf(session: Session, config: AwsIamConfig): Promise<readonly Partition[]> {
  if (config.accounts?.every(({ role }) => role !== undefined) === true) {
    return config.accounts.map(({ id }) => ({ id }));
  }
  const caller = await session.callerAccount();
  if (config.accounts === undefined) return [{ id: caller }];
  const foreign = config.accounts.find(({ id, role }) => role === undefined && id !== caller);
  if (foreign !== undefined) {
    const message = `account ${foreign.id} is configured without a role, and the credentials are of account ${caller}`;
    throw new CollectError({ kind: "fatal", message }, message);
  }
  return config.accounts.map(({ id }) => ({ id }));
}

/** ARNs of the sovereign regions begin otherwise. */
function partitionOf(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  if (region.startsWith("us-gov-")) return "aws-us-gov";
  return "aws";
}

const THROTTLED = new Set([
  "Throttling",
  "ThrottlingException",
  "ThrottledException",
  "RequestThrottled",
  "RequestThrottledException",
  "RequestLimitExceeded",
  "TooManyRequestsException",
  "SlowDown",
  "BandwidthLimitExceeded",
  "PriorRequestNotComplete",
  "LimitExceeded",
  "LimitExceededException",
]);
const TRANSIENT = new Set([
  "ServiceFailure",
  "ServiceFailureException",
  "ServiceUnavailable",
  "ServiceUnavailableException",
  "InternalFailure",
  "InternalError",
  "InternalServerError",
  "RequestTimeout",
  "RequestTimeoutException",
  "TimeoutError",
  "NetworkingError",
  "IDPCommunicationError",
]);
const UNAUTHENTICATED = new Set([
  "ExpiredToken",
  "ExpiredTokenException",
  "RequestExpired",
  "InvalidClientTokenId",
  "UnrecognizedClientException",
  "InvalidAccessKeyId",
  "SignatureDoesNotMatch",
  "InvalidSignatureException",
  "IncompleteSignature",
  "MissingAuthenticationToken",
  "MissingAuthenticationTokenException",
  "RequestTimeTooSkewed",
  "CredentialsProviderError",
  "TokenProviderError",
  "NotAuthorized",
]);
/** The SDK's names of what the API calls ReportInProgress, ReportExpired and ReportNotPresent. */
const REPORT_NOT_READY = new Set(["CredentialReportNotReadyException", "ReportInProgress"]);
const NOT_FOUND = new Set([
  "NoSuchEntity",
  "NoSuchEntityException",
  "CredentialReportExpiredException",
  "ReportExpired",
  "CredentialReportNotPresentException",
  "ReportNotPresent",
]);
const DENIED = new Set([
  "AccessDenied",
  "AccessDeniedException",
  "UnauthorizedOperation",
  "AuthorizationError",
  "UnauthorizedException",
]);

/** IAM makes the report in the background: asked again after a pause, it says so until it is done. */
export class ReportNotReady extends Error {
  constructor() {
    super("the credential report is still being made");
  }
}
const REPORT_PAUSE_MS = 3_000;

/**
 * What an error of the SDK means. Error codes are those of the IAM and STS API references, "Common errors", and of
 * the SDK's own list of throttling codes.
 */
export function classify(error: unknown): Failure {
  if (!(error instanceof Error))
    return { kind: "fatal", message: "an error that is not an Error was thrown" };
  const { name, message } = error;
  const status = statusOf(error);
  if (error instanceof ReportNotReady || REPORT_NOT_READY.has(name)) {
    return { kind: "transient", retryAfterMs: REPORT_PAUSE_MS };
  }
  if (name === "AbortError") return { kind: "aborted" };
  if (THROTTLED.has(name) || status === 429) return { kind: "throttled", ...retryAfter(error) };
  if (DENIED.has(name)) {
    return { kind: "denied", permission: permissionIn(message), message };
  }
  // AWS repeats the signed request, with the session token in it, when a signature is wrong.
  if (/signature/i.test(name)) return { kind: "unauthenticated", message: name };
  if (UNAUTHENTICATED.has(name)) return { kind: "unauthenticated", message };
  if (NOT_FOUND.has(name)) return { kind: "notFound", message };
  if (TRANSIENT.has(name) || (status !== undefined && status >= 500))
    return { kind: "transient", ...retryAfter(error) };
  if (status === 401) return { kind: "unauthenticated", message };
  if (status === 403) return { kind: "denied", permission: permissionIn(message), message };
  return { kind: "fatal", message };
}

/** `… is not authorized to perform: iam:ListAccessKeys on resource: …` */
function permissionIn(message: string): string {
  return /not authorized to perform: ([a-z0-9-]+:[A-Za-z0-9]+)/.exec(message)?.[1] ?? "an IAM permission";
}

function statusOf(error: Error): number | undefined {
  if (!("$metadata" in error) || typeof error.$metadata !== "object" || error.$metadata === null)
    return undefined;
  const metadata = error.$metadata;
  return "httpStatusCode" in metadata && typeof metadata.httpStatusCode === "number"
    ? metadata.httpStatusCode
    : undefined;
}

function retryAfter(error: Error): { readonly retryAfterMs?: number } {
  const wait = retryAfterMs(
    headerOf("$response" in error ? error.$response : undefined, "retry-after"),
    Date.now(),
  );
  return wait === undefined ? {} : { retryAfterMs: wait };
}

function headerOf(response: unknown, name: string): string | undefined {
  if (typeof response !== "object" || response === null || !("headers" in response)) return undefined;
  const headers: unknown = response.headers;
  if (typeof headers !== "object" || headers === null) return undefined;
  const found: unknown = Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
  return typeof found === "string" ? found : undefined;
}
