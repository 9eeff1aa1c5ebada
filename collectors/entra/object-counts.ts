import { hasMore, type ObjectLists } from "./shapes.js";

/** One object's list, as far as it came. */
interface ObjectList {
  /** What Graph counts of it. */
  counted: number;
  /** What came of it, each once. */
  readonly keys: Set<string>;
  /** What of it stands in the sum. */
  summed: number;
}

/**
 * What the per-object lists of a stream hold together. Each is held against Graph's count of it alone: `$count` comes of
 * another index than the list, and what one list has beyond it may not make up for what another lacks.
 */
export class ObjectCounts {
  readonly #lists = new Map<string, ObjectList>();
  #sum = 0;
  #counted = false;

  /** The least that the stream must come to; undefined where Graph counts none of its lists. */
  get least(): number | undefined {
    return this.#counted ? this.#sum : undefined;
  }

  /** Takes a page of an object's list, with a key for each thing that it names; gives how many came of it so far. */
  add(page: ObjectLists, keys: Iterable<string>): number {
    const { id, gone, "@odata.count": count } = page;
    const list = this.#lists.get(id) ?? { counted: 0, keys: new Set<string>(), summed: 0 };
    this.#lists.set(id, list);
    if (typeof count === "number") {
      this.#counted = true;
      list.counted = count;
    }
    // Of what is gone nothing is missing.
    if (gone === true) list.counted = 0;
    for (const key of keys) list.keys.add(key);
    const sum = Math.max(list.counted, list.keys.size);
    this.#sum += sum - list.summed;
    list.summed = sum;
    // One that came up short may go on in a later line of a recording that was put together by hand.
    if (!hasMore(page) && list.keys.size >= list.counted) this.#lists.delete(id);
    return list.keys.size;
  }
}
