export * from "./errors.js";
export * from "./keys.js";
export * from "./log.js";
export * from "./paths.js";
export * from "./records.js";
export * from "./remediation.js";
export * from "./verdict.js";
export * from "./vocabulary.js";
