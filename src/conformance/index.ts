export { type Collected, collectedDocument, collectedOf, type RuleText } from "./collected.js";
export * from "./rig.js";
export { type ConformanceCase, conformanceCases } from "./suite.js";
export { contentOf, filesBelow, type SweptFile, storeLines } from "./sweep.js";
