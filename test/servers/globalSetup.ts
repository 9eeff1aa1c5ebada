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
    /** The Neo4j of each worker, in their order, which its test files share one after the other; none where it cannot start. */
    neo4j: readonly Neo4jAddress[];
  }
}

/**
 * Runs once, before the tests with servers: says in one line which server this machine cannot start and why
 * (with CI=true it is a failure), and starts a Neo4j for each worker.
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
  const workers = servers.neo4j.ok ? project.config.maxWorkers : 0;
  const started = await Promise.all(Array.from({ length: workers }, () => startNeo4j()));
  project.provide(
    "neo4j",
    started.map(({ uri, user, password }) => ({ uri, user, password })),
  );
  return async () => {
    removeCertificate();
    await Promise.all(started.map((server) => server.stop()));
  };
}
