import { resolve } from "node:path";
import {
  ClientCertificateCredential,
  ClientSecretCredential,
  DefaultAzureCredential,
  type TokenCredentialOptions,
} from "@azure/identity";
import { type HttpResponse, type ProxyAgents, request } from "../../src/collect/index.js";
import { InputError } from "../../src/model/index.js";
import type { EntraConfig } from "./config.js";
import { TokenRefused } from "./errors.js";

type HttpClient = NonNullable<TokenCredentialOptions["httpClient"]>;
type SentRequest = Parameters<HttpClient["sendRequest"]>[0];
type Credential = Pick<ClientSecretCredential, "getToken">;

/** Seconds that the library waits by itself after a 429 or 5xx that names no time. */
const OWN_WAIT = "60";

/** What became of the newest call: the library's errors do not say it. */
interface Seen {
  readonly failed?: unknown;
  readonly answered?: HttpResponse;
}

export interface Tokens {
  /** A token for Microsoft Graph. Throws TokenRefused. */
  get(): Promise<string>;
}

/** Hosts whose instance discovery Microsoft answers itself; any other is a private or a test authority. */
const MICROSOFT_AUTHORITIES = new Set([
  "https://login.microsoftonline.com",
  "https://login.microsoftonline.us",
  "https://login.chinacloudapi.cn",
  "https://login.partner.microsoftonline.cn",
]);

/**
 * Tokens of the credential that the configuration or the environment names. What @azure/identity asks over HTTP goes
 * the way of all other calls, so proxies and private CAs count for it too; it does not retry, since the engine does.
 */
export function openTokens(options: {
  readonly config: EntraConfig;
  readonly agents: ProxyAgents;
  readonly signal: AbortSignal;
  readonly source: string;
  readonly baseDir: string;
}): Tokens {
  const { config, agents, signal } = options;
  let seen: Seen = {};
  const httpClient: HttpClient = {
    async sendRequest(asked) {
      try {
        const answer = await send(agents, asked, signal);
        seen = { answered: answer };
        return {
          request: asked,
          status: answer.status,
          headers: headersOf(answer.headers),
          bodyAsText: answer.body.toString("utf8"),
        };
      } catch (error) {
        seen = { failed: error };
        throw error;
      }
    },
  };
  const credential = credentialOf(options, {
    authorityHost: config.authority,
    disableInstanceDiscovery: !MICROSOFT_AUTHORITIES.has(config.authority),
    additionallyAllowedTenants: [config.tenantId],
    retryOptions: { maxRetries: 0 },
    httpClient,
  });
  const scope = `${config.endpoint}/.default`;
  let asked: Promise<string> | undefined;
  let refused: TokenRefused | undefined;
  const refusalOf = (error: unknown): TokenRefused => {
    const { failed, answered } = seen;
    if (failed !== undefined)
      return new TokenRefused("Entra ID did not answer", undefined, () => undefined, failed);
    // The library remembers by itself that it was throttled, and then asks nobody.
    if (answered === undefined && refused !== undefined) return refused;
    const header = (name: string) =>
      answered?.header(name) ?? (name === "retry-after" ? OWN_WAIT : undefined);
    return new TokenRefused(refusalText(error), answered?.status, header, undefined);
  };
  const ask = async (): Promise<string> => {
    seen = {};
    try {
      const token = await credential.getToken(scope, { tenantId: config.tenantId });
      if (token !== null) return token.token;
    } catch (error) {
      refused = refusalOf(error);
      throw refused;
    }
    throw new TokenRefused("no credential was found", undefined, () => undefined, undefined);
  };
  return {
    // One at a time: the credential keeps the token until it is about to expire.
    get() {
      asked ??= ask().finally(() => {
        asked = undefined;
      });
      return asked;
    },
  };
}

function credentialOf(
  {
    config,
    source,
    baseDir,
  }: { readonly config: EntraConfig; readonly source: string; readonly baseDir: string },
  shared: NonNullable<ConstructorParameters<typeof ClientSecretCredential>[3]>,
): Credential {
  const { tenantId, clientId, secretVariable, certificateFile } = config;
  if (clientId !== undefined && secretVariable !== undefined) {
    const secret = process.env[secretVariable];
    if (secret === undefined || secret === "") {
      throw new InputError({
        what: `The environment variable ${secretVariable}, which holds the client secret of the source ${source}, is not set.`,
        fix: "Set it, or leave secretVariable out and use AZURE_CLIENT_ID and AZURE_CLIENT_SECRET.",
        source,
      });
    }
    return new ClientSecretCredential(tenantId, clientId, secret, shared);
  }
  if (clientId !== undefined && certificateFile !== undefined) {
    return new ClientCertificateCredential(tenantId, clientId, resolve(baseDir, certificateFile), shared);
  }
  // Environment, workload identity, managed identity, Azure CLI: https://aka.ms/azsdk/js/identity/credential-chains
  return new DefaultAzureCredential({
    ...shared,
    tenantId,
    ...(clientId === undefined
      ? {}
      : { managedIdentityClientId: clientId, workloadIdentityClientId: clientId }),
  });
}

function send(agents: ProxyAgents, asked: SentRequest, signal: AbortSignal): Promise<HttpResponse> {
  const { body, method } = asked;
  if (method !== "GET" && method !== "POST") throw new Error(`@azure/identity asks with ${method}`);
  if (body !== undefined && body !== null && typeof body !== "string") {
    throw new Error("@azure/identity sends a body that is no text");
  }
  return request(agents, {
    method,
    url: asked.url,
    // The length is counted anew, and only gzip is unpacked.
    headers: Object.fromEntries(
      [...asked.headers].filter(
        ([name]) => !["content-length", "accept-encoding"].includes(name.toLowerCase()),
      ),
    ),
    ...(typeof body === "string" ? { body } : {}),
    signal,
  });
}

/** Headers in the form that @azure/core-rest-pipeline reads them. */
function headersOf(headers: Readonly<Record<string, string>>): SentRequest["headers"] {
  const held = new Map(Object.entries(headers).filter(([name]) => name !== "content-encoding"));
  return {
    get: (name) => held.get(name.toLowerCase()),
    has: (name) => held.has(name.toLowerCase()),
    set: (name, value) => {
      held.set(name.toLowerCase(), String(value));
    },
    delete: (name) => {
      held.delete(name.toLowerCase());
    },
    // The library below looks for this one in capitals, and waits a minute where it does not find it.
    toJSON: () => {
      const after = held.get("retry-after");
      return { ...Object.fromEntries(held), ...(after === undefined ? {} : { "Retry-After": after }) };
    },
    [Symbol.iterator]: () => held.entries(),
  };
}

/** What Entra ID says of it in its own numbers; descriptions repeat names and ids, and are left out. */
function refusalText(error: unknown): string {
  const texts: string[] = [];
  const look = (value: unknown, depth: number) => {
    if (!(value instanceof Error) || depth > 4) return;
    texts.push(value.message);
    look(value.cause, depth + 1);
    if ("errors" in value && Array.isArray(value.errors))
      for (const inner of value.errors) look(inner, depth + 1);
  };
  look(error, 0);
  const codes = [...new Set(texts.flatMap((text) => text.match(/AADSTS\d{4,9}/g) ?? []))];
  if (codes.length > 0) {
    return `Entra ID gave no token: ${codes.join(", ")} (https://login.microsoftonline.com/error explains it)`;
  }
  return "no credential worked: set AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_CLIENT_SECRET (or AZURE_CLIENT_CERTIFICATE_PATH), or sign in with az login";
}
