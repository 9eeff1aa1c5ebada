const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Object ids in the order they came, each once and in a few bytes: a tenant may have hundreds of thousands. */
export class IdList implements Iterable<string> {
  /** The first and the last six bytes of each, as one: where that is new, so is the id. */
  readonly #seen = new Set<number>();
  #bytes = Buffer.alloc(0);
  #count = 0;
  /** What is no lower-case GUID, by its place. */
  readonly #other = new Map<number, string>();

  get size(): number {
    return this.#count;
  }

  /** An id that is there already stays where it is. */
  add(id: string): void {
    if (this.#holds(id)) return;
    if ((this.#count + 1) * 16 > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(16 * 64, this.#bytes.length * 2));
      this.#bytes.copy(larger);
      this.#bytes = larger;
    }
    if (GUID.test(id)) this.#bytes.write(id.replaceAll("-", ""), this.#count * 16, "hex");
    else this.#other.set(this.#count, id);
    this.#count += 1;
  }

  #holds(id: string): boolean {
    if (!GUID.test(id)) return [...this.#other.values()].includes(id);
    const part = (from: number) => Number.parseInt(id.slice(from, from + 6), 16);
    const mixed =
      (part(0) ^ part(24)) * 0x1000000 + (Number.parseInt(id.slice(6, 8) + id.slice(9, 13), 16) ^ part(30));
    if (!this.#seen.has(mixed)) {
      this.#seen.add(mixed);
      return false;
    }
    for (const other of this) if (other === id) return true;
    return false;
  }

  *[Symbol.iterator](): Generator<string, void, undefined> {
    for (let at = 0; at < this.#count; at++) yield this.#at(at);
  }

  /** Slices of at most `size` ids. */
  *slices(size: number): Generator<readonly string[], void, undefined> {
    for (let at = 0; at < this.#count; at += size) {
      const end = Math.min(at + size, this.#count);
      yield Array.from({ length: end - at }, (_, index) => this.#at(at + index));
    }
  }

  #at(index: number): string {
    const other = this.#other.get(index);
    if (other !== undefined) return other;
    const hex = this.#bytes.toString("hex", index * 16, index * 16 + 16);
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  }
}
