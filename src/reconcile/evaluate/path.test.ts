import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openShuffledStore, type ShuffledStore } from "../../../test/support/shuffled-store.js";
import { packageRoot } from "../../model/index.js";
import { evaluateCase } from "../cases/run.js";
import { loadCases, type RuleCase } from "../cases/schema.js";
import { loadRules } from "../rules/load.js";

const rules = await loadRules([join(packageRoot(), "queries")]);

describe("the path of a finding", () => {
  let shuffled: ShuffledStore;
  beforeAll(async () => {
    shuffled = await openShuffledStore();
  });
  afterAll(async () => {
    await shuffled.remove();
  });
  const paths = async (id: string, given: Partial<RuleCase>) => {
    const rule = rules.find((one) => one.id === id);
    if (rule === undefined) throw new Error(`${id} is gone`);
    const file = await loadCases(rule);
    const [first] = file.cases;
    if (first === undefined) throw new Error("no cases");
    const { opened } = await evaluateCase(shuffled.store, rule, file, {
      ...first,
      nodes: [],
      edges: [],
      ...given,
    });
    return opened.map(({ path }) =>
      path.map(({ from, edge, to, reversed }) => [from.key, edge, to.key, reversed]),
    );
  };

  it("of an identity begins with its owner, though it is the identity that points there", async () => {
    expect(await paths("NHI-001", { edges: [["aws/role/deploy", "OWNED_BY", "hr/person/ada"]] })).toEqual([
      [["hr/person/ada", "OWNED_BY", "aws/role/deploy", true]],
    ]);
  });

  it("of an identity that an account owns goes by that account", async () => {
    const edges: RuleCase["edges"] = [
      ["hr/person/ada", "HAS_ACCOUNT", "aws/user/A1"],
      ["aws/role/deploy", "OWNED_BY", "aws/user/A1"],
    ];
    expect(await paths("NHI-001", { edges })).toEqual([
      [
        ["hr/person/ada", "HAS_ACCOUNT", "aws/user/A1", undefined],
        ["aws/user/A1", "OWNED_BY", "aws/role/deploy", true],
      ],
    ]);
  });

  it("of a consent goes on to the application", async () => {
    const nodes: RuleCase["nodes"] = [{ key: "entra/entra-grant/G1", label: "OAuthGrant" }];
    const edges: RuleCase["edges"] = [
      ["entra/entra-user/A1", "CONSENTED", "entra/entra-grant/G1"],
      ["entra/entra-grant/G1", "TO", "entra/entra-app/P1"],
    ];
    expect(await paths("LVR-003", { nodes, edges })).toEqual([
      [
        ["hr/person/ada", "HAS_ACCOUNT", "entra/entra-user/A1", undefined],
        ["entra/entra-user/A1", "CONSENTED", "entra/entra-grant/G1", undefined],
        ["entra/entra-grant/G1", "TO", "entra/entra-app/P1", undefined],
      ],
    ]);
  });

  it("of a key goes by what its owner owned, whichever way the two are tied", async () => {
    const nodes: RuleCase["nodes"] = [
      { key: "entra/entra-app/P1", label: "Application" },
      { key: "entra/entra-sp/S1", label: "NonHumanIdentity", nhiType: "servicePrincipal" },
      { key: "entra/entra-credential/C1", label: "Credential", status: "active" },
    ];
    const runs = ["entra/entra-app/P1", "RUNS_AS", "entra/entra-sp/S1"] as const;
    const keyOf = (holder: string, owned: string): RuleCase["edges"] => [
      [...runs],
      [owned, "OWNED_BY", "hr/person/ada"],
      [holder, "HAS_CREDENTIAL", "entra/entra-credential/C1"],
    ];
    expect(
      await paths("NHI-004", { nodes, edges: keyOf("entra/entra-sp/S1", "entra/entra-app/P1") }),
    ).toEqual([
      [
        ["hr/person/ada", "OWNED_BY", "entra/entra-app/P1", true],
        [...runs, undefined],
        ["entra/entra-sp/S1", "HAS_CREDENTIAL", "entra/entra-credential/C1", undefined],
      ],
    ]);
    expect(
      await paths("NHI-004", { nodes, edges: keyOf("entra/entra-app/P1", "entra/entra-sp/S1") }),
    ).toEqual([
      [
        ["hr/person/ada", "OWNED_BY", "entra/entra-sp/S1", true],
        ["entra/entra-sp/S1", "RUNS_AS", "entra/entra-app/P1", true],
        ["entra/entra-app/P1", "HAS_CREDENTIAL", "entra/entra-credential/C1", undefined],
      ],
    ]);
  });

  it("of what a leaver reaches is as the edges are", async () => {
    const edges: RuleCase["edges"] = [
      ["aws/user/A1", "MEMBER_OF", "aws/group/dev"],
      ["aws/group/dev", "HAS_ENTITLEMENT", "aws/policy/read"],
    ];
    expect(await paths("RES-001", { edges })).toEqual([
      [
        ["hr/person/ada", "HAS_ACCOUNT", "aws/user/A1", undefined],
        ["aws/user/A1", "MEMBER_OF", "aws/group/dev", undefined],
        ["aws/group/dev", "HAS_ENTITLEMENT", "aws/policy/read", undefined],
        ["aws/policy/read", "ON", "aws/account/1", undefined],
      ],
    ]);
  });
});
