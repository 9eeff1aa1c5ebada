import { type Command, InvalidArgumentError } from "commander";
import { createApi, listen, requireLoopback } from "../../api/index.js";
import { scheduledJobs } from "../../engine/index.js";
import { isoOf } from "../../reconcile/index.js";
import { type Scheduler, startScheduler } from "../../schedule/index.js";
import { type Cli, globalOptions, printJson, withProject } from "../context.js";
import { minute } from "../render/index.js";

/** `serve`: what runs all year. */
export function serveCommand(program: Command, cli: Cli): void {
  program
    .command("serve")
    .description("Read and reconcile on the configured schedules, and answer GraphQL on this machine.")
    .option("--port <n>", "port; 0 takes any that is free (default: api.port, 4180)", parsePort)
    .option("--host <address>", "loopback only, until the API can authenticate", "127.0.0.1")
    .addHelpText(
      "after",
      "\nExamples:\n  $ exitgraph serve\n  $ exitgraph serve --port 8080\n  $ exitgraph serve --port 0 --json    prints the address as one document, then serves\n\nGraphQL is at /graphql, liveness at /health, readiness at /ready. Stop it with Ctrl-C or SIGTERM.",
    )
    .action(async (options: { port?: number; host: string }, command: Command) => {
      requireLoopback(options.host);
      await withProject(cli, command, async (project) => {
        const { api, company } = project.config.config;
        const yoga = createApi({
          store: project.store,
          limits: api,
          zone: company.timeZone,
          sources: project.config.sources.map(({ name }) => name),
          log: project.log,
          now: project.now,
        });
        const closing: (() => Promise<void>)[] = [async () => yoga.dispose()];
        try {
          const listening = await listen((request) => yoga.fetch(request), {
            host: options.host,
            port: options.port ?? api.port,
            maxBodyBytes: api.maxBodyBytes,
            timeoutMs: api.timeoutMs,
          });
          closing.unshift(() => listening.close());
          const scheduler = await startScheduler(scheduledJobs(project), {
            log: project.log,
            now: project.now,
          });
          closing.unshift(() => scheduler.stop());
          tellStart(cli, command, `${listening.url}/graphql`, scheduler.upcoming());
          await stopped(cli.signal);
          cli.log.info("Stopping.");
        } finally {
          for (const close of closing) await close();
        }
      });
    });
}

function tellStart(
  cli: Cli,
  command: Command,
  graphql: string,
  jobs: ReturnType<Scheduler["upcoming"]>,
): void {
  if (globalOptions(command).json) {
    const upcoming = jobs.map(({ name, at }) => ({ name, at: at === null ? null : isoOf(at) }));
    printJson(cli, { schemaVersion: 1, graphql, jobs: upcoming });
    return;
  }
  cli.log.info(`GraphQL at ${graphql}`);
  for (const { name, at } of jobs) cli.log.info(`${name}: next at ${minute(at)}`);
  if (jobs.length === 0) cli.log.info("Nothing is scheduled: see `schedule` in the configuration.");
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new InvalidArgumentError("It takes a number from 0 to 65535.");
  return port;
}

function stopped(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
