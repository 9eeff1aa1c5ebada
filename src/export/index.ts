export { accessOf } from "./access.js";
export { ACCOUNT_QUERIES } from "./accounts.js";
export { ACCESS_COLUMNS, FINDING_COLUMNS } from "./columns.js";
export { neutralize } from "./csv.js";
export { type ExportFormat, type ExportOptions, exportAccess, exportFindings } from "./export.js";
export { FINDING_QUERIES } from "./finding-index.js";
export { type Completeness, completenessOf, type ExportManifest, isComplete } from "./manifest.js";
export { NODE_QUERY, NodeLookup, nodeRefs } from "./nodes.js";
export { nameOf, pathLine } from "./path-line.js";
export { findPerson, PEOPLE_QUERIES, personViews } from "./people.js";
export { keysOfPath, reachedView } from "./reached.js";
export {
  type AccessPopulation,
  type AccessRow,
  accessRows,
  emptyPopulation,
  type ReviewOptions,
} from "./review.js";
export { findTarget, SEARCH_QUERIES, type SearchPage, type SearchRequest, searchEntities } from "./search.js";
export { standingAt } from "./standing.js";
export * from "./views.js";
export { whoCan, whoCanRows } from "./who-can.js";
