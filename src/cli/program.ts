import { Command, CommanderError } from "commander";
import { ExitgraphError, messageOf, packageVersion } from "../model/index.js";
import { askingCommands } from "./commands/asking.js";
import { auditCommands } from "./commands/audit.js";
import { demoCommand } from "./commands/demo.js";
import { exceptionCommands } from "./commands/exception.js";
import { exportCommands } from "./commands/export.js";
import { rebuildCommand } from "./commands/rebuild.js";
import { rulesCommands } from "./commands/rules.js";
import { runningCommands } from "./commands/running.js";
import { serveCommand } from "./commands/serve.js";
import { setupCommands } from "./commands/setup.js";
import { sourceCommands } from "./commands/source.js";
import type { Cli } from "./context.js";

const EXIT_CODES = `
Exit codes:
  0  done
  1  it failed
  2  the call or the configuration is wrong
  3  done, and findings stand at or above --fail-on
  4  done, but a configured source was incomplete, narrowed or stopped by the guard (wins over 3)`;

export function createProgram(cli: Cli): Command {
  const program = new Command("exitgraph")
    .description(
      "Finds the access that outlives the person it was given to, and proves when it is gone.\nReads systems, never changes them.",
    )
    .version(packageVersion())
    .option("-c, --config <file>", "configuration file (default: exitgraph.yaml)")
    .option("--json", "one JSON document on stdout")
    .option("-q, --quiet", "warnings and errors only on stderr")
    .option("-v, --verbose", "more detail on stderr")
    .addHelpText(
      "after",
      `
Examples:
  $ exitgraph demo                        see it work on a made-up company
  $ exitgraph init && exitgraph doctor    write a configuration, then check it
  $ exitgraph run                         read, ingest, reconcile: the daily job
  $ exitgraph findings --severity high
  $ exitgraph access ada@example.com
${EXIT_CODES}`,
    )
    .showHelpAfterError("(add --help for the options)")
    .configureOutput({
      writeOut: (text) => cli.out(text),
      writeErr: (text) => cli.log.info(text.trimEnd()),
      outputError: (text) => cli.log.error(text.replace(/^error: /, "").trimEnd()),
    })
    .exitOverride();
  for (const add of [
    setupCommands,
    runningCommands,
    askingCommands,
    exceptionCommands,
    exportCommands,
    rulesCommands,
    sourceCommands,
    auditCommands,
    rebuildCommand,
    serveCommand,
    demoCommand,
  ]) {
    add(program, cli);
  }
  inherit(program, program);
  return program;
}

/** Commander keeps these per command; a usage error of any command must exit 2 and look the same. */
function inherit(program: Command, command: Command): void {
  for (const child of command.commands) {
    child.copyInheritedSettings(program);
    inherit(program, child);
  }
}

/** Runs one command line. Never throws: errors are told on stderr and become the exit code. */
export async function runCli(argv: readonly string[], cli: Cli): Promise<void> {
  try {
    await createProgram(cli).parseAsync([...argv], { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) {
      // Commander has printed help or its complaint already. Its own codes: 0 for help and version, 1 for misuse.
      cli.setExitCode(error.exitCode === 0 ? 0 : 2);
      return;
    }
    tell(error, cli);
    cli.setExitCode(error instanceof ExitgraphError ? error.exitCode : 1);
  }
}

function tell(error: unknown, cli: Cli): void {
  if (error instanceof ExitgraphError) {
    const { what, means, fix } = error.detail;
    cli.log.error([what, means, fix].filter((part) => part !== undefined).join("\n  "));
    return;
  }
  if (cli.signal.aborted) {
    cli.log.error("Stopped before it was done. What was applied stays; the next run goes on from there.");
    return;
  }
  cli.log.error(
    `${messageOf(error)}\n  This is a fault of exitgraph itself. --verbose shows where it happened; please report it.`,
  );
  if (error instanceof Error && error.stack !== undefined) cli.log.debug(error.stack);
}
