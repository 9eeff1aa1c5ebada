// `node --import test/child/register.mjs child.ts`: runs this project's TypeScript as it stands, without a build.
import { register } from "node:module";

register("./hooks.mjs", import.meta.url);
