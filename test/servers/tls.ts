import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generate } from "selfsigned";

/**
 * The certificate of the test servers that speak TLS. Node reads NODE_EXTRA_CA_CERTS once, when a process starts: so
 * it is made before the processes of the tests are, and every client trusts it as it would a company's own CA.
 */
export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
}

const FOLDER = "EXITGRAPH_TEST_TLS";

/** Makes the certificate and names it in the environment, which processes started from here on inherit. Returns what undoes it. */
export async function installTestCertificate(): Promise<() => void> {
  // Projects of tests that run beside each other share it.
  if (process.env[FOLDER] !== undefined) return () => undefined;
  const made = await generate([{ name: "commonName", value: "exitgraph test servers" }], {
    keySize: 2048,
    algorithm: "sha256",
    extensions: [
      { name: "basicConstraints", cA: true },
      {
        name: "subjectAltName",
        altNames: [
          { type: 2, value: "localhost" },
          // Google's library takes a service account's tokens from nowhere else; a test's proxy leads it here.
          { type: 2, value: "oauth2.googleapis.com" },
          { type: 7, ip: "127.0.0.1" },
        ],
      },
    ],
  });
  const folder = mkdtempSync(join(tmpdir(), "exitgraph-tls-"));
  const certFile = join(folder, "cert.pem");
  writeFileSync(certFile, made.cert, { mode: 0o600 });
  writeFileSync(join(folder, "key.pem"), made.private, { mode: 0o600 });
  const before = {
    folder: process.env[FOLDER],
    extra: process.env.NODE_EXTRA_CA_CERTS,
    grpc: process.env.GRPC_DEFAULT_SSL_ROOTS_FILE_PATH,
  };
  process.env[FOLDER] = folder;
  process.env.NODE_EXTRA_CA_CERTS = certFile;
  // Where it is set gRPC trusts nothing else, and it too is read once.
  delete process.env.GRPC_DEFAULT_SSL_ROOTS_FILE_PATH;
  return () => {
    restore(FOLDER, before.folder);
    restore("NODE_EXTRA_CA_CERTS", before.extra);
    restore("GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", before.grpc);
    rmSync(folder, { recursive: true, force: true });
  };
}

function restore(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}

/** The certificate that was installed before this process started. */
export function testCertificate(): TestCertificate {
  const folder = process.env[FOLDER];
  if (folder === undefined)
    throw new Error("no certificate: it is made by the set-up of the tests with servers");
  return {
    cert: readFileSync(join(folder, "cert.pem"), "utf8"),
    key: readFileSync(join(folder, "key.pem"), "utf8"),
  };
}
