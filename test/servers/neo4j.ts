import { randomBytes } from "node:crypto";
import { join } from "node:path";
import neo4j, { type Driver } from "neo4j-driver";
import { packageRoot } from "../../src/model/index.js";
import { type Availability, installed, serversFolder } from "./availability.js";
import { findCommand, startChild } from "./child.js";

const VERSION = "5.26.30";

/** How to reach a Neo4j. */
export interface Neo4jAddress {
  /** `neo4j://…`: with routing, as in a cluster. */
  readonly uri: string;
  readonly user: string;
  readonly password: string;
}
export interface Neo4jServer extends Neo4jAddress {
  stop(): Promise<void>;
}
export interface Neo4jOptions {
  /** Java heap: `1g` unless told. */
  readonly heap?: string;
}

export function checkNeo4j(): Availability {
  if (process.env.NEO4J_TEST_URI) return { ok: true };
  if (findCommand("javac") === undefined)
    return {
      ok: false,
      why: "javac is missing (a JDK, 17 or newer), and NEO4J_TEST_URI names no running one",
    };
  return installed(`neo4j-${VERSION}/lib`);
}

/**
 * Starts a Neo4j of its own with an empty database, or uses the running one of NEO4J_TEST_URI (with
 * NEO4J_TEST_USER and NEO4J_TEST_PASSWORD). Tests delete what a database holds, so one that holds something at
 * the start is refused.
 */
export async function startNeo4j(options: Neo4jOptions = {}): Promise<Neo4jServer> {
  const uri = process.env.NEO4J_TEST_URI;
  if (uri) {
    const address = {
      uri,
      user: process.env.NEO4J_TEST_USER ?? "neo4j",
      password: process.env.NEO4J_TEST_PASSWORD ?? "",
    };
    await refuseFull(address);
    return { ...address, stop: () => emptyNeo4j(address) };
  }
  const password = randomBytes(12).toString("hex");
  const child = await startChild({
    name: "Neo4j",
    command: "java",
    args: [
      `-Xmx${options.heap ?? "1g"}`,
      "-XX:TieredStopAtLevel=1",
      "-XX:+UseSerialGC",
      "--add-opens=java.base/java.nio=ALL-UNNAMED",
      "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
      "--add-opens=java.base/java.lang=ALL-UNNAMED",
      "-cp",
      join(serversFolder(), `neo4j-${VERSION}`, "lib", "*"),
      join(packageRoot(), "test", "servers", "neo4j", "Neo4jServer.java"),
    ],
    input: `${password}\n`,
    ready: /^READY (\d+)$/m,
    timeoutMs: 120_000,
  });
  return { uri: `neo4j://127.0.0.1:${child.said[0]}`, user: "neo4j", password, stop: () => child.stop() };
}

/**
 * Deletes all nodes and keeps the schema: for a file that runs the whole program, which then finds its queries planned
 * and takes a fraction of the time.
 */
export async function clearNeo4j(address: Neo4jAddress): Promise<void> {
  await withDriver(address, deleteAll);
}

/** Deletes all nodes, constraints and indexes: what a test file does before it begins. */
export async function emptyNeo4j(address: Neo4jAddress): Promise<void> {
  await withDriver(address, async (driver) => {
    await deleteAll(driver);
    for (const kind of ["CONSTRAINT", "INDEX"] as const) {
      const { records } = await driver.executeQuery(
        `SHOW ${kind}${kind === "INDEX" ? "ES" : "S"} YIELD name, type`,
      );
      for (const record of records) {
        if (record.get("type") === "LOOKUP") continue;
        const name = String(record.get("name")).replaceAll("`", "``");
        await driver.executeQuery(`DROP ${kind} \`${name}\` IF EXISTS`);
      }
    }
  });
}

async function deleteAll(driver: Driver): Promise<void> {
  const session = driver.session();
  try {
    // Batches, because one transaction over a large graph does not fit into a small heap.
    await session.run(
      "MATCH (n) CALL { WITH n DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS RETURN count(*) AS deleted",
    );
  } finally {
    await session.close();
  }
}

async function refuseFull(address: Neo4jAddress): Promise<void> {
  await withDriver(address, async (driver) => {
    const { records } = await driver.executeQuery("MATCH (n) RETURN n LIMIT 1");
    if (records.length > 0) {
      throw new Error(
        "NEO4J_TEST_URI names a database that is not empty. The tests delete everything in it, so they take " +
          "an empty one only. Point it at another, or empty it yourself (MATCH (n) DETACH DELETE n).",
      );
    }
  });
}

async function withDriver(address: Neo4jAddress, work: (driver: Driver) => Promise<void>): Promise<void> {
  const driver = neo4j.driver(address.uri, neo4j.auth.basic(address.user, address.password), {
    telemetryDisabled: true,
  });
  try {
    await work(driver);
  } finally {
    await driver.close();
  }
}
