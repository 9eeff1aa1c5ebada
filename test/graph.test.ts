import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type GraphStore, openStore } from "../src/graph/index.js";
import { InputError, OperationError } from "../src/model/index.js";
import { clearStore, sameRows } from "./differential.js";
import { describeWith, sharedNeo4j, startToxiproxy, type ToxiproxyServer } from "./servers/index.js";
import { storeContract } from "./storeContract.js";

const root = mkdtempSync(join(tmpdir(), "exitgraph-test-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let folders = 0;
const embedded = async (dataDir = join(root, String(folders++))): Promise<GraphStore> =>
  await openStore({ store: { engine: "embedded" }, dataDir, shuffleUnordered: true });
const neo4j = async (over: { user?: string; password?: string; uri?: string; database?: string } = {}) =>
  await openStore({ store: { engine: "neo4j", ...sharedNeo4j(), ...over }, dataDir: root });

describe("embedded", () => storeContract(embedded));

describe("embedded, through the holder's socket", () => {
  const dataDir = join(root, "shared");
  let holder: GraphStore;
  beforeAll(async () => {
    holder = await embedded(dataDir);
  });
  afterAll(async () => await holder.close());
  storeContract(async () => await embedded(dataDir));
});

describeWith(["neo4j"], "Neo4j", () => {
  storeContract(neo4j);

  test("constraints and indexes exist when open returns, and opening again is harmless", async () => {
    const store = await neo4j();
    await (await neo4j()).close();
    const constraints = await store.rows(
      "SHOW CONSTRAINTS YIELD labelsOrTypes, properties RETURN labelsOrTypes[0] + '.' + properties[0] AS c",
    );
    const unique = [
      "Change.id",
      "Entity.key",
      "Event.seq",
      "ExceptionRecord.id",
      "Finding.fingerprint",
      "GraphLock.name",
      "Journal.name",
      "Lease.name",
      "ReadMarker.key",
      "Retirement.source",
      "Run.id",
    ];
    expect(constraints.map((row) => row.c).sort()).toEqual(unique);
    const indexes = await store.rows(
      "SHOW INDEXES YIELD labelsOrTypes, properties, state WHERE properties IS NOT NULL RETURN labelsOrTypes[0] + '.' + properties[0] AS i, state",
    );
    expect(indexes.map((row) => `${String(row.i)} ${String(row.state)}`).sort()).toEqual(
      [...unique, "Change.readAt", "Change.record"].map((name) => `${name} ONLINE`).sort(),
    );
    await store.close();
  });

  test("a wrong password, user, database and address are input errors without a secret", async () => {
    const cases = [
      { over: { password: "wr0ng-canary" }, says: /refused the user name or the password/ },
      { over: { user: "nobody" }, says: /refused the user name or the password/ },
      { over: { database: "nowhere" }, says: /database that the configuration names does not exist/ },
      { over: { uri: "http://127.0.0.1:1" }, says: /must begin with neo4j/ },
      { over: { uri: "not a uri" }, says: /is not a URI/ },
      { over: { uri: "neo4j://me:s3cret-canary@127.0.0.1:1" }, says: /holds a user name or a password/ },
    ];
    for (const { over, says } of cases) {
      const error = await neo4j(over).then(
        async (store) => await store.close(),
        (caught: unknown) => caught,
      );
      expect(error).toBeInstanceOf(InputError);
      expect(String(error)).toMatch(says);
      expect(String(error)).not.toMatch(/canary|http:\/\//);
    }
  });

  test("a server that is not there, or does not answer, is an operation error in about ten seconds", async () => {
    const { createServer } = await import("node:net");
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const address = silent.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const started = performance.now();
    const [nobody, mute] = await Promise.allSettled([
      neo4j({ uri: "bolt://127.0.0.1:1" }),
      neo4j({ uri: `neo4j://127.0.0.1:${port}` }),
    ]);
    expect(performance.now() - started).toBeLessThan(12_000);
    silent.close();
    for (const outcome of [nobody, mute]) {
      expect(outcome.status === "rejected" && outcome.reason).toBeInstanceOf(OperationError);
    }
    expect(nobody.status === "rejected" && String(nobody.reason)).toMatch(/127\.0\.0\.1:1 cannot be reached/);
  });

  test("a given-up query is stopped on the server too", async () => {
    const store = await neo4j();
    const controller = new AbortController();
    const marker = "/* endless */ UNWIND range(1, 2000000000) AS i WITH i WHERE i < 0 RETURN count(i) AS n";
    const running = store.rows(marker, {}, controller.signal);
    const seen = async () =>
      await store.rows(
        "SHOW TRANSACTIONS YIELD currentQuery WHERE currentQuery CONTAINS $text AND NOT currentQuery CONTAINS 'SHOW' RETURN currentQuery AS q",
        { text: "endless" },
      );
    await expect.poll(seen, { timeout: 10_000 }).toHaveLength(1);
    controller.abort(new Error("enough"));
    await expect(running).rejects.toThrow("enough");
    await expect.poll(seen, { timeout: 10_000 }).toHaveLength(0);
    await store.close();
  });

  test("a result larger than memory should hold streams: what is not consumed is not fetched", async () => {
    const store = await neo4j();
    const before = process.memoryUsage().heapUsed;
    let rows = 0;
    const query = "UNWIND range(1, 100000000) AS i RETURN i, 'some text of a row ' + toString(i) AS name";
    for await (const batch of store.read(query)) {
      rows += batch.length;
      await new Promise(setImmediate);
      if (rows >= 200_000) break;
    }
    expect(rows).toBe(200_000);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(150_000_000);
    expect(await store.rows("RETURN 1 AS one")).toEqual([{ one: 1 }]);
    await store.close();
  });

  test("both engines answer alike, and the difference is shown where they do not", async () => {
    const [a, b] = [await embedded(), await neo4j()];
    await clearStore(b);
    for (const store of [a, b]) {
      await store.write(async (tx) => {
        await tx.run("UNWIND range(1, 50) AS i CREATE (n:Entity {key: 'k' + toString(i), rank: i % 7})");
      });
    }
    const query =
      "MATCH (n:Entity) WHERE n.rank > $rank RETURN n.rank AS rank, avg(n.rank / 3.0) AS x, count(*) AS n";
    expect(await sameRows(query, { rank: 2 }, a, b)).toHaveLength(4);
    await sameRows("MATCH (n:Entity) RETURN n.key AS key ORDER BY key", {}, a, b, { ordered: true });
    await b.write(async (tx) => await tx.run("MATCH (n:Entity {key: 'k7'}) SET n.rank = 3"));
    await expect(sameRows("MATCH (n:Entity) RETURN n.key AS key, n.rank AS rank", {}, a, b)).rejects.toThrow(
      /only embedded \(A\): 1 of 50 rows\n {2}\{"key":"k7","rank":0\}\nonly neo4j \(B\): 1 of 50 rows\n {2}\{"key":"k7","rank":3\}/,
    );
    await expect(sameRows("RETURN nonsense(1) AS x", {}, a, b)).rejects.toThrow(/A query fails/);
    await clearStore(b);
    await a.close();
    await b.close();
  });
});

describeWith(["neo4j", "toxiproxy"], "Neo4j behind a bad network", () => {
  let toxiproxy: ToxiproxyServer;
  let proxy: Awaited<ReturnType<ToxiproxyServer["proxy"]>>;
  let store: GraphStore;
  beforeAll(async () => {
    toxiproxy = await startToxiproxy();
    const { host } = new URL(sharedNeo4j().uri);
    proxy = await toxiproxy.proxy("neo4j", host);
    // bolt:// stays on this connection; with routing the server would name its own address.
    store = await neo4j({ uri: `bolt://${proxy.address}` });
    await clearStore(store);
  });
  afterAll(async () => {
    await proxy.enable();
    await clearStore(store);
    await store.close();
    await toxiproxy.stop();
  });

  test("a read that is cut between its batches fails, and does not begin again", async () => {
    const keys: unknown[] = [];
    const reading = (async () => {
      for await (const batch of store.read("UNWIND range(1, 5000000) AS i RETURN i", { batchSize: 1_000 })) {
        if (keys.length === 0) await proxy.disable();
        keys.push(...batch.map((row) => row.i));
      }
    })();
    await expect(reading).rejects.toBeInstanceOf(OperationError);
    await expect(reading).rejects.toThrow(/cannot be reached/);
    expect(new Set(keys).size).toBe(keys.length);
    await proxy.enable();
    expect(await store.rows("RETURN 1 AS one")).toEqual([{ one: 1 }]);
  });

  test("a transaction that is cut before its commit is run again, and counts once", async () => {
    let runs = 0;
    await store.write(async (tx) => {
      runs += 1;
      await tx.run("MERGE (n:Entity {key: 'counter'}) SET n.x = coalesce(n.x, 0) + 1");
      if (runs > 1) return;
      await proxy.disable();
      await proxy.enable();
      await tx.run("RETURN 1 AS one");
    });
    expect(runs).toBe(2);
    expect(await store.rows("MATCH (n:Entity) RETURN n.x AS x")).toEqual([{ x: 1 }]);
  });

  test("a read that is refused at first is tried again until the server is back", async () => {
    await proxy.disable();
    const reading = store.rows("RETURN 1 AS one");
    await proxy.enable();
    expect(await reading).toEqual([{ one: 1 }]);
  });
});
