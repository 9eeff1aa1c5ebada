import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { type CliResult, exitgraph } from "../../test/support/cli.js";
import { openStore } from "../graph/index.js";
import { packageRoot } from "../model/index.js";

/** Every command over the made-up company, in this process, on the embedded engine. */

const NOW = Date.parse("2026-11-21T10:00:00Z");
const LEAVER = "dmitri.volkov@larkfield.example";
let root: string;
/** Run once, and only read. */
let company: string;
let made: CliResult;
let copies = 0;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "exitgraph-cli-"));
  company = join(root, "company");
  made = await exitgraph(["demo", "--keep", company], { cwd: root, now: () => NOW });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** The company after its first run, for a test that changes it. */
function copy(): string {
  const dir = join(root, `copy-${copies++}`);
  cpSync(company, dir, { recursive: true, preserveTimestamps: true });
  return dir;
}

function edit(dir: string, file: string, change: (text: string) => string): void {
  const path = join(dir, file);
  const text = readFileSync(path, "utf8");
  const changed = change(text);
  expect(changed, `${file} is changed`).not.toBe(text);
  writeFileSync(path, changed);
  // A file says by its time when it was read.
  utimesSync(path, (NOW + 1_800_000) / 1_000, (NOW + 1_800_000) / 1_000);
}

const on = (cwd: string, ...argv: string[]) => exitgraph(argv, { cwd, now: () => NOW });
const later = (cwd: string, ...argv: string[]) => exitgraph(argv, { cwd, now: () => NOW + 3_600_000 });

const node = z.strictObject({ key: z.string(), label: z.string(), name: z.string() });
const edge = z.strictObject({
  from: node,
  edge: z.string(),
  to: node,
  reversed: z.literal(true).optional(),
  changeAt: z.string().optional(),
});
const instant = z.iso.datetime();
const source = z.strictObject({
  name: z.string(),
  partition: z.string(),
  verdict: z.enum(["complete", "partial", "failed"]),
  state: z.enum(["applied", "stopped", "narrowed", "outOfScope"]),
  readAt: instant.nullable(),
  reason: z.string().nullable(),
});
const notEvaluated = z.strictObject({
  rule: z.string(),
  source: z.string(),
  partition: z.string(),
  reason: z.string(),
});
const finding = z.strictObject({
  rule: z.string(),
  revision: z.int(),
  fingerprint: z.string().length(64),
  status: z.enum(["open", "closed", "excepted"]),
  closedAs: z.enum(["removed", "noLongerApplies"]).nullable(),
  closedReason: z.string().nullable(),
  closedAt: instant.nullable(),
  checked: z.boolean(),
  severity: z.enum(["low", "medium", "high", "critical"]),
  subject: node,
  person: z.strictObject({ key: z.string(), workerIds: z.array(z.string()), name: z.string() }).nullable(),
  reason: z.string(),
  path: z.array(edge),
  otherPaths: z.int(),
  cuts: z.array(edge),
  remediation: z.array(z.strictObject({ command: z.string(), reversible: z.boolean(), affects: z.string() })),
  controls: z.record(z.string(), z.array(z.string())),
  population: z.int(),
  firstSeen: instant,
  lastSeen: instant,
  run: z.string(),
  reopened: z.int(),
  proof: z.looseObject({ read: z.string(), at: instant, change: z.string() }).nullable(),
  columns: z.record(z.string(), z.unknown()),
  evidence: z.array(z.looseObject({ record: z.string(), role: z.enum(["access", "context"]) })),
  exception: z.strictObject({ id: z.string(), until: instant }).nullable(),
});
const findings = z.strictObject({
  schemaVersion: z.literal(1),
  findings: z.array(finding),
  notEvaluated: z.array(notEvaluated),
  sources: z.array(source),
});
const partition = z.looseObject({
  stream: z.string(),
  partition: z.string(),
  verdict: z.string(),
  state: z.string(),
  added: z.int(),
  removed: z.int(),
  missing: z.int(),
  guard: z.looseObject({ would: z.int(), known: z.int() }).optional(),
});
const ingested = z.array(
  z.strictObject({ snapshot: z.string(), source: z.string(), partitions: z.array(partition) }),
);
const run = findings.extend({
  run: z.looseObject({
    run: z.string(),
    asOf: instant.nullable(),
    opened: z.array(z.string()),
    reopened: z.array(z.string()),
    removed: z.array(z.string()),
    noLongerApplies: z.array(z.string()),
  }),
  ingested,
  incomplete: z.boolean(),
  failOn: z.enum(["new", "low", "medium", "high", "critical"]).nullable(),
  failOnMet: z.boolean(),
});
const exception = z.looseObject({
  id: z.string(),
  status: z.enum(["requested", "approved", "ended"]),
  requestedBy: z.string(),
  approvedBy: z.string().nullable(),
  selfApproved: z.boolean(),
  lastDay: z.literal("2026-12-31"),
});
const held = z.enum(["held", "notHeld", "betweenReads"]);

