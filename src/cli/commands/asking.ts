import { type Command, InvalidArgumentError, Option } from "commander";
import {
  allRules,
  endOfDay,
  historyOf,
  type Project,
  rulesWithoutSource,
  sourceStatuses,
} from "../../engine/index.js";
import { accessOf, findPerson, whoCan } from "../../export/index.js";
import { InputError, SEVERITIES, type Severity } from "../../model/index.js";
import { type FindingFilter, type FindingsDocument, lastRun, readFindings } from "../../reconcile/index.js";
import { type Cli, globalOptions, printJson, withProject } from "../context.js";
import {
  accessTree,
  findingsDocumentText,
  findingsInFull,
  historyTable,
  whoCanTable,
} from "../render/index.js";
import { isIncomplete } from "../report.js";
import { asOfOption, parseDay } from "./options.js";

interface FindingFlags {
  readonly rule?: string;
  readonly severity?: Severity;
  readonly person?: string;
  readonly source?: string;
  readonly all?: boolean;
  readonly detail?: boolean;
}

/** `findings`, `access`, `who-can`, `history`: questions to the graph. */
export function askingCommands(program: Command, cli: Cli): void {
  program
    .command("findings")
    .description("List the findings that stand, and what could not be judged.")
    .option("--rule <id>", "only this rule")
    .addOption(new Option("--severity <least>", "this severity or above").choices([...SEVERITIES]))
    .option("--person <person>", "only this person: e-mail, worker id, name or key")
    .option("--source <name>", "only subjects of this source")
    .option("--all", "closed ones as well")
    .option("--detail", "why, by which path, what to cut with which command, and the proof")
    .addHelpText(
      "after",
      "\nExamples:\n  $ exitgraph findings --severity high --detail\n  $ exitgraph findings --person ada@example.com --all --json",
    )
    .action(async (options: FindingFlags, command: Command) => {
      await withProject(cli, command, async (project) => {
        const { person, detail, ...filter } = options;
        const { document, ran } = await judged(project, {
          ...filter,
          ...(person === undefined
            ? {}
            : { person: await findPerson(project.store, person, project.signal) }),
        });
        if (document.findings.length === 0) await requireKnown(project, document, options);
        if (globalOptions(command).json) printJson(cli, document);
        else {
          const print = detail === true ? findingsInFull : findingsDocumentText;
          const notApplicable = ran ? await rulesWithoutSource(project) : [];
          const zone = project.config.config.company.timeZone;
          cli.out(`${print(document, cli.style, { ran, notApplicable, zone })}\n`);
        }
        cli.setExitCode(isIncomplete(document, project) ? 4 : 0);
      });
    });

  program
    .command("access")
    .description("Show a person, the accounts, and everything they reach, with one path each.")
    .argument("<person>", "e-mail, worker id, name or key")
    .addOption(asOfOption())
    .addHelpText(
      "after",
      "\nExamples:\n  $ exitgraph access ada@example.com\n  $ exitgraph access 10442 --json",
    )
    .action(async (person: string, options: { asOf?: string }, command: Command) => {
      await withProject(cli, command, async (project) => {
        const key = await findPerson(project.store, person, project.signal);
        const document = await accessOf(project.store, key, instantOf(project, options), project.signal);
        if (globalOptions(command).json) printJson(cli, document);
        else cli.out(`${accessTree(document, cli.style)}\n`);
      });
    });

  program
    .command("who-can")
    .description("Show who reaches a resource, entitlement, role or group, and how.")
    .argument("<resource>", "name, ARN, account id or key")
    .addOption(asOfOption())
    .addHelpText(
      "after",
      "\nExamples:\n  $ exitgraph who-can 111122223333\n  $ exitgraph who-can data-lake-write --json",
    )
    .action(async (resource: string, options: { asOf?: string }, command: Command) => {
      await withProject(cli, command, async (project) => {
        const document = await whoCan(project.store, resource, instantOf(project, options), project.signal);
        if (globalOptions(command).json) printJson(cli, document);
        else cli.out(`${whoCanTable(document, cli.style)}\n`);
      });
    });

  program
    .command("history")
    .description("Show what a person held at an instant: held, not held, or between two reads.")
    .argument("<person>", "e-mail, worker id, name or key")
    .requiredOption("--on <when>", "a day (its end, in the company's zone) or an ISO instant", parseWhen)
    .addHelpText(
      "after",
      "\nExamples:\n  $ exitgraph history ada@example.com --on 2026-03-31\n  $ exitgraph history 10442 --on 2026-03-31T14:05:00Z",
    )
    .action(async (person: string, options: { on: string }, command: Command) => {
      await withProject(cli, command, async (project) => {
        const key = await findPerson(project.store, person, project.signal);
        const on = options.on.includes("T")
          ? Date.parse(options.on)
          : endOfDay(options.on, project.config.config.company.timeZone);
        if (on > project.now()) {
          throw new InputError({
            what: `${options.on} is not over yet.`,
            means: "No read can have seen what will be held then.",
            fix: "Ask for a day that is over, or for an instant; `exitgraph access` shows what is held now.",
          });
        }
        const view = await historyOf(project, key, on);
        if (globalOptions(command).json) printJson(cli, { schemaVersion: 1, ...view });
        else cli.out(`${historyTable(view, cli.style)}\n`);
      });
    });
}

/** Of sources that the last run did not know nothing was judged, and an empty list would look like good news. */
async function judged(
  project: Project,
  filter: FindingFilter,
): Promise<{ readonly document: FindingsDocument; readonly ran: boolean }> {
  const document = await readFindings(project.store, filter, project.signal);
  const ran = (await lastRun(project.store, project.signal)) !== undefined;
  const judgedThen = new Set(document.sources.map(({ name }) => name));
  const configuredSince = project.config.sources.filter(({ name }) => !judgedThen.has(name));
  if (configuredSince.length === 0) return { document, ran };
  const now = (await sourceStatuses(project)).filter(({ name }) => !judgedThen.has(name));
  return { document: { ...document, sources: [...document.sources, ...now] }, ran };
}

/** A mistyped name must not look like "no findings". */
async function requireKnown(
  project: Project,
  document: FindingsDocument,
  { rule, source }: FindingFlags,
): Promise<void> {
  const rules = (await allRules(project.config)).map(({ id }) => id);
  if (rule !== undefined && !rules.includes(rule.toUpperCase())) {
    throw new InputError({ what: `There is no rule ${rule}.`, fix: `The rules are ${rules.join(", ")}.` });
  }
  const sources = new Set([...project.config.sources, ...document.sources].map(({ name }) => name));
  if (source !== undefined && !sources.has(source)) {
    throw new InputError({
      what: `There is no source named ${source}.`,
      fix: `The sources are ${[...sources].join(", ")}.`,
    });
  }
}

function instantOf(project: Project, options: { readonly asOf?: string }): number {
  if (options.asOf === undefined) return project.now();
  return endOfDay(options.asOf, project.config.config.company.timeZone);
}

function parseWhen(text: string): string {
  if (!text.includes("T")) return parseDay(text);
  if (Number.isNaN(Date.parse(text)) || !/(Z|[+-]\d{2}:\d{2})$/.test(text)) {
    throw new InvalidArgumentError(
      "It takes a day (2026-03-31) or an instant with its zone (2026-03-31T14:05:00Z).",
    );
  }
  return text;
}
