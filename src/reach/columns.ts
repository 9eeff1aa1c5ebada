/** A typed array that grows: edges are read before anyone knows how many there are. */
export class Column<T extends Int32Array | Uint8Array> {
  #values: T;
  #make: (length: number) => T;
  length = 0;

  constructor(make: (length: number) => T) {
    this.#make = make;
    this.#values = make(1_024);
  }

  push(value: number): void {
    if (this.length === this.#values.length) {
      const larger = this.#make(this.#values.length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.length++] = value;
  }

  /** The values pushed so far, as a view. */
  view(): T {
    return this.#values;
  }
}

/** `array[index]`, which is known to be inside: typed arrays read 0 where TypeScript fears undefined. */
export function at(array: Int32Array | Uint8Array, index: number): number {
  return array[index] ?? 0;
}
