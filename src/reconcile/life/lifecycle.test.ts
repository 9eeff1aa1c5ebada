import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { packageRoot } from "../../model/index.js";
import type { RuleEvaluation } from "../evaluate/evaluate.js";
import type { RestsOn, RuleNeeds } from "../evaluate/needs.js";
import { fingerprintOf, type Observation } from "../evaluate/observe.js";
import type { Finding, Proof } from "../finding.js";
import { loadRules } from "../rules/load.js";
import type { Rule } from "../rules/rule.js";
import { type Lifecycle, type LifecycleInput, lifecycle, type VanishedFacts } from "./lifecycle.js";
import { rekeyFinding } from "./rekey.js";

const rules = await loadRules([join(packageRoot(), "queries")]);
function ruleOf(id: string): Rule {
  const rule = rules.find((one) => one.id === id);
  if (rule === undefined) throw new Error(`there is no rule ${id}`);
  return rule;
}
const RULE = ruleOf("LVR-001");
const PERSON = "hr/person/ada";
const DAY = 86_400_000;
const FIRST = Date.parse("2026-11-20T06:00:00Z");
const NOW = FIRST + DAY;

const print = (account: string) => fingerprintOf(RULE.id, [PERSON, account]);

function observed(account: string, more: Partial<Observation> = {}): Observation {
  return {
    rule: RULE.id,
    revision: RULE.revision,
    fingerprint: print(account),
    severity: "high",
    subject: { key: account, label: "Account", name: account },
    person: { key: PERSON, workerIds: ["1"], name: "Ada" },
    reason: "Ada left, and the account is still enabled.",
    path: [],
    otherPaths: 0,
    cuts: [],
    remediation: [],
    controls: {},
    population: 7,
    columns: { person: PERSON, account, status: "enabled" },
    evidence: [
      { record: account, role: "access", requires: { status: "enabled" }, heldBy: ["aws|1"] },
      { record: `HAS_ACCOUNT|${PERSON}|${account}|`, role: "context", heldBy: [] },
    ],
    ...more,
  };
}

/** A finding as the run before left it. */
function standing(account: string, more: Partial<Finding> = {}): Finding {
  const at = new Date(FIRST).toISOString();
  return {
    ...observed(account),
    status: "open",
    closedAs: null,
    closedReason: null,
    closedAt: null,
    checked: true,
    firstSeen: at,
    lastSeen: at,
    run: "run-1",
    reopened: 0,
    proof: null,
    exception: null,
    ...more,
  };
}

const ALL_READ: RuleNeeds = {
  applicable: true,
  notEvaluated: [],
  evaluated: () => true,
  onlyPeopleUnsure: () => true,
  mayOpen: () => true,
};

function evaluation(seen: readonly Observation[], more: Partial<RuleEvaluation> = {}): RuleEvaluation {
  return {
    rule: RULE,
    params: { now: NOW, today: "2026-11-21" },
    population: 7,
    excluded: 0,
    findings: new Map(seen.map((one) => [one.fingerprint, one])),
    unjudged: [],
    needs: ALL_READ,
    notEvaluated: [],
    ...more,
  };
}

const NOTHING_KNOWN: VanishedFacts = {
  proof: undefined,
  stillReached: false,
  uncertain: false,
  retired: false,
  employed: false,
  words: [],
};
const PROOF: Proof = {
  read: "aws-20261121",
  source: "aws",
  stream: "things",
  partition: "1",
  at: "2026-11-21T05:00:00.000Z",
  record: "aws/user/A1",
  change: "aws/user/A1 is gone",
  lastSeenAt: "2026-11-20T05:00:00.000Z",
};

const A1 = "aws/user/A1";
const vanished = (facts: Partial<VanishedFacts> = {}) =>
  new Map([[print(A1), { ...NOTHING_KNOWN, ...facts }]]);

