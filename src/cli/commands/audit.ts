import type { Command } from "commander";
import { auditProject, type ProjectAudit } from "../../engine/index.js";
import { violationText } from "../../ingest/index.js";
import { type Cli, globalOptions, printJson, withProject } from "../context.js";
import { count, paint, plain, type Style } from "../render/index.js";

/** `audit verify`: is the record of what was decided still whole, and does the graph agree with itself? */
export function auditCommands(program: Command, cli: Cli): void {
  const audit = program
    .command("audit")
    .description("Check the journal of everything that was decided, and the graph.")
    .addHelpText("after", "\nExamples:\n  $ exitgraph audit verify");
  audit
    .command("verify")
    .description(
      "Check the hash chain, naming the first event that was changed, removed, inserted or reordered, and what must hold everywhere in the graph.",
    )
    .addHelpText(
      "after",
      "\nExit code 1 where the chain does not hold or the graph violates an invariant.\n\nExamples:\n  $ exitgraph audit verify\n  $ exitgraph audit verify --json",
    )
    .action(async (_options: unknown, command: Command) => {
      await withProject(cli, command, async (project) => {
        const { ok, journal, invariants, unfinished } = await auditProject(project);
        if (globalOptions(command).json)
          printJson(cli, { schemaVersion: 1, ...journal, ok, invariants, unfinished });
        else cli.out(auditText({ ok, journal, invariants, unfinished }, cli.style));
        cli.setExitCode(ok ? 0 : 1);
      });
    });
}

function auditText({ journal, invariants, unfinished }: ProjectAudit, style: Style): string {
  const lines = [
    journal.ok
      ? `${paint(style, "The journal holds.", "green")} ${count(journal.events)} events, up to ${journal.head.hash.slice(0, 16)}.`
      : `${paint(style, "The journal does not hold.", "bold", "red")} ${plain(journal.problem?.message ?? "")}`,
    "",
    invariants.every((one) => one.count === 0)
      ? paint(style, "The graph violates no invariant.", "green")
      : paint(style, "The graph violates invariants:", "bold", "red"),
  ];
  for (const invariant of invariants) {
    lines.push(`  ${invariant.invariant}  ${count(invariant.count).padStart(6)}  ${invariant.holds}`);
    if (invariant.count > 0) lines.push(`          ${plain(violationText(invariant))}`);
  }
  if (unfinished.length > 0) {
    const names = unfinished.map(plain).join(", ");
    lines.push(`A read of ${names} is not wholly applied: what is missing may be on its way.`);
  }
  return `${lines.join("\n")}\n`;
}
