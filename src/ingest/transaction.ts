import type { GraphStore, WriteTransaction } from "../graph/index.js";
import { type ApplyTransaction, Touched } from "./invariants/index.js";
import type { Lease } from "./lease.js";

/** Records in one transaction, unless told. */
export const DEFAULT_BATCH = 2_000;

/**
 * One write transaction: it begins with the lease, and with the lock that makes all writers serial. What it writes is
 * noted in `touched`, where somebody will look at that.
 */
export async function leased<T>(
  options: { readonly store: GraphStore; readonly lease: Lease; readonly touched?: Touched },
  work: (tx: ApplyTransaction) => Promise<T>,
): Promise<T> {
  const { touched = new Touched() } = options;
  return await options.store.write(async (tx) => {
    await options.lease.renew(tx);
    await lockGraph(tx);
    return await work({ run: (cypher, params) => tx.run(cypher, params), touched });
  });
}

export async function lockGraph(tx: WriteTransaction): Promise<void> {
  await tx.run("MERGE (g:GraphLock {name: 'graph'}) SET g.at = timestamp()");
}