describe("demo", () => {
  it("shows what the README promises, says where it is kept, and keeps progress off stdout", () => {
    expect(made.code).toBe(0);
    for (const rule of [
      "LVR-001",
      "ORP-001",
      "RES-001",
      "NHI-001",
      "LVR-003",
      "LVR-004",
      "NHI-004",
      "OAU-001",
    ])
      expect(made.out).toContain(rule);
    // One path across the systems, on one screen with all the rest.
    expect(made.out).toMatch(
      /entra +HAS_ACCOUNT +Sanne.*google-workspace +SIGNS_IN_AS +Sanne.*google-cloud +CONTAINS +billing-sync@.*aws +HAS_ENTITLEMENT +AdministratorAccess/s,
    );
    expect(made.out).toContain("az rest --method DELETE");
    expect(made.out.trimEnd().split("\n").length).toBeLessThan(55);
    expect(made.out).toContain(`Kept in ${company}`);
    expect(made.out).not.toContain("ingest aws:");
    expect(made.err).toContain("ingest aws:");
  });

  it("leaves nothing behind unless asked", async () => {
    const result = await on(root, "demo", "--json");
    expect(findings.parse(result.json()).findings.length).toBeGreaterThan(10);
    expect(result.code).toBe(0);
  });
});

describe("demo --write", () => {
  it("writes a company of any size and does nothing else", async () => {
    const written = await on(root, "demo", "--write", "written", "--people", "90", "--seed", "x");
    expect(written.code).toBe(0);
    expect(written.out).toContain("90 people written to");
    expect(readFileSync(join(root, "written", "people.csv"), "utf8").split("\n").length).toBeGreaterThan(90);
    expect(existsSync(join(root, "written", ".exitgraph"))).toBe(false);
    const again = await on(root, "demo", "--write", "written", "--people", "90", "--seed", "x", "--json");
    z.strictObject({
      schemaVersion: z.literal(1),
      config: z.literal(join(root, "written", "exitgraph.yaml")),
      people: z.literal(90),
      accounts: z.array(z.string()).length(2),
    }).parse(again.json());
  });

  it("refuses what it cannot make", async () => {
    for (const wrong of [
      ["--people", "10"],
      ["--people", "many"],
      ["--forgotten", "2"],
      ["--keep", "kept"],
    ])
      expect(await on(root, "demo", "--write", "refused", ...wrong)).toMatchObject({ code: 2, out: "" });
    expect(existsSync(join(root, "kept"))).toBe(false);
  });
});

describe("findings", () => {
  it("prints the documented fields, the worst first, and the same twice", async () => {
    const result = await on(company, "findings", "--json");
    expect(result).toMatchObject({ code: 0, err: "" });
    const document = findings.parse(result.json());
    const ranks = document.findings.map(({ severity }) =>
      ["critical", "high", "medium", "low"].indexOf(severity),
    );
    expect(ranks).toEqual([...ranks].sort());
    expect((await on(company, "findings", "--json")).out).toBe(result.out);
    for (const { path, person } of document.findings) {
      if (person !== null && path.length > 0) {
        expect([path[0]?.from.key, path.at(-1)?.to.key]).toContain(person.key);
      }
      for (const [at, step] of path.slice(1).entries()) expect(step.from).toEqual(path[at]?.to);
    }
    const reads = document.sources.map(({ name, partition: part }) => `${name} ${part}`);
    expect(reads).toHaveLength(10);
    expect(reads).toEqual(expect.arrayContaining(["hr all", "aws 111122223333", "aws 444455556666"]));
  });

  it("filters, and does not take a mistyped name for good news", async () => {
    const of = async (...argv: string[]) =>
      findings.parse((await on(company, "findings", "--json", ...argv)).json()).findings;
    expect(new Set((await of("--rule", "res-001")).map(({ rule }) => rule))).toEqual(new Set(["RES-001"]));
    expect(new Set((await of("--severity", "high")).map(({ severity }) => severity))).toEqual(
      new Set(["critical", "high"]),
    );
    const hers = await of("--person", LEAVER);
    expect(new Set(hers.map(({ person }) => person?.name))).toEqual(new Set(["Dmitri Volkov"]));
    expect((await of("--source", "hr")).every(({ subject }) => subject.key.startsWith("hr/"))).toBe(true);
    expect(await on(company, "findings", "--rule", "RES-999")).toMatchObject({ code: 2, out: "" });
    expect(await on(company, "findings", "--source", "okta")).toMatchObject({ code: 2, out: "" });
    expect(await on(company, "findings", "--person", "nobody")).toMatchObject({ code: 2, out: "" });
    expect(await on(company, "findings", "--severity", "huge")).toMatchObject({ code: 2, out: "" });
  });

  it("shows everything of one, with the command that cuts it", async () => {
    const { out, code } = await on(company, "findings", "--rule", "RES-001", "--person", LEAVER, "--detail");
    expect(code).toBe(0);
    expect(out).toContain("-CAN_ASSUME-> release-entry");
    expect(out).toContain("aws iam ");
    expect(out).toMatch(/\d findings: 1 critical/);
  });

  it("says before the first run that nothing was judged", async () => {
    const dir = copy();
    rmSync(join(dir, ".exitgraph"), { recursive: true });
    const asText = await on(dir, "findings");
    expect(asText.code).toBe(4);
    expect(asText.out).toMatch(/^Nothing was judged yet/);
    expect(asText.out).toContain("was never read");
    const { sources } = findings.parse((await on(dir, "findings", "--json")).json());
    expect(sources.map(({ name, verdict }) => `${name} ${verdict}`)).toEqual([
      "hr failed",
      "entra failed",
      "google-workspace failed",
      "google-cloud failed",
      "aws failed",
    ]);
  });
});

