import { resolve } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { endOfDay, type Project } from "../../engine/index.js";
import { type ExportFormat, type ExportManifest, exportAccess, exportFindings } from "../../export/index.js";
import { readFindings } from "../../reconcile/index.js";
import { type Cli, globalOptions, printJson, withProject } from "../context.js";
import { plain, plural } from "../render/index.js";
import { asOfOption } from "./options.js";

interface ExportFlags {
  readonly format: ExportFormat;
  readonly out?: string;
  readonly asOf?: string;
  readonly all?: boolean;
}

const formatOption = () =>
  new Option("--format <format>", "csv or json").choices(["csv", "json"]).default("csv");
const outOption = () =>
  new Option("-o, --out <file>", "the file to write (default: <what>-<day>.<format>)").argParser(parseOut);

/** `-` is stdout elsewhere; here it would be a file of that name, and its manifest has no place on stdout. */
function parseOut(text: string): string {
  if (text === "-" || text === "") {
    throw new InvalidArgumentError(
      "It takes the name of a file, for the manifest is written beside it; `exitgraph findings --json` answers on stdout.",
    );
  }
  return text;
}

/** `export`: lists for auditors and reviewers, each with a manifest that says how complete it is. */
export function exportCommands(program: Command, cli: Cli): void {
  const parent = program
    .command("export")
    .description("Write findings or the access-review list to a file, with a manifest beside it.")
    .addHelpText(
      "after",
      "\nExamples:\n  $ exitgraph export findings --format csv\n  $ exitgraph export access --format json --out review.json",
    );

  parent
    .command("findings")
    .description("One row per finding.")
    .addOption(formatOption())
    .addOption(outOption())
    .option("--all", "closed ones as well")
    .addHelpText("after", "\nExamples:\n  $ exitgraph export findings --format csv --out findings.csv")
    .action(async (options: ExportFlags, command: Command) => {
      await withProject(cli, command, async (project) => {
        const filters = { all: options.all === true };
        const document = await readFindings(project.store, filters);
        const base = target(cli, project, "findings", options);
        told(cli, command, base.file, await exportFindings({ ...base, document, filters }));
      });
    });

  parent
    .command("access")
    .description("The access-review list: one row per account and entitlement.")
    .addOption(formatOption())
    .addOption(outOption())
    .addOption(asOfOption())
    .addHelpText("after", "\nExamples:\n  $ exitgraph export access --format csv --out review-2026-q4.csv")
    .action(async (options: ExportFlags, command: Command) => {
      await withProject(cli, command, async (project) => {
        const base = target(cli, project, "access", options);
        told(cli, command, base.file, await exportAccess(base));
      });
    });
}

function target(cli: Cli, project: Project, what: string, options: ExportFlags) {
  const now = project.now();
  const { company } = project.config.config;
  const day = new Date(now).toISOString().slice(0, 10);
  return {
    store: project.store,
    file: resolve(cli.cwd, options.out ?? `${what}-${day}.${options.format}`),
    format: options.format,
    sources: project.config.sources.map(({ name }) => name),
    company: company.name,
    now,
    ...(options.asOf === undefined ? {} : { asOf: endOfDay(options.asOf, company.timeZone) }),
    signal: project.signal,
  };
}

function told(cli: Cli, command: Command, file: string, manifest: ExportManifest): void {
  if (globalOptions(command).json) {
    printJson(cli, { ...manifest, path: file });
  } else {
    const gap = manifest.complete
      ? ""
      : "\nNot complete: a source was not read whole. The manifest says which, and since when.";
    cli.out(`Wrote ${plural(manifest.rows, "row")} to ${plain(file)} (SHA-256 ${manifest.sha256}).${gap}\n`);
  }
  cli.setExitCode(manifest.complete ? 0 : 4);
}
