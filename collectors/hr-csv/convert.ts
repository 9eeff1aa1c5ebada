import { CollectError, type ConvertContext, type RawPage } from "../../src/collect/index.js";
import {
  EMPLOYMENT_STATUSES,
  EMPLOYMENT_TYPES,
  type EmploymentStatus,
  type EmploymentType,
  entityKey,
  type GraphRecord,
  type PropValue,
} from "../../src/model/index.js";
import type { Columns, HrConfig } from "./config.js";
import { type DateOptions, type Moment, readMoment } from "./dates.js";
import { addressesIn } from "./emails.js";
import { type Cells, pageSchema } from "./page.js";
import { periodIds, type UnreadPeriod } from "./periods.js";
import { Row, type StatusProps } from "./row.js";
import { type Conflict, type Settled, settle } from "./settle.js";

/** Properties of an Employment beside its name. */
export const EMPLOYMENT_PROPERTIES = [
  "workerId",
  "universalId",
  "emails",
  "status",
  "statusMapped",
  "statusText",
  "conflict",
  "conflictAt",
  "conflictEndsAt",
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
const TEXTS_KEPT = 50_000;
const STATUS_CHARS = 80;
/** Of values that are not mapped, how many a note shows. */
const VALUES_SHOWN = 5;

/** What follows from a column alone; what of it a file without the column says only stands in. */
const BY_COLUMN = {
  universalId: ["universalId"],
  email: ["emails"],
  status: ["status", "statusText"],
  startDate: ["start", "startsAt"],
  endDate: ["end", "endsAt"],
  type: ["type"],
  department: ["department"],
  title: ["title"],
  manager: ["manager"],
} as const satisfies { readonly [field in keyof Columns]?: readonly string[] };
const CONFLICT = ["conflict", "conflictAt", "conflictEndsAt"];

const MAPPED: StatusProps = {};
const NOT_MAPPED: StatusProps = { statusMapped: false };

/** What was seen of the file so far. */
export interface HrMemo {
  /** By worker id, the last row; it knows the one before it. */
  readonly workers: Map<string, Row>;
  /** By worker id, the rejected rows that say whose they are. */
  readonly unread: Map<string, UnreadPeriod[]>;
  /** What the configuration does not map, by what is missing: the lines, and of a status the values. */
  readonly unmapped: Map<string, Unmapped>;
  /** Cells of date columns that were read already: the same days come up again and again, and zones cost time. */
  readonly moments: Map<string, Moment | "bad">;
  /** Texts that many rows share, each kept once. */
  readonly texts: Map<string, string>;
  rows: number;
  rejected: number;
}

interface Unmapped {
  readonly lines: number[];
  readonly values: Set<string>;
}

export function createMemo(): HrMemo {
  return {
    workers: new Map(),
    unread: new Map(),
    unmapped: new Map(),
    moments: new Map(),
    texts: new Map(),
    rows: 0,
    rejected: 0,
  };
}

type Context = ConvertContext<HrConfig, HrMemo>;

/**
 * Rows to employments. They are given with the last page: a worker's rows can stand anywhere in the file, and only
 * all of them show which count, and which is the oldest, by which they are named. Throws CollectError where more rows were rejected than allowed.
 */
export function* convertPage(raw: RawPage, context: Context): Generator<GraphRecord, void, undefined> {
  const page = pageSchema.parse(raw);
  const { memo, config, source } = context;
  const lookups = lookupsOf(config, context.timeZone);
  for (const { line, cells = {}, shape } of page.rows) {
    memo.rows += 1;
    let problem: string | undefined;
    if (shape === undefined) problem = addRow(line, cells, memo, lookups);
    else {
      problem = `it has ${shape[0]} cells, and the header has ${shape[1]}`;
      // Whatever else stands in it, it is a row of this worker.
      const workerId = (cells.workerId ?? "").trim();
      if (workerId !== "") noteUnread(workerId, line, "bad", "bad", memo);
    }
    if (problem === undefined) continue;
    memo.rejected += 1;
    context.reject(`line ${line}`, problem);
  }
  if (!page.last) return;
  const settled = new Map<string, Settled<Row>>();
  // One row settles itself.
  for (const [workerId, row] of memo.workers) {
    if (row.earlier !== undefined) settled.set(workerId, settle(row.all()));
  }
  const dropped = [...settled.values()]
    .flatMap(({ dropped: pairs }) => pairs)
    .sort(([a], [b]) => a.line - b.line);
  const again: number[] = [];
  for (const [row, other] of dropped) {
    if (row.saysSameAs(other)) {
      again.push(row.line);
      continue;
    }
    memo.rejected += 1;
    context.reject(`line ${row.line}`, `its worker id stands on line ${other.line} too, for the same time`);
  }
  checkLimit(memo, config);
  // Nothing is lost with them, so the read is as complete as without.
  if (again.length > 0) {
    const rows =
      again.length === 1 ? "1 row was rejected that says" : `${again.length} rows were rejected that say`;
    context.note(`${rows} exactly what another one says (${linesText(again)})`);
  }
  for (const [what, unmapped] of memo.unmapped) context.note(unmappedText(what, unmapped));
  const ofFile = { zone: lookups.dates.zone, roster: config.roster === "full" ? "full" : "activeOnly" };
  const unsure = unmappedProps(config.columns);
  for (const [workerId, last] of memo.workers) {
    const { kept, conflicts } = settled.get(workerId) ?? { kept: [last], conflicts: undefined };
    for (const [id, row] of periodIds(workerId, kept, memo.unread.get(workerId))) {
      const props: Record<string, PropValue> = {
        workerId,
        ...row.props(),
        ...ofFile,
        ...conflictProps(conflicts?.get(row)),
      };
      yield {
        kind: "node",
        key: entityKey(source, "employment", id),
        label: "Employment",
        props,
        ...unsureOf(unsure, props.conflict === undefined, config.columns),
      };
    }
  }
}

/** What columns that are not mapped would say: a mapping that is taken away must not undo what it once said. */
function unmappedProps(columns: Columns): readonly string[] {
  const names: string[] = [];
  for (const [field, props] of Object.entries(BY_COLUMN)) {
    if (!isMapped(columns, field)) names.push(...props);
  }
  if (!["name", "firstName", "lastName"].some((field) => isMapped(columns, field))) names.push("name");
  return names;
}

function isMapped(columns: Columns, field: string): boolean {
  return Object.entries(columns).some(([name, header]) => name === field && header !== undefined);
}

/** Where a column is missing, no row shows that there is no conflict. One that shows all the same is given whole. */
function unsureOf(
  unmapped: readonly string[],
  hasNoConflict: boolean,
  { status, endDate }: Columns,
): { readonly unsure?: readonly string[] } {
  const isBlind = status === undefined || endDate === undefined;
  const unsure = isBlind && hasNoConflict ? [...unmapped, ...CONFLICT] : unmapped;
  return unsure.length === 0 ? {} : { unsure };
}

function conflictProps(conflict: Conflict | undefined): Readonly<Record<string, PropValue>> {
  if (conflict === undefined) return {};
  return {
    conflict: conflict.text,
    ...(conflict.from === undefined ? {} : { conflictAt: conflict.from }),
    ...(conflict.until === undefined ? {} : { conflictEndsAt: conflict.until }),
  };
}

interface Lookups {
  readonly dates: DateOptions;
  readonly status: (text: string) => EmploymentStatus | undefined;
  readonly type: (text: string) => EmploymentType | undefined;
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
  const end = dateIn(cells.endDate, lookups.dates, memo);
  if (
    start === "bad" ||
    end === "bad" ||
    (start !== undefined && end !== undefined && end.until <= start.from)
  ) {
    noteUnread(workerId, line, start, end, memo);
    if (start === "bad") return "its start date is not a date";
    return end === "bad" ? "its end date is not a date" : "its end is before its start";
  }

  const unmapped: NoteUnmapped = (what, value) => {
    const known = memo.unmapped.get(what) ?? { lines: [], values: new Set() };
    memo.unmapped.set(what, known);
    known.lines.push(line);
    if (value !== undefined) known.values.add(value);
  };
  const { status, statusProps } = statusOf(cells.status, lookups, unmapped);
  const type = typeOf(cells.type, lookups, unmapped);
  const emails = addressesIn(cells.email ?? "");
  if (cells.email !== undefined && emails.length === 0) unmapped("e-mail cell without an address");

  const name =
    cells.name?.trim() ||
    [cells.firstName, cells.lastName]
      .map((part) => part?.trim() ?? "")
      .join(" ")
      .trim();
  const shared = (cell: string | undefined) => {
    const text = cell?.trim();
    return text === undefined || text === "" ? undefined : sharedText(text, memo);
  };
  const row = new Row({
    line,
    start,
    end,
    status,
    statusProps,
    type,
    name: name === "" ? workerId : name,
    emails,
    universalId: cells.universalId?.trim() || undefined,
    department: shared(cells.department),
    title: shared(cells.title),
    manager: shared(cells.manager),
    earlier: memo.workers.get(workerId),
  });
  memo.workers.set(workerId, row);
  return undefined;
}

/** Keeps the place of a row that is rejected among its worker's others. */
function noteUnread(
  workerId: string,
  line: number,
  start: Moment | "bad" | undefined,
  end: Moment | "bad" | undefined,
  { unread }: HrMemo,
): void {
  const rows = unread.get(workerId) ?? [];
  unread.set(workerId, rows);
  rows.push({
    line,
    startsAt: start === "bad" ? undefined : start?.from,
    ends: end !== undefined,
    endsAt: end === "bad" ? undefined : end?.until,
  });
}

function sharedText(text: string, { texts }: HrMemo): string {
  const known = texts.get(text);
  if (known === undefined && texts.size < TEXTS_KEPT) texts.set(text, text);
  return known ?? text;
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

/** Notes that the configuration has no meaning for something in a row. */
type NoteUnmapped = (what: string, value?: string) => void;

/**
 * What the status says. Without a column it says nothing, and the graph has to tell that from a status nobody
 * understood: whose text is kept, because people have to see what is to be mapped.
 */
function statusOf(
  cell: string | undefined,
  { config, status: meaning }: Lookups,
  unmapped: NoteUnmapped,
): { readonly status: EmploymentStatus; readonly statusProps: StatusProps } {
  if (config.columns.status === undefined) return { status: "unknown", statusProps: NOT_MAPPED };
  const given = (cell ?? "").trim().replace(/\s+/g, " ");
  const status = meaning(given);
  if (status !== undefined) return { status, statusProps: MAPPED };
  const statusText = given.slice(0, STATUS_CHARS);
  if (given !== "") unmapped("status that statusValues does not name", statusText);
  return { status: "unknown", statusProps: { statusText } };
}

/** Without a column everybody is an employee. */
function typeOf(
  cell: string | undefined,
  { config, type: meaning }: Lookups,
  unmapped: NoteUnmapped,
): EmploymentType {
  if (config.columns.type === undefined) return "employee";
  const type = meaning(cell ?? "");
  if (type === undefined && cell !== undefined) unmapped("type that typeValues does not name");
  return type ?? "unknown";
}

function checkLimit({ rows, rejected }: HrMemo, { rejectLimit }: HrConfig): void {
  const overCount = rejectLimit.count !== undefined && rejected > rejectLimit.count;
  const overPercent = rejected >= 10 && rejected * 100 > rows * rejectLimit.percent;
  if (!overCount && !overPercent) return;
  const limit = overCount ? `${rejectLimit.count ?? 0}` : `${rejectLimit.percent} %`;
  const message = `${rejected} of ${rows} rows were rejected, and rejectLimit allows ${limit}`;
  throw new CollectError({ kind: "fatal", message }, message);
}

function unmappedText(what: string, { lines, values }: Unmapped): string {
  const rows = `${lines.length} row${lines.length === 1 ? " has" : "s have"} a ${what}`;
  const shown = [...values].slice(0, VALUES_SHOWN).map((value) => JSON.stringify(value));
  const rest = values.size > VALUES_SHOWN ? ` and ${values.size - VALUES_SHOWN} more` : "";
  const said = shown.length === 0 ? "" : `: ${shown.join(", ")}${rest}`;
  return `${rows}${said} (${linesText(lines)})`;
}

function linesText(lines: readonly number[]): string {
  return `line ${lines.slice(0, 10).join(", ")}${lines.length > 10 ? ", …" : ""}`;
}
