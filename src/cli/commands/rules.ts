import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { CONFIG_FILE } from "../../config/index.js";
import { type CheckedRule, checkRules, projectRules } from "../../engine/index.js";
import { InputError, packageRoot, SEVERITIES } from "../../model/index.js";
import { loadRules, type Rule } from "../../reconcile/index.js";
import { type Cli, globalOptions, printJson, readConfig } from "../context.js";
import { paint, plain, plural, type Style, table } from "../render/index.js";

/** `rules`: what is checked, and by which query. */
export function rulesCommands(program: Command, cli: Cli): void {
  const rules = program
    .command("rules")
    .description("List the rules, show one, or check a folder of your own.")
    .addHelpText("after", "\nExamples:\n  $ exitgraph rules\n  $ exitgraph rules show RES-001");
  rules
    .command("list", { isDefault: true })
    .description("List the rules that a run would use.")
    .addHelpText("after", "\nExamples:\n  $ exitgraph rules list\n  $ exitgraph rules list --json")
    .action(async (_options: unknown, command: Command) => {
      const loaded = await rulesOf(cli, command);
      if (globalOptions(command).json) {
        printJson(cli, { schemaVersion: 1, rules: loaded.map(ruleDocument) });
        return;
      }
      const columns = [
        { title: "RULE", value: (rule: Rule) => rule.id },
        { title: "SEVERITY", value: (rule: Rule) => severityText(rule) },
        { title: "TITLE", value: (rule: Rule) => rule.title },
        { title: "STATUS", value: (rule: Rule) => rule.status },
      ];
      cli.out(`${table(loaded, columns, cli.style)}\n\n${plural(loaded.length, "rule")}\n`);
    });
  rules
    .command("show")
    .description("Print one rule: its guide, or its whole query.")
    .argument("<id>", "the rule's id, e.g. LVR-001")
    .option("--query", "the query, as it is run")
    .addHelpText(
      "after",
      "\nExamples:\n  $ exitgraph rules show RES-001\n  $ exitgraph rules show RES-001 --query",
    )
    .action(async (id: string, options: { query?: boolean }, command: Command) => {
      const rule = (await rulesOf(cli, command)).find((candidate) => candidate.id === id.toUpperCase());
      if (rule === undefined) {
        throw new InputError({ what: `There is no rule ${id}.`, fix: "`exitgraph rules` lists them." });
      }
      if (globalOptions(command).json) {
        const query = options.query === true ? { query: rule.query } : {};
        printJson(cli, { schemaVersion: 1, rule: { ...ruleDocument(rule), ...query } });
      } else cli.out(await readFile(options.query === true ? rule.file : rule.guideFile, "utf8"));
    });
  rules
    .command("check")
    .description("Load a folder of your own rules beside the built-in ones, and run their cases.")
    .argument("<folder>", "folder with <family>/<slug>.cypher, and beside each its cases and its guide")
    .addHelpText(
      "after",
      "\nThe cases run on an embedded store of their own; your configuration and your graph are not touched. Exit code 2\nwhere a file is wrong, 1 where a case does not hold.\n\nExamples:\n  $ exitgraph rules check our-rules\n  $ exitgraph rules check our-rules --json",
    )
    .action(async (folder: string, _options: unknown, command: Command) => {
      const checked = await checkRules(resolve(cli.cwd, folder), cli.signal);
      const failed = checked.some((rule) => rule.failed.length > 0);
      if (globalOptions(command).json) {
        printJson(cli, { schemaVersion: 1, rules: checked.length, ok: !failed, checked });
      } else cli.out(checkText(checked, folder, cli.style));
      cli.setExitCode(failed ? 1 : 0);
    });
}

/** One line per rule, and below it each case that does not hold, with the reasons. */
function checkText(checked: readonly CheckedRule[], folder: string, style: Style): string {
  const lines = checked.flatMap(({ rule, title, cases, failed }) => {
    const mark = failed.length === 0 ? paint(style, "ok", "green") : paint(style, "!!", "bold", "red");
    return [
      `${mark}  ${plain(rule)} ${plain(title)}: ${cases - failed.length} of ${plural(cases, "case")} ${cases === 1 ? "holds" : "hold"}`,
      ...failed.flatMap(({ kind, name, problems }) => [
        `      ${plain(kind)}: ${plain(name)}`,
        ...problems.map((problem) => `        ${plain(problem)}`),
      ]),
    ];
  });
  const rules = plural(checked.length, "rule");
  const said = checked.some(({ failed }) => failed.length > 0)
    ? `Not every case holds: correct the rule, or the case. A run would use ${checked.length === 1 ? "the rule" : "the rules"} all the same.`
    : `${rules} of ${plain(folder)} can be used: add the folder to rules.folders.`;
  return `${[...lines, "", said].join("\n")}\n`;
}

function builtInRules(): string {
  return join(packageRoot(), "queries");
}

/** The configuration's rules; without a configuration the built-in ones. */
async function rulesOf(cli: Cli, command: Command): Promise<readonly Rule[]> {
  try {
    return await projectRules(await readConfig(cli, command));
  } catch (error) {
    if (
      globalOptions(command).config === undefined &&
      !existsSync(join(cli.cwd, CONFIG_FILE)) &&
      error instanceof InputError
    ) {
      return loadRules([builtInRules()]);
    }
    throw error;
  }
}

/** All that a rule's findings may be, the worst first. */
function severityText({ severity }: Rule): string {
  if (typeof severity === "string") return severity;
  const possible = new Set([...Object.values(severity.values), severity.otherwise]);
  return [...SEVERITIES]
    .reverse()
    .filter((one) => possible.has(one))
    .join(", ");
}

function ruleDocument(rule: Rule) {
  const { query: _query, file: _file, casesFile: _cases, guideFile: _guide, ...header } = rule;
  return header;
}
