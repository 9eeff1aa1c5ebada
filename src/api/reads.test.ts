import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apiOver, countingStore, data } from "../../test/support/api-client.js";
import { NOW } from "../../test/support/export-world.js";
import { type GraphStore, openStore } from "../graph/index.js";

/** No query per row: what an answer reads depends on what is asked for, never on how many rows there are. */

let dir: string;
let store: GraphStore;
const PEOPLE = 60;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "exitgraph-api-"));
  store = await openStore({ store: { engine: "embedded" }, dataDir: dir, shuffleUnordered: true });
  const ids = Array.from({ length: PEOPLE }, (_, i) => String(i).padStart(3, "0"));
  const node = (label: string, kind: string, props: Record<string, string | string[]> = {}) => ({
    label,
    rows: ids.map((id) => ({
      props: { key: `s/${kind}/${id}`, label, name: `${kind} ${id}`, ...props },
    })),
  });
  const edge = (type: string, from: string, to: string, also: (i: number) => string[] = () => []) => ({
    type,
    rows: ids.flatMap((id, i) =>
      [id, ...also(i)].map((other) => ({ from: `s/${from}/${id}`, to: `s/${to}/${other}` })),
    ),
  });
  await store.write(async (tx) => {
    for (const { label, rows } of [
      node("Person", "person", { emails: ["a@x.example"] }),
      node("Employment", "employment", { workerId: "w", status: "active" }),
      node("Account", "account", { status: "enabled" }),
      node("Credential", "key", { status: "active" }),
      node("Group", "group"),
      node("NonHumanIdentity", "role"),
      node("Entitlement", "policy", { privilege: "read" }),
    ]) {
      await tx.run(`UNWIND $rows AS row CREATE (n:Entity:${label}) SET n += row.props`, { rows });
    }
    for (const { type, rows } of [
      edge("EMPLOYED_AS", "person", "employment"),
      // Rows differ in how much hangs on them.
      edge("HAS_ACCOUNT", "person", "account", (i) =>
        Array.from({ length: i % 4 }, (_, n) => String((i + n + 1) % PEOPLE).padStart(3, "0")),
      ),
      edge("REPORTS_TO", "person", "person"),
      edge("HAS_CREDENTIAL", "account", "key"),
      edge("MEMBER_OF", "account", "group", (i) => (i % 3 === 0 ? ["000"] : [])),
      edge("CAN_ASSUME", "account", "role"),
      edge("OWNED_BY", "role", "person"),
      edge("HAS_ENTITLEMENT", "group", "policy", (i) => (i === 0 ? ids.slice(1) : [])),
    ]) {
      await tx.run(
        `UNWIND $rows AS row MATCH (a:Entity {key: row.from}) MATCH (b:Entity {key: row.to}) CREATE (a)-[e:${type} {disc: ''}]->(b)`,
        { rows },
      );
    }
  });
});
afterAll(async () => {
  await store.close();
  await rm(dir, { recursive: true, force: true });
});

const LISTS = `people(first: $n) { edges { node { key name standing department
    employments { edges { node { workerId people { edges { node { name standing } } } } properties } }
    accounts { edges { node { name status
      credentials { edges { node { name holders { edges { node { key } } } } } }
      groups { edges { node { name neighbours(edge: HAS_ENTITLEMENT, direction: out) { edges { node { name } } } } } }
      canAssume { edges { node { name } } }
    } } }
    managers { edges { node { name lastDay } } }
  } } }
  nonHumanIdentities(first: $n) { edges { node { name owners { edges { node { name } } } assumableBy { edges { node { name } } } } } }`;

/** Questions whose rows are worked out and not listed. */
const PATHS = `search(text: "policy", first: $n) { edges { node { name } } }
  reach(identity: "s/account/000", first: $n) { edges { node { entitlement { name } path { from { name } to { name } } through { name } } } }
  whoCanReach(resource: "s/policy/059", first: $n) { edges { node { person { name standing } identity { name } path { from { name } } } } }
  heldOn(person: "s/person/000", at: "2026-11-20") { rights(first: $n) { edges { node { right { name } path { from { name } to { name } } } } } }`;

async function readsFor(fields: string, n: number): Promise<{ reads: number; rows: number }> {
  const counting = countingStore(store);
  const api = apiOver({
    store: counting.store,
    now: NOW,
    limits: { maxCost: 10_000_000, maxDepth: 30, maxPageSize: 1_000 },
  });
  const found = await data(api, `query($n: Int!) { ${fields} }`, { n });
  await api.dispose();
  return { reads: counting.reads(), rows: JSON.stringify(found).split(`"node"`).length };
}

describe("the number of reads", () => {
  it.each([
    ["lists with what hangs on their rows", LISTS, 400],
    ["paths and names", PATHS, 100],
  ])("is the same for 5 rows and for 50: %s", async (_, fields, more) => {
    const few = await readsFor(fields, 5);
    const many = await readsFor(fields, 50);
    expect(many.rows).toBeGreaterThan(few.rows + more);
    expect(many.reads).toBe(few.reads);
    expect(many.reads).toBeLessThan(80);
  });
});
