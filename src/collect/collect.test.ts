import { readdirSync, symlinkSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ListsServer } from "../../test/support/lists-server.js";
import { smallCollector } from "../../test/support/small-collector.js";
import { type GraphRecord, InputError, OperationError, silentLog } from "../model/index.js";
import { type Manifest, SnapshotFolder, type SnapshotMeta } from "../snapshot/index.js";
import { describeAccess } from "./access.js";
import { type Clock, systemClock } from "./clock.js";
import { type CollectOptions, collectSource } from "./collect.js";
import type { AnyCollector, Partition } from "./contract.js";

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

  it("counts a cursor that comes twice as a failure, not as a loop", async () => {
    server.json("/a/users", { items: [{ id: "1" }], next: "two" });
    server.json("/a/users?cursor=two", { items: [{ id: "2" }], next: "three" });
    server.json("/a/users?cursor=three", { items: [{ id: "3" }], next: "two" });
    const manifest = await collect();
    const read = of(manifest, "users", "a");
    expect(read).toMatchObject({ verdict: "partial", counts: { TestUser: 3 }, calls: 3 });
    expect(read.reason).toMatch(/ended after 3 pages: List users gave the same cursor twice/);
    expect(of(manifest, "users", "b").verdict).toBe("complete");
  });

  it("keeps a failure in its stream and partition", async () => {
    server.status("/a/users", 403);
    server.status("/b/groups", 400);
    const manifest = await collect();
    expect(manifest.partitions.map((p) => [p.partition, p.stream, p.verdict])).toEqual([
      ["a", "summary", "complete"],
      ["a", "users", "failed"],
      ["a", "groups", "complete"],
      ["b", "summary", "complete"],
      ["b", "users", "complete"],
      ["b", "groups", "failed"],
    ]);
    expect(of(manifest, "users", "a")).toMatchObject({
      reason: "access denied: the permission test:ListUsers is missing (to list users)",
      counts: {},
      calls: 1,
      errors: 1,
    });
    expect(await ids(manifest)).toEqual(["lists/group/a/g", "lists/user/b/1", "lists/user/b/2"]);
  });

  it("is partial where pages were read before one was denied", async () => {
    server.json("/a/users", { items: [{ id: "1" }], next: "two" });
    server.status("/a/users?cursor=two", 403);
    const read = of(await collect(), "users", "a");
    expect(read).toMatchObject({ verdict: "partial", counts: { TestUser: 1 } });
    expect(read.reason).toMatch(
      /^reading ended after 1 page: access denied: the permission test:ListUsers is missing/,
    );
  });

  it("is failed for every known partition when the system cannot be opened", async () => {
    server.status("/accounts", 401);
    const known = { partitions: ["a", "b", "*"], edges: async () => [] };
    const manifest = await collect({ known });
    expect(manifest.partitions.map((p) => [p.partition, p.stream, p.verdict])).toEqual([
      ["a", "users", "failed"],
      ["a", "groups", "failed"],
      ["b", "users", "failed"],
      ["b", "groups", "failed"],
    ]);
    expect(manifest.partitions[0]?.reason).toBe("the credentials were not accepted");
    // The optional one is no gap, and not something that nobody asks for any more either.
    expect(manifest.notRead?.map((one) => [one.partition, one.stream])).toEqual([
      ["a", "summary"],
      ["b", "summary"],
    ]);
    expect((await collect()).partitions.map((p) => p.partition)).toEqual(["*", "*"]);
    expect(await describeAccess(options(smallCollector()))).toMatchObject({
      problem: "the credentials were not accepted",
      partitions: [],
    });
  });

  it("is failed when the system names no partition, one twice, or a malformed one", async () => {
    for (const [body, reason] of [
      [[], "the system named nothing that could be read"],
      [["a", "a"], "the collector gave the partition a twice"],
      [["a|b"], "the collector gave a malformed partition"],
    ] as const) {
      server.json("/accounts", body);
      expect(of(await collect(), "users", "*")).toMatchObject({ verdict: "failed", reason });
    }
  });

  it("looks without reading", async () => {
    expect(await describeAccess(options(smallCollector()))).toMatchObject({
      source: "lists",
      title: "Test",
      problem: undefined,
      partitions: [{ id: "a" }, { id: "b" }],
    });
    expect(server.requests).toEqual(["/accounts"]);
  });

  it("names the keys of a configuration that is wrong", async () => {
    const source = { ...options(smallCollector()).source, settings: { url: 5 } };
    const error: unknown = await collect({ source }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(InputError);
    expect(String(error)).toContain("sources.lists.url");
  });
});

