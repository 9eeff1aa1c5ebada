import type { StoreConfig } from "../../src/graph/index.js";

/** The Neo4j that a test names to its child process, by the environment so that no password is in a process list. */
export function neo4jStore(): StoreConfig {
  const { TEST_NEO4J_URI: uri, TEST_NEO4J_USER: user, TEST_NEO4J_PASSWORD: password } = process.env;
  if (uri === undefined || user === undefined || password === undefined) {
    throw new Error("the test did not say where its Neo4j is");
  }
  return { engine: "neo4j", uri, user, password };
}
