import { z } from "zod";
import { type GraphStore, openStore, type WriteTransaction } from "../../src/graph/index.js";
import { SnapshotFolder } from "../../src/snapshot/index.js";
import { LOOSE, TestProject } from "../support/ingest-worlds.js";
import { neo4jStore } from "./storeArguments.js";

/**
 * Ingests one snapshot in a process of its own, which kills itself at one of its writes: with SIGKILL, so that
 * nothing of it can tidy up. Prints how many writes there were when it was let live.
 */
const options = z
  .object({
    engine: z.enum(["embedded", "neo4j"]),
    dataDir: z.string(),
    snapshots: z.string(),
    snapshot: z.string(),
    batchSize: z.number(),
    /** The write at which it dies, from 1; 0 lets it live. */
    dieAt: z.number(),
    /** Just before the commit of that write, or just after it. */
    committed: z.boolean(),
  })
  .parse(JSON.parse(process.argv[2] ?? ""));

/** Counts writes from the moment the ingest begins, and dies at one of them. */
function deadly(inner: GraphStore): GraphStore & { writes: number; armed: boolean } {
  const die = () => process.kill(process.pid, "SIGKILL");
  return {
    writes: 0,
    armed: false,
    engine: inner.engine,
    location: inner.location,
    read: (cypher, readOptions) => inner.read(cypher, readOptions),
    rows: (cypher, params, signal) => inner.rows(cypher, params, signal),
    checkpoint: () => inner.checkpoint(),
    close: () => inner.close(),
    async write<T>(work: (tx: WriteTransaction) => Promise<T>): Promise<T> {
      if (this.armed) this.writes += 1;
      const last = this.armed && this.writes === options.dieAt;
      const result = await inner.write(async (tx) => {
        const done = await work(tx);
        if (last && !options.committed) die();
        return done;
      });
      if (last) die();
      return result;
    },
  };
}

const store = deadly(
  await openStore({
    store: options.engine === "embedded" ? { engine: "embedded" } : neo4jStore(),
    dataDir: options.dataDir,
  }),
);
const project = await TestProject.open(store, options.dataDir, LOOSE, new SnapshotFolder(options.snapshots));
store.armed = true;
await project.ingest({ id: options.snapshot }, { batchSize: options.batchSize });
store.armed = false;
await store.close();
console.log(JSON.stringify({ writes: store.writes }));
