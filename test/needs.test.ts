import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { collector } from "../collectors/entra/collector.js";
import type { ReadMarker } from "../src/ingest/index.js";
import { packageRoot } from "../src/model/index.js";
import { ruleNeeds } from "../src/reconcile/evaluate/needs.js";
import {
  DERIVED_PLAN,
  type PlannedSource,
  partitionStates,
  sourceStatuses,
} from "../src/reconcile/evaluate/partitions.js";
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
  ["group-members", ["ORP-003"]],
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

const markerOf = (source: string, system: string, stream: string, partition: string): ReadMarker => ({
  source,
  stream,
  partition,
  system,
  read: "r",
  readAt: 1,
  verdict: "complete",
  reason: null,
  state: "applied",
  violated: null,
  scope: [],
  completeRead: "r",
  completeAt: 1,
  firstRead: "r",
  firstReadAt: 1,
  rank: 0,
  baseline: null,
  intent: null,
  counts: {},
});

/** An optional stream that was never read: not licensed, or not allowed. */
it.each([
  ["LVR-004", ["role-eligibility"], true],
  // What somebody is eligible for is one way of many to be given something.
  ["RES-001", ["role-eligibility", "role-schedules", "mail-forwarding"], false],
] as const)("%s is evaluated without %j, or says that it is not", async (id, never, saysSo) => {
  const markers = PLAN.flatMap(({ source, type, streams }) =>
    streams
      .filter(({ name }) => !never.some((one) => one === name))
      .map(({ name }) => markerOf(source, type, name, source === "entra" ? "t" : "all")),
  );
  const states = partitionStates(PLAN, markers, markers);
  const rule = rules.find((one) => one.id === id);
  if (rule === undefined) throw new Error(`${id} is no rule`);
  const needs = ruleNeeds(rule, PLAN, states);
  expect(needs.evaluated({ partitions: ["entra|t"], answerers: [] })).toBe(!saysSo);
  expect(needs.notEvaluated.map(({ source, partition }) => `${source}|${partition}`)).toEqual(
    saysSo ? ["entra|t"] : [],
  );
  // It is the reader's choice or the tenant's licence, and the source is none the less whole.
  expect(new Set(sourceStatuses(states).map(({ verdict }) => verdict))).toEqual(new Set(["complete"]));
});
