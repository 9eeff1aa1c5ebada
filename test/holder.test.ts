import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isOurs } from "../src/graph/holder/address.js";
import { type GraphStore, openStore } from "../src/graph/index.js";
import { InputError, OperationError } from "../src/model/index.js";
import { type StoreProcess, startStoreProcess } from "./child/storeProcess.js";

/** The embedded store used by several real processes at once. */
let dataDir: string;
const processes: StoreProcess[] = [];
const stores: GraphStore[] = [];

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "exitgraph-test-"));
});
afterEach(async () => {
  await Promise.all(processes.splice(0).map(async (child) => await child.kill()));
  for (const store of stores.splice(0)) await store.close();
  rmSync(dataDir, { recursive: true, force: true });
});

async function opened(dir = dataDir): Promise<GraphStore> {
  const store = await openStore({ store: { engine: "embedded" }, dataDir: dir });
  stores.push(store);
  return store;
}
async function other(dir = dataDir): Promise<StoreProcess> {
  const child = await startStoreProcess();
  processes.push(child);
  await child.do({ op: "open", dataDir: dir });
  return child;
}
const CREATE = "CREATE (n:Entity {key: $key})";
const KEYS = "MATCH (n:Entity) RETURN n.key AS key ORDER BY key";

describe("through the holder", () => {
  test("another process reads and writes, and both see what either committed", async () => {
    const mine = await opened();
    const theirs = await other();
    await mine.write(async (tx) => await tx.run(CREATE, { key: "a" }));
    await theirs.do({ op: "write", cypher: CREATE, params: { key: "b" } });
    const both = [{ key: "a" }, { key: "b" }];
    expect(await mine.rows(KEYS)).toEqual(both);
    expect(await theirs.do({ op: "rows", cypher: KEYS })).toEqual(both);
  });

  test("the socket and what says where it is are this user's alone", async () => {
    await opened();
    expect(statSync(dataDir).mode & 0o777).toBe(0o700);
    expect(statSync(join(dataDir, "store.sock")).isSocket()).toBe(true);
    expect(statSync(join(dataDir, "store.sock")).mode & 0o777).toBe(0o600);
    expect(statSync(join(dataDir, "graph", "holder.json")).mode & 0o777).toBe(0o600);
  });

  test("transactions of both processes are serial", async () => {
    const mine = await opened();
    const theirs = await other();
    await theirs.do({ op: "hold", name: "t", cypher: "CREATE (n:Entity {key: 'theirs'})" });
    let begun = false;
    const waiting = mine.write(async (tx) => {
      begun = true;
      return await tx.run(KEYS);
    });
    // A read does not wait, and sees nothing of the open transaction.
    expect(await mine.rows(KEYS)).toEqual([]);
    expect(begun).toBe(false);
    await theirs.do({ op: "release", name: "t" });
    expect(await waiting).toEqual([{ key: "theirs" }]);
  });

  test("errors keep their class and message", async () => {
    await opened();
    const theirs = await opened();
    const bad = theirs.rows("MATCH (n:Entity RETURN");
    await expect(bad).rejects.toBeInstanceOf(InputError);
    await expect(bad).rejects.toThrow(/refused a statement.*syntax error/s);
    await theirs.write(async (tx) => await tx.run(CREATE, { key: "a" }));
    const twice = theirs.write(async (tx) => {
      await tx.run(CREATE, { key: "b" });
      await tx.run(CREATE, { key: "a" });
    });
    await expect(twice).rejects.toBeInstanceOf(OperationError);
    await expect(twice).rejects.toThrow(/UNIQUE/);
    expect(await theirs.rows(KEYS)).toEqual([{ key: "a" }]);
    await expect(theirs.write(async () => Promise.reject(new Error("mine")))).rejects.toThrow("mine");
  });

  test("a large result comes batch by batch, and can be given up", async () => {
    await opened();
    const theirs = await opened();
    const sizes: number[] = [];
    for await (const batch of theirs.read("UNWIND range(1, 20000) AS i RETURN i", { batchSize: 3000 })) {
      sizes.push(batch.length);
    }
    expect(sizes).toEqual([3000, 3000, 3000, 3000, 3000, 3000, 2000]);

    const controller = new AbortController();
    const read = theirs.read("UNWIND range(1, 20000) AS i RETURN i", {
      batchSize: 10,
      signal: controller.signal,
    });
    await expect(
      (async () => {
        for await (const _ of read) controller.abort(new Error("given up"));
      })(),
    ).rejects.toThrow("given up");
    for await (const _ of theirs.read("UNWIND range(1, 20000) AS i RETURN i", { batchSize: 10 })) break;
    expect(await theirs.rows("RETURN 1 AS one")).toEqual([{ one: 1 }]);
  });

  test("texts of every kind survive the socket", async () => {
    await opened();
    const theirs = await opened();
    const text = `line\nbreak \u2028 " \\ ' \u0000 ${"ü".repeat(70_000)} 🦊`;
    expect(await theirs.rows("RETURN $text AS text", { text })).toEqual([{ text }]);
  });

  test("what is no client of ours is hung up on", async () => {
    const mine = await opened();
    const socket = connect(join(dataDir, "store.sock"));
    socket.on("error", () => {});
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    socket.write("\u0000\u0000\u0000\u0004nope");
    await closed;
    expect(await mine.rows("RETURN 1 AS one")).toEqual([{ one: 1 }]);
  });
});

