export { ReachGraph, ReachGraphBuilder } from "./graph.js";
export { LOAD_QUERIES, type LoadOptions, loadReachGraph } from "./load.js";
export type { TargetKind } from "./search.js";
export * from "./types.js";
export { type WalkOptions, walkAll, walkAllWithCuts } from "./walk.js";
