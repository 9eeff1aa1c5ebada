import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { collectors } from "../collectors/index.js";
import { type Api, apiReads } from "../src/api/index.js";
import { loadConfig } from "../src/config/index.js";
import { CORRELATE_QUERIES } from "../src/correlate/index.js";
import { type WrittenCompany, writeCompany } from "../src/demo/index.js";
import { openProject, type Project, runAll } from "../src/engine/index.js";
import {
  ACCOUNT_QUERIES,
  FINDING_QUERIES,
  NODE_QUERY,
  PEOPLE_QUERIES,
  SEARCH_QUERIES,
} from "../src/export/index.js";
import type { GraphStore, StoreConfig } from "../src/graph/index.js";
import { silentLog } from "../src/model/index.js";
import { HELD_QUERIES, LOAD_QUERIES } from "../src/reach/index.js";
import { EXCEPTION_QUERIES, FINDINGS_QUERIES, readFindings } from "../src/reconcile/index.js";
import { clearStore, sameRows } from "./differential.js";
import { describeWith, sharedNeo4j } from "./servers/index.js";
import { apiOver, ask, data, pages } from "./support/api-client.js";

/** The made-up company, read, linked and judged for real, behind the API. */

const NOW = Date.parse("2026-11-21T10:00:00Z");
let root: string;
let embedded: Behind;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "exitgraph-api-"));
  embedded = await companyIn("embedded", { engine: "embedded" });
});
afterAll(async () => {
  await embedded.close();
  await rm(root, { recursive: true, force: true });
});

interface Behind {
  readonly project: Project;
  readonly company: WrittenCompany;
  readonly api: Api;
  close(): Promise<void>;
}

async function companyIn(folder: string, store: StoreConfig): Promise<Behind> {
  const dir = join(root, folder);
  const company = await writeCompany(dir, { now: NOW });
  const loaded = await loadConfig({ file: company.configFile, env: {}, collectors });
  const project = await openProject({
    config: { ...loaded, config: { ...loaded.config, store } },
    collectors,
    log: silentLog,
    signal: new AbortController().signal,
    now: () => NOW,
  });
  await clearStore(project.store);
  await runAll(project, loaded.sources);
  const api = apiOver({
    store: project.store,
    now: NOW,
    zone: loaded.config.company.timeZone,
    sources: loaded.sources.map(({ name }) => name),
  });
  return {
    project,
    company,
    api,
    async close() {
      await api.dispose();
      await project.close();
    },
  };
}

describe("a company behind the API", () => {
  it("lists every person once, whatever the size of the page", async () => {
    const people = await pages(embedded.api, "people", "key", 37);
    expect(new Set(people).size).toBe(people.length);
    expect(people.length).toBeGreaterThan(190);
    expect(await pages(embedded.api, "people", "key", 200, "backwards")).toEqual(people);
  });

  it("lists the findings that `findings --json` lists", async () => {
    const { findings } = await readFindings(embedded.project.store);
    expect(findings.length).toBeGreaterThan(5);
    expect(await pages(embedded.api, "findings", "fingerprint", 3)).toEqual(
      findings.map(({ fingerprint }) => fingerprint).sort(),
    );
  });

  it("follows a leaver from the finding to what is still reached", async () => {
    const { findings } = await data(
      embedded.api,
      `{ findings(rule: "RES-001", first: 1) { edges { node { reason person { key name } subject { key } columns path { to { key } } } } } }`,
    );
    const text = JSON.stringify(findings);
    const person = /"person":\{"key":"([^"]*)"/.exec(text)?.[1];
    expect(person).toBeDefined();
    const { reach, entity } = await data(
      embedded.api,
      `query($p: String!, $k: ID!) { reach(identity: $p) { edges { node { entitlement { key } } } } entity(key: $k) { label
        neighbours(edge: HAS_ACCOUNT, direction: out) { edges { node { label } properties } } } }`,
      { p: person, k: person },
    );
    const reached = [...JSON.stringify(reach).matchAll(/"key":"([^"]*)"/g)].map(([, key]) => key);
    expect(reached.length).toBeGreaterThan(0);
    expect(reached.some((key) => text.includes(String(key)))).toBe(true);
    expect(JSON.stringify(entity)).toMatch(/"rule":/);
  });

  it("shows the run and the sources whole", async () => {
    const { runs, sources } = await data(
      embedded.api,
      "{ runs { edges { node { opened notEvaluatedCount } } } sources { edges { node { name verdict state reason } } } }",
    );
    expect(JSON.stringify(runs)).toMatch(/"opened":[1-9]/);
    expect(JSON.stringify(sources)).toMatch(/"verdict":"complete"/);
    expect(JSON.stringify(sources)).not.toMatch(/derived|failed/);
  });
});