describe("asking", () => {
  it("access: a tree for people, a document for programs", async () => {
    const { out, code } = await on(company, "access", LEAVER);
    expect(code).toBe(0);
    expect(out).toContain("Dmitri Volkov (100012): has left, last day 2026-11-07");
    expect(out).toMatch(/└─ dmitri\.volkov .*-CAN_ASSUME-> release-runner/s);
    const document = z
      .looseObject({
        schemaVersion: z.literal(1),
        person: z.looseObject({ standing: z.string(), employments: z.array(z.unknown()).min(1) }),
        accounts: z.array(z.looseObject({ reached: z.array(z.looseObject({ path: z.array(edge).min(1) })) })),
      })
      .parse((await on(company, "access", "100012", "--json")).json());
    expect(document.person.standing).toBe("leaver");
    expect(document.accounts[0]?.reached).toHaveLength(4);
    const before = await on(company, "access", LEAVER, "--as-of", "2026-11-01");
    expect(before.out).toContain("will leave");
  });

  it("who-can: the inverse", async () => {
    const asText = await on(company, "who-can", "111122223333");
    expect(asText.code).toBe(0);
    expect(asText.out).toContain("Dmitri Volkov");
    const { rows } = z
      .looseObject({
        schemaVersion: z.literal(1),
        target: node,
        rows: z.array(z.looseObject({ identity: node, path: z.array(edge) })),
      })
      .parse((await on(company, "who-can", "111122223333", "--json")).json());
    expect(rows.length).toBeGreaterThan(10);
    const ambiguous = await on(company, "who-can", "AdministratorAccess");
    expect(ambiguous.code).toBe(2);
    expect(ambiguous.err.split("\n").filter((line) => line.includes("aws/aws-policy/"))).toHaveLength(2);
  });

  it("history: held, not held, or between two reads", async () => {
    const dir = copy();
    await later(dir, "run");
    const asked = ["history", LEAVER, "--on", "2026-11-21T09:25:00Z"];
    const { out, code } = await later(dir, ...asked);
    expect(code).toBe(0);
    expect(out).toContain("What Dmitri Volkov held on 2026-11-21T09:25:00.000Z");
    z.strictObject({
      schemaVersion: z.literal(1),
      person: node,
      on: instant,
      accounts: z.array(z.strictObject({ account: node, held })).min(1),
      rows: z.array(z.strictObject({ account: node, right: node, held, path: z.array(edge) })).min(4),
    }).parse((await later(dir, ...asked, "--json")).json());
    expect(await on(company, "history", LEAVER, "--on", "2027-01-01")).toMatchObject({ code: 2, out: "" });
    expect(await on(company, "history", LEAVER, "--on", "2026-02-30")).toMatchObject({ code: 2, out: "" });
    expect(await on(company, "history", LEAVER)).toMatchObject({ code: 2, out: "" });
  });
});

