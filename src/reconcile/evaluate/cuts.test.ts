import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openShuffledStore, type ShuffledStore } from "../../../test/support/shuffled-store.js";
import { packageRoot } from "../../model/index.js";
import { evaluateCase } from "../cases/run.js";
import { loadCases } from "../cases/schema.js";
import { loadRules } from "../rules/load.js";

const rule = (await loadRules([join(packageRoot(), "queries")])).find(({ id }) => id === "RES-001");
if (rule === undefined) throw new Error("RES-001 is gone");
const file = await loadCases(rule);

describe("the cuts of residual access", () => {
  let shuffled: ShuffledStore;
  beforeAll(async () => {
    shuffled = await openShuffledStore();
  });
  afterAll(async () => {
    await shuffled.remove();
  });

  it.each([
    ["human", "MEMBER_OF"],
    ["unknown", "MEMBER_OF"],
    ["shared", "HAS_ACCOUNT"],
    ["service", "HAS_ACCOUNT"],
  ])("of a %s account begin with %s", async (accountType, edge) => {
    const [first] = file.cases;
    if (first === undefined) throw new Error("no cases");
    const { opened } = await evaluateCase(shuffled.store, rule, file, {
      ...first,
      nodes: [{ key: "aws/user/A9", label: "Account", name: "ops", status: "enabled", accountType }],
      edges: [
        ["hr/person/ada", "HAS_ACCOUNT", "aws/user/A9"],
        ["aws/user/A9", "MEMBER_OF", "aws/group/dev"],
        ["aws/group/dev", "HAS_ENTITLEMENT", "aws/policy/read"],
      ],
    });
    expect(opened.map(({ cuts }) => cuts.map((cut) => cut.edge))).toEqual([[edge]]);
  });
});
