import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ListsServer } from "../../test/support/lists-server.js";
import { smallCollector } from "../../test/support/small-collector.js";
import { InputError, OperationError, silentLog } from "../model/index.js";
import { type Manifest, SnapshotFolder } from "../snapshot/index.js";
import { describeAccess } from "./access.js";
import type { Clock } from "./clock.js";
import { type CollectOptions, collectSource } from "./collect.js";
import type { AnyCollector } from "./contract.js";

let server: ListsServer;
let dir: string;
/** A clock that goes forward by what is waited for, and nothing else. */
let clock: Clock & { waits: number[] };

beforeEach(async () => {
  server = await ListsServer.start();
  dir = await mkdtemp(join(tmpdir(), "exitgraph-collect-"));
  let now = Date.UTC(2026, 10, 21);
  const waits: number[] = [];
  clock = {
    waits,
    now: () => now,
    random: () => 0.5,
    sleep: async (ms) => {
      waits.push(ms);
      now += ms;
    },
  };
  server.json("/accounts", ["a", "b"]);
  for (const account of ["a", "b"]) {
    server.json(`/${account}/summary`, { items: [] });
    server.json(`/${account}/users`, { items: [{ id: "1", name: "Ann" }, { id: "2" }] });
    server.json(`/${account}/groups`, { items: [{ id: "g" }] });
  }
});
afterEach(async () => {
  await server.stop();
  await rm(dir, { recursive: true, force: true });
});

function options(collector: AnyCollector, extra: Partial<CollectOptions> = {}): CollectOptions {
  return {
    source: {
      name: "lists",
      type: "test",
      recording: undefined,
      schedule: undefined,
      settings: { url: server.url },
    },
    collector,
    snapshots: new SnapshotFolder(join(dir, "snapshots")),
    known: { partitions: [], edges: async () => [] },
    signal: new AbortController().signal,
    log: silentLog,
    baseDir: dir,
    timeZone: "UTC",
    clock,
    ...extra,
  };
}
const collect = (
  extra: Partial<CollectOptions> = {},
  collector = smallCollector({ now: () => clock.now() }),
) => collectSource(options(collector, extra));
function of(manifest: Manifest, stream: string, partition: string) {
  const read = manifest.partitions.find((p) => p.stream === stream && p.partition === partition);
  if (read === undefined) throw new Error(`no read of ${stream} ${partition}`);
  return read;
}
async function ids(manifest: Manifest): Promise<string[]> {
  const folder = new SnapshotFolder(join(dir, "snapshots"));
  const found: string[] = [];
  for (const stream of Object.keys(manifest.streams)) {
    for await (const batch of folder.lines(manifest.id, stream)) {
      found.push(...batch.map((line) => line.slice(7, line.indexOf('"', 7))));
    }
  }
  return found.sort();
}

describe("collectSource", () => {
  it("reads every stream of every partition, and says it is complete", async () => {
    const manifest = await collect();
    expect(manifest.partitions.map((p) => [p.partition, p.stream, p.verdict, p.reason])).toEqual([
      ["a", "summary", "complete", undefined],
      ["a", "users", "complete", undefined],
      ["a", "groups", "complete", undefined],
      ["b", "summary", "complete", undefined],
      ["b", "users", "complete", undefined],
      ["b", "groups", "complete", undefined],
    ]);
    expect(of(manifest, "users", "a")).toMatchObject({
      counts: { TestUser: 2 },
      calls: 1,
      errors: 0,
      scope: ["account:a"],
      dataTime: Date.UTC(2026, 10, 21),
    });
    expect(await ids(manifest)).toEqual([
      "lists/group/a/g",
      "lists/group/b/g",
      "lists/user/a/1",
      "lists/user/a/2",
      "lists/user/b/1",
      "lists/user/b/2",
    ]);
  });

  it("follows pages over an empty one in the middle", async () => {
    server.json("/a/users", { items: [{ id: "1" }], next: "two" });
    server.json("/a/users?cursor=two", { items: [], next: "three" });
    server.json("/a/users?cursor=three", { items: [{ id: "3" }], next: "" });
    const manifest = await collect();
    expect(of(manifest, "users", "a")).toMatchObject({
      verdict: "complete",
      counts: { TestUser: 2 },
      calls: 3,
    });
  });
});
