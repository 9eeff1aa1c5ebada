import { readMarkers } from "../ingest/index.js";
import {
  partitionStates,
  type SourceStatus,
  sourceStatuses as statusesOf,
  unconfiguredStatuses,
} from "../reconcile/index.js";
import { sourcePlan } from "./plan.js";
import type { Project } from "./project.js";

/** How the newest read of each partition stands now; also of sources that the configuration no longer names. */
export async function sourceStatuses(project: Project): Promise<readonly SourceStatus[]> {
  const markers = await readMarkers(project.store);
  const plan = sourcePlan(project);
  return [...statusesOf(partitionStates(plan, markers, markers)), ...unconfiguredStatuses(plan, markers)];
}
