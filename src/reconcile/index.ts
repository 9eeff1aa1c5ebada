export { runCase } from "./cases/run.js";
export { type CaseFile, loadCases } from "./cases/schema.js";
export { notApplicable } from "./evaluate/needs.js";
export {
  type PartitionState,
  type PlannedSource,
  partitionStates,
  sourceStatuses,
} from "./evaluate/partitions.js";
export {
  approveException,
  EXCEPTION_QUERIES,
  type ExceptionRecord,
  type ExceptionStatus,
  endException,
  listExceptions,
  requestException,
} from "./exceptions.js";
export type * from "./finding.js";
export { parseFinding, parseNotEvaluated, parseSources } from "./finding-schema.js";
export type { EndedException } from "./life/excepted.js";
export { reconcileProjectors } from "./projector.js";
export {
  FINDING_RETURN,
  FINDINGS_QUERIES,
  type FindingFilter,
  findingOf,
  lastRun,
  RUN_RETURN,
  type RunView,
  readFindings,
  runOf,
} from "./read.js";
export { type ReconcileOptions, type RunReport, reconcile, unconfiguredStatuses } from "./reconcile.js";
export { loadRules } from "./rules/load.js";
export type { Rule } from "./rules/rule.js";
export { isoOf } from "./when.js";
