import { connect, type Socket } from "node:net";
import { LeaseError, OperationError } from "../../model/index.js";
import { abortError, throwIfAborted } from "../abort.js";
import type { Backend, OpenTransaction } from "../backend.js";
import { statementFailed } from "../errors.js";
import { checkParams } from "../params.js";
import type { Params, ReadOptions, Row } from "../store.js";
import { DEFAULT_BATCH } from "../values.js";
import { Heartbeat } from "./heartbeat.js";
import {
  encodeFrame,
  errorOf,
  FrameReader,
  HolderGone,
  holderGone,
  PROTOCOL,
  parseResponse,
  type Request,
  type Response,
} from "./protocol.js";

type Answer = Exclude<Response, { failure: unknown }>;
type Ask = Request extends infer R ? (R extends Request ? Omit<R, "id"> : never) : never;

/** Who waits for the answers to one request. */
interface Listener {
  answer(response: Answer): void;
  fail(error: Error): void;
}

/**
 * The store through the process that holds it. It behaves as the store itself does. While an answer is awaited the
 * holder is pinged; one that says nothing for `patienceMs` is taken to hang, and everything under way fails.
 */
export class HolderClient implements Backend {
  readonly #socket: Socket;
  readonly #frames = new FrameReader();
  readonly #listeners = new Map<number, Listener>();
  readonly #heartbeat: Heartbeat;
  #lastId = 0;
  #end: Error | undefined;

