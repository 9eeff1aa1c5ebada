import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { appendFile, cp, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageRoot } from "../src/model/index.js";
import { describeWith, sharedNeo4j } from "./servers/index.js";
import { exitgraph } from "./support/cli.js";
import { documentOf, inEnvironment, START, World } from "./support/company-world.js";
import { filesWithHashes, stateOf } from "./support/sweep.js";

/** What a person gets wrong: each is said clearly, with the right exit code, and changes nothing. */

let world: World;
let dataDir: string;
let clock = START;
let goodConfig = "";
beforeAll(async () => {
  world = await World.create("embedded", { engine: "embedded" }, () => clock);
  dataDir = join(world.dir, ".exitgraph");
  expect((await world.run("run")).code).toBe(0);
  goodConfig = await readFile(join(world.dir, "exitgraph.yaml"), "utf8");
  clock += 3_600_000;
});
afterAll(() => world.remove());

/** Runs a command that must end with `code`, say each of `says` on stderr, print nothing else and change nothing. */
async function refused(
  code: 1 | 2,
  argv: readonly string[],
  says: readonly (string | RegExp)[],
): Promise<void> {
  const before = await stateOf(dataDir);
  const result = await world.run(...argv);
  expect(result.code, result.err + result.out).toBe(code);
  expect(result.out).toBe("");
  for (const one of says) expect(result.err).toMatch(one);
  expect(result.err).not.toContain("fault of exitgraph itself");
  expect(await stateOf(dataDir)).toEqual(before);
}

describe("a wrong configuration (exit 2)", () => {
  const configured = async (config: string, work: () => Promise<void>) => {
    const file = join(world.dir, "exitgraph.yaml");
    await writeFile(file, config);
    try {
      await work();
    } finally {
      await writeFile(file, goodConfig);
    }
  };

  it("is missing", () =>
    refused(2, ["run", "--config", "nowhere.yaml"], ["There is no configuration file", "exitgraph init"]));

  it.each<[string, (good: string) => string, readonly (string | RegExp)[]]>([
    ["is no YAML", (good) => `${good}\nsources: [`, [/exitgraph\.yaml/, /line \d+/]],
    ["is a list", () => "- run\n", ["must be a map of keys"]],
    ["has an unknown key", (good) => `${good}\nsoruces: {}\n`, ["soruces", "sources"]],
    [
      "has an unknown key in a source",
      (good) => good.replace("path: people.csv", "path: people.csv\n    pth: x"),
      [/sources\.hr\.pth|pth/],
    ],
    ["has a source of an unknown type", (good) => good.replace("hr-csv", "hr-cvs"), ["did you mean hr-csv"]],
    [
      "names an unset variable",
      (good) => good.replace("people.csv", inEnvironment("NO_SUCH_VARIABLE")),
      ["NO_SUCH_VARIABLE is not set"],
    ],
    ["names an unknown time zone", (good) => good.replace("Europe/Berlin", "Europe/Bärlin"), ["timeZone"]],
    [
      "names a rule that does not exist",
      (good) => `${good}\nrules: { disable: [LVR-999] }\n`,
      ["LVR-999", "there is no such rule"],
    ],
    [
      "names a folder of rules that does not exist",
      (good) => `${good}\nrules: { folders: [gone] }\n`,
      ["gone"],
    ],
  ])("%s", async (_, change, says) => {
    await configured(change(goodConfig), () => refused(2, ["reconcile"], says));
  });

  it("is called wrongly", async () => {
    await refused(
      2,
      ["run", "--source", "nobody"],
      ["nobody", "Configured sources: hr, entra, google-workspace, google-cloud, aws"],
    );
    await refused(2, ["runn"], ["unknown command"]);
    await refused(2, ["reconcile", "--as-of", "2026-02-30"], ["It takes a day"]);
    await refused(2, ["serve", "--host", "0.0.0.0"], [/loopback/]);
    await refused(2, ["source", "retire", "nobody", "--reason", "x"], ["nobody"]);
  });

  it.each<[string, (rule: string) => string, readonly (string | RegExp)[]]>([
    ["writes", (rule) => rule.replace("RETURN p.key", "SET a.status = 'disabled'\nRETURN p.key"), ["SET"]],
    ["calls a procedure", (rule) => rule.replace("RETURN p.key", "CALL db.labels()\nRETURN p.key"), ["CALL"]],
    ["lacks a column", (rule) => rule.replace("a.key AS account,", ""), ["account"]],
    ["has a node without a label", (rule) => rule.replace("(a:Account)\nWHERE", "(a)\nWHERE"), ["label"]],
    ["has an unknown key", (rule) => rule.replace("title:", "titel: x\ntitle:"), ["titel"]],
    ["takes an id that is taken", (rule) => rule.replace("OWN-001", "LVR-001"), ["LVR-001 is taken by"]],
  ])("has a rule that %s", async (_, change, says) => {
    const folder = join(world.dir, "own", "leavers");
    await mkdir(folder, { recursive: true });
    const builtIn = join(packageRoot(), "queries", "leavers", "enabled-account");
    for (const end of [".md", ".test.yaml"]) await cp(`${builtIn}${end}`, join(folder, `own${end}`));
    const good = (await readFile(`${builtIn}.cypher`, "utf8")).replace("id: LVR-001", "id: OWN-001");
    const bad = change(good);
    expect(bad).not.toBe(good);
    await writeFile(join(folder, "own.cypher"), bad);
    await configured(`${goodConfig}\nrules: { folders: [own] }\n`, () =>
      refused(2, ["reconcile"], ["own.cypher", ...says]),
    );
  });
});

