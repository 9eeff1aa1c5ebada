import { createHash } from "node:crypto";
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { DAY, HOSTILE, NOW, writeExportWorld } from "../../test/support/export-world.js";
import { type GraphStore, openStore } from "../graph/index.js";
import { InputError, packageRoot } from "../model/index.js";
import type { Finding, FindingsDocument } from "../reconcile/index.js";
import { csvHeader, csvLines } from "./csv.js";
import {
  ACCESS_COLUMNS,
  type AccessRow,
  accessOf,
  accessRows,
  emptyPopulation,
  exportAccess,
  exportFindings,
  FINDING_COLUMNS,
  findPerson,
  findTarget,
  neutralize,
  personViews,
  searchEntities,
  standingAt,
  whoCan,
} from "./index.js";
import type { EmploymentView } from "./views.js";

let dir: string;
let store: GraphStore;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "exitgraph-export-"));
  store = await openStore({ store: { engine: "embedded" }, dataDir: join(dir, "data") });

  await writeExportWorld(store);
});
afterAll(async () => {
  await store.close();
  await rm(dir, { recursive: true, force: true });
});

const job = (over: Partial<EmploymentView> = {}): EmploymentView => ({
  key: "e",
  workerId: "1",
  status: "active",
  statusMapped: true,
  statusText: null,
  type: "employee",
  start: null,
  end: null,
  since: null,
  until: null,
  left: false,
  department: null,
  title: null,
  missing: false,
  ...over,
});

describe("standingAt", () => {
  const past = NOW - DAY;
  const future = NOW + DAY;
  it.each<[string, string, EmploymentView[], number?]>([
    ["nothing known", "unknown", []],
    ["an open employment", "active", [job()]],
    ["a begun one", "active", [job({ since: past })]],
    ["one that ends", "futureLeaver", [job({ until: future })]],
    ["one that ends now", "leaver", [job({ until: NOW })]],
    ["over", "leaver", [job({ until: past })]],
    ["over without a date", "leaver", [job({ left: true })]],
    ["a re-hire", "active", [job({ until: past }), job({ since: past })]],
    ["a re-hire to come", "leaver", [job({ until: past }), job({ since: future })]],
    ["on leave", "onLeave", [job({ status: "leave" })]],
    ["on leave in one and at work in another", "active", [job({ status: "leave" }), job()]],
    ["not yet begun", "notYetStarted", [job({ since: future })]],
    ["pending without a date", "notYetStarted", [job({ status: "pending" })]],
    ["status unknown", "unknown", [job({ status: "unknown" })]],
    ["two that end, one later", "futureLeaver", [job({ until: future }), job({ until: future + DAY })]],
    ["one that ends and one that does not", "active", [job({ until: future }), job()]],
  ])("%s is %s", (_, standing, employments) => {
    expect(standingAt(employments, NOW)).toMatchObject({ standing, basis: null });
  });

  const dates = { status: "unknown", statusMapped: false };
  it.each<[string, string, string | null, EmploymentView[]]>([
    ["no last day", "active", "noPastLastDay", [job(dates)]],
    ["a last day to come", "futureLeaver", "noPastLastDay", [job({ ...dates, until: future })]],
    ["a last day that has passed", "leaver", null, [job({ ...dates, until: past })]],
    ["a first day to come", "notYetStarted", null, [job({ ...dates, since: future })]],
    ["a row that is no longer there", "unknown", null, [job({ ...dates, missing: true })]],
    ["a status from elsewhere", "active", null, [job(dates), job()]],
    ["an unknown status from elsewhere", "active", "noPastLastDay", [job(dates), job({ status: "unknown" })]],
  ])("without an HR status %s is %s, by %s", (_, standing, basis, employments) => {
    expect(standingAt(employments, NOW)).toMatchObject({ standing, basis });
  });

  it("is decided by the last end among those that are over", () => {
    const { decidedBy } = standingAt(
      [job({ until: past - DAY, end: "a" }), job({ until: past, end: "b" }), job({ left: true, end: "c" })],
      NOW,
    );
    expect(decidedBy?.end).toBe("b");
  });
});

