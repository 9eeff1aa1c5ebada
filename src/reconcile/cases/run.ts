import type { CellValue, GraphStore } from "../../graph/index.js";
import { canonicalJson } from "../../model/index.js";
import { loadReachGraph } from "../../reach/index.js";
import { answer, judge, mayOpen, type RuleEvaluation } from "../evaluate/evaluate.js";
import type { Observation } from "../evaluate/observe.js";
import { Remedies } from "../evaluate/remedy.js";
import type { Rule } from "../rules/rule.js";
import { dateIn } from "../when.js";
import { fixtureOf, writeFixture } from "./fixture.js";
import { casePlan, caseStates } from "./plan.js";
import type { CaseFile, RuleCase } from "./schema.js";

/** Writes a case's graph into a store of its own, runs the rule, and says what it opens. */
export async function evaluateCase(
  store: GraphStore,
  rule: Rule,
  file: CaseFile,
  one: RuleCase,
): Promise<{ readonly evaluation: RuleEvaluation; readonly opened: readonly Observation[] }> {
  const now = one.now ?? file.now;
  const plan = casePlan(rule, file, one);
  const states = caseStates(plan, file, one);
  await writeFixture(store, fixtureOf(file, one, plan, states));
  const given = await answer(rule, {
    store,
    clock: { now, today: dateIn("UTC", now) },
    params: one.params,
    reach: () => loadReachGraph(store),
    remedies: new Remedies(plan, new Map()),
  });
  const evaluation = judge(given, plan, states);
  const opened = [...evaluation.findings.values()].filter((finding) => mayOpen(evaluation, finding));
  return { evaluation, opened: opened.sort((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1)) };
}

/** Runs a case; what is not as expected, in sentences. None means that it holds. */
export async function runCase(
  store: GraphStore,
  rule: Rule,
  file: CaseFile,
  one: RuleCase,
): Promise<readonly string[]> {
  const { evaluation, opened } = await evaluateCase(store, rule, file, one);
  const { expect } = one;
  const problems: string[] = [];
  const left = new Set(opened);
  for (const wanted of expect.findings) {
    const match = [...left].find((finding) => matches(finding, wanted));
    if (match === undefined) problems.push(`no finding has ${JSON.stringify(wanted)}`);
    else left.delete(match);
  }
  for (const finding of left) {
    problems.push(`not expected: ${finding.severity} ${canonicalJson(finding.columns)}`);
  }
  const unsaid = new Set(evaluation.notEvaluated);
  for (const wanted of expect.notEvaluated) {
    const match = [...unsaid].find(
      (entry) =>
        entry.source === wanted.source &&
        entry.partition === wanted.partition &&
        entry.reason.includes(wanted.reason ?? ""),
    );
    if (match === undefined) problems.push(`notEvaluated lacks ${JSON.stringify(wanted)}`);
    else unsaid.delete(match);
  }
  for (const entry of unsaid) problems.push(`notEvaluated has ${JSON.stringify(entry)}`);
  for (const name of ["population", "excluded"] as const) {
    const wanted = expect[name];
    if (wanted !== undefined && wanted !== evaluation[name]) {
      problems.push(`${name} is ${evaluation[name]} and not ${wanted}`);
    }
  }
  return problems;
}

function matches(finding: Observation, wanted: Readonly<Record<string, unknown>>): boolean {
  const columns: Readonly<Record<string, CellValue>> = { ...finding.columns, severity: finding.severity };
  return Object.entries(wanted).every(
    ([name, value]) => canonicalJson(columns[name]) === canonicalJson(value),
  );
}
