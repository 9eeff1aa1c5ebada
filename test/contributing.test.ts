import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { collectSource } from "../src/collect/index.js";
import { EmbeddedStore } from "../src/graph/embedded.js";
import { packageRoot, silentLog } from "../src/model/index.js";
import { runCase } from "../src/reconcile/cases/run.js";
import { loadCases } from "../src/reconcile/cases/schema.js";
import { loadRules } from "../src/reconcile/rules/load.js";
import { SnapshotFolder } from "../src/snapshot/index.js";
import { collector } from "./example-collector/collector.js";

/** The recipes of CONTRIBUTING.md stand on these examples; here they run. */
let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "exitgraph-contributing-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe("the example collector", () => {
  const users = [
    { id: "1", login: "ann", active: true, groups: ["night"], salary: 1 },
    { id: "2", login: "bob", active: false, groups: [] },
    { id: "3", login: "cy", groups: ["night"] },
  ];
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  const server = createServer((request, response) => answer(request, response));
  let url: string;
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port was given");
    url = `http://127.0.0.1:${address.port}`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));
  afterEach(() => vi.unstubAllEnvs());

  const snapshots = () => new SnapshotFolder(join(dir, "snapshots"));
  const collect = () =>
    collectSource({
      source: { name: "doors", type: "doors", recording: undefined, schedule: undefined, settings: { url } },
      collector,
      snapshots: snapshots(),
      known: { partitions: [], edges: async () => [] },
      signal: new AbortController().signal,
      log: silentLog,
      baseDir: dir,
      timeZone: "UTC",
      // The server stands beside the test: nothing is gained by waiting.
      limits: { attempts: 1 },
    });

  it("reads all pages into a complete snapshot", async () => {
    vi.stubEnv("DOORS_TOKEN", "t");
    answer = (request, response) => {
      const second = request.url === "/users?cursor=two";
      const body = second ? { users: users.slice(2), next: null } : { users: users.slice(0, 2), next: "two" };
      response.end(JSON.stringify(request.headers.authorization === "Bearer t" ? body : {}));
    };
    const manifest = await collect();
    expect(manifest.partitions).toMatchObject([
      {
        stream: "users",
        partition: "all",
        verdict: "complete",
        counts: { DoorUser: 3, DoorGroup: 1, MEMBER_OF: 2 },
      },
    ]);
    const lines: string[] = [];
    for await (const batch of snapshots().lines(manifest.id, "users")) lines.push(...batch);
    expect(lines.join("\n")).toContain('"status":"unknown"');
    expect(lines.join("\n")).not.toContain("salary");
  });

  it("names the missing permission, and what is not set", async () => {
    vi.stubEnv("DOORS_TOKEN", "t");
    answer = (_request, response) => response.writeHead(403).end();
    const denied = (await collect()).partitions[0];
    expect(denied?.verdict).toBe("failed");
    expect(denied?.reason).toContain("users.read");
    vi.stubEnv("DOORS_TOKEN", "");
    const unset = (await collect()).partitions[0];
    expect(unset?.verdict).toBe("failed");
    expect(unset?.reason).toContain("DOORS_TOKEN");
  });
});

describe("the example rule", () => {
  it("passes all its cases", async () => {
    const rules = await loadRules([join(packageRoot(), "test", "example-rules")]);
    expect(rules.map((rule) => rule.id)).toEqual(["EXA-001"]);
    const store = await EmbeddedStore.open(join(dir, "store"), { shuffleUnordered: true });
    if (store === undefined) throw new Error("the store of the test is held by somebody else");
    try {
      for (const rule of rules) {
        const file = await loadCases(rule);
        for (const one of file.cases) expect(await runCase(store, rule, file, one), one.name).toEqual([]);
      }
    } finally {
      await store.close();
    }
  });
});

describe("CONTRIBUTING.md", () => {
  const root = packageRoot();
  const text = readFileSync(join(root, "CONTRIBUTING.md"), "utf8");

  it("names files and folders that exist", () => {
    const paths = [...text.matchAll(/`((?:src|test|collectors|queries|docs|bench|\.ci)\/[\w./-]*)`/g)].map(
      ([, path]) => path ?? "",
    );
    expect(paths.length).toBeGreaterThan(10);
    for (const path of paths) expect(existsSync(join(root, path)), path).toBe(true);
  });

  it("names commands that exist", () => {
    const manifest = z
      .object({ scripts: z.record(z.string(), z.string()) })
      .parse(JSON.parse(readFileSync(join(root, "package.json"), "utf8")));
    const scripts = [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, script]) => script ?? "");
    expect(scripts.length).toBeGreaterThan(3);
    for (const script of scripts) expect(Object.keys(manifest.scripts)).toContain(script);
  });
});
