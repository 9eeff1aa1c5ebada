import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { InputError, messageOf } from "../../model/index.js";
import { parseRule } from "./parse.js";
import type { Rule } from "./rule.js";

/**
 * Loads every `<family>/<slug>.cypher` below the folders, in the order of their ids. Beside each stand its cases
 * (`<slug>.test.yaml`) and its guide (`<slug>.md`). InputError names the file and the place of what is refused; one
 * bad rule means that none is loaded, because a run with a rule less would look like a run with fewer findings.
 */
export async function loadRules(folders: readonly string[]): Promise<readonly Rule[]> {
  const rules = new Map<string, Rule>();
  for (const folder of folders) {
    for (const file of await ruleFiles(folder)) {
      const rule = await loadRule(folder, file);
      const other = rules.get(rule.id);
      if (other !== undefined) {
        throw new InputError({
          what: `${file}: the id ${rule.id} is taken by ${other.file}.`,
          means: "No rule was loaded.",
          fix: "Ids are never reused: give the rule one of its own.",
        });
      }
      rules.set(rule.id, rule);
    }
  }
  return [...rules.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

async function ruleFiles(folder: string): Promise<readonly string[]> {
  let entries: readonly string[];
  try {
    entries = await readdir(folder, { recursive: true });
  } catch (error) {
    throw new InputError({
      what: `The folder of rules ${folder} cannot be read: ${messageOf(error)}.`,
      means: "No rule was loaded.",
      fix: "Correct rules.folders in the configuration.",
      cause: error,
    });
  }
  return entries
    .filter((entry) => entry.endsWith(".cypher"))
    .sort()
    .map((entry) => join(folder, entry));
}

async function loadRule(folder: string, file: string): Promise<Rule> {
  const stem = file.slice(0, -".cypher".length);
  const casesFile = `${stem}.test.yaml`;
  const guideFile = `${stem}.md`;
  for (const [beside, what] of [
    [casesFile, "its cases"],
    [guideFile, "its guide"],
  ] as const) {
    if (!existsSync(beside)) {
      throw new InputError({
        what: `${file}: ${what} (${relative(dirname(file), beside)}) are missing beside it.`,
        means: "No rule was loaded.",
        fix: "A rule comes with its cases and a guide: docs/rules.md.",
      });
    }
  }
  const parsed = parseRule(file, await readFile(file, "utf8"));
  return { ...parsed, file, casesFile, guideFile, family: dirname(relative(folder, file)) };
}
