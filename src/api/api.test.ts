import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apiOver, ask, data, pages } from "../../test/support/api-client.js";
import { writeFindingsWorld } from "../../test/support/api-world.js";
import { DAY, NOW, writeExportWorld } from "../../test/support/export-world.js";
import { accessOf, whoCan } from "../export/index.js";
import { type GraphStore, openStore } from "../graph/index.js";
import { packageRoot } from "../model/index.js";
import { readFindings } from "../reconcile/index.js";
import { type Api, printApiSchema } from "./index.js";

let dir: string;
let store: GraphStore;
let api: Api;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "exitgraph-api-"));
  store = await openStore({ store: { engine: "embedded" }, dataDir: dir, shuffleUnordered: true });
  await writeExportWorld(store);
  await writeFindingsWorld(store, NOW);
  api = apiOver({ store, now: NOW, sources: ["hr", "aws", "later"] });
});
afterAll(async () => {
  await api.dispose();
  await store.close();
  await rm(dir, { recursive: true, force: true });
});

describe("schema.graphql", () => {
  it("is what the code says; `npm run schema` writes it", async () => {
    expect(await readFile(join(packageRoot(), "schema.graphql"), "utf8")).toBe(printApiSchema());
  });

  it("only reads", () => {
    expect(printApiSchema()).not.toMatch(/^(type (Mutation|Subscription)|schema )/m);
  });
});

describe("lists of entities", () => {
  it("show people with their standing, employments and accounts", async () => {
    const query = `{ people(first: 1) { edges { node {
      key name standing lastDay department emails workerIds
      employments { edges { node { workerId status end } properties } }
      accounts { edges { node { name status accountType lastLoginAt credentials { edges { node { name status } } } } properties } }
    } } } }`;
    expect(await data(api, query)).toEqual({
      people: {
        edges: [
          {
            node: {
              key: "hr/person/1",
              name: "Ada Park",
              standing: "leaver",
              lastDay: "2026-10-31",
              department: "Engineering",
              emails: ["1@x.example"],
              workerIds: ["1"],
              employments: {
                edges: [
                  {
                    node: { workerId: "1", status: "terminated", end: "2026-10-31" },
                    properties: { since: 0, until: NOW - 20 * DAY },
                  },
                ],
              },
              accounts: {
                edges: [
                  {
                    node: {
                      name: "ada.park",
                      status: "enabled",
                      accountType: "human",
                      lastLoginAt: new Date(NOW - 5 * DAY).toISOString(),
                      credentials: { edges: [{ node: { name: "AKIA1", status: "active" } }] },
                    },
                    properties: { rule: "email", confidence: 0.9 },
                  },
                ],
              },
            },
          },
        ],
      },
    });
  });

  it("say unknown where nothing is known, and find it by that", async () => {
    const query = `query($type: String) { accounts(accountType: $type) { edges { node { key accountType } } } }`;
    const unknown = [
      { node: { key: "aws/user/orphan", accountType: "unknown" } },
      { node: { key: "old/user/idle", accountType: "unknown" } },
    ];
    expect(await data(api, query, { type: "unknown" })).toEqual({ accounts: { edges: unknown } });
    expect(await data(api, query, { type: "human" })).toMatchObject({
      accounts: { edges: [{ node: { key: "aws/user/ada" } }, { node: { key: "aws/user/bo" } }] },
    });
  });

  it("page forwards and backwards over the same rows", async () => {
    const all = ["aws/user/ada", "aws/user/bo", "aws/user/orphan", "old/user/idle"];
    for (const size of [1, 2, 3, 4, 5]) {
      expect(await pages(api, "accounts", "key", size)).toEqual(all);
      expect(await pages(api, "accounts", "key", size, "backwards")).toEqual(all);
    }
  });

  it("keep a cursor good when its row is gone", async () => {
    const query = `query($after: String) { accounts(first: 2, after: $after) { edges { cursor node { key } } pageInfo { endCursor } } }`;
    const cursor = Buffer.from("k:aws/user/az").toString("base64url");
    expect(await data(api, query, { after: cursor })).toMatchObject({
      accounts: { edges: [{ node: { key: "aws/user/bo" } }, { node: { key: "aws/user/orphan" } }] },
    });
  });

  it("show no bookkeeping of the store", async () => {
    const { entity } = await data(api, `{ entity(key: "aws/user/orphan") { key label properties } }`);
    expect(entity).toEqual({
      key: "aws/user/orphan",
      label: "Account",
      properties: { key: "aws/user/orphan", label: "Account", name: "kjensen", status: "unknown" },
    });
  });

  it("say null for a key that nothing has", async () => {
    expect(await data(api, `{ entity(key: "aws/user/nobody") { key } }`)).toEqual({ entity: null });
  });
});

