import { SharedStore } from "./holder/shared.js";
import type { GraphStore, OpenOptions } from "./store.js";

/**
 * Opens the store that the configuration names; its schema exists when this returns. Throws InputError where the
 * configuration is wrong, OperationError where the store cannot be reached, and LeaseError where another process
 * holds the embedded store and does not answer.
 */
export async function openStore(options: OpenOptions): Promise<GraphStore> {
  const { store, dataDir, shuffleUnordered = false } = options;
  if (store.engine === "embedded") return await SharedStore.open(dataDir, { shuffleUnordered });
  // The driver is loaded only where it is used: it takes longer to load than the embedded engine to open.
  const { Neo4jStore } = await import("./neo4j/store.js");
  return await Neo4jStore.open(store);
}
