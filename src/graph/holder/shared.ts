import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { LeaseError } from "../../model/index.js";
import { type Backend, inTransaction } from "../backend.js";
import { EmbeddedStore, graphFolder } from "../embedded.js";
import { storeClosed } from "../errors.js";
import { notNested } from "../nesting.js";
import type { GraphStore, Params, ReadOptions, Row, WriteTransaction } from "../store.js";
import { isOurs, readAddress } from "./address.js";
import { HolderClient, HolderSilent } from "./client.js";
import { HolderGone } from "./protocol.js";
import { HolderServer, type ServeOptions } from "./server.js";

export interface SharedOptions extends ServeOptions {
  readonly shuffleUnordered?: boolean;
  /** How long a holder may take to answer, and how long the store is tried for in all. */
  readonly patienceMs?: number;
}

/** Below the ten seconds after which a command must have said that the store cannot be had. */
const PATIENCE_MS = 8_000;
const RETRY_MS = 50;

/**
 * The embedded store of a data folder, whoever holds it. The first process to open the file holds it and serves the
 * others; when it ends, the next operation of any other process opens the file itself, or finds the new holder. What
 * was under way fails; what had not begun never notices.
 */
export class SharedStore implements GraphStore {
  readonly engine = "embedded";
  readonly location: string;
  readonly #dataDir: string;
  readonly #options: SharedOptions;
  #backend: Promise<Backend> | undefined;
  #closed = false;

  private constructor(dataDir: string, options: SharedOptions) {
    this.#dataDir = dataDir;
    this.#options = options;
    this.location = graphFolder(dataDir);
  }

  /** Throws LeaseError where the store is held and its holder does not answer in time. */
  static async open(dataDir: string, options: SharedOptions = {}): Promise<SharedStore> {
    const store = new SharedStore(dataDir, options);
    await store.#current();
    return store;
  }

  async *read(cypher: string, options: ReadOptions = {}): AsyncGenerator<readonly Row[]> {
    for (;;) {
      let begun = false;
      try {
        for await (const batch of (await this.#current()).read(cypher, options)) {
          begun = true;
          yield batch;
        }
        return;
      } catch (error) {
        if (begun || !(error instanceof HolderGone)) throw error;
      }
    }
  }

  async rows(cypher: string, params: Params = {}, signal?: AbortSignal): Promise<readonly Row[]> {
    const all: Row[] = [];
    const options = signal === undefined ? { params } : { params, signal };
    for await (const batch of this.read(cypher, options)) for (const row of batch) all.push(row);
    return all;
  }

  async write<T>(work: (tx: WriteTransaction) => Promise<T>): Promise<T> {
    return await notNested(this, async () => {
      const tx = await this.#retried(async (backend) => await backend.begin());
      return await inTransaction(tx, work);
    });
  }

  async checkpoint(): Promise<void> {
    await this.#retried(async (backend) => await backend.checkpoint());
  }

  async close(): Promise<void> {
    this.#closed = true;
    const backend = this.#backend;
    this.#backend = undefined;
    await (await backend?.catch(() => undefined))?.close();
  }

  /** For what has not begun before it succeeds: asks the next holder where this one went away. */
  async #retried<T>(work: (backend: Backend) => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work(await this.#current());
      } catch (error) {
        if (!(error instanceof HolderGone)) throw error;
      }
    }
  }

  async #current(): Promise<Backend> {
    if (this.#closed) throw storeClosed();
    const known = this.#backend;
    if (known !== undefined) {
      const backend = await known;
      if (!backend.gone) return backend;
      await backend.close();
      if (this.#closed) throw storeClosed();
      if (this.#backend === known) this.#backend = undefined;
    }
    this.#backend ??= this.#find();
    const found = this.#backend;
    try {
      return await found;
    } catch (error) {
      // A later operation tries again.
      if (this.#backend === found) this.#backend = undefined;
      throw error;
    }
  }

  async #find(): Promise<Backend> {
    const patience = this.#options.patienceMs ?? PATIENCE_MS;
    const deadline = performance.now() + patience;
    for (;;) {
      const own = await this.#hold();
      if (own !== undefined) return own;
      const address = await readAddress(this.#dataDir);
      const left = deadline - performance.now();
      if (address !== undefined && existsSync(address.socket) && !(await isOurs(address.socket))) {
        throw heldByAnotherUser(this.location, address.pid);
      }
      if (left <= 0) throw heldBy(this.location, address?.pid, patience);
      if (address !== undefined) {
        try {
          return await HolderClient.connect(address.socket, left, patience);
        } catch (error) {
          if (error instanceof HolderSilent) throw heldBy(this.location, address.pid, patience);
          if (!(error instanceof HolderGone)) throw error;
        }
      }
      // It is opening, closing or dead: the file says which.
      await sleep(Math.min(RETRY_MS, left));
    }
  }

  async #hold(): Promise<Backend | undefined> {
    const store = await EmbeddedStore.open(this.#dataDir, this.#options);
    if (store === undefined) return undefined;
    try {
      return new Holder(store, await HolderServer.start(this.#dataDir, store, this.#options));
    } catch (error) {
      await store.close();
      throw error;
    }
  }
}

/** This process holds the file, and serves it. */
class Holder implements Backend {
  readonly gone = false;
  readonly #store: EmbeddedStore;
  readonly #server: HolderServer;

  constructor(store: EmbeddedStore, server: HolderServer) {
    this.#store = store;
    this.#server = server;
  }

  read(cypher: string, options: ReadOptions): AsyncIterable<readonly Row[]> {
    return this.#store.read(cypher, options);
  }
  async begin() {
    return await this.#store.begin();
  }
  async checkpoint(): Promise<void> {
    await this.#store.checkpoint();
  }
  async close(): Promise<void> {
    try {
      await this.#server.close();
    } finally {
      await this.#store.close();
    }
  }
}

function heldByAnotherUser(location: string, pid: number): LeaseError {
  return new LeaseError({
    what: `The store in ${location} is held by process ${pid} of another user.`,
    means: "Nothing was read or changed.",
    fix: "Run the command as that user, or end that process first.",
  });
}

function heldBy(location: string, pid: number | undefined, patience: number): LeaseError {
  const who = pid === undefined ? "another process" : `process ${pid}`;
  return new LeaseError({
    what: `The store in ${location} is held by ${who}, which has not answered for ${Math.round(patience / 1000)} s.`,
    means: "Nothing was read or changed.",
    fix: `If it hangs, end it${pid === undefined ? "" : ` (kill ${pid})`}: what it committed is kept. If it is only busy, wait. Then run the command again.`,
  });
}
