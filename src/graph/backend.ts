import type { ReadOptions, Row, WriteTransaction } from "./store.js";

/** A transaction that its owner ends; the holder's socket hands these to other processes. */
export interface OpenTransaction extends WriteTransaction {
  commit(): Promise<void>;
  /** Ends it without a trace; harmless when it has ended already. */
  rollback(): Promise<void>;
}

/** The embedded store as a process reaches it: in itself, or through the process that holds the file. */
export interface Backend {
  /** True once it can never answer again and another one has to be found. */
  readonly gone: boolean;
  read(cypher: string, options: ReadOptions): AsyncIterable<readonly Row[]>;
  /** Begins a transaction when all earlier ones have ended. Whoever begins one must end it. */
  begin(): Promise<OpenTransaction>;
  checkpoint(): Promise<void>;
  close(): Promise<void>;
}

/** Runs `work` in a transaction of its own: committed when it returns, rolled back when it throws. */
export async function inTransaction<T>(
  tx: OpenTransaction,
  work: (tx: WriteTransaction) => Promise<T>,
): Promise<T> {
  try {
    const result = await work(tx);
    await tx.commit();
    return result;
  } catch (error) {
    // The first error is the one that explains; the transaction has ended either way.
    await tx.rollback().catch(() => {});
    throw error;
  }
}