describeWith(["neo4j"], "both engines", () => {
  let neo4j: Behind;
  beforeAll(async () => {
    neo4j = await companyIn("neo4j", { engine: "neo4j", ...sharedNeo4j() });
    for (const { project } of [embedded, neo4j]) await writeOddities(project.store);
  });
  afterAll(async () => {
    await clearStore(neo4j.project.store);
    await neo4j.close();
  });
  const same = (cypher: string, params: Parameters<typeof sameRows>[1], ordered = false) =>
    sameRows(cypher, params, embedded.project.store, neo4j.project.store, { ordered });
  const keysOf = async (label: string, limit: number) => {
    const rows = await embedded.project.store.rows(
      `MATCH (n:${label}) RETURN n.key AS key ORDER BY key LIMIT $limit`,
      { limit },
    );
    return rows.map(({ key }) => String(key));
  };

  // Neo4j plans each of some ninety statements for the first time.
  it("read the same for every page of the API, hubs, cycles and nulls included", {
    timeout: 180_000,
  }, async () => {
    const keys = [
      ...ODD_KEYS,
      ...(await keysOf("Person", 40)),
      ...(await keysOf("Account", 40)),
      ...(await keysOf("NonHumanIdentity", 20)),
      "no/such/key",
    ];
    const [middle = ""] = (await keysOf("Account", 20)).slice(-1);
    let rows = 0;
    for (const page of [
      { limit: 3 },
      { limit: 1_000 },
      { limit: 5, after: middle },
      { limit: 5, before: middle },
    ]) {
      for (const filter of [{}, { status: "unknown" }, { status: "enabled", accountType: "human" }]) {
        for (const { name, cypher, params } of apiReads(keys, page, filter)) {
          // Only lists of entities are narrowed by these.
          if ("status" in filter && !LISTED.test(name)) continue;
          const ordered = /(up|down|newest|oldest)$/.test(name) && !name.startsWith("runs");
          rows += (await same(withoutRuns(cypher), params, ordered)).length;
        }
      }
    }
    expect(rows).toBeGreaterThan(5_000);
  });

  it("limit neighbours for each row, not for all of them", async () => {
    const { cypher } = apiReads([], { limit: 1 }).find(({ name }) => name === "MEMBER_OF in ASC") ?? {};
    const hubs = ["odd/group/hub", "odd/group/a", "odd/group/b"];
    for (const limit of [1, 3, 50]) {
      const [read] = apiReads(hubs, { limit }).filter(({ name }) => name === "MEMBER_OF in ASC");
      const rows = await same(cypher ?? "", read?.params ?? {});
      const counts = hubs.map((hub) => rows.filter(({ key }) => key === hub).length);
      expect(counts).toEqual([Math.min(limit, 301), Math.min(limit, 2), Math.min(limit, 2)]);
    }
  });

  it("read the same of people, accounts, names, links and findings", async () => {
    const keys = [...ODD_KEYS, ...(await keysOf("Person", 300)), ...(await keysOf("Account", 300))];
    const [person = ""] = await keysOf("Person", 1);
    const asked = { text: person, lower: "ada", key: person, person, id: "x", fingerprint: "x", keys };
    const params = (cypher: string) =>
      Object.fromEntries(Object.entries(asked).filter(([name]) => cypher.includes(`$${name}`)));
    const search = { after: "", before: "\uffff", labels: ["Account", "Group"], limit: 7, lower: "a" };
    const { search: found, searchBackwards, ...named } = SEARCH_QUERIES;
    for (const labels of [search.labels, []]) {
      await same(found, { ...search, labels }, true);
      await same(searchBackwards, { ...search, labels }, true);
    }
    const { passing, ...load } = LOAD_QUERIES;
    for (const cypher of [
      ENTITY_NAMES,
      NODE_QUERY,
      ...Object.values(ACCOUNT_QUERIES),
      ...Object.values(PEOPLE_QUERIES),
      ...Object.values(named),
      ...Object.values(FINDING_QUERIES).map(withoutRuns),
      ...Object.values(FINDINGS_QUERIES).map(withoutRuns),
      ...Object.values(EXCEPTION_QUERIES),
      ...Object.values(HELD_QUERIES).map(withoutRuns),
      ...passing.map((one) => one.cypher),
      ...Object.values(load),
      ...Object.values(CORRELATE_QUERIES)
        .flat()
        .map((one) => (typeof one === "string" ? one : one.cypher)),
    ]) {
      await same(cypher, params(cypher));
    }
  });

  it.each([
    `{ people(first: 60) { edges { cursor node { key name standing lastDay accounts { edges { node { key status } properties } } } } pageInfo { endCursor hasNextPage } } }`,
    `{ accounts(last: 40, status: "enabled") { edges { node { name groups { edges { node { name } } } entitlements { edges { node { name } } } } } pageInfo { startCursor hasPreviousPage } } }`,
    `{ nonHumanIdentities(first: 50) { edges { node { name managedBy assumableBy { edges { node { key } properties } } owners { edges { node { name } } } } } } }`,
    `{ findings(first: 100, all: true) { edges { node { fingerprint rule status severity reason population path { from { key } edge to { key } } cuts { from { key } } remediation { command } columns } } } }`,
    `{ sources { edges { node { name partition verdict state readAt reason } } } search(text: "a", first: 100) { edges { node { key label name } } } }`,
    `{ whoCanReach(resource: "AdministratorAccess", first: 100) { edges { node { identity { key } person { name standing } certainty path { from { key } edge to { key } } } } } }`,
    `{ entity(key: "odd/group/hub") { properties neighbours(edge: MEMBER_OF, direction: in, first: 100) { edges { node { key name } } pageInfo { hasNextPage } } } }`,
    `{ reach(identity: "odd/account/0", first: 100) { edges { node { entitlement { key } certainty path { to { key } } } } } }`,
  ])("answer the same: %s", async (query) => {
    const expected = await ask(embedded.api, query);
    expect(await ask(neo4j.api, query)).toEqual(expected);
    expect(expected.status).toBe(200);
    const text = JSON.stringify(expected);
    if (expected.errors === undefined) expect(text.length).toBeGreaterThan(100);
    else expect(text).toMatch(/BAD_USER_INPUT/);
  });
});

