import { afterEach, expect, inject, it } from "vitest";
import { describeWith } from "./servers/index.js";
import { documentOf, inShort, START, standing, World } from "./support/company-world.js";

/** The company as `exitgraph demo` has it: its recordings give what its stories tell, on each engine the same. */
describeWith([], "the recorded company", () => {
  const worlds: World[] = [];
  afterEach(async () => {
    for (const world of worlds.splice(0)) await world.remove();
  });

  it("has its stories' findings and no other", async () => {
    worlds.push(await World.create("embedded", { engine: "embedded" }, () => START));
    if (inject("servers").neo4j.ok) worlds.push(await World.onNeo4j(() => START));
    const shorts: (readonly string[])[] = [];
    for (const world of worlds) {
      const ran = await world.run("run", "--json");
      expect(ran.code, ran.err).toBe(0);
      const findings = await world.findings();
      expect(standing(findings)).toEqual(world.expected());
      expect(world.expected()).toHaveLength(world.company.stories.flatMap(({ expects }) => expects).length);
      expect(documentOf(ran).notEvaluated).toEqual([]);
      shorts.push(inShort(findings));

      const again = documentOf(await world.run("run", "--json")).run;
      expect([...again.opened, ...again.updated, ...again.removed, ...again.noLongerApplies]).toEqual([]);
    }
    for (const short of shorts) expect(short).toEqual(shorts[0]);
  }, 180_000);
});