describe("a snapshot that is not what was written (exit 2)", () => {
  it.each<[string, (folder: string, file: string) => Promise<void>, RegExp]>([
    [
      "an edited record",
      async (_, file) => {
        const lines = gunzipSync(await readFile(file)).toString("utf8");
        await writeFile(file, gzipSync(lines.replace("Ada Park", "Eve Park")));
      },
      /workers/,
    ],
    [
      "a record taken out",
      async (_, file) => {
        const lines = gunzipSync(await readFile(file)).toString("utf8");
        await writeFile(file, gzipSync(lines.slice(lines.indexOf("\n") + 1)));
      },
      /workers/,
    ],
    [
      "a file cut short",
      async (_, file) => writeFile(file, (await readFile(file)).subarray(0, 2_000)),
      /workers/,
    ],
    [
      "an edited manifest",
      async (folder) => {
        const manifest = join(folder, "manifest.json");
        await writeFile(manifest, (await readFile(manifest, "utf8")).replace('"complete"', '"partial"'));
      },
      /manifest/,
    ],
    ["a missing stream", (_, file) => rm(file), /workers/],
  ])("%s", async (_, spoil, says) => {
    clock += 3_600_000;
    const collected = await world.run("collect", "--source", "hr", "--json");
    expect(collected.code, collected.err).toBe(0);
    const [id = ""] = (await readdir(join(dataDir, "snapshots")))
      .filter((name) => name.startsWith("hr-"))
      .slice(-1);
    const folder = join(dataDir, "snapshots", id);
    const [stream = ""] = (await readdir(folder)).filter((name) => name.endsWith(".gz"));
    await spoil(folder, join(folder, stream));
    await refused(2, ["ingest"], [id, says]);
    await rm(folder, { recursive: true });
  });
});

describe("a store that cannot be had (exit 1)", () => {
  it("does not answer", async () => {
    const port = await closedPort();
    await world.configure((config) => ({
      ...config,
      store: {
        engine: "neo4j",
        uri: `bolt://127.0.0.1:${port}`,
        user: "neo4j",
        password: inEnvironment("PW"),
      },
    }));
    try {
      const before = await filesWithHashes(dataDir);
      for (const argv of [["run"], ["findings"], ["doctor"]]) {
        const result = await exitgraph(argv, { cwd: world.dir, env: { PW: "a-password-of-no-use" } });
        expect(result.code, result.err).toBe(1);
        expect(result.err).toContain(`127.0.0.1:${port}`);
        expect(result.err).not.toContain("a-password-of-no-use");
        expect(result.err).not.toContain("fault of exitgraph itself");
        expect(result.out).toBe("");
      }
      expect(await filesWithHashes(dataDir)).toEqual(before);
    } finally {
      await writeFile(join(world.dir, "exitgraph.yaml"), goodConfig);
    }
  });
});

