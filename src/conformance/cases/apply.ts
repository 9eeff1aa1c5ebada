import type { GraphStore } from "../../graph/index.js";
import { readMarkers } from "../../ingest/index.js";
import { messageOf } from "../../model/index.js";
import type { Bench, Graph, Read } from "../bench.js";
import { differences, type GraphPicture, pictureOf } from "../graph.js";
import type { Problems } from "../problems.js";

/** A stream's records go into the graph in so many transactions at most, and each kind of them in one at least. */
const BATCHES = 4;

/** Ways to be cut off. */
const CUTS = [
  { name: "an apply that is cancelled", shut: false },
  // Whoever is stopped writes nothing more: what stands in the graph is a part.
  { name: "an apply that is stopped", shut: true },
] as const;
type Cut = (typeof CUTS)[number];

/**
 * An apply that is cut off in the middle counts for nothing: no partition is said to be read. Applied again, it comes to
 * the graph of one that nobody cut off.
 */
export async function applyCutOff(bench: Bench, problems: Problems): Promise<void> {
  const read = await bench.baseline();
  const records = [...read.lines.values()].reduce((sum, lines) => sum + lines.length, 0);
  const batchSize = Math.ceil(records / BATCHES);
  let writes = 0;
  const whole = await bench.inNewGraph(async (graph) => {
    const committed = () => {
      writes += 1;
    };
    const store = watched(graph.store, { committed });
    await bench.apply(read, { graph: { ...graph, store }, batchSize });
    return await pictureOf(graph.store);
  });
  // Before it come the lease and what is about to be done, after it that it was: the middle is in what is written.
  const after = Math.ceil(writes / 2);
  for (const cut of CUTS)
    await problems.within(cut.name, (part) =>
      bench.inNewGraph(async (graph) => {
        await cutOff(bench, read, { graph, batchSize, after, cut }, part);
        const between = await pictureOf(graph.store);
        if (cut.shut && !isPart(between, whole)) part.add("no part of it was written, so nothing was tried");
        await mustClaimNothing(graph, part);
        await mustComeTo(bench, read, graph, whole, part);
      }),
    );
}

interface CutOff {
  readonly graph: Graph;
  readonly batchSize: number;
  /** How many transactions are committed before. */
  readonly after: number;
  readonly cut: Cut;
}

async function cutOff(
  bench: Bench,
  read: Read,
  { graph, batchSize, after, cut }: CutOff,
  problems: Problems,
): Promise<void> {
  const controller = new AbortController();
  const { signal } = controller;
  let writes = 0;
  const store = watched(graph.store, {
    begins: () => {
      if (cut.shut) signal.throwIfAborted();
    },
    committed: () => {
      writes += 1;
      if (writes === after) controller.abort();
    },
  });
  const outcome: unknown = await bench.apply(read, { graph: { ...graph, store }, batchSize, signal }).then(
    () => "it was applied to its end",
    (error: unknown) => error,
  );
  if (!signal.aborted || outcome !== signal.reason) problems.add(`it ended otherwise: ${messageOf(outcome)}`);
  // Whoever is stopped cannot give the lease back: it runs out.
  await graph.store.write((tx) => tx.run("MATCH (l:Lease) SET l.expiresAt = 0"));
}

/** The store, with what is to happen before each of its transactions and after each that was committed. */
function watched(
  store: GraphStore,
  { begins, committed }: { readonly begins?: () => void; readonly committed: () => void },
): GraphStore {
  return {
    engine: store.engine,
    location: store.location,
    read: (cypher, options) => store.read(cypher, options),
    rows: (cypher, params, signal) => store.rows(cypher, params, signal),
    write: async (work) => {
      begins?.();
      const result = await store.write(work);
      committed();
      return result;
    },
    checkpoint: () => store.checkpoint(),
    close: () => store.close(),
  };
}

const sizeOf = ({ entities, edges }: GraphPicture) => entities.size + edges.size;
const isPart = (between: GraphPicture, whole: GraphPicture) =>
  sizeOf(between) > 0 && sizeOf(between) < sizeOf(whole);

/** Nothing was read of this graph before: whatever counts as read would be what was cut off. */
async function mustClaimNothing({ store, journal }: Graph, problems: Problems): Promise<void> {
  for (const { stream, partition, read, completeRead, verdict } of await readMarkers(store))
    if (read !== "" || completeRead !== null || verdict !== "failed")
      problems.add(`${stream} of ${partition} is said to be ${verdict}, as of "${read}"`);
  for await (const { type } of journal.events())
    if (type === "ingest.applied") problems.add("the journal says that it was applied");
}

/** The same apply again, and nobody cuts it off. */
async function mustComeTo(
  bench: Bench,
  read: Read,
  graph: Graph,
  whole: GraphPicture,
  problems: Problems,
): Promise<void> {
  const report = await bench.apply(read, { graph });
  for (const { stream, partition, verdict, state } of report.partitions)
    if (verdict !== "complete" || state !== "applied")
      problems.add(`applied again, ${stream} of ${partition} is ${verdict} and ${state}`);
  const now = await pictureOf(graph.store);
  const [differs] = differences(whole, now);
  if (differs !== undefined) problems.add(`applied again, the graph is another one: ${differs}`);
  if (now.changes !== whole.changes)
    problems.add(`applied again, it holds ${now.changes} changes, and not ${whole.changes}`);
}
