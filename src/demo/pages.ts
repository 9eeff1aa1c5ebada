/** How lists are cut into pages. */

/** Where a stretch of a list stands in the whole of it. */
export interface Stretch {
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

export function* chunks<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}

/**
 * Pages of one stretch: no larger than `size`, and one at least at the list's beginning and end, which may be empty.
 * `page` is told whether another one follows, and whether it is the very first.
 */
export function* paged<T>(
  items: readonly T[],
  size: number,
  { isFirst, isLast }: Stretch,
  page: (items: readonly T[], more: boolean, first: boolean) => unknown,
): Generator<unknown> {
  const parts = [...chunks(items, size)];
  if (parts.length === 0 && (isFirst || isLast)) parts.push([]);
  for (const [at, part] of parts.entries())
    yield page(part, !(isLast && at === parts.length - 1), isFirst && at === 0);
}
