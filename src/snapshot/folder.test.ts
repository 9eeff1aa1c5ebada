import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type GraphRecord, InputError, OperationError, recordLine } from "../model/index.js";
import { SnapshotFolder } from "./folder.js";
import type { PartitionRead } from "./manifest.js";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "exitgraph-snapshot-"));
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

const meta = {
  source: "hr",
  system: "hr-csv",
  collectorVersion: "1",
  startedAt: Date.UTC(2026, 10, 21, 3, 4, 5),
};
function node(id: string, props: Record<string, string> = {}): GraphRecord {
  return { kind: "node", key: `hr/employment/${id}`, label: "Employment", props };
}
function read(
  stream: string,
  partition: string,
  verdict: PartitionRead["verdict"] = "complete",
): PartitionRead {
  return { stream, partition, verdict, dataTime: 1, counts: {}, scope: [], calls: 0, errors: 0 };
}
async function all(folder: SnapshotFolder, id: string, stream: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const batch of folder.lines(id, stream)) lines.push(...batch);
  return lines;
}
async function written(count = 3) {
  const folder = new SnapshotFolder(join(dir, "snapshots"));
  const writer = folder.begin(meta);
  for (let i = 0; i < count; i++) await writer.write("workers", "all", node(`W${i}`, { name: `Zoë ${i}` }));
  const manifest = await writer.finish([read("workers", "all")], meta.startedAt + 5);
  return { folder, manifest, at: join(dir, "snapshots", manifest.id) };
}

