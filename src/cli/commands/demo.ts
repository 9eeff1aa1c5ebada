import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { loadConfig } from "../../config/index.js";
import { writeCompany } from "../../demo/index.js";
import { openProject, runAll } from "../../engine/index.js";
import { readFindings } from "../../reconcile/index.js";
import { type Cli, globalOptions, printJson } from "../context.js";
import { findingDetail, findingsDocumentText, plural } from "../render/index.js";

/** `demo`: the main job on a made-up company; no server, no account, nothing left behind unless asked. */
export function demoCommand(program: Command, cli: Cli): void {
  program
    .command("demo")
    .description(
      "Run the whole of it on a made-up company of some 200 people: no server, no account anywhere.",
    )
    .option("--keep <dir>", "write the company there and keep it, to look at or to try the other commands on")
    .addHelpText(
      "after",
      "\nExamples:\n  $ exitgraph demo\n  $ exitgraph demo --keep demo && cd demo && exitgraph access dmitri.volkov@larkfield.example",
    )
    .action(async (options: { keep?: string }, command: Command) => {
      const dir =
        options.keep === undefined
          ? await mkdtemp(join(tmpdir(), "exitgraph-demo-"))
          : resolve(cli.cwd, options.keep);
      try {
        const company = await writeCompany(dir, { now: cli.now() });
        const config = await loadConfig({
          file: company.configFile,
          env: {},
          collectors: cli.collectors,
          log: cli.log,
          cwd: dir,
        });
        const project = await openProject({
          config,
          collectors: cli.collectors,
          log: cli.log,
          signal: cli.signal,
          now: cli.now,
        });
        try {
          await runAll(project, config.sources);
          const document = await readFindings(project.store, {});
          if (globalOptions(command).json) {
            printJson(cli, document);
            return;
          }
          cli.out(
            `A made-up company: ${plural(company.people, "person", "people")}, ${plural(company.accounts.length, "AWS account")}. What outlived the people it was given to:\n\n`,
          );
          cli.out(`${findingsDocumentText(document, cli.style)}\n`);
          const nested = document.findings.find(
            (finding) => finding.rule === "RES-001" && finding.path.length > 4,
          );
          if (nested !== undefined) {
            cli.out(`\nOne of them in full:\n\n${findingDetail(nested, cli.style)}\n`);
          }
          cli.out(
            options.keep === undefined
              ? "\n`exitgraph demo --keep DIR` keeps the company, to try the other commands on. `exitgraph init` starts with your own.\n"
              : `\nKept in ${dir}: cd there and try \`exitgraph findings --detail\`, \`exitgraph access NAME\`, \`exitgraph serve\`.\n`,
          );
        } finally {
          await project.close();
        }
      } finally {
        if (options.keep === undefined) await rm(dir, { recursive: true, force: true });
      }
    });
}
