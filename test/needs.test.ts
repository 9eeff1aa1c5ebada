import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { collector } from "../collectors/entra/collector.js";
import { packageRoot } from "../src/model/index.js";
import { ruleNeeds } from "../src/reconcile/evaluate/needs.js";
import { DERIVED_PLAN, type PlannedSource } from "../src/reconcile/evaluate/partitions.js";
import { loadRules } from "../src/reconcile/rules/load.js";
import type { Rule } from "../src/reconcile/rules/rule.js";

/** The rules that ship, held against what the Entra collector says that its streams read. */
let rules: readonly Rule[];
beforeAll(async () => {
  rules = await loadRules([join(packageRoot(), "queries")]);
});

const HR: PlannedSource = {
  source: "hr",
  type: "hr-csv",
  category: "hr",
  streams: [
    {
      name: "workers",
      title: "workers",
      optional: false,
      produces: { nodes: [{ label: "Employment", properties: [] }], edges: [] },
    },
  ],
};
const ENTRA: PlannedSource = {
  source: "entra",
  type: "entra",
  category: "access",
  streams: collector.streams,
};
const PLAN = [HR, ENTRA, DERIVED_PLAN];
const WATCHED = ["NHI-001", "NHI-002", "NHI-003", "NHI-004", "ORP-003", "DQ-003", "OAU-001", "LIC-001"];

/** What each watched rule says of the tenant where one stream of it failed. */
function where(failed: string) {
  const states = PLAN.flatMap((planned) =>
    planned.streams.map(
      (stream) =>
        ({
          source: planned.source,
          stream: stream.name,
          partition: planned === ENTRA ? "t" : "all",
          verdict: "complete",
          state: "applied",
          readAt: 0,
          onceRead: true,
          gap: planned === ENTRA && stream.name === failed ? "it failed" : undefined,
        }) as const,
    ),
  );
  const on = { partitions: ["entra|t"], answerers: ["entra"] };
  const found = rules
    .filter(({ id }) => WATCHED.includes(id))
    .map((rule) => ({ id: rule.id, needs: ruleNeeds(rule, PLAN, states) }));
  return {
    opensNothing: found.filter(({ needs }) => !needs.mayOpen(on)).map(({ id }) => id),
    saysSo: found.filter(({ needs }) => needs.notEvaluated.length > 0).map(({ id }) => id),
  };
}

it.each([
  ["users", ["DQ-003", "NHI-001", "NHI-002", "NHI-003", "ORP-003"]],
  ["deleted-users", ["DQ-003", "NHI-001", "NHI-002", "NHI-003", "ORP-003"]],
  ["applications", []],
  ["application-owners", ["NHI-002", "NHI-003"]],
  ["service-principals", ["DQ-003"]],
  ["service-principal-owners", ["NHI-001", "NHI-002", "NHI-003"]],
  ["guest-sponsors", ["ORP-003"]],
  ["group-owners", []],
  ["devices", ["DQ-003"]],
  ["mail-forwarding", []],
] as const)("where %s failed, nothing is opened by what its absence seems to say", (stream, rules) => {
  expect(where(stream).opensNothing.sort()).toEqual(rules);
});

it.each([
  ["group-owners", []],
  ["devices", ["DQ-003"]],
  ["users", ["DQ-003", "LIC-001", "NHI-001", "NHI-002", "NHI-003", "ORP-003"]],
] as const)("where %s failed, the rules that it is nothing to are evaluated", (stream, rules) => {
  expect(where(stream).saysSo.sort()).toEqual(rules);
});
