import type { GraphStore, WriteTransaction } from "../graph/index.js";
import type { Lease } from "./lease.js";

/** Records in one transaction, unless told. */
export const DEFAULT_BATCH = 2_000;

/** One write transaction: it begins with the lease, and with the lock that makes all writers serial. */
export async function leased<T>(
  options: { readonly store: GraphStore; readonly lease: Lease },
  work: (tx: WriteTransaction) => Promise<T>,
): Promise<T> {
  return await options.store.write(async (tx) => {
    await options.lease.renew(tx);
    await lockGraph(tx);
    return await work(tx);
  });
}

export async function lockGraph(tx: WriteTransaction): Promise<void> {
  await tx.run("MERGE (g:GraphLock {name: 'graph'}) SET g.at = timestamp()");
}
