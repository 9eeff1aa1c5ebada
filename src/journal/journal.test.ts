import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type GraphStore, openStore } from "../graph/index.js";
import { digest, type Log, silentLog } from "../model/index.js";
import { hashOf, parseEventLine } from "./chain.js";
import { type Journal, type JournalEvent, openJournal, type Projectors } from "./index.js";

let dir: string;
let store: GraphStore;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "exitgraph-journal-"));
  store = await openStore({ store: { engine: "embedded" }, dataDir: dir });
});
afterEach(async () => {
  await store.close();
  await rm(dir, { recursive: true, force: true });
});

/** Keeps the last reason as a node, so that a test sees what was projected. */
const projectors: Projectors = {
  "exception.requested": async (tx, event) => {
    if (event.payload.fail === true) throw new Error("cannot be projected");
    await tx.run("MERGE (r:Run {id: 'probe'}) SET r.seen = $seq", { seq: event.seq });
  },
};
const file = () => join(dir, "journal.ndjson");
const open = (log: Log = silentLog) =>
  openJournal({ store, dataDir: dir, projectors, now: () => 1_700_000_000_000, log });
const ask = (journal: Journal, reason: string) =>
  journal.append("ana", () => Promise.resolve({ type: "exception.requested", payload: { reason } }));
const probed = async () => (await store.rows("MATCH (r:Run {id: 'probe'}) RETURN r.seen AS seen"))[0]?.seen;
const lines = async () => (await readFile(file(), "utf8")).split("\n").filter((line) => line !== "");
const rewrite = (all: readonly string[]) => writeFile(file(), all.map((line) => `${line}\n`).join(""));
const all = async (journal: Journal) => {
  const events: JournalEvent[] = [];
  for await (const event of journal.events()) events.push(event);
  return events;
};