describe("people", () => {
  it("finds by key, worker id, e-mail in any case, and name", async () => {
    for (const wanted of ["hr/person/1", " 1 ", "1@X.EXAMPLE", "ada park"]) {
      expect(await findPerson(store, wanted)).toBe("hr/person/1");
    }
  });

  it("refuses to guess, and lists candidates", async () => {
    await expect(findPerson(store, "Bo Lee")).rejects.toThrow(
      /2 people are called "Bo Lee":\n\s+Bo Lee \(2, 2@x.example; hr\/person\/2\)\n/,
    );
    await expect(findPerson(store, "Park")).rejects.toThrow(/Perhaps one of these is meant:\n\s+Ada Park/);
    await expect(findPerson(store, "")).rejects.toThrow(InputError);
    await expect(findPerson(store, "aws/user/ada")).rejects.toThrow(InputError);
  });

  it("says how they stand", async () => {
    const views = await personViews(store, ["hr/person/1", "hr/person/2", "nobody"], NOW);
    expect(views.size).toBe(2);
    expect(views.get("hr/person/1")).toMatchObject({
      standing: "leaver",
      lastDay: "2026-10-31",
      department: "Engineering",
      workerIds: ["1"],
      manager: { key: "hr/person/2", name: "Bo Lee" },
    });
    expect((await personViews(store, ["hr/person/1"], NOW - 30 * DAY)).get("hr/person/1")?.standing).toBe(
      "futureLeaver",
    );
  });
});

describe("search", () => {
  it("is case-insensitive over names, other names and keys, page by page", async () => {
    const names = async (text: string) => (await searchEntities(store, { text })).nodes.map(({ key }) => key);
    expect(await names("PARK")).toEqual(["aws/user/ada", "hr/person/1"]);
    expect(await names("arn:AWS:iam::1111")).toEqual(["aws/user/ada"]);
    expect(await names("Other/Pol")).toEqual(["other/policy/admin"]);
    expect(await names("")).toEqual([]);
    const first = await searchEntities(store, { text: "access", limit: 2 });
    expect(first.nodes.map(({ key }) => key)).toEqual(["aws/policy/admin", "aws/policy/read"]);
    const second = await searchEntities(store, { text: "access", limit: 2, after: first.next ?? "" });
    expect(second).toEqual({
      nodes: [{ key: "other/policy/admin", label: "Entitlement", name: "AdministratorAccess" }],
      next: null,
    });
    expect((await searchEntities(store, { text: "ada", labels: ["Person"] })).nodes).toHaveLength(1);
  });

  it("finds targets, and refuses to guess", async () => {
    expect(await findTarget(store, "111122223333")).toMatchObject({ key: "aws/account/1" });
    expect(await findTarget(store, "other/policy/admin")).toMatchObject({ key: "other/policy/admin" });
    await expect(findTarget(store, "administratoraccess")).rejects.toThrow(/2 things are called/);
    await expect(findTarget(store, "Administrator")).rejects.toThrow(/Perhaps one of these/);
  });
});

describe("accessOf", () => {
  it("tells accounts, credentials and one path to each entitlement", async () => {
    const document = await accessOf(store, "hr/person/1", NOW);
    expect(document.accounts).toHaveLength(1);
    const [ada] = document.accounts;
    expect(ada?.link).toEqual({ rule: "email", confidence: "0.9" });
    expect(ada?.credentials.map(({ name, status }) => `${name} ${status}`)).toEqual(["AKIA1 active"]);
    // A key was used after the last sign-in.
    expect(ada?.account.lastUsedAt).toBe(NOW - DAY);
    expect(ada?.reached.map((one) => [one.entitlement.name, one.direct, one.resource?.name])).toEqual([
      ["AdministratorAccess", false, "AWS account 111122223333"],
      ["ReadOnlyAccess", true, "AWS account 111122223333"],
    ]);
    expect(ada?.reached[0]?.through.map(({ name }) => name)).toEqual(["+admins"]);
    expect(ada?.reached[0]?.path.map(({ edge: type }) => type)).toEqual([
      "MEMBER_OF",
      "HAS_ENTITLEMENT",
      "ON",
    ]);
  });
});

describe("whoCan", () => {
  it("tells who reaches a resource, and behind whom", async () => {
    const document = await whoCan(store, "111122223333", NOW);
    expect(document.rows.map((row) => [row.identity.key, row.person?.name ?? null, row.certainty])).toEqual([
      ["aws/role/deploy", null, "active"],
      ["aws/user/ada", "Ada Park", "active"],
      ["aws/user/bo", "Bo Lee", "conditional"],
      ["aws/user/orphan", null, "active"],
    ]);
    expect(document.rows[1]?.path[0]?.edge).toBe("HAS_ACCOUNT");
  });
});

