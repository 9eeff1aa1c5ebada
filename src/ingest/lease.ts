import { randomBytes } from "node:crypto";
import { readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import type { GraphStore, WriteTransaction } from "../graph/index.js";
import { LeaseError } from "../model/index.js";

export const DEFAULT_LEASE_MS = 60_000;
const POLL_MS = 250;

export interface LeaseOptions {
  /** Who asks, for the message that others get. */
  readonly holder?: string;
  /** How long it lasts without being renewed. 60 s unless told. */
  readonly leaseMs?: number;
  /** How long to wait for the one who has it. Not at all unless told. */
  readonly waitMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * The right to do one named thing at a time, across processes and machines. The store's clock decides when it
 * ends. Whoever writes renews it inside the same transaction: a holder that was paused past its time cannot write.
 */
export interface Lease {
  readonly name: string;
  readonly token: string;
  /** First statement of each write: LeaseError, and with it a rollback, where the lease is no longer ours. */
  renew(tx: WriteTransaction): Promise<void>;
  /** Renews in a transaction of its own when a third of the time has passed since the last renewal. */
  keepAlive(): Promise<void>;
  /** Gives it back. Harmless when it was lost. */
  release(): Promise<void>;
}

/**
 * Takes a lease. LeaseError, naming the holder, when somebody else has it. On the embedded engine, which one machine
 * has to itself, a lease whose process is gone is free at once: a killed run blocks nobody.
 */
export async function acquireLease(
  store: GraphStore,
  name: string,
  options: LeaseOptions = {},
): Promise<Lease> {
  const { holder = "exitgraph", leaseMs = DEFAULT_LEASE_MS, waitMs = 0, signal } = options;
  const token = randomBytes(12).toString("hex");
  const until = performance.now() + waitMs;
  const asked = { name, token, holder: `${holder} (process ${process.pid})`, leaseMs };
  while (!(await take(store, asked))) {
    if (performance.now() >= until) throw await heldBySomebody(store, name);
    await pause(POLL_MS, undefined, signal === undefined ? {} : { signal });
  }
  return new StoreLease(store, name, token, leaseMs);
}

async function take(
  store: GraphStore,
  lease: { name: string; token: string; holder: string; leaseMs: number },
): Promise<boolean> {
  return await store.write(async (tx) => {
    // The MERGE locks the node, so that two who come at once decide one after the other.
    await tx.run("MERGE (l:Lease {name: $name}) SET l.asked = timestamp()", { name: lease.name });
    const abandoned = store.engine === "embedded" && (await isAbandoned(tx, lease.name));
    const rows = await tx.run(
      `MATCH (l:Lease {name: $name}) WHERE l.expiresAt IS NULL OR l.expiresAt <= timestamp() OR $abandoned
       SET l.token = $token, l.holder = $holder, l.machine = $machine, l.pid = $pid,
           l.expiresAt = timestamp() + $leaseMs RETURN l.token AS token`,
      { ...lease, abandoned, machine: machine(), pid: process.pid },
    );
    return rows.length === 1;
  });
}

/** True where the process that holds the lease was one of this machine, and has ended. */
async function isAbandoned(tx: WriteTransaction, name: string): Promise<boolean> {
  const [row] = await tx.run("MATCH (l:Lease {name: $name}) RETURN l.machine AS machine, l.pid AS pid", {
    name,
  });
  return typeof row?.pid === "number" && row.machine === machine() && !isRunning(row.pid);
}

/** Process ids are this machine's own, and on Linux this container's: where they count the same processes. */
function machine(): string {
  try {
    return `${hostname()} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return hostname();
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process may not be signalled, but runs.
    return !(error instanceof Error && "code" in error && error.code === "ESRCH");
  }
}

async function heldBySomebody(store: GraphStore, name: string): Promise<LeaseError> {
  const [row] = await store.rows(
    "MATCH (l:Lease {name: $name}) RETURN l.holder AS holder, l.expiresAt - timestamp() AS left",
    { name },
  );
  const left = typeof row?.left === "number" ? Math.max(0, Math.ceil(row.left / 1000)) : 0;
  return new LeaseError({
    what: `${name} is held by ${String(row?.holder ?? "somebody else")}, for another ${left} s unless renewed.`,
    means: "Nothing was changed.",
    fix: "Wait until it is done, and run it again.",
  });
}

class StoreLease implements Lease {
  readonly name: string;
  readonly token: string;
  readonly #store: GraphStore;
  readonly #leaseMs: number;
  #renewedAt = performance.now();

  constructor(store: GraphStore, name: string, token: string, leaseMs: number) {
    this.#store = store;
    this.name = name;
    this.token = token;
    this.#leaseMs = leaseMs;
  }

  async renew(tx: WriteTransaction): Promise<void> {
    const started = performance.now();
    const rows = await tx.run(
      `MATCH (l:Lease {name: $name}) WHERE l.token = $token AND l.expiresAt > timestamp()
       SET l.expiresAt = timestamp() + $leaseMs RETURN l.token AS token`,
      { name: this.name, token: this.token, leaseMs: this.#leaseMs },
    );
    if (rows.length !== 1) throw this.#lost();
    this.#renewedAt = started;
  }

  async keepAlive(): Promise<void> {
    if (performance.now() - this.#renewedAt < this.#leaseMs / 3) return;
    await this.#store.write(async (tx) => {
      await this.renew(tx);
    });
  }

  async release(): Promise<void> {
    await this.#store.write(
      async (tx) =>
        await tx.run("MATCH (l:Lease {name: $name}) WHERE l.token = $token DELETE l", {
          name: this.name,
          token: this.token,
        }),
    );
  }

  #lost(): LeaseError {
    return new LeaseError({
      what: `The lease on ${this.name} ran out before this write, and may be somebody else's by now.`,
      means: "The write was rolled back; what was written before stands, and the next run completes it.",
      fix: "Run it again. If it happens often, this machine or its connection to the store is too slow.",
    });
  }
}
