import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { CORRELATE_QUERIES } from "../src/correlate/index.js";
import { type GraphStore, openStore } from "../src/graph/index.js";
import { recordId } from "../src/model/index.js";
import {
  ASSERTED_STEP_QUERIES,
  CHANGES_QUERY,
  HELD_QUERIES,
  heldOn,
  LOAD_QUERIES,
  loadReachGraph,
  STEP_QUERIES,
  walkAll,
  walkFew,
} from "../src/reach/index.js";
import { clearStore, sameRows } from "./differential.js";
import { describeWith, sharedNeo4j } from "./servers/index.js";
import { graphOf, NOW, storeWorld, type World, world } from "./support/reach-worlds.js";
import { edge, node, openWorkbench, type Workbench } from "./support/workbench.js";

const T = (day: number) => Date.parse("2026-06-01") + day * 86_400_000;

describeWith(["neo4j"], "reach on both engines", () => {
  let dir: string;
  let stores: readonly [GraphStore, GraphStore];
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "exitgraph-test-"));
    stores = [
      await openStore({ store: { engine: "embedded" }, dataDir: dir, shuffleUnordered: true }),
      await openStore({ store: { engine: "neo4j", ...sharedNeo4j() }, dataDir: dir }),
    ];
  });
  afterAll(async () => {
    for (const store of stores) {
      await clearStore(store);
      await store.close();
    }
    rmSync(dir, { recursive: true });
  });

  async function fill(w: World): Promise<void> {
    for (const store of stores) {
      await clearStore(store);
      await storeWorld(store, w);
    }
  }

  it("gives the same paths from the whole, from few starts, and without a store", async () => {
    await fc.assert(
      fc.asyncProperty(world, async (w) => {
        await fill(w);
        const options = { now: NOW, targets: "all" as const };
        const expected = [...walkAll(graphOf(w), w.starts, options)];
        for (const store of stores) {
          expect([...walkAll(await loadReachGraph(store), w.starts, options)], store.engine).toEqual(
            expected,
          );
          expect(await walkFew(store, w.starts, options), store.engine).toEqual(expected);
        }
      }),
      { numRuns: 8 },
    );
  });

  it("reads the same rows, hubs, cycles and nulls included", async () => {
    const [w] = fc.sample(world, { seed: 7, numRuns: 1 });
    if (w === undefined) throw new Error("no world");
    const members = Array.from({ length: 300 }, (_, i) => ({ key: `s/user/m${i}`, label: "Account" }));
    const hub = members.map(({ key }) => ({ ...plainMember, from: key }));
    await fill({ ...w, nodes: [...w.nodes, ...members], edges: [...w.edges, ...hub, ...cycle] });
    const frontier = [...w.nodes, ...members].map(({ key }) => key);
    const steps = (queries: typeof STEP_QUERIES) => [
      ...queries.passing.map(({ cypher }) => cypher),
      queries.on,
      queries.impersonating,
      queries.groups,
      queries.identities,
      queries.containedResources,
      queries.containedIdentities,
    ];
    const [a, b] = stores;
    for (const cypher of [...steps(STEP_QUERIES), ...steps(ASSERTED_STEP_QUERIES)])
      await sameRows(cypher, { frontier }, a, b);
    const { passing, ...others } = LOAD_QUERIES;
    for (const cypher of [...passing.map((one) => one.cypher), ...Object.values(others)])
      await sameRows(cypher, {}, a, b);
  });

  it("correlates to the same links, and knows the same of the past", async () => {
    await clearStore(stores[1]);
    const benches = [
      await openWorkbench(),
      await openWorkbench({ engine: "neo4j", ...sharedNeo4j() }),
    ] as const;
    try {
      for (const bench of benches) await story(bench);
      const [a, b] = benches;
      expect(await b.links(T(30))).toEqual(await a.links(T(30)));
      const links = (await a.links(T(30))).map(recordId);
      expect(links).toContain("CAN_ASSUME|aws/group/H|aws/role/S|allowed");
      for (const cypher of Object.values(CORRELATE_QUERIES).flat())
        await sameRows(typeof cypher === "string" ? cypher : cypher.cypher, {}, a.store, b.store);
      for (const cypher of Object.values(HELD_QUERIES))
        await sameRows(cypher, { key: "hr/person/1" }, a.store, b.store);
      for (const day of [-1, 0, 5, 10, 15, 20]) {
        const past = await heldOn(a.store, "hr/person/1", T(day), { now: T(30) });
        expect(past?.rights.length, `day ${day}`).toBeGreaterThan(0);
        expect(await heldOn(b.store, "hr/person/1", T(day), { now: T(30) }), `day ${day}`).toEqual(past);
      }
      const kinds = "c.kind AS kind, c.record AS record, c.readAt AS readAt";
      await sameRows(
        CHANGES_QUERY.replace(/RETURN .*/, `RETURN ${kinds}`),
        { at: T(0), labels: ["MEMBER_OF", "CAN_ASSUME", "HAS_ACCOUNT"] },
        a.store,
        b.store,
      );
    } finally {
      await clearStore(benches[1].store);
      for (const bench of benches) await bench.close();
    }
  });
});

