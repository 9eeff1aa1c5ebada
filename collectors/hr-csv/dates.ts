import { DateTime } from "luxon";

/** A cell of a date column: a whole day in a zone, or an instant. Times are epoch ms. */
export interface Moment {
  /** ISO date, or ISO instant with its offset. */
  readonly text: string;
  /** The start of the day, or the instant. */
  readonly from: number;
  /** The start of the next day in the zone, or the instant: where something that ends then is over. */
  readonly until: number;
}

export interface DateOptions {
  readonly zone: string;
  /** Luxon formats, tried in order after ISO 8601. */
  readonly formats: readonly string[];
  readonly locale: string;
}

const ISO_DATE = /^\d{4}-\d{2}-\d{2}$/;
const ISO_INSTANT = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d{1,9})?)?( ?(Z|[+-]\d{2}(:?\d{2})?))?$/i;

/**
 * Reads a cell. Undefined where it is no date that exists: nothing is guessed, rolled over or cut off. A day begins
 * at the first instant it has in the zone, so days whose midnight a clock change skips come out right. An instant
 * without an offset is local time.
 */
export function readMoment(cell: string, options: DateOptions): Moment | undefined {
  const { zone } = options;
  if (ISO_DATE.test(cell)) return day(DateTime.fromISO(cell, { zone }));
  if (ISO_INSTANT.test(cell)) {
    return instant(DateTime.fromISO(cell.replace(" ", "T").replaceAll(" ", "").toUpperCase(), { zone }));
  }
  for (const format of options.formats) {
    const parsed = DateTime.fromFormat(cell, format, { zone, locale: options.locale });
    if (parsed.isValid) return saysTime(format) ? instant(parsed) : day(parsed);
  }
  return undefined;
}

/** Tokens of a time of day or of a whole instant: https://moment.github.io/luxon/#/parsing?id=table-of-tokens */
function saysTime(format: string): boolean {
  return /[HhmsSutTxXfF]/.test(format.replace(/'[^']*'/g, ""));
}

function day(date: DateTime): Moment | undefined {
  const text = date.toISODate();
  if (!date.isValid || text === null) return undefined;
  return {
    text,
    from: date.startOf("day").toMillis(),
    until: date.plus({ days: 1 }).startOf("day").toMillis(),
  };
}

function instant(date: DateTime): Moment | undefined {
  const text = date.toISO({ suppressMilliseconds: true });
  if (!date.isValid || text === null) return undefined;
  return { text, from: date.toMillis(), until: date.toMillis() };
}