describe("SnapshotFolder", () => {
  it("gives back the canonical lines that were written, with their hash, in private files", async () => {
    const { folder, manifest, at } = await written(2_500);
    expect(await all(folder, manifest.id, "workers")).toEqual(
      Array.from({ length: 2_500 }, (_, i) => recordLine("all", node(`W${i}`, { name: `Zoë ${i}` }))),
    );
    expect(manifest.partitions[0]?.counts).toEqual({ Employment: 2_500 });
    expect(manifest.streams.workers?.records).toBe(2_500);
    expect(statSync(at).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(at)) expect(statSync(join(at, name)).mode & 0o777).toBe(0o600);
    // The manifest can be checked, and the lines be read, with nothing but common tools.
    expect(execFileSync("sha256sum", ["-c", "manifest.sha256"], { cwd: at }).toString()).toContain("OK");
    const raw = gunzipSync(readFileSync(join(at, "workers.ndjson.gz")));
    expect(raw.length).toBe(manifest.streams.workers?.bytes);
    expect(await folder.verify(manifest.id)).toEqual(manifest);
    expect(await folder.digestOf(manifest.id)).toMatch(/^[0-9a-f]{64}$/);
    expect(await all(folder, manifest.id, "nothing")).toEqual([]);
  });

  it("keeps the first of two records with one id, per stream and partition, and counts those that differ", async () => {
    const folder = new SnapshotFolder(dir);
    const writer = folder.begin(meta);
    expect(await writer.write("workers", "a", node("W1"))).toBe(true);
    expect(await writer.write("workers", "a", node("W1"))).toBe(false);
    expect(writer.conflicts("workers", "a")).toBe(0);
    expect(await writer.write("workers", "a", node("W1", { name: "other" }))).toBe(false);
    expect(writer.conflicts("workers", "a")).toBe(1);
    expect(await writer.write("workers", "b", node("W1", { name: "b" }))).toBe(true);
    expect(await writer.write("more", "a", node("W1"))).toBe(true);
    const manifest = await writer.finish([read("workers", "a"), read("workers", "b"), read("more", "a")], 9);
    expect(await all(folder, manifest.id, "workers")).toHaveLength(2);
    await folder.verify(manifest.id);
  });

  it("takes out what a failed partition had written", async () => {
    const folder = new SnapshotFolder(dir);
    const writer = folder.begin(meta);
    for (let i = 0; i < 3_000; i++) {
      await writer.write(
        "workers",
        i % 2 === 0 ? "good" : 'b"ad',
        node(`W${i}`, { name: '","partition":"good"' }),
      );
    }
    const manifest = await writer.finish([read("workers", "good"), read("workers", 'b"ad', "failed")], 9);
    expect(manifest.partitions.map((p) => p.counts)).toEqual([{ Employment: 1_500 }, {}]);
    const lines = await all(folder, manifest.id, "workers");
    expect(lines).toHaveLength(1_500);
    expect(lines.every((line) => line.includes('","partition":"good","record":'))).toBe(true);
    await folder.verify(manifest.id);
  });

  it("refuses records of a partition that got no verdict", async () => {
    const writer = new SnapshotFolder(dir).begin(meta);
    await writer.write("workers", "all", node("W1"));
    await expect(writer.finish([], 9)).rejects.toThrow("workers|all");
    await writer.abort();
    expect(readdirSync(dir)).toEqual([]);
  });

  it("does not publish a manifest that could not be read back", async () => {
    const writer = new SnapshotFolder(dir).begin(meta);
    const bad = { ...read("workers", "all"), dataTime: Number.NaN };
    await expect(writer.finish([bad], 9)).rejects.toThrow(/malformed at partitions\.0\.dataTime/);
    expect(readdirSync(dir)).toEqual([]);
  });

  it("gives ids that sort by time, also when the clock stands still or goes back", async () => {
    const folder = new SnapshotFolder(dir);
    const ids: string[] = [];
    for (const startedAt of [
      meta.startedAt,
      meta.startedAt,
      meta.startedAt - 60_000,
      meta.startedAt + 1_000,
    ]) {
      ids.push((await folder.begin({ ...meta, startedAt }).finish([], startedAt)).id);
    }
    ids.push((await folder.begin({ ...meta, source: "aws", startedAt: 5 }).finish([], 6)).id);
    expect(ids[0]).toMatch(/^hr-20261121T030405000Z-[0-9a-f]{6}$/);
    expect(ids.slice(0, 4)).toEqual([...ids.slice(0, 4)].sort());
    expect((await folder.list("hr")).map((m) => m.id)).toEqual(ids.slice(0, 4));
    expect((await folder.list()).map((m) => m.id)).toEqual([ids[4], ...ids.slice(0, 4)]);
    expect(await new SnapshotFolder(join(dir, "none")).list()).toEqual([]);
  });

  it("shows nothing of a read that was aborted or is under way", async () => {
    const folder = new SnapshotFolder(dir);
    const writer = folder.begin(meta);
    await writer.write("workers", "all", node("W1"));
    expect(await folder.list()).toEqual([]);
    await writer.abort();
    await writer.abort();
    expect(readdirSync(dir)).toEqual([]);
    await expect(writer.write("workers", "all", node("W2"))).rejects.toThrow("aborted");
  });

  it("clears away what a killed process left, but not what may still be written", async () => {
    const folder = new SnapshotFolder(dir);
    const old = join(dir, ".writing-hr-old");
    mkdirSync(old);
    utimesSync(old, 1, 1);
    mkdirSync(join(dir, ".writing-hr-new"));
    await folder.begin(meta).abort();
    expect(readdirSync(dir)).toEqual([".writing-hr-new"]);
  });

  const edits: readonly [string, (at: string) => void, RegExp][] = [
    ["a flipped byte", (at) => flip(join(at, "workers.ndjson.gz")), /stream workers/],
    [
      "an edited line",
      (at) => regzip(at, (text) => text.replace("Zoë 1", "Zoë 9")),
      /stream workers.*SHA-256/,
    ],
    ["a line taken out", (at) => regzip(at, (text) => text.slice(text.indexOf("\n") + 1)), /stream workers/],
    ["a truncated file", (at) => truncate(join(at, "workers.ndjson.gz")), /stream workers/],
    [
      "a missing file",
      (at) => execFileSync("rm", [join(at, "workers.ndjson.gz")]),
      /stream workers.*missing/,
    ],
  ];
  it.each(edits)("says which stream of which snapshot does not match: %s", async (_, edit, message) => {
    const { folder, manifest, at } = await written();
    edit(at);
    const error: unknown = await folder.verify(manifest.id).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(InputError);
    expect(String(error)).toMatch(message);
    expect(String(error)).toContain(manifest.id);
    // Not one line of a small stream is handed over before the hash was looked at.
    const seen: string[] = [];
    await expect(
      (async () => {
        for await (const batch of folder.lines(manifest.id, "workers")) seen.push(...batch);
      })(),
    ).rejects.toBeInstanceOf(InputError);
    expect(seen).toEqual([]);
  });

  it.each<[string, (text: string) => string, RegExp]>([
    ["an edited verdict", (text) => text.replace('"complete"', '"failed"'), /SHA-256/],
    ["no JSON", () => "{", /SHA-256/],
  ])("refuses an edited manifest: %s", async (_, edit, message) => {
    const { folder, manifest, at } = await written();
    writeFileSync(join(at, "manifest.json"), edit(readFileSync(join(at, "manifest.json"), "utf8")));
    for (const use of [
      () => folder.manifest(manifest.id),
      () => folder.digestOf(manifest.id),
      () => folder.list(),
    ]) {
      const error: unknown = await use().catch((e: unknown) => e);
      expect(error).toBeInstanceOf(InputError);
      expect(String(error)).toMatch(message);
    }
  });

  it("refuses a manifest that is malformed although its checksum fits, and ids that are none", async () => {
    const { folder, manifest, at } = await written();
    const text = readFileSync(join(at, "manifest.json"), "utf8").replace('"records": 3', '"records": -3');
    writeFileSync(join(at, "manifest.json"), text);
    writeFileSync(join(at, "manifest.sha256"), execFileSync("sha256sum", ["manifest.json"], { cwd: at }));
    await expect(folder.manifest(manifest.id)).rejects.toThrow(/malformed at streams\.workers\.records/);
    for (const id of ["../hr", "hr-20261121T030405000Z-ffffff", ""]) {
      await expect(folder.manifest(id)).rejects.toBeInstanceOf(InputError);
    }
  });

  it("fails as an operation where the folder cannot be written", () => {
    writeFileSync(join(dir, "file"), "");
    expect(() => new SnapshotFolder(join(dir, "file", "snapshots")).begin(meta)).toThrow(OperationError);
  });
});

