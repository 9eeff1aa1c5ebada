import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GraphStore, openStore, type Row } from "../src/graph/index.js";
import { canonicalJson, EDGE_TYPES, packageRoot } from "../src/model/index.js";
import { loadReachGraph } from "../src/reach/index.js";
import { writeFixture } from "../src/reconcile/cases/fixture.js";
import { runCase } from "../src/reconcile/cases/run.js";
import { loadCases } from "../src/reconcile/cases/schema.js";
import { LOOKUP_QUERIES } from "../src/reconcile/evaluate/lookup.js";
import { paramsOf, rowsOf } from "../src/reconcile/evaluate/rows.js";
import { HOLDING_QUERIES } from "../src/reconcile/life/derived.js";
import { loadRules } from "../src/reconcile/rules/load.js";
import type { Rule } from "../src/reconcile/rules/rule.js";
import { clearStore, differenceOf, sameRows } from "./differential.js";
import { describeWith, sharedNeo4j } from "./servers/index.js";
import { RULE_WORLD_NOW, ruleWorld } from "./support/rule-world.js";
import { openShuffledStore, type ShuffledStore } from "./support/shuffled-store.js";

const rules = await loadRules([join(packageRoot(), "queries")]);
const files = await Promise.all(rules.map(async (rule) => ({ rule, file: await loadCases(rule) })));

describeWith(["neo4j"], "rules on both engines", () => {
  let shuffled: ShuffledStore;
  let neo4j: GraphStore;
  beforeAll(async () => {
    shuffled = await openShuffledStore();
    const { dataDir } = shuffled;
    neo4j = await openStore({ store: { engine: "neo4j", ...sharedNeo4j() }, dataDir });
    await clearStore(neo4j);
  });
  afterAll(async () => {
    await clearStore(neo4j);
    await neo4j.close();
    await shuffled.remove();
  });

  describe.each(files.map(({ rule, file }) => ({ id: rule.id, rule, file })))(
    "$id holds its cases on Neo4j",
    ({ rule, file }) => {
      it.each(file.cases.map((one) => ({ one, title: `${one.kind}: ${one.name}` })))(
        "$title",
        async ({ one }) => {
          expect(await runCase(neo4j, rule, file, one)).toEqual([]);
        },
      );
    },
  );

  describe("over one large graph", () => {
    const world = ruleWorld("1");
    beforeAll(async () => {
      for (const store of [shuffled.store, neo4j]) {
        await clearStore(store);
        await writeFixture(store, world);
      }
    });

    it.each(rules.map((rule) => ({ id: rule.id, rule })))("$id gives the same rows", async ({ rule }) => {
      for (const params of valuesOf(rule)) {
        const [a, b] = [await answered(neo4j, rule, params), await answered(shuffled.store, rule, params)];
        expect(differenceOf(a, b), rule.id).toEqual({ onlyA: [], onlyB: [] });
        expect(a.length, `rows of ${rule.id} with ${canonicalJson(params)}`).toBeGreaterThan(0);
        const { query } = rule.population;
        const [row] = await sameRows(query, usedIn(query, params), neo4j, shuffled.store);
        expect(row?.population, `population of ${rule.id}`).toBeGreaterThan(0);
      }
    });

    it("what findings are made of is looked up alike", async () => {
      const keys = [...world.nodes.map(({ key }) => key), "aws/user/nobody"];
      const nodes = await sameRows(LOOKUP_QUERIES.nodes, { keys }, neo4j, shuffled.store);
      expect(nodes).toHaveLength(world.nodes.length);
      await sameRows(LOOKUP_QUERIES.workers, { keys }, neo4j, shuffled.store);
      await sameRows(LOOKUP_QUERIES.live, { keys, now: RULE_WORLD_NOW }, neo4j, shuffled.store);
      for (const query of Object.values(HOLDING_QUERIES)) {
        const held = await sameRows(query, { keys }, neo4j, shuffled.store);
        expect(held.length, query).toBeGreaterThan(0);
      }
      let found = 0;
      for (const type of EDGE_TYPES) {
        const rows = world.edges
          .filter((edge) => edge.type === type)
          .map(({ from, to }) => ({ id: `${type}|${from}|${to}|`, from, to, disc: "" }));
        found += (await sameRows(LOOKUP_QUERIES.edges(type), { rows }, neo4j, shuffled.store)).length;
      }
      // Those with a discriminator are other edges.
      expect(found).toBeLessThan(world.edges.length);
      expect(found).toBeGreaterThan(world.edges.length / 2);
    });
  });
});

type Values = Readonly<Record<string, string | number | boolean>>;

/** A rule's parameters: the defaults, and each flag the other way round. */
function valuesOf(rule: Rule): readonly Values[] {
  const clock = { now: RULE_WORLD_NOW, today: "2026-11-21" };
  const flags = Object.entries(rule.params).filter(([, { type }]) => type === "flag");
  const given = [{}, ...flags.map(([name, { default: value }]) => ({ [name]: value !== true }))];
  return given.map((one) => paramsOf(rule, one, clock));
}

function usedIn(query: string, params: Values): Values {
  return Object.fromEntries(
    Object.entries(params).filter(([name]) => new RegExp(`\\$${name}\\b`).test(query)),
  );
}

/** The rule's rows with what it reaches; lists whose order says nothing are ordered. */
async function answered(store: GraphStore, rule: Rule, params: Values): Promise<readonly Row[]> {
  const rows = await rowsOf(rule, {
    store,
    params,
    now: RULE_WORLD_NOW,
    reach: () => loadReachGraph(store),
  });
  return rows.map(({ columns, outcome, reached }) => ({
    ...columns,
    outcome,
    reached: canonicalJson(reached),
  }));
}
