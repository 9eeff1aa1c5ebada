import type { Command } from "commander";
import { type Cli, globalOptions, printJson, withProject } from "../context.js";
import { count, paint, plain } from "../render/index.js";

/** `audit verify`: is the record of what was decided still whole? */
export function auditCommands(program: Command, cli: Cli): void {
  const audit = program
    .command("audit")
    .description("Check the journal of everything that was decided.")
    .addHelpText("after", "\nExamples:\n  $ exitgraph audit verify");
  audit
    .command("verify")
    .description(
      "Check the hash chain; name the first event that was changed, removed, inserted or reordered.",
    )
    .addHelpText(
      "after",
      "\nExit code 1 where the chain does not hold.\n\nExamples:\n  $ exitgraph audit verify\n  $ exitgraph audit verify --json",
    )
    .action(async (_options: unknown, command: Command) => {
      await withProject(cli, command, async (project) => {
        const report = await project.journal.verify();
        if (globalOptions(command).json) printJson(cli, { schemaVersion: 1, ...report });
        else if (report.ok) {
          cli.out(
            `${paint(cli.style, "The journal holds.", "green")} ${count(report.events)} events, up to ${report.head.hash.slice(0, 16)}.\n`,
          );
        } else {
          cli.out(
            `${paint(cli.style, "The journal does not hold.", "bold", "red")} ${plain(report.problem?.message ?? "")}\n`,
          );
        }
        cli.setExitCode(report.ok ? 0 : 1);
      });
    });
}
