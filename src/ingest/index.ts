export type * from "./marker.js";
