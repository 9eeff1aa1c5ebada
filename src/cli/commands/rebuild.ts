import { resolve } from "node:path";
import type { Command } from "commander";
import { loadConfig } from "../../config/index.js";
import { type RebuildInto, rebuildStore } from "../../engine/index.js";
import { InputError } from "../../model/index.js";
import { type Cli, globalOptions, printJson, readConfig } from "../context.js";
import { count } from "../render/index.js";

/** `rebuild`: the whole store again, from snapshots and journal. */
export function rebuildCommand(program: Command, cli: Cli): void {
  program
    .command("rebuild")
    .description(
      "Make the whole store again from snapshots and journal: graph, findings, exceptions and chain.",
    )
    .option(
      "--into <where>",
      "another store, which must be empty: a neo4j:// or bolt:// address, or another exitgraph.yaml",
    )
    .option("--user <name>", "user of that Neo4j", "neo4j")
    .option("--database <name>", "database of that Neo4j (default: its default)")
    .addHelpText(
      "after",
      "\nThe password of --into comes from EXITGRAPH_INTO_PASSWORD or NEO4J_PASSWORD, never from the command line.\n\nExamples:\n  $ exitgraph rebuild\n  $ NEO4J_PASSWORD=… exitgraph rebuild --into neo4j://localhost:7687\n  $ exitgraph rebuild --into neo4j/exitgraph.yaml",
    )
    .action(async (options: { into?: string; user: string; database?: string }, command: Command) => {
      const config = await readConfig(cli, command);
      const into =
        options.into === undefined ? undefined : await target(cli, options.into, options, config.dataDir);
      const report = await rebuildStore({
        config,
        ...(into === undefined ? {} : { into }),
        log: cli.log,
        signal: cli.signal,
      });
      if (globalOptions(command).json) printJson(cli, { schemaVersion: 1, ...report });
      else {
        cli.out(
          `Rebuilt from ${count(report.snapshots)} snapshots and ${count(report.events)} events; the chain stands at ${report.head.hash.slice(0, 16)}.\n`,
        );
      }
    });
}

async function target(
  cli: Cli,
  where: string,
  options: { readonly user: string; readonly database?: string },
  dataDir: string,
): Promise<RebuildInto> {
  if (!/^(neo4j|bolt)(\+s|\+ssc)?:\/\//.test(where)) {
    const other = await loadConfig({
      file: where,
      env: cli.env,
      collectors: cli.collectors,
      log: cli.log,
      cwd: cli.cwd,
    });
    if (resolve(other.dataDir) === resolve(dataDir) && other.config.store.engine === "embedded") {
      throw new InputError({
        what: `${where} names the same embedded store.`,
        fix: "Leave --into away to make it anew in its place, or give the other configuration a data folder of its own.",
      });
    }
    return { store: other.config.store, dataDir: other.dataDir };
  }
  if (/^[^:]+:\/\/[^/]*@/.test(where)) {
    throw new InputError({
      what: "--into holds a login.",
      fix: "Use --user, and put the password into EXITGRAPH_INTO_PASSWORD.",
    });
  }
  const password = cli.env.EXITGRAPH_INTO_PASSWORD ?? cli.env.NEO4J_PASSWORD;
  if (password === undefined || password === "") {
    throw new InputError({
      what: "There is no password for --into.",
      fix: "Put it into EXITGRAPH_INTO_PASSWORD or NEO4J_PASSWORD.",
    });
  }
  return {
    store: { engine: "neo4j", uri: where, user: options.user, password, database: options.database },
    dataDir,
  };
}