describe("append", () => {
  it("records, chains and projects in one", async () => {
    const journal = await open();
    const one = await ask(journal, "one");
    const two = await ask(journal, "two\u2028with a line separator");
    expect(two?.previous).toBe(one?.hash);
    expect(await journal.head()).toEqual({ seq: 2, hash: two?.hash });
    expect(await probed()).toBe(2);
    expect(await all(journal)).toEqual([one, two]);
    expect((await stat(file())).mode & 0o777).toBe(0o600);
    expect(await journal.verify()).toMatchObject({ ok: true, events: 2, problem: null });
  });

  it("changes nothing when the draft throws, declines, or cannot be projected", async () => {
    const journal = await open();
    await ask(journal, "one");
    await expect(journal.append("ana", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await journal.append("ana", () => Promise.resolve(undefined))).toBeUndefined();
    await expect(
      journal.append("ana", () => Promise.resolve({ type: "exception.requested", payload: { fail: true } })),
    ).rejects.toThrow("cannot be projected");
    expect(await lines()).toHaveLength(1);
    expect(await journal.head()).toMatchObject({ seq: 1 });
  });

  it("hashes actor and payload with the salt, and the chain over that", async () => {
    const journal = await open();
    const event = await ask(journal, "one");
    if (event === undefined) throw new Error("no event");
    expect(event.payloadHash).toBe(digest(event.salt, "ana", '{"reason":"one"}'));
    expect(event.hash).toBe(
      digest(event.previous, "1", "exception.requested", "1700000000000", event.payloadHash),
    );
  });
});

describe("after a crash", () => {
  it("projects what was recorded and not projected", async () => {
    await ask(await open(), "one");
    // As a crash between the append and the commit leaves it: the line is there, the store has not seen it.
    await ask(await open(), "two");
    const [first] = await lines();
    if (first === undefined) throw new Error("no line");
    const hash = parseEventLine(first)?.hash ?? "";
    await store.write(async (tx) => {
      await tx.run("MATCH (j:Journal {name: 'journal'}) SET j.seq = 1, j.hash = $hash", {
        hash: String(hash),
      });
      await tx.run("MATCH (r:Run {id: 'probe'}) DELETE r");
    });
    const journal = await open();
    expect(await probed()).toBe(2);
    expect(await journal.head()).toMatchObject({ seq: 2 });
    expect(await journal.verify()).toMatchObject({ ok: true });
  });

  it("cuts off a torn last line with a warning, and goes on", async () => {
    await ask(await open(), "one");
    await appendFile(file(), '{"seq":2,"type":"exception.reque');
    const warnings: string[] = [];
    const journal = await open({ ...silentLog, warn: (message) => warnings.push(message) });
    expect(warnings.join()).toContain("crash cut off");
    expect(await ask(journal, "two")).toMatchObject({ seq: 2 });
    expect(await journal.verify()).toMatchObject({ ok: true, events: 2 });
  });

  it("refuses to decide over a journal whose end is missing", async () => {
    const journal = await open();
    await ask(journal, "one");
    await ask(journal, "two");
    await rewrite((await lines()).slice(0, 1));
    const again = await open();
    await expect(ask(again, "three")).rejects.toThrow("does not fit its store");
    await expect(again.check()).rejects.toThrow("does not fit its store");
  });

  it("refuses a new store beside an old journal", async () => {
    await ask(await open(), "one");
    const other = await openStore({ store: { engine: "embedded" }, dataDir: join(dir, "other") });
    try {
      const journal = await openJournal({ store: other, dataDir: dir, projectors });
      await expect(ask(journal, "two")).rejects.toThrow("exitgraph rebuild");
    } finally {
      await other.close();
    }
  });
});

describe("verify names the first event that was", () => {
  const five = async () => {
    const journal = await open();
    for (const reason of ["one", "two", "three", "four", "five"]) await ask(journal, reason);
    return journal;
  };
  const at = <T>(list: readonly T[], index: number): T => {
    const item = list[index];
    if (item === undefined) throw new Error(`nothing at ${index}`);
    return item;
  };
  const verdictOf = async (journal: Journal) => {
    const { ok, problem } = await journal.verify();
    return ok ? "ok" : `${problem?.kind} ${problem?.seq}`;
  };

  it("changed, whatever was changed", async () => {
    const journal = await five();
    const original = await lines();
    for (const [from, to] of [
      ['"three"', '"THREE"'],
      ['"actor":"ana"', '"actor":"bob"'],
      ['"at":1700000000000', '"at":1700000000001'],
      ["exception.requested", "exception.ended"],
    ] as const) {
      await rewrite(original.with(2, at(original, 2).replace(from, to)));
      expect(await verdictOf(journal)).toBe("changed 3");
    }
    await rewrite(original.with(2, "not json"));
    expect(await verdictOf(journal)).toBe("changed 3");
  });

  it("changed with its hashes made to fit", async () => {
    const journal = await five();
    const original = await lines();
    const parsed = { ...(await all(journal))[2], payload: { reason: "forged" } };
    const payloadHash = digest(parsed.salt ?? "", parsed.actor ?? "", '{"reason":"forged"}');
    const body = {
      seq: 3,
      type: "exception.requested" as const,
      at: parsed.at ?? 0,
      payloadHash,
      previous: parsed.previous ?? "",
    };
    const forged = JSON.stringify({ ...parsed, ...body, hash: hashOf(body) });
    await rewrite(original.with(2, forged));
    expect(await verdictOf(journal)).toBe("changed 3");
    await rewrite([...original.slice(0, 3), forged, ...original.slice(3)]);
    expect(await verdictOf(journal)).toBe("inserted 3");
    await rewrite([...original.slice(0, 2), forged, ...original.slice(2)]);
    expect(await verdictOf(journal)).toBe("inserted 3");
  });

  it("removed, in the middle, at the start and at the end", async () => {
    const journal = await five();
    const original = await lines();
    for (const seq of [1, 3, 5]) {
      await rewrite(original.filter((_, index) => index !== seq - 1));
      expect(await verdictOf(journal)).toBe(`removed ${seq}`);
    }
    await rewrite([]);
    expect(await verdictOf(journal)).toBe("removed 1");
  });

  it("reordered or inserted", async () => {
    const journal = await five();
    const original = await lines();
    await rewrite([0, 2, 1, 3, 4].map((index) => at(original, index)));
    expect(await verdictOf(journal)).toBe("reordered 2");
    await rewrite([...original.slice(0, 3), at(original, 0), ...original.slice(3)]);
    expect(await verdictOf(journal)).toBe("inserted 1");
    await rewrite([...original.slice(0, 3), at(original, 2), ...original.slice(3)]);
    expect(await verdictOf(journal)).toBe("inserted 3");
    await rewrite(original);
    expect(await verdictOf(journal)).toBe("ok");
  });

  it("the chain was swapped for another one", async () => {
    const journal = await five();
    const other = await mkdtemp(join(tmpdir(), "exitgraph-journal-"));
    const otherStore = await openStore({ store: { engine: "embedded" }, dataDir: other });
    try {
      const foreign = await openJournal({ store: otherStore, dataDir: other, projectors });
      for (const reason of ["one", "two", "three", "four", "five"]) await ask(foreign, reason);
      await writeFile(file(), await readFile(join(other, "journal.ndjson")));
      expect(await verdictOf(journal)).toBe("changed 1");
    } finally {
      await otherStore.close();
      await rm(other, { recursive: true, force: true });
    }
  });
});
