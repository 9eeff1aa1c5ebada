import { CollectError, type ConvertContext, type RawPage } from "../../src/collect/index.js";
import {
  EMPLOYMENT_STATUSES,
  EMPLOYMENT_TYPES,
  entityKey,
  type GraphRecord,
  type PropValue,
} from "../../src/model/index.js";
import type { HrConfig } from "./config.js";
import { type DateOptions, type Moment, readMoment } from "./dates.js";
import { addressesIn } from "./emails.js";
import { type Cells, pageSchema } from "./page.js";
import { overlap, type Period, periodIds } from "./periods.js";

/** Properties of an Employment beside its name. */
export const EMPLOYMENT_PROPERTIES = [
  "workerId",
  "universalId",
  "emails",
  "status",
  "start",
  "end",
  "startsAt",
  "endsAt",
  "type",
  "department",
  "title",
  "manager",
  "zone",
  "roster",
] as const;

const MOMENTS_KEPT = 50_000;

interface Row extends Period {
  readonly props: Readonly<Record<string, PropValue>>;
}

/** What was seen of the file so far. */
export interface HrMemo {
  /** By worker id, each in the order of the file. */
  readonly workers: Map<string, Row[]>;
  /** Lines of values that the configuration does not map, by what is missing. */
  readonly unmapped: Map<string, number[]>;
  /** Cells of date columns that were read already: the same days come up again and again, and zones cost time. */
  readonly moments: Map<string, Moment | "bad">;
  rows: number;
  rejected: number;
}

export function createMemo(): HrMemo {
  return { workers: new Map(), unmapped: new Map(), moments: new Map(), rows: 0, rejected: 0 };
}

type Context = ConvertContext<HrConfig, HrMemo>;

/**
 * Rows to employments. They are given with the last page: a worker's periods can stand anywhere in the file, and
 * which of them is the oldest decides their keys. Throws CollectError where more rows were rejected than allowed.
 */
export function* convertPage(raw: RawPage, context: Context): Generator<GraphRecord, void, undefined> {
  const page = pageSchema.parse(raw);
  const { memo, config, source } = context;
  const lookups = lookupsOf(config, context.timeZone);
  for (const { line, cells, shape } of page.rows) {
    memo.rows += 1;
    const problem =
      shape !== undefined
        ? `it has ${shape[0]} cells, and the header has ${shape[1]}`
        : addRow(line, cells ?? {}, memo, lookups);
    if (problem === undefined) continue;
    memo.rejected += 1;
    context.reject(`line ${line}`, problem);
  }
  if (!page.last) return;
  checkLimit(memo, config);
  for (const [what, lines] of memo.unmapped) context.note(unmappedText(what, lines));
  for (const [workerId, rows] of memo.workers) {
    for (const [id, { props }] of periodIds(workerId, rows)) {
      yield { kind: "node", key: entityKey(source, "employment", id), label: "Employment", props };
    }
  }
}

interface Lookups {
  readonly dates: DateOptions;
  readonly status: (text: string) => (typeof EMPLOYMENT_STATUSES)[number] | undefined;
  readonly type: (text: string) => (typeof EMPLOYMENT_TYPES)[number] | undefined;
  readonly config: HrConfig;
}

function lookupsOf(config: HrConfig, companyZone: string): Lookups {
  return {
    config,
    dates: { zone: config.timeZone ?? companyZone, formats: config.dateFormats, locale: config.dateLocale },
    status: lookup(EMPLOYMENT_STATUSES, config.statusValues),
    type: lookup(EMPLOYMENT_TYPES, config.typeValues),
  };
}

function lookup<W extends string>(words: readonly W[], values: Readonly<Record<string, W>>) {
  const known = new Map<string, W>(words.map((word) => [word, word]));
  for (const [text, word] of Object.entries(values)) known.set(fold(text), word);
  return (text: string) => known.get(fold(text));
}

function fold(text: string): string {
  return text.trim().replace(/\s+/g, " ").toLowerCase();
}

