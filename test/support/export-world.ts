import type { GraphStore } from "../../src/graph/index.js";

/** A small graph with everything that exports show: a leaver, two of one name, an orphan, an idle account. */

export const NOW = Date.parse("2026-11-21T10:00:00Z");
export const DAY = 86_400_000;
/** The name of one account: a formula. */
export const HOSTILE = '=HYPERLINK("http://evil.example","x")';

/** Writes the graph, some findings and two read markers into an empty store. */
export async function writeExportWorld(store: GraphStore): Promise<void> {
  type Props = Record<string, string | number | boolean | string[]>;
  const nodes: { label: string; props: Props }[] = [];
  const edges: { type: string; from: string; to: string; props: Props }[] = [];
  const node = (label: string, key: string, props: Props = {}) =>
    nodes.push({ label, props: { key, label, name: key, ...props } });
  const edge = (type: string, from: string, to: string, props: Props = {}) =>
    edges.push({ type, from, to, props: { disc: "", ...props } });

  function person(id: string, name: string, employment: Props, since?: number, until?: number) {
    node("Person", `hr/person/${id}`, { name, workerIds: [id], emails: [`${id}@x.example`] });
    node("Employment", `hr/employment/${id}`, {
      workerId: id,
      status: "active",
      type: "employee",
      ...employment,
    });
    edge("EMPLOYED_AS", `hr/person/${id}`, `hr/employment/${id}`, {
      ...(since === undefined ? {} : { since }),
      ...(until === undefined ? {} : { until }),
    });
  }

  person(
    "1",
    "Ada Park",
    { end: "2026-10-31", status: "terminated", department: "Engineering", title: "SRE" },
    0,
    NOW - 20 * DAY,
  );
  person("2", "Bo Lee", { department: "Engineering" }, 0);
  person("3", "Bo Lee", {}, 0);
  edge("REPORTS_TO", "hr/person/1", "hr/person/2");
  edge("REPORTS_TO", "hr/person/2", "hr/person/3");
  node("Account", "aws/user/ada", {
    name: "ada.park",
    provider: "AwsUser",
    status: "enabled",
    accountType: "human",
    lastLoginAt: NOW - 5 * DAY,
    aliases: ["arn:aws:iam::111122223333:user/ada.park", "Ada.Park@X.example"],
  });
  node("Account", "aws/user/bo", { name: HOSTILE, status: "disabled", accountType: "human" });
  node("Account", "aws/user/orphan", { name: "kjensen", status: "unknown" });
  node("Account", "old/user/idle", { name: "idle", status: "enabled" });
  edge("HAS_ACCOUNT", "hr/person/1", "aws/user/ada", { rule: "email", confidence: 0.9 });
  edge("HAS_ACCOUNT", "hr/person/2", "aws/user/bo", { rule: "mapping", confidence: 1 });
  node("Credential", "aws/key/1", { name: "AKIA1", status: "active", lastUsedAt: NOW - DAY });
  edge("HAS_CREDENTIAL", "aws/user/ada", "aws/key/1");
  node("Group", "aws/group/admins", { name: "+admins" });
  node("NonHumanIdentity", "aws/role/deploy", { name: "deploy", status: "enabled" });
  node("Entitlement", "aws/policy/admin", { name: "AdministratorAccess", privilege: "admin" });
  node("Entitlement", "aws/policy/read", { name: "ReadOnlyAccess", privilege: "read" });
  node("Entitlement", "other/policy/admin", { name: "AdministratorAccess", privilege: "admin" });
  node("Resource", "aws/account/1", { name: "AWS account 111122223333", aliases: ["111122223333"] });
  edge("ON", "aws/policy/admin", "aws/account/1");
  edge("ON", "aws/policy/read", "aws/account/1");
  edge("MEMBER_OF", "aws/user/ada", "aws/group/admins");
  edge("HAS_ENTITLEMENT", "aws/group/admins", "aws/policy/admin");
  edge("HAS_ENTITLEMENT", "aws/user/ada", "aws/policy/read");
  edge("HAS_ENTITLEMENT", "aws/user/orphan", "aws/policy/read");
  edge("CAN_ASSUME", "aws/user/bo", "aws/role/deploy", { condition: "{}" });
  edge("HAS_ENTITLEMENT", "aws/role/deploy", "aws/policy/admin");

  const finding = (
    fingerprint: string,
    rule: string,
    status: string,
    subject: string,
    label: string,
    columns: object,
  ) => ({
    fingerprint,
    document: JSON.stringify({ rule, status, subject: { key: subject, label, name: subject }, columns }),
  });
  const findings = [
    finding("f1", "LVR-001", "open", "aws/user/ada", "Account", {
      account: "aws/user/ada",
      person: "hr/person/1",
    }),
    finding("f2", "RES-001", "excepted", "aws/policy/admin", "Entitlement", {
      account: "aws/user/ada",
      entitlement: "aws/policy/admin",
      jobs: ["EMPLOYED_AS|hr/person/1|hr/employment/1|"],
    }),
    finding("f3", "ORP-001", "closed", "aws/user/orphan", "Account", { account: "aws/user/orphan" }),
  ];
  const marker = (source: string, verdict: string) => ({
    key: `${source}|s|p`,
    source,
    stream: "s",
    partition: "p",
    system: "x",
    read: `${source}-1`,
    readAt: NOW - 3_600_000,
    verdict,
    state: "applied",
    ...(verdict === "complete"
      ? { completeRead: `${source}-1`, completeAt: NOW - 3_600_000 }
      : { reason: "denied" }),
    scope: ["x"],
    counts: "{}",
  });
  await store.write(async (tx) => {
    for (const { label, props } of nodes) {
      await tx.run(`UNWIND $rows AS row CREATE (n:Entity:${label}) SET n += row.props`, {
        rows: [{ props }],
      });
    }
    for (const { type, from, to, props } of edges) {
      await tx.run(
        `UNWIND $rows AS row MATCH (a:Entity {key: row.from}) MATCH (b:Entity {key: row.to}) CREATE (a)-[e:${type}]->(b) SET e += row.props`,
        { rows: [{ from, to, props }] },
      );
    }
    await tx.run("UNWIND $rows AS row CREATE (f:Finding) SET f += row", { rows: findings });
    await tx.run("UNWIND $rows AS row CREATE (m:ReadMarker) SET m += row", {
      rows: [marker("hr", "complete"), marker("aws", "partial")],
    });
  });
}
