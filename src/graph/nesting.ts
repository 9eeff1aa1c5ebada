import { AsyncLocalStorage } from "node:async_hooks";

const inside = new AsyncLocalStorage<ReadonlyMap<object, { open: boolean }>>();

/**
 * Runs `work` as a transaction of `store`. Transactions of one store are serial, so one opened inside another
 * would wait for itself for ever: that is refused at once. What `work` leaves behind (a timer) is free again when
 * `work` has ended.
 */
export async function notNested<T>(store: object, work: () => Promise<T>): Promise<T> {
  const around = inside.getStore() ?? new Map<object, { open: boolean }>();
  if (around.get(store)?.open === true) {
    throw new Error("A write transaction was begun inside another one of the same store.");
  }
  const own = { open: true };
  try {
    return await inside.run(new Map(around).set(store, own), work);
  } finally {
    own.open = false;
  }
}