/** Adds a row to its worker, or says why it cannot be: never with what stands in it. */
function addRow(line: number, cells: Cells, memo: HrMemo, lookups: Lookups): string | undefined {
  const workerId = (cells.workerId ?? "").trim();
  if (workerId === "") return "it has no worker id";
  const start = dateIn(cells.startDate, lookups.dates, memo);
  if (start === "bad") return "its start date is not a date";
  const end = dateIn(cells.endDate, lookups.dates, memo);
  if (end === "bad") return "its end date is not a date";
  if (start !== undefined && end !== undefined && end.until <= start.from)
    return "its end is before its start";

  const { config } = lookups;
  const unmapped = (what: string) => {
    const lines = memo.unmapped.get(what);
    if (lines === undefined) memo.unmapped.set(what, [line]);
    else lines.push(line);
  };
  const status = meaningOf(cells.status, config.columns.status, "unknown", "unknown", lookups.status, () => {
    unmapped("status that statusValues does not name");
  });
  const type = meaningOf(cells.type, config.columns.type, "employee", "unknown", lookups.type, () => {
    unmapped("type that typeValues does not name");
  });
  const emails = addressesIn(cells.email ?? "");
  if (cells.email !== undefined && emails.length === 0) unmapped("e-mail cell without an address");

  const name =
    cells.name?.trim() ||
    [cells.firstName, cells.lastName]
      .map((part) => part?.trim() ?? "")
      .join(" ")
      .trim();
  const text = (field: "universalId" | "department" | "title" | "manager") => {
    const value = cells[field]?.trim();
    return value ? { [field]: value } : {};
  };
  const row: Row = {
    line,
    status,
    startsAt: start?.from,
    endsAt: end?.until,
    start: start?.text,
    props: {
      workerId,
      ...text("universalId"),
      emails,
      name: name === "" ? workerId : name,
      status,
      type,
      ...(start === undefined ? {} : { start: start.text, startsAt: start.from }),
      ...(end === undefined ? {} : { end: end.text, endsAt: end.until }),
      ...text("department"),
      ...text("title"),
      ...text("manager"),
      zone: lookups.dates.zone,
      roster: config.roster === "full" ? "full" : "activeOnly",
    },
  };
  const others = memo.workers.get(workerId);
  const other = others?.find((candidate) => overlap(candidate, row));
  if (other !== undefined) return `its worker id stands on line ${other.line} too, for the same time`;
  if (others === undefined) memo.workers.set(workerId, [row]);
  else others.push(row);
  return undefined;
}

function dateIn(cell: string | undefined, options: DateOptions, memo: HrMemo): Moment | "bad" | undefined {
  const text = cell?.trim() ?? "";
  if (text === "") return undefined;
  const known = memo.moments.get(text);
  if (known !== undefined) return known;
  const moment = readMoment(text, options) ?? "bad";
  if (memo.moments.size < MOMENTS_KEPT) memo.moments.set(text, moment);
  return moment;
}

/** What a cell means; without a column `absent`, and for an empty cell what the map says of it, else `empty`. */
function meaningOf<W extends string>(
  cell: string | undefined,
  column: string | undefined,
  absent: W,
  empty: W,
  lookup: (text: string) => W | undefined,
  unmapped: () => void,
): W {
  if (column === undefined) return absent;
  const found = lookup(cell ?? "");
  if (found !== undefined) return found;
  if (cell !== undefined) unmapped();
  return empty;
}

function checkLimit({ rows, rejected }: HrMemo, { rejectLimit }: HrConfig): void {
  const overCount = rejectLimit.count !== undefined && rejected > rejectLimit.count;
  const overPercent = rejected >= 10 && rejected * 100 > rows * rejectLimit.percent;
  if (!overCount && !overPercent) return;
  const limit = overCount ? `${rejectLimit.count ?? 0}` : `${rejectLimit.percent} %`;
  const message = `${rejected} of ${rows} rows were rejected, and rejectLimit allows ${limit}`;
  throw new CollectError({ kind: "fatal", message }, message);
}

function unmappedText(what: string, lines: readonly number[]): string {
  const shown = lines.slice(0, 10).join(", ");
  const more = lines.length > 10 ? ", …" : "";
  return `${lines.length} row${lines.length === 1 ? " has" : "s have"} a ${what} (line ${shown}${more})`;
}
