import { describe, inject } from "vitest";
import type { ServerName } from "./availability.js";
import type { Neo4jAddress } from "./neo4j.js";

export { type Availability, SERVER_NAMES, type ServerName } from "./availability.js";
export { checkMoto, type MotoOptions, type MotoServer, type MotoUser, startMoto } from "./moto.js";
export {
  checkNeo4j,
  clearNeo4j,
  emptyNeo4j,
  type Neo4jAddress,
  type Neo4jServer,
  startNeo4j,
} from "./neo4j.js";
export { checkToxiproxy, startToxiproxy, type Toxic, type ToxiproxyServer } from "./toxiproxy.js";

/** `describe`, skipped where this machine cannot start one of the servers; the set-up of the run has said why. */
export function describeWith(needs: readonly ServerName[], name: string, body: () => void): void {
  const servers = inject("servers");
  describe.skipIf(needs.some((need) => !servers[need].ok))(name, body);
}

/** The address of the Neo4j that the test files of this worker share. Call it inside a test or hook of `describeWith(["neo4j"], …)`. */
export function sharedNeo4j(): Neo4jAddress {
  const address = inject("neo4j")[Number(process.env.VITEST_POOL_ID) - 1];
  if (address === undefined) throw new Error('No Neo4j was started: use describeWith(["neo4j"], …).');
  return address;
}
