import { LeaseError, OperationError } from "../model/index.js";
import { EmbeddedStore } from "./embedded.js";
import type { GraphStore, OpenOptions } from "./store.js";

/** Opens the store that the configuration names; its schema exists when this returns. */
export async function openStore(options: OpenOptions): Promise<GraphStore> {
  if (options.store.engine === "neo4j") {
    throw new OperationError({ what: "This build cannot open Neo4j." });
  }
  const store = await EmbeddedStore.open(options.dataDir);
  if (store !== undefined) return store;
  throw new LeaseError({ what: `The store in ${options.dataDir} is held by another process.` });
}
