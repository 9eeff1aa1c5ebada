import type { Row, WriteTransaction } from "../graph/index.js";
import { textOf } from "./baseline.js";
import {
  CHANGE_KINDS,
  type Change,
  type ChangeKind,
  changeId,
  changeProps,
  combined,
  type Flat,
  parseFlat,
  type ReadAt,
  type Transition,
} from "./change.js";
import { absenceBase, isFirstRead, type Part, seenBase } from "./part.js";

/** What became of one record in one transaction of an apply. */
export interface Happened {
  readonly record: string;
  readonly transition: Transition;
  /** The part whose assertion made the difference. */
  readonly part: Part;
  /** Other streams of the source speak of it too, so an earlier transaction of this apply may have changed it. */
  readonly shared: boolean;
  /** The new key and what stands there, where the record only changed its key. */
  readonly rekeyed?: { readonly to: string; readonly after: Flat | undefined };
}

/**
 * Keeps what happened as Change nodes, in the transaction that makes it happen. Several transactions of one apply
 * that touch one record leave one Change: from what it was before the read to what it is after it.
 */
export async function writeChanges(tx: WriteTransaction, all: readonly Happened[]): Promise<void> {
  if (all.length === 0) return;
  const earlier = await earlierInThisRead(
    tx,
    all.filter((one) => one.shared),
  );
  const seen = await seenSince(tx, all);
  const drop: string[] = [];
  const rows: { id: string; props: Record<string, string | number> }[] = [];
  for (const one of all) {
    const before = earlier.get(one.record);
    const net = before === undefined ? one.transition : combined(before, one.transition);
    if (before !== undefined) drop.push(before.id);
    if (net === undefined) continue;
    const change = changeOf(one, net, before, seen.get(one.record));
    rows.push({ id: change.id, props: changeProps(change) });
  }
  if (drop.length > 0) await tx.run("UNWIND $ids AS id MATCH (c:Change {id: id}) DELETE c", { ids: drop });
  if (rows.length > 0) {
    await tx.run("UNWIND $rows AS row MERGE (c:Change {id: row.id}) SET c = row.props", { rows });
  }
}

function changeOf(
  one: Happened,
  net: Transition,
  before: EarlierChange | undefined,
  seen: ReadAt | undefined,
): Change {
  const { part } = one;
  // An earlier Change of this read knows who saw it first, and what was seen before.
  const keeps = before !== undefined && before.kind === net.kind ? before : undefined;
  const kind: ChangeKind = one.rekeyed === undefined ? net.kind : "rekeyed";
  const base = kind === "added" || kind === "returned" ? absenceBase(part) : (seen ?? seenBase(part));
  const change = {
    kind,
    record: one.record,
    label: net.label,
    source: part.source,
    stream: keeps?.stream ?? part.stream,
    partition: keeps?.partition ?? part.partition,
    previous: keeps === undefined ? base : keeps.previous,
    current: keeps?.current ?? part.current,
    before: net.before,
    after: one.rekeyed === undefined ? net.after : one.rekeyed.after,
    to: one.rekeyed?.to,
  };
  return { id: changeId(change), ...change };
}

/** A part that is read for the first time begins; what it says is neither an addition nor a change. */
export function witness(parts: readonly Part[]): Part | undefined {
  return parts.find((part) => !isFirstRead(part));
}

interface EarlierChange extends Transition {
  readonly id: string;
  readonly stream: string;
  readonly partition: string;
  readonly previous: ReadAt | undefined;
  readonly current: ReadAt;
}

async function earlierInThisRead(
  tx: WriteTransaction,
  shared: readonly Happened[],
): Promise<ReadonlyMap<string, EarlierChange>> {
  const found = new Map<string, EarlierChange>();
  if (shared.length === 0) return found;
  const rows = await tx.run(
    `UNWIND $rows AS row MATCH (c:Change {record: row.record}) WHERE c.read = row.read
     RETURN c.id AS id, c.record AS record, c.kind AS kind, c.label AS label, c.stream AS stream,
       c.partition AS partition, c.previousRead AS previousRead, c.previousReadAt AS previousReadAt,
       c.read AS read, c.readAt AS readAt, c.before AS before, c.after AS after`,
    { rows: shared.map((one) => ({ record: one.record, read: one.part.current.read })) },
  );
  for (const row of rows) {
    const kind = CHANGE_KINDS.find((one) => one === row.kind);
    if (kind === undefined) continue;
    found.set(textOf(row, "record"), {
      id: textOf(row, "id"),
      kind,
      label: textOf(row, "label"),
      before: parseFlat(row.before),
      after: parseFlat(row.after),
      stream: textOf(row, "stream"),
      partition: textOf(row, "partition"),
      previous: readAtOf(row, "previousRead", "previousReadAt"),
      current: readAtOf(row, "read", "readAt") ?? { read: textOf(row, "read"), at: 0 },
    });
  }
  return found;
}

function readAtOf(row: Row, read: string, at: string): ReadAt | undefined {
  const [name, instant] = [row[read], row[at]];
  return typeof name === "string" && typeof instant === "number" ? { read: name, at: instant } : undefined;
}

/**
 * Where reads came after the last complete one (partial ones), a record may have been seen first by one of them:
 * its own Changes say so. Otherwise the last complete read saw it.
 */
async function seenSince(
  tx: WriteTransaction,
  all: readonly Happened[],
): Promise<ReadonlyMap<string, ReadAt>> {
  const rows = [];
  for (const { record, part } of all) {
    const base = seenBase(part);
    if (base === undefined || part.marker === undefined || part.marker.read === base.read) continue;
    rows.push({ record, since: base.at, source: part.source, read: part.current.read });
  }
  const seen = new Map<string, ReadAt>();
  if (rows.length === 0) return seen;
  const found = await tx.run(
    `UNWIND $rows AS row MATCH (c:Change {record: row.record})
     WHERE c.source = row.source AND c.readAt > row.since AND c.read <> row.read
       AND c.kind IN ['added', 'changed', 'returned']
     RETURN c.record AS record, c.read AS read, c.readAt AS readAt`,
    { rows },
  );
  for (const row of found) {
    const at = readAtOf(row, "read", "readAt");
    const known = seen.get(textOf(row, "record"));
    if (at !== undefined && (known === undefined || known.at < at.at)) seen.set(textOf(row, "record"), at);
  }
  return seen;
}
