import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  type AccessRow,
  accessOf,
  accessRows,
  completenessOf,
  emptyPopulation,
  findPerson,
  findTarget,
  personViews,
  searchEntities,
  whoCan,
} from "../src/export/index.js";
import { type GraphStore, openStore } from "../src/graph/index.js";
import { clearStore } from "./differential.js";
import { describeWith, sharedNeo4j } from "./servers/index.js";
import { NOW, writeExportWorld } from "./support/export-world.js";

/** What people read of the graph is the same on both engines. */
describeWith(["neo4j"], "read models", () => {
  const root = mkdtempSync(join(tmpdir(), "exitgraph-export-"));
  let embedded: GraphStore;
  let neo4j: GraphStore;
  beforeAll(async () => {
    embedded = await openStore({
      store: { engine: "embedded" },
      dataDir: join(root, "a"),
      shuffleUnordered: true,
    });
    neo4j = await openStore({ store: { engine: "neo4j", ...sharedNeo4j() }, dataDir: root });
    await clearStore(neo4j);
    await writeExportWorld(embedded);
    await writeExportWorld(neo4j);
  });
  afterAll(async () => {
    await clearStore(neo4j);
    await neo4j.close();
    await embedded.close();
    rmSync(root, { recursive: true, force: true });
  });

  const rows = async (store: GraphStore) => {
    const found: AccessRow[] = [];
    const population = emptyPopulation();
    for await (const batch of accessRows(store, { now: NOW, batch: 3 }, population)) found.push(...batch);
    return { found, population };
  };

  it.each<[string, (store: GraphStore) => Promise<unknown>]>([
    ["people", async (store) => [...(await personViews(store, ["hr/person/1", "hr/person/2", "x"], NOW))]],
    ["access", (store) => accessOf(store, "hr/person/1", NOW)],
    ["who can", (store) => whoCan(store, "111122223333", NOW)],
    ["the access review", rows],
    ["search", (store) => searchEntities(store, { text: "A", limit: 3, labels: ["Account", "Entitlement"] })],
    ["the next page", (store) => searchEntities(store, { text: "a", limit: 3, after: "aws/policy/admin" })],
    ["a target by name", (store) => findTarget(store, "ReadOnlyAccess")],
    ["completeness", (store) => completenessOf(store, ["hr", "aws", "never"])],
    ...["hr/person/1", "1", "1@X.example", "ADA PARK", "Bo Lee", "nobody", "Park"].map(
      (wanted): [string, (store: GraphStore) => Promise<unknown>] => [
        `the person ${wanted}`,
        (store) => findPerson(store, wanted).catch((error: unknown) => String(error)),
      ],
    ),
  ])("%s", async (_, read) => {
    const expected = await read(embedded);
    expect(await read(neo4j)).toEqual(expected);
    expect(JSON.stringify(expected)).not.toBe("[]");
  });
});
