import { createServer, type Server, type Socket } from "node:net";
import type { EmbeddedStore } from "../embedded.js";
import { announce, type HolderAddress, withdraw } from "./address.js";
import { Connection } from "./connection.js";

export interface ServeOptions {
  /** A transaction without a statement for this long is rolled back, so that a hung client blocks nobody. */
  readonly idleTransactionMs?: number;
  /** The same while the holder is closing, and for how long reads may then still go on. */
  readonly closingMs?: number;
}

const IDLE_TRANSACTION_MS = 60_000;
const CLOSING_MS = 5_000;

/** Serves the store that this process holds to other processes of the same user. */
export class HolderServer {
  readonly #dataDir: string;
  readonly #server: Server;
  readonly #closingMs: number;
  readonly #connections = new Map<Connection, Socket>();
  #address: HolderAddress | undefined;
  #closing = false;

  private constructor(dataDir: string, store: EmbeddedStore, options: ServeOptions) {
    this.#dataDir = dataDir;
    this.#closingMs = options.closingMs ?? CLOSING_MS;
    const idle = options.idleTransactionMs ?? IDLE_TRANSACTION_MS;
    this.#server = createServer((socket) => {
      if (this.#closing) {
        socket.destroy();
        return;
      }
      const connection = new Connection(store, socket, idle);
      this.#connections.set(connection, socket);
      // Serving others does not keep a process alive that has nothing left to do itself.
      socket.unref();
      socket.once("close", () => this.#connections.delete(connection));
    });
    // A connection that could not be accepted is its client's trouble, not ours.
    this.#server.on("error", () => {});
    this.#server.unref();
  }

  /** Throws OperationError where no socket can be made. */
  static async start(
    dataDir: string,
    store: EmbeddedStore,
    options: ServeOptions = {},
  ): Promise<HolderServer> {
    const server = new HolderServer(dataDir, store, options);
    try {
      server.#address = await announce(dataDir, server.#server);
    } catch (error) {
      server.#server.close();
      throw error;
    }
    return server;
  }

  /** Takes nothing new, lets open transactions end, and hangs up. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#server.close();
    await Promise.all(
      [...this.#connections].map(async ([connection, socket]) => {
        socket.ref();
        await connection.finish(this.#closingMs);
      }),
    );
    await withdraw(this.#dataDir, this.#address);
  }
}
