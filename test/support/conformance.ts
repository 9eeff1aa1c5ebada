import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { collectors } from "../../collectors/index.js";
import type { AnyCollector } from "../../src/collect/index.js";
import { type ConformanceTarget, conformanceCases } from "../../src/conformance/index.js";
import { packageRoot } from "../../src/model/index.js";

const root = packageRoot();
/** A case reads every list in turn, each with its own trouble. */
const CASE_LIMIT_MS = 300_000;
/** Files that share the collectors out, so that all cores have work: test/conformance-N.test.ts. */
const SHARES = 4;

const isObjectWith = (value: unknown, ...names: readonly string[]) =>
  typeof value === "object" && value !== null && names.every((name) => name in value);
const rigModule = z.object({
  target: z.custom<ConformanceTarget>((value) => isObjectWith(value, "start", "notApplicable")),
});
const collectorModule = z.object({
  collector: z.custom<AnyCollector>((value) => isObjectWith(value, "system", "streams", "with")),
});

/**
 * Every folder under collectors/ passes the conformance suite, by being there: this runs the `share`th part of them,
 * from 0, and says of each what it lacks to take part.
 */
export async function conformanceOf(share: number): Promise<void> {
  const folders = readdirSync(join(root, "collectors"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
  const lacking: string[] = [];
  for (const folder of folders.filter((_, at) => at % SHARES === share)) {
    if (!existsSync(join(root, "test", "conformance", `${folder}.ts`))) {
      lacking.push(`write test/conformance/${folder}.ts: CONTRIBUTING.md says how`);
      continue;
    }
    const rig: unknown = await import(`../conformance/${folder}.ts`);
    const loaded: unknown = await import(`../../collectors/${folder}/collector.ts`);
    const { collector } = collectorModule.parse(loaded);
    if (collectors.get(folder) !== collector) lacking.push(`name ${folder} in collectors/index.ts`);
    describeCollector(folder, collector, rigModule.parse(rig).target);
  }
  it("has a rig and a place in the registry for every collector", () => {
    expect(folders.length).toBeGreaterThan(1);
    expect(lacking).toEqual([]);
  });
}

function describeCollector(folder: string, collector: AnyCollector, target: ConformanceTarget): void {
  describe(folder, () => {
    for (const one of conformanceCases(target, collector, join(root, "collectors", folder))) {
      const title =
        one.notApplicable === undefined ? one.name : `${one.name}: not applicable: ${one.notApplicable}`;
      it(title, () => one.run(), CASE_LIMIT_MS);
    }
  });
}
