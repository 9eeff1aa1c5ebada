import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { EmbeddedStore } from "./embedded.js";

let dir: string;
let store: EmbeddedStore;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "exitgraph-test-"));
  store = await open();
});
afterEach(async () => {
  await store.close();
  rmSync(dir, { recursive: true });
});

async function open(): Promise<EmbeddedStore> {
  const opened = await EmbeddedStore.open(dir, { shuffleUnordered: true });
  if (opened === undefined) throw new Error("held");
  return opened;
}
function deferred(): { readonly promise: Promise<void>; open(): void } {
  let open: () => void = () => {};
  const promise = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { promise, open: () => open() };
}
const KEYS = "MATCH (n:Entity) RETURN n.key AS key ORDER BY key";

/** Each unique property has an index as well: a constraint alone brings none on this engine. */
const INDEXES = [
  "Change.id",
  "Change.readAt",
  "Change.record",
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
const indexes = async () =>
  (await store.rows("SHOW INDEXES"))
    .map(({ label, property }) => `${String(label)}.${String(property)}`)
    .sort();

test("the folders are private, and the schema and the lock node exist before open returns", async () => {
  expect(statSync(dir).mode & 0o777).toBe(0o700);
  expect(statSync(join(dir, "graph")).mode & 0o777).toBe(0o700);
  expect(await store.rows("MATCH (g:GraphLock) RETURN g.name AS name")).toEqual([{ name: "graph" }]);
  expect(await indexes()).toEqual(INDEXES);
});

test("what was committed is there after closing and opening again, once", async () => {
  await store.write(async (tx) => await tx.run("CREATE (n:Entity {key: $key})", { key: "a" }));
  await store.checkpoint();
  await store.close();
  store = await open();
  expect(await store.rows(KEYS)).toEqual([{ key: "a" }]);
  expect(await store.rows("MATCH (g:GraphLock) RETURN count(g) AS n")).toEqual([{ n: 1 }]);
  expect(await indexes()).toEqual(INDEXES);
});

test("a second open of the same folder finds it held", async () => {
  expect(await EmbeddedStore.open(dir)).toBeUndefined();
});

test("a read beside an open transaction sees the committed state only", async () => {
  await store.write(async (tx) => await tx.run("CREATE (n:Entity {key: 'a', x: 1})"));
  await store.write(async (tx) => {
    await tx.run("MATCH (n:Entity {key: 'a'}) SET n.x = 2");
    await tx.run("CREATE (n:Entity {key: 'b'})");
    expect(await store.rows("MATCH (n:Entity) RETURN n.key AS key, n.x AS x")).toEqual([{ key: "a", x: 1 }]);
    expect(await tx.run("MATCH (n:Entity {key: 'a'}) RETURN n.x AS x")).toEqual([{ x: 2 }]);
  });
  expect(await store.rows(KEYS)).toEqual([{ key: "a" }, { key: "b" }]);
});

test("a read that is being consumed keeps the state it began with", async () => {
  await store.write(
    async (tx) => await tx.run("UNWIND $keys AS k CREATE (n:Entity {key: k})", { keys: ["a", "b"] }),
  );
  const seen: unknown[] = [];
  for await (const batch of store.read(KEYS, { batchSize: 1 })) {
    seen.push(...batch);
    await store.write(async (tx) => await tx.run("MATCH (n:Entity) DETACH DELETE n"));
  }
  expect(seen).toEqual([{ key: "a" }, { key: "b" }]);
});

test("close waits for the open transaction, and what waits behind it fails", async () => {
  const begun = deferred();
  const gate = deferred();
  const first = store.write(async (tx) => {
    begun.open();
    await gate.promise;
    await tx.run("CREATE (n:Entity {key: 'first'})");
  });
  await begun.promise;
  const second = store.write(async (tx) => await tx.run("CREATE (n:Entity {key: 'second'})"));
  const closing = store.close();
  gate.open();
  const [one, two] = await Promise.allSettled([first, second, closing]);
  expect(one.status).toBe("fulfilled");
  expect(two.status === "rejected" && String(two.reason)).toMatch(/closed/);
  await expect(store.rows(KEYS)).rejects.toThrow(/closed/);
  store = await open();
  expect(await store.rows(KEYS)).toEqual([{ key: "first" }]);
});

test("a transaction inside another one of the same store is refused at once", async () => {
  await expect(store.write(async () => await store.write(async () => 1))).rejects.toThrow(/inside another/);
  expect(await store.write(async () => 1)).toBe(1);
  // What a transaction leaves behind may begin its own when that one has ended.
  let later: Promise<number> = Promise.resolve(0);
  const gate = deferred();
  await store.write(async () => {
    later = gate.promise.then(async () => await store.write(async () => 2));
  });
  gate.open();
  expect(await later).toBe(2);
});