describe("running", () => {
  it("run: prints what it did, and finds nothing new the second time", async () => {
    const dir = copy();
    const { out, code } = await later(dir, "run");
    expect(code).toBe(0);
    expect(out).toContain("nothing changed.");
    const document = run.parse((await later(dir, "run", "--json", "--fail-on", "new")).json());
    expect(document).toMatchObject({ incomplete: false, failOn: "new", failOnMet: false });
    expect(document.run.opened).toEqual([]);
    expect(document.ingested.map(({ source: name }) => name).sort()).toEqual([
      "aws",
      "entra",
      "google-cloud",
      "google-workspace",
      "hr",
    ]);
  });

  it("exit code 3 where findings stand at or above --fail-on, by option or configuration", async () => {
    const dir = copy();
    expect((await later(dir, "reconcile", "--fail-on", "critical")).code).toBe(3);
    expect((await later(dir, "reconcile", "--fail-on", "new")).code).toBe(0);
    edit(dir, "exitgraph.yaml", (text) => `${text}findings:\n  failOn: high\n`);
    const result = await later(dir, "reconcile", "--json");
    expect(result.code).toBe(3);
    expect(run.parse(result.json())).toMatchObject({ incomplete: false, failOn: "high", failOnMet: true });
  });

  it("exit code 4 wins over 3, and the document carries both", async () => {
    const dir = copy();
    edit(dir, "exitgraph.yaml", (text) => text.replace("path: people.csv", "path: nowhere.csv"));
    const result = await later(dir, "run", "--json", "--fail-on", "low");
    expect(result.code).toBe(4);
    const document = run.parse(result.json());
    expect(document).toMatchObject({ incomplete: true, failOn: "low", failOnMet: true });
    expect(document.sources.find(({ name }) => name === "hr")?.verdict).toBe("failed");
    expect(document.run.removed).toEqual([]);
    expect((await later(dir, "findings")).out).toContain("Sources that were not read whole:");
    for (const argv of [["findings"], ["source"], ["doctor"], ["collect"], ["export", "findings"]]) {
      expect((await later(dir, ...argv)).code, argv.join(" ")).toBe(4);
    }
    expect((await later(dir, "collect", "--source", "aws")).code).toBe(0);
    edit(dir, "exitgraph.yaml", (text) => text.replace("recordings/aws", "nowhere"));
    const doctor = await later(dir, "doctor");
    expect(doctor.code).toBe(4);
    expect(doctor.out).toMatch(/!! {2}aws .*nowhere does not exist/);
  });

  it("--as-of judges another day, and is recorded like any run", async () => {
    const dir = copy();
    const result = await later(dir, "run", "--as-of", "2026-11-01", "--json");
    const document = run.parse(result.json());
    expect(document.run.asOf).toBe("2026-11-01T22:59:59.999Z");
    expect(document.run.noLongerApplies.length).toBeGreaterThan(0);
    expect(document.run.removed).toEqual([]);
    const people = document.findings.map(({ person }) => person?.name);
    expect(people).toContain("Bruno Keller");
    expect(people).not.toContain("Dmitri Volkov");
    expect(await on(dir, "run", "--as-of", "tomorrow")).toMatchObject({ code: 2, out: "" });
  });

  it("a second row that says active makes no leaver live, and is reported", async () => {
    const dir = copy();
    edit(dir, "people.csv", (text) => {
      const [header = "", ...rows] = text.split("\n");
      const his = rows.find((row) => row.startsWith("100012;")) ?? "";
      // The same first day, and neither a last one nor the status of somebody who left.
      const again = his.replace("Terminated - Vol.", "Active - Regular").replace(";07.11.2026;", ";;");
      expect(again).not.toBe(his);
      return [header, again, ...rows].join("\n");
    });
    const result = await later(dir, "run", "--json");
    expect(result.code).toBe(4);
    const document = run.parse(result.json());
    const his = document.findings.filter(({ person }) => person?.workerIds.includes("100012") === true);
    expect(new Set(his.map(({ rule }) => rule))).toEqual(
      new Set([
        "DQ-001",
        ...findings
          .parse((await on(company, "findings", "--json", "--person", LEAVER)).json())
          .findings.map(({ rule }) => rule),
      ]),
    );
    expect(his.find(({ rule }) => rule === "DQ-001")?.reason).toMatch(
      /one row says terminated with .* another .* active/,
    );
    expect((await later(dir, "access", LEAVER)).out).toContain("has left, last day 2026-11-07");
  });

  it("collect, ingest --dry-run, the guard, and --accept", async () => {
    const dir = copy();
    edit(dir, "people.csv", (text) => text.split("\n").slice(0, 100).join("\n"));
    const read = await later(dir, "collect", "--source", "hr", "--json");
    expect(read.code).toBe(0);
    const { snapshots } = z
      .strictObject({ schemaVersion: z.literal(1), snapshots: z.array(z.looseObject({ id: z.string() })) })
      .parse(read.json());
    const id = snapshots[0]?.id ?? "";
    const report = z.strictObject({ schemaVersion: z.literal(1), dryRun: z.boolean(), ingested });
    const only = (result: CliResult) => report.parse(result.json()).ingested[0]?.partitions[0];

    const dry = await later(dir, "ingest", "--dry-run", "--json");
    expect(dry.code).toBe(4);
    expect(only(dry)).toMatchObject({ state: "stopped", guard: { would: 103, known: 202 } });
    const accepted = await later(dir, "ingest", id, "--accept", "--dry-run", "--json");
    expect(only(accepted)).toMatchObject({ state: "applied", missing: 103, added: 0 });
    // Nothing of that was written: what stopped once would be pending no longer.
    const real = await later(dir, "ingest");
    expect(real.code).toBe(4);
    expect(real.out).toContain(`exitgraph ingest --accept ${id}`);
    expect((await later(dir, "ingest")).out).toContain("the graph has every snapshot");
    const applied = await later(dir, "ingest", id, "--accept", "--json");
    expect(applied.code).toBe(0);
    expect(only(applied)).toMatchObject({ state: "applied", missing: 103 });
    expect(await later(dir, "ingest", "--accept")).toMatchObject({ code: 2, out: "" });
    expect((await later(dir, "ingest", "hr-20200101T000000000Z-000000")).code).toBe(2);
  });

  it("does not call it no findings where not everything was judged", async () => {
    const dir = mkdtempSync(join(root, "partly-"));
    const hr = "hr: { type: hr-csv, path: people.csv, columns: { workerId: ID, status: Status } }";
    writeFileSync(join(dir, "exitgraph.yaml"), `sources: { ${hr} }\n`);
    writeFileSync(join(dir, "people.csv"), "ID,Status\n1,active\n");
    const ran = await on(dir, "run");
    expect(ran.code).toBe(0);
    expect(ran.out).toMatch(/^No findings among what could be judged\./);
    expect(ran.out).toMatch(/Not applicable: .*\n.*LVR-001/);
    expect((await on(dir, "findings")).out).toMatch(/^No findings among .*\n\nNot applicable: .*\n.*LVR-001/);
    // A source that is configured now was not there when it was judged.
    const aws = "aws: { type: aws-iam, recording: nowhere }";
    writeFileSync(join(dir, "exitgraph.yaml"), `sources: { ${hr}, ${aws} }\n`);
    const since = await on(dir, "findings");
    expect(since.code).toBe(4);
    expect(since.out).toMatch(/Sources that were not read whole:\n.*\n.*\naws .*never read/);
  });

  it("--record keeps the pages, from which a source can be read again", async () => {
    const dir = copy();
    expect((await later(dir, "collect", "--source", "hr", "--record", "kept")).code).toBe(0);
    rmSync(join(dir, "people.csv"));
    edit(dir, "exitgraph.yaml", (text) =>
      text.replace("type: hr-csv", "type: hr-csv\n    recording: kept/hr"),
    );
    expect((await later(dir, "collect", "--source", "hr")).code).toBe(0);
    expect((await later(dir, "ingest", "--json")).json()).toMatchObject({
      ingested: [
        { partitions: [{ unchanged: 202, removed: 0 }] },
        { partitions: [{ unchanged: 202, missing: 0 }] },
      ],
    });
  });

  it("refuses to run over nothing", async () => {
    const dir = mkdtempSync(join(root, "empty-"));
    writeFileSync(join(dir, "exitgraph.yaml"), "store: { engine: embedded }\n");
    const result = await on(dir, "run");
    expect(result).toMatchObject({ code: 2, out: "" });
    expect(result.err).toContain("names no sources");
  });
});

