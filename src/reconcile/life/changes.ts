import type { CellValue, GraphStore, Row } from "../../graph/index.js";
import type { Rekeys } from "./rekey.js";

const BATCH = 2_000;

export const CHANGE_QUERY = `UNWIND $records AS r MATCH (c:Change {record: r})
  RETURN c.id AS id, c.kind AS kind, c.record AS record, c.source AS source, c.stream AS stream,
    c.partition AS partition, c.read AS read, c.readAt AS readAt, c.previousReadAt AS previousReadAt,
    c.before AS before, c.after AS after, c.to AS to`;

/** A node `Change` of docs/graph.md, as far as findings need it. */
export interface KnownChange {
  readonly id: string;
  readonly kind: string;
  readonly record: string;
  readonly source: string;
  readonly stream: string;
  readonly partition: string;
  readonly read: string;
  readonly readAt: number;
  readonly previousReadAt: number | undefined;
  readonly before: Readonly<Record<string, unknown>>;
  readonly after: Readonly<Record<string, unknown>>;
  readonly to: string | undefined;
}

/** New keys among these keys, followed to their end. */
export async function rekeysOf(
  store: GraphStore,
  keys: Iterable<string>,
  signal?: AbortSignal,
): Promise<Rekeys> {
  const rekeys = new Map<string, string>();
  let ask = new Set(keys);
  while (ask.size > 0) {
    const changes = await changesOf(store, ask, signal);
    ask = new Set();
    for (const list of changes.values()) {
      // A key that came back after that is a thing of its own again.
      const newest = list.findLast(
        ({ kind }) => kind === "rekeyed" || kind === "added" || kind === "returned",
      );
      if (newest?.kind !== "rekeyed" || newest.to === undefined || rekeys.has(newest.record)) continue;
      rekeys.set(newest.record, newest.to);
      ask.add(newest.to);
    }
  }
  return rekeys;
}

/** All keys under which what has these keys once stood, by key: what they were rekeyed to, and those in turn. */
export async function formerKeysOf(
  store: GraphStore,
  keys: ReadonlySet<string>,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const next = new Map<string, readonly string[]>();
  let ask = new Set(keys);
  while (ask.size > 0) {
    const changes = await changesOf(store, ask, signal);
    const more = new Set<string>();
    for (const key of ask) {
      const to = (changes.get(key) ?? []).flatMap((change) =>
        change.kind === "rekeyed" ? (change.to ?? []) : [],
      );
      next.set(key, to);
      for (const one of to) more.add(one);
    }
    ask = new Set([...more].filter((key) => !next.has(key)));
  }
  return new Map(
    [...keys].map((key) => {
      const found = new Set([key]);
      for (const one of found) for (const to of next.get(one) ?? []) found.add(to);
      found.delete(key);
      return [key, [...found]];
    }),
  );
}

/** Changes by record, oldest first. */
export async function changesOf(
  store: GraphStore,
  records: Iterable<string>,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, readonly KnownChange[]>> {
  const all = [...records];
  const found = new Map<string, KnownChange[]>();
  for (let from = 0; from < all.length; from += BATCH) {
    const params = { records: all.slice(from, from + BATCH) };
    for (const row of await store.rows(CHANGE_QUERY, params, signal)) {
      const change = changeOf(row);
      const list = found.get(change.record);
      if (list === undefined) found.set(change.record, [change]);
      else list.push(change);
    }
  }
  for (const list of found.values()) list.sort((a, b) => a.readAt - b.readAt || (a.id < b.id ? -1 : 1));
  return found;
}

function changeOf(row: Row): KnownChange {
  const text = (value: CellValue | undefined) => (typeof value === "string" ? value : "");
  return {
    id: text(row.id),
    kind: text(row.kind),
    record: text(row.record),
    source: text(row.source),
    stream: text(row.stream),
    partition: text(row.partition),
    read: text(row.read),
    readAt: typeof row.readAt === "number" ? row.readAt : 0,
    previousReadAt: typeof row.previousReadAt === "number" ? row.previousReadAt : undefined,
    before: flat(row.before),
    after: flat(row.after),
    to: typeof row.to === "string" ? row.to : undefined,
  };
}

function flat(value: CellValue | undefined): Readonly<Record<string, unknown>> {
  if (typeof value !== "string") return {};
  const parsed: unknown = JSON.parse(value);
  return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed) ? { ...parsed } : {};
}
