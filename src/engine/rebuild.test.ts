import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { at, changedBy, companyWithPast, NOTHING, stateOf } from "../../test/support/rebuild-world.js";
import { openStore } from "../graph/index.js";

const EMBEDDED = { engine: "embedded" } as const;
let root: string;
let dir: string;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "exitgraph-rebuild-"));
  dir = await companyWithPast(root);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe("rebuild in place, on the embedded engine", () => {
  it("gives the same graph, Changes, markers, findings, exceptions, runs and chain; the old store is kept", async () => {
    const before = await stateOf(dir, EMBEDDED);
    const journal = readFileSync(join(dir, ".exitgraph", "journal.ndjson"), "utf8");
    const { findings } = z
      .looseObject({ findings: z.array(z.looseObject({ status: z.string() })) })
      .parse(before.findings);
    expect(findings).toContainEqual(expect.objectContaining({ status: "closed", closedAs: "removed" }));
    expect(findings).toContainEqual(expect.objectContaining({ status: "excepted" }));
    expect(findings).toContainEqual(expect.objectContaining({ status: "open", reopened: 1 }));
    const result = await at(dir, 5, ["rebuild", "--json"]);
    expect(result.code).toBe(0);
    expect(result.json()).toMatchObject({ schemaVersion: 1, events: journal.trimEnd().split("\n").length });
    expect(await stateOf(dir, EMBEDDED)).toEqual(before);
    expect(readFileSync(join(dir, ".exitgraph", "journal.ndjson"), "utf8")).toBe(journal);
    expect(readdirSync(join(dir, ".exitgraph")).sort()).toEqual([
      "baseline",
      "graph",
      "graph.before-rebuild",
      "journal.ndjson",
      "snapshots",
    ]);
    expect(existsSync(join(dir, ".exitgraph", "graph.before-rebuild", "store.grafeo"))).toBe(true);
    expect(await changedBy(at(dir, 5, ["run", "--json"]))).toEqual(NOTHING);
    expect((await at(dir, 5, ["audit", "verify"])).code).toBe(0);
  });

  it("helps where the store is lost", async () => {
    const before = await stateOf(dir, EMBEDDED);
    rmSync(join(dir, ".exitgraph", "graph"), { recursive: true });
    rmSync(join(dir, ".exitgraph", "baseline"), { recursive: true });
    expect((await at(dir, 6, ["rebuild"])).code).toBe(0);
    expect(await stateOf(dir, EMBEDDED)).toEqual(before);
  });

  it("changes nothing where a snapshot is missing or another store is not empty", async () => {
    const before = await stateOf(dir, EMBEDDED);
    const snapshots = join(dir, ".exitgraph", "snapshots");
    const [first = ""] = readdirSync(snapshots).sort();
    const manifest = join(snapshots, first, "manifest.json");
    expect(existsSync(manifest)).toBe(true);
    rmSync(join(snapshots, first), { recursive: true });
    const refused = await at(dir, 6, ["rebuild"]);
    expect(refused).toMatchObject({ code: 2, out: "" });
    expect(refused.err).toContain(first);
    expect(await stateOf(dir, EMBEDDED)).toEqual(before);
    expect(existsSync(join(dir, ".exitgraph", "rebuild"))).toBe(false);
    const same = await at(dir, 6, ["rebuild", "--into", "exitgraph.yaml"]);
    expect(same).toMatchObject({ code: 2, out: "" });
    for (const into of ["neo4j://neo4j:secret@localhost", "neo4j://localhost"]) {
      const wrong = await at(dir, 6, ["rebuild", "--into", into]);
      expect(wrong).toMatchObject({ code: 2, out: "" });
      expect(wrong.err).not.toContain("secret");
    }
  });

  it("does not leave the store open", async () => {
    const store = await openStore({ store: EMBEDDED, dataDir: join(dir, ".exitgraph") });
    expect(await store.rows("MATCH (j:Journal) RETURN count(*) AS n")).toEqual([{ n: 1 }]);
    await store.close();
  });
});
