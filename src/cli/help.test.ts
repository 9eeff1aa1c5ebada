import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { exitgraph } from "../../test/support/cli.js";
import { packageRoot, silentLog } from "../model/index.js";
import { createProgram } from "./program.js";

/** The help of every command, and docs/cli.md, against the program as it is. */

const program = createProgram({
  collectors: new Map(),
  env: {},
  cwd: "/",
  log: { ...silentLog, error() {}, end() {} },
  out() {},
  style: { color: false },
  signal: new AbortController().signal,
  now: () => 0,
  setExitCode() {},
});

interface Known {
  readonly path: string;
  readonly command: Command;
}

function commandsOf(command: Command, path: readonly string[] = []): readonly Known[] {
  return command.commands.flatMap((child) => {
    const own = [...path, child.name()];
    return [{ path: own.join(" "), command: child }, ...commandsOf(child, own)];
  });
}
const commands = commandsOf(program);
const optionsOf = (command: Command) =>
  [...command.options, ...program.options].flatMap(({ long, short }) =>
    [long, short].filter((o) => o != null),
  );

/** The words of a shell line, quotes taken together. */
function words(line: string): readonly string[] {
  return line.match(/"[^"]*"|\S+/g) ?? [];
}

/** Every call of exitgraph in a text: after a prompt, or in backticks. */
function callsIn(text: string): readonly string[] {
  return [...text.matchAll(/(?:\$ (?:\w+=\S+ )*|`)exitgraph ([^`\n]*)/g)].map(([, call = ""]) => call.trim());
}

/** What is wrong with an example: a command or an option that there is none of. */
function wrongWith(call: string): string | undefined {
  const own = call.split(/ (?:&&|>|\|) |\s{3,}/)[0] ?? "";
  const first = own.split(" ").filter((word) => !word.startsWith("-"));
  const found = [...commands]
    .reverse()
    .find(({ path }) => path === first.slice(0, path.split(" ").length).join(" "));
  const command = found?.command ?? program;
  if (found === undefined && first.length > 0) return `no command: ${own}`;
  const unknown = words(own).find(
    (word) => /^--?[a-z]/i.test(word) && !optionsOf(command).includes(word.split("=")[0] ?? ""),
  );
  return unknown === undefined || ["--help", "--version"].includes(unknown)
    ? undefined
    : `no option ${unknown}: ${own}`;
}

describe("help", () => {
  it.each(commands)("$path has examples that are calls of it", async ({ path }) => {
    const { out, code, err } = await exitgraph([...path.split(" "), "--help"], { cwd: "/" });
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const calls = callsIn(out);
    expect(calls.length, "examples").toBeGreaterThan(0);
    expect(calls.filter((call) => call.startsWith(path)).length).toBeGreaterThan(0);
    expect(calls.map(wrongWith).filter((wrong) => wrong !== undefined)).toEqual([]);
  });
});

describe("docs/cli.md", () => {
  const text = readFileSync(join(packageRoot(), "docs", "cli.md"), "utf8");
  const sections = new Map(
    text
      .split(/^## /m)
      .map((section) => [section.split("\n", 1)[0]?.replaceAll("`", "").split(" ")[0] ?? "", section]),
  );

  it.each(commands)("has $path with each of its options", ({ path, command }) => {
    const section = sections.get(path.split(" ")[0] ?? "") ?? "";
    expect(section).toContain(`exitgraph ${path}`);
    for (const { long } of command.options) expect(section, `${path} ${long}`).toContain(long);
    for (const { name } of command.registeredArguments.map((argument) => ({ name: argument.name() })))
      expect(section.toLowerCase(), `${path} ${name}`).toContain(name.replace(/s$/, ""));
  });

  it("has the options that every command has, and every exit code", () => {
    for (const { long } of program.options) expect(text).toContain(long);
    for (const code of [0, 1, 2, 3, 4]) expect(text).toMatch(new RegExp(`^\\| \`?${code}\`? `, "m"));
  });

  it("shows only calls that exist", () => {
    const calls = callsIn(text);
    expect(calls.length).toBeGreaterThan(30);
    expect(calls.map(wrongWith).filter((wrong) => wrong !== undefined)).toEqual([]);
  });
});
