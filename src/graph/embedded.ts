import { chmodSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import grafeo, { type GrafeoDB, type QueryResult, type Transaction } from "@grafeo-db/js";
import { messageOf, OperationError } from "../model/index.js";
import { orAborted, throwIfAborted } from "./abort.js";
import { inTransaction, type OpenTransaction } from "./backend.js";
import { rowOf } from "./embedded-values.js";
import { embeddedError, readWrote, statementFailed, storeClosed } from "./errors.js";
import { Mutex } from "./mutex.js";
import { notNested } from "./nesting.js";
import { checkParams } from "./params.js";
import { GRAPH_LOCK, schemaStatements } from "./schema.js";
import type { GraphStore, Params, ReadOptions, Row, WriteTransaction } from "./store.js";
import { DEFAULT_BATCH } from "./values.js";

/** The folder of the embedded store: the database, its write-ahead log, and who holds it. */
export function graphFolder(dataDir: string): string {
  return join(dataDir, "graph");
}

/**
 * The embedded engine in this process. Readers see committed state only, and the state as it was when their query
 * began: each read runs in a snapshot transaction of its own that is always rolled back. The engine makes no fsync
 * at commit; `checkpoint` does.
 */
export class EmbeddedStore implements GraphStore {
  readonly engine = "embedded";
  readonly location: string;
  readonly #db: GrafeoDB;
  readonly #writers = new Mutex();
  #closing: Promise<void> | undefined;

  private constructor(db: GrafeoDB, location: string) {
    this.#db = db;
    this.location = location;
  }

  /**
   * Opens the store in `<dataDir>/graph`, creating it and its schema where they are missing; `undefined` when
   * another process holds it. Both folders become private to this user. Throws OperationError where the folder or
   * the file cannot be used.
   */
  static async open(
    dataDir: string,
    options: { readonly shuffleUnordered?: boolean } = {},
  ): Promise<EmbeddedStore | undefined> {
    const folder = graphFolder(dataDir);
    const db = openFile(dataDir, folder, options.shuffleUnordered ?? false);
    if (db === undefined) return undefined;
    const store = new EmbeddedStore(db, folder);
    try {
      for (const statement of schemaStatements("embedded")) await db.executeCypher(statement);
      await store.write(async (tx) => await tx.run(GRAPH_LOCK));
    } catch (error) {
      db.close();
      throw embeddedError(error, "schema");
    }
    return store;
  }

  async *read(cypher: string, options: ReadOptions = {}): AsyncGenerator<readonly Row[]> {
    const { params = {}, signal, batchSize = DEFAULT_BATCH } = options;
    checkParams(params);
    throwIfAborted(signal);
    const result = await orAborted(this.#query(cypher, params), signal);
    // Rows are converted slice by slice, so that a large result neither blocks the process nor exists twice.
    const total = result.length;
    for (let from = 0; from < total; from += batchSize) {
      throwIfAborted(signal);
      yield slice(result, from, Math.min(from + batchSize, total));
      await new Promise(setImmediate);
    }
    throwIfAborted(signal);
  }

  async rows(cypher: string, params: Params = {}, signal?: AbortSignal): Promise<readonly Row[]> {
    const all: Row[] = [];
    const options = signal === undefined ? { params } : { params, signal };
    for await (const batch of this.read(cypher, options)) for (const row of batch) all.push(row);
    return all;
  }

  async write<T>(work: (tx: WriteTransaction) => Promise<T>): Promise<T> {
    return await notNested(this, async () => {
      return await inTransaction(await this.begin(), work);
    });
  }

  /** Begins a transaction when all earlier ones have ended. Whoever begins one must end it. */
  async begin(signal?: AbortSignal): Promise<OpenTransaction> {
    if (this.#closing !== undefined) throw storeClosed();
    const release = await this.#writers.acquire(signal);
    try {
      if (this.#closing !== undefined) throw storeClosed();
      return new EmbeddedTransaction(this.#db.beginTransaction(), release);
    } catch (error) {
      release();
      throw embeddedError(error, "BEGIN");
    }
  }

  async checkpoint(): Promise<void> {
    if (this.#closing !== undefined) throw storeClosed();
    // Between transactions, so that what is written out is a committed state.
    const release = await this.#writers.acquire();
    try {
      this.#db.walCheckpoint();
    } catch (error) {
      throw notWritten(error);
    } finally {
      release();
    }
  }

  /** Waits for the open transaction, then closes the file. Transactions that wait behind it fail. */
  async close(): Promise<void> {
    this.#closing ??= (async () => {
      const release = await this.#writers.acquire();
      try {
        this.#db.close();
      } catch (error) {
        throw notWritten(error);
      } finally {
        release();
      }
    })();
    await this.#closing;
  }

  async #query(cypher: string, params: Params): Promise<QueryResult> {
    if (this.#closing !== undefined) throw storeClosed();
    const tx = this.#db.beginTransaction();
    let result: QueryResult;
    try {
      result = await tx.executeCypher(cypher, params);
    } catch (error) {
      throw embeddedError(error, cypher);
    } finally {
      tx.rollback();
    }
    if (Object.values(result.counters).some((count: number) => count > 0)) throw readWrote(cypher);
    return result;
  }
}

class EmbeddedTransaction implements OpenTransaction {
  readonly #tx: Transaction;
  readonly #release: () => void;
  #running: Promise<unknown> = Promise.resolve();
  #ended = false;
  #failed: unknown;

  constructor(tx: Transaction, release: () => void) {
    this.#tx = tx;
    this.#release = release;
  }

  async run(cypher: string, params: Params = {}): Promise<readonly Row[]> {
    // One statement at a time, in the order they were given, also where the caller does not wait.
    const turn = this.#running.then(async () => await this.#run(cypher, params));
    this.#running = turn.catch(() => {});
    return await turn;
  }

  async #run(cypher: string, params: Params): Promise<readonly Row[]> {
    this.#assertUsable();
    try {
      checkParams(params);
      const result = await this.#tx.executeCypher(cypher, params);
      return slice(result, 0, result.length);
    } catch (error) {
      // The engine would keep the earlier statements at commit: from here on only a rollback is possible.
      this.#failed = embeddedError(error, cypher);
      throw this.#failed;
    }
  }

  async commit(): Promise<void> {
    await this.#running;
    this.#assertUsable();
    try {
      this.#tx.commit();
    } catch (error) {
      this.#failed = embeddedError(error, "COMMIT");
      throw this.#failed;
    }
    this.#end();
  }

  async rollback(): Promise<void> {
    await this.#running;
    if (this.#ended) return;
    try {
      if (this.#tx.isActive) this.#tx.rollback();
    } catch (error) {
      throw embeddedError(error, "ROLLBACK");
    } finally {
      this.#end();
    }
  }

  #assertUsable(): void {
    if (this.#failed !== undefined) throw statementFailed(this.#failed);
    if (this.#ended) {
      throw new OperationError({ what: "The transaction has ended; its statements no longer run." });
    }
  }

  #end(): void {
    this.#ended = true;
    this.#release();
  }
}

function notWritten(cause: unknown): OperationError {
  return new OperationError({
    what: `The embedded store could not be written to disk: ${messageOf(cause)}.`,
    means: "What was committed survives a crash of the process, but maybe not a power failure.",
    fix: "Check that the disk is not full, and run it again.",
    cause,
  });
}

function slice(result: QueryResult, from: number, to: number): Row[] {
  const rows: Row[] = [];
  for (let i = from; i < to; i++) rows.push(rowOf(result.get(i)));
  return rows;
}

function openFile(dataDir: string, folder: string, shuffleUnordered: boolean): GrafeoDB | undefined {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // The data folder may be a mounted volume that somebody else owns; what is ours inside it is private.
    if (statSync(dataDir).uid === process.getuid?.()) makePrivate(dataDir);
    makePrivate(folder);
    return grafeo.GrafeoDB.create(join(folder, "store.grafeo"), { shuffleUnordered });
  } catch (error) {
    if (/cannot be locked/.test(messageOf(error))) return undefined;
    throw new OperationError({
      what: `The embedded store in ${folder} cannot be opened: ${messageOf(error)}.`,
      means: "Nothing was read or changed.",
      fix: "Check that the folder can be written to and the disk is not full. If the store itself is damaged, move the folder away and run `exitgraph rebuild`.",
      cause: error,
    });
  }
}

function makePrivate(folder: string): void {
  if ((statSync(folder).mode & 0o077) !== 0) chmodSync(folder, 0o700);
}
