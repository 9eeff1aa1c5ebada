import { overlap, type Period } from "./periods.js";

/** Rows of one worker that do not agree on whether the work is over. Epoch ms. */
export interface Conflict {
  /** In words. */
  readonly text: string;
  /** From when on they disagree; absent means always. */
  readonly from: number | undefined;
  /** Exclusive; absent means for good. */
  readonly until: number | undefined;
}

export interface Settled<P extends Period> {
  /** The rows that count, in no order. */
  readonly kept: readonly P[];
  /** Each row that does not count, and the one that stands for it. */
  readonly dropped: readonly (readonly [P, P])[];
  readonly conflicts: ReadonlyMap<P, Conflict>;
}

/**
 * Decides which rows of one worker count. Of rows that speak of one time the one that ends first does: a row that
 * says less must not make a leaver live, wherever in the file it stands. Where two rows disagree on whether the work
 * is over, the one that counts has the conflict; so has a row without an end, or with a later one, that nothing
 * shows to be a later employment than one that is over.
 */
export function settle<P extends Period>(rows: readonly P[]): Settled<P> {
  const kept: P[] = [];
  const dropped: [P, P][] = [];
  const conflicts = new Map<P, Conflict>();
  for (const row of [...rows].sort(byEnd)) {
    const other = kept.find((candidate) => overlap(candidate, row));
    if (other === undefined) {
      kept.push(row);
      continue;
    }
    dropped.push([row, other]);
    if (overFrom(other) < overFrom(row)) {
      add(
        conflicts,
        other,
        overFrom(other),
        overFrom(row),
        `${said(other)}, and another for the same time ${says(row)}`,
      );
    }
  }
  for (const row of kept) {
    const ended = kept.find((other) => overFrom(other) < overFrom(row) && !isBefore(other, row));
    if (ended === undefined) continue;
    const text = `${said(ended)}, and another ${says(row)}; no first day tells which is the later one`;
    add(conflicts, row, overFrom(ended), overFrom(row), text);
  }
  return { kept, dropped, conflicts };
}

const ALWAYS = Number.MIN_SAFE_INTEGER;
const NEVER = Number.MAX_SAFE_INTEGER;

/** From when on a row says that the work is over: of a contingent worker the status decides, of others the last day. */
function overFrom({ status, type, endsAt }: Period): number {
  if (endsAt === undefined) return status === "terminated" ? ALWAYS : NEVER;
  const works = status === "active" || status === "leave";
  return works && type === "contingent" ? NEVER : endsAt;
}

/** The earliest end first; of the same, an unknown status before one that says more, then by line. */
function byEnd(a: Period, b: Period): number {
  const unknown = ({ status }: Period) => (status === "unknown" ? 0 : 1);
  return overFrom(a) - overFrom(b) || unknown(a) - unknown(b) || a.line - b.line;
}

/** True where a row that is over is shown to be the earlier employment. */
function isBefore(over: Period, row: Period): boolean {
  if (row.startsAt === undefined) return false;
  if (over.endsAt !== undefined) return over.endsAt <= row.startsAt;
  return over.startsAt !== undefined && over.startsAt < row.startsAt;
}

function add<P>(conflicts: Map<P, Conflict>, row: P, from: number, until: number, text: string): void {
  const known = conflicts.get(row);
  conflicts.set(row, {
    text: known?.text ?? text,
    from:
      from === ALWAYS || (known !== undefined && known.from === undefined)
        ? undefined
        : Math.min(from, known?.from ?? from),
    until:
      until === NEVER || (known !== undefined && known.until === undefined)
        ? undefined
        : Math.max(until, known?.until ?? until),
  });
}

function said(row: Period): string {
  return `one row says ${says(row)}`;
}

function says({ status, end }: Period): string {
  const word = status === "unknown" ? "a status that is not known" : status;
  return `${word} ${end === undefined ? "without a last day" : `with the last day ${end}`}`;
}
