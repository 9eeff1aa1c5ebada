import { describe, expect, it } from "vitest";
import type { EdgeRef, Finding, FindingsDocument } from "../../reconcile/index.js";
import { findingsByRule, furthest, pathInFull, sourcesOn } from "./digest.js";

const hop = (from: string, edge: string, to: string): EdgeRef => ({
  from: { key: from, label: "Account", name: from.slice(from.lastIndexOf("/") + 1) },
  edge,
  to: { key: to, label: "Account", name: to.slice(to.lastIndexOf("/") + 1) },
});

function finding(over: Partial<Finding>): Finding {
  return {
    rule: "LVR-001",
    revision: 1,
    fingerprint: "f",
    status: "open",
    closedAs: null,
    closedReason: null,
    closedAt: null,
    checked: true,
    severity: "high",
    subject: { key: "aws/aws-user/1", label: "Account", name: "ann" },
    person: null,
    reason: "Ann left",
    path: [],
    otherPaths: 0,
    cuts: [],
    remediation: [],
    controls: {},
    population: 1,
    firstSeen: "2026-11-21T06:00:00.000Z",
    lastSeen: "2026-11-21T06:00:00.000Z",
    run: "run",
    reopened: 0,
    proof: null,
    columns: {},
    evidence: [],
    exception: null,
    ...over,
  };
}

const documentOf = (...findings: readonly Finding[]): FindingsDocument => ({
  schemaVersion: 1,
  findings,
  notEvaluated: [{ rule: "DQ-003", source: "cloud", partition: "*", reason: "was never read" }],
  sources: [],
});

const crossing = finding({
  rule: "RES-001",
  severity: "critical",
  reason: "Ann\u001b left and still reaches it",
  fingerprint: "far",
  path: [
    hop("hr/person/ann", "HAS_ACCOUNT", "entra/entra-user/ann"),
    hop("entra/entra-user/ann", "SIGNS_IN_AS", "google/workspace-user/ann"),
    hop("google/workspace-user/ann", "SAME_AS", "ref/google-member/user:ann"),
  ],
  cuts: [hop("entra/entra-user/ann", "SIGNS_IN_AS", "google/workspace-user/ann")],
  remediation: [{ command: "az rest --method DELETE", reversible: true, affects: "Ann" }],
});

describe("findings on one screen", () => {
  it("are a line a rule, the worst first, with how many there are and what was not judged", () => {
    const text = findingsByRule(
      documentOf(finding({ severity: "low", reason: "lesser" }), finding({ reason: "worse" }), crossing),
      { color: false },
    );
    const lines = text.split("\n");
    expect(lines[2]).toMatch(/^RES-001 +1 +critical +Ann\\e left/);
    expect(lines[3]).toMatch(/^LVR-001 +2 +high +worse$/);
    expect(text).not.toContain("lesser");
    expect(text).toContain("3 findings: 1 critical, 1 high, 1 low");
    expect(text).toContain("was never read");
  });

  it("fit a terminal", () => {
    const long = finding({ reason: "left and ".repeat(40) });
    for (const line of findingsByRule(documentOf(long), { color: false, width: 80 }).split("\n"))
      expect(line.length).toBeLessThanOrEqual(80);
  });
});

describe("the path that leads furthest", () => {
  it("goes through the most systems, and references are no system", () => {
    const long = finding({
      path: Array.from({ length: 9 }, (_, at) =>
        hop(`aws/aws-role/${at}`, "CAN_ASSUME", `aws/aws-role/${at + 1}`),
      ),
    });
    expect(sourcesOn(crossing)).toEqual(["hr", "entra", "google"]);
    expect(furthest([long, finding({}), crossing])).toBe(crossing);
    expect(furthest([long, finding({})])).toBe(long);
    expect(furthest([finding({})])).toBeUndefined();
  });

  it("is told hop by hop with what to cut, nothing of it left as it came", () => {
    expect(pathInFull(crossing, { color: false }).split("\n")).toEqual([
      "critical RES-001 Ann\\e left and still reaches it",
      "",
      "  hr                    ann",
      "  entra    HAS_ACCOUNT  ann",
      "  google   SIGNS_IN_AS  ann",
      "           SAME_AS      user:ann",
      "",
      "  cut      ann -SIGNS_IN_AS-> ann",
      "  command  az rest --method DELETE",
    ]);
  });
});