describe("totals, rejects and notes", () => {
  it("make a read partial where fewer were read than the system counts, and name both numbers", async () => {
    server.json("/a/summary", { items: [], total: 3 });
    server.json("/b/summary", { items: [], total: 2 });
    const manifest = await collect();
    expect(of(manifest, "users", "a")).toMatchObject({
      verdict: "partial",
      reason: "the system counts 3 TestUser, and 2 were read",
      totals: { TestUser: 3 },
    });
    expect(of(manifest, "users", "b")).toMatchObject({ verdict: "complete", totals: { TestUser: 2 } });
    expect(of(manifest, "summary", "a").totals).toBeUndefined();
  });

  it("leave the verdict alone where an optional stream cannot be read", async () => {
    server.status("/a/summary", 403);
    const manifest = await collect();
    expect(manifest.partitions.map((p) => p.stream).filter((s) => s === "summary")).toHaveLength(1);
    expect(of(manifest, "users", "a")).toMatchObject({ verdict: "complete" });
    expect(manifest.notRead).toMatchObject([{ stream: "summary", partition: "a" }]);
    expect(manifest.notRead?.[0]?.reason).toContain("access denied");
  });

  it("reject a row and go on, and note what is odd", async () => {
    server.json("/a/users", { items: [{ id: "" }, { id: "1", name: null }, { id: "" }] });
    expect(of(await collect(), "users", "a")).toMatchObject({
      verdict: "partial",
      reason: "2 rows were rejected (the first: an item, it has no id)",
      rejected: [
        { where: "an item", reason: "it has no id" },
        { where: "an item", reason: "it has no id" },
      ],
      rejectedCount: 2,
      notes: ["an item without a name"],
      counts: { TestUser: 1 },
    });
  });
});