function run(input: Partial<LifecycleInput>): Lifecycle {
  return lifecycle({
    at: NOW,
    run: "run-2",
    evaluations: [evaluation([])],
    standing: [],
    dormant: [],
    formerly: new Map(),
    closed: new Map(),
    facts: new Map(),
    exceptions: [],
    requested: [],
    ...input,
  });
}

const NOTHING: Lifecycle = {
  opened: [],
  reopened: [],
  updated: [],
  closed: [],
  rekeyed: [],
  still: [],
  unchecked: [],
  endedExceptions: [],
};

describe("a row that was not there before", () => {
  it("opens a finding", () => {
    const result = run({ evaluations: [evaluation([observed(A1)])] });
    expect(result).toEqual({
      ...NOTHING,
      opened: [
        standing(A1, {
          firstSeen: "2026-11-21T06:00:00.000Z",
          lastSeen: "2026-11-21T06:00:00.000Z",
          run: "run-2",
        }),
      ],
    });
  });

  it("opens it unchecked where the read of its partition is incomplete", () => {
    const needs = { ...ALL_READ, evaluated: () => false };
    const result = run({ evaluations: [evaluation([observed(A1)], { needs })] });
    expect(result.opened).toMatchObject([{ status: "open", checked: false }]);
  });

  it("opens nothing where it rests on the absence of what was not read whole", () => {
    const needs = { ...ALL_READ, mayOpen: () => false };
    expect(run({ evaluations: [evaluation([observed(A1)], { needs })] })).toEqual(NOTHING);
  });

  it("reopens a finding that was closed, keeps since when it is known, and drops the proof", () => {
    const before = standing(A1, { status: "closed", closedAs: "removed", proof: PROOF, reopened: 1 });
    const result = run({
      evaluations: [evaluation([observed(A1)])],
      closed: new Map([[before.fingerprint, before]]),
    });
    expect(result.opened).toEqual([]);
    expect(result.reopened).toEqual([
      standing(A1, { lastSeen: "2026-11-21T06:00:00.000Z", run: "run-2", reopened: 2 }),
    ]);
  });

  it("does not reopen it where it may not open", () => {
    const before = standing(A1, { status: "closed", closedAs: "removed", proof: PROOF });
    const needs = { ...ALL_READ, mayOpen: () => false };
    const result = run({
      evaluations: [evaluation([observed(A1)], { needs })],
      closed: new Map([[before.fingerprint, before]]),
    });
    expect(result).toEqual(NOTHING);
  });
});

describe("a row that is still there", () => {
  it("is still the same, though the population is another", () => {
    const result = run({
      evaluations: [evaluation([observed(A1, { population: 9 })], { population: 9 })],
      standing: [standing(A1)],
    });
    expect(result).toEqual({
      ...NOTHING,
      still: [{ rule: RULE.id, population: 9, checked: true, fingerprints: [print(A1)] }],
    });
  });

  it.each<[string, Partial<Observation>]>([
    ["severity", { severity: "critical" }],
    ["reason", { reason: "Ada left last year." }],
    ["a column", { columns: { person: PERSON, account: A1, status: "enabled", lastLoginAt: 5 } }],
    ["the rule's revision", { revision: RULE.revision + 1 }],
  ])("updates the finding when people see another %s", (_, more) => {
    const result = run({ evaluations: [evaluation([observed(A1, more)])], standing: [standing(A1)] });
    expect(result.updated).toMatchObject([{ ...more, run: "run-2", firstSeen: standing(A1).firstSeen }]);
    expect({ ...result, updated: [] }).toEqual(NOTHING);
  });

  it("is seen today where its partition was not read whole, though its absence could not have been", () => {
    const needs = { ...ALL_READ, evaluated: () => false };
    const result = run({
      evaluations: [evaluation([observed(A1)], { needs })],
      standing: [standing(A1)],
    });
    expect(result).toEqual({
      ...NOTHING,
      still: [{ rule: RULE.id, population: 7, checked: false, fingerprints: [print(A1)] }],
    });
  });

  it("updates the finding from it also where its partition was not read whole", () => {
    const needs = { ...ALL_READ, evaluated: () => false };
    const result = run({
      evaluations: [evaluation([observed(A1, { severity: "critical" })], { needs })],
      standing: [standing(A1)],
    });
    expect(result).toEqual({
      ...NOTHING,
      updated: [
        standing(A1, {
          severity: "critical",
          checked: false,
          lastSeen: "2026-11-21T06:00:00.000Z",
          run: "run-2",
        }),
      ],
    });
  });

  it("judges each partition by itself", () => {
    const other = "aws/user/B1";
    const held = { evidence: [{ record: other, role: "access" as const, heldBy: ["aws|2"] }] };
    const needs = {
      ...ALL_READ,
      evaluated: ({ partitions }: RestsOn) => !partitions.includes("aws|2"),
    };
    const result = run({
      evaluations: [evaluation([observed(A1), observed(other, held)], { needs })],
      standing: [standing(A1), standing(other, held)],
    });
    expect(result.still).toHaveLength(2);
    expect(result.still).toContainEqual(
      expect.objectContaining({ checked: true, fingerprints: [print(A1)] }),
    );
    expect(result.still).toContainEqual(
      expect.objectContaining({ checked: false, fingerprints: [print(other)] }),
    );
    expect(result.unchecked).toEqual([]);
  });
});

