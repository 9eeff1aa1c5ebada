import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Params, Row } from "../../src/graph/index.js";

export type Order =
  | { readonly op: "open"; readonly dataDir: string }
  | { readonly op: "rows" | "write"; readonly cypher: string; readonly params?: Params }
  | { readonly op: "hold"; readonly name: string; readonly cypher: string }
  | { readonly op: "release"; readonly name: string }
  | { readonly op: "close" };
export type Command = Order & { readonly id: number };
export interface Answer {
  readonly id: number;
  readonly rows?: readonly Row[];
  readonly error?: { readonly kind: string; readonly message: string };
}

/** Starts a process that does with an embedded store what it is told. Kill it, or `end` it, at the end of a test. */
export async function startStoreProcess(): Promise<StoreProcess> {
  const child = fork(join(import.meta.dirname, "storeChild.ts"), {
    execArgv: ["--import", join(import.meta.dirname, "register.mjs")],
  });
  const started = new StoreProcess(child);
  await started.ready;
  return started;
}

export class StoreProcess {
  readonly ready: Promise<unknown>;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #lastId = 0;

  constructor(child: ChildProcess) {
    this.#child = child;
    this.ready = this.#answered(0);
    child.on("message", (answer: Answer) => this.#waiting.get(answer.id)?.(answer));
    child.once("exit", (code, signal) => {
      for (const [id, answer] of this.#waiting) {
        answer({ id, error: { kind: "Exit", message: `the process ended: ${signal ?? code}` } });
      }
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** What came of the order: its rows, or `Kind: message` of its error, thrown. */
  async do(order: Order): Promise<readonly Row[]> {
    this.#lastId += 1;
    const answered = this.#answered(this.#lastId);
    this.#child.send({ ...order, id: this.#lastId } satisfies Command);
    const { rows, error } = await answered;
    if (error !== undefined) throw new Error(`${error.kind}: ${error.message}`);
    return rows ?? [];
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Kills it, as a crash would. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }

  async #answered(id: number): Promise<Answer> {
    return await new Promise<Answer>((resolve) => {
      this.#waiting.set(id, (answer) => {
        this.#waiting.delete(id);
        resolve(answer);
      });
    });
  }
}
