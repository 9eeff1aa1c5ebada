import { AsyncLocalStorage } from "node:async_hooks";

const inside = new AsyncLocalStorage<ReadonlySet<object>>();

/**
 * Runs `work` as a transaction of `store`. Transactions of one store are serial, so one opened inside another
 * would wait for itself for ever: that is refused at once.
 */
export async function notNested<T>(store: object, work: () => Promise<T>): Promise<T> {
  const open = inside.getStore() ?? new Set<object>();
  if (open.has(store)) {
    throw new Error("A write transaction was begun inside another one of the same store.");
  }
  return await inside.run(new Set(open).add(store), work);
}
