export * from "./rig.js";
