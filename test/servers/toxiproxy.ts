import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { type Availability, installed, serversFolder } from "./availability.js";
import { startChild } from "./child.js";

const FOLDER = "toxiproxy-2.12.0";

/**
 * What can go wrong on the way. `stream` is the direction: `downstream` towards the client (the default),
 * `upstream` towards the server. Times are milliseconds. https://github.com/Shopify/toxiproxy#toxics
 */
export type Toxic = { readonly stream?: "upstream" | "downstream"; readonly toxicity?: number } & (
  | { readonly type: "latency"; readonly attributes: { readonly latency: number; readonly jitter?: number } }
  /** Data stops; after `timeout` the connection closes, with 0 it never does. */
  | { readonly type: "timeout"; readonly attributes: { readonly timeout: number } }
  /** TCP reset after `timeout`. */
  | { readonly type: "reset_peer"; readonly attributes: { readonly timeout: number } }
  /** KB/s. */
  | { readonly type: "bandwidth"; readonly attributes: { readonly rate: number } }
  /** Closes the connection after so many bytes. */
  | { readonly type: "limit_data"; readonly attributes: { readonly bytes: number } }
  | { readonly type: "slow_close"; readonly attributes: { readonly delay: number } }
);

export interface Proxy {
  /** Where a client connects instead: `127.0.0.1:PORT`. */
  readonly address: string;
  readonly port: number;
  /** Adds a toxic under a name; `remove` takes it away. */
  add(name: string, toxic: Toxic): Promise<void>;
  remove(name: string): Promise<void>;
  /** Cuts all connections and refuses new ones. */
  disable(): Promise<void>;
  enable(): Promise<void>;
  delete(): Promise<void>;
}

export interface ToxiproxyServer {
  /** Of its HTTP API. */
  readonly url: string;
  /**
   * A proxy on a free loopback port; `upstream` is `host:port`. Reach Neo4j through it with `bolt://`: with
   * `neo4j://` the driver asks for the routes and goes to the server itself.
   */
  proxy(name: string, upstream: string): Promise<Proxy>;
  /** Enables all proxies and removes all toxics. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

export function checkToxiproxy(): Availability {
  return installed(join(FOLDER, "server"));
}

export async function startToxiproxy(): Promise<ToxiproxyServer> {
  const port = await freePort();
  const child = await startChild({
    name: "toxiproxy",
    command: "/bin/sh",
    // It does not watch its standard input; the shell does that for it.
    args: [
      "-c",
      '"$0" "$@" & server=$!; cat >/dev/null; kill $server',
      join(serversFolder(), FOLDER, "server"),
      "-host",
      "127.0.0.1",
      "-port",
      String(port),
    ],
    // It says what it is about to do; whether it listens is asked below.
    ready: /Starting Toxiproxy HTTP server/,
    timeoutMs: 20_000,
  });
  const url = `http://127.0.0.1:${port}`;
  try {
    await answers(url);
  } catch (error) {
    await child.stop();
    throw error;
  }
  return {
    url,
    proxy: (name, upstream) => createProxy(url, name, upstream),
    async reset() {
      await call(url, "POST", "/reset");
    },
    stop: () => child.stop(),
  };
}

async function createProxy(url: string, name: string, upstream: string): Promise<Proxy> {
  const made = await call(url, "POST", "/proxies", { name, listen: "127.0.0.1:0", upstream, enabled: true });
  if (typeof made !== "object" || made === null || !("listen" in made) || typeof made.listen !== "string") {
    throw new Error("toxiproxy did not say where the new proxy listens.");
  }
  const address = made.listen;
  const path = `/proxies/${encodeURIComponent(name)}`;
  const set = async (enabled: boolean) => {
    // With its address, or it would take another port when it is enabled again.
    await call(url, "POST", path, { listen: address, upstream, enabled });
  };
  return {
    address,
    port: Number(address.slice(address.lastIndexOf(":") + 1)),
    async add(toxicName, toxic) {
      await call(url, "POST", `${path}/toxics`, { name: toxicName, ...toxic });
    },
    async remove(toxicName) {
      await call(url, "DELETE", `${path}/toxics/${encodeURIComponent(toxicName)}`);
    },
    disable: () => set(false),
    enable: () => set(true),
    async delete() {
      await call(url, "DELETE", path);
    },
  };
}

async function call(url: string, method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(url + path, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`toxiproxy: ${method} ${path} gave HTTP ${response.status}: ${text}`);
  return text === "" ? undefined : JSON.parse(text);
}

async function answers(url: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await call(url, "GET", "/version");
      return;
    } catch (error) {
      if (attempt === 100) throw error;
      await wait(50);
    }
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === "string") reject(new Error("No free port was given."));
        else resolve(address.port);
      });
    });
  });
}
