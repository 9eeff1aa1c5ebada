import { conformanceOf } from "./support/conformance.js";

await conformanceOf(1);
