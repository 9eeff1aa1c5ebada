import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { collectors } from "../collectors/index.js";
import { collectedDocument } from "../src/conformance/index.js";
import { packageRoot } from "../src/model/index.js";
import { loadRules } from "../src/reconcile/index.js";

const root = packageRoot();

it("docs/collected.md says what the collectors collect now: `npm run docs` writes it", async () => {
  const rules = await loadRules([join(root, "queries")]);
  const made = collectedDocument(collectors.values(), rules);
  expect(readFileSync(join(root, "docs", "collected.md"), "utf8")).toBe(made);
});
