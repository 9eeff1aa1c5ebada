import { hash } from "node:crypto";

/** SHA-256 of a record's id; the first half of it is the key of the table. */
export function idDigest(id: string): Buffer {
  return hash("sha256", id, "buffer");
}

const SEEN = 1;
/** Its record was lost and is kept as missing: known, but no longer there. */
const LOST = 2;
/** Its removal was already done together with that of another assertion. */
const DONE = 4;
/** 32-bit words per entry: 128 bits of the id's digest, 128 of the record's hash. */
const WORDS = 8;

/**
 * What a baseline holds, in some 50 bytes a record instead of strings: half the digest of a record's id, its hash,
 * its type's number, and what this read has seen of it. It is found by either: a line that did not change is found
 * by its own hash, which covers the id, so that only lines that did change need their id digested.
 */
export class KeyTable {
  #words: Uint32Array;
  #flags: Uint8Array;
  #types: Uint16Array;
  #byId: Uint32Array;
  #byHash: Uint32Array;
  #size = 0;
  readonly #typeNames: string[] = [];
  readonly #typeNumbers = new Map<string, number>();

  /** `expected` records need no growing. */
  constructor(expected = 0) {
    const entries = Math.max(64, expected);
    this.#words = new Uint32Array(entries * WORDS);
    this.#flags = new Uint8Array(entries);
    this.#types = new Uint16Array(entries);
    this.#byId = indexFor(entries);
    this.#byHash = indexFor(entries);
  }

  get size(): number {
    return this.#size;
  }

