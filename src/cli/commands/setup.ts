import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { dirname, relative, resolve } from "node:path";
import type { Command } from "commander";
import { describeAccess } from "../../collect/index.js";
import { CONFIG_FILE, configTemplate, type LoadedConfig } from "../../config/index.js";
import { collectorOf, openProject, projectRules, scheduledJobs } from "../../engine/index.js";
import { ExitgraphError, InputError, type Log, messageOf } from "../../model/index.js";
import { checkCron } from "../../schedule/index.js";
import { type Cli, globalOptions, printJson, readConfig } from "../context.js";
import { paint, plain, plural, type Style } from "../render/index.js";

/** `init` and `doctor`: from nothing to a configuration that works. */
export function setupCommands(program: Command, cli: Cli): void {
  program
    .command("init")
    .description(`Write a commented ${CONFIG_FILE} to fill in.`)
    .option("--force", "overwrite a file that is there")
    .addHelpText("after", "\nExamples:\n  $ exitgraph init\n  $ exitgraph init --config corp/exitgraph.yaml")
    .action(async (options: { force?: boolean }, command: Command) => {
      const file = resolve(cli.cwd, globalOptions(command).config ?? CONFIG_FILE);
      if (existsSync(file) && options.force !== true) {
        throw new InputError({
          what: `${relative(cli.cwd, file)} is there already.`,
          means: "Nothing was written.",
          fix: "Edit it, name another file with --config, or overwrite it with --force.",
        });
      }
      if (!existsSync(dirname(file))) {
        throw new InputError({ what: `There is no folder ${dirname(file)}.`, fix: "Make it first." });
      }
      const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
      await writeFile(file, configTemplate({ timeZone: zone }), { mode: 0o600 });
      if (globalOptions(command).json) printJson(cli, { schemaVersion: 1, file });
      else
        cli.out(
          `Wrote ${relative(cli.cwd, file)}. Put in your HR file and AWS, then:\n  exitgraph doctor    checks it, and lists the permissions that are needed\n  exitgraph run       reads, and shows what it finds\n`,
        );
    });

  program
    .command("doctor")
    .description(
      "Check the configuration, the store, the rules, and that every source can be opened. Reads no data.",
    )
    .addHelpText(
      "after",
      "\nExit code 4 where a source cannot be opened.\n\nExamples:\n  $ exitgraph doctor\n  $ exitgraph doctor --json",
    )
    .action(async (_options: unknown, command: Command) => {
      const config = await readConfig(cli, command);
      const checks = await diagnose(cli, config);
      if (globalOptions(command).json) printJson(cli, { schemaVersion: 1, ...checks });
      else cli.out(diagnosis(checks, cli.style));
      cli.setExitCode(checks.sources.some((source) => source.problem !== null) ? 4 : 0);
    });
}

interface Diagnosis {
  readonly config: string;
  readonly store: string;
  readonly rules: number;
  readonly sources: readonly {
    readonly name: string;
    readonly title: string;
    readonly problem: string | null;
    readonly warnings: readonly string[];
    readonly partitions: readonly string[];
    readonly permissions: readonly {
      readonly name: string;
      readonly why: string;
      readonly optional: boolean;
    }[];
    /** What people may expect of it and does not come. */
    readonly notRead: readonly string[];
  }[];
}

/** Configuration and store errors end it (exit 2 or 1); a source's trouble is part of the answer. */
async function diagnose(cli: Cli, config: LoadedConfig): Promise<Diagnosis> {
  const rules = await projectRules(config);
  const log: Log = cli.log;
  const project = await openProject({
    config,
    collectors: cli.collectors,
    log,
    signal: cli.signal,
    now: cli.now,
  });
  try {
    for (const { name, expression } of scheduledJobs(project)) checkCron(expression, `schedule of ${name}`);
    const sources: Diagnosis["sources"][number][] = [];
    for (const source of config.sources) {
      const collector = collectorOf(cli.collectors, source);
      let problem: string | null = null;
      let warnings: readonly string[] = [];
      let partitions: readonly string[] = [];
      try {
        const report = await describeAccess({
          source,
          collector,
          known: { partitions: [], edges: () => Promise.resolve([]) },
          signal: cli.signal,
          log,
          baseDir: config.baseDir,
          timeZone: config.config.company.timeZone,
          now: cli.now,
        });
        problem = report.problem ?? null;
        warnings = report.warnings;
        partitions = report.partitions.map(({ id }) => id);
      } catch (error) {
        if (!(error instanceof ExitgraphError)) throw error;
        problem = messageOf(error);
      }
      sources.push({
        name: source.name,
        title: collector.title,
        problem,
        warnings,
        partitions,
        permissions: collector.permissions.map(({ name, why, optional }) => ({
          name,
          why,
          optional: optional ?? false,
        })),
        notRead: collector.notRead,
      });
    }
    return { config: config.file, store: project.store.location, rules: rules.length, sources };
  } finally {
    await project.close();
  }
}

function diagnosis(checks: Diagnosis, style: Style): string {
  const ok = paint(style, "ok", "green");
  const lines = [
    `${ok}  configuration  ${plain(checks.config)}`,
    `${ok}  store          ${plain(checks.store)}`,
    `${ok}  rules          ${checks.rules}`,
  ];
  for (const source of checks.sources) {
    const found = source.partitions.length > 0 ? source.partitions.join(", ") : "nothing named yet";
    lines.push(
      source.problem === null
        ? `${ok}  ${plain(source.name)} (${source.title}): ${plain(found)}`
        : `${paint(style, "!!", "bold", "red")}  ${plain(source.name)} (${source.title}): ${plain(source.problem)}`,
    );
    for (const warning of source.warnings) {
      lines.push(`${paint(style, "!", "bold", "yellow")}       ${plain(warning)}`);
    }
    for (const permission of source.permissions) {
      lines.push(
        `      needs ${permission.name}${permission.optional ? " (optional)" : ""}: ${permission.why}`,
      );
    }
    for (const text of source.notRead) lines.push(`      not read: ${text}`);
  }
  if (checks.sources.length === 0) lines.push("!!  no sources: nothing would be read, and nothing judged");
  if (checks.sources.length === 0) return `${lines.join("\n")}\n`;
  const broken = checks.sources.filter((source) => source.problem !== null).length;
  lines.push(
    "",
    broken === 0
      ? "Ready: `exitgraph run`."
      : `${plural(broken, "source")} cannot be opened; the others would be read.`,
  );
  return `${lines.join("\n")}\n`;
}
