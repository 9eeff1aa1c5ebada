import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { proxyFor } from "./proxy.js";

const run = promisify(execFile);
const file = (path: string) => fileURLToPath(new URL(`../../test/child/${path}`, import.meta.url));

describe("proxyFor", () => {
  const to = (url: string, environment: Record<string, string>) => {
    const { protocol, hostname, port } = new URL(url);
    const secure = protocol === "https:";
    return proxyFor({ secure, host: hostname, port: Number(port || (secure ? 443 : 80)) }, environment)?.href;
  };
  it.each<[string, Record<string, string>, string | undefined]>([
    ["https://iam.amazonaws.com", {}, undefined],
    ["https://iam.amazonaws.com", { HTTPS_PROXY: "http://p:3128" }, "http://p:3128/"],
    [
      "https://iam.amazonaws.com",
      { https_proxy: "http://p:3128", HTTPS_PROXY: "http://q:1" },
      "http://p:3128/",
    ],
    ["https://iam.amazonaws.com", { HTTPS_PROXY: "p.corp:3128" }, "http://p.corp:3128/"],
    ["https://iam.amazonaws.com", { HTTPS_PROXY: "http://me:secret@p:3128" }, "http://me:secret@p:3128/"],
    ["https://iam.amazonaws.com", { HTTP_PROXY: "http://p:3128" }, undefined],
    ["http://iam.amazonaws.com", { HTTP_PROXY: "http://p:3128" }, "http://p:3128/"],
    ["https://iam.amazonaws.com", { ALL_PROXY: "http://p:3128" }, "http://p:3128/"],
    ["https://iam.amazonaws.com", { HTTPS_PROXY: "http://p", NO_PROXY: "*" }, undefined],
    ["https://iam.amazonaws.com", { HTTPS_PROXY: "http://p", NO_PROXY: "x, amazonaws.com" }, undefined],
    ["https://iam.amazonaws.com", { HTTPS_PROXY: "http://p", no_proxy: ".AmazonAws.com" }, undefined],
    ["https://iam.amazonaws.com", { HTTPS_PROXY: "http://p", NO_PROXY: "*.amazonaws.com" }, undefined],
    ["https://notamazonaws.com", { HTTPS_PROXY: "http://p", NO_PROXY: "amazonaws.com" }, "http://p/"],
    ["https://db.corp:8443", { HTTPS_PROXY: "http://p", NO_PROXY: "db.corp:443" }, "http://p/"],
    ["https://db.corp:8443", { HTTPS_PROXY: "http://p", NO_PROXY: "db.corp:8443" }, undefined],
    ["https://10.1.2.3", { HTTPS_PROXY: "http://p", NO_PROXY: "10.0.0.0/8" }, undefined],
    ["https://11.1.2.3", { HTTPS_PROXY: "http://p", NO_PROXY: "10.0.0.0/8,10.0.0.0/99" }, "http://p/"],
    ["https://[::1]:9000", { HTTPS_PROXY: "http://p", NO_PROXY: "[::1]:9000" }, undefined],
    ["https://[fd00::5]", { HTTPS_PROXY: "http://p", NO_PROXY: "fd00::/8" }, undefined],
  ])("%s with %j goes through %s", (url, environment, expected) => {
    expect(to(url, environment)).toBe(expected);
  });
});

describe("agents", () => {
  let dir: string;
  let secure: Server;
  let plain: Server;
  let proxy: Server;
  let through: string[];
  const port = (server: Server) => {
    const address = server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  };
  const listen = (server: Server) => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "exitgraph-proxy-"));
    const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: dir, stdio: "pipe" });
    writeFileSync(join(dir, "san"), "subjectAltName=DNS:iam.system.test,IP:127.0.0.1");
    openssl(
      "req",
      "-x509",
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-keyout",
      "ca.key",
      "-out",
      "ca.pem",
      "-days",
      "2",
      "-subj",
      "/CN=Private CA",
    );
    openssl(
      "req",
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-keyout",
      "tls.key",
      "-out",
      "tls.csr",
      "-subj",
      "/CN=system",
    );
    openssl(
      "x509",
      "-req",
      "-in",
      "tls.csr",
      "-CA",
      "ca.pem",
      "-CAkey",
      "ca.key",
      "-CAcreateserial",
      "-out",
      "tls.pem",
      "-days",
      "2",
      "-extfile",
      "san",
    );
    secure = createSecureServer(
      { key: readFileSync(join(dir, "tls.key")), cert: readFileSync(join(dir, "tls.pem")) },
      (_, response) => response.end("over TLS"),
    );
    plain = createServer((_, response) => response.end("plain"));
    through = [];
    // Knows where the systems are; their names resolve nowhere else.
    proxy = createServer((request, response) => {
      through.push(`GET ${request.url ?? ""}`);
      response.end("by proxy");
    });
    proxy.on("connect", (request, client) => {
      through.push(`CONNECT ${request.url ?? ""} ${request.headers["proxy-authorization"] ?? ""}`.trim());
      if (request.url?.startsWith("forbidden.test") === true) {
        client.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 9\r\n\r\nby policy");
        return;
      }
      const target = connect(port(secure), "127.0.0.1", () => {
        client.write("HTTP/1.1 200 Connection established\r\n\r\n");
        client.pipe(target).pipe(client);
      });
      target.on("error", () => client.destroy());
      client.on("error", () => target.destroy());
    });
    await Promise.all([listen(secure), listen(plain), listen(proxy)]);
  });
  afterAll(async () => {
    for (const server of [secure, plain, proxy]) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
    rmSync(dir, { recursive: true, force: true });
  });

  /** NODE_EXTRA_CA_CERTS is read once, when a process starts, so this takes a process of its own. */
  async function get(urls: readonly string[], env: Record<string, string>): Promise<readonly string[]> {
    through.length = 0;
    const { stdout } = await run(
      process.execPath,
      ["--import", file("register.mjs"), file("getThroughProxy.ts"), ...urls],
      {
        env: { PATH: process.env.PATH ?? "", ...env },
      },
    );
    return stdout.trimEnd().split("\n");
  }

  it("tunnel HTTPS through the proxy and trust the private CA", async () => {
    const env = {
      HTTPS_PROXY: `http://me:word@127.0.0.1:${port(proxy)}`,
      HTTP_PROXY: `127.0.0.1:${port(proxy)}`,
      NO_PROXY: `127.0.0.1:${port(plain)},127.0.0.1:${port(secure)}`,
      NODE_EXTRA_CA_CERTS: join(dir, "ca.pem"),
    };
    expect(
      await get(
        [
          "https://iam.system.test/",
          "https://forbidden.test/",
          "http://list.system.test/users",
          `http://127.0.0.1:${port(plain)}/`,
          `https://127.0.0.1:${port(secure)}/`,
        ],
        env,
      ),
    ).toEqual(["200 over TLS", "403 by policy", "200 by proxy", "200 plain", "200 over TLS"]);
    const word = `Basic ${Buffer.from("me:word").toString("base64")}`;
    expect(through).toEqual([
      `CONNECT iam.system.test:443 ${word}`,
      `CONNECT forbidden.test:443 ${word}`,
      "GET http://list.system.test/users",
    ]);
  });

  it("do not trust a CA that nobody named", async () => {
    const env = { HTTPS_PROXY: `http://127.0.0.1:${port(proxy)}` };
    expect(await get(["https://iam.system.test/"], env)).toEqual(["UNABLE_TO_VERIFY_LEAF_SIGNATURE"]);
  });
});
