import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse as parseCsv } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { loadConfig } from "../config/index.js";
import { googleId } from "./ids.js";
import { LEAST_PEOPLE, type WrittenCompany, writeCompany } from "./index.js";
import { nameAt } from "./names.js";
import { random } from "./random.js";

const NOW = Date.parse("2026-11-21T10:00:00Z");
let dir: string;
let company: WrittenCompany;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "exitgraph-demo-"));
  company = await writeCompany(join(dir, "a"), { now: NOW });
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function digests(folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const { mtimeMs, mode } = await stat(path);
    const hash = createHash("sha256")
      .update(await readFile(path))
      .digest("hex");
    const time = entry.name === "exitgraph.yaml" ? "" : ` ${mtimeMs}`;
    found[path.slice(folder.length + 1)] = `${hash}${time} ${(mode & 0o777).toString(8)}`;
  }
  return found;
}

const page = z.looseObject({});
const ndjson = <T>(stream: string, shape: z.ZodType<T>, folder = "a") =>
  recorded(`aws/${stream}`, shape, folder);
async function recorded<T>(file: string, shape: z.ZodType<T>, folder = "a"): Promise<T[]> {
  const text = await readFile(join(dir, folder, "recordings", `${file}.ndjson`), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => shape.parse(JSON.parse(line)));
}

const entraUser = z.looseObject({
  id: z.string(),
  mail: z.string(),
  accountEnabled: z.boolean(),
  userType: z.string(),
  employeeId: z.string().optional(),
  assignedLicenses: z.array(z.object({ skuId: z.string() })),
});
const entraList = <T>(shape: z.ZodType<T>) =>
  z.object({ "@odata.count": z.number().optional(), more: z.boolean().optional(), value: z.array(shape) });
const reference = z.object({ id: z.string() });
const entraObjects = z.object({
  objects: z.array(
    z.object({ id: z.string(), "@odata.count": z.number().optional(), value: z.array(reference) }),
  ),
});
const workspaceUser = z.looseObject({
  id: z.string(),
  primaryEmail: z.string(),
  suspended: z.boolean(),
  externalIds: z.array(z.object({ value: z.string() })),
});
const workspaceUsers = z.object({ nextPageToken: z.string().optional(), users: z.array(workspaceUser) });
const asset = z.looseObject({
  name: z.string(),
  asset_type: z.string(),
  ancestors: z.array(z.string()),
  iam_policy: z
    .object({ bindings: z.array(z.object({ role: z.string(), members: z.array(z.string()) })) })
    .optional(),
});

const authorization = z.object({
  UserDetailList: z.array(
    z.object({ UserName: z.string(), UserId: z.string(), Arn: z.string(), CreateDate: z.string() }),
  ),
  GroupDetailList: z.array(z.object({ GroupName: z.string() })),
  RoleDetailList: z.array(z.object({ RoleName: z.string(), RoleId: z.string(), Arn: z.string() })),
  Policies: z.array(z.object({ Arn: z.string() })),
  IsTruncated: z.boolean(),
});

const rows = z.array(z.record(z.string(), z.string()));
async function people(folder = "a") {
  const text = await readFile(join(dir, folder, "people.csv"), "utf8");
  return rows.parse(
    parseCsv(text, { bom: true, delimiter: ";", columns: (h: string[]) => h.map((n) => n.trim()) }),
  );
}

