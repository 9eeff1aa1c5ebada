import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { collectors } from "../collectors/index.js";
import type { AnyCollector } from "../src/collect/index.js";
import { type ConformanceTarget, conformanceCases } from "../src/conformance/index.js";
import { packageRoot } from "../src/model/index.js";

/** Every folder under collectors/ passes the conformance suite, by being there. */
const root = packageRoot();
const folders = readdirSync(join(root, "collectors"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
/** A case reads every list in turn, each with its own trouble. */
const CASE_LIMIT_MS = 300_000;

const isObjectWith = (value: unknown, ...names: readonly string[]) =>
  typeof value === "object" && value !== null && names.every((name) => name in value);
const rigModule = z.object({
  target: z.custom<ConformanceTarget>((value) => isObjectWith(value, "start", "notApplicable")),
});
const collectorModule = z.object({
  collector: z.custom<AnyCollector>((value) => isObjectWith(value, "system", "streams", "with")),
});

const subjects: { folder: string; collector: AnyCollector; target: ConformanceTarget }[] = [];
const lacking: string[] = [];
for (const folder of folders) {
  if (!existsSync(join(root, "test", "conformance", `${folder}.ts`))) {
    lacking.push(`write test/conformance/${folder}.ts: CONTRIBUTING.md says how`);
    continue;
  }
  const rig: unknown = await import(`./conformance/${folder}.ts`);
  const loaded: unknown = await import(`../collectors/${folder}/collector.ts`);
  const { collector } = collectorModule.parse(loaded);
  if (collectors.get(folder) !== collector) lacking.push(`name ${folder} in collectors/index.ts`);
  subjects.push({ folder, collector, target: rigModule.parse(rig).target });
}

it("has a rig and a place in the registry for every collector", () => {
  expect(folders.length).toBeGreaterThan(1);
  expect(lacking).toEqual([]);
});

describe.each(subjects)("$folder", ({ folder, collector, target }) => {
  for (const one of conformanceCases(target, collector, join(root, "collectors", folder))) {
    const title =
      one.notApplicable === undefined ? one.name : `${one.name}: not applicable: ${one.notApplicable}`;
    it(title, () => one.run(), CASE_LIMIT_MS);
  }
});