describe("lists inside rows", () => {
  it("page over parallel edges, which share a key", async () => {
    await store.write((tx) =>
      tx.run(
        "UNWIND $rows AS row MATCH (a:Entity {key: 'aws/user/bo'}) MATCH (b:Entity {key: row.to}) CREATE (a)-[e:OWNED_BY]->(b) SET e += row.props",
        {
          rows: ["", "a", "b|c"].flatMap((disc) => [
            { to: "hr/person/1", props: { disc, basis: `1${disc}` } },
            { to: "hr/person/2", props: { disc, basis: `2${disc}` } },
          ]),
        },
      ),
    );
    const all = ["1", "1a", "1b|c", "2", "2a", "2b|c"];
    const query = `query($first: Int, $after: String, $last: Int, $before: String) { entity(key: "aws/user/bo") {
      neighbours(edge: OWNED_BY, direction: out, first: $first, after: $after, last: $last, before: $before) {
        edges { properties } pageInfo { endCursor startCursor hasNextPage hasPreviousPage } } } }`;
    const connection = (found: Record<string, unknown>) => {
      const entity = found.entity;
      return typeof entity === "object" && entity !== null && "neighbours" in entity
        ? entity.neighbours
        : undefined;
    };
    const basis = (node: unknown) =>
      typeof node === "object" && node !== null && "basis" in node ? node.basis : undefined;
    for (const size of [1, 2, 4, 6]) {
      expect(await pages(api, { query, connection, row: basis }, "", size)).toEqual(all);
      expect(await pages(api, { query, connection, row: basis }, "", size, "backwards")).toEqual(all);
    }
  });

  it("lead along any edge, in either direction", async () => {
    const query = `{ entity(key: "aws/group/admins") {
      members: neighbours(edge: MEMBER_OF, direction: in) { edges { node { name } } }
      rights: neighbours(edge: HAS_ENTITLEMENT, direction: out) { edges { node { name } } } } }`;
    expect(await data(api, query)).toEqual({
      entity: {
        members: { edges: [{ node: { name: "ada.park" } }] },
        rights: { edges: [{ node: { name: "AdministratorAccess" } }] },
      },
    });
  });
});

describe("findings and runs", () => {
  const FIELDS = `rule revision fingerprint status closedAs closedReason closedAt checked severity subject { key label name }
    person { key workerIds name } reason path { from { key label name } edge to { key label name } } otherPaths
    cuts { from { key label name } edge to { key label name } } remediation { command reversible affects } controls population
    firstSeen lastSeen run reopened proof { read source stream partition at record change lastSeenAt } columns
    evidence { record role } exception { id until }`;

  it("have the fields and values of `findings --json`", async () => {
    const { findings } = await readFindings(store, { all: true });
    const expected = findings
      .map((finding) => ({
        ...finding,
        evidence: finding.evidence.map(({ record, role }) => ({ record, role })),
      }))
      .sort((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1));
    const query = `{ findings(all: true, first: 60) { edges { node { ${FIELDS} } } } }`;
    expect(await data(api, query)).toEqual({ findings: { edges: expected.map((node) => ({ node })) } });
    expect(expected.length).toBe(6);
  });

  const narrowed = async (args: string) => {
    const { findings } = await data(api, `{ findings${args} { edges { node { fingerprint } } } }`);
    return JSON.stringify(findings).match(/g\d/g) ?? [];
  };
  it.each([
    ["", ["g1", "g2", "g4", "g5"]],
    ["(all: true)", ["g1", "g2", "g3", "g4", "g5", "g6"]],
    ["(status: closed)", ["g3", "g6"]],
    ["(status: excepted)", ["g4"]],
    ["(severity: high)", ["g1", "g4"]],
    [`(rule: "orp-001")`, ["g2"]],
    [`(person: "hr/person/1")`, ["g1", "g4"]],
    [`(source: "aws", all: true)`, ["g1", "g2", "g3", "g4", "g6"]],
    [`(source: "a")`, []],
  ])("narrowed by %s", async (args, expected) => {
    expect(await narrowed(args)).toEqual(expected);
  });

  it("page by fingerprint, narrowed or not", async () => {
    expect(await pages(api, "findings", "fingerprint", 3)).toEqual(["g1", "g2", "g4", "g5"]);
    expect(await pages(api, "findings", "fingerprint", 1, "backwards")).toEqual(["g1", "g2", "g4", "g5"]);
  });

  it("list runs newest first", async () => {
    expect(await pages(api, "runs", "id", 2)).toEqual(["run-4", "run-3", "run-2", "run-1"]);
    expect(await pages(api, "runs", "id", 3, "backwards")).toEqual(["run-4", "run-3", "run-2", "run-1"]);
    const query = `query($after: String) { runs(first: 1, after: $after) { edges { node {
      id startedAt asOf actor opened removed notEvaluatedCount notEvaluated(first: 2) { edges { node { rule source partition reason } } pageInfo { hasNextPage } }
    } } pageInfo { endCursor } } }`;
    expect(await data(api, query)).toMatchObject({
      runs: {
        edges: [
          {
            node: {
              id: "run-4",
              startedAt: new Date(NOW).toISOString(),
              asOf: null,
              actor: "exitgraph",
              opened: 4,
              removed: 0,
              notEvaluatedCount: 12,
              notEvaluated: {
                edges: [
                  { node: { rule: "R-0", source: "aws", partition: "p", reason: "denied" } },
                  { node: { rule: "R-1", source: "aws", partition: "p", reason: "denied" } },
                ],
                pageInfo: { hasNextPage: true },
              },
            },
          },
        ],
      },
    });
  });

  it("give the same next page of runs after a new one was recorded", async () => {
    const query = `query($after: String) { runs(first: 2, after: $after) { edges { node { id } } pageInfo { endCursor } } }`;
    const first = await data(api, query);
    const after = /"endCursor":"([^"]*)"/.exec(JSON.stringify(first))?.[1];
    const added = { id: "run-5", startedAt: NOW + 1, seq: 50, actor: "x", notEvaluated: "[]", sources: "[]" };
    await store.write((tx) =>
      tx.run("UNWIND $rows AS row CREATE (r:Run) SET r = row.props", { rows: [{ props: added }] }),
    );
    expect(await data(api, query, { after })).toMatchObject({
      runs: { edges: [{ node: { id: "run-2" } }, { node: { id: "run-1" } }] },
    });
    await store.write((tx) => tx.run("MATCH (r:Run {id: 'run-5'}) DELETE r"));
  });
});

