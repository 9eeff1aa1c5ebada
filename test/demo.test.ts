import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { collectors } from "../collectors/index.js";
import { collectSource } from "../src/collect/index.js";
import { configTemplate, type LoadedConfig, loadConfig } from "../src/config/index.js";
import { correlate } from "../src/correlate/index.js";
import { type WrittenCompany, writeCompany } from "../src/demo/index.js";
import { type AccessRow, accessRows, emptyPopulation, personViews } from "../src/export/index.js";
import { type GraphStore, openStore } from "../src/graph/index.js";
import { ingestProjectors, ingestSnapshot, knownGraph } from "../src/ingest/index.js";
import { openJournal } from "../src/journal/index.js";
import { silentLog } from "../src/model/index.js";
import { walkFew } from "../src/reach/index.js";
import { type Manifest, SnapshotFolder } from "../src/snapshot/index.js";

/** The made-up company through the real collectors, ingest and correlation: its stories are what the graph says. */

const NOW = Date.parse("2026-11-21T10:00:00Z");
let dir: string;
let store: GraphStore;
let company: WrittenCompany;
const manifests: Manifest[] = [];
const rows: AccessRow[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "exitgraph-company-"));
  company = await writeCompany(dir, { now: NOW });
  const config = await loadConfig({ file: company.configFile, env: {}, collectors });
  store = await openStore({ store: { engine: "embedded" }, dataDir: config.dataDir });
  await read(config);
  for await (const batch of accessRows(store, { now: NOW }, emptyPopulation())) rows.push(...batch);
});
afterAll(async () => {
  await store.close();
  await rm(dir, { recursive: true, force: true });
});

async function read(config: LoadedConfig): Promise<void> {
  const { signal } = new AbortController();
  const now = () => NOW;
  const snapshots = new SnapshotFolder(join(config.dataDir, "snapshots"));
  const journal = await openJournal({ store, dataDir: config.dataDir, projectors: ingestProjectors, now });
  const ingest = (snapshot: string) =>
    ingestSnapshot({
      store,
      snapshots,
      journal,
      dataDir: config.dataDir,
      snapshot,
      rankOf: (system, stream) => collectors.get(system)?.streams.findIndex((one) => one.name === stream),
      guard: config.config.guard,
      log: silentLog,
      signal,
    });
  for (const source of config.sources) {
    const collector = collectors.get(source.type);
    if (collector === undefined) throw new Error(`no collector for ${source.type}`);
    const manifest = await collectSource({
      source,
      collector,
      snapshots,
      known: await knownGraph(store, source.name),
      signal,
      log: silentLog,
      baseDir: config.baseDir,
      timeZone: config.config.company.timeZone,
      now,
    });
    manifests.push(manifest);
    await ingest(manifest.id);
  }
  const derived = await correlate({ store, snapshots, config, now: NOW, log: silentLog, signal });
  if (derived === undefined) throw new Error("correlation found nothing");
  await ingest(derived.id);
  await journal.close();
}

const expected = (rule: string) =>
  company.stories.flatMap((story) =>
    story.expects.filter((one) => one.rule === rule).map(({ identity }) => identity),
  );
const line = (...keys: (string | undefined)[]) => keys.join(" ");

