import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { type GraphStore, openStore } from "../src/graph/index.js";
import { ingestProjectors, rebuild, retire } from "../src/ingest/index.js";
import { type Journal, journalFileEvents, openJournal } from "../src/journal/index.js";
import type { NodeRecord, Props } from "../src/model/index.js";
import { clearStore } from "./differential.js";
import { describeWith, sharedNeo4j } from "./servers/index.js";
import { TestProject } from "./support/ingest-worlds.js";

const root = mkdtempSync(join(tmpdir(), "exitgraph-rebuild-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const user = (id: string, props: Props = {}): NodeRecord => ({
  kind: "node",
  key: `s/user/${id}`,
  label: "Account",
  props: { name: id, ...props },
});
/** On nothing, so that the read is marked for it. */
const policy: NodeRecord = { kind: "node", key: "s/policy/1", label: "Entitlement", props: {} };
const worker = (id: string): NodeRecord => ({
  kind: "node",
  key: `hr/employment/${id}`,
  label: "Employment",
  props: { name: id, start: "2020-01-01" },
});

/** Two sources, a partial read, someone who vanished, a change, a partition that was closed. */
async function live(project: TestProject): Promise<void> {
  const part = (partition: string, records: readonly NodeRecord[]) => ({ stream: "a", partition, records });
  await project.read("hr", [part("all", [worker("ann"), worker("bob")])]);
  await project.read("s", [
    part("1", [user("ann", { count: 1.5 }), user("eve")]),
    part("2", [user("bob"), policy]),
  ]);
  await project.read("s", [
    { ...part("1", [user("zoe"), policy]), verdict: "partial" },
    part("2", [user("bob"), policy]),
  ]);
  await project.read("hr", [part("all", [worker("ann")])]);
  await project.read("s", [
    part("1", [user("ann", { status: "disabled" }), policy]),
    part("2", [user("bob")]),
  ]);
  await retire({
    store: project.store,
    journal: project.journal,
    dataDir: project.dataDir,
    source: "s",
    partition: "2",
    actor: "ana",
    reason: "sold",
    now: () => project.at + 1,
  });
}

describeWith(["neo4j"], "rebuild", () => {
  const neo4j = async () => {
    const store = await openStore({ store: { engine: "neo4j", ...sharedNeo4j() }, dataDir: root });
    await clearStore(store);
    return store;
  };

  test("from embedded to Neo4j gives the same graph, Changes, markers and chain", async () => {
    const from = join(root, "from");
    const store = await openStore({ store: { engine: "embedded" }, dataDir: from });
    const project = await TestProject.open(store, from);
    await live(project);
    const expected = await project.result();
    expect(JSON.stringify(expected.markers)).toContain("partial");
    expect(JSON.stringify(expected.events)).toContain("INV-2");
    const head = await project.journal.head();
    await store.close();

    const dataDir = join(root, "into");
    const into = await neo4j();
    const report = await rebuild({
      events: () => journalFileEvents(from),
      snapshots: project.snapshots,
      into: { store: into, dataDir },
      projectors: ingestProjectors,
    });
    expect(report).toMatchObject({ events: 6, snapshots: 5, head });
    const rebuilt = await TestProject.open(into, dataDir, undefined, project.snapshots);
    expect(await rebuilt.result()).toEqual(expected);
    expect(await rebuilt.journal.verify()).toMatchObject({ ok: true, events: 6, head });
    await into.close();
  });
});

describeWith(["neo4j"], "the journal on Neo4j", () => {
  const opened = async (): Promise<{
    store: GraphStore;
    journal: Journal;
    dataDir: string;
    file: string;
  }> => {
    const store = await openStore({ store: { engine: "neo4j", ...sharedNeo4j() }, dataDir: root });
    await clearStore(store);
    const dataDir = mkdtempSync(join(root, "journal-"));
    const journal = await openJournal({ store, dataDir, projectors: {} });
    for (const reason of ["one", "two", "three", "four"]) {
      await journal.append("ana", () =>
        Promise.resolve({ type: "exception.requested", payload: { reason } }),
      );
    }
    return { store, journal, dataDir, file: join(dataDir, "journal.ndjson") };
  };
  const verdictOf = async (journal: Journal) => {
    const { ok, problem } = await journal.verify();
    return ok ? "ok" : `${problem?.kind} ${problem?.seq} in the ${problem?.where}`;
  };

  test("tops up its file, also for another machine, and appends once where two write", async () => {
    const { store, journal, file } = await opened();
    const text = readFileSync(file, "utf8");
    expect(text.split("\n")).toHaveLength(5);
    writeFileSync(file, text.split("\n").slice(0, 2).join("\n"));
    expect(await verdictOf(journal)).toBe("ok");
    expect(readFileSync(file, "utf8")).toBe(text);
    const elsewhere = mkdtempSync(join(root, "elsewhere-"));
    const other = await openJournal({ store, dataDir: elsewhere, projectors: {} });
    expect(readFileSync(join(elsewhere, "journal.ndjson"), "utf8")).toBe(text);
    await Promise.all(
      [journal, other].flatMap((one) =>
        [1, 2, 3].map((n) =>
          one.append("bob", () => Promise.resolve({ type: "exception.ended", payload: { n } })),
        ),
      ),
    );
    expect(await verdictOf(journal)).toBe("ok");
    expect(await verdictOf(other)).toBe("ok");
    expect(await journal.head()).toMatchObject({ seq: 10 });
    expect(readFileSync(join(elsewhere, "journal.ndjson"), "utf8")).toBe(readFileSync(file, "utf8"));
    await store.close();
  });

  test("verify names what was done to the file or to the store", async () => {
    const { store, journal, file } = await opened();
    const lines = readFileSync(file, "utf8").trimEnd().split("\n");
    const write = (all: readonly (string | undefined)[]) => writeFileSync(file, `${all.join("\n")}\n`);
    write(lines.map((line, at) => (at === 1 ? line.replace("two", "TWO") : line)));
    expect(await verdictOf(journal)).toBe("changed 2 in the file");
    write(lines.filter((_, at) => at !== 2));
    expect(await verdictOf(journal)).toBe("removed 3 in the file");
    write([lines[0], lines[2], lines[1], lines[3]]);
    expect(await verdictOf(journal)).toBe("reordered 2 in the file");
    write([lines[0], lines[1], lines[1], lines[2], lines[3]]);
    expect(await verdictOf(journal)).toBe("inserted 2 in the file");
    write(lines);
    expect(await verdictOf(journal)).toBe("ok");
    const inStore = (cypher: string) => store.write(async (tx) => await tx.run(cypher));
    await inStore("MATCH (e:Event {seq: 3}) SET e.actor = 'mallory'");
    expect(await verdictOf(journal)).toBe("changed 3 in the store");
    await inStore("MATCH (e:Event {seq: 3}) DELETE e");
    expect(await verdictOf(journal)).toBe("removed 3 in the store");
    await store.close();
  });
});
