import { hash } from "node:crypto";

const CHUNK = 1 << 15;
/** 32-bit words of the id's hash: two of a billion ids share them once in 10¹¹ reads. */
const ID_WORDS = 3;
/** And one of the line's: that two are not the same is worth a warning, and nothing rests on it. */
const WORDS = ID_WORDS + 1;
/** How full the index may get. */
const FULL = 0.8;

/**
 * Remembers which ids were written, and with which content, in 16 bytes a record plus an index of 5 to 10 bytes:
 * a million records are some 25 MB, where strings would be several hundred.
 */
export class SeenRecords {
  #index = new Uint32Array(1 << 12);
  #chunks: Uint32Array[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** `new` adds it; `same` and `other` say whether what was there had the same content. */
  add(id: string, content: string): "new" | "same" | "other" {
    if (this.#size + 1 > this.#index.length * FULL) this.#grow();
    const key = words(id, ID_WORDS);
    const body = words(content, WORDS - ID_WORDS);
    let slot = (key[0] ?? 0) & (this.#index.length - 1);
    for (;;) {
      const entry = this.#index[slot] ?? 0;
      if (entry === 0) break;
      if (this.#equals(entry - 1, 0, key)) return this.#equals(entry - 1, ID_WORDS, body) ? "same" : "other";
      slot = (slot + 1) & (this.#index.length - 1);
    }
    this.#append(key, body);
    this.#index[slot] = this.#size;
    return "new";
  }

  #append(key: Uint32Array, body: Uint32Array): void {
    const at = this.#size % CHUNK;
    let chunk = this.#chunks[(this.#size - at) / CHUNK];
    if (chunk === undefined) {
      chunk = new Uint32Array(CHUNK * WORDS);
      this.#chunks.push(chunk);
    }
    chunk.set(key, at * WORDS);
    chunk.set(body, at * WORDS + ID_WORDS);
    this.#size += 1;
  }

  #word(entry: number, word: number): number {
    const at = entry % CHUNK;
    return this.#chunks[(entry - at) / CHUNK]?.[at * WORDS + word] ?? 0;
  }

  #equals(entry: number, offset: number, value: Uint32Array): boolean {
    return value.every((word, at) => this.#word(entry, offset + at) === word);
  }

  #grow(): void {
    const index = new Uint32Array(this.#index.length * 2);
    for (let entry = 0; entry < this.#size; entry++) {
      let slot = this.#word(entry, 0) & (index.length - 1);
      while (index[slot] !== 0) slot = (slot + 1) & (index.length - 1);
      index[slot] = entry + 1;
    }
    this.#index = index;
  }
}

function words(text: string, count: number): Uint32Array {
  const bytes = hash("sha256", text, "buffer");
  const found = new Uint32Array(count);
  for (let at = 0; at < count; at++) found[at] = bytes.readUInt32LE(at * 4);
  return found;
}
