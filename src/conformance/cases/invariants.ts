import { verifyInvariants, violationText } from "../../ingest/index.js";
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
  for (const invariant of invariants) if (invariant.count > 0) problems.add(violationText(invariant));
  problems.end();
}