async function review(options: Partial<Parameters<typeof accessRows>[1]> = {}) {
  const rows: AccessRow[] = [];
  const population = emptyPopulation();
  for await (const batch of accessRows(store, { now: NOW, ...options }, population)) rows.push(...batch);
  return { rows, population };
}

describe("accessRows", () => {
  it("has a row per account and entitlement, and one for accounts without any", async () => {
    const { rows, population } = await review();
    expect(rows.map((r) => [r.account.key, r.entitlement?.key ?? null, r.status, r.findings.join()])).toEqual(
      [
        ["aws/user/ada", "aws/policy/admin", "leaver", "LVR-001,RES-001"],
        ["aws/user/ada", "aws/policy/read", "leaver", "LVR-001"],
        ["aws/user/bo", "aws/policy/admin", "active", ""],
        ["aws/user/orphan", "aws/policy/read", null, ""],
        ["old/user/idle", null, null, ""],
      ],
    );
    expect(population).toEqual({
      accounts: 4,
      accountsWithPerson: 2,
      accountsWithoutPerson: 2,
      people: 2,
      accountsWithoutEntitlement: 1,
    });
    expect(rows[0]).toMatchObject({
      lastDay: "2026-10-31",
      manager: { name: "Bo Lee" },
      department: "Engineering",
      direct: false,
      privilege: "admin",
      lastUsed: new Date(NOW - DAY).toISOString(),
    });
    expect(rows[0]?.path.map(({ edge: type }) => type)).toEqual([
      "HAS_ACCOUNT",
      "MEMBER_OF",
      "HAS_ENTITLEMENT",
      "ON",
    ]);
    expect(rows[2]).toMatchObject({ certainty: "conditional", accountStatus: "disabled" });
    expect(rows[4]).toMatchObject({ entitlement: null, privilege: null, path: [], direct: null });
  });

  it("gives the same in batches of any size, and can be narrowed", async () => {
    const whole = await review();
    expect(await review({ batch: 1 })).toEqual(whole);
    expect((await review({ standing: ["leaver"] })).rows).toEqual(whole.rows.slice(0, 2));
    expect((await review({ sources: ["old"] })).rows).toEqual(whole.rows.slice(4));
  });

  it("asks no query per row", async () => {
    let queries = 0;
    const counting: GraphStore = {
      ...store,
      engine: store.engine,
      location: store.location,
      read: (cypher, options) => {
        queries++;
        return store.read(cypher, options);
      },
      rows: (cypher, params, signal) => {
        queries++;
        return store.rows(cypher, params, signal);
      },
      write: (work) => store.write(work),
      checkpoint: () => store.checkpoint(),
      close: () => store.close(),
    };
    const count = async (batch: number) => {
      queries = 0;
      for await (const _ of accessRows(counting, { now: NOW, batch }, emptyPopulation())) void _;
      return queries;
    };
    const one = await count(1_000);
    // Seven reads a batch at most, whatever stands in it.
    expect((await count(2)) - one).toBeLessThanOrEqual(7);
  });
});

const manifestShape = z.looseObject({
  schemaVersion: z.literal(1),
  file: z.string(),
  sha256: z.string(),
  bytes: z.number(),
  rows: z.number(),
  complete: z.boolean(),
  completeness: z.array(
    z.looseObject({ source: z.string(), verdict: z.string(), reason: z.string().nullable() }),
  ),
  population: z.record(z.string(), z.number()),
  filters: z.record(z.string(), z.unknown()),
});

async function check(file: string) {
  const data = await readFile(file);
  const manifest = manifestShape.parse(JSON.parse(await readFile(`${file}.manifest.json`, "utf8")));
  expect(manifest.sha256).toBe(createHash("sha256").update(data).digest("hex"));
  expect(manifest.bytes).toBe(data.length);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await stat(`${file}.manifest.json`)).mode & 0o777).toBe(0o600);
  return { manifest, text: data.toString("utf8") };
}