describe("retry", () => {
  /** Answers as told, once each, and then with the list. */
  const first = (...answers: ((response: ServerResponse) => void)[]) => {
    server.answers.set("/a/users", (_, response, count) => {
      const answer = answers[count - 1];
      if (answer !== undefined) answer(response);
      else response.end(JSON.stringify({ items: [{ id: "1" }] }));
    });
  };
  const status =
    (code: number, headers: Record<string, string> = {}) =>
    (response: ServerResponse) => {
      response.writeHead(code, headers).end("{}");
    };

  it.each<[string, (now: number) => Record<string, string>, number]>([
    ["seconds", () => ({ "retry-after": "120" }), 120_000 + 500],
    ["an HTTP date", (now) => ({ "retry-after": new Date(now + 30_000).toUTCString() }), 30_000 + 500],
    ["a date that has passed", (now) => ({ "retry-after": new Date(now - 30_000).toUTCString() }), 0],
    [
      "a reset as an instant",
      (now) => ({ "x-ratelimit-remaining": "0", "x-ratelimit-reset": `${now / 1000 + 60}` }),
      60_500,
    ],
    ["a reset in seconds", () => ({ "ratelimit-remaining": "0", "ratelimit-reset": "7" }), 7_350],
    ["nothing", () => ({}), 250],
  ])("waits as a 429 says, in %s", async (_, headers, wait) => {
    first(status(429, headers(clock.now())));
    expect(of(await collect(), "users", "a")).toMatchObject({ verdict: "complete", calls: 2, errors: 1 });
    // A limit holds every call of the source back, so the wait can show more than once.
    expect(clock.waits.filter((ms) => ms > 1)).toEqual(wait === 0 ? [] : expect.arrayContaining([wait]));
    expect(Math.max(0, ...clock.waits)).toBe(wait);
  });

  it("backs off from errors of the server and from cut connections, with full jitter", async () => {
    first(
      status(503),
      status(500),
      (response) => response.destroy(),
      (response) => {
        response.writeHead(200, { "content-length": "100" });
        response.write('{"items": [');
        response.destroy();
      },
    );
    expect(of(await collect(), "users", "a")).toMatchObject({ verdict: "complete", calls: 5, errors: 4 });
    expect(clock.waits.filter((ms) => ms > 1)).toEqual([250, 500, 1_000, 2_000]);
  });

  it("gives up after so many tries, and says what happened", async () => {
    server.status("/a/users", 429);
    const manifest = await collect({ limits: { attempts: 3 } });
    expect(of(manifest, "users", "a")).toMatchObject({ verdict: "failed", calls: 3, errors: 3 });
    expect(of(manifest, "users", "a").reason).toMatch(/^List users was throttled 3 times in \d+ s/);
    expect(of(manifest, "users", "b").verdict).toBe("complete");
  });

  it("gives up at once where the system asks for more time than there is", async () => {
    server.status("/a/users", 429, { "retry-after": "86400" });
    const read = of(await collect(), "users", "a");
    expect(read).toMatchObject({ verdict: "failed", calls: 1 });
    expect(read.reason).toContain("the next try would be 864");
    expect(clock.now() - Date.UTC(2026, 10, 21)).toBeLessThan(600_000);
  });

  it("does not repeat what will not get better", async () => {
    for (const code of [400, 401, 403, 404]) {
      server.requests.length = 0;
      server.status("/a/users", code);
      await collect();
      expect(server.requests.filter((path) => path === "/a/users")).toHaveLength(1);
    }
  });

  it("counts a connection that goes silent as cut", async () => {
    first(() => undefined);
    expect(of(await collect({ limits: { attemptMs: 50 } }), "users", "a")).toMatchObject({
      verdict: "complete",
      calls: 2,
      errors: 1,
    });
  });

  it("counts a system that is not there as failed", async () => {
    const gone = await ListsServer.start();
    const source = { ...options(smallCollector()).source, settings: { url: gone.url } };
    await gone.stop();
    const manifest = await collect({ source, limits: { attempts: 2 } });
    expect(of(manifest, "users", "*").reason).toMatch(
      /^List accounts failed \(fetch failed, ECONNREFUSED\) 2 times in 0 s/,
    );
  });
});

describe("rate limit", () => {
  it("keeps to so many calls a second, over all partitions", async () => {
    server.json("/accounts", ["a", "b", "a2", "b2"]);
    const started = clock.now();
    await collect({}, smallCollector({ requestsPerSecond: 2, concurrency: 4 }));
    // Thirteen calls: a burst of two, then two a second.
    expect(server.requests).toHaveLength(13);
    expect(clock.now() - started).toBeGreaterThanOrEqual(5_500);
  });

  it("paces calls by its own clock where reads are dated by one that stands still", async () => {
    server.status("/a/users", 429, { "retry-after": "1" });
    const manifest = await collect({ now: () => 5_000, limits: { attempts: 2 } });
    expect(of(manifest, "users", "a")).toMatchObject({ verdict: "failed", calls: 2, dataTime: 5_000 });
    expect(manifest.startedAt).toBe(5_000);
  });

  it("keeps to so many calls at once", async () => {
    server.json("/accounts", ["a", "b", "c", "d", "e"]);
    let running = 0;
    let most = 0;
    for (const account of ["a", "b", "c", "d", "e"]) {
      for (const stream of ["summary", "users", "groups"]) {
        server.answers.set(`/${account}/${stream}`, async (_, response) => {
          running += 1;
          most = Math.max(most, running);
          await new Promise((resolve) => setImmediate(resolve));
          running -= 1;
          response.end('{"items":[]}');
        });
      }
    }
    await collect({}, smallCollector({ concurrency: 2 }));
    expect(most).toBeLessThanOrEqual(2);
  });
});

