import { setTimeout as sleep } from "node:timers/promises";
import neo4j, {
  type BookmarkManager,
  type Driver,
  isRetryableError,
  type ManagedTransaction,
  type Session,
} from "neo4j-driver";
import { ExitgraphError, InputError, OperationError, packageVersion } from "../../model/index.js";
import { orAborted, throwIfAborted } from "../abort.js";
import { statementFailed, storeClosed } from "../errors.js";
import { notNested } from "../nesting.js";
import { checkParams } from "../params.js";
import { GRAPH_LOCK, schemaStatements } from "../schema.js";
import type { GraphStore, Params, ReadOptions, Row, StoreConfig, WriteTransaction } from "../store.js";
import { DEFAULT_BATCH } from "../values.js";
import { neo4jError } from "./errors.js";
import { driverParams, rowOf } from "./values.js";

export type Neo4jConfig = Extract<StoreConfig, { engine: "neo4j" }>;

/** How long opening may take in all, and how long transient errors are retried, as the driver itself does. */
const OPEN_MS = 10_000;
const RETRY_MS = 30_000;
const RETRY_STEP_MS = 200;

/**
 * Neo4j 5 by its driver. Reads go to READ members as a stream; writes to the leader, again after a transient error;
 * one bookmark manager for all sessions, so that a read sees what was written before it on whatever member.
 */
export class Neo4jStore implements GraphStore {
  readonly engine = "neo4j";
  readonly location: string;
  readonly #driver: Driver;
  readonly #database: string | undefined;
  readonly #bookmarks: BookmarkManager = neo4j.bookmarkManager();
  #closed = false;

  private constructor(driver: Driver, location: string, database: string | undefined) {
    this.#driver = driver;
    this.location = location;
    this.#database = database;
  }

  /**
   * Connects, and creates constraints and indexes. Throws InputError for a wrong address, user, password or
   * database, OperationError where the server cannot be reached within ten seconds.
   */
  static async open(config: Neo4jConfig): Promise<Neo4jStore> {
    const location = locationOf(config);
    const store = new Neo4jStore(driverOf(config), location, config.database);
    const bound = AbortSignal.timeout(OPEN_MS);
    try {
      await orAborted(store.#prepare(), bound);
      return store;
    } catch (error) {
      // Closing waits for connections that may never answer; nobody has to wait with it.
      void store.close().catch(() => {});
      if (!bound.aborted || error instanceof ExitgraphError) throw neo4jError(error, location);
      throw new OperationError({
        what: `Neo4j at ${location} did not answer within ${OPEN_MS / 1000} s.`,
        means: "Nothing was read or changed.",
        fix: "Check that it runs and that the address and port are right.",
        cause: error,
      });
    }
  }

  async *read(cypher: string, options: ReadOptions = {}): AsyncGenerator<readonly Row[]> {
    const { params = {}, signal, batchSize = DEFAULT_BATCH } = options;
    checkParams(params);
    throwIfAborted(signal);
    const sent = driverParams(params);
    const deadline = performance.now() + RETRY_MS;
    for (let attempt = 0; ; attempt++) {
      let begun = false;
      try {
        for await (const batch of this.#stream(cypher, sent, batchSize, signal)) {
          begun = true;
          yield batch;
        }
        return;
      } catch (error) {
        const again = !begun && isRetryable(error) && performance.now() < deadline && !this.#closed;
        if (!again) throw neo4jError(error, this.location, cypher);
        await sleep(
          RETRY_STEP_MS * 2 ** Math.min(attempt, 5),
          undefined,
          signal === undefined ? {} : { signal },
        );
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
      const session = this.#session("WRITE");
      try {
        return await session.executeWrite(async (tx) => await this.#attempt(tx, work));
      } catch (error) {
        throw neo4jError(error, this.location, "COMMIT");
      } finally {
        // Committed or not is decided by now; a connection that breaks while it is put back changes nothing.
        await session.close().catch(() => {});
      }
    });
  }

  /** Neo4j makes every commit durable itself. */
  async checkpoint(): Promise<void> {}

  async close(): Promise<void> {
    this.#closed = true;
    await this.#driver.close();
  }

  async *#stream(
    cypher: string,
    params: Record<string, unknown>,
    batchSize: number,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<readonly Row[]> {
    const session = this.#session("READ");
    try {
      const records = session.run(cypher, params)[Symbol.asyncIterator]();
      const next = async (): Promise<{ rows: Row[]; done: boolean }> => {
        const rows: Row[] = [];
        while (rows.length < batchSize) {
          const { value, done } = await records.next();
          if (done === true) return { rows, done };
          rows.push(rowOf(value));
        }
        return { rows, done: false };
      };
      for (;;) {
        const { rows, done } = await orAborted(next(), signal);
        if (rows.length > 0) yield rows;
        throwIfAborted(signal);
        if (done) return;
      }
    } finally {
      // Closing resets the connection where the result is not read to its end: the server stops the query.
      const closing = session.close().catch(() => {});
      if (signal?.aborted !== true) await closing;
    }
  }

  async #attempt<T>(tx: ManagedTransaction, work: (tx: WriteTransaction) => Promise<T>): Promise<T> {
    const statements = new Set<Promise<unknown>>();
    let failed: unknown;
    const run = async (cypher: string, params: Params = {}): Promise<readonly Row[]> => {
      try {
        checkParams(params);
        const { records } = await tx.run(cypher, driverParams(params));
        return records.map(rowOf);
      } catch (error) {
        failed ??= neo4jError(error, this.location, cypher);
        throw failed;
      }
    };
    try {
      const result = await work({
        run: async (cypher, params) => {
          const statement = run(cypher, params);
          statements.add(statement);
          return await statement;
        },
      });
      await Promise.allSettled(statements);
      // The driver would resolve without having committed anything.
      if (failed !== undefined) throw statementFailed(failed);
      return result;
    } catch (error) {
      // The driver decides by its own errors whether to try again.
      const cause: unknown = error instanceof ExitgraphError ? error.detail.cause : undefined;
      throw isRetryable(cause) ? cause : error;
    }
  }

  async #prepare(): Promise<void> {
    await this.#driver.verifyConnectivity(this.#database === undefined ? {} : { database: this.#database });
    await this.write(async (tx) => {
      for (const statement of schemaStatements("neo4j")) await tx.run(statement);
    });
    await this.rows("CALL db.awaitIndexes(60)");
    await this.write(async (tx) => await tx.run(GRAPH_LOCK));
  }