describe("deciding", () => {
  it("exception: asked by one, approved by another, ended with a reason", async () => {
    const dir = copy();
    // A last day ends there eight hours after it does in UTC.
    edit(dir, "exitgraph.yaml", (text) => text.replace(/timeZone: \S+/, "timeZone: America/Los_Angeles"));
    const all = findings.parse((await on(dir, "findings", "--json")).json());
    const id = all.findings[0]?.fingerprint ?? "";
    const request = ["exception", "request", id.slice(0, 10), "--until", "2026-12-31", "--reason", "moving"];
    const one = z.strictObject({ schemaVersion: z.literal(1), exception });
    const asked = one.parse((await later(dir, ...request, "--as", "ada", "--json")).json()).exception;
    expect(asked).toMatchObject({ status: "requested", requestedBy: "ada" });
    const own = await later(dir, "exception", "approve", asked.id, "--as", "ada");
    expect(own).toMatchObject({ code: 2, out: "" });
    expect((await later(dir, "exception", "approve", asked.id, "--as", "eve")).out).toContain("approved");
    const excepted = findings.parse((await later(dir, "findings", "--json")).json()).findings;
    expect(excepted.find(({ fingerprint }) => fingerprint === id)).toMatchObject({ status: "excepted" });
    const listed = await later(dir, "exception", "list", "--json");
    z.strictObject({ schemaVersion: z.literal(1), exceptions: z.array(exception).length(1) }).parse(
      listed.json(),
    );
    expect((await later(dir, "exception", "list")).out).toMatch(/approved .*2026-12-31 .*ada .*eve/);
    expect((await later(dir, "findings")).out).toContain("excepted until 2026-12-31 ");
    expect((await later(dir, "exception", "end", asked.id, "--reason", "done")).code).toBe(0);
    const ended = findings.parse((await later(dir, "findings", "--json")).json()).findings;
    expect(ended.find(({ fingerprint }) => fingerprint === id)).toMatchObject({ status: "open" });
    for (const wrong of ["zzzzzzzz", id.slice(0, 3)]) {
      const refused = await on(dir, "exception", "request", wrong, "--until", "2026-12-31", "--reason", "x");
      expect(refused.code).toBe(2);
    }
  });

  it("exception: outlasts a run as of a day before, and ends with its last day", async () => {
    const dir = copy();
    const all = findings.parse((await on(dir, "findings", "--rule", "LVR-001", "--json")).json());
    const { fingerprint = "" } = all.findings[0] ?? {};
    const request = ["exception", "request", fingerprint, "--until", "2026-12-31", "--reason", "moving"];
    const one = z.strictObject({ schemaVersion: z.literal(1), exception });
    const asked = one.parse((await later(dir, ...request, "--as", "ada", "--json")).json()).exception;
    await later(dir, "exception", "approve", asked.id, "--as", "eve");
    expect((await later(dir, "reconcile", "--as-of", "2025-01-01")).out).not.toContain("Exception");
    expect((await later(dir, "exception", "list")).out).toMatch(/ approved, finding closed .*2026-12-31 /);
    const back = run.parse((await later(dir, "reconcile", "--json")).json());
    expect(back.run.reopened).toContain(fingerprint);
    expect(back.findings.find((finding) => finding.fingerprint === fingerprint)).toMatchObject({
      status: "excepted",
      exception: { id: asked.id },
    });
    const over = await exitgraph(["reconcile"], { cwd: dir, now: () => NOW + 41 * 24 * 3_600_000 });
    expect(over.out).toContain(
      `Exception ${asked.id} for LVR-001 ${fingerprint.slice(0, 10)} ended: its last day is over.`,
    );
  });

  it("one's own approval is marked where the configuration allows it", async () => {
    const dir = copy();
    edit(dir, "exitgraph.yaml", (text) => `${text}exceptions:\n  selfApproval: true\n`);
    const id = findings.parse((await on(dir, "findings", "--json")).json()).findings[0]?.fingerprint ?? "";
    const asked = await on(
      dir,
      "exception",
      "request",
      id,
      "--until",
      "2026-12-31",
      "--reason",
      "x",
      "--json",
    );
    const one = z.strictObject({ schemaVersion: z.literal(1), exception });
    const approved = await on(dir, "exception", "approve", one.parse(asked.json()).exception.id, "--json");
    expect(one.parse(approved.json()).exception).toMatchObject({ status: "approved", selfApproved: true });
  });

  it("source: lists, retires with a reason, and refuses what it does not know", async () => {
    const dir = copy();
    const listed = await on(dir, "source", "--json");
    z.strictObject({ schemaVersion: z.literal(1), sources: z.array(source).length(10) }).parse(listed.json());
    expect((await on(dir, "source", "list")).out).toContain("444455556666");
    expect(await on(dir, "source", "retire", "nope", "--reason", "x")).toMatchObject({ code: 2, out: "" });
    expect((await on(dir, "source", "retire", "aws")).code).toBe(2);
    const retired = await later(
      dir,
      ...["source", "retire", "aws", "--partition", "444455556666", "--reason", "closed", "--json"],
    );
    const report = z
      .looseObject({ schemaVersion: z.literal(1), records: z.int(), partitions: z.array(z.looseObject({})) })
      .parse(retired.json());
    expect(report.partitions).toHaveLength(4);
    expect(report.records).toBeGreaterThan(100);
    const after = run.parse((await later(dir, "reconcile", "--json")).json());
    expect(after.run.removed).toEqual([]);
  });

  it("audit verify: holds, or names the event that was changed, with exit code 1", async () => {
    const dir = copy();
    expect((await on(dir, "audit", "verify")).out).toContain("The journal holds.");
    expect((await on(dir, "audit", "verify", "--json")).json()).toMatchObject({ schemaVersion: 1, ok: true });
    edit(dir, ".exitgraph/journal.ndjson", (text) => {
      const lines = text.split("\n");
      lines[1] = (lines[1] ?? "").replace(/"actor":"[^"]*"/, '"actor":"mallory"');
      return lines.join("\n");
    });
    const broken = await on(dir, "audit", "verify", "--json");
    expect(broken.code).toBe(1);
    expect(broken.json()).toMatchObject({ ok: false, problem: { kind: "changed", seq: 2 } });
    expect((await on(dir, "audit", "verify")).out).toContain("does not hold");
  });
});

