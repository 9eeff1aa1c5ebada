/** A part of an ordered list, as a connection asks for it: strictly after and before these cursors' keys. */
export interface PageRequest {
  readonly after?: string;
  readonly before?: string;
  readonly limit: number;
  /** From the end backwards: rows come in descending order. */
  readonly inverted: boolean;
}

/** Above every key: keys begin with a source's name, which is ASCII. */
export const LAST = "\uffff";

/** The page of a list that is in memory and ordered by `keyOf`, by code unit. */
export function pageOf<T>(rows: readonly T[], keyOf: (row: T) => string, page: PageRequest): T[] {
  const { after, before } = page;
  const within = rows.filter((row) => {
    const key = keyOf(row);
    return (after === undefined || key > after) && (before === undefined || key < before);
  });
  return (page.inverted ? within.reverse() : within).slice(0, page.limit);
}

/** Compares by code unit, as the keys of both engines are. */
export function byKey<T>(keyOf: (row: T) => string): (a: T, b: T) => number {
  return (a, b) => (keyOf(a) < keyOf(b) ? -1 : keyOf(a) > keyOf(b) ? 1 : 0);
}