describe("sources", () => {
  it("stand as their worst stream, and one that was never read is among them", async () => {
    const query = `{ sources { edges { node { name partition verdict state readAt reason streams { stream verdict reason } } } } }`;
    const readAt = new Date(NOW - 3_600_000).toISOString();
    expect(await data(api, query)).toEqual({
      sources: {
        edges: [
          {
            node: {
              name: "aws",
              partition: "p",
              verdict: "partial",
              state: "applied",
              readAt,
              reason: "s: denied",
              streams: [{ stream: "s", verdict: "partial", reason: "denied" }],
            },
          },
          {
            node: {
              name: "hr",
              partition: "p",
              verdict: "complete",
              state: "applied",
              readAt,
              reason: null,
              streams: [{ stream: "s", verdict: "complete", reason: null }],
            },
          },
          {
            node: {
              name: "later",
              partition: "",
              verdict: "failed",
              state: "applied",
              readAt: null,
              reason: "it was never read",
              streams: [{ stream: "", verdict: "failed", reason: "it was never read" }],
            },
          },
        ],
      },
    });
  });
});

const REF = "{ key label name }";
const PATH = `path { from ${REF} edge to ${REF} }`;

describe("reach", () => {
  const query = `query($of: String!, $first: Int) { reach(identity: $of, first: $first) { edges { node {
    identity ${REF} entitlement ${REF} resource ${REF} privilege certainty direct through ${REF} ${PATH}
  } } pageInfo { hasNextPage } } }`;

  it.each(["hr/person/1", "1", "1@x.example", "Ada Park"])(
    "of the person %s is what `access` says",
    async (of) => {
      const document = await accessOf(store, "hr/person/1", NOW);
      const person = { key: "hr/person/1", label: "Person", name: "Ada Park" };
      const expected = document.accounts.flatMap(({ account, reached }) => {
        const identity = { key: account.key, label: account.label, name: account.name };
        return reached.map((row) => ({
          node: {
            ...row,
            identity,
            path: [{ from: person, edge: "HAS_ACCOUNT", to: identity }, ...row.path],
          },
        }));
      });
      expect(expected.length).toBe(2);
      expect(await data(api, query, { of })).toEqual({
        reach: { edges: expected, pageInfo: { hasNextPage: false } },
      });
    },
  );

  it("of a role begins at the role", async () => {
    expect(await data(api, query, { of: "aws/role/deploy" })).toMatchObject({
      reach: {
        edges: [
          {
            node: {
              identity: { key: "aws/role/deploy" },
              direct: true,
              path: [{ edge: "HAS_ENTITLEMENT" }, { edge: "ON" }],
            },
          },
        ],
      },
    });
  });

  it("comes in pages", async () => {
    expect(await data(api, query, { of: "1", first: 1 })).toMatchObject({
      reach: {
        edges: [{ node: { entitlement: { name: "AdministratorAccess" } } }],
        pageInfo: { hasNextPage: true },
      },
    });
  });

  it("says who could be meant", async () => {
    const { errors, data: found } = await ask(api, query, { of: "Bo Lee" });
    expect(found).toBeNull();
    expect(errors?.[0]?.message).toMatch(/^2 people are called "Bo Lee"/);
    expect(errors?.[0]?.extensions?.code).toBe("BAD_USER_INPUT");
  });
});

