import type { KnownGraph } from "../collect/index.js";
import type { GraphStore } from "../graph/index.js";
import { LOST, parseAssertion } from "./assertion.js";
import { textOf } from "./baseline.js";
import { isTexts } from "./content.js";
import { readMarkers } from "./markers.js";

/** What the graph holds of a source, for collectors that must ask for what they knew. */
export async function knownGraph(store: GraphStore, source: string): Promise<KnownGraph> {
  const markers = await readMarkers(store, source);
  return {
    partitions: [...new Set(markers.map((marker) => marker.partition))],
    async edges(type, partition) {
      const found = new Map<string, { from: string; to: string }>();
      const query = `MATCH (a:Entity)-[e:${type}]->(b:Entity) WHERE any(x IN e.assertions WHERE x CONTAINS $mark)
        RETURN a.key AS start, b.key AS target, e.assertions AS assertions`;
      for await (const rows of store.read(query, { params: { mark: `|${source}|` } })) {
        for (const row of rows) {
          const assertions = isTexts(row.assertions) ? row.assertions.map(parseAssertion) : [];
          const asserts = assertions.some(
            (one) => one?.source === source && one.partition === partition && one.hash !== LOST,
          );
          const [from, to] = [textOf(row, "start"), textOf(row, "target")];
          if (asserts) found.set(`${from}|${to}`, { from, to });
        }
      }
      return [...found.values()];
    },
  };
}
