import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openShuffledStore, type ShuffledStore } from "../../../test/support/shuffled-store.js";
import { packageRoot } from "../../model/index.js";
import { loadRules } from "../rules/load.js";
import { runCase } from "./run.js";
import { loadCases } from "./schema.js";

const rules = await loadRules([join(packageRoot(), "queries")]);
const files = await Promise.all(rules.map(async (rule) => ({ rule, file: await loadCases(rule) })));

describe.each(files.map(({ rule, file }) => ({ id: rule.id, rule, file })))("$id", ({ rule, file }) => {
  let shuffled: ShuffledStore;
  beforeAll(async () => {
    shuffled = await openShuffledStore();
  });
  afterAll(async () => {
    await shuffled.remove();
  });

  it.each(file.cases.map((one) => ({ one, title: `${one.kind}: ${one.name}` })))(
    "$title",
    async ({ one }) => {
      expect(await runCase(shuffled.store, rule, file, one)).toEqual([]);
    },
  );
});
