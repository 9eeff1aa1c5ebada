import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { graphOf, NOW, storeWorld, world } from "../../test/support/reach-worlds.js";
import { type GraphStore, openStore } from "../graph/index.js";
import { walkFew } from "./few.js";
import { loadReachGraph } from "./load.js";
import { walkAll } from "./walk.js";

let dir: string;
let store: GraphStore;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "exitgraph-test-"));
  store = await openStore({ store: { engine: "embedded" }, dataDir: dir });
});
afterAll(async () => {
  await store.close();
  rmSync(dir, { recursive: true });
});

describe("reach over the embedded store", () => {
  it("is the same from few starts, from the whole, and without a store", async () => {
    await fc.assert(
      fc.asyncProperty(
        world,
        fc.constantFrom("entitlements" as const, "all" as const),
        async (w, targets) => {
          await store.write(async (tx) => tx.run("MATCH (n:Entity) DETACH DELETE n"));
          await storeWorld(store, w);
          const options = { now: NOW, targets };
          const expected = [...walkAll(graphOf(w), w.starts, options)];
          const loaded = await loadReachGraph(store, { batchSize: 3 });
          expect([...walkAll(loaded, w.starts, options)]).toEqual(expected);
          for (const start of w.starts)
            expect(await walkFew(store, [start], options)).toEqual(
              expected.filter((reached) => reached.start === start),
            );
          expect(await walkFew(store, w.starts, options)).toEqual(expected);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("stops when told to", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(walkFew(store, ["s/user/a"], { now: NOW, signal })).rejects.toThrow();
    await expect(loadReachGraph(store, { signal })).rejects.toThrow();
  });
});