describe("the made-up company", () => {
  it("is read whole, without a rejected row", () => {
    const reads = manifests.flatMap(({ source, partitions }) => partitions.map((p) => ({ source, ...p })));
    expect(reads.filter((p) => p.verdict !== "complete")).toEqual([]);
    expect(reads.filter((p) => (p.rejectedCount ?? 0) > 0)).toEqual([]);
    expect(new Set(reads.filter((p) => p.source === "aws").map((p) => p.partition))).toEqual(
      new Set(company.accounts),
    );
    expect(reads.filter((p) => p.source === "aws")).toHaveLength(8);
    // Nothing that a collector can read is missing, in any partition.
    for (const { source, system, partitions, notRead } of manifests) {
      const streams = collectors.get(system)?.streams.map(({ name }) => name) ?? [];
      const ids = new Set(partitions.map(({ partition }) => partition));
      expect(partitions, source).toHaveLength(streams.length * ids.size);
      expect(notRead ?? [], source).toEqual([]);
    }
    const cloud = reads.filter((p) => p.source === "google-cloud").map((p) => p.partition);
    expect(new Set(cloud).size).toBe(5);
  });

  it("says what an administrator would see of the same person in each directory", async () => {
    const known = await store.rows(
      "MATCH (a:Account) RETURN a.provider AS provider, a.status AS status, count(*) AS count",
    );
    const count = (provider: string, status: string) =>
      Number(known.find((row) => row.provider === provider && row.status === status)?.count ?? 0);
    expect(count("EntraUser", "enabled")).toBeGreaterThan(150);
    expect(count("EntraUser", "disabled")).toBeGreaterThan(5);
    expect(count("WorkspaceUser", "enabled")).toBeGreaterThan(120);
    expect(count("WorkspaceUser", "disabled")).toBeGreaterThan(2);
    // Accounts of two systems that are one person's, and the sign-in that leads from one to the other.
    const both = await store.rows(
      "MATCH (a:Account)<-[:HAS_ACCOUNT]-(p:Person)-[:HAS_ACCOUNT]->(b:Account) WHERE a.provider = 'EntraUser' AND b.provider = 'WorkspaceUser' RETURN count(DISTINCT p.key) AS count",
    );
    expect(both[0]?.count).toBeGreaterThan(120);
    const signIns = await store.rows(
      "MATCH (a:Account)-[:SIGNS_IN_AS]->(b:Account) RETURN a.status AS status, count(*) AS count",
    );
    expect(signIns.find(({ status }) => status === "disabled")?.count).toBe(1);
    // A third of the people works in Google Cloud.
    const cloud = await store.rows(
      "MATCH (a:Account)-[:MEMBER_OF]->(g:Group)-[:MEMBER_OF]->(c:Group) WHERE c.email STARTS WITH 'cloud-users@' RETURN count(DISTINCT a.key) AS count",
    );
    expect(Number(cloud[0]?.count ?? 0)).toBeGreaterThan(40);
  });

  it("has exactly the stories' residual access", () => {
    const found = rows
      .filter((row) => row.status === "leaver" && row.entitlement !== null)
      .map((row) => line(row.person?.key, row.account.key, row.entitlement?.key));
    const told = [...expected("RES-001"), ...expected("LVR-004")].map((one) =>
      line(one.person, one.account, one.entitlement),
    );
    expect(found.sort()).toEqual(told.sort());
  });

  it("has exactly the stories' enabled accounts of leavers", () => {
    const found = rows
      .filter((row) => row.status === "leaver" && row.accountStatus === "enabled")
      .map((row) => line(row.person?.key, row.account.key));
    const told = expected("LVR-001").map((one) => line(one.person, one.account));
    expect([...new Set(found)].sort()).toEqual(told.sort());
  });

  it("has exactly the stories' accounts that belong to nobody", async () => {
    const sponsored = await store.rows(
      "MATCH (g:Account)-[:OWNED_BY]->(p:Person) WHERE g.accountType = 'guest' RETURN DISTINCT g.key AS key",
    );
    const owned = new Set(sponsored.map(({ key }) => key));
    expect(owned.size).toBeGreaterThan(3);
    const found = rows
      .filter((row) => row.person === null && row.accountType !== "service" && !owned.has(row.account.key))
      .map((row) => row.account.key);
    const told = [...expected("ORP-001"), ...expected("ORP-002"), ...expected("ORP-003")].map(
      (one) => one.account ?? "",
    );
    expect([...new Set(found)].sort()).toEqual(told.sort());
  });

  it("has exactly the stories' software without a living owner", async () => {
    const nhis = await store.rows(
      "MATCH (n:NonHumanIdentity) WHERE coalesce(n.managedBy, 'customer') <> 'provider' AND NOT EXISTS { MATCH (n:NonHumanIdentity)-[:OWNED_BY]->(p:Person) } RETURN n.key AS key ORDER BY key",
    );
    expect(nhis.map(({ key }) => key)).toEqual(
      expected("NHI-002")
        .map((one) => one.identity)
        .sort(),
    );
    const owned = await store.rows(
      "MATCH (n:NonHumanIdentity)-[:OWNED_BY]->(p:Person) WHERE NOT coalesce(n.nhiType, 'unknown') IN ['servicePrincipal', 'managedIdentity'] RETURN n.key AS key, p.key AS person",
    );
    const people = await personViews(
      store,
      owned.map(({ person }) => String(person)),
      NOW,
    );
    const left = owned
      .filter(({ person }) => people.get(String(person))?.standing === "leaver")
      .map(({ key, person }) => line(String(key), String(person)));
    expect(left.sort()).toEqual(
      expected("NHI-001")
        .map((one) => line(one.identity, one.owner))
        .sort(),
    );
  });

  it("holds everything that the expectations name", async () => {
    const keys = [
      ...new Set(
        company.stories.flatMap((story) => story.expects.flatMap(({ identity }) => Object.values(identity))),
      ),
    ];
    const found = await store.rows("UNWIND $keys AS k MATCH (n:Entity {key: k}) RETURN n.key AS key", {
      keys,
    });
    const known = new Set(found.map(({ key }) => key));
    expect(keys.filter((key) => !known.has(key))).toEqual([]);
  });

  it("leads from a disabled account of the directory through four systems to AWS", async () => {
    const story = company.stories.find(({ id }) => id === "disabled-and-still-administrator");
    const [entra] = (story?.expects ?? []).filter(
      ({ rule, identity }) =>
        rule === "RES-001" &&
        identity.account?.startsWith("entra/") &&
        identity.entitlement?.startsWith("aws/"),
    );
    const start = entra?.identity.account ?? "";
    const target = entra?.identity.entitlement ?? "";
    const found = await walkFew(store, [start], { now: NOW });
    const reached = found.find((one) => one.target === target);
    expect(reached?.certainty).toBe("active");
    expect(reached?.path.map(({ type }) => type)).toEqual([
      "SIGNS_IN_AS",
      "MEMBER_OF",
      "MEMBER_OF",
      "SAME_AS",
      "HAS_ENTITLEMENT",
      "ON",
      "CONTAINS",
      "SAME_AS",
      "CAN_ASSUME",
      "HAS_ENTITLEMENT",
      "ON",
    ]);
  });

  it("has people who come back, change sides, go on leave and will leave", async () => {
    const standing = async (id: string) => {
      const story = company.stories.find((one) => one.id === id);
      const ids = [...new Set((story?.workers ?? []).map(({ workerId }) => workerId))];
      const found = await store.rows(
        "UNWIND $ids AS id MATCH (p:Person)-[:EMPLOYED_AS]->(w:Employment) WHERE w.workerId = id RETURN DISTINCT p.key AS key",
        { ids },
      );
      const views = await personViews(
        store,
        found.map(({ key }) => String(key)),
        NOW,
      );
      return [...views.values()].map((view) => view.standing);
    };
    expect(await standing("rehire")).toEqual(["active"]);
    expect(await standing("contractor-hired")).toEqual(["active"]);
    expect(await standing("on-leave")).toEqual(["onLeave"]);
    expect(await standing("future-leaver")).toEqual(["futureLeaver"]);
    expect((await standing("contradiction")).sort()).toEqual(["active", "leaver"]);
    expect(await standing("two-smiths")).toEqual(["active", "active"]);
  });
});

describe("the configuration that init writes", () => {
  it("is accepted by the collectors' own schemas", async () => {
    const file = join(dir, "template.yaml");
    await writeFile(file, configTemplate());
    const loaded = await loadConfig({ file, env: {}, collectors });
    expect(loaded.sources.map(({ name }) => name)).toEqual(["hr", "aws"]);
  });
});
