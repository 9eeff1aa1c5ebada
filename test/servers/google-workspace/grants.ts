import { createPublicKey, createVerify, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { z } from "zod";
import type { JsonAnswer, JsonCall } from "../https.js";
import { tokenError } from "./errors.js";
import type { WorkspaceState } from "./state.js";

/** Where assertions must be meant for, wherever they are sent. https://developers.google.com/identity/protocols/oauth2/service-account#jwt-auth */
const AUDIENCE = "https://oauth2.googleapis.com/token";
const GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";

const header = z.object({ alg: z.literal("RS256"), typ: z.string().optional() });
const claims = z.object({
  iss: z.string(),
  sub: z.string().optional(),
  scope: z.string().min(1),
  aud: z.string(),
  iat: z.number(),
  exp: z.number(),
});

export interface Granted {
  /** The user that the token acts for. */
  readonly subject: string;
  readonly scopes: ReadonlySet<string>;
}

/** A service account with domain-wide delegation, and the tokens that were given to it. */
export class Grants {
  readonly email = "exitgraph@reader-project.iam.gserviceaccount.com";
  readonly clientId = "112233445566778899001";
  readonly privateKey: string;
  readonly #publicKey: string;
  /** Scopes that an administrator has authorised for the client id. */
  readonly authorised = new Set<string>();
  readonly #tokens = new Map<string, Granted>();
  /** Stands in every token that is given. */
  mark = "";

  constructor() {
    const pair = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
    });
    this.privateKey = pair.privateKey;
    this.#publicKey = pair.publicKey;
  }

  /** The key file that the Cloud console makes. https://cloud.google.com/iam/docs/keys-create-delete */
  keyFile(privateKeyId: string): string {
    return JSON.stringify({
      type: "service_account",
      project_id: "reader-project",
      private_key_id: privateKeyId,
      private_key: this.privateKey,
      client_email: this.email,
      client_id: this.clientId,
      auth_uri: "https://accounts.google.com/o/oauth2/auth",
      token_uri: AUDIENCE,
      universe_domain: "googleapis.com",
    });
  }

  /** Every token that was given. */
  get tokens(): readonly string[] {
    return [...this.#tokens.keys()];
  }

  holder(token: string): Granted | undefined {
    return this.#tokens.get(token);
  }

  /** All tokens end. */
  revoke(): void {
    this.#tokens.clear();
  }

  /** What the IAM Credentials API makes of a payload: the signature that the private key would. */
  signBlob(payload: string): string {
    return sign("RSA-SHA256", Buffer.from(payload, "base64"), this.privateKey).toString("base64");
  }

  /** For which scope an assertion asks, without believing it: what a fault is planned by. */
  static scopeOf(call: JsonCall): string | undefined {
    const assertion = new URLSearchParams(typeof call.body === "string" ? call.body : "").get("assertion");
    const said = claims.safeParse(partOf(assertion?.split(".")[1]));
    return said.success ? said.data.scope : undefined;
  }

  /**
   * https://developers.google.com/identity/protocols/oauth2/service-account#httprest and #error-codes: the assertion is
   * verified, and every scope of it must have been authorised for the client.
   */
  answer(call: JsonCall, state: WorkspaceState): JsonAnswer {
    const form = new URLSearchParams(typeof call.body === "string" ? call.body : "");
    if (call.method !== "POST" || form.get("grant_type") !== GRANT)
      return tokenError(400, "unsupported_grant_type", "Invalid grant_type");
    const [head = "", body = "", signature = ""] = (form.get("assertion") ?? "").split(".");
    const said = claims.safeParse(partOf(body));
    if (!header.safeParse(partOf(head)).success || !said.success)
      return tokenError(400, "invalid_grant", "Invalid JWT: Token must be a short-lived token");
    const { iss, sub, scope, aud, iat, exp } = said.data;
    const signed = createVerify("RSA-SHA256")
      .update(`${head}.${body}`)
      .verify(createPublicKey(this.#publicKey), signature, "base64url");
    if (!signed || iss !== this.email) return tokenError(400, "invalid_grant", "Invalid JWT Signature.");
    const now = Date.now() / 1000;
    if (aud !== AUDIENCE || exp <= now || iat > now + 60 || exp - iat > 3600)
      return tokenError(400, "invalid_grant", "Invalid JWT: Token must be a short-lived token");
    const scopes = scope.split(" ");
    if (!scopes.every((one) => this.authorised.has(one)))
      return tokenError(
        401,
        "unauthorized_client",
        "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes requested.",
      );
    const subject = state.users.find(({ primaryEmail }) => primaryEmail === sub)?.primaryEmail;
    if (subject === undefined) return tokenError(400, "invalid_grant", "Invalid email or User ID");
    const token = `ya29.${this.mark}${randomBytes(24).toString("base64url")}`;
    this.#tokens.set(token, { subject, scopes: new Set(scopes) });
    return { body: { access_token: token, expires_in: 3599, token_type: "Bearer" } };
  }
}

function partOf(text: string | undefined): unknown {
  try {
    const part: unknown = JSON.parse(Buffer.from(text ?? "", "base64url").toString("utf8"));
    return part;
  } catch {
    return undefined;
  }
}
