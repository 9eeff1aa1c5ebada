import type { TestProject } from "vitest/node";
import type { Availability, ServerName } from "./availability.js";
import { checkMoto } from "./moto.js";
import { checkNeo4j, type Neo4jAddress, startNeo4j } from "./neo4j.js";
import { installTestCertificate } from "./tls.js";
import { checkToxiproxy } from "./toxiproxy.js";

declare module "vitest" {
  interface ProvidedContext {
    /** What this machine can start. */
    servers: Readonly<Record<ServerName, Availability>>;
    /** The one Neo4j that all test files share, one file at a time; null where there is none. */
    neo4j: Neo4jAddress | null;
  }
}

/**
 * Runs once, before the tests with servers: says in one line which server this machine cannot start and why
 * (with CI=true it is a failure), and starts the Neo4j that they share.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const servers: Record<ServerName, Availability> = {
    neo4j: checkNeo4j(),
    moto: checkMoto(),
    toxiproxy: checkToxiproxy(),
  };
  const missing = Object.entries(servers).flatMap(([name, state]) =>
    state.ok ? [] : [`${name}: its tests are skipped, ${state.why}`],
  );
  for (const line of missing) process.stderr.write(`${line}\n`);
  if (missing.length > 0 && process.env.CI === "true") {
    throw new Error("With CI=true every test server must start; the lines above say which cannot and why.");
  }
  project.provide("servers", servers);
  // Before any process of the tests starts: each trusts it from its start on.
  const removeCertificate = await installTestCertificate();
  if (!servers.neo4j.ok) {
    project.provide("neo4j", null);
    return () => Promise.resolve(removeCertificate());
  }
  const server = await startNeo4j();
  project.provide("neo4j", { uri: server.uri, user: server.user, password: server.password });
  return async () => {
    removeCertificate();
    await server.stop();
  };
}
