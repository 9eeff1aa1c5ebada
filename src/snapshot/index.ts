export { SnapshotFolder } from "./folder.js";
export type * from "./manifest.js";
export type * from "./store.js";
