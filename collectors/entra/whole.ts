import { IdList } from "./guids.js";

/** How far a list was read: what rests on it proves an absence only where nothing of it is missing. */
export interface ListRead {
  /** What came, each once: a page that came twice makes up for nothing. */
  readonly ids: IdList;
  /** What Graph itself counts; undefined where it does not say. */
  count: number | undefined;
  /** What came and could not be read. */
  rejected: number;
  /** Its last page came. */
  ended: boolean;
}

/** Of all lists, by stream. */
export type ListReads = Map<string, ListRead>;

/** What is known of a stream's list so far; of one that nobody began, nothing. */
export function listReadOf(lists: ListReads, stream: string): ListRead {
  const known = lists.get(stream);
  if (known !== undefined) return known;
  const begun = { ids: new IdList(), count: undefined, rejected: 0, ended: false };
  lists.set(stream, begun);
  return begun;
}

/** Why not all of a list is known; undefined where it is. */
export function lackOf(lists: ListReads, stream: string): string | undefined {
  const read = lists.get(stream);
  if (read?.ended !== true) return `${stream} were not read to their end`;
  if (read.rejected > 0) return `${read.rejected} of ${stream} could not be read`;
  if (read.count !== undefined && read.ids.size < read.count)
    return `${read.ids.size} of ${stream} came, and Graph counts ${read.count}`;
  return undefined;
}