const plainMember = {
  type: "MEMBER_OF" as const,
  to: "s/group/a",
  discriminator: "",
  directMembersOnly: false,
  certainty: "active" as const,
  startsAt: undefined,
  endsAt: undefined,
  toIdentity: false,
};
const cycle = [
  { ...plainMember, from: "s/group/a", to: "s/group/b", discriminator: "loop" },
  { ...plainMember, from: "s/group/b", to: "s/group/a", discriminator: "loop" },
];

/** A year in short: a role comes, a membership goes, an account is disputed, a reference is tied. */
async function story(bench: Workbench): Promise<void> {
  const person = (id: string, name: string, email: string) =>
    node("Employment", `hr/employment/${id}`, { name, workerId: id, emails: [email], status: "active" });
  const things = [
    node("Account", "aws/user/A", { email: "ann@x.example", accountType: "service" }, [
      "arn:aws:iam::1:user/ann",
    ]),
    node("Account", "aws/user/T", { email: "team@x.example", accountType: "unknown" }),
    node("Group", "aws/group/G"),
    node("NonHumanIdentity", "aws/role/R"),
    node("Entitlement", "aws/policy/P"),
    node("Resource", "aws/aws-account/1"),
    edge("ON", "aws/policy/P", "aws/aws-account/1"),
    edge("HAS_ENTITLEMENT", "aws/group/G", "aws/policy/P"),
    edge("HAS_ENTITLEMENT", "aws/role/R", "aws/policy/P"),
    edge("CAN_ASSUME", "ref/aws-arn/arn:aws:iam::1:user/ann", "aws/role/R"),
    edge("OWNED_BY", "aws/role/R", "ref/owner-tag/1", { basis: "tag" }),
    // Trust in an account as a whole, and who of it is let in.
    node("Account", "aws/user/U", { accountId: "1", username: "u", assumesWithin: ['{"allow":["*"]}'] }),
    node("Group", "aws/group/H", { accountId: "1" }),
    node("NonHumanIdentity", "aws/role/S", { accountId: "2", arn: "arn:aws:iam::2:role/s" }),
    node("Entitlement", "aws/policy/A", { assumes: ['{"allow":["arn:aws:iam::*:role/s"]}'] }),
    edge("CAN_ASSUME", "aws/aws-account/1", "aws/role/S"),
    edge("CAN_ASSUME", "ref/aws-principal/*", "aws/role/S", { condition: '{"a":1}' }),
    edge("MEMBER_OF", "aws/user/U", "aws/group/H"),
    edge("HAS_ENTITLEMENT", "aws/group/H", "aws/policy/A"),
  ];
  const member = edge("MEMBER_OF", "aws/user/A", "aws/group/G");
  const people = [
    person("1", "Ann Lee", "ann@x.example"),
    person("2", "Bo Ray", "team@x.example"),
    person("3", "Cy Fox", "team@x.example"),
  ];
  await bench.read("hr", people, T(0));
  await bench.read("aws", [...things, member], T(0));
  await bench.link(T(0));
  await bench.read("aws", things, T(10));
  await bench.link(T(10));
  await bench.read("aws", [...things, member], T(20));
  await bench.link(T(20));
}
