import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EmbeddedStore } from "../../src/graph/embedded.js";
import type { GraphStore } from "../../src/graph/index.js";

/** An embedded store in a folder of its own that hands unordered rows over in any order. */
export interface ShuffledStore {
  readonly store: GraphStore;
  readonly dataDir: string;
  remove(): Promise<void>;
}

export async function openShuffledStore(): Promise<ShuffledStore> {
  const dataDir = await mkdtemp(join(tmpdir(), "exitgraph-shuffled-"));
  const store = await EmbeddedStore.open(dataDir, { shuffleUnordered: true });
  if (store === undefined) throw new Error(`${dataDir} is held by somebody else`);
  return {
    store,
    dataDir,
    async remove() {
      await store.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
