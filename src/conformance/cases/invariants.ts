import { verifyInvariants, violationText } from "../../ingest/index.js";
import { UNRESOLVED } from "../../model/index.js";
import type { Bench } from "../bench.js";
import { Problems } from "../problems.js";

/** What a whole read says agrees with itself: every invariant of the graph holds, and no partition is marked for one. */
export async function invariantsHold(bench: Bench): Promise<void> {
  const problems = new Problems();
  const report = await bench.apply(await bench.baseline());
  for (const { stream, partition, verdict, reason } of report.partitions)
    if (verdict !== "complete") problems.add(`${stream} of ${partition} is ${verdict}: ${reason ?? ""}`);
  const globalIds = bench.collector.streams.flatMap(({ produces }) =>
    produces.nodes.flatMap(({ provider, globalId }) =>
      globalId === true && provider !== undefined ? [provider] : [],
    ),
  );
  const { invariants } = await verifyInvariants(await bench.store(), new Set(globalIds));
  await edgesGoOutFromWhatIsSaid(bench, problems);
  for (const invariant of invariants) if (invariant.count > 0) problems.add(violationText(invariant));
  problems.end();
}

/** A rule waits for the streams whose edges go out from what it is about: what a stream says of that must hold. */
async function edgesGoOutFromWhatIsSaid(bench: Bench, problems: Problems): Promise<void> {
  const said = new Map<string, readonly string[]>();
  bench.collector.streams.forEach(({ produces }, rank) => {
    for (const { type, from } of produces.edges) if (from !== undefined) said.set(`${rank} ${type}`, from);
  });
  const rows = await (await bench.store()).rows(
    "MATCH (a:Entity)-[e]->(b:Entity) RETURN type(e) AS type, labels(a) AS labels, e.assertions AS assertions, a.key AS key",
  );
  for (const { type, labels, assertions, key } of rows) {
    if (!Array.isArray(labels) || !Array.isArray(assertions)) continue;
    for (const assertion of assertions) {
      const [rank] = String(assertion).split("|");
      const from = said.get(`${rank} ${String(type)}`);
      if (from !== undefined && !labels.some((label) => label === UNRESOLVED || from.includes(String(label))))
        problems.add(
          `${String(type)} goes out from ${String(key)}, and the stream says from ${from.join(", ")}`,
        );
    }
  }
}