it("audit verify: says of each invariant how often the graph violates it, with exit code 1", async () => {
  const dir = copy();
  const sound = await on(dir, "audit", "verify");
  expect(sound.code).toBe(0);
  expect(sound.out).toContain("The graph violates no invariant.");
  expect(sound.out).toMatch(
    /^ {2}INV-2 {7}0 {2}Every entitlement that a source describes is ON a resource\.$/m,
  );
  const store = await openStore({ store: { engine: "embedded" }, dataDir: join(dir, ".exitgraph") });
  const gone = await store.write((tx) =>
    tx.run(
      "MATCH (n:AwsPolicy)-[e:ON]->(r:Entity) WITH n, e ORDER BY n.key LIMIT 4 DELETE e RETURN n.key AS key",
    ),
  );
  await store.write((tx) =>
    tx.run(
      "MATCH (n:AwsAccessKey) WITH n ORDER BY n.key LIMIT 1 MATCH (n)<-[e:HAS_CREDENTIAL]-(h:Entity) DELETE e",
    ),
  );
  await store.close();
  const keys = gone.map(({ key }) => String(key)).sort();
  expect(keys).toHaveLength(4);
  const broken = await on(dir, "audit", "verify");
  expect(broken.code).toBe(1);
  expect(broken.out).toContain("The journal holds.");
  expect(broken.out).toContain("The graph violates invariants:");
  expect(broken.out).toContain(`INV-2: 4 entitlements are on no resource: ${keys.slice(0, 3).join(", ")}, …`);
  expect(broken.out).toContain("INV-3: 1 credential has no holder: aws/");
  const json = await on(dir, "audit", "verify", "--json");
  expect(json.code).toBe(1);
  const report = z
    .strictObject({
      schemaVersion: z.literal(1),
      ok: z.literal(false),
      events: z.int(),
      head: z.strictObject({ seq: z.int(), hash: z.string() }),
      problem: z.null(),
      invariants: z.array(
        z.strictObject({
          invariant: z.string(),
          holds: z.string(),
          count: z.int(),
          samples: z.array(z.string()),
        }),
      ),
      unfinished: z.array(z.string()).length(0),
    })
    .parse(json.json());
  expect(report.invariants.map(({ invariant, count }) => [invariant, count])).toEqual([
    ["INV-1", 0],
    ["INV-2", 4],
    ["INV-3", 1],
    ["INV-4", 0],
    ["INV-5", 0],
  ]);
  expect(report.invariants[1]?.samples).toEqual(keys.slice(0, 3));
});

