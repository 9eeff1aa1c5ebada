import { join } from "node:path";
import { packageRoot } from "../../src/model/index.js";
import { type Availability, installed, serversFolder } from "./availability.js";
import { startChild } from "./child.js";

const FOLDER = "moto-5.2.5";

/** The account of credentials that moto does not know, such as those of `MotoServer.credentials`. */
export const MOTO_ACCOUNT = "123456789012";

/** A policy document, as JSON. */
export type MotoDocument = Readonly<Record<string, unknown>>;

type KeyStatus = "Active" | "Inactive";

export interface MotoUser {
  readonly name: string;
  readonly path?: string;
  /** `AIDA…`; one of moto's own unless told. */
  readonly id?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** Epoch ms; the moment of seeding unless told. */
  readonly createdAt?: number;
  /** True for a console password. */
  readonly password?: boolean;
  /** One access key each; with an id of moto's own unless told. */
  readonly accessKeys?: readonly (KeyStatus | { readonly id: string; readonly status: KeyStatus })[];
  /** Names of groups of the same seed. */
  readonly groups?: readonly string[];
  /** ARNs of managed policies, AWS's own among them. */
  readonly attached?: readonly string[];
  /** Inline policies by name. */
  readonly inline?: Readonly<Record<string, MotoDocument>>;
}

/** What one account holds when the server is up; of AWS's own policies those that are attached, as AWS lists them. */
export interface MotoAccount {
  readonly policies?: readonly {
    readonly name: string;
    readonly path?: string;
    readonly document: MotoDocument;
  }[];
  readonly groups?: readonly {
    readonly name: string;
    readonly path?: string;
    readonly attached?: readonly string[];
  }[];
  readonly roles?: readonly {
    readonly name: string;
    /** `AROA…`; one of moto's own unless told. */
    readonly id?: string;
    readonly path?: string;
    readonly trust: MotoDocument;
    readonly tags?: Readonly<Record<string, string>>;
    readonly attached?: readonly string[];
    readonly inline?: Readonly<Record<string, MotoDocument>>;
  }[];
  readonly users?: readonly MotoUser[];
}

/** By account id. */
export type MotoSeed = Readonly<Record<string, MotoAccount>>;

export interface MotoOptions {
  readonly seed?: MotoSeed;
}

export interface MotoServer {
  /** For `new IAMClient({ endpoint })`, or AWS_ENDPOINT_URL. */
  readonly url: string;
  /** Accepted by every call; they stand for the account MOTO_ACCOUNT. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** The same as environment variables, for a process that is started. */
  readonly env: Readonly<Record<string, string>>;
  /** Forgets everything, the seed too. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

export function checkMoto(): Availability {
  return installed(join(FOLDER, "installed"));
}

/** Starts an AWS of its own: IAM, STS, Organizations and more; AWS's managed policies are loaded. */
export async function startMoto(options: MotoOptions = {}): Promise<MotoServer> {
  const child = await startChild({
    name: "moto",
    command: join(serversFolder(), FOLDER, "bin", "python"),
    args: [join(packageRoot(), "test", "servers", "moto", "server.py")],
    // No bytecode beside the committed script.
    env: { PYTHONDONTWRITEBYTECODE: "1" },
    input: `${JSON.stringify(options.seed ?? {})}\n`,
    ready: /^READY (\d+)$/m,
    timeoutMs: 120_000,
  });
  const url = `http://127.0.0.1:${child.said[0]}`;
  const credentials = { accessKeyId: "testing", secretAccessKey: "testing" };
  return {
    url,
    credentials,
    env: {
      AWS_ENDPOINT_URL: url,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_REGION: "us-east-1",
    },
    async reset() {
      const response = await fetch(`${url}/moto-api/reset`, { method: "POST" });
      if (!response.ok) throw new Error(`moto did not reset: HTTP ${response.status}.`);
    },
    stop: () => child.stop(),
  };
}
