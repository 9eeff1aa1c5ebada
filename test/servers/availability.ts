import { existsSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../src/model/index.js";

export const SERVER_NAMES = ["neo4j", "moto", "toxiproxy"] as const;
export type ServerName = (typeof SERVER_NAMES)[number];

/** Whether this machine can start a server, and if not, why not. Nothing is started to find out. */
export type Availability = { readonly ok: true } | { readonly ok: false; readonly why: string };

/** Where `test/servers/install.sh` puts what the servers are made of. */
export function serversFolder(): string {
  return process.env.EXITGRAPH_TEST_CACHE ?? join(packageRoot(), ".cache", "servers");
}

/** A file or folder that the installation leaves when it is whole. */
export function installed(path: string): Availability {
  return existsSync(join(serversFolder(), path))
    ? { ok: true }
    : { ok: false, why: "not installed: run test/servers/install.sh, which says what it needs" };
}
