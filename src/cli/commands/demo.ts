import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { loadConfig } from "../../config/index.js";
import { LEAST_PEOPLE, type WrittenCompany, writeCompany } from "../../demo/index.js";
import { openProject, runAll } from "../../engine/index.js";
import { InputError } from "../../model/index.js";
import { type FindingsDocument, readFindings } from "../../reconcile/index.js";
import { type Cli, globalOptions, printJson } from "../context.js";
import { count, findingsByRule, furthest, pathInFull, plural, sourcesOn } from "../render/index.js";

interface DemoOptions {
  readonly keep?: string;
  readonly write?: string;
  readonly people: number;
  readonly seed?: string;
  readonly forgotten: number;
}

/** `demo`: the main job on a made-up company; no server, no account, nothing left behind unless asked. */
export function demoCommand(program: Command, cli: Cli): void {
  program
    .command("demo")
    .description(
      "Run the whole of it on a made-up company of some 200 people: no server, no account anywhere.",
    )
    .option("--keep <dir>", "write the company there and keep it, to look at or to try the other commands on")
    .option("--write <dir>", "write the company there and do nothing else")
    .option("--people <number>", `how many people it has, ${LEAST_PEOPLE} at least`, wholeNumber, 200)
    .option("--seed <text>", "make another company: the same text makes the same one")
    .option("--forgotten <share>", "share of other leavers whose accounts were forgotten, 0 to 1", share, 0)
    .addHelpText(
      "after",
      "\nExamples:\n  $ exitgraph demo\n  $ exitgraph demo --keep demo && cd demo && exitgraph access sanne.achterberg@larkfield.example\n  $ exitgraph demo --people 200000 --forgotten 0.05 --write large",
    )
    .action(async (options: DemoOptions, command: Command) => {
      if (options.write !== undefined) {
        await writeOnly(cli, command, options, options.write);
        return;
      }
      const dir =
        options.keep === undefined
          ? await mkdtemp(join(tmpdir(), "exitgraph-demo-"))
          : resolve(cli.cwd, options.keep);
      try {
        const company = await write(cli, dir, options);
        const document = await runDemo(cli, dir, company);
        if (globalOptions(command).json) printJson(cli, document);
        else cli.out(demoText(cli, company, document, options.keep === undefined ? undefined : dir));
      } finally {
        if (options.keep === undefined) await rm(dir, { recursive: true, force: true });
      }
    });
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("It takes a whole number.");
  return Number(text);
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value <= 1)) {
    throw new InvalidArgumentError("It takes a number from 0 to 1, such as 0.05.");
  }
  return value;
}

function write(cli: Cli, dir: string, { people, seed, forgotten }: DemoOptions): Promise<WrittenCompany> {
  return writeCompany(dir, {
    now: cli.now(),
    people,
    forgotten,
    ...(seed === undefined ? {} : { seed }),
    onProgress: (done) => {
      cli.log.progress("demo", done, "people", people);
    },
    signal: cli.signal,
  });
}

async function writeOnly(cli: Cli, command: Command, options: DemoOptions, to: string): Promise<void> {
  if (options.keep !== undefined) {
    throw new InputError({
      what: "--keep and --write were both given.",
      fix: "--write only writes the company, --keep also runs the demo on it.",
    });
  }
  const dir = resolve(cli.cwd, to);
  const { configFile, people, accounts } = await write(cli, dir, options);
  if (globalOptions(command).json) printJson(cli, { schemaVersion: 1, config: configFile, people, accounts });
  else cli.out(`${plural(people, "person", "people")} written to ${dir}: cd there, and \`exitgraph run\`.\n`);
}

async function runDemo(cli: Cli, dir: string, company: WrittenCompany): Promise<FindingsDocument> {
  const { collectors, log, signal, now } = cli;
  const config = await loadConfig({ file: company.configFile, env: {}, collectors, log, cwd: dir });
  const project = await openProject({ config, collectors, log, signal, now });
  try {
    await runAll(project, config.sources);
    return await readFindings(project.store, {});
  } finally {
    await project.close();
  }
}

function demoText(
  cli: Cli,
  company: WrittenCompany,
  document: FindingsDocument,
  kept: string | undefined,
): string {
  const far = furthest(document.findings);
  return [
    `A made-up company: ${plural(company.people, "person", "people")} in Entra ID, Google Workspace, Google Cloud and AWS. What outlived the people it was given to:`,
    findingsByRule(document, cli.style),
    ...(far === undefined
      ? []
      : [
          `The way that leads furthest, through ${count(sourcesOn(far).length)} systems:`,
          pathInFull(far, cli.style),
        ]),
    kept === undefined
      ? "`exitgraph demo --keep DIR` keeps the company, to try the other commands on. `exitgraph init` starts with your own."
      : `Kept in ${kept}: cd there and try \`exitgraph findings\`, \`exitgraph access NAME\`, \`exitgraph serve\`.`,
  ]
    .join("\n\n")
    .concat("\n");
}
