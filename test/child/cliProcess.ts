import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { packageRoot } from "../../src/model/index.js";

/** `exitgraph` as a process of its own, from the sources as they stand. End it, or kill it, at the end of a test. */
export class CliProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #out = "";
  #err = "";

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#out += text;
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#err += text;
    });
    this.#ended = once(child, "close");
  }

  static start(cwd: string, ...argv: string[]): CliProcess {
    const child = spawn(
      process.execPath,
      [
        "--import",
        join(import.meta.dirname, "register.mjs"),
        join(packageRoot(), "src", "cli", "main.ts"),
        ...argv,
      ],
      { cwd, stdio: ["ignore", "pipe", "pipe"] },
    );
    return new CliProcess(child);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }
  get out(): string {
    return this.#out;
  }
  get err(): string {
    return this.#err;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** The exit code; null where a signal ended it. */
  async ended(): Promise<number | null> {
    await this.#ended;
    return this.#child.exitCode;
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill("SIGKILL");
    await this.#ended;
  }

  /** Resolves when what it has said so far passes; an error where it ends before. */
  async said<T>(wanted: (out: string, err: string) => T | undefined): Promise<T> {
    for (;;) {
      const found = wanted(this.#out, this.#err);
      if (found !== undefined) return found;
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
        throw new Error(`it ended: ${this.#child.exitCode} ${this.#err}`);
      }
      await Promise.race([
        this.#ended,
        ...[this.#child.stdout, this.#child.stderr].flatMap((stream) =>
          stream === null ? [] : [once(stream, "data")],
        ),
      ]);
    }
  }
}