describeWith(["neo4j"], "a Neo4j that does not accept the password (exit 2)", () => {
  it("is said, and nothing is read", async () => {
    const { uri, user } = sharedNeo4j();
    await world.configure((config) => ({
      ...config,
      store: { engine: "neo4j", uri, user, password: inEnvironment("PW") },
    }));
    try {
      const before = await filesWithHashes(dataDir);
      const result = await exitgraph(["run"], { cwd: world.dir, env: { PW: "wrong-canary-71f3" } });
      expect(result.code, result.err).toBe(2);
      expect(result.err).toMatch(/password|user/);
      expect(result.err).not.toContain("wrong-canary-71f3");
      expect(await filesWithHashes(dataDir)).toEqual(before);
    } finally {
      await writeFile(join(world.dir, "exitgraph.yaml"), goodConfig);
    }
  });
});

describe("a disk that is full (exit 1)", () => {
  let small: World;
  let data: string;
  beforeAll(async () => {
    small = await World.create("embedded", { engine: "embedded" }, () => START);
    data = join(small.dir, ".exitgraph");
  });
  afterAll(() => small.remove());

  it("while a snapshot is written: no half of it is left", async () => {
    expect((await small.run("collect")).code).toBe(0);
    // A thousand rows that do not compress.
    await small.editHr((rows) =>
      rows.flatMap((row) => [
        row,
        ...Array.from({ length: 5 }, () =>
          row.replace(
            /^[^;]*;[^;]*;/,
            `${randomBytes(8).toString("hex")};;${randomBytes(600).toString("hex")} `,
          ),
        ),
      ]),
    );
    const before = await stateOf(data);
    const { code, err } = await limited(small.dir, 400, ["collect", "--source", "hr"]);
    expect(code, err).toBe(1);
    expect(err).toMatch(/snapshot/i);
    expect(err).toMatch(/space|EFBIG|too large|full/i);
    expect(err).not.toContain("fault of exitgraph itself");
    expect(await stateOf(data)).toEqual(before);
  });

  it("while the store is written: what it held is still there", async () => {
    const before = await stateOf(dataDir);
    const { code, err } = await limited(world.dir, 300, ["collect", "--source", "hr"]);
    expect(code, err).toBe(1);
    expect(err).toContain("The embedded store could not be written to disk");
    expect(err).toContain("Check that the disk is not full");
    expect((await stateOf(dataDir)).store).toEqual(before.store);
  });
});

describe("a source that cannot be read (exit 4)", () => {
  it("is failed, and the others go on", async () => {
    clock += 3_600_000;
    const standing = (await world.findings()).size;
    await rename(join(world.dir, "people.csv"), join(world.dir, "people.away"));
    const gone = await world.run("run", "--json");
    expect(gone.code, gone.err).toBe(4);
    const { sources, run } = documentOf(gone);
    expect(sources.find(({ name }) => name === "hr")).toMatchObject({ verdict: "failed" });
    expect(sources.find(({ name }) => name === "hr")?.reason).toContain("people.csv");
    expect(sources.filter(({ name }) => name === "aws").map(({ verdict }) => verdict)).toEqual([
      "complete",
      "complete",
    ]);
    expect({ removed: run.removed, gone: run.noLongerApplies }).toEqual({ removed: [], gone: [] });
    expect((await world.findings()).size).toBe(standing);

    // A recording of which a page is no JSON.
    await rename(join(world.dir, "people.away"), join(world.dir, "people.csv"));
    await appendFile(join(world.dir, "recordings", "aws", "account-authorization.ndjson"), "{ broken\n");
    clock += 3_600_000;
    const broken = await world.run("run", "--json");
    expect(broken.code, broken.err).toBe(4);
    const after = documentOf(broken);
    expect(after.sources.find(({ name }) => name === "hr")).toMatchObject({ verdict: "complete" });
    const aws = after.sources.filter(({ name }) => name === "aws");
    expect(aws.every(({ verdict }) => verdict !== "complete")).toBe(true);
    expect(after.run.removed).toEqual([]);
  });
});

/** Runs the command line in a process of its own, whose files may not grow beyond `blocks` of 1,024 bytes. */
async function limited(cwd: string, blocks: number, argv: readonly string[]) {
  const register = join(packageRoot(), "test", "child", "register.mjs");
  const main = join(packageRoot(), "src", "cli", "main.ts");
  const child = spawn(
    "bash",
    [
      "-c",
      'ulimit -f "$1"; shift; exec "$@"',
      "bash",
      String(blocks),
      process.execPath,
      "--import",
      register,
      main,
      ...argv,
    ],
    { cwd, stdio: ["ignore", "pipe", "pipe"] },
  );
  const closed = once(child, "close");
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  await closed;
  return { code: child.exitCode, out, err };
}

/** A port of loopback that nobody listens on. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
