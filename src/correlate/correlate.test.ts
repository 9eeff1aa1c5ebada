import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { edge, node, openWorkbench, type Workbench } from "../../test/support/workbench.js";
import { type GraphRecord, recordId, silentLog } from "../model/index.js";

let bench: Workbench;
beforeEach(async () => {
  bench = await openWorkbench();
});
afterEach(async () => {
  await bench.close();
});

const DAY = 86_400_000;
const day = (text: string) => Date.parse(text);
const T1 = day("2026-06-01");

const ann = node("Employment", "hr/employment/1", {
  name: "Ann Lee",
  workerId: "1",
  emails: ["ann@x.example"],
  status: "active",
  type: "employee",
  startsAt: day("2020-01-01"),
});
const bob = node("Employment", "hr/employment/2", {
  name: "Bob Ray",
  workerId: "2",
  emails: ["bob@x.example"],
  status: "terminated",
  type: "employee",
  endsAt: day("2026-05-01"),
  manager: "1",
});
const annUser = node(
  "Account",
  "aws/user/A",
  { name: "ann", username: "ann", email: "ann@x.example", accountType: "unknown" },
  ["arn:aws:iam::1:user/ann"],
);
const bobKey = node("Account", "aws/user/B", {
  name: "bob",
  username: "bob",
  email: "bob@x.example",
  accountType: "service",
});
const role = node("NonHumanIdentity", "aws/role/R", { name: "ci" });

const ids = (records: readonly GraphRecord[]) => records.map(recordId);
const rows = (cypher: string) => bench.store.rows(cypher);