describe("a row that is gone", () => {
  it("closes as removed by the read that proves it", () => {
    const result = run({ standing: [standing(A1)], facts: vanished({ proof: PROOF }) });
    expect(result).toEqual({
      ...NOTHING,
      closed: [
        standing(A1, {
          status: "closed",
          closedAs: "removed",
          closedReason: "aws/user/A1 is gone (read aws-20261121).",
          closedAt: "2026-11-21T06:00:00.000Z",
          run: "run-2",
          proof: PROOF,
        }),
      ],
    });
  });

  it("closes as removed though another partition or HR was not read: the proof is a read of its own", () => {
    const needs = { ...ALL_READ, evaluated: () => false };
    const result = run({
      evaluations: [evaluation([], { needs })],
      standing: [standing(A1)],
      facts: vanished({ proof: PROOF }),
    });
    expect(result.closed).toMatchObject([{ closedAs: "removed" }]);
  });

  it("is no removal while the same is reached by another way", () => {
    const result = run({
      standing: [standing(A1)],
      facts: vanished({ proof: PROOF, stillReached: true }),
    });
    expect(result.closed).toMatchObject([{ closedAs: "noLongerApplies", proof: null }]);
  });

  it.each<[string, Partial<VanishedFacts>, string]>([
    [
      "somebody is employed again",
      { employed: true, words: ["Ada is employed at that time."] },
      "Ada is employed",
    ],
    ["a link is gone", { words: ["The account is no longer tied to this person."] }, "no longer tied"],
    [
      "the rule was revised",
      { words: ["The rule was revised (1 to 2) and no longer reports it."] },
      "was revised",
    ],
    [
      "a source was retired",
      { retired: true, proof: PROOF, words: ["The source aws was retired."] },
      "retired",
    ],
    ["nobody can say why", {}, "The rule no longer matches what the sources say."],
  ])("no longer applies where %s, and that is no proof", (_, facts, words) => {
    const result = run({ standing: [standing(A1)], facts: vanished(facts) });
    expect(result.closed).toMatchObject([{ status: "closed", closedAs: "noLongerApplies", proof: null }]);
    expect(result.closed[0]?.closedReason).toContain(words);
  });

  it("no longer applies where the rule is no longer in use", () => {
    const result = run({ evaluations: [], standing: [standing(A1)] });
    expect(result.closed).toMatchObject([
      { closedAs: "noLongerApplies", closedReason: "The rule LVR-001 is no longer in use.", proof: null },
    ]);
  });

  it.each<[string, Partial<RuleEvaluation>, Partial<VanishedFacts>]>([
    [
      "its partition was not read whole",
      { needs: { ...ALL_READ, evaluated: () => false, onlyPeopleUnsure: () => false } },
      {},
    ],
    ["HR was not read whole", { needs: { ...ALL_READ, evaluated: () => false } }, {}],
    [
      "its partition was not read whole, and they are employed",
      { needs: { ...ALL_READ, evaluated: () => false, onlyPeopleUnsure: () => false } },
      { employed: true },
    ],
    ["the rule is not applicable", { needs: { ...ALL_READ, applicable: false } }, {}],
    ["the status can no longer be told", {}, { uncertain: true }],
    [
      "the row could not be judged",
      {
        unjudged: [
          {
            fingerprint: print(A1),
            entry: { rule: RULE.id, source: "aws", partition: "1", reason: "unknown" },
          },
        ],
      },
      {},
    ],
  ])("stays as it is where %s", (_, more, facts) => {
    const result = run({
      evaluations: [evaluation([], more)],
      standing: [standing(A1)],
      facts: vanished(facts),
    });
    expect(result).toEqual({ ...NOTHING, unchecked: [print(A1)] });
  });

  it("stays as it is where nothing is known of it", () => {
    expect(run({ standing: [standing(A1)] })).toEqual({ ...NOTHING, unchecked: [print(A1)] });
  });

  it("closes where they are seen employed, although HR was not read whole", () => {
    const needs = { ...ALL_READ, evaluated: () => false };
    const result = run({
      evaluations: [evaluation([], { needs })],
      standing: [standing(A1)],
      facts: vanished({ employed: true, words: ["Ada is employed at that time."] }),
    });
    expect(result.closed).toMatchObject([{ closedAs: "noLongerApplies" }]);
  });
});