describe("when a process goes away", () => {
  test("a client that dies is rolled back, and the next one has its turn", async () => {
    const mine = await opened();
    const theirs = await other();
    await theirs.do({ op: "hold", name: "t", cypher: "CREATE (n:Entity {key: 'theirs'})" });
    const waiting = mine.write(async (tx) => await tx.run(CREATE, { key: "mine" }));
    await theirs.kill();
    await waiting;
    expect(await mine.rows(KEYS)).toEqual([{ key: "mine" }]);
  });

  test("a holder that is killed leaves every committed batch, and another process takes over", async () => {
    const first = await other();
    const mine = await opened();
    await first.do({ op: "write", cypher: CREATE, params: { key: "a" } });
    await mine.write(async (tx) => await tx.run(CREATE, { key: "b" }));
    await first.do({ op: "hold", name: "t", cypher: "CREATE (n:Entity {key: 'open'})" });
    await first.kill();
    // The socket of the dead is still there; the store opens all the same, here and anew.
    expect(await mine.rows(KEYS)).toEqual([{ key: "a" }, { key: "b" }]);
    const third = await other();
    expect(await third.do({ op: "rows", cypher: KEYS })).toEqual([{ key: "a" }, { key: "b" }]);
    expect(readHolder()).toMatchObject({ pid: process.pid });
  });

  test("a holder that is killed in the midst of writing has every batch that it acknowledged", async () => {
    const writer = await other();
    const batch =
      "UNWIND range(1, 500) AS i CREATE (n:Entity {key: $batch + '/' + toString(i), batch: $batch})";
    let acknowledged = 0;
    const writing = (async () => {
      for (let i = 0; ; i++) {
        await writer.do({ op: "write", cypher: batch, params: { batch: `b${i}` } });
        acknowledged += 1;
        // While the next one is on its way, at an instant that nobody chooses.
        if (acknowledged === 20) writer.signal("SIGKILL");
      }
    })();
    await expect(writing).rejects.toThrow(/Exit: the process ended: SIGKILL/);
    const store = await opened();
    const found = await store.rows("MATCH (n:Entity) RETURN n.batch AS batch, count(n) AS n");
    // Batches are whole or not there; the one under way may be either.
    expect(found.every((row) => row.n === 500)).toBe(true);
    expect([acknowledged, acknowledged + 1]).toContain(found.length);
  });

  test("a transaction that is open when the holder is killed fails clearly", async () => {
    const first = await other();
    const mine = await opened();
    const failed = mine.write(async (tx) => {
      await tx.run(CREATE, { key: "lost" });
      await first.kill();
      await tx.run(CREATE, { key: "lost too" });
    });
    await expect(failed).rejects.toThrow(/process that held the store ended.*rolled back/);
    expect(await mine.rows(KEYS)).toEqual([]);
  });

  test("a holder that closes lets open transactions end, and its clients go on by themselves", async () => {
    const mine = await opened();
    const theirs = await other();
    await theirs.do({ op: "hold", name: "t", cypher: "CREATE (n:Entity {key: 'theirs'})" });
    const closing = mine.close();
    await theirs.do({ op: "release", name: "t" });
    await closing;
    expect(await theirs.do({ op: "rows", cypher: KEYS })).toEqual([{ key: "theirs" }]);
    expect(readHolder()).toMatchObject({ pid: theirs.pid });
    await theirs.do({ op: "close" });
    expect(existsSync(join(dataDir, "store.sock"))).toBe(false);
    expect(existsSync(join(dataDir, "graph", "holder.json"))).toBe(false);
  });

  test("a holder that hangs is named within ten seconds, and is no trouble once it is gone", async () => {
    const hung = await other();
    await hung.do({ op: "write", cypher: CREATE, params: { key: "a" } });
    hung.signal("SIGSTOP");
    const before = performance.now();
    await expect(opened()).rejects.toThrow(
      new RegExp(`LeaseError|held by process ${hung.pid}, which has not answered.*kill ${hung.pid}`),
    );
    expect(performance.now() - before).toBeLessThan(10_000);
    await hung.kill();
    expect(await (await opened()).rows(KEYS)).toEqual([{ key: "a" }]);
  });

  test("a holder that begins to hang fails what is under way within ten seconds", async () => {
    const hung = await other();
    const mine = await opened();
    hung.signal("SIGSTOP");
    const before = performance.now();
    await expect(mine.rows(KEYS)).rejects.toThrow(/has not answered for 8 s/);
    expect(performance.now() - before).toBeLessThan(10_000);
  });
});

