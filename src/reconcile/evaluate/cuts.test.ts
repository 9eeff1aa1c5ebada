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
    // What a system stores is changed where it is; the link follows from something else.
    expect(opened[0]?.cuts.map((cut) => "changeAt" in cut)).toEqual([edge === "HAS_ACCOUNT"]);
  });

  it("say where to change what only follows from something", async () => {
    const [first] = file.cases;
    if (first === undefined) throw new Error("no cases");
    const { opened } = await evaluateCase(shuffled.store, rule, file, {
      ...first,
      nodes: [
        { key: "aws/user/A9", label: "Account", name: "ops", status: "enabled", accountType: "shared" },
        { key: "okta/user/A8", label: "Account", name: "ada", status: "enabled", accountType: "human" },
      ],
      edges: [
        ["hr/person/ada", "HAS_ACCOUNT", "aws/user/A9", { rule: "mapping" }],
        ["hr/person/ada", "HAS_ACCOUNT", "okta/user/A8", { rule: "email" }],
        ["okta/user/A8", "SIGNS_IN_AS", "aws/user/A9"],
        ["aws/user/A9", "HAS_ENTITLEMENT", "aws/policy/read"],
      ],
    });
    const said = new Map(opened.map(({ columns, cuts: [cut] }) => [columns.account, cut]));
    expect(said.get("aws/user/A9")?.edge).toBe("HAS_ACCOUNT");
    expect(said.get("aws/user/A9")?.changeAt).toContain("the mapping file");
    expect(said.get("okta/user/A8")?.edge).toBe("SIGNS_IN_AS");
    expect(said.get("okta/user/A8")?.changeAt).toContain("in the identity provider");
  });
});
