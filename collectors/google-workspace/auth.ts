import { GoogleAuth } from "google-auth-library";
import { z } from "zod";
import { type HttpResponse, type ProxyAgents, request } from "../../src/collect/index.js";

/** Google's answer where it gives no token. It holds no token and no address. */
export class TokenRefused extends Error {
  readonly response: HttpResponse;
  readonly scope: string;
  /** True where the token is for the administrator, false where it is for the owner of a mailbox. */
  readonly forAdmin: boolean;
  /** `unauthorized_client`, `invalid_grant`, … */
  readonly code: string;
  readonly description: string;
  /** The service account, and the client id by which the Admin console knows it. */
  readonly account: string;

  constructor(response: HttpResponse, scope: string, forAdmin: boolean, account: string) {
    const said = refusal.safeParse(jsonOf(response));
    const code = said.success ? said.data.error : `HTTP ${response.status}`;
    super(`Google gave no token: ${code}`);
    this.name = "TokenRefused";
    this.response = response;
    this.scope = scope;
    this.forAdmin = forAdmin;
    this.code = code;
    this.description = said.success ? (said.data.error_description ?? "") : "";
    this.account = account;
  }
}

/** The credentials of the environment cannot be used. The message says why, without their content. */
export class CredentialsUnusable extends Error {}

const refusal = z.object({ error: z.string(), error_description: z.string().optional() });
const granted = z.object({ access_token: z.string().min(1), expires_in: z.number().default(3600) });
const keyFile = z.object({ client_id: z.string() });

/** https://developers.google.com/identity/protocols/oauth2/service-account#httprest: always this, wherever it is sent. */
const AUDIENCE = "https://oauth2.googleapis.com/token";
const GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const LIFETIME_S = 3600;
/** A token that ends while a call is under way is of no use. */
const EARLY_MS = 60_000;

interface Token {
  readonly token: string;
  /** Epoch ms. */
  readonly until: number;
}

export interface AuthSettings {
  readonly agents: ProxyAgents;
  readonly adminSubject: string;
  readonly tokenUrl: string;
  readonly iamCredentialsUrl: string;
}

export interface Tokens {
  /** A token for the administrator, from memory while it lasts. */
  admin(scope: string, signal: AbortSignal): Promise<{ readonly token: string; readonly fresh: boolean }>;
  /** A token for one user, for one call. */
  user(address: string, scope: string, signal: AbortSignal): Promise<string>;
  forget(scope: string): void;
}

/**
 * Access tokens by domain-wide delegation: the service account signs that it acts for a user, and Google gives a token
 * of that user for one scope. One scope at a time, because Google refuses all where one of several is not granted.
 *
 * The signature is made with the private key of the file that GOOGLE_APPLICATION_CREDENTIALS names; credentials
 * without a key (workload identity federation, a service account of Google Cloud) have it made by the IAM Credentials
 * API, which the library calls and retries itself.
 */
export function openTokens(settings: AuthSettings): Tokens {
  const auth = new GoogleAuth({
    scopes: ["https://www.googleapis.com/auth/cloud-platform"],
    // Nobody needs it, and the library would ask Google for it where the credentials name none.
    projectId: "-",
  });
  const kept = new Map<string, Token>();
  const underWay = new Map<string, Promise<Token>>();

  const fetchToken = async (subject: string, scope: string, signal: AbortSignal): Promise<Token> => {
    const email = await accountOf(auth);
    const forAdmin = subject === settings.adminSubject;
    const iat = Math.floor(Date.now() / 1000);
    const claims = { iss: email, sub: subject, scope, aud: AUDIENCE, iat, exp: iat + LIFETIME_S };
    const unsigned = [{ alg: "RS256", typ: "JWT" }, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
      .join(".");
    const signature = await sign(auth, unsigned, settings.iamCredentialsUrl);
    const body = new URLSearchParams({ grant_type: GRANT, assertion: `${unsigned}.${signature}` }).toString();
    const headers = { "content-type": "application/x-www-form-urlencoded", accept: "application/json" };
    const response = await request(settings.agents, {
      method: "POST",
      url: settings.tokenUrl,
      headers,
      body,
      signal,
    });
    const answer = granted.safeParse(jsonOf(response));
    if (response.status !== 200 || !answer.success) {
      const client = keyFile.safeParse(auth.jsonContent);
      const account = client.success ? `${email} (client id ${client.data.client_id})` : email;
      throw new TokenRefused(response, scope, forAdmin, account);
    }
    return { token: answer.data.access_token, until: Date.now() + answer.data.expires_in * 1000 - EARLY_MS };
  };

  return {
    async admin(scope, signal) {
      const known = kept.get(scope);
      if (known !== undefined && known.until > Date.now()) return { token: known.token, fresh: false };
      // Calls that begin together share one token. What ends another's call must not end this one.
      const another = underWay.get(scope);
      if (another !== undefined) {
        const shared = await another.catch(() => undefined);
        if (shared !== undefined) return { token: shared.token, fresh: true };
      }
      const fetching = fetchToken(settings.adminSubject, scope, signal);
      underWay.set(scope, fetching);
      try {
        const made = await fetching;
        kept.set(scope, made);
        return { token: made.token, fresh: true };
      } finally {
        if (underWay.get(scope) === fetching) underWay.delete(scope);
      }
    },
    user: async (address, scope, signal) => (await fetchToken(address, scope, signal)).token,
    forget: (scope) => {
      kept.delete(scope);
    },
  };
}

async function accountOf(auth: GoogleAuth): Promise<string> {
  let email: string | undefined;
  try {
    email = (await auth.getCredentials()).client_email;
  } catch (error) {
    throw unusable(error);
  }
  if (email !== undefined) return email;
  throw new CredentialsUnusable(
    "the credentials are not those of a service account: name its key file in GOOGLE_APPLICATION_CREDENTIALS",
  );
}

async function sign(auth: GoogleAuth, text: string, iamCredentialsUrl: string): Promise<string> {
  try {
    const signed = await auth.sign(text, `${iamCredentialsUrl}/v1/projects/-/serviceAccounts/`);
    return Buffer.from(signed, "base64").toString("base64url");
  } catch (error) {
    throw unusable(error);
  }
}

/** Messages of the library may quote a file or an answer: only what kind of error it was is kept. */
function unusable(error: unknown): Error {
  if (error instanceof Error && "response" in error && error.response !== undefined) return error;
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
  const file = process.env.GOOGLE_APPLICATION_CREDENTIALS;
  const what =
    file === undefined || file === ""
      ? "GOOGLE_APPLICATION_CREDENTIALS is not set, and no other credentials of Google were found"
      : code === "ENOENT"
        ? "the file that GOOGLE_APPLICATION_CREDENTIALS names does not exist"
        : "the credentials that GOOGLE_APPLICATION_CREDENTIALS names cannot be used";
  return new CredentialsUnusable(code === "" || code === "ENOENT" ? what : `${what} (${code})`);
}

function jsonOf(response: HttpResponse): unknown {
  try {
    const body: unknown = JSON.parse(response.body.toString("utf8"));
    return body;
  } catch {
    return undefined;
  }
}
