import { OperationError } from "../model/index.js";
import { SharedStore } from "./holder/shared.js";
import type { GraphStore, OpenOptions } from "./store.js";

/** Opens the store that the configuration names; its schema exists when this returns. */
export async function openStore(options: OpenOptions): Promise<GraphStore> {
  if (options.store.engine === "neo4j") {
    throw new OperationError({ what: "This build cannot open Neo4j." });
  }
  return await SharedStore.open(options.dataDir, { shuffleUnordered: options.shuffleUnordered ?? false });
}
