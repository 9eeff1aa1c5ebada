import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { apiOver, DEFAULTS, data } from "../../test/support/api-client.js";
import { writeFindingsWorld } from "../../test/support/api-world.js";
import { NOW, writeExportWorld } from "../../test/support/export-world.js";
import { type GraphStore, openStore } from "../graph/index.js";
import { packageRoot } from "../model/index.js";
import type { Api } from "./index.js";

/** What docs/graphql.md says, held against the API with its default limits. */

let dir: string;
let store: GraphStore;
let api: Api;
let guide: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "exitgraph-api-"));
  store = await openStore({ store: { engine: "embedded" }, dataDir: dir });
  await writeExportWorld(store);
  await writeFindingsWorld(store, NOW);
  api = apiOver({ store, now: NOW });
  guide = await readFile(join(packageRoot(), "docs/graphql.md"), "utf8");
});
afterAll(async () => {
  await api.dispose();
  await store.close();
  await rm(dir, { recursive: true, force: true });
});

const VARIABLES = { person: "1", resource: "111122223333" };

it("every example answers, and with something", async () => {
  const examples = [...guide.matchAll(/```graphql\n([\s\S]*?)```/g)].map(([, query]) => query ?? "");
  expect(examples.length).toBe(7);
  for (const query of examples) {
    const found = await data(api, query, VARIABLES);
    for (const [field, value] of Object.entries(found)) {
      expect(JSON.stringify(value), `${field} of ${query}`).toMatch(/"node":\{/);
    }
  }
});

it("the command line's query answers", async () => {
  const [, body] = /-d '(\{.*\})'/.exec(guide) ?? [];
  const response = await api.fetch(
    new Request("http://127.0.0.1:4180/graphql", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: body ?? "",
    }),
  );
  expect(await response.json()).toMatchObject({
    data: { findings: { edges: [{ node: { rule: "LVR-001" } }, { node: { rule: "LVR-001" } }] } },
  });
});

it.each(["maxDepth", "maxCost", "maxPageSize", "timeoutMs"] as const)("names the default of %s", (key) => {
  const [, value] = new RegExp(`\\| \`${key}\` +\\| +([\\d,]+)`).exec(guide) ?? [];
  expect(Number(value?.replaceAll(",", ""))).toBe(DEFAULTS[key]);
});
