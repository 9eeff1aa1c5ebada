import type { Command } from "commander";
import { retireSource, sourceStatuses } from "../../engine/index.js";
import { actorOf, type Cli, globalOptions, printJson, withProject } from "../context.js";
import { isWhole, plain, plural, sourcesTable } from "../render/index.js";
import { asOption } from "./options.js";

/** `source`: how the reads stand, and how one is ended for good. */
export function sourceCommands(program: Command, cli: Cli): void {
  const source = program
    .command("source")
    .description("Show how the sources stand, or retire one.")
    .addHelpText(
      "after",
      '\nExamples:\n  $ exitgraph source\n  $ exitgraph source retire old-aws --reason "account closed"',
    );
  source
    .command("list", { isDefault: true })
    .description("How the newest read of each partition stands. Exit code 4 where one was not read whole.")
    .addHelpText("after", "\nExamples:\n  $ exitgraph source list\n  $ exitgraph source list --json")
    .action(async (_options: unknown, command: Command) => {
      await withProject(cli, command, async (project) => {
        const sources = await sourceStatuses(project);
        if (globalOptions(command).json) printJson(cli, { schemaVersion: 1, sources });
        else cli.out(`${sourcesTable(sources, cli.style)}\n`);
        cli.setExitCode(sources.every(isWhole) ? 0 : 4);
      });
    });
  source
    .command("retire")
    .description(
      "Close a source, or one partition of it, for good: a decision with a reason, and no proof of removal.",
    )
    .argument("<source>", "its name")
    .requiredOption("--reason <text>", "why it is no longer read")
    .option("--partition <id>", "only this partition, e.g. an AWS account")
    .addOption(asOption("who decides"))
    .addHelpText(
      "after",
      '\nExamples:\n  $ exitgraph source retire old-aws --reason "account closed, ticket 4711"\n  $ exitgraph source retire prod --partition 444455556666 --reason "account closed"',
    )
    .action(
      async (
        name: string,
        options: { reason: string; partition?: string; as?: string },
        command: Command,
      ) => {
        await withProject(cli, command, async (project) => {
          const report = await retireSource(project, {
            source: name,
            ...options,
            actor: actorOf(options, cli),
          });
          if (globalOptions(command).json) printJson(cli, { schemaVersion: 1, ...report });
          else
            cli.out(
              `Retired ${plain(name)}: ${plural(report.records, "record")} left the graph, and no finding counts as removed by it.\n`,
            );
        });
      },
    );
}
