import { closeSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { digest, InputError, messageOf, OperationError } from "../model/index.js";
import { wordAt } from "./key-table.js";

const BLOCK = 1 << 18;

/**
 * A baseline file is a sequence of frames, so that reading it back needs neither parsing nor hashing:
 * `1`, a type's name; `2`, a record: digest of its id, hash, number of its type, id; `3`, a lost record, without
 * hash. Names and ids have their length (16 bits) before them.
 */
const TYPE = 1;
const RECORD = 2;
const LOST_RECORD = 3;
const HALF = 16;

/** One record of a baseline. The bytes are views that hold until the next batch. */
export interface BaselineEntry {
  readonly id: Buffer;
  /** The first half of its SHA-256. */
  readonly digest: Buffer;
  readonly type: string;
  /** Undefined where the record is lost. */
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
  readonly #mixes = new Map<string, number>();

  add(id: Uint8Array, recordHash: Uint8Array | undefined, type: string): void {
    const mix = this.#mixOf(type);
    const words = this.#words;
    for (let word = 0; word < 4; word++) {
      const key = wordAt(id, word);
      const value = recordHash === undefined ? 0 : wordAt(recordHash, word);
      words[word] = (words[word] ?? 0) + key;
      words[word + 4] = (words[word + 4] ?? 0) + (Math.imul(key | 1, value) ^ mix);
    }
    words[8] = (words[8] ?? 0) + Math.imul(wordAt(id, 3) | 1, mix);
    this.#count += 1;
  }

  /** 32 hex digits. */
  id(): string {
    return digest(String(this.#count), Buffer.from(this.#words.buffer).toString("hex")).slice(0, 32);
  }

  #mixOf(type: string): number {
    let mix = this.#mixes.get(type);
    if (mix === undefined) {
      mix = 0;
      for (let i = 0; i < type.length; i++) mix = (Math.imul(mix, 31) + type.charCodeAt(i)) | 0;
      this.#mixes.set(type, mix);
    }
    return mix;
  }
}

/** Writes a baseline beside its place; `publish` moves it there. Errors of the disk are OperationErrors. */
export class BaselineWriter {
  readonly #path: string;
  readonly #working: string;
  readonly #sum = new BaselineSum();
  readonly #counts = new Map<string, number>();
  readonly #types = new Map<string, number>();
  readonly #block = Buffer.allocUnsafe(BLOCK);
  #used = 0;
  #file: number | undefined;

  constructor(path: string) {
    this.#path = path;
    this.#working = `${path}.${process.pid}.writing`;
    this.#guarded(() => {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      this.#file = openSync(this.#working, "w", 0o600);
    });
  }

  /** `digestOfId` and `recordHash` may be longer than the half that is kept. */
  add(id: Buffer, digestOfId: Uint8Array, type: string, recordHash: Uint8Array | undefined): void {
    this.#sum.add(digestOfId, recordHash, type);
    if (recordHash !== undefined) this.#counts.set(type, (this.#counts.get(type) ?? 0) + 1);
    if (id.length > 0xffff) throw tooLong(id);
    const number = this.#typeNumber(type);
    this.#reserve(1 + 2 * HALF + 4 + id.length);
    this.#byte(recordHash === undefined ? LOST_RECORD : RECORD);
    this.#bytes(digestOfId, HALF);
    if (recordHash !== undefined) this.#bytes(recordHash, HALF);
    this.#short(number);
    this.#short(id.length);
    this.#bytes(id, id.length);
  }

  /** Ends the writing. Returns the id, and the live records by type. */
  finish(): { readonly id: string; readonly counts: ReadonlyMap<string, number> } {
    this.#flush();
    this.#guarded(() => {
      if (this.#file !== undefined) closeSync(this.#file);
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

  #typeNumber(type: string): number {
    let number = this.#types.get(type);
    if (number === undefined) {
      number = this.#types.size;
      this.#types.set(type, number);
      const name = Buffer.from(type, "utf8");
      this.#reserve(3 + name.length);
      this.#byte(TYPE);
      this.#short(name.length);
      this.#bytes(name, name.length);
    }
    return number;
  }

  #reserve(length: number): void {
    if (this.#used + length > BLOCK) this.#flush();
  }

  #byte(value: number): void {
    this.#block[this.#used++] = value;
  }

  #short(value: number): void {
    this.#used = this.#block.writeUInt16LE(value, this.#used);
  }

  #bytes(bytes: Uint8Array, length: number): void {
    for (let i = 0; i < length; i++) this.#block[this.#used + i] = bytes[i] ?? 0;
    this.#used += length;
  }

  #flush(): void {
    const { length } = this.#block.subarray(0, this.#used);
    if (length === 0) return;
    this.#guarded(() => {
      if (this.#file !== undefined) writeFileSync(this.#file, this.#block.subarray(0, length));
    });
    this.#used = 0;
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

function tooLong(id: Buffer): InputError {
  return new InputError({
    what: `The id of a record has ${id.length} bytes (${id.toString("utf8", 0, 60)}…).`,
    means: "No store takes keys of that length; the snapshot was not applied.",
    fix: "Leave the record out where it is collected.",
  });
}

/** The entries of a baseline file, in batches; nothing where there is no such file. What is no frame ends it. */
export async function* readBaseline(path: string): AsyncGenerator<readonly BaselineEntry[]> {
  const handle = await open(path, "r").catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  });
  if (handle === undefined) return;
  try {
    const types: string[] = [];
    let rest = Buffer.alloc(0);
    for (;;) {
      const block = Buffer.allocUnsafe(rest.length + BLOCK);
      rest.copy(block);
      const { bytesRead } = await handle.read(block, rest.length, BLOCK);
      if (bytesRead === 0) return;
      const bytes = block.subarray(0, rest.length + bytesRead);
      const { entries, used } = frames(bytes, types);
      if (entries.length > 0) yield entries;
      if (used < 0) return;
      rest = bytes.subarray(used);
    }
  } finally {
    await handle.close();
  }
}

/** The whole frames of some bytes; `used` is where the next one begins, or -1 where there is none. */
function frames(bytes: Buffer, types: string[]): { entries: BaselineEntry[]; used: number } {
  const entries: BaselineEntry[] = [];
  let at = 0;
  while (at < bytes.length) {
    const kind = bytes[at] ?? 0;
    if (kind !== TYPE && kind !== RECORD && kind !== LOST_RECORD) return { entries, used: -1 };
    const fixed = kind === TYPE ? 3 : kind === RECORD ? 5 + 2 * HALF : 5 + HALF;
    if (at + fixed > bytes.length) break;
    const end = at + fixed + bytes.readUInt16LE(at + fixed - 2);
    if (end > bytes.length) break;
    const text = bytes.subarray(at + fixed, end);
    if (kind === TYPE) {
      types.push(text.toString("utf8"));
    } else {
      entries.push({
        id: text,
        digest: bytes.subarray(at + 1, at + 1 + HALF),
        type: types[bytes.readUInt16LE(at + fixed - 4)] ?? "",
        hash: kind === RECORD ? bytes.subarray(at + 1 + HALF, at + 1 + 2 * HALF) : undefined,
      });
    }
    at = end;
  }
  return { entries, used: at };
}