describe("export", () => {
  it("writes the list and its manifest, and prints the manifest", async () => {
    const dir = copy();
    for (const what of ["findings", "access"]) {
      for (const format of ["csv", "json"]) {
        const file = `${what}.${format}`;
        const result = await on(dir, "export", what, "--format", format, "--out", file, "--json");
        expect(result.code).toBe(0);
        const manifest = z
          .looseObject({
            schemaVersion: z.literal(1),
            path: z.literal(join(dir, file)),
            rows: z.int().min(20),
            sha256: z.string().length(64),
          })
          .parse(result.json());
        expect((await on(dir, "export", what, "--format", format, "--out", file)).out).toContain(
          `Wrote ${manifest.rows} rows`,
        );
      }
    }
    expect((await on(dir, "export", "findings", "--format", "pdf")).code).toBe(2);
  });

  it("has no place for a manifest on stdout, and refuses - as a file", async () => {
    const dir = copy();
    const before = readdirSync(dir);
    for (const out of ["-", ""]) {
      const refused = await on(dir, "export", "access", "--out", out);
      expect(refused).toMatchObject({ code: 2, out: "" });
      expect(refused.err).toContain("manifest");
    }
    expect(readdirSync(dir)).toEqual(before);
  });
});

describe("setting up", () => {
  it("init writes once, and doctor says what is needed", async () => {
    const dir = mkdtempSync(join(root, "init-"));
    const first = await on(dir, "init");
    expect(first).toMatchObject({ code: 0, err: "" });
    const text = readFileSync(join(dir, "exitgraph.yaml"), "utf8");
    writeFileSync(join(dir, "exitgraph.yaml"), "mine");
    const second = await on(dir, "init");
    expect(second).toMatchObject({ code: 2, out: "" });
    expect(second.err).toContain("is there already");
    expect(readFileSync(join(dir, "exitgraph.yaml"), "utf8")).toBe("mine");
    expect((await on(dir, "init", "--force", "--json")).json()).toEqual({
      schemaVersion: 1,
      file: join(dir, "exitgraph.yaml"),
    });
    expect(readFileSync(join(dir, "exitgraph.yaml"), "utf8")).toBe(text);
    expect(await on(dir, "init", "--config", "no/where.yaml")).toMatchObject({ code: 2, out: "" });
  });

  it("doctor: ready, a schedule that is none, and no configuration", async () => {
    const { out, code } = await on(company, "doctor");
    expect(code).toBe(0);
    expect(out).toContain("iam:GetAccountAuthorizationDetails");
    expect(out).toContain("not read: IAM Identity Center");
    expect(out).toContain("Ready");
    z.strictObject({
      schemaVersion: z.literal(1),
      config: z.string(),
      store: z.string(),
      rules: z.int(),
      sources: z
        .array(
          z.strictObject({
            name: z.string(),
            title: z.string(),
            problem: z.string().nullable(),
            warnings: z.array(z.string()).length(0),
            partitions: z.array(z.string()),
            permissions: z.array(
              z.strictObject({ name: z.string(), why: z.string(), optional: z.boolean() }),
            ),
            notRead: z.array(z.string()).min(1),
          }),
        )
        .length(5),
    }).parse((await on(company, "doctor", "--json")).json());
    const dir = copy();
    edit(dir, "exitgraph.yaml", (text) => text.replace("      status: Worker Status (HRIS)\n", ""));
    const warned = await on(dir, "doctor");
    expect(warned.code).toBe(0);
    expect(warned.out).toMatch(/^ok {2}hr .*\n! +no `status` column is mapped/m);
    edit(dir, "exitgraph.yaml", (text) => `${text}schedule:\n  collect: "61 * * * *"\n`);
    const wrong = await on(dir, "doctor");
    expect(wrong).toMatchObject({ code: 2, out: "" });
    expect(wrong.err).toContain("schedule of collect hr");
    const nothing = await on(root, "doctor");
    expect(nothing).toMatchObject({ code: 2, out: "" });
  });

  it("rules: with and without a configuration", async () => {
    const list = await on(root, "rules");
    expect(list.code).toBe(0);
    expect(list.out).toMatch(/RES-001\s+critical, high, medium, low\s+Residual access of a leaver/);
    const { rules } = z
      .strictObject({ schemaVersion: z.literal(1), rules: z.array(z.looseObject({ id: z.string() })) })
      .parse((await on(company, "rules", "--json")).json());
    expect(rules.map(({ id }) => id)).toContain("LVR-001");
    expect((await on(company, "rules", "show", "res-001")).out).toContain("# ");
    expect((await on(company, "rules", "show", "RES-001", "--query")).out).toContain("RETURN");
    const shown = (await on(company, "rules", "show", "RES-001", "--query", "--json")).json();
    z.looseObject({ rule: z.looseObject({ id: z.literal("RES-001"), query: z.string() }) }).parse(shown);
    expect((await on(company, "rules", "show", "XYZ-1")).code).toBe(2);
  });

  it("rules check: loads a folder and runs its cases, which hold, do not hold, or are not understood", async () => {
    const dir = mkdtempSync(join(root, "rules-"));
    cpSync(join(packageRoot(), "test", "example-rules"), join(dir, "ours"), { recursive: true });
    const good = await on(dir, "rules", "check", "ours");
    expect(good).toMatchObject({ code: 0, err: "" });
    expect(good.out).toMatch(/^ok {2}[A-Z]+-\d+ .*: (\d+) of \1 cases hold\n\n1 rule of ours can be used/);

    const cases = "ours/accounts/long-unused-account.test.yaml";
    edit(dir, cases, (text) => text.replace("population: ", "population: 9"));
    const failing = await on(dir, "rules", "check", "ours");
    expect(failing.code).toBe(1);
    expect(failing.out).toMatch(/^!! .* cases hold\n {6}\w+: .*\n {8}population is \d+ and not 9/);
    const document = await on(dir, "rules", "check", "ours", "--json");
    expect(document.code).toBe(1);
    const { checked } = z
      .strictObject({
        schemaVersion: z.literal(1),
        rules: z.literal(1),
        ok: z.literal(false),
        checked: z
          .array(
            z.strictObject({
              rule: z.string(),
              title: z.string(),
              cases: z.int().min(5),
              failed: z.array(
                z.strictObject({ name: z.string(), kind: z.string(), problems: z.array(z.string()).min(1) }),
              ),
            }),
          )
          .length(1),
      })
      .parse(document.json());
    expect(checked[0]?.failed).toHaveLength(1);

    edit(dir, cases, (text) => text.replace("cases:", "kases:"));
    const bad = await on(dir, "rules", "check", "ours");
    expect(bad).toMatchObject({ code: 2, out: "" });
    expect(bad.err).toContain("long-unused-account.test.yaml");
    mkdirSync(join(dir, "empty"));
    for (const folder of ["empty", "nowhere"]) {
      expect(await on(dir, "rules", "check", folder)).toMatchObject({ code: 2, out: "" });
    }
  });
});