describe("where the socket stands", () => {
  test("a data folder with a long path has it in a private folder elsewhere, which goes with it", async () => {
    const long = join(dataDir, "x".repeat(60), "y".repeat(60));
    mkdirSync(long, { recursive: true });
    const mine = await opened(long);
    const { socket } = readHolder(long);
    expect(existsSync(join(long, "store.sock"))).toBe(false);
    expect(Buffer.byteLength(socket)).toBeLessThan(104);
    expect(statSync(join(socket, "..")).mode & 0o777).toBe(0o700);
    const theirs = await other(long);
    await theirs.do({ op: "write", cypher: CREATE, params: { key: "a" } });
    expect(await mine.rows(KEYS)).toEqual([{ key: "a" }]);
    await mine.close();
    expect(existsSync(join(socket, ".."))).toBe(false);
  });

  test("a socket in a folder that others can enter is not trusted", async () => {
    const mine = await opened();
    const foreign = mkdtempSync(join(tmpdir(), "exitgraph-test-"));
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(foreign, "store.sock"), resolve));
    chmodSync(foreign, 0o755);
    expect(await isOurs(join(foreign, "store.sock"))).toBe(false);
    expect(await isOurs(join(dataDir, "store.sock"))).toBe(true);
    await new Promise<void>((resolve) => server.close(() => resolve()));
    rmSync(foreign, { recursive: true });
    await mine.close();
    expect(readdirSync(dataDir)).toEqual(["graph"]);
  });
});

function readHolder(dir = dataDir): { pid: number; socket: string } {
  const parsed: unknown = JSON.parse(readFileSync(join(dir, "graph", "holder.json"), "utf8"));
  if (
    typeof parsed === "object" &&
    parsed !== null &&
    "pid" in parsed &&
    "socket" in parsed &&
    typeof parsed.pid === "number" &&
    typeof parsed.socket === "string"
  ) {
    return { pid: parsed.pid, socket: parsed.socket };
  }
  throw new Error("holder.json has neither pid nor socket");
}
