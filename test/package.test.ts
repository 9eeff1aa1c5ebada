import { execFile } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageRoot, packageVersion } from "../src/model/index.js";

/** The packed tarball, installed by npm in a folder that knows nothing of this project. */
const folder = realpathSync(mkdtempSync(join(tmpdir(), "exitgraph-package-")));
const home = join(folder, "user");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What `npm test` tells its scripts about this project must not reach the npm of the other folder. */
const env = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) =>
      !/^npm_(package|lifecycle|command|execpath|node|config_(local_prefix|node_gyp|user_agent))/.test(
        name,
      ) && !/^(NODE_ENV|VITEST.*|INIT_CWD)$/.test(name),
  ),
);

const execute = promisify(execFile);
/** Runs npm or npx; throws with its output where it does not exit 0. */
async function run(command: "npm" | "npx", args: readonly string[], cwd: string): Promise<string> {
  const { stdout } = await execute(command, args, { cwd, env, maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}

beforeAll(async () => {
  await run("npm", ["pack", "--silent", "--pack-destination", folder], packageRoot());
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"));
  if (tarball === undefined) throw new Error("npm pack left no tarball.");
  mkdirSync(home);
  writeFileSync(join(home, "package.json"), JSON.stringify({ private: true }));
  await run("npm", ["install", "--silent", "--prefer-offline", "--no-audit", join(folder, tarball)], home);
}, 300_000);

describe("the packed tarball", () => {
  const installed = join(home, "node_modules", "exitgraph");

  it("brings what runs, and no tests", () => {
    for (const path of [
      "dist/src/cli/main.js",
      "dist/collectors/index.js",
      "queries",
      "LICENSE",
      "README.md",
    ]) {
      expect(existsSync(join(installed, path)), path).toBe(true);
    }
    const files = readdirSync(installed, { recursive: true, encoding: "utf8" }).filter(
      (path) => !path.startsWith("node_modules"),
    );
    expect(
      files.filter((path) => /\.test\.[jt]s|tsbuildinfo|^(test|bench|src|\.cache)\b/.test(path)),
    ).toEqual([]);
  });

  it("says its version", async () => {
    expect((await run("npx", ["--no-install", "exitgraph", "--version"], home)).trim()).toBe(
      packageVersion(),
    );
  });

  it("runs the demo in an empty folder", async () => {
    const empty = join(home, "empty");
    mkdirSync(empty);
    const output = await run("npx", ["--no-install", "exitgraph", "demo"], empty);
    for (const rule of ["LVR-001", "ORP-001", "RES-001", "NHI-001"]) expect(output).toContain(rule);
  }, 120_000);
});
