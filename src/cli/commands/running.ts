import { type Command, Option } from "commander";
import {
  chooseSources,
  collectSources,
  ingestSnapshots,
  judge,
  pendingSnapshots,
  runAll,
} from "../../engine/index.js";
import { InputError, SEVERITIES, type Severity } from "../../model/index.js";
import { actorOf, type Cli, globalOptions, printJson, withProject } from "../context.js";
import { ingestText, manifestText, reportRun } from "../report.js";
import { asOfOption, recordOption, sourceOption } from "./options.js";

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
        const manifests = await collectSources(
          project,
          chooseSources(project.config, options.source),
          options,
        );
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
    .option("--as <who>", "who accepts (default: your user name)")
    .addHelpText(
      "after",
      "\nExamples:\n  $ exitgraph ingest\n  $ exitgraph ingest --accept prod-20261121T031500123Z-4f2a9c",
    )
    .action(
      async (
        snapshots: readonly string[],
        options: { source: readonly string[]; accept?: boolean; as?: string },
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
          const ids = snapshots.length > 0 ? snapshots : await pendingSnapshots(project, sources);
          const reports = await ingestSnapshots(project, ids, {
            accept: options.accept === true,
            actor: actorOf(options, cli),
          });
          if (globalOptions(command).json) printJson(cli, { schemaVersion: 1, ingested: reports });
          else cli.out(ingestText(reports, cli.style));
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
    .option("--as <who>", "who runs it (default: your user name)")
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
    .option("--as <who>", "who runs it (default: your user name)")
    .addHelpText(
      "after",
      "\nExamples:\n  $ exitgraph run\n  $ exitgraph run --source hr --fail-on new\n  $ exitgraph run --json > run.json",
    )
    .action(async (options: RunOptions & { as?: string }, command: Command) => {
      await withProject(cli, command, async (project) => {
        const { report, ingested } = await runAll(project, chooseSources(project.config, options.source), {
          ...options,
          actor: actorOf(options, cli),
        });
        await reportRun(cli, command, project, { report, ingested, options });
      });
    });
}