  #session(mode: "READ" | "WRITE"): Session {
    if (this.#closed) throw storeClosed();
    return this.#driver.session({
      defaultAccessMode: mode === "READ" ? neo4j.session.READ : neo4j.session.WRITE,
      bookmarkManager: this.#bookmarks,
      fetchSize: DEFAULT_BATCH,
      ...(this.#database === undefined ? {} : { database: this.#database }),
    });
  }
}

function isRetryable(error: unknown): error is Error {
  return error instanceof Error && isRetryableError(error);
}

function driverOf(config: Neo4jConfig): Driver {
  try {
    return neo4j.driver(config.uri, neo4j.auth.basic(config.user, config.password), {
      disableLosslessIntegers: true,
      telemetryDisabled: true,
      fetchSize: DEFAULT_BATCH,
      connectionTimeout: 5_000,
      connectionAcquisitionTimeout: 20_000,
      maxTransactionRetryTime: RETRY_MS,
      userAgent: `exitgraph/${packageVersion()}`,
    });
  } catch {
    // The driver's message repeats the address, and with it what somebody may have written into it.
    throw badUri("is not one that the driver understands");
  }
}

/** Scheme, host, port and database: what a person needs to know, and nothing secret. */
function locationOf(config: Neo4jConfig): string {
  let url: URL;
  try {
    url = new URL(config.uri);
  } catch {
    throw badUri("is not a URI");
  }
  if (!/^(neo4j|bolt)(\+s|\+ssc)?:$/.test(url.protocol)) throw badUri("must begin with neo4j:// or bolt://");
  if (url.username !== "" || url.password !== "") throw badUri("holds a user name or a password");
  return `${url.protocol}//${url.host}${config.database === undefined ? "" : `/${config.database}`}`;
}

function badUri(why: string): InputError {
  return new InputError({
    what: `The address of the store ${why}.`,
    means: "Nothing was read or changed.",
    fix: "Write `uri: neo4j://host:7687` under `store` (neo4j+s:// with TLS), with user and password in their own keys.",
  });
}
