import { readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ListsServer } from "../../test/support/lists-server.js";
import { smallCollector } from "../../test/support/small-collector.js";
import { InputError, OperationError, silentLog } from "../model/index.js";
import { type Manifest, SnapshotFolder } from "../snapshot/index.js";
import { describeAccess } from "./access.js";
import { type CollectOptions, collectSource } from "./collect.js";

let server: ListsServer;
let dir: string;
beforeEach(async () => {
  server = await ListsServer.start();
  dir = await mkdtemp(join(tmpdir(), "exitgraph-replay-"));
  await mkdir(join(dir, "raw"));
});
afterEach(async () => {
  await server.stop();
  await rm(dir, { recursive: true, force: true });
});

const NOW = Date.UTC(2026, 10, 21);
function options(
  extra: Partial<CollectOptions> & { recording?: string; partitions?: readonly string[] },
): CollectOptions {
  const { recording, partitions, ...rest } = extra;
  return {
    source: { name: "lists", type: "test", recording, schedule: undefined, settings: { url: server.url } },
    collector: smallCollector(),
    snapshots: new SnapshotFolder(join(dir, "snapshots")),
    known: { partitions: partitions ?? [], edges: async () => [] },
    signal: new AbortController().signal,
    log: silentLog,
    baseDir: dir,
    timeZone: "UTC",
    now: () => NOW,
    limits: { attempts: 1 },
    ...rest,
  };
}
const replay = (partitions: readonly string[] = []) =>
  collectSource(options({ recording: "raw", partitions }));
async function lines(manifest: Manifest): Promise<readonly string[]> {
  const folder = new SnapshotFolder(join(dir, "snapshots"));
  const found: string[] = [];
  for (const stream of Object.keys(manifest.streams)) {
    for await (const batch of folder.lines(manifest.id, stream)) found.push(...batch);
  }
  // Partitions are read at once, so their records may take turns in another order.
  return found.sort();
}
function verdicts(manifest: Manifest): readonly string[] {
  return manifest.partitions.map((p) => `${p.partition} ${p.stream} ${p.verdict}`);
}
function reasonOf(manifest: Manifest, stream: string, partition: string): string | undefined {
  return manifest.partitions.find((p) => p.stream === stream && p.partition === partition)?.reason;
}
function raw(name: string, content: unknown): void {
  const bytes = typeof content === "string" || Buffer.isBuffer(content) ? content : JSON.stringify(content);
  writeFileSync(join(dir, "raw", name), bytes);
}
const users = (account: string | undefined, ...ids: string[]) => ({
  account,
  items: ids.map((id) => ({ id })),
});