describe("correlate", () => {
  it("writes persons, employments, links, managers and owners, and then nothing more", async () => {
    await bench.read("hr", [ann, bob], T1);
    await bench.read(
      "aws",
      [annUser, bobKey, role, edge("OWNED_BY", "aws/role/R", "ref/email/bob@x.example", { basis: "tag" })],
      T1,
    );
    const manifest = await bench.link(T1);
    expect(manifest?.partitions).toMatchObject([{ stream: "links", partition: "all", verdict: "complete" }]);
    expect(
      await rows(
        "MATCH (p:Person)-[e:EMPLOYED_AS]->(w:Employment) RETURN p.key AS p, p.name AS name, e.until AS until ORDER BY p",
      ),
    ).toEqual([
      { p: "hr/person/1", name: "Ann Lee", until: null },
      { p: "hr/person/2", name: "Bob Ray", until: day("2026-05-01") },
    ]);
    expect(
      await rows(
        "MATCH (p:Person)-[e:HAS_ACCOUNT]->(a:Account) RETURN p.key AS p, a.key AS a, e.rule AS rule, e.confidence AS c, a.accountType AS t ORDER BY p",
      ),
    ).toEqual([
      { p: "hr/person/1", a: "aws/user/A", rule: "email", c: 0.9, t: "human" },
      { p: "hr/person/2", a: "aws/user/B", rule: "email", c: 0.9, t: "human" },
    ]);
    expect(await rows("MATCH (p:Person)-[:REPORTS_TO]->(m:Person) RETURN p.key AS p, m.key AS m")).toEqual([
      { p: "hr/person/2", m: "hr/person/1" },
    ]);
    expect(
      await rows(
        "MATCH (n:NonHumanIdentity)-[e:OWNED_BY]->(p:Person) RETURN n.key AS n, p.key AS p, e.basis AS b",
      ),
    ).toEqual([{ n: "aws/role/R", p: "hr/person/2", b: "tag" }]);
    expect(await bench.link(T1 + DAY)).toBeUndefined();
  });

  it("looks at what the source says of an account, not at what it said itself", async () => {
    await bench.read("hr", [bob], T1);
    await bench.read("aws", [bobKey], T1);
    await bench.link(T1);
    // The account is now known to be shared: correlation's own word must not hide that.
    await bench.read("aws", [{ ...bobKey, props: { ...bobKey.props, accountType: "shared" } }], T1 + DAY);
    await bench.link(T1 + DAY);
    expect(await rows("MATCH (a:Account) RETURN a.accountType AS t, a.accountTypeEvidence AS e")).toEqual([
      { t: "shared", e: null },
    ]);
  });

  it("lets an account go that no source describes any longer, and says that the source's read saw it go", async () => {
    await bench.read("hr", [bob], T1);
    await bench.read("aws", [bobKey, annUser], T1);
    await bench.link(T1);
    const gone = await bench.read("aws", [annUser], T1 + DAY);
    expect(ids(await bench.links(T1 + DAY))).not.toContain("aws/user/B");
    await bench.link(T1 + DAY);
    expect(await rows("MATCH (a:Account) RETURN a.key AS key")).toEqual([{ key: "aws/user/A" }]);
    expect(
      await rows(
        "MATCH (c:Change {record: 'aws/user/B'}) RETURN c.kind AS kind, c.source AS source, c.read AS read",
      ),
    ).toEqual([{ kind: "removed", source: "aws", read: gone.id }]);
  });

  it("writes disputes on the account, and takes them back", async () => {
    const other = node("Employment", "hr/employment/3", {
      ...bob.props,
      workerId: "3",
      name: "Cy Fox",
    });
    await bench.read("hr", [bob, other], T1);
    await bench.read("aws", [bobKey], T1);
    await bench.link(T1);
    const dispute =
      "MATCH (a:Account) RETURN a.disputed AS disputed, a.disputedRule AS rule, a.accountType AS t";
    expect(await rows(dispute)).toEqual([
      { disputed: ["hr/person/2", "hr/person/3"], rule: "email", t: "service" },
    ]);
    await bench.read(
      "hr",
      [bob, { ...other, props: { ...other.props, emails: ["cy@x.example"] } }],
      T1 + DAY,
    );
    await bench.link(T1 + DAY);
    expect(await rows(dispute)).toEqual([{ disputed: null, rule: null, t: "human" }]);
  });

  it("keeps a person who vanished from the record, and names the read under a roster of active workers", async () => {
    const roster = { ...ann, props: { ...ann.props, roster: "activeOnly" } };
    await bench.read("hr", [roster, bob], T1);
    await bench.link(T1);
    const gone = await bench.read("hr", [bob], T1 + DAY);
    await bench.link(T1 + DAY);
    expect(
      await rows(
        "MATCH (p:Person {key: 'hr/person/1'})-[e:EMPLOYED_AS]->(w:Employment) RETURN p.missing AS m, w.missing AS w, e.until AS until, e.leftBy AS leftBy, e.missingRead AS read",
      ),
    ).toEqual([{ m: null, w: true, until: T1 + DAY, leftBy: "missing", read: gone.id }]);
  });

  it("keeps a person's key when an earlier employment turns up, and joins two persons under the first", async () => {
    await bench.read("hr", [bob], T1);
    await bench.link(T1);
    const contractor = node("Employment", "hr/employment/c9", {
      name: "Bob Ray",
      workerId: "c9",
      emails: ["b.ray@x.example"],
      status: "terminated",
      type: "contingent",
      startsAt: day("2018-01-01"),
      endsAt: day("2019-01-01"),
    });
    await bench.read("hr", [bob, contractor], T1 + DAY);
    await bench.link(T1 + DAY);
    expect(await rows("MATCH (p:Person) RETURN p.key AS key ORDER BY key")).toEqual([
      { key: "hr/person/2" },
      { key: "hr/person/c9" },
    ]);
    await bench.read(
      "hr",
      [bob, { ...contractor, props: { ...contractor.props, emails: ["bob@x.example"] } }],
      T1 + 2 * DAY,
    );
    await bench.link(T1 + 2 * DAY);
    expect(
      await rows(
        "MATCH (p:Person) RETURN p.key AS key, p.aliases AS aliases, p.workerIds AS ids, p.missing AS missing ORDER BY key",
      ),
    ).toEqual([{ key: "hr/person/2", aliases: ["hr/person/c9"], ids: ["2", "c9"], missing: null }]);
    const rekeyed = "MATCH (c:Change {record: 'hr/person/c9', kind: 'rekeyed'}) RETURN c.to AS renamed";
    expect(await rows(rekeyed)).toEqual([{ renamed: "hr/person/2" }]);
  });

  it("ties references that pass access to the identities they mean, and lets both go", async () => {
    const reference = "ref/aws-arn/arn:aws:iam::1:user/ann";
    await bench.read("aws", [annUser], T1);
    const trust = [
      node("NonHumanIdentity", "aws2/role/R", { name: "admin" }),
      edge("CAN_ASSUME", reference, "aws2/role/R"),
    ];
    await bench.read("aws2", trust, T1);
    await bench.link(T1);
    expect(
      await rows(
        "MATCH (a:Account)-[e:SAME_AS]->(r:Unresolved) RETURN a.key AS a, r.key AS r, e.rule AS rule",
      ),
    ).toEqual([{ a: "aws/user/A", r: reference, rule: "arn" }]);
    await bench.read("aws2", trust.slice(0, 1), T1 + DAY);
    await bench.link(T1 + DAY);
    expect(await rows("MATCH (r:Unresolved) RETURN r.key AS r")).toEqual([]);
  });

  it("reads the mapping file, and warns of lines that say nothing", async () => {
    const mapping = join(bench.dir, "map.csv");
    writeFileSync(mapping, "account,person\nbob,1\nnobody,1\n");
    await bench.read("hr", [ann, bob], T1);
    await bench.read("aws", [annUser, bobKey], T1);
    const warnings: string[] = [];
    const log = { ...silentLog, warn: (message: string) => void warnings.push(message) };
    const records = await bench.links(T1, { correlate: { mapping }, log });
    expect(ids(records)).toContain("HAS_ACCOUNT|hr/person/1|aws/user/B|");
    expect(warnings).toEqual([expect.stringContaining("mapping file, line 3: no account is called that")]);
  });

  it("refuses a pattern that means nobody before it reads anything", async () => {
    await expect(bench.link(T1, { correlate: { userNames: ["{surname}"] } })).rejects.toThrow("{surname}");
  });

  it("writes again what was written and never applied", async () => {
    await bench.read("hr", [ann], T1);
    const records = await bench.links(T1);
    expect(ids(records)).toEqual(["EMPLOYED_AS|hr/person/1|hr/employment/1|", "hr/person/1"]);
    expect(ids(await bench.links(T1))).toEqual(ids(records));
    expect(await bench.link(T1)).toBeDefined();
    expect(await bench.link(T1)).toBeUndefined();
  });
});
