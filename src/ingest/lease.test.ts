import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type GraphStore, openStore } from "../graph/index.js";
import { LeaseError } from "../model/index.js";
import { acquireLease } from "./lease.js";

let dataDir: string;
let store: GraphStore;
beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "exitgraph-lease-"));
  store = await openStore({ store: { engine: "embedded" }, dataDir });
});
afterAll(async () => {
  await store.close();
  rmSync(dataDir, { recursive: true, force: true });
});

/** Makes the lease look as if another process had taken it. */
async function heldBy(name: string, props: { pid: number; machine?: string }): Promise<void> {
  await store.write((tx) =>
    tx.run("UNWIND $rows AS row MATCH (l:Lease {name: row.name}) SET l += row.props", {
      rows: [{ name, props: { ...props } }],
    }),
  );
}

function endedProcess(): number {
  const { pid } = spawnSync(process.execPath, ["--version"]);
  return pid;
}

describe("a lease on the embedded engine", () => {
  test("names its process to those whom it keeps out", async () => {
    const lease = await acquireLease(store, "a", { holder: "nightly" });
    await expect(acquireLease(store, "a")).rejects.toThrow(`held by nightly (process ${process.pid})`);
    await lease.release();
  });

  test("is free at once when its process was killed, and the dead one's token is worth nothing", async () => {
    const dead = await acquireLease(store, "b");
    await heldBy("b", { pid: endedProcess() });
    const taken = await acquireLease(store, "b", { holder: "next" });
    await expect(store.write((tx) => dead.renew(tx))).rejects.toBeInstanceOf(LeaseError);
    await store.write((tx) => taken.renew(tx));
    await expect(acquireLease(store, "b")).rejects.toThrow("held by next");
  });

  test("stays with a process that runs, and with one of another machine", async () => {
    await acquireLease(store, "c");
    await heldBy("c", { pid: process.ppid });
    await expect(acquireLease(store, "c")).rejects.toBeInstanceOf(LeaseError);
    await heldBy("c", { pid: endedProcess(), machine: "another one" });
    await expect(acquireLease(store, "c")).rejects.toBeInstanceOf(LeaseError);
  });
});