describe("record and replay", () => {
  beforeEach(() => {
    server.json("/accounts", ["a", "b", "c"]);
    for (const account of ["a", "b", "c"]) {
      server.json(`/${account}/summary`, { items: [], total: account === "b" ? 5 : 2 });
      server.json(`/${account}/users`, {
        items: [{ id: "1", name: "Zoë" }, { id: "" }, { id: "2", name: null }],
        next: "p2",
      });
      server.json(`/${account}/users?cursor=p2`, { items: [], next: "p3" });
      server.json(`/${account}/users?cursor=p3`, { items: [{ id: "3" }] });
      server.json(`/${account}/groups`, { items: [] });
    }
    server.status("/a/summary", 403);
    server.status("/b/groups", 403);
    server.status("/c/users?cursor=p3", 400);
  });

  it("come to the same records, verdicts, reasons, times, totals and counts", async () => {
    const finish = (all: ReadonlySet<string>) =>
      [...all].map((id) => ({
        stream: "groups",
        record: {
          kind: "edge",
          type: "OWNED_BY",
          from: `lists/user/x/${id}`,
          to: "ref/mail/a@b",
          props: {},
        } as const,
      }));
    const collector = smallCollector({ finish });
    const live = await collectSource(options({ record: "kept", collector, now: Date.now }));
    await server.stop();
    const replayed = await collectSource(options({ recording: "kept", collector }));
    expect(verdicts(live)).toEqual([
      "a users partial",
      "a groups complete",
      "b summary complete",
      "b users partial",
      "b groups failed",
      "c summary complete",
      "c users partial",
      "c groups complete",
    ]);
    expect(replayed.partitions).toEqual(live.partitions);
    expect(replayed.notRead).toEqual(live.notRead);
    expect(await lines(replayed)).toEqual(await lines(live));
    expect((await lines(live)).length).toBeGreaterThan(10);
    // A page a line, as it came, in private files.
    const pages = readFileSync(join(dir, "kept", "users.ndjson"), "utf8")
      .trimEnd()
      .split("\n");
    expect(pages).toHaveLength(8);
    for (const name of readdirSync(join(dir, "kept"))) {
      expect(statSync(join(dir, "kept", name)).mode & 0o777).toBe(0o600);
    }
    server = await ListsServer.start();
  });

  it("come to the same failure where the system could not be opened", async () => {
    server.status("/accounts", 401);
    const live = await collectSource(options({ record: "kept", partitions: ["a"] }));
    const replayed = await collectSource(options({ recording: "kept", partitions: ["a"] }));
    expect(verdicts(live)).toEqual(["a users failed", "a groups failed"]);
    expect(replayed.partitions).toEqual(live.partitions);
  });

  it("refuse a folder that holds a recording, and do not record what is one", async () => {
    await collectSource(options({ record: "kept" }));
    await expect(collectSource(options({ record: "kept" }))).rejects.toBeInstanceOf(InputError);
    expect(await new SnapshotFolder(join(dir, "snapshots")).list()).toHaveLength(1);
    const warnings: string[] = [];
    const log = { ...silentLog, warn: (message: string) => warnings.push(message) };
    await collectSource(options({ record: "other", recording: "kept", log }));
    expect(warnings[0]).toContain("nothing to record");
    expect(readdirSync(dir)).not.toContain("other");
  });

  it("fail as an operation where the recording cannot be written", async () => {
    writeFileSync(join(dir, "file"), "");
    await expect(collectSource(options({ record: "file/kept" }))).rejects.toBeInstanceOf(OperationError);
  });

  it("see what was taken out of a recording", async () => {
    await collectSource(options({ record: "kept" }));
    const path = join(dir, "kept", "users.ndjson");
    const pages = readFileSync(path, "utf8").trimEnd().split("\n");
    writeFileSync(path, pages.slice(1).join("\n"));
    const shorter = await collectSource(options({ recording: "kept" }));
    expect(reasonOf(shorter, "users", "a")).toBe("users.ndjson has 7 pages, but recording.json names 8");
    expect(shorter.partitions.filter((p) => p.stream === "users").map((p) => p.verdict)).toEqual([
      "failed",
      "failed",
      "failed",
    ]);
    await rm(path);
    const without = await collectSource(options({ recording: "kept" }));
    expect(reasonOf(without, "users", "a")).toBe("the recording holds no users");
    await cp(join(dir, "kept"), join(dir, "again"), { recursive: true });
    writeFileSync(join(dir, "again", "recording.json"), '{"schemaVersion": 1}');
    const malformed = await collectSource(options({ recording: "again" }));
    expect(reasonOf(malformed, "users", "*")).toMatch(/recording\.json of the recording .* is malformed/);
  });

  it("refuse a recording of another system", async () => {
    await collectSource(options({ record: "kept" }));
    const path = join(dir, "kept", "recording.json");
    writeFileSync(path, readFileSync(path, "utf8").replace('"system": "test"', '"system": "entra"'));
    await expect(collectSource(options({ recording: "kept" }))).rejects.toThrow(
      /is one of entra.*configured as test/,
    );
  });
});

