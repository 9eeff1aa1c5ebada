import { userInfo } from "node:os";
import type { Command } from "commander";
import { type LoadedConfig, loadConfig } from "../config/index.js";
import { type Collectors, openProject, type Project } from "../engine/index.js";
import type { TerminalLog } from "./render/log.js";
import type { Style } from "./render/style.js";

/** What a command works with. Tests make their own; `main.ts` makes it of the process. */
export interface Cli {
  readonly collectors: Collectors;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly log: TerminalLog;
  /** Stdout: the answer and nothing else. */
  out(text: string): void;
  readonly style: Style;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  readonly now: () => number;
  setExitCode(code: number): void;
}

/** Options every command has. */
export interface GlobalOptions {
  readonly config?: string;
  readonly json?: boolean;
}

export function globalOptions(command: Command): GlobalOptions {
  const { config, json } = command.optsWithGlobals<{ config?: unknown; json?: unknown }>();
  return {
    ...(typeof config === "string" ? { config } : {}),
    ...(json === true ? { json: true } : {}),
  };
}

export function readConfig(cli: Cli, command: Command): Promise<LoadedConfig> {
  return loadConfig({
    file: globalOptions(command).config,
    env: cli.env,
    collectors: cli.collectors,
    log: cli.log,
    cwd: cli.cwd,
  });
}

/** Opens the configured project for as long as `work` runs. */
export async function withProject<T>(
  cli: Cli,
  command: Command,
  work: (project: Project) => Promise<T>,
): Promise<T> {
  const project = await openProject({
    config: await readConfig(cli, command),
    collectors: cli.collectors,
    log: cli.log,
    signal: cli.signal,
    now: cli.now,
  });
  try {
    return await work(project);
  } finally {
    await project.close();
  }
}

/** Prints one JSON document. */
export function printJson(cli: Cli, document: object): void {
  cli.out(`${JSON.stringify(document, undefined, 2)}\n`);
}

/** Who decides, for the journal: `--as`, or the operating system's user. */
export function actorOf(options: { readonly as?: string }, cli: Pick<Cli, "env">): string {
  const named = options.as ?? cli.env.EXITGRAPH_USER ?? "";
  return named === "" ? userName() : named;
}

/** A container may run as a number that no user has. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? "?"}`;
  }
}