  /** Adds a record of the baseline. Each id comes once. `recordHash` is undefined where the record is lost. */
  add(id: Uint8Array, recordHash: Uint8Array | undefined, type: string): void {
    if (this.#size === this.#flags.length) this.#grow();
    const entry = this.#size++;
    for (let word = 0; word < 4; word++) {
      this.#words[entry * WORDS + word] = wordAt(id, word);
      this.#words[entry * WORDS + 4 + word] = recordHash === undefined ? 0 : wordAt(recordHash, word);
    }
    this.#flags[entry] = recordHash === undefined ? LOST : 0;
    this.#types[entry] = this.#typeNumber(type);
    this.#link(this.#byId, entry, 0);
    if (recordHash !== undefined) this.#link(this.#byHash, entry, 4);
  }

  /** The entry of a record, or -1. */
  find(id: Uint8Array): number {
    const mask = this.#byId.length - 1;
    let place = wordAt(id, 0) & mask;
    for (;;) {
      const entry = (this.#byId[place] ?? 0) - 1;
      if (entry < 0 || this.#hasId(entry, id)) return entry;
      place = (place + 1) & mask;
    }
  }

  /** The entry of a live record with exactly this hash (as a binary string, which is the quickest to come by), or -1. */
  findUnchanged(recordHash: string): number {
    const mask = this.#byHash.length - 1;
    let place = textWordAt(recordHash, 0) & mask;
    for (;;) {
      const entry = (this.#byHash[place] ?? 0) - 1;
      if (entry < 0 || this.#hasHash(entry, recordHash)) return entry;
      place = (place + 1) & mask;
    }
  }

  /** Notes what a record is now; it is found by its id only. */
  update(entry: number, recordHash: Uint8Array, type: string): void {
    for (let word = 0; word < 4; word++) this.#words[entry * WORDS + 4 + word] = wordAt(recordHash, word);
    this.#types[entry] = this.#typeNumber(type);
    this.#flags[entry] = (this.#flags[entry] ?? 0) & ~LOST;
  }

  /** Type and hash (16 bytes; undefined where it is lost) as they are now. */
  at(entry: number): { readonly type: string; readonly hash: Buffer | undefined } {
    const type = this.#typeNames[this.#types[entry] ?? 0] ?? "";
    if (this.isLost(entry)) return { type, hash: undefined };
    const bytes = Buffer.allocUnsafe(16);
    for (let word = 0; word < 4; word++) {
      bytes.writeUInt32LE(this.#words[entry * WORDS + 4 + word] ?? 0, word * 4);
    }
    return { type, hash: bytes };
  }

  markSeen(entry: number): void {
    this.#set(entry, SEEN);
  }

  isSeen(entry: number): boolean {
    return this.#has(entry, SEEN);
  }

  isLost(entry: number): boolean {
    return this.#has(entry, LOST);
  }

  markDone(entry: number): void {
    this.#set(entry, DONE);
  }

  isDone(entry: number): boolean {
    return this.#has(entry, DONE);
  }

  /** True where a live record was not seen by this read. */
  isUnseen(entry: number): boolean {
    return entry >= 0 && ((this.#flags[entry] ?? 0) & (SEEN | LOST)) === 0;
  }

  /** Live records by type: all of them, or those that this read has not seen. */
  countByType(which: "all" | "unseen"): Map<string, number> {
    const counts = new Uint32Array(this.#typeNames.length);
    for (let entry = 0; entry < this.#size; entry++) {
      if (which === "unseen" ? !this.isUnseen(entry) : this.isLost(entry)) continue;
      const type = this.#types[entry] ?? 0;
      counts[type] = (counts[type] ?? 0) + 1;
    }
    const byType = new Map<string, number>();
    this.#typeNames.forEach((name, type) => {
      const count = counts[type] ?? 0;
      if (count > 0) byType.set(name, count);
    });
    return byType;
  }

  #hasId(entry: number, id: Uint8Array): boolean {
    for (let word = 0; word < 4; word++) {
      if (this.#words[entry * WORDS + word] !== wordAt(id, word)) return false;
    }
    return true;
  }

  #hasHash(entry: number, recordHash: string): boolean {
    for (let word = 0; word < 4; word++) {
      if (this.#words[entry * WORDS + 4 + word] !== textWordAt(recordHash, word)) return false;
    }
    return true;
  }

  #link(index: Uint32Array, entry: number, offset: number): void {
    const mask = index.length - 1;
    let place = (this.#words[entry * WORDS + offset] ?? 0) & mask;
    while (index[place] !== 0) place = (place + 1) & mask;
    index[place] = entry + 1;
  }

  #has(entry: number, flag: number): boolean {
    return ((this.#flags[entry] ?? 0) & flag) !== 0;
  }

  #set(entry: number, flag: number): void {
    this.#flags[entry] = (this.#flags[entry] ?? 0) | flag;
  }

  #typeNumber(type: string): number {
    let number = this.#typeNumbers.get(type);
    if (number === undefined) {
      number = this.#typeNames.length;
      this.#typeNames.push(type);
      this.#typeNumbers.set(type, number);
    }
    return number;
  }

  #grow(): void {
    const entries = this.#flags.length * 2;
    const words = new Uint32Array(entries * WORDS);
    words.set(this.#words);
    this.#words = words;
    const flags = new Uint8Array(entries);
    flags.set(this.#flags);
    this.#flags = flags;
    const types = new Uint16Array(entries);
    types.set(this.#types);
    this.#types = types;
    this.#byId = indexFor(entries);
    this.#byHash = indexFor(entries);
    for (let entry = 0; entry < this.#size; entry++) {
      this.#link(this.#byId, entry, 0);
      if (!this.isLost(entry)) this.#link(this.#byHash, entry, 4);
    }
  }
}

/** Open addressing, at most two thirds full. */
function indexFor(entries: number): Uint32Array {
  let capacity = 128;
  while (capacity * 2 < entries * 3) capacity *= 2;
  return new Uint32Array(capacity);
}

/** The n-th 32-bit word of some bytes, little-endian. */
export function wordAt(bytes: Uint8Array, word: number): number {
  const at = word * 4;
  const low = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16);
  return (low | ((bytes[at + 3] ?? 0) << 24)) >>> 0;
}

function textWordAt(text: string, word: number): number {
  const at = word * 4;
  const low = text.charCodeAt(at) | (text.charCodeAt(at + 1) << 8) | (text.charCodeAt(at + 2) << 16);
  return (low | (text.charCodeAt(at + 3) << 24)) >>> 0;
}
