import type { Command } from "commander";
import type { Project } from "../../engine/index.js";
import { InputError } from "../../model/index.js";
import {
  approveException,
  type ExceptionRecord,
  endException,
  listExceptions,
  readFindings,
  requestException,
} from "../../reconcile/index.js";
import { actorOf, type Cli, globalOptions, printJson, withProject } from "../context.js";
import { lastDayOf, plural, shortFingerprint, table } from "../render/index.js";
import { asOption, parseDay } from "./options.js";

/** `exception`: what is known, wanted for a time, and approved. */
export function exceptionCommands(program: Command, cli: Cli): void {
  const exception = program
    .command("exception")
    .description("Let a finding stand for a time: requested by one person, approved by another.")
    .addHelpText(
      "after",
      '\nExamples:\n  $ exitgraph exception request 4f2a9c01d7 --until 2026-12-31 --reason "pipeline moves"\n  $ exitgraph exception approve 9c41e07ab2d5 --as eve',
    );

  exception
    .command("request")
    .description("Ask that a finding may stand until a day.")
    .argument("<finding>", "fingerprint, or its beginning")
    .requiredOption("--until <day>", "the last day of it", parseDay)
    .requiredOption("--reason <text>", "why")
    .addOption(asOption("who decides"))
    .addHelpText(
      "after",
      '\nExamples:\n  $ exitgraph exception request 4f2a9c01 --until 2026-12-31 --reason "pipeline moves in December"',
    )
    .action(
      async (finding: string, options: { until: string; reason: string; as?: string }, command: Command) => {
        await withProject(cli, command, async (project) => {
          const record = await requestException({
            ...deps(project),
            fingerprint: await fullFingerprint(project, finding),
            until: options.until,
            reason: options.reason,
            actor: actorOf(options, cli),
          });
          tellOne(
            cli,
            command,
            project,
            record,
            `requested; somebody else approves it: \`exitgraph exception approve ${record.id}\``,
          );
        });
      },
    );

  exception
    .command("approve")
    .description("Approve a request. Your own only where the configuration allows it, and then it is marked.")
    .argument("<exception>", "its id")
    .addOption(asOption("who decides"))
    .addHelpText("after", "\nExamples:\n  $ exitgraph exception approve 9c41e07ab2d5 --as eve")
    .action(async (id: string, options: { as?: string }, command: Command) => {
      await withProject(cli, command, async (project) => {
        const record = await approveException({ ...deps(project), id, actor: actorOf(options, cli) });
        tellOne(cli, command, project, record, "approved");
      });
    });

  exception
    .command("end")
    .description("End an exception, or refuse a request: the finding is open again.")
    .argument("<exception>", "its id")
    .requiredOption("--reason <text>", "why")
    .addOption(asOption("who decides"))
    .addHelpText(
      "after",
      '\nExamples:\n  $ exitgraph exception end 9c41e07ab2d5 --reason "pipeline was moved"',
    )
    .action(async (id: string, options: { reason: string; as?: string }, command: Command) => {
      await withProject(cli, command, async (project) => {
        const record = await endException({
          ...deps(project),
          id,
          reason: options.reason,
          actor: actorOf(options, cli),
        });
        tellOne(cli, command, project, record, "ended");
      });
    });

  exception
    .command("list")
    .description("List exceptions, newest first.")
    .addHelpText("after", "\nExamples:\n  $ exitgraph exception list\n  $ exitgraph exception list --json")
    .action(async (_options: unknown, command: Command) => {
      await withProject(cli, command, async (project) => {
        const records = await listExceptions(project.store);
        const zone = project.config.config.company.timeZone;
        if (globalOptions(command).json) {
          const exceptions = records.map((record) => documentOf(record, zone));
          printJson(cli, { schemaVersion: 1, exceptions });
          return;
        }
        const columns = [
          { title: "ID", value: (r: ExceptionRecord) => r.id },
          { title: "STATE", value: stateOf },
          { title: "FINDING", value: (r: ExceptionRecord) => `${r.rule} ${shortFingerprint(r.fingerprint)}` },
          { title: "LAST DAY", value: (r: ExceptionRecord) => lastDayOf(r.until, zone) },
          { title: "ASKED BY", value: (r: ExceptionRecord) => r.requestedBy },
          {
            title: "APPROVED BY",
            value: (r: ExceptionRecord) => `${r.approvedBy ?? ""}${r.selfApproved ? " (own)" : ""}`,
          },
          { title: "WHY", value: (r: ExceptionRecord) => r.reason, shrinkTo: 24 },
        ];
        cli.out(
          `${records.length > 0 ? `${table(records, columns, cli.style)}\n\n` : ""}${plural(records.length, "exception")}\n`,
        );
      });
    });
}

/** An approved exception outlasts a finding that is closed for now. */
function stateOf({ status, findingStatus }: ExceptionRecord): string {
  return status !== "ended" && findingStatus === "closed" ? `${status}, finding closed` : status;
}

function deps(project: Project) {
  return {
    store: project.store,
    journal: project.journal,
    rules: project.config.config.exceptions,
    zone: project.config.config.company.timeZone,
    now: project.now(),
  };
}

/** A fingerprint by its beginning, as `findings` shows it. */
async function fullFingerprint(project: Project, start: string): Promise<string> {
  const { findings } = await readFindings(project.store, { all: true });
  const matching = findings.filter((finding) => finding.fingerprint.startsWith(start.toLowerCase()));
  const [only] = matching;
  if (start.length >= 6 && only !== undefined && matching.length === 1) return only.fingerprint;
  throw new InputError({
    what:
      matching.length > 1 && start.length >= 6
        ? `${matching.length} findings begin with ${start}.`
        : `No finding's fingerprint begins with ${start}, in six characters or more.`,
    fix: "`exitgraph findings` shows fingerprints.",
  });
}

/** The record as JSON gives it: `until` is exclusive, `lastDay` is the day that was asked for. */
function documentOf(record: ExceptionRecord, zone: string) {
  return { ...record, lastDay: lastDayOf(record.until, zone) };
}

function tellOne(cli: Cli, command: Command, project: Project, record: ExceptionRecord, what: string): void {
  if (globalOptions(command).json) {
    const exception = documentOf(record, project.config.config.company.timeZone);
    printJson(cli, { schemaVersion: 1, exception });
    return;
  }
  cli.out(`Exception ${record.id} for ${record.rule} ${shortFingerprint(record.fingerprint)}: ${what}.\n`);
}
