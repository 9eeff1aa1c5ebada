import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openStore } from "../src/graph/index.js";
import { clearStore } from "./differential.js";
import { describeWith, sharedNeo4j } from "./servers/index.js";
import { FindingsWorld } from "./support/findings-world.js";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const T0 = Date.parse("2026-11-20T06:00:00Z");
const ONE = { id: "1", name: "Ada Park", email: "ada@x.example", to: "2026-11-10" };
const TWO = { id: "2", name: "Ada Park-Lee", email: "lee@y.example", to: "2026-11-12" };
const together = [ONE, TWO].map((one) => ({ ...one, universalId: "u" }));
const apart = [ONE, TWO].map((one) => ({ ...one, universalId: `u-${one.id}` }));

async function emptyWorld(): Promise<FindingsWorld> {
  const dir = mkdtempSync(join(tmpdir(), "exitgraph-clear-"));
  const config = { engine: "neo4j" as const, ...sharedNeo4j() };
  const store = await openStore({ store: config, dataDir: dir });
  await clearStore(store);
  await store.close();
  rmSync(dir, { recursive: true, force: true });
  return FindingsWorld.open(config);
}

describeWith(["neo4j"], "findings on Neo4j", () => {
  it("follow persons who become one and are told apart, with exceptions, as on the embedded engine", async () => {
    const world = await emptyWorld();
    try {
      await world.hr(T0, [ONE, TWO]);
      await world.accounts(T0, { a1: ONE.email, a2: TWO.email });
      await world.run(T0 + HOUR);
      const two = await world.about("a2");
      const id = await world.except(T0 + 2 * HOUR, two.fingerprint, "2026-12-31");

      await world.hr(T0 + DAY, together);
      expect(await world.run(T0 + DAY + HOUR)).toMatchObject({ opened: [], noLongerApplies: [] });
      expect(await world.about("a2")).toMatchObject({
        person: { key: "hr/person/1" },
        exception: { id },
        firstSeen: two.firstSeen,
      });

      await world.hr(T0 + 2 * DAY, apart);
      expect(await world.run(T0 + 2 * DAY + HOUR)).toMatchObject({ opened: [], noLongerApplies: [] });
      expect(await world.about("a2")).toMatchObject({ fingerprint: two.fingerprint, exception: { id } });

      // Closed for now, and then gone: the exception ends while its finding is closed.
      await world.run(T0 + 2 * DAY + 2 * HOUR, { asOf: Date.parse("2026-11-05T12:00:00Z") });
      await world.accounts(T0 + 3 * DAY, { a1: ONE.email });
      expect(await world.run(T0 + 3 * DAY + HOUR)).toMatchObject({
        endedExceptions: [{ id, because: "removed" }],
      });
      expect((await world.journal.verify()).ok).toBe(true);
      // Made anew on the embedded engine.
      expect(await world.rebuilt()).toEqual(await world.said());
    } finally {
      await world.close();
    }
  });
});
