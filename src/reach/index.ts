export { type Cut, changeAt, cutsFor, type Holder } from "./cuts.js";
export { loadReachable, walkFew } from "./few.js";
export { ReachGraph, ReachGraphBuilder } from "./graph.js";
export { compareReached, type InverseOptions, whoCanReach } from "./inverse.js";
export { LOAD_QUERIES, type LoadOptions, loadReachGraph } from "./load.js";
export { ASSERTED_STEP_QUERIES, STEP_QUERIES } from "./neighbours.js";
export type { TargetKind } from "./search.js";
export * from "./types.js";
export { type WalkOptions, walkAll, walkAllWithCuts } from "./walk.js";
