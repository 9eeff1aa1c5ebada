import { closeSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { digest, messageOf, OperationError } from "../model/index.js";
import { LOST } from "./assertion.js";
import { idDigest } from "./key-table.js";

const FLUSH = 1 << 18;

/** One line of a baseline: a record, its type, and its hash as bytes; no hash where it is lost. */
export interface BaselineEntry {
  readonly id: Uint8Array;
  readonly digest: Buffer;
  readonly type: string;
  readonly hash: Buffer | undefined;
}

/**
 * Sums up entries into the id of a baseline: the same for the same entries in any order, so that a baseline that
 * was read again from the graph has the id that the marker names. It finds damage and staleness, not malice: the
 * file is readable and writable by this user only.
 */
export class BaselineSum {
  readonly #words = new Uint32Array(9);
  #count = 0;

  add(id: Buffer, recordHash: Buffer | undefined, type: string): void {
    let mix = 0;
    for (let i = 0; i < type.length; i++) mix = (Math.imul(mix, 31) + type.charCodeAt(i)) | 0;
    for (let word = 0; word < 4; word++) {
      const key = id.readUInt32LE(word * 4);
      const value = recordHash?.readUInt32LE(word * 4) ?? 0;
      this.#words[word] = (this.#words[word] ?? 0) + key;
      this.#words[word + 4] = (this.#words[word + 4] ?? 0) + (Math.imul(key | 1, value) ^ mix);
    }
    this.#words[8] = (this.#words[8] ?? 0) + Math.imul(id.readUInt32LE(16) | 1, mix);
    this.#count += 1;
  }

  /** 32 hex digits. */
  id(): string {
    return digest(String(this.#count), Buffer.from(this.#words.buffer).toString("hex")).slice(0, 32);
  }
}

/** Writes a baseline beside its place; `publish` moves it there. Errors of the disk are OperationErrors. */
export class BaselineWriter {
  readonly #path: string;
  readonly #working: string;
  readonly #sum = new BaselineSum();
  readonly #counts = new Map<string, number>();
  #file: number | undefined;
  #lines: string[] = [];
  #buffered = 0;

  constructor(path: string) {
    this.#path = path;
    this.#working = `${path}.${process.pid}.writing`;
    this.#guarded(() => {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      this.#file = openSync(this.#working, "w", 0o600);
    });
  }

  /** Where it is while it is being written. */
  get working(): string {
    return this.#working;
  }

  add(id: string, digestOfId: Buffer, type: string, recordHash: Buffer | undefined): void {
    this.#sum.add(digestOfId, recordHash, type);
    if (recordHash !== undefined) this.#counts.set(type, (this.#counts.get(type) ?? 0) + 1);
    const line = `${recordHash?.toString("hex", 0, 16) ?? LOST} ${type} ${id}\n`;
    this.#lines.push(line);
    this.#buffered += line.length;
    if (this.#buffered >= FLUSH) this.#flush();
  }

  /** Ends the writing. Returns the id, and the live records by type. */
  finish(): { readonly id: string; readonly counts: ReadonlyMap<string, number> } {
    this.#flush();
    this.#guarded(() => {
      if (this.#file === undefined) return;
      closeSync(this.#file);
      this.#file = undefined;
    });
    return { id: this.#sum.id(), counts: this.#counts };
  }

  publish(): void {
    this.#guarded(() => renameSync(this.#working, this.#path));
  }

  discard(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
    rmSync(this.#working, { force: true });
  }

  #flush(): void {
    if (this.#lines.length === 0) return;
    const text = this.#lines.join("");
    this.#lines = [];
    this.#buffered = 0;
    this.#guarded(() => {
      if (this.#file !== undefined) writeFileSync(this.#file, text);
    });
  }

  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.discard();
      throw new OperationError({
        what: `The baseline ${this.#path} could not be written: ${messageOf(error)}.`,
        means: "It only saves reading the graph again; what the graph holds is as the store says.",
        fix: "Check that the disk is not full and the data folder can be written to, and run it again.",
        cause: error,
      });
    }
  }
}

/** The entries of a baseline file, in batches; nothing where there is no such file. Lines that are none end it. */
export async function* readBaseline(path: string): AsyncGenerator<readonly BaselineEntry[]> {
  const handle = await open(path, "r").catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  });
  if (handle === undefined) return;
  try {
    let rest = Buffer.alloc(0);
    const types = new Map<string, string>();
    for (;;) {
      const block = Buffer.alloc(FLUSH);
      const { bytesRead } = await handle.read(block, 0, block.length);
      if (bytesRead === 0) return;
      const bytes = Buffer.concat([rest, block.subarray(0, bytesRead)]);
      const entries: BaselineEntry[] = [];
      let start = 0;
      for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
        const entry = parse(bytes.subarray(start, end), types);
        if (entry === undefined) return;
        entries.push(entry);
        start = end + 1;
      }
      rest = bytes.subarray(start);
      if (entries.length > 0) yield entries;
    }
  } finally {
    await handle.close();
  }
}

function parse(line: Buffer, types: Map<string, string>): BaselineEntry | undefined {
  const first = line.indexOf(32);
  const second = line.indexOf(32, first + 1);
  if (first < 1 || second < 0) return undefined;
  const text = line.toString("latin1", first + 1, second);
  let type = types.get(text);
  if (type === undefined) {
    type = text;
    types.set(text, type);
  }
  const hash = first === 1 ? undefined : Buffer.from(line.toString("latin1", 0, first), "hex");
  if (hash !== undefined && hash.length !== 16) return undefined;
  const id = line.subarray(second + 1);
  return { id, digest: idDigest(id), type, hash };
}