describe("what a vendor's command line printed", () => {
  it("is a page in a file, with the file's time or the page's own", async () => {
    raw("users.json", users("a", "1", "2"));
    utimesSync(join(dir, "raw", "users.json"), 1_700_000_000, 1_700_000_000);
    raw("groups.json", { ...users("a", "g"), at: 1_600_000_000_000 });
    const manifest = await replay();
    expect(verdicts(manifest)).toEqual(["a users complete", "a groups complete"]);
    expect(manifest.partitions.map((p) => p.dataTime)).toEqual([1_700_000_000_000, 1_600_000_000_000]);
    expect(manifest.notRead).toEqual([
      { stream: "summary", partition: "a", reason: "the recording holds no summary" },
    ]);
    expect(server.requests).toEqual([]);
  });

  const text = JSON.stringify(users("a", "Zoë"), null, 2);
  it.each<[string, string | Buffer]>([
    ["UTF-8 with a byte order mark", `\ufeff${text}`],
    ["UTF-16 LE with a byte order mark (PowerShell)", Buffer.from(`\ufeff${text}`, "utf16le")],
    ["UTF-16 BE without one", Buffer.from(text, "utf16le").swap16()],
  ])("may be %s", async (_, bytes) => {
    raw("users.json", bytes);
    raw("groups.json", users("a"));
    expect((await lines(await replay()))[0]).toContain('"name":"Zoë"');
  });

  it.each<[string, (text: string) => string | Buffer]>([
    ["UTF-8", (t) => t],
    ["UTF-16", (t) => Buffer.from(`\ufeff${t}`, "utf16le")],
    ["Windows line breaks and blank lines", (t) => `\r\n${t.replaceAll("\n", "\r\n\r\n")}`],
  ])("may be pages a line in %s, and the partitions are those of its pages", async (_, encode) => {
    const pages = [users("a", "1"), users("b", "1"), { ...users("a", "2"), more: true }, users("a", "3")];
    raw("users.ndjson", encode(`${pages.map((page) => JSON.stringify(page)).join("\n")}\n`));
    raw("groups.ndjson", encode(JSON.stringify(users("b", "g"))));
    const manifest = await replay();
    expect(verdicts(manifest)).toEqual([
      "a users complete",
      "a groups failed",
      "b users complete",
      "b groups complete",
    ]);
    expect(reasonOf(manifest, "groups", "a")).toBe("the recording holds no groups of a");
    expect(manifest.partitions[0]?.counts).toEqual({ TestUser: 3 });
  });

  it("never merges two accounts that lie in one folder", async () => {
    raw("users.json", users("a", "1"));
    raw("groups.json", users("b", "g"));
    const manifest = await replay();
    expect(verdicts(manifest)).toEqual([
      "a users complete",
      "a groups failed",
      "b users failed",
      "b groups complete",
    ]);
  });

  it("is partial where the page says that more would follow", async () => {
    raw("users.json", { ...users("a", "1"), more: true });
    raw("groups.json", users("a", "g"));
    const manifest = await replay();
    expect(verdicts(manifest)).toEqual(["a users partial", "a groups complete"]);
    expect(reasonOf(manifest, "users", "a")).toBe("the recording ends where more pages would follow");
  });

  it("was not read where a stream, or a known partition, is missing", async () => {
    raw("users.json", users("a", "1"));
    const manifest = await replay(["a", "b", "*"]);
    expect(verdicts(manifest)).toEqual([
      "a users complete",
      "a groups failed",
      "b users failed",
      "b groups failed",
    ]);
    expect(reasonOf(manifest, "groups", "a")).toBe("the recording holds no groups");
    expect(reasonOf(manifest, "users", "b")).toBe("the recording holds no users of b");
  });

  it("belongs to the only partition there is, where it names none", async () => {
    raw("users.json", users("a", "1"));
    raw("groups.json", users(undefined, "g"));
    expect(verdicts(await replay())).toEqual(["a users complete", "a groups complete"]);
  });

  it("is not guessed to belong to one of several partitions", async () => {
    raw("users.ndjson", [users("a", "1"), users("b", "1")].map((p) => JSON.stringify(p)).join("\n"));
    raw("groups.json", users(undefined, "g"));
    const manifest = await replay();
    expect(verdicts(manifest)).toEqual([
      "a users complete",
      "a groups failed",
      "b users complete",
      "b groups failed",
    ]);
    expect(reasonOf(manifest, "groups", "a")).toBe(
      "its pages do not say which partition groups.json speaks of",
    );
    raw("users.ndjson", JSON.stringify(users(undefined, "1")));
    expect(reasonOf(await replay(), "users", "*")).toBe(
      "no page says which partition users.ndjson speaks of; no page says which partition groups.json speaks of",
    );
  });

  it.each<[string, string, string | Buffer, RegExp]>([
    [
      "JSON that breaks off",
      "users.json",
      '{\n  "items": [\n    {"id": "CANARY"',
      /^users\.json is not valid JSON at line 3$/,
    ],
    [
      "JSON with a mistake",
      "users.json",
      '{\n  "items": [\n    CANARY]}',
      /^users\.json is not valid JSON at line 3$/,
    ],
    ["an empty file", "users.json", "", /^the recording holds no users of a$/],
    [
      "a broken line",
      "users.ndjson",
      `${JSON.stringify(users("a", "1"))}\n\n{"items": CANARY}\n`,
      /^users\.ndjson is not valid JSON at line 3$/,
    ],
    ["another shape", "users.json", '{"Users": ["CANARY"]}', /^users\.json does not look like users$/],
    [
      "bytes that are no text",
      "users.json",
      Buffer.from([0x7b, 0xff, 0xc0, 0x7d]),
      /^users\.json is neither UTF-8 nor UTF-16 text$/,
    ],
  ])("fails its stream, with file and line and without quoting it: %s", async (_, name, content, reason) => {
    raw(name, content);
    raw("groups.json", users("a", "g"));
    const manifest = await replay();
    expect(verdicts(manifest)).toEqual(["a users failed", "a groups complete"]);
    expect(reasonOf(manifest, "users", "a")).toMatch(reason);
    expect(JSON.stringify(manifest)).not.toContain("CANARY");
  });

  it("is not read where two files could be meant", async () => {
    raw("users.json", users("a", "1"));
    raw("users.ndjson", JSON.stringify(users("a", "1")));
    raw("groups.json", users("a", "g"));
    expect(reasonOf(await replay(), "users", "a")).toContain("both users.ndjson and users.json");
  });

  it("is failed where the folder is empty or missing", async () => {
    expect(reasonOf(await replay(["a"]), "users", "a")).toBe("the recording holds no users");
    expect(reasonOf(await replay(), "users", "*")).toBe(
      "the recording holds no users; the recording holds no groups",
    );
    await rm(join(dir, "raw"), { recursive: true });
    expect(reasonOf(await replay(["a"]), "users", "a")).toMatch(/^the recording .*raw does not exist$/);
    const report = await describeAccess(options({ recording: "raw" }));
    expect(report.problem).toMatch(/does not exist$/);
  });

  it("is read line by line where it is larger than its buffer", async () => {
    const pages = Array.from({ length: 300 }, (_, p) =>
      users("a", ...Array.from({ length: 100 }, (_, i) => `${p}-${i}-Żółć`)),
    );
    raw("users.ndjson", pages.map((page) => JSON.stringify(page)).join("\n"));
    raw("groups.json", users("a", "g"));
    const manifest = await replay();
    expect(manifest.partitions[0]).toMatchObject({ verdict: "complete", counts: { TestUser: 30_000 } });
  });
});