describe("exports", () => {
  const base = () => ({ store, sources: ["hr", "aws", "never"], now: NOW, company: "X" });

  it("writes an access review as CSV with a manifest that matches it", async () => {
    const file = join(dir, "access.csv");
    const returned = await exportAccess({ ...base(), file, format: "csv", asOf: NOW - DAY });
    const { manifest, text } = await check(file);
    expect(JSON.parse(JSON.stringify(returned))).toEqual(manifest);
    expect(manifest).toMatchObject({
      kind: "access",
      format: "csv",
      file: "access.csv",
      rows: 5,
      company: "X",
      complete: false,
      asOf: new Date(NOW - DAY).toISOString(),
      generatedAt: new Date(NOW).toISOString(),
      population: { accounts: 4, people: 2 },
    });
    expect(
      manifest.completeness.map(({ source, verdict, reason }) => `${source} ${verdict} ${reason ?? ""}`),
    ).toEqual(["aws partial denied", "hr complete ", "never failed it was never read"]);
    expect(text.startsWith('\uFEFF"person","workerIds","status",')).toBe(true);
    const records = z
      .array(z.record(z.string(), z.string()))
      .parse(parse(text, { bom: true, columns: true }));
    expect(records).toHaveLength(5);
    expect(records[0]).toMatchObject({
      person: "Ada Park",
      status: "leaver",
      through: "'+admins",
      path: "Ada Park -HAS_ACCOUNT-> ada.park -MEMBER_OF-> +admins -HAS_ENTITLEMENT-> AdministratorAccess -ON-> AWS account 111122223333",
      findings: "LVR-001; RES-001",
    });
    expect(records[2]?.account).toBe(`'${HOSTILE}`);
    expect(records[3]).toMatchObject({ person: "", status: "noPerson", account: "kjensen" });
    for (const record of records)
      for (const cell of Object.values(record)) expect(cell).not.toMatch(/^\s*[=+@-]/);
  });

  it("leaves text as it is in JSON", async () => {
    const file = join(dir, "access.json");
    await exportAccess({
      ...base(),
      file,
      format: "json",
      sources: ["hr"],
      filter: { standing: ["active"] },
    });
    const { manifest, text } = await check(file);
    const document = z
      .looseObject({
        schemaVersion: z.literal(1),
        kind: z.literal("access"),
        rows: z.array(z.looseObject({ account: z.looseObject({ name: z.string() }) })),
      })
      .parse(JSON.parse(text));
    expect(document.rows.map(({ account }) => account.name)).toEqual([HOSTILE]);
    expect(manifest.rows).toBe(1);
    expect(manifest.filters).toEqual({ standing: ["active"] });
    const empty = join(dir, "empty.json");
    await exportAccess({ ...base(), file: empty, format: "json", filter: { sources: ["none"] } });
    expect(JSON.parse((await check(empty)).text)).toMatchObject({ rows: [] });
  });

  it("writes findings in both formats", async () => {
    const finding: Finding = {
      rule: "LVR-001",
      revision: 1,
      fingerprint: "f",
      status: "open",
      closedAs: null,
      closedReason: null,
      closedAt: null,
      checked: true,
      severity: "high",
      subject: { key: "aws/user/ada", label: "Account", name: " \t@SUM(1)" },
      person: { key: "hr/person/1", workerIds: ["1"], name: "Ada" },
      reason: "why",
      path: [],
      otherPaths: 0,
      cuts: [],
      remediation: [{ command: "aws iam x\naws iam y", reversible: true, affects: "z" }],
      controls: { soc2: ["CC6.2"] },
      population: 7,
      firstSeen: "2026-11-01T00:00:00.000Z",
      lastSeen: "2026-11-01T00:00:00.000Z",
      run: "r",
      reopened: 0,
      proof: null,
      columns: {},
      evidence: [],
      exception: null,
    };
    const document: FindingsDocument = {
      schemaVersion: 1,
      findings: [finding, { ...finding, fingerprint: "g" }],
      notEvaluated: [{ rule: "RES-001", source: "aws", partition: "p", reason: "partial" }],
      sources: [],
    };
    const csv = join(dir, "findings.csv");
    await exportFindings({ ...base(), file: csv, format: "csv", document, filters: { severity: "high" } });
    const first = await check(csv);
    const records = z
      .array(z.record(z.string(), z.string()))
      .parse(parse(first.text, { bom: true, columns: true }));
    expect(records).toHaveLength(2);
    expect(records[0]).toMatchObject({
      subject: "' \t@SUM(1)",
      remediation: "aws iam x\naws iam y",
      controls: "soc2: CC6.2",
    });
    expect(first.manifest).toMatchObject({
      kind: "findings",
      rows: 2,
      population: { "LVR-001": 7 },
      filters: { severity: "high" },
      notEvaluated: [{ rule: "RES-001" }],
    });
    const file = join(dir, "findings.json");
    await exportFindings({ ...base(), file, format: "json", document });
    expect(JSON.parse((await check(file)).text)).toMatchObject({
      schemaVersion: 1,
      findings: document.findings,
      notEvaluated: document.notEvaluated,
      sources: [],
    });
  });

  it("replaces a file, and neither a link nor a device", async () => {
    const at = (name: string) => join(dir, name);
    await writeFile(at("target.csv"), "mine");
    await symlink(at("target.csv"), at("link.csv"));
    await symlink("/dev/null", at("null.csv"));
    for (const file of [at("link.csv"), at("null.csv")]) {
      await expect(exportAccess({ ...base(), file, format: "csv" })).rejects.toThrow(/not a plain file/);
      expect((await lstat(file)).isSymbolicLink()).toBe(true);
    }
    expect(await readFile(at("target.csv"), "utf8")).toBe("mine");
    await exportAccess({ ...base(), file: at("target.csv"), format: "csv" });
    expect(await readFile(at("target.csv"), "utf8")).toContain("entitlementKey");
  });

  it("writes no list where its manifest cannot stand beside it", async () => {
    const at = (name: string) => join(dir, name);
    await symlink("/dev/null", at("a.csv.manifest.json"));
    await mkdir(at("b.csv.manifest.json"));
    for (const file of ["a.csv", "b.csv"]) {
      const attempt = exportAccess({ ...base(), file: at(file), format: "csv" });
      await expect(attempt).rejects.toThrow(InputError);
      await expect(lstat(at(file))).rejects.toThrow(/ENOENT/);
    }
  });

  it("leaves nothing behind where it cannot write", async () => {
    await mkdir(join(dir, "folder"));
    const attempt = (file: string) => exportAccess({ ...base(), file, format: "csv" });
    await expect(attempt(join(dir, "nowhere", "x.csv"))).rejects.toThrow(/is not there/);
    await expect(attempt(join(dir, "folder"))).rejects.toThrow(InputError);
    const failing = {
      ...base(),
      file: join(dir, "folder", "x.csv"),
      format: "csv" as const,
      signal: AbortSignal.abort(new Error("stop")),
    };
    await expect(exportAccess(failing)).rejects.toThrow();
    expect(await readdir(join(dir, "folder"))).toEqual([]);
    expect((await readdir(dir)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });
});

describe("docs/exports.md", () => {
  it("names every column and every key of the manifest", async () => {
    const text = await readFile(join(packageRoot(), "docs/exports.md"), "utf8");
    const manifest = await exportFindings({
      store,
      sources: [],
      now: NOW,
      file: join(dir, "none.csv"),
      format: "csv",
      document: { schemaVersion: 1, findings: [], notEvaluated: [], sources: [] },
    });
    const names = [...ACCESS_COLUMNS, ...FINDING_COLUMNS].map(({ header }) => header);
    const missing = [...names, ...Object.keys(manifest)].filter((name) => !text.includes(`\`${name}\``));
    expect(missing).toEqual([]);
  });
});

describe("any text", () => {
  it("comes back from the CSV as it went in, but for the apostrophe", () => {
    const texts = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("=1", "a\r", '"', "\n", "x,y", "\uFEFF"),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(texts, texts), { minLength: 1, maxLength: 5 }), (rows) => {
        const columns = [0, 1].map((at) => ({
          header: `c${at}`,
          value: (row: [string, string]) => row[at] ?? "",
        }));
        const file = csvHeader(columns) + csvLines(rows, columns);
        const read = z.array(z.array(z.string())).parse(parse(file, { bom: true, record_delimiter: "\r\n" }));
        expect(read.slice(1)).toEqual(rows.map((row) => row.map(neutralize)));
      }),
      { numRuns: 300 },
    );
  });
});

describe("neutralize", () => {
  it.each([
    "=1+1",
    "+1",
    "-1",
    "@x",
    "\t=1",
    "\r=1",
    " =1",
    '"=1',
    "'=1",
    "\u200b=1",
    "\n =1",
    "＝1",
    "\u00a0+1",
  ])("disarms %j", (text) => {
    expect(neutralize(text)).toBe(`'${text}`);
  });
  it.each(["Ada", "a=b", "arn:aws:iam::1:user/x", "", "1-2", "Zoë", "'quoted'", "{f}-x"])(
    "leaves %j",
    (text) => {
      expect(neutralize(text)).toBe(text);
    },
  );
});