describe("whoCanReach", () => {
  const query = `query($what: String!, $first: Int, $after: String) { whoCanReach(resource: $what, first: $first, after: $after) {
    edges { node { person { key name standing } identity ${REF} status target ${REF} privilege certainty ${PATH} } }
    pageInfo { endCursor hasNextPage } } }`;

  it("is what `who-can` says", async () => {
    const { rows } = await whoCan(store, "111122223333", NOW);
    expect(rows.length).toBe(4);
    expect(await data(api, query, { what: "111122223333" })).toMatchObject({
      whoCanReach: { edges: rows.map((node) => ({ node })) },
    });
  });

  it("comes in pages", async () => {
    const page = (await data(api, query, { what: "ReadOnlyAccess", first: 1 })).whoCanReach;
    expect(page).toMatchObject({
      edges: [{ node: { identity: { name: "ada.park" } } }],
      pageInfo: { hasNextPage: true },
    });
    const after = Buffer.from("k:aws/user/ada").toString("base64url");
    expect(await data(api, query, { what: "ReadOnlyAccess", first: 1, after })).toMatchObject({
      whoCanReach: {
        edges: [{ node: { identity: { name: "kjensen" }, person: null } }],
        pageInfo: { hasNextPage: false },
      },
    });
  });

  it("says so where nothing is called that", async () => {
    const { errors } = await ask(api, query, { what: "nowhere" });
    expect(errors?.[0]?.message).toMatch(/^Nothing that can be reached has/);
  });
});

describe("heldOn", () => {
  const query = `query($person: String!, $at: String!) { heldOn(person: $person, at: $at) { at person ${REF}
    accounts { edges { node { held account ${REF} } } } rights { edges { node { held account { key } right { key } path { edge } } } } } }`;

  it("tells what was held, and what no read saw closely enough", async () => {
    // Nobody had read anything then, so that nothing is sure.
    expect(await data(api, query, { person: "1", at: "2026-10-31" })).toMatchObject({
      heldOn: {
        at: "2026-10-31T23:59:59.999Z",
        person: { key: "hr/person/1", name: "Ada Park" },
        accounts: { edges: [{ node: { held: "betweenReads", account: { name: "ada.park" } } }] },
        rights: {
          edges: [
            { node: { held: "betweenReads", right: { key: "aws/policy/admin" } } },
            { node: { held: "betweenReads", right: { key: "aws/policy/read" } } },
          ],
        },
      },
    });
  });

  it("takes the end of a day in the company's time zone, or an instant", async () => {
    const berlin = apiOver({ store, now: NOW, zone: "Europe/Berlin" });
    const at = async (text: string) => (await data(berlin, query, { person: "1", at: text })).heldOn;
    expect(await at("2026-07-31")).toMatchObject({ at: "2026-07-31T21:59:59.999Z" });
    expect(await at("2026-07-31T10:00:00+05:30")).toMatchObject({ at: "2026-07-31T04:30:00.000Z" });
    await berlin.dispose();
  });

  it.each(["yesterday", "2026-13-01", "2026-07-31T10:00:00", ""])("refuses %j", async (at) => {
    const { errors } = await ask(api, query, { person: "1", at });
    expect(errors?.[0]?.message).toMatch(/^`at` takes a day/);
  });
});

describe("search", () => {
  const keys = async (args: string) => {
    const { search } = await data(api, `{ search(${args}) { edges { node { key } } } }`);
    return [...JSON.stringify(search).matchAll(/"key":"([^"]*)"/g)].map(([, key]) => key);
  };

  it("finds by part of a name, and by the beginning of another name", async () => {
    expect(await keys(`text: "ADMIN"`)).toEqual([
      "aws/group/admins",
      "aws/policy/admin",
      "other/policy/admin",
    ]);
    expect(await keys(`text: "arn:aws:iam::111122223333:user"`)).toEqual(["aws/user/ada"]);
    expect(await keys(`text: "admin", labels: [Group]`)).toEqual(["aws/group/admins"]);
    expect(await keys(`text: " "`)).toEqual([]);
  });

  it("pages in both directions", async () => {
    const query = `query($first: Int, $after: String, $last: Int, $before: String) {
      search(text: "a", first: $first, after: $after, last: $last, before: $before) {
        edges { node { key } } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } }`;
    const list = { query, connection: (found: Record<string, unknown>) => found.search };
    const all = await keys(`text: "a"`);
    expect(all.length).toBeGreaterThan(6);
    expect(await pages(api, list, "key", 3)).toEqual(all);
    expect(await pages(api, list, "key", 4, "backwards")).toEqual(all);
  });
});
