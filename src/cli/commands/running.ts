import { resolve } from "node:path";
import { type Command, Option } from "commander";
import type { SourceConfig } from "../../config/index.js";
import {
  chooseSources,
  collectSources,
  ingestSnapshots,
  judge,
  type Project,
  runAll,
} from "../../engine/index.js";
import { InputError, SEVERITIES, type Severity } from "../../model/index.js";
import { actorOf, type Cli, globalOptions, printJson, withProject } from "../context.js";
import { ingestText, manifestText, reportRun } from "../report.js";
import { asOfOption, asOption, recordOption, sourceOption } from "./options.js";

interface RunOptions {
  readonly source: readonly string[];
  readonly record?: string;
  readonly asOf?: string;
  readonly failOn?: "new" | Severity;
}

const failOnOption = () =>
  new Option("--fail-on <what>", "exit 3 when such findings stand: `new`, or a severity").choices([
    "new",
    ...SEVERITIES,
  ]);

/** A run over nothing would say that nothing was found. */
function sourcesToRead(project: Project, names: readonly string[]): readonly SourceConfig[] {
  const sources = chooseSources(project.config, names);
  if (sources.length > 0) return sources;
  throw new InputError({
    what: `${project.config.file} names no sources.`,
    means: "There is nothing to read, and nothing could be judged.",
    fix: "Put your HR file and the systems under `sources:`; `exitgraph init` writes an example.",
  });
}

/** `collect`, `ingest`, `reconcile`, and `run`, which is all of these. */
export function runningCommands(program: Command, cli: Cli): void {
  program
    .command("collect")
    .description(
      "Read the configured systems and write one snapshot per source. Changes nothing in the graph.",
    )
    .addOption(sourceOption())
    .addOption(recordOption())
    .addHelpText(
      "after",
      "\nExamples:\n  $ exitgraph collect --source prod\n  $ exitgraph collect --record recordings",
    )
    .action(async (options: RunOptions, command: Command) => {
      await withProject(cli, command, async (project) => {
        const manifests = await collectSources(project, sourcesToRead(project, options.source), {
          ...(options.record === undefined ? {} : { record: resolve(cli.cwd, options.record) }),
          actor: actorOf({}, cli),
        });
        if (globalOptions(command).json) printJson(cli, { schemaVersion: 1, snapshots: manifests });
        else cli.out(manifestText(manifests, cli.style));
        const whole = manifests.every((m) => m.partitions.every((p) => p.verdict === "complete"));
        cli.setExitCode(whole ? 0 : 4);
      });
    });

  program
    .command("ingest")
    .description("Apply snapshots to the graph: all that are newer than it, or the ones named.")
    .argument("[snapshots...]", "snapshot ids")
    .addOption(sourceOption())
    .option("--accept", "let exactly the named snapshots past the guard")
    .option("--dry-run", "compare and ask the guard, and change nothing")
    .addOption(asOption("who accepts"))
    .addHelpText(
      "after",
      "\nExamples:\n  $ exitgraph ingest\n  $ exitgraph ingest --dry-run\n  $ exitgraph ingest --accept prod-20261121T031500123Z-4f2a9c",
    )
    .action(
      async (
        snapshots: readonly string[],
        options: { source: readonly string[]; accept?: boolean; dryRun?: boolean; as?: string },
        command: Command,
      ) => {
        if (options.accept === true && snapshots.length === 0) {
          throw new InputError({
            what: "--accept needs the snapshot's id.",
            means: "It lets one read past the guard, and which one must be said.",
            fix: "The guard printed the id; `exitgraph source list` shows it too.",
          });
        }
        await withProject(cli, command, async (project) => {
          const sources = chooseSources(project.config, options.source);
          const wanted = snapshots.length > 0 ? { ids: snapshots } : { pendingOf: sources };
          const dryRun = options.dryRun === true;
          const reports = await ingestSnapshots(project, wanted, {
            accept: options.accept === true,
            dryRun,
            actor: actorOf(options, cli),
          });
          if (globalOptions(command).json) {
            printJson(cli, { schemaVersion: 1, dryRun, ingested: reports });
          } else cli.out(ingestText(reports, dryRun, cli.style));
          const whole = reports.every((r) =>
            r.partitions.every((p) => p.verdict === "complete" && p.state === "applied"),
          );
          cli.setExitCode(whole ? 0 : 4);
        });
      },
    );

  program
    .command("reconcile")
    .description(
      "Hold the graph against the HR status: correlate, run the rules, record what became of each finding.",
    )
    .addOption(asOfOption())
    .addOption(failOnOption())
    .addOption(asOption("who runs it"))
    .addHelpText(
      "after",
      "\nExamples:\n  $ exitgraph reconcile\n  $ exitgraph reconcile --as-of 2026-12-31 --fail-on new",
    )
    .action(async (options: RunOptions & { as?: string }, command: Command) => {
      await withProject(cli, command, async (project) => {
        const report = await judge(project, { ...options, actor: actorOf(options, cli) });
        await reportRun(cli, command, project, { report, ingested: [], options });
      });
    });

  program
    .command("run")
    .description("The daily job: collect, ingest and reconcile.")
    .addOption(sourceOption())
    .addOption(recordOption())
    .addOption(asOfOption())
    .addOption(failOnOption())
    .addOption(asOption("who runs it"))
    .addHelpText(
      "after",
      "\nExamples:\n  $ exitgraph run\n  $ exitgraph run --source hr --fail-on new\n  $ exitgraph run --json > run.json",
    )
    .action(async (options: RunOptions & { as?: string }, command: Command) => {
      await withProject(cli, command, async (project) => {
        const { report, ingested } = await runAll(project, sourcesToRead(project, options.source), {
          ...(options.asOf === undefined ? {} : { asOf: options.asOf }),
          ...(options.record === undefined ? {} : { record: resolve(cli.cwd, options.record) }),
          actor: actorOf(options, cli),
        });
        await reportRun(cli, command, project, { report, ingested, options });
      });
    });
}
