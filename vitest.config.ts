import { availableParallelism } from "node:os";
import { configDefaults, defineConfig } from "vitest/config";

/** Tests under test/ that start no server: they run with the unit tests, and do not wait for Neo4j. */
const withoutServers = [
  "test/architecture.test.ts",
  "test/ciReporter.test.ts",
  "test/cli-processes.test.ts",
  "test/collected.test.ts",
  "test/contributing.test.ts",
  "test/demo.test.ts",
  "test/deployment.test.ts",
  "test/holder.test.ts",
  "test/lockfile.test.ts",
  "test/needs.test.ts",
  "test/package.test.ts",
];

/** Tests with servers of their own in the same process: they need the certificate, and neither Neo4j nor each other. */
const withOwnServers = [
  "test/conformance-*.test.ts",
  "test/entra*.test.ts",
  "test/google-*.test.ts",
  "test/servers/https.test.ts",
];

const shared = {
  testTimeout: 60_000,
  hookTimeout: 180_000,
  env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
};

/**
 * Files of all projects share these workers: one more than there are cores, because much of a test is waiting for a disk,
 * a socket or a child. No more than four, because each of them may need a Neo4j of its own.
 */
const maxWorkers = Math.min(availableParallelism() + 1, 4);

/** Vite would take the package's `module` file, and Node, for the libraries on it, `main`: two graphqls that refuse each other. */
const oneGraphql = { alias: [{ find: /^graphql$/, replacement: "graphql/index.js" }] };

export default defineConfig({
  test: {
    reporters: ["default", "./test/ciReporter.ts"],
    passWithNoTests: false,
    allowOnly: process.env.CI !== "true",
    projects: [
      {
        resolve: oneGraphql,
        test: {
          ...shared,
          name: "unit",
          maxWorkers,
          // Their modules keep no state, and loading them anew for each file takes longer than many of the tests.
          isolate: false,
          include: ["src/**/*.test.ts", "collectors/**/*.test.ts", ...withoutServers],
        },
      },
      {
        resolve: oneGraphql,
        test: {
          ...shared,
          name: "systems",
          maxWorkers,
          include: withOwnServers,
          globalSetup: ["test/servers/certificateSetup.ts"],
        },
      },
      {
        resolve: oneGraphql,
        test: {
          ...shared,
          name: "servers",
          include: ["test/**/*.test.ts"],
          exclude: [...configDefaults.exclude, ...withoutServers, ...withOwnServers],
          globalSetup: ["test/servers/globalSetup.ts"],
          // Each worker has a Neo4j of its own. Where one is given, two files at a time would delete each other's graph.
          ...(process.env.NEO4J_TEST_URI ? { fileParallelism: false } : { maxWorkers }),
        },
      },
    ],
  },
});
