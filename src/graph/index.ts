/** Who holds the embedded store of a data folder, by what it wrote; a killed one may still be named. */
export { readAddress as storeHolder } from "./holder/address.js";
export { openStore } from "./open.js";
export type * from "./store.js";
