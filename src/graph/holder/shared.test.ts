import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type SharedOptions, SharedStore } from "./shared.js";

/** Holder and client in one process: what needs no second one. test/holder.test.ts has the real ones. */
let dir: string;
const stores: SharedStore[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "exitgraph-test-"));
});
afterEach(async () => {
  for (const store of stores.splice(0).reverse()) await store.close();
  rmSync(dir, { recursive: true });
});
async function opened(options: SharedOptions = {}): Promise<SharedStore> {
  const store = await SharedStore.open(dir, { shuffleUnordered: true, ...options });
  stores.push(store);
  return store;
}
const KEYS = "MATCH (n:Entity) RETURN n.key AS key ORDER BY key";

test("a client's transaction that stands idle is rolled back, and blocks nobody", async () => {
  const holder = await opened({ idleTransactionMs: 20 });
  const client = await opened();
  let release: () => void = () => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  let outcome: Promise<string> = Promise.resolve("not begun");
  await new Promise<void>((begun) => {
    const idle = client.write(async (tx) => {
      await tx.run("CREATE (n:Entity {key: 'idle'})");
      begun();
      await gate;
      await tx.run("CREATE (n:Entity {key: 'late'})");
    });
    outcome = idle.then(() => "committed", String);
  });
  // Its turn comes only because the idle one lost its own.
  expect(await holder.write(async (tx) => await tx.run(KEYS))).toEqual([]);
  release();
  expect(await outcome).toMatch(/stood idle for too long/);
  expect(await holder.rows(KEYS)).toEqual([]);
});

test("a read that nobody consumes does not keep the holder from closing", async () => {
  const holder = await opened({ closingMs: 20 });
  const client = await opened();
  const read = client.read("UNWIND range(1, 1000) AS i RETURN i", { batchSize: 1 });
  expect((await read.next()).done).toBe(false);
  await holder.close();
  await expect(
    (async () => {
      for await (const _ of read);
    })(),
  ).rejects.toThrow(/process that held the store ended/);
  // And the client holds the store from here on.
  expect(await client.rows("RETURN 1 AS one")).toEqual([{ one: 1 }]);
});

test("parameters are checked before they are sent", async () => {
  await opened();
  const client = await opened();
  await expect(client.rows("RETURN $x AS x", { x: Number.NaN })).rejects.toThrow(
    /parameter x is not a finite/,
  );
  await expect(client.write(async (tx) => await tx.run("RETURN $x AS x", { x: { a: 1 } }))).rejects.toThrow(
    /map/,
  );
});

test("closing twice is closing once, and a closed store says so", async () => {
  const holder = await opened();
  await Promise.all([holder.close(), holder.close()]);
  await expect(holder.rows("RETURN 1 AS one")).rejects.toThrow(/was closed/);
});

test("many processes' worth of clients share one store, and each finds the next holder", async () => {
  const all = await Promise.all(Array.from({ length: 5 }, async () => await opened()));
  await Promise.all(
    all.map(async (store, i) => {
      await store.write(async (tx) => await tx.run("CREATE (n:Entity {key: $key})", { key: `k${i}` }));
      await store.close();
    }),
  );
  const last = await opened();
  expect(await last.rows("MATCH (n:Entity) RETURN count(n) AS n")).toEqual([{ n: 5 }]);
});