describe("an abort", () => {
  it.each<[string, (abort: () => void) => AnyCollector]>([
    [
      "in a call that never answers",
      (abort) => {
        server.answers.set("/a/users", abort);
        return smallCollector();
      },
    ],
    [
      "in a read that does not listen",
      (abort) =>
        smallCollector({
          async *read() {
            abort();
            await new Promise(() => undefined);
          },
        }),
    ],
    [
      "while a page is converted",
      (abort) =>
        smallCollector({
          *convert() {
            for (let i = 0; ; i++) {
              if (i === 5_000) setImmediate(abort);
              yield {
                kind: "node",
                key: `lists/user/${i}`,
                label: "Account",
                provider: "TestUser",
                props: {},
              };
            }
          },
        }),
    ],
    [
      "while a call waits to be tried again",
      (abort) => {
        server.answers.set("/a/users", (_, response) => {
          response.writeHead(429, { "retry-after": "300" }).end();
          setImmediate(abort);
        });
        return smallCollector();
      },
    ],
  ])("%s ends the read within a second and leaves nothing", async (_, prepare) => {
    const controller = new AbortController();
    let at = 0;
    const collector = prepare(() => {
      at = Date.now();
      controller.abort();
    });
    const error: unknown = await collect(
      { signal: controller.signal, record: "raw", clock: systemClock },
      collector,
    ).catch((e: unknown) => e);
    expect(Date.now() - at).toBeLessThan(1_000);
    expect(error).toBeInstanceOf(OperationError);
    expect(String(error)).toContain("Reading lists was cancelled");
    expect(await readdir(join(dir, "snapshots"))).toEqual([]);
    expect(await readdir(join(dir, "raw"))).toEqual([]);
  });

  it("before anything began does not ask the system", async () => {
    await expect(collect({ signal: AbortSignal.abort() })).rejects.toBeInstanceOf(OperationError);
    expect(server.requests).toEqual([]);
  });
});

