import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { messageOf, OperationError } from "../model/index.js";
import { eventLine, type Head, parseEventLine } from "./chain.js";
import type { JournalEvent } from "./event.js";

export const JOURNAL_FILE = "journal.ndjson";
const BLOCK = 1 << 16;

/** How the file ends. */
export interface FileTail {
  /** The last whole event, or undefined when there is none or the last whole line is not one. */
  readonly head: Head | undefined;
  /** True where the last whole line is not an event, so somebody changed it. */
  readonly broken: boolean;
  /** Bytes up to the end of the last whole line. */
  readonly whole: number;
  /** Bytes after it: an append that a crash cut off. */
  readonly torn: number;
}

/**
 * The journal file: one event a line, appended and fsynced, mode 0600. Who may append is decided by the store's
 * transaction; the file itself has no lock.
 */
export class JournalFile {
  readonly path: string;
  #known: { readonly size: number; readonly head: Head } | undefined;

  constructor(path: string) {
    this.path = path;
  }

  /** Reads the end of the file, or nothing at all where it is as this process left it. */
  async tail(): Promise<FileTail> {
    const size = await sizeOf(this.path);
    if (this.#known !== undefined && this.#known.size === size) {
      return { head: this.#known.head, broken: false, whole: size, torn: 0 };
    }
    if (size === 0) return { head: undefined, broken: false, whole: 0, torn: 0 };
    const handle = await open(this.path, "r");
    try {
      const end = await lastNewline(handle, size);
      if (end < 0) return { head: undefined, broken: false, whole: 0, torn: size };
      const start = (await lastNewline(handle, end)) + 1;
      const line = Buffer.alloc(end - start);
      await handle.read(line, 0, line.length, start);
      const event = parseEventLine(line.toString("utf8"));
      const head = event && { seq: event.seq, hash: event.hash };
      const torn = size - end - 1;
      if (head !== undefined && torn === 0) this.#known = { size, head };
      return { head, broken: event === undefined, whole: end + 1, torn };
    } finally {
      await handle.close();
    }
  }

  /** Appends durably: when this returns, the event survives a power failure. A failed append leaves no trace. */
  async append(events: readonly JournalEvent[]): Promise<void> {
    const last = events.at(-1);
    if (last === undefined) return;
    const before = await sizeOf(this.path);
    try {
      await mkdir(dirname(this.path), { recursive: true, mode: 0o700 });
      const handle = await open(this.path, "a", 0o600);
      try {
        await handle.writeFile(events.map((event) => `${eventLine(event)}\n`).join(""), "utf8");
        await handle.sync();
        this.#known = { size: (await handle.stat()).size, head: { seq: last.seq, hash: last.hash } };
      } catch (error) {
        await handle.truncate(before).catch(() => undefined);
        throw error;
      } finally {
        await handle.close();
      }
      if (before === 0) await syncFolder(dirname(this.path));
    } catch (error) {
      this.#known = undefined;
      throw new OperationError({
        what: `The journal ${this.path} could not be written: ${messageOf(error)}.`,
        means: "Nothing was decided or changed.",
        fix: "Check that the disk is not full and the data folder can be written to, and run it again.",
        cause: error,
      });
    }
  }

  /** Cuts off what a crash left of an append. */
  async truncate(size: number): Promise<void> {
    this.#known = undefined;
    const handle = await open(this.path, "r+");
    try {
      await handle.truncate(size);
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  /** The whole lines of the file, in order. A torn end is left out. */
  async *lines(): AsyncGenerator<string> {
    const size = await sizeOf(this.path);
    if (size === 0) return;
    const { whole } = await this.tail();
    if (whole === 0) return;
    const input = createReadStream(this.path, { encoding: "utf8", end: whole - 1, highWaterMark: BLOCK });
    let rest = "";
    // Not readline: it also splits at U+2028, which JSON leaves as it is.
    for await (const chunk of input) {
      const lines = (rest + String(chunk)).split("\n");
      rest = lines.pop() ?? "";
      yield* lines;
    }
  }

  /** Events with a seq of at least `from`. OperationError at a line that is none. */
  async *events(from: number): AsyncGenerator<JournalEvent> {
    for await (const line of this.lines()) {
      const seq = /^\{"seq":(\d+),/.exec(line)?.[1];
      if (seq !== undefined && Number(seq) < from) continue;
      const event = parseEventLine(line);
      if (event === undefined) {
        throw new OperationError({
          what: `A line of the journal ${this.path} is not an event.`,
          means: "It was corrupted or edited; nothing was changed by it.",
          fix: "`exitgraph audit verify` names it. Restore the file from a backup.",
        });
      }
      yield event;
    }
  }
}

/** The events of the journal in a data folder, without its store: what a rebuild starts from. */
export function journalFileEvents(dataDir: string): AsyncIterable<JournalEvent> {
  return new JournalFile(join(dataDir, JOURNAL_FILE)).events(1);
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return 0;
    throw error;
  }
}

/** Offset of the last newline before `end`, or -1. */
async function lastNewline(handle: FileHandle, end: number): Promise<number> {
  const block = Buffer.alloc(BLOCK);
  let to = end;
  while (to > 0) {
    const from = Math.max(0, to - BLOCK);
    const { bytesRead } = await handle.read(block, 0, to - from, from);
    const at = block.subarray(0, bytesRead).lastIndexOf(10);
    if (at >= 0) return from + at;
    to = from;
  }
  return -1;
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
