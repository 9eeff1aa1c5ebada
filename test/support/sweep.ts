import { createHash } from "node:crypto";
import { filesBelow, storeLines } from "../../src/conformance/index.js";
import { openStore, type StoreConfig } from "../../src/graph/index.js";

export { contentOf, filesBelow, type SweptFile, storeLines } from "../../src/conformance/index.js";

/** What an installation knows: the store's content, and every other file of its data folder with its hash. */
export async function stateOf(dataDir: string, config: StoreConfig = { engine: "embedded" }) {
  const store = await openStore({ store: config, dataDir });
  try {
    return { store: await storeLines(store), files: await filesWithHashes(dataDir) };
  } finally {
    await store.close();
  }
}

/** Files of a data folder but the database's own, which change when it is opened. */
export async function filesWithHashes(dataDir: string): Promise<readonly string[]> {
  const files = await filesBelow(dataDir);
  return files
    .filter(({ path }) => !path.startsWith("graph/"))
    .map(({ path, raw }) => `${path} ${createHash("sha256").update(raw).digest("hex")}`);
}
