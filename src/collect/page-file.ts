import { createReadStream } from "node:fs";
import { type FileHandle, open, readFile, stat } from "node:fs/promises";
import { CollectError, type RawPage } from "./contract.js";
import { decodeText, detectEncoding } from "./encoding.js";
import { jsonErrorLine } from "./json-line.js";

/**
 * The pages of one stream in a recording: `<stream>.ndjson`, a page a line, or `<stream>.json`, one page. Lines are
 * found by their offsets and read one at a time, so that a recording may be larger than memory.
 */
export class PageFile {
  readonly name: string;
  /** Modification time, epoch ms. */
  readonly modifiedAt: number;
  readonly #handle: FileHandle | undefined;
  /** The whole text as UTF-8, where it was not UTF-8 in the file. */
  readonly #bytes: Buffer | undefined;
  readonly #starts: readonly number[];
  readonly #ends: readonly number[];
  readonly #lineNumbers: readonly number[];

  private constructor(
    name: string,
    modifiedAt: number,
    content: { handle?: FileHandle; bytes?: Buffer },
    index: LineIndex,
  ) {
    this.name = name;
    this.modifiedAt = modifiedAt;
    this.#handle = content.handle;
    this.#bytes = content.bytes;
    this.#starts = index.starts;
    this.#ends = index.ends;
    this.#lineNumbers = index.lineNumbers;
  }

  static async ndjson(path: string, name: string): Promise<PageFile> {
    const { mtimeMs } = await stat(path);
    const handle = await open(path, "r");
    try {
      const head = Buffer.alloc(512);
      const { bytesRead } = await handle.read(head, 0, head.length, 0);
      if (detectEncoding(head.subarray(0, bytesRead)) !== "utf-8") {
        await handle.close();
        const bytes = Buffer.from(decode(await readFile(path), name));
        return new PageFile(name, Math.floor(mtimeMs), { bytes }, indexOf([bytes]));
      }
      const index = new LineIndex();
      for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 })) {
        if (Buffer.isBuffer(chunk)) index.add(chunk);
      }
      index.end();
      return new PageFile(name, Math.floor(mtimeMs), { handle }, index);
    } catch (error) {
      await handle.close().catch(() => undefined);
      throw error;
    }
  }

  static async json(path: string, name: string): Promise<PageFile> {
    const { mtimeMs } = await stat(path);
    const bytes = Buffer.from(decode(await readFile(path), name));
    const index = new LineIndex();
    if (bytes.length > 0) index.whole(bytes.length);
    return new PageFile(name, Math.floor(mtimeMs), { bytes }, index);
  }

  get length(): number {
    return this.#starts.length;
  }

  /** Page `index`. CollectError names file and line where it is not JSON; the text is never quoted. */
  async page(index: number): Promise<RawPage> {
    const start = this.#starts[index] ?? 0;
    const end = this.#ends[index] ?? start;
    let bytes: Buffer;
    if (this.#bytes !== undefined) bytes = this.#bytes.subarray(start, end);
    else {
      bytes = Buffer.alloc(end - start);
      await this.#handle?.read(bytes, 0, bytes.length, start);
    }
    try {
      const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
      const page: unknown = JSON.parse(text);
      return page;
    } catch {
      throw malformed(this.name, this.#lineNumbers[index] ?? 1, bytes);
    }
  }

  async close(): Promise<void> {
    await this.#handle?.close();
  }
}

class LineIndex {
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  readonly lineNumbers: number[] = [];
  #offset = 0;
  #start = 0;
  #line = 1;
  #blank = true;

  add(chunk: Buffer): void {
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i];
      if (byte === 10) this.#close(this.#offset + i);
      else if (byte !== 13 && byte !== 32 && byte !== 9) this.#blank = false;
    }
    this.#offset += chunk.length;
  }

  end(): void {
    this.#close(this.#offset);
  }

  whole(length: number): void {
    this.starts.push(0);
    this.ends.push(length);
    this.lineNumbers.push(1);
  }

  #close(end: number): void {
    if (!this.#blank) {
      this.starts.push(this.#start);
      this.ends.push(end);
      this.lineNumbers.push(this.#line);
    }
    this.#start = end + 1;
    this.#line += 1;
    this.#blank = true;
  }
}

function indexOf(chunks: readonly Buffer[]): LineIndex {
  const index = new LineIndex();
  for (const chunk of chunks) index.add(chunk);
  index.end();
  return index;
}

function decode(bytes: Buffer, name: string): string {
  try {
    return decodeText(bytes);
  } catch (error) {
    throw new CollectError({ kind: "fatal", message: "" }, `${name} is neither UTF-8 nor UTF-16 text`, {
      cause: error,
    });
  }
}

function malformed(name: string, line: number, bytes: Buffer): CollectError {
  // The line counts from that of the page, whose text may itself have several.
  const at = line - 1 + jsonErrorLine(bytes.toString("utf8"));
  const message = `${name} is not valid JSON at line ${at}`;
  return new CollectError({ kind: "fatal", message }, message);
}

/** The pages of one stream, sorted by partition, or why there are none. */
export type StreamPages =
  | { readonly missing: string }
  | {
      readonly file: PageFile;
      readonly byPartition: ReadonlyMap<string, readonly number[]>;
      readonly facts: Facts;
      /** Pages that no line holds: what an export as a whole says, by partition. They follow the lines. */
      readonly told?: ReadonlyMap<string, readonly RawPage[]>;
    };
/** What is known of a partition's pages without `recording.json`. */
export type Facts = ReadonlyMap<string, { dataTime: number | undefined; truncated: boolean }>;
