import { hash } from "node:crypto";

const CHUNK = 1 << 15;
/** 32-bit words per entry: 128 bits of the id's hash and 128 of the line's. */
const WORDS = 8;

/**
 * Remembers which ids were written, and with which content, in 32 bytes a record plus an index of 4 to 8 bytes:
 * a million records are some 40 MB, where strings would be several hundred.
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
    if ((this.#size + 1) * 2 > this.#index.length) this.#grow();
    const key = words(id);
    const body = words(content);
    let slot = (key[0] ?? 0) & (this.#index.length - 1);
    for (;;) {
      const entry = this.#index[slot] ?? 0;
      if (entry === 0) break;
      if (this.#equals(entry - 1, 0, key)) return this.#equals(entry - 1, 4, body) ? "same" : "other";
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
    chunk.set(body, at * WORDS + 4);
    this.#size += 1;
  }

  #word(entry: number, word: number): number {
    const at = entry % CHUNK;
    return this.#chunks[(entry - at) / CHUNK]?.[at * WORDS + word] ?? 0;
  }

  #equals(entry: number, offset: number, value: Uint32Array): boolean {
    for (let i = 0; i < 4; i++) if (this.#word(entry, offset + i) !== value[i]) return false;
    return true;
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

function words(text: string): Uint32Array {
  const bytes = hash("sha256", text, "buffer");
  return Uint32Array.of(
    bytes.readUInt32LE(0),
    bytes.readUInt32LE(4),
    bytes.readUInt32LE(8),
    bytes.readUInt32LE(12),
  );
}
