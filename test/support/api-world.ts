import type { GraphStore } from "../../src/graph/index.js";
import { findingProps } from "../../src/reconcile/finding-node.js";
import type { Finding, NotEvaluated } from "../../src/reconcile/index.js";

/** Findings and runs as the projector writes them, in place of what is there. */

const NODE = (key: string, label = "Account") => ({ key, label, name: key });

function finding(fingerprint: string, over: Partial<Finding>, now: number): Finding {
  const subject = over.subject ?? NODE("aws/user/ada");
  return {
    rule: "LVR-001",
    revision: 2,
    fingerprint,
    status: "open",
    closedAs: null,
    closedReason: null,
    closedAt: null,
    checked: true,
    severity: "high",
    subject,
    person: null,
    reason: "Ada Park left on 2026-10-31, and the account is enabled.",
    path: [{ from: NODE("hr/person/1", "Person"), edge: "HAS_ACCOUNT", to: subject }],
    otherPaths: 0,
    cuts: [],
    remediation: [
      {
        command: "aws iam delete-login-profile --user-name ada.park",
        reversible: true,
        affects: "nobody else",
      },
    ],
    controls: { "ISO 27001": ["A.5.18"] },
    population: 4,
    firstSeen: new Date(now - 86_400_000).toISOString(),
    lastSeen: new Date(now).toISOString(),
    run: "run-4",
    reopened: 0,
    proof: null,
    columns: { account: subject.key, lastLoginAt: null, days: 21, tags: ["a", "b"] },
    evidence: [
      { record: subject.key, role: "access", requires: { status: "enabled" }, heldBy: ["aws|p"] },
      { record: "EMPLOYED_AS|hr/person/1|hr/employment/1|", role: "context" },
    ],
    exception: null,
    ...over,
  };
}

export function findingsOf(now: number): readonly Finding[] {
  const ada = { key: "hr/person/1", workerIds: ["1"], name: "Ada Park" };
  const at = new Date(now).toISOString();
  return [
    finding("g1", { person: ada, severity: "critical" }, now),
    finding("g2", { rule: "ORP-001", severity: "medium", subject: NODE("aws/user/orphan") }, now),
    finding(
      "g3",
      {
        status: "closed",
        closedAs: "removed",
        closedReason: "aws/key/1 is gone",
        closedAt: at,
        proof: {
          read: "aws-20261121T090000Z-abcdef",
          source: "aws",
          stream: "access-keys",
          partition: "p",
          at,
          record: "aws/key/1",
          change: "aws/key/1 is gone",
          lastSeenAt: null,
        },
      },
      now,
    ),
    finding("g4", { person: ada, status: "excepted", exception: { id: "x1", until: "2027-01-31" } }, now),
    finding("g5", { rule: "DQ-001", severity: "low", subject: NODE("hr/employment/1", "Employment") }, now),
    finding("g6", { status: "closed", closedAs: "noLongerApplies", closedAt: at, severity: "low" }, now),
  ];
}

/** Six findings g1 to g6 and four runs, one an hour, of which the newest could not judge twelve rules. */
export async function writeFindingsWorld(store: GraphStore, now: number): Promise<void> {
  const notEvaluated: NotEvaluated[] = Array.from({ length: 12 }, (_, i) => ({
    rule: `R-${i}`,
    source: "aws",
    partition: "p",
    reason: "denied",
  }));
  const run = (n: number) => ({
    id: `run-${n}`,
    startedAt: now - (4 - n) * 3_600_000,
    asOf: n === 2 ? now - 86_400_000 : null,
    actor: "exitgraph",
    seq: 10 * n,
    opened: n,
    reopened: 0,
    removed: 0,
    noLongerApplies: 0,
    rules: "[]",
    notEvaluated: JSON.stringify(n === 4 ? notEvaluated : []),
    sources: "[]",
  });
  await store.write(async (tx) => {
    await tx.run("MATCH (f:Finding) DELETE f");
    await tx.run("UNWIND $rows AS row CREATE (f:Finding) SET f += row.props", {
      rows: findingsOf(now).map((one) => ({ props: findingProps(one) })),
    });
    await tx.run("UNWIND $rows AS row CREATE (r:Run) SET r += row.props", {
      rows: [3, 1, 4, 2].map((n) => ({ props: run(n) })),
    });
  });
}
