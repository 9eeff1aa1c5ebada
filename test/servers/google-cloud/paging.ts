import type { Fault } from "../faults.js";

export interface Paged<T> {
  readonly items: readonly T[];
  readonly next: string;
}

/** How many objects a page has: servers may give fewer than were asked for (0 where nobody says). */
export const sizeOf = (asked: number, most: number) => (asked === 0 ? most : Math.min(asked, most));

/** Token of a page: opaque to callers, and of one list only. */
const tokenOf = (list: string, at: number, again = "") =>
  Buffer.from(`${list}|${at}|${again}`).toString("base64url");

/** Where a token says that its page begins; undefined for a token that this list never gave. */
function startOf(list: string, token: string): number | undefined {
  if (token === "") return 0;
  const [of, at] = Buffer.from(token, "base64url").toString("utf8").split("|");
  return of === list && /^\d+$/.test(at ?? "") ? Number(at) : undefined;
}

/**
 * One page of a list, bent by the faults of paging. An empty page comes before the one that was asked for; an object
 * twice is the last of the page before, again; a cursor that repeats names the page itself. Undefined for a token that
 * is wrong.
 */
export function pageOf<T>(
  all: readonly T[],
  list: string,
  token: string,
  size: number,
  fault: Fault | undefined,
): Paged<T> | undefined {
  const start = startOf(list, token);
  if (start === undefined) return undefined;
  if (fault?.kind === "emptyPage") return { items: [], next: tokenOf(list, start, "again") };
  const end = start + size;
  const next = end < all.length ? tokenOf(list, end) : "";
  const items = all.slice(start, end);
  if (fault?.kind === "twice")
    return { items: [...all.slice(Math.max(0, start - 1), start), ...items], next };
  if (fault?.kind === "sameCursor") return { items, next: token };
  return { items, next };
}