describe("a full disk", () => {
  // /dev/full answers every write with ENOSPC, as a full file system does.
  it.each([1, 40_000])(
    "is an operation that failed, and leaves nothing half-written (%i records)",
    async (count) => {
      const writer = new SnapshotFolder(dir).begin(meta);
      const [working] = readdirSync(dir);
      symlinkSync("/dev/full", join(dir, working ?? "", "workers.ndjson.gz"));
      const error: unknown = await (async () => {
        for (let i = 0; i < count; i++) await writer.write("workers", "all", node(randomUUID()));
        await writer.finish([read("workers", "all")], 1);
      })().catch((e: unknown) => e);
      expect(error).toBeInstanceOf(OperationError);
      expect(String(error)).toMatch(
        /hr could not be written: the disk is full \(ENOSPC\).*graph stays as it was/,
      );
      expect(readdirSync(dir)).toEqual([]);
    },
  );
});

function flip(path: string): void {
  const bytes = readFileSync(path);
  const at = Math.floor(bytes.length / 2);
  bytes[at] = (bytes[at] ?? 0) ^ 0xff;
  writeFileSync(path, bytes);
}
function truncate(path: string): void {
  writeFileSync(path, readFileSync(path).subarray(0, -12));
}
function regzip(at: string, edit: (text: string) => string): void {
  const path = join(at, "workers.ndjson.gz");
  writeFileSync(path, gzipSync(edit(gunzipSync(readFileSync(path)).toString())));
}