const LISTED = /^(people|employments|accounts|nonHumanIdentities|credentials) /;
const ENTITY_NAMES =
  "MATCH (n:Entity) RETURN n.key AS key, n.label AS label, n.name AS name, n.aliases AS aliases";

/** What a run is called is random, so that it differs between two runs over one company. */
function withoutRuns(cypher: string): string {
  return cypher.replace(/f\.run AS run/g, "f.status AS run").replace(/r\.id AS id/g, "r.actor AS id");
}

const ODD_KEYS = ["odd/group/hub", "odd/group/a", "odd/group/b", "odd/account/0", "odd/account/bare"];

/** A hub of 300 members, a cycle of groups, parallel edges, and nodes of which next to nothing is known. */
async function writeOddities(store: GraphStore): Promise<void> {
  const account = (i: number | string) => `odd/account/${i}`;
  await store.write(async (tx) => {
    await tx.run("UNWIND $rows AS row CREATE (n:Entity:Group) SET n += row.props", {
      rows: ["hub", "a", "b"].map((id) => ({
        props: { key: `odd/group/${id}`, label: "Group", name: `Group ${id}` },
      })),
    });
    await tx.run("UNWIND $rows AS row CREATE (n:Entity:Account) SET n += row.props", {
      rows: [
        ...Array.from({ length: 300 }, (_, i) => ({
          props: { key: account(i), label: "Account", name: `Odd ${i}`, status: "enabled", mfa: i % 2 === 0 },
        })),
        { props: { key: account("bare") } },
      ],
    });
    await tx.run("UNWIND $rows AS row CREATE (n:Entity:Entitlement) SET n += row.props", {
      rows: [{ props: { key: "odd/policy/x", label: "Entitlement", name: "Odd policy" } }],
    });
    const edges = async (type: string, rows: { from: string; to: string; props: Record<string, string> }[]) =>
      tx.run(
        `UNWIND $rows AS row MATCH (a:Entity {key: row.from}) MATCH (b:Entity {key: row.to}) CREATE (a)-[e:${type}]->(b) SET e += row.props`,
        { rows },
      );
    const member = (from: string, to: string) => ({ from, to: `odd/group/${to}`, props: { disc: "" } });
    await edges("MEMBER_OF", [
      ...Array.from({ length: 300 }, (_, i) => member(account(i), "hub")),
      member(account("bare"), "a"),
      member("odd/group/hub", "a"),
      member("odd/group/a", "b"),
      member("odd/group/b", "hub"),
      member("odd/group/b", "b"),
    ]);
    await edges(
      "HAS_ENTITLEMENT",
      ["", "x", "y|z"].map((disc) => ({
        from: "odd/group/b",
        to: "odd/policy/x",
        props: { disc, ...(disc === "" ? {} : { condition: `when ${disc}` }) },
      })),
    );
  });
}
