import { collectors } from "../../collectors/index.js";
import type { Cli } from "../../src/cli/context.js";
import { runCli } from "../../src/cli/program.js";
import { PLAIN, terminalLog } from "../../src/cli/render/index.js";
import { failureOf } from "../../src/collect/failure.js";
import { type AnyCollector, defineCollector } from "../../src/collect/index.js";

/** What a command line came to. */
export interface CliResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** Stdout as the one JSON document that it must be. */
  json(): unknown;
}

export interface CliOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly now?: () => number;
  readonly collectors?: Cli["collectors"];
}

/** Runs one command line in this process, as `main.ts` does, and keeps what it says. */
export async function exitgraph(argv: readonly string[], options: CliOptions): Promise<CliResult> {
  const out: string[] = [];
  const err: string[] = [];
  let code = 0;
  const stream = { isTTY: false, write: (text: string) => err.push(text) };
  const log = terminalLog({ stream, env: {}, verbose: argv.includes("--verbose") });
  await runCli(argv, {
    collectors: options.collectors ?? impatient,
    env: options.env ?? {},
    cwd: options.cwd,
    log,
    out: (text) => out.push(text),
    style: PLAIN,
    signal: new AbortController().signal,
    now: options.now ?? Date.now,
    setExitCode: (given) => {
      code = given;
    },
  });
  log.end();
  const text = out.join("");
  return {
    code,
    out: text,
    err: err.join(""),
    json: () => {
      const document: unknown = JSON.parse(text);
      return document;
    },
  };
}

/**
 * The real collectors against a server that is nobody else's: no courtesy in their rate, and no long waits between
 * tries. How often they try, and what they make of an error, is theirs.
 */
const impatient: ReadonlyMap<string, AnyCollector> = new Map(
  [...collectors].map(([system, any]) => [
    system,
    any.with((collector) =>
      defineCollector({
        ...collector,
        rateLimit: { requestsPerSecond: 1_000, concurrency: 8 },
        classify: (error) => {
          const failure = failureOf(error, collector.classify?.bind(collector));
          return failure.kind === "transient" ? { ...failure, retryAfterMs: 1 } : failure;
        },
      }),
    ),
  ]),
);