  private constructor(socket: Socket, patienceMs: number) {
    this.#socket = socket;
    this.#heartbeat = new Heartbeat(
      patienceMs,
      () => this.#send({ id: this.#nextId(), op: "ping" }),
      () => this.#stop(holderHangs(patienceMs)),
    );
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.once("error", () => this.#stop(holderGone()));
    socket.once("close", () => this.#stop(holderGone()));
  }

  /**
   * Connects and makes sure that somebody answers. Throws HolderGone where nobody listens, HolderSilent where
   * the holder does not answer within `timeoutMs`, LeaseError where it speaks another version of the protocol.
   */
  static async connect(path: string, timeoutMs: number, patienceMs: number): Promise<HolderClient> {
    const client = new HolderClient(connect(path), patienceMs);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(holderHangs(timeoutMs)), timeoutMs);
    });
    try {
      const answer = await Promise.race([client.#ask({ op: "ping" }), late]);
      if (!("pong" in answer) || answer.pong.protocol !== PROTOCOL) {
        throw new LeaseError({
          what: "The process that holds the store runs another version of exitgraph.",
          means: "Nothing was read or changed.",
          fix: "End that process, then run the command again.",
        });
      }
      return client;
    } catch (error) {
      client.#stop(holderGone());
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  get gone(): boolean {
    return this.#end !== undefined;
  }

  async *read(cypher: string, options: ReadOptions): AsyncGenerator<readonly Row[]> {
    const { params = {}, signal, batchSize = DEFAULT_BATCH } = options;
    checkParams(params);
    throwIfAborted(signal);
    const id = this.#nextId();
    const ready: (Answer | Error)[] = [];
    let wake: () => void = () => {};
    const put = (item: Answer | Error) => {
      ready.push(item);
      wake();
    };
    const onAbort = () => signal !== undefined && put(abortError(signal));
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#listen(id, { answer: put, fail: put });
    let finished = false;
    try {
      this.#send({ id, op: "read", cypher, params, batchSize });
      for (;;) {
        throwIfAborted(signal);
        const item = ready.shift();
        if (item === undefined) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
          continue;
        }
        if (item instanceof Error) throw item;
        if ("end" in item) {
          finished = true;
          return;
        }
        if (!("batch" in item)) throw new OperationError({ what: "The holder of the store answered amiss." });
        yield item.batch;
        this.#send({ id, op: "more" });
      }
    } finally {
      signal?.removeEventListener("abort", onAbort);
      this.#unlisten(id);
      if (!finished && !this.gone) this.#send({ id, op: "cancel" });
    }
  }

  async begin(): Promise<OpenTransaction> {
    const id = this.#nextId();
    await this.#ask({ op: "begin" }, id);
    return new RemoteTransaction(id, async (request) => await this.#ask(request));
  }

  async checkpoint(): Promise<void> {
    await this.#ask({ op: "checkpoint" });
  }

  async close(): Promise<void> {
    if (this.gone) return;
    await new Promise<void>((resolve) => {
      this.#socket.once("close", () => resolve());
      this.#stop(holderGone());
    });
  }

  async #ask(request: Ask, id = this.#nextId()): Promise<Answer> {
    try {
      return await new Promise<Answer>((answer, fail) => {
        this.#listen(id, { answer, fail });
        this.#send({ ...request, id });
      });
    } finally {
      this.#unlisten(id);
    }
  }

  #listen(id: number, listener: Listener): void {
    if (this.#end !== undefined) throw this.#end;
    this.#listeners.set(id, listener);
    if (this.#listeners.size > 1) return;
    this.#socket.ref();
    this.#heartbeat.start();
  }

  #unlisten(id: number): void {
    this.#listeners.delete(id);
    if (this.#listeners.size > 0) return;
    // A connection on which nothing is awaited does not keep the process alive.
    this.#socket.unref();
    this.#heartbeat.stop();
  }

  #send(request: Request): void {
    if (this.#end === undefined) this.#socket.write(encodeFrame(request));
  }

  #receive(chunk: Buffer): void {
    this.#heartbeat.heard();
    try {
      for (const frame of this.#frames.push(chunk)) {
        const response = parseResponse(frame);
        const listener = this.#listeners.get(response.id);
        if ("failure" in response) listener?.fail(errorOf(response.failure));
        else listener?.answer(response);
      }
    } catch (cause) {
      this.#stop(new OperationError({ what: "The holder of the store answered amiss.", cause }));
    }
  }

  #stop(error: Error): void {
    if (this.#end !== undefined) return;
    this.#end = error;
    this.#heartbeat.stop();
    this.#socket.destroy();
    for (const listener of [...this.#listeners.values()]) listener.fail(error);
  }

  #nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }
}

class RemoteTransaction implements OpenTransaction {
  readonly #tx: number;
  readonly #ask: (request: Ask) => Promise<Answer>;
  #refused: unknown;

  constructor(tx: number, ask: (request: Ask) => Promise<Answer>) {
    this.#tx = tx;
    this.#ask = ask;
  }

  async run(cypher: string, params: Params = {}): Promise<readonly Row[]> {
    try {
      checkParams(params);
    } catch (error) {
      this.#refused = error;
      throw error;
    }
    const answer = await this.#ask({ op: "run", tx: this.#tx, cypher, params });
    if (!("rows" in answer)) throw new OperationError({ what: "The holder of the store answered amiss." });
    return answer.rows;
  }

  async commit(): Promise<void> {
    if (this.#refused !== undefined) throw statementFailed(this.#refused);
    try {
      await this.#ask({ op: "commit", tx: this.#tx });
    } catch (error) {
      if (!(error instanceof HolderGone)) throw error;
      throw new OperationError({
        what: "The process that held the store ended while a transaction was being committed.",
        means: "It may or may not have been committed.",
        fix: "Run the command again: what is there already is not written twice.",
        cause: error,
      });
    }
  }

  async rollback(): Promise<void> {
    await this.#ask({ op: "rollback", tx: this.#tx });
  }
}

/** The holder is there and says nothing. */
export class HolderSilent extends LeaseError {}

function holderHangs(ms: number): HolderSilent {
  return new HolderSilent({
    what: `The process that holds the store has not answered for ${Math.round(ms / 1000)} s.`,
    means: "What was not committed before is not done.",
    fix: "End that process if it hangs, or wait until it is done; then run the command again.",
  });
}
