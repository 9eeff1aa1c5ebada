import type { SourceConfig } from "../config/index.js";
import type { IngestReport } from "../ingest/index.js";
import type { RunReport } from "../reconcile/index.js";
import { type CollectOptions, judge, type ReconcileOptions, readSources } from "./jobs.js";
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
  const ingested = await readSources(project, sources, options);
  return { ingested, report: await judge(project, options) };
}
