import type { Socket } from "node:net";
import { OperationError } from "../../model/index.js";
import type { OpenTransaction } from "../backend.js";
import type { EmbeddedStore } from "../embedded.js";
import {
  encodeFrame,
  type Failure,
  FrameReader,
  failureOf,
  holderGone,
  PROTOCOL,
  parseRequest,
  READ_CREDIT,
  type Request,
  type Response,
} from "./protocol.js";

interface OpenRead {
  readonly abort: AbortController;
  /** Hands out one credit, or waits for the client to give one. */
  credit: number;
  wake: () => void;
}

interface HeldTransaction {
  readonly tx: OpenTransaction;
  idle: NodeJS.Timeout | undefined;
}

/** One client of the holder: its reads and transactions end with it. */
export class Connection {
  readonly #store: EmbeddedStore;
  readonly #socket: Socket;
  readonly #frames = new FrameReader();
  readonly #reads = new Map<number, OpenRead>();
  readonly #waiting = new Map<number, AbortController>();
  readonly #transactions = new Map<number, HeldTransaction>();
  readonly #expired = new Set<number>();
  #idleMs: number;
  #finishing = false;
  #settled: () => void = () => {};

  constructor(store: EmbeddedStore, socket: Socket, idleMs: number) {
    this.#store = store;
    this.#socket = socket;
    this.#idleMs = idleMs;
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.on("error", () => socket.destroy());
    socket.once("close", () => this.#drop());
  }

  /** Refuses what is new, waits until transactions and reads have ended, reads no longer than `patienceMs`. */
  async finish(patienceMs: number): Promise<void> {
    this.#finishing = true;
    this.#idleMs = Math.min(this.#idleMs, patienceMs);
    for (const [id, held] of this.#transactions) if (held.idle !== undefined) this.#watch(id, held);
    for (const abort of this.#waiting.values()) abort.abort(holderGone());
    const timer = setTimeout(() => {
      for (const read of this.#reads.values()) this.#stop(read);
    }, patienceMs);
    await new Promise<void>((resolve) => {
      this.#settled = resolve;
      this.#settle();
    });
    clearTimeout(timer);
    await new Promise<void>((resolve) => {
      if (this.#socket.destroyed) return resolve();
      this.#socket.end(() => {
        this.#socket.destroy();
        resolve();
      });
      this.#socket.once("close", () => resolve());
    });
  }

  #settle(): void {
    if (!this.#finishing) return;
    if (this.#reads.size + this.#transactions.size + this.#waiting.size === 0) this.#settled();
  }

  #receive(chunk: Buffer): void {
    try {
      for (const frame of this.#frames.push(chunk)) this.#handle(parseRequest(frame));
    } catch {
      // Not a client of ours, or one of another version that no longer understands us.
      this.#socket.destroy();
    }
  }

  #handle(request: Request): void {
    switch (request.op) {
      case "ping":
        this.#send({ id: request.id, pong: { pid: process.pid, protocol: PROTOCOL } });
        return;
      case "more": {
        const read = this.#reads.get(request.id);
        if (read === undefined) return;
        read.credit += 1;
        read.wake();
        return;
      }
      case "cancel": {
        const read = this.#reads.get(request.id);
        if (read !== undefined) this.#stop(read);
        this.#waiting.get(request.id)?.abort();
        return;
      }
      default:
        // Each request is answered by itself, and its failure is an answer.
        void this.#answer(request).catch((error: unknown) => this.#fail(request.id, failureOf(error)));
    }
  }

  async #answer(request: Exclude<Request, { op: "ping" | "more" | "cancel" }>): Promise<void> {
    switch (request.op) {
      case "read":
        return await this.#read(request);
      case "begin":
        return await this.#begin(request.id);
      case "run": {
        const held = this.#held(request.tx);
        const rows = await this.#busy(request.tx, held, () => held.tx.run(request.cypher, request.params));
        return this.#send({ id: request.id, rows });
      }
      case "commit": {
        const held = this.#held(request.tx);
        await this.#busy(request.tx, held, () => held.tx.commit());
        this.#forget(request.tx);
        return this.#send({ id: request.id, done: true });
      }
      case "rollback":
        await this.#rollback(request.tx);
        return this.#send({ id: request.id, done: true });
      case "checkpoint":
        await this.#store.checkpoint();
        return this.#send({ id: request.id, done: true });
    }
  }

  async #read(request: Extract<Request, { op: "read" }>): Promise<void> {
    if (this.#finishing) throw holderGone();
    const read: OpenRead = { abort: new AbortController(), credit: READ_CREDIT, wake: () => {} };
    this.#reads.set(request.id, read);
    const { cypher, params, batchSize } = request;
    try {
      for await (const batch of this.#store.read(cypher, { params, batchSize, signal: read.abort.signal })) {
        while (read.credit === 0 && !read.abort.signal.aborted) {
          await new Promise<void>((resolve) => {
            read.wake = resolve;
          });
        }
        if (read.abort.signal.aborted) throw holderGone();
        read.credit -= 1;
        this.#send({ id: request.id, batch });
      }
      this.#send({ id: request.id, end: true });
    } finally {
      this.#reads.delete(request.id);
      this.#settle();
    }
  }

  async #begin(id: number): Promise<void> {
    if (this.#finishing) throw holderGone();
    const waiting = new AbortController();
    this.#waiting.set(id, waiting);
    try {
      const tx = await this.#store.begin(waiting.signal);
      if (waiting.signal.aborted || this.#socket.destroyed) return await tx.rollback();
      const held: HeldTransaction = { tx, idle: undefined };
      this.#transactions.set(id, held);
      this.#watch(id, held);
      this.#send({ id, done: true });
    } finally {
      this.#waiting.delete(id);
      this.#settle();
    }
  }

  #held(id: number): HeldTransaction {
    const held = this.#transactions.get(id);
    if (held !== undefined) return held;
    if (this.#expired.has(id)) {
      throw new OperationError({
        what: "The transaction stood idle for too long, and the process that holds the store rolled it back.",
        means: "Nothing of it was changed.",
        fix: "Run the command again.",
      });
    }
    throw new OperationError({ what: "The transaction has ended; its statements no longer run." });
  }

  /** The idle clock stands still while a statement runs. */
  async #busy<T>(id: number, held: HeldTransaction, work: () => Promise<T>): Promise<T> {
    clearTimeout(held.idle);
    held.idle = undefined;
    try {
      return await work();
    } finally {
      if (this.#transactions.get(id) === held) this.#watch(id, held);
    }
  }

  #watch(id: number, held: HeldTransaction): void {
    clearTimeout(held.idle);
    held.idle = setTimeout(() => {
      this.#expired.add(id);
      void this.#rollback(id).catch(() => {});
    }, this.#idleMs);
    held.idle.unref();
  }

  async #rollback(id: number): Promise<void> {
    const held = this.#transactions.get(id);
    if (held === undefined) return;
    clearTimeout(held.idle);
    try {
      await held.tx.rollback();
    } finally {
      this.#forget(id);
    }
  }

  #forget(id: number): void {
    clearTimeout(this.#transactions.get(id)?.idle);
    this.#transactions.delete(id);
    this.#settle();
  }

  /** The client is gone: nothing of it may go on. */
  #drop(): void {
    for (const read of this.#reads.values()) this.#stop(read);
    for (const abort of this.#waiting.values()) abort.abort(holderGone());
    for (const id of [...this.#transactions.keys()]) void this.#rollback(id).catch(() => {});
  }

  #stop(read: OpenRead): void {
    read.abort.abort(holderGone());
    read.wake();
  }

  #fail(id: number, failure: Failure): void {
    this.#send({ id, failure });
  }

  #send(response: Response): void {
    if (this.#socket.destroyed) return;
    this.#socket.write(encodeFrame(response));
  }
}
