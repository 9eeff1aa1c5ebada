#!/usr/bin/env node
import { collectors } from "../../collectors/index.js";
import { runCli } from "./program.js";
import { PLAIN, styleFor, terminalLog } from "./render/index.js";

// The AWS SDK warns on every start about Node versions it will drop later; the pins in package.json answer that.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";

const stop = new AbortController();
let signals = 0;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    signals += 1;
    // The second one means it: a system that does not answer must not keep a person waiting.
    if (signals > 1) process.exit(1);
    stop.abort(new Error("stopped by a signal"));
  });
}
// A pager that was closed is no error of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(process.exitCode ?? 0);
  throw error;
});

// FORCE_COLOR paints a pipe as a terminal of COLUMNS would be: for pictures and pagers.
const forced = (process.env.FORCE_COLOR ?? "0") !== "0";
const terminal = {
  isTTY: process.stdout.isTTY || forced,
  columns: process.stdout.columns ?? (Number(process.env.COLUMNS) || undefined),
};
const quiet = process.argv.includes("--quiet") || process.argv.includes("-q");
const verbose = process.argv.includes("--verbose") || process.argv.includes("-v");
const log = terminalLog({ stream: process.stderr, env: process.env, quiet, verbose });

await runCli(process.argv.slice(2), {
  collectors,
  env: process.env,
  cwd: process.cwd(),
  log,
  out: (text) => process.stdout.write(text),
  style: process.argv.includes("--json") ? PLAIN : styleFor(terminal, process.env),
  signal: stop.signal,
  now: Date.now,
  setExitCode: (code) => {
    process.exitCode = code;
  },
});
log.end();
