import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { collectors } from "../collectors/index.js";
import { type ConformanceTarget, conformanceCases } from "../src/conformance/index.js";
import { packageRoot } from "../src/model/index.js";

/** Every folder under collectors/ passes the conformance suite, by being there. */
const root = packageRoot();
const folders = readdirSync(join(root, "collectors"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
/** A case reads every list in turn, each with its own trouble. */
const CASE_LIMIT_MS = 300_000;

const isTarget = z.custom<ConformanceTarget>(
  (value) => typeof value === "object" && value !== null && "start" in value && "notApplicable" in value,
  "is no ConformanceTarget",
);
const rigModule = z.object({ target: isTarget });

const targets = new Map<string, ConformanceTarget>();
for (const folder of folders) {
  if (!existsSync(join(root, "test", "conformance", `${folder}.ts`))) continue;
  const loaded: unknown = await import(`./conformance/${folder}.ts`);
  targets.set(folder, rigModule.parse(loaded).target);
}

it("has a rig and a place in the registry for every collector", () => {
  expect(folders.length).toBeGreaterThan(1);
  const lacking = folders.flatMap((folder) => [
    ...(targets.has(folder) ? [] : [`write test/conformance/${folder}.ts: CONTRIBUTING.md says how`]),
    ...(collectors.has(folder) ? [] : [`name ${folder} in collectors/index.ts`]),
  ]);
  expect(lacking).toEqual([]);
});

describe.each([...targets])("%s", (folder, target) => {
  const collector = collectors.get(folder);
  if (collector === undefined) return;
  for (const one of conformanceCases(target, collector, join(root, "collectors", folder))) {
    const title =
      one.notApplicable === undefined ? one.name : `${one.name}: not applicable: ${one.notApplicable}`;
    it(title, () => one.run(), CASE_LIMIT_MS);
  }
});
