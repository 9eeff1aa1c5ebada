import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { digest, recordHash } from "../model/index.js";
import { BaselineSum, BaselineWriter, readBaseline } from "./baseline-file.js";
import { idDigest, KeyTable } from "./key-table.js";

const root = mkdtempSync(join(tmpdir(), "exitgraph-baseline-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Enough that the table grows and the file has several blocks; every hundredth is lost. */
const entries = Array.from({ length: 20_000 }, (_, i) => ({
  id: `s/user/${"ü".repeat(i % 40)}${i}`,
  type: i % 3 === 0 ? "AwsUser" : "Group",
  hash: i % 100 === 7 ? undefined : Buffer.from(recordHash(`line ${i}`), "hex"),
}));

function written(path: string, list: typeof entries) {
  const writer = new BaselineWriter(path);
  for (const { id, type, hash } of list) writer.add(Buffer.from(id), idDigest(id), type, hash);
  const done = writer.finish();
  writer.publish();
  return done;
}

async function loaded(path: string) {
  const table = new KeyTable();
  const sum = new BaselineSum();
  const ids: string[] = [];
  for await (const batch of readBaseline(path)) {
    for (const entry of batch) {
      table.add(entry.digest, entry.hash, entry.type);
      sum.add(entry.digest, entry.hash, entry.type);
      ids.push(entry.id.toString("utf8"));
    }
  }
  return { table, id: sum.id(), ids };
}

describe("a baseline file", () => {
  it("gives back what was written, under an id that no order changes", async () => {
    const path = join(root, "one");
    const { id, counts } = written(path, entries);
    const read = await loaded(path);
    expect(read.id).toBe(id);
    expect(read.ids).toEqual(entries.map((entry) => entry.id));
    expect(read.table.countByType("all")).toEqual(counts);
    expect(written(join(root, "two"), entries.toReversed()).id).toBe(id);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    for (const entry of entries) {
      const at = read.table.find(idDigest(entry.id));
      expect(read.table.isLost(at)).toBe(entry.hash === undefined);
      if (entry.hash === undefined) continue;
      expect(read.table.findUnchanged(entry.hash.toString("binary"))).toBe(at);
      expect(read.table.at(at)).toEqual({ type: entry.type, hash: entry.hash });
    }
    expect(read.table.find(idDigest("s/user/nobody"))).toBe(-1);
    expect(read.table.findUnchanged(Buffer.from(digest("x"), "hex").toString("binary"))).toBe(-1);
  });

  it("has another id when anything in it differs, or its end is missing", async () => {
    const path = join(root, "three");
    const { id } = written(path, entries);
    const [first, ...rest] = entries;
    if (first === undefined) throw new Error("no entry");
    for (const other of [
      rest,
      [...entries, { ...first, id: "s/user/more" }],
      [{ ...first, type: "Role" }, ...rest],
    ]) {
      expect(written(join(root, "four"), other).id).not.toBe(id);
    }
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.subarray(0, bytes.length - 10));
    expect((await loaded(path)).id).not.toBe(id);
    writeFileSync(path, "s/user/1 this is no baseline");
    expect((await loaded(path)).ids).toEqual([]);
  });

  it("leaves nothing behind when it is discarded", () => {
    const dir = join(root, "discarded");
    const writer = new BaselineWriter(join(dir, "five"));
    writer.add(Buffer.from("a"), idDigest("a"), "AwsUser", undefined);
    writer.discard();
    expect(readdirSync(dir)).toEqual([]);
  });
});

describe("the table", () => {
  it("finds what changed by its id only, and counts what a read did not see", () => {
    const table = new KeyTable();
    const [one, two] = [Buffer.from(recordHash("1"), "hex"), Buffer.from(recordHash("2"), "hex")];
    table.add(idDigest("a"), one, "AwsUser");
    table.add(idDigest("b"), two, "AwsUser");
    table.add(idDigest("c"), undefined, "Employment");
    expect(table.countByType("all")).toEqual(new Map([["AwsUser", 2]]));
    const a = table.find(idDigest("a"));
    table.update(a, Buffer.from(recordHash("1b"), "hex"), "AwsRole");
    table.markSeen(a);
    expect(table.findUnchanged(one.toString("binary"))).toBe(-1);
    expect(table.countByType("unseen")).toEqual(new Map([["AwsUser", 1]]));
    const c = table.find(idDigest("c"));
    expect(table.isUnseen(c)).toBe(false);
    table.update(c, two, "Employment");
    expect(table.isLost(c)).toBe(false);
  });
});