describe("an exception", () => {
  const until = (at: number) => ({ id: "ex-1", until: new Date(at).toISOString() });
  const EX1 = { id: "ex-1", rule: RULE.id, fingerprint: print(A1) };
  const excepted = (at: number) => standing(A1, { status: "excepted", exception: until(at) });

  it("stands while its day has not come", () => {
    const result = run({ evaluations: [evaluation([observed(A1)])], standing: [excepted(NOW + 1)] });
    expect(result).toMatchObject({ ...NOTHING, still: [{ fingerprints: [print(A1)] }] });
  });

  it("stays on a finding of which something else changed", () => {
    const seen = observed(A1, { severity: "critical" });
    const result = run({ evaluations: [evaluation([seen])], standing: [excepted(NOW + 1)] });
    expect(result.updated).toMatchObject([{ status: "excepted", exception: { id: "ex-1" } }]);
  });

  it("ends by itself, and the finding is open again", () => {
    const result = run({ evaluations: [evaluation([observed(A1)])], standing: [excepted(NOW)] });
    expect(result.endedExceptions).toEqual([{ ...EX1, because: "expired" }]);
    expect(result.updated).toMatchObject([{ status: "open", exception: null }]);
  });

  it("ends by itself although the finding could not be checked", () => {
    const result = run({ standing: [excepted(NOW)] });
    expect(result.endedExceptions).toEqual([{ ...EX1, because: "expired" }]);
    expect(result.updated).toMatchObject([{ status: "open", exception: null, checked: false }]);
  });

  it("ends with the read that proves what it was for removed", () => {
    const result = run({ standing: [excepted(NOW + 1)], facts: vanished({ proof: PROOF }) });
    expect(result.endedExceptions).toEqual([{ ...EX1, because: "removed" }]);
    expect(result.closed).toMatchObject([{ status: "closed", closedAs: "removed", exception: null }]);
  });

  it("outlasts a finding that only no longer applies", () => {
    const result = run({ standing: [excepted(NOW + 1)], facts: vanished({ employed: true }) });
    expect(result.endedExceptions).toEqual([]);
    expect(result.closed).toMatchObject([{ closedAs: "noLongerApplies", exception: null }]);
  });

  const closedBefore = (closedAs: "removed" | "noLongerApplies") => {
    const before = standing(A1, { status: "closed", closedAs });
    return new Map([[before.fingerprint, before]]);
  };
  const approved = (id: string, at: number) => ({ ...EX1, id, until: new Date(at).toISOString() });

  it("is back with its finding", () => {
    const result = run({
      evaluations: [evaluation([observed(A1)])],
      closed: closedBefore("noLongerApplies"),
      exceptions: [approved("ex-1", NOW + 1), approved("ex-2", NOW + 2), approved("ex-0", NOW + 1)],
    });
    expect(result.reopened).toMatchObject([
      { status: "excepted", exception: { id: "ex-2", until: new Date(NOW + 2).toISOString() } },
    ]);
    expect(result.endedExceptions).toEqual([]);
  });

  it("is not back where its day came meanwhile", () => {
    const result = run({
      evaluations: [evaluation([observed(A1)])],
      closed: closedBefore("noLongerApplies"),
      exceptions: [approved("ex-1", NOW)],
    });
    expect(result.reopened).toMatchObject([{ status: "open", exception: null }]);
    expect(result.endedExceptions).toEqual([{ ...EX1, because: "expired" }]);
  });

  it("ends on its day although its finding is closed", () => {
    const result = run({ exceptions: [approved("ex-1", NOW)] });
    expect(result).toEqual({ ...NOTHING, endedExceptions: [{ ...EX1, because: "expired" }] });
  });
});