describe("a disk that is full", () => {
  it("ends the read as an operation that failed, and leaves nothing", async () => {
    const folder = new SnapshotFolder(join(dir, "snapshots"));
    const snapshots = {
      begin: (meta: SnapshotMeta) => {
        const writer = folder.begin(meta);
        const [working] = readdirSync(join(dir, "snapshots"));
        symlinkSync("/dev/full", join(dir, "snapshots", working ?? "", "groups.ndjson.gz"));
        return writer;
      },
      list: folder.list.bind(folder),
      manifest: folder.manifest.bind(folder),
      lines: folder.lines.bind(folder),
      verify: folder.verify.bind(folder),
      digestOf: folder.digestOf.bind(folder),
    };
    const error: unknown = await collect({ snapshots, record: "raw" }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(OperationError);
    expect(String(error)).toContain("lists could not be written: the disk is full");
    expect(await readdir(join(dir, "snapshots"))).toEqual([]);
  });
});

describe("a session", () => {
  it.each<[string, () => void, string]>([
    ["a read", () => undefined, "complete"],
    ["a failure to list the partitions", () => server.status("/accounts", 403), "failed"],
  ])("is closed after %s", async (_, prepare, verdict) => {
    prepare();
    let closed = 0;
    const manifest = await collect({}, smallCollector({ close: () => (closed += 1) }));
    expect(manifest.partitions[0]?.verdict).toBe(verdict);
    expect(closed).toBe(1);
  });

  it("that does not close holds nobody up after an abort", async () => {
    const controller = new AbortController();
    server.answers.set("/a/users", () => {
      controller.abort();
    });
    const close = () => new Promise<void>(() => undefined);
    await expect(collect({ signal: controller.signal }, smallCollector({ close }))).rejects.toBeInstanceOf(
      OperationError,
    );
  });
});

it("hands on which properties a record is unsure of, each once and in order", async () => {
  const record: GraphRecord = {
    kind: "node",
    key: "lists/user/1",
    label: "Account",
    provider: "TestUser",
    props: { status: "unknown" },
    unsure: ["status", "size", "status"],
  };
  const { id } = await collect({}, smallCollector({ convert: () => [record] }));
  const lines: string[] = [];
  for await (const batch of new SnapshotFolder(join(dir, "snapshots")).lines(id, "users"))
    lines.push(...batch);
  expect(lines[0]).toContain('"unsure":["size","status"]');
});

describe("a collector that breaks its contract", () => {
  const user = (props: object, more: object = {}) =>
    ({
      kind: "node",
      key: "lists/user/1",
      label: "Account",
      provider: "TestUser",
      props,
      ...more,
    }) as GraphRecord;
  it.each<[string, GraphRecord, RegExp]>([
    ["an undeclared property", user({ secret: "x" }), /does not declare the property secret of TestUser/],
    ["null", user({ status: null }), /property status of TestUser.*null: leave out what is unknown/],
    ["a map", user({ status: { a: 1 } }), /property status of TestUser is not text/],
    ["a number that is none", user({ size: Number.NaN }), /property size/],
    ["a mixed list", user({ tags: ["a", 1] }), /property tags/],
    ["a name that is no text", user({ name: 5 }), /name of TestUser is not text/],
    ["an undeclared node", user({}, { provider: "TestGroup" }), /does not declare the node TestGroup/],
    [
      "an undeclared edge",
      { kind: "edge", type: "MEMBER_OF", from: "lists/user/1", to: "lists/user/2", props: {} },
      /does not declare the edge MEMBER_OF/,
    ],
    ["another source's key", user({}, { key: "other/user/1" }), /key of a record of type TestUser/],
    ["a key without an id", user({}, { key: "lists/user/" }), /key of a record/],
    ["a key with a bar", user({}, { key: "lists/user/a|b" }), /key of a record/],
    ["a key with half a character", user({}, { key: "lists/user/\ud800" }), /key of a record/],
    [
      "an edge of another source",
      { kind: "edge", type: "OWNED_BY", from: "other/user/1", to: "lists/user/2", props: {} },
      /key of a record of type OWNED_BY/,
    ],
    [
      "an undeclared property of a reference",
      user({ owner: "x" }, { key: "ref/aws-arn/x" }),
      /property owner/,
    ],
    ["doubt about what it does not declare", user({}, { unsure: ["owner"] }), /unsure of owner.*TestUser/],
  ])("fails its stream and names it: %s", async (_, record, reason) => {
    const good: GraphRecord = user({}, { key: "lists/user/good" });
    const manifest = await collect({}, smallCollector({ convert: () => [good, record] }));
    const read = of(manifest, "users", "a");
    expect(read).toMatchObject({ verdict: "failed", counts: {} });
    expect(read.reason).toMatch(/^the collector test broke its contract in stream users: /);
    expect(read.reason).toMatch(reason);
    expect(of(manifest, "groups", "a").verdict).toBe("complete");
    // What it gave before is not kept either.
    expect(await ids(manifest)).toEqual(["lists/group/a/g", "lists/group/b/g"]);
  });

  it("fails its stream where a page is not understood, without quoting it", async () => {
    server.json("/a/users", { items: [{ id: "1" }], next: "two" });
    server.json("/a/users?cursor=two", { items: [{ id: "2" }] });
    let pages = 0;
    const convert = () => {
      pages += 1;
      if (pages === 2) JSON.parse("CANARY");
      return [user({})];
    };
    const manifest = await collect({}, smallCollector({ convert, concurrency: 1 }));
    expect(of(manifest, "users", "a")).toMatchObject({
      verdict: "failed",
      reason: "page 2 was not understood: the answer is not valid JSON",
    });
  });

  it("fails its stream with a total that is no count, and reads on with a data time that is no instant", async () => {
    server.json("/a/summary", { items: [], total: 1.5 });
    const manifest = await collect();
    expect(manifest.notRead?.[0]?.reason).toBe("the total that was given for TestUser is no count");
    expect(of(manifest, "users", "a").verdict).toBe("complete");
    // biome-ignore lint/correctness/useYield: it fails before its first page
    const read = async function* (_: string, __: Partition, io: { dataTime(instant: number): void }) {
      io.dataTime(Date.parse("not_supported"));
    };
    expect(of(await collect({}, smallCollector({ read })), "users", "a")).toMatchObject({
      verdict: "failed",
      reason: "the collector gave a data time that is no instant",
    });
  });

  it("is told of records that come again with other content", async () => {
    const manifest = await collect(
      {},
      smallCollector({ convert: () => [user({ size: 1 }), user({ size: 2 }), user({ size: 1 })] }),
    );
    expect(of(manifest, "users", "a")).toMatchObject({
      verdict: "complete",
      counts: { TestUser: 1 },
      notes: ["1 records came again with other content; the first was kept"],
    });
  });

  it("may leave properties undefined, and may name what it only refers to", async () => {
    const manifest = await collect(
      {},
      smallCollector({
        convert: () => [
          user({ status: undefined, size: 3, tags: [] }, { aliases: ["b", "a", "b", ""] }),
          user({ name: "Ext" }, { key: "ref/aws-account/123" }),
          {
            kind: "edge",
            type: "OWNED_BY",
            from: "lists/user/1",
            to: "ref/mail/x@y",
            discriminator: "",
            props: { basis: "tag" },
          },
        ],
      }),
    );
    const folder = new SnapshotFolder(join(dir, "snapshots"));
    const lines: string[] = [];
    for await (const batch of folder.lines(manifest.id, "users")) lines.push(...batch);
    expect(lines[0]).toContain('"aliases":["a","b"]');
    expect(lines[0]).toContain('"props":{"size":3,"tags":[]}');
    expect(of(manifest, "users", "a")).toMatchObject({
      verdict: "complete",
      counts: { OWNED_BY: 1, TestUser: 2 },
    });
  });

  it("fails where a page is not JSON", async () => {
    const read = async function* () {
      yield () => 1;
    };
    expect(of(await collect({}, smallCollector({ read })), "users", "a").reason).toMatch(/not JSON/);
  });
});

describe("finish", () => {
  const record: GraphRecord = {
    kind: "edge",
    type: "OWNED_BY",
    from: "lists/user/1",
    to: "lists/user/2",
    props: {},
  };

  it("gives records that need more than one stream to the stream that owns them", async () => {
    const seen: string[][] = [];
    const finish = (users: ReadonlySet<string>) => {
      seen.push([...users]);
      return [{ stream: "groups", record }];
    };
    const manifest = await collect({}, smallCollector({ finish }));
    expect(seen).toEqual([
      ["1", "2", "g"],
      ["1", "2", "g"],
    ]);
    expect(of(manifest, "groups", "a")).toMatchObject({ counts: { OWNED_BY: 1, TestGroup: 1 } });
  });

  it("adds nothing to a stream that was not read", async () => {
    server.status("/a/groups", 403);
    const manifest = await collect({}, smallCollector({ finish: () => [{ stream: "groups", record }] }));
    expect(of(manifest, "groups", "a")).toMatchObject({ verdict: "failed", counts: {} });
  });

  it("makes what was read partial where it fails", async () => {
    const finish = () => {
      throw new Error("no idea");
    };
    const manifest = await collect({}, smallCollector({ finish }));
    expect(new Set(manifest.partitions.map((p) => [p.verdict, p.reason].join(": ")))).toEqual(
      new Set(["partial: putting its streams together failed: no idea"]),
    );
  });
});
