export * from "./rig.js";
export { type ConformanceCase, conformanceCases } from "./suite.js";