describe("a new key", () => {
  const B1 = "aws/user/B1";
  const rekeys = new Map([[A1, B1]]);
  const before = standing(A1);
  const after = rekeyFinding(before, RULE, rekeys);

  it("gives the finding the fingerprint that a row of today has", () => {
    expect(after.fingerprint).toBe(print(B1));
    expect(after.subject.key).toBe(B1);
    expect(after.columns.account).toBe(B1);
    expect(after.evidence.map(({ record }) => record)).toEqual([B1, `HAS_ACCOUNT|${PERSON}|${B1}|`]);
    expect(after.firstSeen).toBe(before.firstSeen);
  });

  it("leaves a finding alone that names other keys", () => {
    const other = standing("aws/user/C1");
    expect(rekeyFinding(other, RULE, rekeys)).toBe(other);
  });

  it("is followed, and opens nothing", () => {
    const result = run({
      evaluations: [evaluation([observed(B1)])],
      standing: [after],
      formerly: new Map([[after.fingerprint, before.fingerprint]]),
    });
    expect(result.rekeyed).toMatchObject([
      { from: print(A1), finding: { fingerprint: print(B1), status: "open", run: "run-2" } },
    ]);
    expect({ ...result, rekeyed: [] }).toEqual(NOTHING);
  });

  it("is recorded before the finding closes under it", () => {
    const result = run({
      standing: [after],
      formerly: new Map([[after.fingerprint, before.fingerprint]]),
      facts: new Map([[after.fingerprint, { ...NOTHING_KNOWN, proof: PROOF }]]),
    });
    expect(result.rekeyed).toMatchObject([{ from: print(A1), finding: { status: "open" } }]);
    expect(result.closed).toMatchObject([{ fingerprint: print(B1), closedAs: "removed" }]);
  });
});

it("gives the same lists whatever order the findings come in", () => {
  const accounts = ["a", "b", "c", "d", "e", "f"].map((id) => `aws/user/${id}`);
  const inOrder = (order: readonly string[]) =>
    run({
      evaluations: [
        evaluation(order.filter((account) => account < "aws/user/c").map((one) => observed(one))),
      ],
      standing: order.filter((account) => account > "aws/user/a").map((account) => standing(account)),
      facts: new Map(order.map((account) => [print(account), { ...NOTHING_KNOWN, proof: PROOF }])),
    });
  const one = inOrder(accounts);
  expect(inOrder([...accounts].reverse())).toEqual(one);
  expect(one.opened).toHaveLength(1);
  expect(one.still).toMatchObject([{ fingerprints: [print("aws/user/b")] }]);
  const prints = one.closed.map(({ fingerprint }) => fingerprint);
  expect(prints).toEqual([...prints].sort());
  expect(prints).toHaveLength(4);
});
