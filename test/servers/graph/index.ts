export * from "./company.js";
export { CLIENT, type GraphCall, GraphServer, isGraphCall } from "./server.js";
export { type GraphObject, GraphTenant } from "./tenant.js";
