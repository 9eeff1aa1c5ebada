import { z } from "zod";
import {
  type ErrorDetail,
  ExitgraphError,
  InputError,
  LeaseError,
  messageOf,
  OperationError,
} from "../../model/index.js";
import type { Params, Row } from "../store.js";

/**
 * What passes over the holder's socket: frames of a four-byte length (big endian) and that many bytes of JSON.
 * A client asks with a number of its own choosing, and every answer carries it. A read is answered with batches,
 * no more of them at once than the client has credit for, and then `end`; everything else with one answer.
 */
export const PROTOCOL = 1;

/** Batches of a read that may be under way before the client has asked for more. */
export const READ_CREDIT = 2;

const id = z.int().min(1);
const params = z.custom<Params>(isMap);

const requestSchema = z.discriminatedUnion("op", [
  z.object({ id, op: z.literal("ping") }),
  z.object({ id, op: z.literal("read"), cypher: z.string(), params, batchSize: z.int().min(1) }),
  /** One batch more of the read `id`. */
  z.object({ id, op: z.literal("more") }),
  /** Gives up the read or the waiting `begin` `id`; not answered. */
  z.object({ id, op: z.literal("cancel") }),
  /** Answered when the transaction has begun; `id` names it from then on. */
  z.object({ id, op: z.literal("begin") }),
  z.object({ id, op: z.literal("run"), tx: id, cypher: z.string(), params }),
  z.object({ id, op: z.literal("commit"), tx: id }),
  z.object({ id, op: z.literal("rollback"), tx: id }),
  z.object({ id, op: z.literal("checkpoint") }),
]);
export type Request = z.infer<typeof requestSchema>;

const failureSchema = z.object({
  /** `Gone`: the holder is closing, and somebody else may open the store. */
  kind: z.enum(["InputError", "OperationError", "LeaseError", "Error", "Gone"]),
  what: z.string(),
  means: z.string().optional(),
  fix: z.string().optional(),
  source: z.string().optional(),
});
export type Failure = z.infer<typeof failureSchema>;

const responseSchema = z.union([
  z.object({ id, rows: z.custom<readonly Row[]>(isRows) }),
  z.object({ id, batch: z.custom<readonly Row[]>(isRows) }),
  z.object({ id, end: z.literal(true) }),
  z.object({ id, pong: z.object({ pid: z.int(), protocol: z.int() }) }),
  z.object({ id, done: z.literal(true) }),
  z.object({ id, failure: failureSchema }),
]);
export type Response = z.infer<typeof responseSchema>;

// Parsed JSON holds nothing but what cells and parameters may be, so looking at the outside is enough.
function isMap(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
function isRows(value: unknown): boolean {
  return Array.isArray(value) && value.every(isMap);
}

export function parseRequest(frame: unknown): Request {
  return requestSchema.parse(frame);
}
export function parseResponse(frame: unknown): Response {
  return responseSchema.parse(frame);
}

/** The bytes of one frame. Throws RangeError where the text would be longer than a string can be. */
export function encodeFrame(frame: Request | Response): Buffer {
  const body = Buffer.from(JSON.stringify(frame), "utf8");
  const head = Buffer.allocUnsafe(4);
  head.writeUInt32BE(body.length);
  return Buffer.concat([head, body]);
}

/** Puts frames together from chunks as they come. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #size = 0;

  /** The frames that `chunk` completes. Throws SyntaxError on what is not JSON. */
  *push(chunk: Buffer): Generator<unknown> {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    for (;;) {
      const length = this.#length();
      if (length === undefined || this.#size < 4 + length) return;
      const bytes = this.#take(4 + length);
      const frame: unknown = JSON.parse(bytes.toString("utf8", 4));
      yield frame;
    }
  }

  #length(): number | undefined {
    if (this.#size < 4) return undefined;
    const first = this.#chunks[0];
    // Only a chunk that is cut within the length itself needs joining here.
    const head = first !== undefined && first.length >= 4 ? first : this.#join();
    return head.readUInt32BE(0);
  }

  #take(size: number): Buffer {
    const all = this.#join();
    const rest = all.subarray(size);
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#size = rest.length;
    return all.subarray(0, size);
  }

  #join(): Buffer {
    const all = this.#chunks.length === 1 ? this.#chunks[0] : undefined;
    const joined = all ?? Buffer.concat(this.#chunks);
    this.#chunks = [joined];
    return joined;
  }
}

/** The holder went away, or is about to: what was asked can be asked of whoever holds the store next. */
export class HolderGone extends OperationError {}

export function holderGone(): HolderGone {
  return new HolderGone({
    what: "The process that held the store ended.",
    means: "The statement that was under way has no answer, and an open transaction was rolled back.",
    fix: "Run the command again.",
  });
}

export function failureOf(error: unknown): Failure {
  const kind =
    error instanceof HolderGone
      ? "Gone"
      : error instanceof InputError
        ? "InputError"
        : error instanceof LeaseError
          ? "LeaseError"
          : error instanceof ExitgraphError
            ? "OperationError"
            : "Error";
  if (!(error instanceof ExitgraphError)) return { kind, what: messageOf(error) };
  const { what, means, fix, source } = error.detail;
  return {
    kind,
    what,
    ...(means === undefined ? {} : { means }),
    ...(fix === undefined ? {} : { fix }),
    ...(source === undefined ? {} : { source }),
  };
}

/** The error as it was thrown in the holder: same class, same message. */
export function errorOf(failure: Failure): Error {
  const { kind, what, means, fix, source } = failure;
  const detail: ErrorDetail = {
    what,
    ...(means === undefined ? {} : { means }),
    ...(fix === undefined ? {} : { fix }),
    ...(source === undefined ? {} : { source }),
  };
  switch (kind) {
    case "InputError":
      return new InputError(detail);
    case "OperationError":
      return new OperationError(detail);
    case "LeaseError":
      return new LeaseError(detail);
    case "Gone":
      return new HolderGone(detail);
    case "Error":
      return new Error(what);
  }
}
