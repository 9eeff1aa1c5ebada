export * from "./load.js";
export * from "./schema.js";
export { allKeys } from "./schema-walk.js";
export * from "./template.js";
