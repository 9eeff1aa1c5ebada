import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { open } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";

export interface StreamTotals {
  readonly sha256: string;
  readonly records: number;
  /** Uncompressed. */
  readonly bytes: number;
}

const FLUSH_CHARS = 1 << 16;

/** Writes lines to one gzip file with back pressure; memory is one buffer. Errors are those of the file system. */
export class StreamFileWriter {
  readonly #gzip = createGzip();
  readonly #hash = createHash("sha256");
  readonly #done: Promise<void>;
  readonly #path: string;
  #failure: Error | undefined;
  #buffer: string[] = [];
  #buffered = 0;
  #records = 0;
  #bytes = 0;

  constructor(path: string) {
    this.#path = path;
    this.#done = pipeline(this.#gzip, createWriteStream(path, { mode: 0o600 }));
    this.#done.catch((error: unknown) => {
      this.#failure = error instanceof Error ? error : new Error(String(error));
    });
  }

  get records(): number {
    return this.#records;
  }

  async write(line: string): Promise<void> {
    this.#buffer.push(line);
    this.#buffered += line.length + 1;
    this.#records += 1;
    if (this.#buffered >= FLUSH_CHARS) await this.#flush();
  }

  async close(): Promise<StreamTotals> {
    await this.#flush();
    this.#gzip.end();
    await this.#done;
    await syncPath(this.#path);
    return { sha256: this.#hash.digest("hex"), records: this.#records, bytes: this.#bytes };
  }

  async abort(): Promise<void> {
    this.#gzip.destroy();
    await this.#done.catch(() => undefined);
  }

  async #flush(): Promise<void> {
    this.#throwFailure();
    if (this.#buffer.length === 0) return;
    const chunk = Buffer.from(`${this.#buffer.join("\n")}\n`);
    this.#buffer = [];
    this.#buffered = 0;
    this.#hash.update(chunk);
    this.#bytes += chunk.length;
    // Several writes may wait here at once: the order in the file is that of the calls all the same.
    if (!this.#gzip.write(chunk)) await Promise.race([drained(this.#gzip), this.#done]);
    this.#throwFailure();
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}

function drained(stream: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve) => {
    stream.once("drain", resolve);
  });
}

/** Makes a file's or folder's content durable against power loss. */
export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Reads a stream's file: batches of lines, and at the end what was read in all. The last batch is handed over
 * only after `accept` has looked at the totals (it throws where they are not the manifest's).
 */
export async function* readLines(
  path: string,
  accept: (totals: StreamTotals) => void,
  batchSize = 1_000,
): AsyncGenerator<readonly string[], void, undefined> {
  const hash = createHash("sha256");
  const decoder = new TextDecoder("utf-8");
  let rest = "";
  let bytes = 0;
  let records = 0;
  let batch: string[] = [];
  const file = createReadStream(path, { highWaterMark: 1 << 18 });
  const gunzip = createGunzip({ chunkSize: 1 << 18 });
  const piped = pipeline(file, gunzip);
  // The error reaches the loop below through `gunzip`; without this it would count as unhandled besides.
  piped.catch(() => undefined);
  try {
    for await (const chunk of gunzip) {
      if (!Buffer.isBuffer(chunk)) continue;
      hash.update(chunk);
      bytes += chunk.length;
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      records += lines.length;
      for (const line of lines) {
        if (batch.length >= batchSize) {
          yield batch;
          batch = [];
        }
        batch.push(line);
      }
    }
    await piped;
  } finally {
    gunzip.destroy();
    file.destroy();
  }
  if (rest !== "") records += 1;
  accept({ sha256: hash.digest("hex"), records, bytes });
  if (batch.length > 0) yield batch;
}
