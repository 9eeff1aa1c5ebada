export { hideSecret, nameStrangers, smallCompany } from "./company.js";
export { GoogleWorkspaceServer } from "./server.js";
export * from "./state.js";
