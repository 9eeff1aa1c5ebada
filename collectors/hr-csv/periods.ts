import type { EmploymentStatus, EmploymentType } from "../../src/model/index.js";

/** One row's stretch of work. Epoch ms; `endsAt` is exclusive. */
export interface Period {
  readonly line: number;
  readonly status: EmploymentStatus;
  readonly type: EmploymentType;
  readonly startsAt: number | undefined;
  readonly endsAt: number | undefined;
  /** The start as text, for the key. */
  readonly start: string | undefined;
  /** The last day as text, for people. */
  readonly end: string | undefined;
}

const FOREVER = Number.MAX_SAFE_INTEGER;

/**
 * True where both rows surely speak of the same time, so one of them is a duplicate. Without a first day only the
 * last one is sure, or that there is no end; of someone terminated without a date only the first day is, unless both
 * rows give the same dates.
 */
export function overlap(a: Period, b: Period): boolean {
  if (a.startsAt === b.startsAt && a.endsAt === b.endsAt) return true;
  const one = surely(a);
  const other = surely(b);
  return Math.max(one.from, other.from) < Math.min(one.to, other.to);
}

function surely({ status, startsAt, endsAt }: Period): { from: number; to: number } {
  if (endsAt !== undefined) return { from: startsAt ?? endsAt - 1, to: endsAt };
  if (status === "terminated")
    return { from: startsAt ?? FOREVER, to: startsAt === undefined ? 0 : startsAt + 1 };
  return { from: startsAt ?? FOREVER - 1, to: FOREVER };
}

/**
 * The id of each period of one worker, oldest first. The oldest is the worker id alone, so that neither an end date,
 * nor a corrected start, nor a later period ever renames it; each later one adds the day it began, or where that is
 * not known its number.
 */
export function periodIds<P extends Period>(
  workerId: string,
  periods: readonly P[],
): readonly (readonly [string, P])[] {
  const base = workerId.replaceAll("~", "%7E");
  const sorted = [...periods].sort((a, b) => beginning(a) - beginning(b) || a.line - b.line);
  return sorted.map((period, index) => [index === 0 ? base : `${base}~${period.start ?? index + 1}`, period]);
}

function beginning({ startsAt, endsAt }: Period): number {
  return startsAt ?? (endsAt === undefined ? FOREVER : endsAt - 1);
}
