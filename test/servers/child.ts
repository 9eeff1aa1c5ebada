import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** A server process that runs until it is stopped, or until this process is gone. */
export interface Child {
  /** What the ready line said: the groups of `ready`. */
  readonly said: readonly string[];
  readonly pid: number;
  /** Resolves when the process is gone. Calling it again is harmless. */
  stop(): Promise<void>;
}

export interface ChildOptions {
  /** What the server is called in errors. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Written to its standard input, which then stays open: the server stops when it ends. */
  readonly input?: string;
  /** Found in its output when it can be used. */
  readonly ready: RegExp;
  readonly timeoutMs: number;
}

/**
 * Starts a server that stops by itself when its standard input ends, which is also what happens when this process
 * dies, however it dies. Resolves when the ready line was printed; throws with the last of its output otherwise.
 */
export async function startChild(options: ChildOptions): Promise<Child> {
  const child = spawn(options.command, options.args, {
    env: { ...process.env, ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
    // Its own process group: Ctrl-C in a terminal reaches it through its standard input, in order.
    detached: true,
  });
  const gone = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const said = await readyLine(child, options).catch(async (error: unknown) => {
    await end(child, gone);
    throw error;
  });
  return { said, pid: child.pid ?? 0, stop: () => end(child, gone) };
}

function readyLine(child: ChildProcess, options: ChildOptions): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    let output = "";
    const fail = (why: string) => {
      clearTimeout(timer);
      reject(new Error(`${options.name} did not start: ${why}. Its last output:\n${output.slice(-2_000)}`));
    };
    const timer = setTimeout(() => fail(`not ready after ${options.timeoutMs} ms`), options.timeoutMs);
    const take = (chunk: Buffer) => {
      output = (output + chunk.toString("utf8")).slice(-20_000);
      const match = options.ready.exec(output);
      if (match === null) return;
      clearTimeout(timer);
      // Listening goes on, so that a full pipe never blocks the server.
      resolve(match.slice(1));
    };
    child.stdout?.on("data", take);
    child.stderr?.on("data", take);
    child.once("error", (error) => fail(error.message));
    child.once("close", (code, signal) => fail(`it ended with ${signal ?? `exit code ${code}`}`));
    child.stdin?.on("error", () => {});
    child.stdin?.write(options.input ?? "");
  });
}

async function end(child: ChildProcess, gone: Promise<void>): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  child.stdin?.end();
  const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
  await gone;
  clearTimeout(timer);
}

/** The path of a command, or `undefined` where this machine does not have it. */
export function findCommand(name: string): string | undefined {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not here; the next folder may have it.
    }
  }
  return undefined;
}
