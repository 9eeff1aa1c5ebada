import type { SourceConfig } from "../config/index.js";
import type { IngestReport } from "../ingest/index.js";
import type { RunReport } from "../reconcile/index.js";
import {
  type CollectOptions,
  collectSources,
  ingestSnapshots,
  judge,
  pendingSnapshots,
  type ReconcileOptions,
} from "./jobs.js";
import type { Project } from "./project.js";

export interface RunOutcome {
  readonly ingested: readonly IngestReport[];
  readonly report: RunReport;
}

/** The daily job: reads the sources, applies what was read, and reconciles. */
export async function runAll(
  project: Project,
  sources: readonly SourceConfig[],
  options: CollectOptions & ReconcileOptions = {},
): Promise<RunOutcome> {
  await collectSources(project, sources, options);
  // What an earlier run collected and could not apply comes first: reads are applied in the order they were made.
  const ingested = await ingestSnapshots(project, await pendingSnapshots(project, sources));
  return { ingested, report: await judge(project, options) };
}