describe("writeCompany", () => {
  it("gives the same bytes for the same seed, and others for another", async () => {
    await writeCompany(join(dir, "b"), { now: NOW });
    expect(await digests(join(dir, "b"))).toEqual(await digests(join(dir, "a")));
    await writeCompany(join(dir, "c"), { now: NOW, seed: "other" });
    const other = await digests(join(dir, "c"));
    for (const [file, hash] of Object.entries(await digests(join(dir, "a")))) {
      if (file.endsWith(".csv") || file.includes("authorization")) expect(other[file]).not.toBe(hash);
    }
    const files = Object.keys(other).map((file) => file.replace(/^recordings\/([^/]+)\/.*$/, "$1"));
    expect([...new Set(files)].sort()).toEqual([
      "accounts.csv",
      "aws",
      "entra",
      "exitgraph.yaml",
      "google-cloud",
      "google-workspace",
      "people.csv",
    ]);
  });

  it("writes a configuration that loads", async () => {
    const loaded = await loadConfig({
      env: {},
      file: company.configFile,
      collectors: new Map(
        ["hr-csv", "entra", "google-workspace", "google-cloud", "aws-iam"].map((type) => [
          type,
          { config: page },
        ]),
      ),
    });
    expect(loaded.sources.map(({ name, type }) => `${name} ${type}`)).toEqual([
      "hr hr-csv",
      "entra entra",
      "google-workspace google-workspace",
      "google-cloud google-cloud",
      "aws aws-iam",
    ]);
    for (const { name, recording } of loaded.sources.slice(1))
      expect(recording).toBe(join(dir, "a/recordings", name));
  });

  it("has about as many people as asked for, each with one name and address", async () => {
    const all = await people();
    expect(company.people).toBe(200);
    const ids = new Set(all.map((row) => row["Employee ID"]));
    expect(ids.size).toBeGreaterThanOrEqual(200);
    expect(ids.size).toBeLessThanOrEqual(202);
    const names = new Map<string, Set<string>>();
    for (const row of all) {
      const [email = ""] = (row["Work E-Mail(s)"] ?? "").toLowerCase().split("; ");
      names.set(email, (names.get(email) ?? new Set()).add(row["Preferred Name"] ?? ""));
    }
    expect([...names.values()].every((set) => set.size === 1)).toBe(true);
    expect(names.size).toBe(200);
    // Managers exist, and have not left.
    for (const row of all) {
      const manager = row["Reports To (ID)"];
      if (manager !== "")
        expect(all.find((one) => one["Employee ID"] === manager)?.["Worker Status (HRIS)"]).toMatch(
          /^Active/,
        );
    }
  });

  it("says the same of a user in every file", async () => {
    const pages = await ndjson("account-authorization", authorization);
    const users = pages.flatMap((one) => one.UserDetailList);
    expect(new Set(users.map(({ UserId }) => UserId)).size).toBe(users.length);
    expect(new Set(users.map(({ Arn }) => Arn)).size).toBe(users.length);
    const reports = await ndjson(
      "credential-report",
      z.object({ Content: z.string(), GeneratedTime: z.string() }),
    );
    expect(reports).toHaveLength(2);
    const reported = reports.flatMap(({ Content }) =>
      rows.parse(parseCsv(Buffer.from(Content, "base64").toString("utf8"), { columns: true })),
    );
    const byArn = new Map(reported.map((row) => [row.arn, row]));
    expect(byArn.size).toBe(users.length + 2);
    for (const user of users) expect(byArn.get(user.Arn)?.user_creation_time).toBe(user.CreateDate);
    for (const row of reported) {
      for (const [name, value] of Object.entries(row)) {
        if (!/^\d{4}-/.test(value)) continue;
        expect(Date.parse(value), `${row.user} ${name}`).toBeLessThan(NOW);
        if (row.user !== "<root_account>") {
          expect(Date.parse(value), `${row.user} ${name}`).toBeGreaterThanOrEqual(
            Date.parse(row.user_creation_time ?? ""),
          );
        }
      }
    }
    const listed = await ndjson(
      "access-keys",
      z.object({
        AccountId: z.string(),
        UserName: z.string(),
        AccessKeyMetadata: z.array(z.object({ Status: z.string() })),
      }),
    );
    const withKeys = reported.filter((row) => row.access_key_1_last_rotated?.startsWith("20"));
    expect(listed.map((one) => `${one.AccountId} ${one.UserName}`).sort()).toEqual(
      withKeys.map((row) => `${row.arn?.split(":")[4]} ${row.user}`).sort(),
    );
    const [prod, sandbox] = await ndjson(
      "account-summary",
      z.object({ AccountId: z.string(), SummaryMap: z.record(z.string(), z.number()) }),
    );
    expect((prod?.SummaryMap.Users ?? 0) + (sandbox?.SummaryMap.Users ?? 0)).toBe(users.length);
    expect(pages.filter((one) => !one.IsTruncated)).toHaveLength(2);
  });

  it("tells every story with records that are there", async () => {
    const pages = await ndjson("account-authorization", authorization);
    const files = await readdir(join(dir, "a/recordings"), { recursive: true });
    const texts = await Promise.all(
      files
        .filter((file) => file.endsWith(".ndjson"))
        .map((file) => readFile(join(dir, "a/recordings", file), "utf8")),
    );
    const text = JSON.stringify(pages) + texts.join("");
    const workerIds = new Set((await people()).map((row) => row["Employee ID"]));
    const ids = company.stories.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(
      expect.arrayContaining([
        "leaver-with-password",
        "leaver-with-key",
        "leaver-in-group",
        "leaver-through-roles",
        "disabled-in-group",
        "nhi-owner-left",
        "nhi-without-owner",
        "rehire",
        "contractor-hired",
        "future-leaver",
        "two-smiths",
        "orphan",
        "contradiction",
        "on-leave",
        "disabled-and-still-administrator",
        "consent-survived",
        "eligible-administrator",
        "application-owner-left",
        "key-of-owner-left",
        "admin-consent",
        "seat-of-leaver",
        "deleted-name",
        "guest-without-sponsor",
      ]),
    );
    for (const story of company.stories) {
      for (const worker of story.workers) expect(workerIds).toContain(worker.workerId);
      for (const { identity } of story.expects) {
        for (const key of Object.values(identity)) {
          const id = decodeURIComponent(key.split("/").slice(2).join("/"));
          const [principal] = id.replace(/^\d{12}\/(inline:)?/, "").split(":AWS");
          if (key.includes("/aws-user/") || key.includes("/aws-role/")) expect(text).toContain(`"${id}"`);
          if (key.includes("/aws-policy/") && !id.includes("inline:"))
            expect(text).toContain(`"${principal}"`);
          if (key.includes("/person/")) expect(workerIds).toContain(id);
          // Ids of ids: each part stands somewhere in what was recorded.
          if (/^(entra|google-|ref\/google)/.test(key))
            for (const part of id.split("/"))
              if (!["tenant", "project", "roles"].includes(part)) expect(text, key).toContain(part);
        }
      }
    }
    const rules = new Set(company.stories.flatMap((story) => story.expects.map(({ rule }) => rule)));
    expect([...rules].sort()).toEqual([
      "DQ-001",
      "DQ-003",
      "LIC-001",
      "LVR-001",
      "LVR-002",
      "LVR-003",
      "LVR-004",
      "NHI-001",
      "NHI-002",
      "NHI-003",
      "NHI-004",
      "OAU-001",
      "ORP-001",
      "ORP-002",
      "ORP-003",
      "RES-001",
    ]);
    const expected = company.stories.flatMap((story) => story.expects.map((one) => JSON.stringify(one)));
    expect(new Set(expected).size).toBe(expected.length);
  });

  it("says the same of a person in every directory, and leaves leavers nothing but stories", async () => {
    const employees = await people();
    const told = new Set(
      company.stories.flatMap((story) =>
        story.expects.length === 0 ? [] : story.workers.map(({ workerId }) => workerId),
      ),
    );
    const ids = new Set(employees.map((row) => row["Employee ID"]));
    // A person's last row decides; who came back has not left.
    const gone = new Set<string>();
    for (const row of employees) {
      const id = row["Employee ID"] ?? "";
      if (/^Terminated/.test(row["Worker Status (HRIS)"] ?? "")) gone.add(id);
      else gone.delete(id);
    }
    const users = (await recorded("entra/users", entraList(entraUser))).flatMap(({ value }) => value);
    const mails = new Map(
      users.flatMap(({ employeeId, mail }) => (employeeId === undefined ? [] : [[employeeId, mail]])),
    );
    expect(new Set(users.map(({ id }) => id)).size).toBe(users.length);
    for (const user of users) {
      if (user.userType === "Guest") continue;
      const { employeeId = "" } = user;
      expect(ids).toContain(employeeId);
      expect(user.accountEnabled, user.mail).toBe(
        !gone.has(employeeId) && user.mail !== "leif.nilsen@larkfield.example",
      );
      if (!user.accountEnabled && !told.has(employeeId)) expect(user.assignedLicenses).toEqual([]);
    }
    const present = employees.filter((row) => /^(Active|On Leave)/.test(row["Worker Status (HRIS)"] ?? ""));
    for (const row of present) expect(mails.has(row["Employee ID"] ?? ""), row["Employee ID"]).toBe(true);
    const google = (await recorded("google-workspace/users", workspaceUsers)).flatMap((one) => one.users);
    for (const { primaryEmail, externalIds, suspended } of google) {
      const [{ value: employeeId } = { value: "" }] = externalIds;
      expect(mails.get(employeeId)).toBe(primaryEmail);
      if (!told.has(employeeId)) expect(suspended, primaryEmail).toBe(gone.has(employeeId));
    }
    // Groups name people who are there, and count them.
    const byId = new Map(users.map((user) => [user.id, user]));
    for (const { objects } of await recorded("entra/group-members", entraObjects)) {
      for (const group of objects) {
        expect(group["@odata.count"]).toBe(group.value.length);
        for (const { id } of group.value) expect(byId.get(id)?.accountEnabled).toBe(true);
      }
    }
    const forgetful = await writeCompany(join(dir, "forgetful"), { now: NOW, forgotten: 1 });
    const expects = (one: WrittenCompany) => one.stories.map((story) => story.expects);
    expect(expects(forgetful)).toEqual(expects(company));
    const kept = (await recorded("entra/users", entraList(entraUser), "forgetful")).flatMap(
      (one) => one.value,
    );
    const enabled = kept.filter((user) => user.accountEnabled && gone.has(user.employeeId ?? ""));
    expect(enabled.length).toBeGreaterThan(5);
  });

  it("exports Google Cloud as Cloud Asset Inventory does", async () => {
    const lines = await recorded("google-cloud/cloud-assets", asset);
    const types = new Set(lines.map(({ asset_type: type }) => type.slice(type.indexOf("/") + 1)));
    expect([...types].sort()).toEqual([
      "Bucket",
      "Folder",
      "Organization",
      "Project",
      "Role",
      "ServiceAccount",
      "ServiceAccountKey",
      "WorkloadIdentityPool",
      "WorkloadIdentityPoolProvider",
    ]);
    // What policies name is there: groups in Workspace, service accounts in the projects.
    const groups = (
      await recorded(
        "google-workspace/groups",
        z.object({ groups: z.array(z.object({ email: z.string(), directMembersCount: z.string() })) }),
      )
    ).flatMap((one) => one.groups);
    const known = new Set(groups.map(({ email }) => `group:${email}`));
    const accounts = JSON.stringify(lines.filter(({ asset_type: type }) => type.endsWith("/ServiceAccount")));
    for (const { iam_policy: policy } of lines) {
      for (const member of (policy?.bindings ?? []).flatMap(({ members }) => members)) {
        if (member.startsWith("group:")) expect(known).toContain(member);
        if (member.startsWith("serviceAccount:") && !member.includes("service-"))
          expect(accounts).toContain(member.slice("serviceAccount:".length));
      }
    }
    const top = lines.find(({ asset_type: type }) => type.endsWith("/Organization"))?.ancestors[0];
    for (const { ancestors } of lines) expect(ancestors.at(-1)).toBe(top);
  });

  it("makes large companies too, within AWS's limit of users per account", async () => {
    const large = await writeCompany(join(dir, "large"), { now: NOW, people: 9_000, forgotten: 0.2 });
    expect(large.accounts).toHaveLength(6);
    expect(new Set(large.accounts).size).toBe(6);
    expect(large.stories.map(({ id }) => id)).toEqual(company.stories.map(({ id }) => id));
    const pages = await ndjson("account-authorization", authorization, "large");
    const perAccount = new Map<string, number>();
    for (const { UserDetailList } of pages) {
      expect(UserDetailList.length).toBeLessThanOrEqual(500);
      for (const { Arn } of UserDetailList) {
        const account = Arn.split(":")[4] ?? "";
        perAccount.set(account, (perAccount.get(account) ?? 0) + 1);
      }
    }
    expect([...perAccount.keys()].sort()).toEqual([...large.accounts].sort());
    expect(Math.max(...perAccount.values())).toBeLessThanOrEqual(5_000);
    expect((await people("large")).length).toBeGreaterThanOrEqual(9_000);
    // Lists go on from site to site, and the system's own count stands on the first page.
    const users = await recorded("entra/users", entraList(entraUser), "large");
    const listed = users.flatMap(({ value }) => value);
    expect(users.map(({ more }) => more === true)).toEqual(users.map((_, at) => at < users.length - 1));
    expect(users[0]?.["@odata.count"]).toBe(listed.length);
    expect(new Set(listed.map(({ id }) => id)).size).toBe(listed.length);
    expect(new Set(listed.map(({ mail }) => mail)).size).toBe(listed.length);
    expect(Math.max(...users.map(({ value }) => value.length))).toBeLessThanOrEqual(500);
    const google = await recorded("google-workspace/users", workspaceUsers, "large");
    expect(google.filter(({ nextPageToken }) => nextPageToken === undefined)).toHaveLength(1);
    const ids = Array.from({ length: 200_000 }, (_, at) => googleId("a", at));
    expect(new Set(ids).size).toBe(ids.length);
    const assigned = new Map<string, { said: number; listed: number }>();
    for (const { objects } of await recorded("entra/app-role-assignments", entraObjects, "large")) {
      for (const { id, value, "@odata.count": count } of objects) {
        const known = assigned.get(id) ?? { said: 0, listed: 0 };
        assigned.set(id, { said: known.said + (count ?? 0), listed: known.listed + value.length });
      }
    }
    expect([...assigned.values()].some(({ listed }) => listed >= 3)).toBe(true);
    for (const { said, listed } of assigned.values()) expect(listed).toBe(said);
    const projects = (await recorded("google-cloud/cloud-assets", asset, "large")).filter(
      ({ asset_type: type, iam_policy: policy }) => type.endsWith("/Project") && policy === undefined,
    );
    expect(projects).toHaveLength(8);
  });

  it("works at the smallest size, and refuses less", async () => {
    const small = await writeCompany(join(dir, "small"), { now: NOW, people: LEAST_PEOPLE });
    expect(small.stories).toHaveLength(company.stories.length);
    await expect(writeCompany(join(dir, "tiny"), { now: NOW, people: 10 })).rejects.toThrow(
      /at least 80 people/,
    );
  });
});

describe("names and numbers", () => {
  it("gives no two people one name, and no filler a story's last name", () => {
    const seen = new Set<string>();
    const told = new Set(
      company.stories.flatMap(({ workers }) => workers.map(({ name }) => name.split(" ")[1] ?? "")),
    );
    for (let i = 0; i < 20_000; i++) {
      const { first, last, numeral } = nameAt(i);
      seen.add(`${first} ${last} ${numeral}`);
      expect(told.has(last)).toBe(false);
    }
    expect(seen.size).toBe(20_000);
    expect(told).toContain("Smith");
  });

  it("draws evenly and repeatably", () => {
    const draw = () => {
      const rng = random("x", 1);
      return Array.from({ length: 1_000 }, () => rng.between(1, 10));
    };
    const counts = new Map<number, number>();
    for (const n of draw()) counts.set(n, (counts.get(n) ?? 0) + 1);
    expect(draw()).toEqual(draw());
    expect([...counts.keys()].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(Math.min(...counts.values())).toBeGreaterThan(60);
    expect(() => random("y").pick([])).toThrow();
  });
});
