import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeWith, emptyNeo4j, sharedNeo4j } from "./servers/index.js";
import { at, changedBy, companyWithPast, env, NOTHING, stateOf } from "./support/rebuild-world.js";

describeWith(["neo4j"], "rebuild --into Neo4j", () => {
  let root: string;
  let dir: string;
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), "exitgraph-rebuild-"));
    dir = await companyWithPast(root);
    await emptyNeo4j(sharedNeo4j());
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  test("gives the same graph, Changes, findings, exceptions, runs and chain, and the next run changes nothing", async () => {
    const { uri, user, password } = sharedNeo4j();
    const before = await stateOf(dir, { engine: "embedded" });
    const argv = ["rebuild", "--into", uri, "--user", user, "--json"];
    const result = await at(dir, 5, argv, env(password));
    expect(result).toMatchObject({ code: 0 });
    const again = await at(dir, 5, argv, env(password));
    expect(again).toMatchObject({ code: 2, out: "" });
    expect(again.err).toContain("is not empty");

    // The same company, with Neo4j as its store and the same data folder beside it.
    const moved = join(root, "moved");
    cpSync(dir, moved, { recursive: true, preserveTimestamps: true });
    const store = { engine: "neo4j", uri, user, password } as const;
    const file = join(moved, "exitgraph.yaml");
    const lines = ["engine: neo4j", `uri: ${uri}`, `user: ${user}`, `password: \${NEO4J_PASSWORD}`].join(
      "\n  ",
    );
    writeFileSync(file, readFileSync(file, "utf8").replace("engine: embedded", lines));
    expect(await stateOf(moved, store, env(password))).toEqual(before);
    expect(await changedBy(at(moved, 5, ["run", "--json"], env(password)))).toEqual(NOTHING);
    expect((await at(moved, 5, ["audit", "verify"], env(password))).code).toBe(0);
  });
});
