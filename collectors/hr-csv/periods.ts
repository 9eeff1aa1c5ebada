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

/** A row of which only this is known, because something in it could not be read. */
export interface UnreadPeriod {
  readonly line: number;
  readonly startsAt: number | undefined;
  /** It has an end, which may be one that nobody could read. */
  readonly ends: boolean;
  readonly endsAt: number | undefined;
}

/**
 * The id of each period of one worker, oldest first. The oldest is the worker id alone, so that neither an end date,
 * nor a corrected start, nor a later period ever renames it; each later one adds the day it began, or where that is
 * not known its number. A rejected row keeps its place: that it cannot be read must not rename the others.
 */
export function periodIds<P extends Period>(
  workerId: string,
  periods: readonly P[],
  unread: readonly UnreadPeriod[] = [],
): readonly (readonly [string, P])[] {
  const base = workerId.replaceAll("~", "%7E");
  // One that began with another row is that period again, and no period of its own.
  const others = unread.filter(
    ({ startsAt }) => startsAt === undefined || !periods.some((period) => period.startsAt === startsAt),
  );
  const places = [
    ...periods.map((period) => ({ period, line: period.line, from: beginning(period) })),
    ...others.map((row) => ({ period: undefined, line: row.line, from: unreadBeginning(row) })),
  ].sort((a, b) => a.from - b.from || a.line - b.line);
  return places.flatMap(({ period }, index) => {
    if (period === undefined) return [];
    return [[index === 0 ? base : `${base}~${period.start ?? index + 1}`, period] as const];
  });
}

function beginning({ startsAt, endsAt }: Pick<Period, "startsAt" | "endsAt">): number {
  return startsAt ?? (endsAt === undefined ? FOREVER : endsAt - 1);
}

/** Whose end cannot be read was over at some time, and most likely before the others. */
function unreadBeginning(row: UnreadPeriod): number {
  const isUnplaced = row.ends && row.startsAt === undefined && row.endsAt === undefined;
  return isUnplaced ? Number.MIN_SAFE_INTEGER : beginning(row);
}