describe("a wrong call", () => {
  it.each([
    [["--nope"]],
    [["run", "--nope"]],
    [["findigns"]],
    [["access"]],
    [["run", "--source", "okta"]],
    [["run", "--fail-on", "sometimes"]],
    [["serve", "--host", "0.0.0.0"]],
    [["serve", "--host", "example.com"]],
    [["serve", "--port", "70000"]],
    [["--config", "missing.yaml", "findings"]],
    [["exception"]],
  ])("%j: exit code 2, nothing on stdout", async (argv) => {
    const result = await on(company, ...argv);
    expect(result).toMatchObject({ code: 2, out: "" });
    expect(result.err.length).toBeGreaterThan(10);
    expect(result.err).not.toContain("    at ");
  });

  it("--version and help are answers", async () => {
    expect(await on(company, "--version")).toMatchObject({ code: 0, err: "" });
    expect(await on(company, "--help")).toMatchObject({ code: 0, err: "" });
    expect((await on(company, "help", "run")).out).toContain("--fail-on");
  });
});

describe("hostile names", () => {
  it("reach neither the terminal nor another row", async () => {
    const dir = copy();
    const hostile = 'Chiara \u001b]0;owned\u0007\u001b[2J\u009b31m"\u202e Rossi';
    edit(dir, "people.csv", (text) => text.replace("Chiara Rossi", `"${hostile.replaceAll('"', '""')}"`));
    const outputs = [
      await later(dir, "run"),
      await later(dir, "findings"),
      await later(dir, "findings", "--detail"),
      await later(dir, "access", "chiara.rossi@larkfield.example"),
      await later(dir, "who-can", "111122223333"),
      await later(dir, "history", "chiara.rossi@larkfield.example", "--on", "2026-11-20"),
      await later(dir, "access", "\u001b[2Jnobody\nerror: forged"),
    ];
    for (const { out, err } of outputs) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not get through
      expect(out + err).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    }
    expect(outputs.slice(0, 6).map(({ out }) => out.includes("owned"))).toEqual(Array(6).fill(true));
    expect(outputs[6]?.err).not.toMatch(/^error: forged/m);
  });
});
