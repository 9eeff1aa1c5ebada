import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { packageRoot } from "../src/model/index.js";

const root = packageRoot();
mkdirSync(join(root, ".cache"), { recursive: true });
// Inside the project, so that the tests written there find vitest.
const folder = mkdtempSync(join(root, ".cache", "ci-reporter-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs vitest for real over one test file, with the reporter and the switches of vitest.config.ts. */
function run(name: string, test: string, ci: boolean): Promise<{ code: number; lines: readonly string[] }> {
  const here = join(folder, name);
  mkdirSync(here);
  writeFileSync(join(here, "a.test.ts"), `import { describe, expect, it } from "vitest";\n${test}`);
  // The same switches as in vitest.config.ts.
  const reporter = join(root, "test", "ciReporter.ts");
  const config = { test: { reporters: ["default", reporter], passWithNoTests: false, allowOnly: !ci } };
  writeFileSync(join(here, "vitest.config.mjs"), `export default ${JSON.stringify(config)};`);
  const args = [join(root, "node_modules", "vitest", "vitest.mjs"), "run", `--root=${here}`];
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      args,
      { cwd: here, env: { ...process.env, CI: ci ? "true" : "", VITEST: "", NO_COLOR: "1" } },
      (error, stdout) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
        resolve({ code, lines: stdout.trim().split("\n") });
      },
    );
  });
}

const good = "it('good', () => expect(1).toBe(1));\n";

describe.concurrent("a run with CI=true", () => {
  it("passes when every test passes, and says how many", async () => {
    const { code, lines } = await run("good", good, true);
    expect(lines.at(-1)).toBe("1 passed, 0 failed");
    expect(code).toBe(0);
  });

  it("fails when a test is skipped, and names it", async () => {
    const { code, lines } = await run(
      "skip",
      `${good}describe.skip('s', () => { it('bad', () => {}); });`,
      true,
    );
    expect(lines.join("\n")).toContain("a.test.ts > s > bad");
    expect(lines.at(-1)).toBe("1 passed, 0 failed, 1 skipped");
    expect(code).toBe(1);
  });

  it("fails on it.only, on a failing test, and on a file that cannot be loaded", async () => {
    const only = await run("only", `it.only('one', () => {});\n${good}`, true);
    expect(only.code).toBe(1);
    expect(only.lines.at(-1)).not.toMatch(/ 0 failed$/);
    const failing = await run("failing", `${good}it('bad', () => expect(1).toBe(2));`, true);
    expect(failing.code).toBe(1);
    expect(failing.lines.at(-1)).toBe("1 passed, 1 failed");
    const broken = await run("broken", "throw new Error('no');", true);
    expect(broken.code).toBe(1);
    expect(broken.lines.at(-1)).toBe("0 passed, 1 failed");
  });
});

it("a run without CI may skip", async () => {
  const { code, lines } = await run("local", `${good}it.skip('bad', () => {});`, false);
  expect(code).toBe(0);
  expect(lines.join("\n")).not.toContain("not run");
});
