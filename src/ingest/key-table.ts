import { hash } from "node:crypto";

/** SHA-256 of a record's id; the first half of it is the key of the table. */
export function idDigest(id: string | Uint8Array): Buffer {
  return hash("sha256", id, "buffer");
}

const USED = 1;
const SEEN = 2;
/** Its record was lost and is kept as missing: known, but no longer there. */
const LOST = 4;
/** Its removal was already done together with that of another assertion. */
const DONE = 8;

/**
 * What a baseline holds, in 35 bytes a slot instead of strings: half the digest of a record's id, its hash, its
 * type's number, and what this read has seen of it. Open addressing, at most two thirds full, so that a million
 * records are 73 MB at most.
 */
export class KeyTable {
  #words = new Uint32Array(0);
  #flags = new Uint8Array(0);
  #types = new Uint16Array(0);
  #mask = -1;
  #size = 0;
  readonly #typeNames: string[] = [];
  readonly #typeNumbers = new Map<string, number>();

  constructor(expected = 0) {
    this.#allocate(expected);
  }

  get size(): number {
    return this.#size;
  }

  /** Adds a record of the baseline. `recordHash` is its hash in hex, or undefined where it is lost. */
  add(id: Buffer, recordHash: Buffer | undefined, type: string): void {
    if ((this.#size + 1) * 3 > (this.#mask + 1) * 2) this.#grow();
    let slot = id.readUInt32LE(0) & this.#mask;
    while ((this.#flags[slot] ?? 0) !== 0) {
      if (this.#isAt(slot, id)) break;
      slot = (slot + 1) & this.#mask;
    }
    if ((this.#flags[slot] ?? 0) === 0) this.#size += 1;
    for (let word = 0; word < 4; word++) {
      this.#words[slot * 8 + word] = id.readUInt32LE(word * 4);
      this.#words[slot * 8 + 4 + word] = recordHash?.readUInt32LE(word * 4) ?? 0;
    }
    this.#flags[slot] = recordHash === undefined ? USED | LOST : USED;
    this.#types[slot] = this.#typeNumber(type);
  }

  /** Where a record stands, or -1. */
  find(id: Buffer): number {
    if (this.#size === 0) return -1;
    let slot = id.readUInt32LE(0) & this.#mask;
    while ((this.#flags[slot] ?? 0) !== 0) {
      if (this.#isAt(slot, id)) return slot;
      slot = (slot + 1) & this.#mask;
    }
    return -1;
  }

  /** True where the record at the slot has this hash; a lost one has none. */
  hasHash(slot: number, recordHash: Buffer): boolean {
    if (this.isLost(slot)) return false;
    for (let word = 0; word < 4; word++) {
      if (this.#words[slot * 8 + 4 + word] !== recordHash.readUInt32LE(word * 4)) return false;
    }
    return true;
  }

  markSeen(slot: number): void {
    this.#set(slot, SEEN);
  }

  isSeen(slot: number): boolean {
    return this.#has(slot, SEEN);
  }

  isLost(slot: number): boolean {
    return this.#has(slot, LOST);
  }

  markDone(slot: number): void {
    this.#set(slot, DONE);
  }

  isDone(slot: number): boolean {
    return this.#has(slot, DONE);
  }

  /** Live records by type: all of them, or those that this read has not seen. */
  countByType(which: "all" | "unseen"): Map<string, number> {
    const counts = new Uint32Array(this.#typeNames.length);
    for (let slot = 0; slot <= this.#mask; slot++) {
      const flags = this.#flags[slot] ?? 0;
      if (flags === 0 || (flags & LOST) !== 0 || (which === "unseen" && (flags & SEEN) !== 0)) continue;
      const type = this.#types[slot] ?? 0;
      counts[type] = (counts[type] ?? 0) + 1;
    }
    const byType = new Map<string, number>();
    this.#typeNames.forEach((name, type) => {
      const count = counts[type] ?? 0;
      if (count > 0) byType.set(name, count);
    });
    return byType;
  }

  #has(slot: number, flag: number): boolean {
    return ((this.#flags[slot] ?? 0) & flag) !== 0;
  }

  #set(slot: number, flag: number): void {
    this.#flags[slot] = (this.#flags[slot] ?? 0) | flag;
  }

  #isAt(slot: number, id: Buffer): boolean {
    for (let word = 0; word < 4; word++) {
      if (this.#words[slot * 8 + word] !== id.readUInt32LE(word * 4)) return false;
    }
    return true;
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

  #allocate(records: number): void {
    let capacity = 64;
    while (capacity * 2 < records * 3) capacity *= 2;
    this.#words = new Uint32Array(capacity * 8);
    this.#flags = new Uint8Array(capacity);
    this.#types = new Uint16Array(capacity);
    this.#mask = capacity - 1;
  }

  #grow(): void {
    const words = this.#words;
    const flags = this.#flags;
    const types = this.#types;
    this.#allocate(flags.length * 2 * (2 / 3));
    for (let from = 0; from < flags.length; from++) {
      const flag = flags[from] ?? 0;
      if (flag === 0) continue;
      let slot = (words[from * 8] ?? 0) & this.#mask;
      while ((this.#flags[slot] ?? 0) !== 0) slot = (slot + 1) & this.#mask;
      this.#words.set(words.subarray(from * 8, from * 8 + 8), slot * 8);
      this.#flags[slot] = flag;
      this.#types[slot] = types[from] ?? 0;
    }
  }
}
