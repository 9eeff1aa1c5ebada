/**
 * The access graph's store. Two implementations, one Cypher: the same text runs on Neo4j 5 and on the embedded
 * engine. Text comes from the closed vocabulary and from checked rule files; values are always parameters.
 */

/** What a query returns: scalars, lists and maps; never nodes or relationships. Integers come as numbers. */
export type CellValue =
  | string
  | number
  | boolean
  | null
  | readonly CellValue[]
  | { readonly [key: string]: CellValue };
export type Row = Readonly<Record<string, CellValue>>;

/**
 * Parameters. Whole numbers reach Neo4j as integers, `undefined` is refused, and maps are accepted only as rows
 * to unwind: a map must never become a property value.
 */
export type ParamValue =
  | string
  | number
  | boolean
  | null
  | readonly ParamValue[]
  | { readonly [key: string]: ParamValue };
export type Params = Readonly<Record<string, ParamValue>>;

export interface ReadOptions {
  readonly params?: Params;
  readonly signal?: AbortSignal;
  /** Rows per batch; 5,000 unless told. */
  readonly batchSize?: number;
}

export interface WriteTransaction {
  /** Runs one statement inside the transaction and returns its rows. A failure rolls the whole transaction back. */
  run(cypher: string, params?: Params): Promise<readonly Row[]>;
}

export interface GraphStore {
  readonly engine: "neo4j" | "embedded";
  /** Where it is, for people: never with a credential in it. */
  readonly location: string;
  /**
   * Streams the rows of a read, batch by batch. Neo4j streams them from a READ member; the embedded engine
   * answers at once and hands the rows over in slices. An aborted signal ends it with an error.
   */
  read(cypher: string, options?: ReadOptions): AsyncIterable<readonly Row[]>;
  /** All rows of a read that is known to be small. */
  rows(cypher: string, params?: Params, signal?: AbortSignal): Promise<readonly Row[]>;
  /**
   * Runs `work` in one transaction: committed when it returns, rolled back when it throws. Neo4j may run it again
   * after a transient error, so `work` has no effect but its statements. Transactions of one embedded store are
   * serial, also across processes.
   */
  write<T>(work: (tx: WriteTransaction) => Promise<T>): Promise<T>;
  /** Makes what was committed durable against power loss (embedded: WAL checkpoint; Neo4j: nothing to do). */
  checkpoint(): Promise<void>;
  close(): Promise<void>;
}

export type StoreConfig =
  | { readonly engine: "embedded" }
  | {
      readonly engine: "neo4j";
      readonly uri: string;
      readonly user: string;
      readonly password: string;
      readonly database?: string | undefined;
    };

export interface OpenOptions {
  readonly store: StoreConfig;
  /** The data folder; the embedded store lives in it, and so does the socket of whoever holds it. */
  readonly dataDir: string;
  /** Tests only, embedded: rows of a query without ORDER BY come in random order, so that nothing relies on one. */
  readonly shuffleUnordered?: boolean;
}
