import { createPublicKey, createSign, createVerify, generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonAnswer } from "../https.js";

const AUDIENCE =
  "//iam.googleapis.com/projects/990000000001/locations/global/workloadIdentityPools/readers/providers/tests";
const GRANT_AUDIENCE = "https://oauth2.googleapis.com/token";
const READER = "exitgraph@lark-audit.iam.gserviceaccount.com";
const ISSUER = "https://issuer.larkfield.example";
const LIFE_S = 3_600;

/**
 * Google's Security Token Service and what a workload outside Google has: a signed token in a file, named by a
 * credentials file of type external_account. Tokens are exchanged for access tokens of the scopes asked for (RFC 8693),
 * and whoever sends another gets none. https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token
 */
export class TokenService {
  readonly #folder = mkdtempSync(join(tmpdir(), "exitgraph-google-"));
  readonly #pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
  readonly #issued = new Map<string, { readonly scopes: readonly string[]; readonly expiresAt: number }>();
  /** Stands in every token that is made, and in the subject token: what a canary is. */
  mark = "";
  exchanges = 0;
  /** What the service answers instead, where a test wants it to fail. */
  failing: JsonAnswer | undefined;

  /** The environment by which Application Default Credentials find the file. */
  environment(tokenUrl: string): Readonly<Record<string, string>> {
    const subject = join(this.#folder, "subject-token");
    const credentials = join(this.#folder, "credentials.json");
    writeFileSync(subject, this.#subjectToken(), { mode: 0o600 });
    const config = {
      type: "external_account",
      audience: AUDIENCE,
      subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
      token_url: tokenUrl,
      credential_source: { file: subject },
      quota_project_id: "lark-quota",
    };
    writeFileSync(credentials, JSON.stringify(config), { mode: 0o600 });
    // Named, so that the library does not go and ask which project the credentials are of.
    return { GOOGLE_APPLICATION_CREDENTIALS: credentials, GOOGLE_CLOUD_PROJECT: "lark-quota" };
  }

  /** The same with a key of a service account, which people still have. */
  keyEnvironment(): Readonly<Record<string, string>> {
    const file = join(this.#folder, "key.json");
    const key = {
      type: "service_account",
      project_id: "lark-audit",
      private_key_id: "0123456789abcdef",
      private_key: this.#pair.privateKey.export({ type: "pkcs8", format: "pem" }),
      client_email: READER,
      client_id: "100000000000000000001",
      token_uri: GRANT_AUDIENCE,
    };
    writeFileSync(file, JSON.stringify(key), { mode: 0o600 });
    return { GOOGLE_APPLICATION_CREDENTIALS: file, GOOGLE_CLOUD_PROJECT: "lark-audit" };
  }

  /** An assertion that the key signed, for an access token. https://developers.google.com/identity/protocols/oauth2/service-account */
  grant(form: URLSearchParams): JsonAnswer {
    this.exchanges += 1;
    if (form.get("grant_type") !== "urn:ietf:params:oauth:grant-type:jwt-bearer")
      return refused("unsupported_grant_type", "Unsupported grant type.");
    const assertion = form.get("assertion") ?? "";
    const trouble = this.#troubleWith(assertion, GRANT_AUDIENCE);
    if (trouble !== undefined) return refused("invalid_grant", trouble);
    const { iss, scope } = claimsOf(assertion);
    if (iss !== READER) return refused("invalid_grant", "Account not found.");
    return this.#issue(String(scope ?? ""));
  }

  /** The scopes of an access token; undefined where it is none, or has expired. */
  scopesOf(authorization: string | undefined): readonly string[] | undefined {
    const token = /^Bearer (.+)$/.exec(authorization ?? "")?.[1];
    const found = token === undefined ? undefined : this.#issued.get(token);
    return found === undefined || found.expiresAt < Date.now() ? undefined : found.scopes;
  }

  /** Access tokens and subject tokens that were made. */
  get secrets(): readonly string[] {
    return [...this.#issued.keys()];
  }

  /** No access token holds any more. */
  revoke(): void {
    this.#issued.clear();
  }

  exchange(form: URLSearchParams): JsonAnswer {
    this.exchanges += 1;
    if (this.failing !== undefined) return this.failing;
    const subject = form.get("subject_token") ?? "";
    if (form.get("grant_type") !== "urn:ietf:params:oauth:grant-type:token-exchange")
      return refused("unsupported_grant_type", "Unsupported grant type.");
    if (form.get("audience") !== AUDIENCE) return refused("invalid_target", "The audience is unknown.");
    const trouble = this.#troubleWith(subject, AUDIENCE);
    if (trouble !== undefined) return refused("invalid_grant", `${trouble}: ${subject}`);
    return this.#issue(form.get("scope") ?? "");
  }

  #issue(scope: string): JsonAnswer {
    const token = `ya29.${this.mark}${randomBytes(24).toString("hex")}`;
    const scopes = scope.split(" ").filter((scope) => scope !== "");
    this.#issued.set(token, { scopes, expiresAt: Date.now() + LIFE_S * 1000 });
    return {
      body: {
        access_token: token,
        issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
        token_type: "Bearer",
        expires_in: LIFE_S,
      },
    };
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #subjectToken(): string {
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: ISSUER,
      sub: `exitgraph${this.mark}`,
      aud: AUDIENCE,
      iat: now,
      exp: now + LIFE_S,
    };
    const signed = `${encode({ alg: "RS256", typ: "JWT" })}.${encode(claims)}`;
    const signature = createSign("RSA-SHA256").update(signed).sign(this.#pair.privateKey);
    return `${signed}.${signature.toString("base64url")}`;
  }

  #troubleWith(token: string, audience: string): string | undefined {
    const [header = "", payload = "", signature = ""] = token.split(".");
    const key = createPublicKey(this.#pair.publicKey.export({ type: "spki", format: "pem" }));
    const signed = createVerify("RSA-SHA256").update(`${header}.${payload}`);
    if (!signed.verify(key, signature, "base64url")) return "The signature is wrong";
    const { aud, exp } = claimsOf(token);
    if (aud !== audience) return "The token is for somebody else";
    if (Number(exp) * 1000 < Date.now()) return "The token has expired";
    return undefined;
  }
}

function claimsOf(token: string): Readonly<Record<string, unknown>> {
  const claims: unknown = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));
  return typeof claims === "object" && claims !== null ? Object.fromEntries(Object.entries(claims)) : {};
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
const refused = (error: string, description: string): JsonAnswer => ({
  status: 400,
  body: { error, error_description: description },
});
