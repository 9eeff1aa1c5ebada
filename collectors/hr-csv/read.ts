import { type FileHandle, open } from "node:fs/promises";
import { resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { CsvError, parse } from "csv-parse";
import { z } from "zod";
import { CollectError, type OpenContext, type ReadContext } from "../../src/collect/index.js";
import { advise, type Columns, FIELDS, type Field, type HrConfig } from "./config.js";
import type { Cells, Page, PageRow } from "./page.js";
import { detectDelimiter, readText } from "./text.js";

/** Few enough that a page is gone before memory is tidied: what outlives that stays for long. */
const ROWS_PER_PAGE = 100;
/** Longer rows come from a quote that is never closed. */
const MAX_ROW_CHARS = 1 << 20;

const parsedRow = z.object({ record: z.array(z.string()), info: z.object({ lines: z.number() }) });

export function openFile(path: string, io: OpenContext<HrConfig>): Promise<FileHandle> {
  return io.call("open the file", () => open(resolve(io.baseDir, path), "r"));
}

/** Opens the file and finds the mapped columns in its first line; reads no row. Throws as `readFile` does. */
export async function checkFile(path: string, io: OpenContext<HrConfig>): Promise<void> {
  const file = await openFile(path, io);
  try {
    for await (const { record } of recordsOf(file, io.config)) {
      mapColumns(io.config.columns, record);
      return;
    }
  } finally {
    await file.close();
  }
}

/** The file as pages of mapped cells. Throws CollectError; no message holds a cell of a row. */
export async function* readFile(
  path: string,
  io: ReadContext<HrConfig, unknown>,
): AsyncGenerator<Page, void, undefined> {
  const { config } = io;
  const file = await openFile(path, io);
  try {
    const before = await file.stat();
    // The file speaks of the instant it was written, and never of the future.
    io.dataTime(Math.min(Math.floor(before.mtimeMs), io.now()));
    io.scope(...scopeOf(config));
    for (const warning of advise(config)) io.log.warn(`${io.source}: ${warning}`);
    yield* pagesOf(file, config);
    const after = await file.stat();
    if (after.size !== before.size || after.mtimeMs !== before.mtimeMs) {
      io.partial("the file was changed while it was read");
    }
  } finally {
    await file.close();
  }
}

/**
 * A mapping that is taken away narrows the read. A roster of active workers does not: there vanishing says something,
 * and the guard judges how many vanish when the file changes. As a part of the scope it would hold every later read
 * for narrowed, so nobody would ever be seen to leave.
 */
function scopeOf(config: HrConfig): readonly string[] {
  return FIELDS.filter((field) => config.columns[field] !== undefined).map((field) => `column:${field}`);
}

async function* pagesOf(file: FileHandle, config: HrConfig): AsyncGenerator<Page, void, undefined> {
  let mapping: Mapping | undefined;
  let rows: PageRow[] = [];
  for await (const { record, info } of recordsOf(file, config)) {
    if (mapping === undefined) {
      mapping = mapColumns(config.columns, record);
      continue;
    }
    const row = rowOf(record, info.lines, mapping);
    if (row === undefined) continue;
    rows.push(row);
    if (rows.length === ROWS_PER_PAGE) {
      yield { rows, last: false };
      rows = [];
    }
  }
  yield { rows, last: true };
}

/** The records of the file, the header first; Excel's line that names the delimiter is none. */
async function* recordsOf(
  file: FileHandle,
  config: HrConfig,
): AsyncGenerator<z.infer<typeof parsedRow>, void, undefined> {
  const text = readText(file, config.encoding);
  const head = await headOf(text);
  const parser = parse({
    delimiter: config.delimiter ?? detectDelimiter(head),
    record_delimiter: "\n",
    info: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: MAX_ROW_CHARS,
  });
  const fed = pipeline(Readable.from(chain(head, text)), parser);
  // It reaches the loop below through the parser; without this it would count as unhandled besides.
  fed.catch(() => undefined);
  let isFirst = true;
  try {
    for await (const item of parser) {
      const parsed = parsedRow.parse(item);
      const { record } = parsed;
      if (isFirst && /^sep=/i.test(record[0] ?? "") && record.length <= 2) continue;
      isFirst = false;
      yield parsed;
    }
    await fed;
  } catch (error) {
    throw readableError(error);
  }
}

/** Enough of the text to see the first line that is not empty. */
async function headOf(text: AsyncGenerator<string, void, undefined>): Promise<string> {
  let head = "";
  while (!/\S[^\n]*\n/.test(head) && head.length < MAX_ROW_CHARS) {
    const next = await text.next();
    if (next.done === true) break;
    head += next.value;
  }
  return head;
}

async function* chain(head: string, rest: AsyncIterable<string>): AsyncGenerator<string, void, undefined> {
  if (head !== "") yield head;
  yield* rest;
}

interface Mapping {
  readonly width: number;
  readonly columns: readonly (readonly [Field, readonly number[]])[];
}

/** Finds the mapped headers. Throws, naming those that are missing and those that exist. */
function mapColumns(columns: Columns, record: readonly string[]): Mapping {
  const headers = record.map((cell) => cell.trim());
  const missing: string[] = [];
  const ambiguous: string[] = [];
  const find = (name: string): number => {
    const exact = headers.flatMap((header, index) => (header === name ? [index] : []));
    const loose = headers.flatMap((header, index) =>
      header.toLowerCase() === name.toLowerCase() ? [index] : [],
    );
    const found = exact.length > 0 ? exact : loose;
    if (found.length === 0) missing.push(name);
    if (found.length > 1) ambiguous.push(name);
    return found[0] ?? -1;
  };
  const mapped = FIELDS.flatMap((field): [Field, readonly number[]][] => {
    const names = columns[field];
    if (names === undefined) return [];
    return [[field, (typeof names === "string" ? [names] : names).map(find)]];
  });
  if (missing.length > 0) throw fatal(missingText(missing, headers, mapped));
  if (ambiguous.length > 0) {
    throw fatal(
      `the header ${quoted(ambiguous)} stands in the file more than once, so which column is meant is not clear`,
    );
  }
  return { width: headers.length, columns: mapped };
}

/**
 * Headers are no values and may be shown, but a file without a header line has a person in its first line: where no
 * mapped header is found and the line looks like data, it is not shown.
 */
function missingText(
  missing: readonly string[],
  headers: readonly string[],
  mapped: readonly (readonly [Field, readonly number[]])[],
): string {
  const anyFound = mapped.some(([, indexes]) => indexes.some((index) => index >= 0));
  const said = `the file has no column ${quoted(missing)}`;
  if (!anyFound && headers.some((header) => /[@\d]/.test(header))) {
    return `${said}, and its first line does not look like a header`;
  }
  return `${said}; it has ${quoted(headers.filter((header) => header !== ""))}`;
}

function quoted(names: readonly string[]): string {
  return names.map((name) => JSON.stringify(name.slice(0, 80))).join(", ");
}

function rowOf(record: readonly string[], endLine: number, mapping: Mapping): PageRow | undefined {
  if (record.every((cell) => cell.trim() === "")) return undefined;
  // The parser names the line on which a row ends; people look for the one on which it begins.
  const line = endLine - record.reduce((sum, cell) => sum + cell.split("\n").length - 1, 0);
  const extra = record.slice(mapping.width);
  if (record.length < mapping.width || extra.some((cell) => cell.trim() !== "")) {
    const workerId = firstCellId(record, mapping);
    return {
      line,
      ...(workerId === undefined ? {} : { cells: { workerId } }),
      shape: [record.length, mapping.width],
    };
  }
  const cells: Cells = {};
  for (const [field, indexes] of mapping.columns) {
    const values = indexes.map((index) => record[index] ?? "").filter((value) => value.trim() !== "");
    if (values.length > 0) cells[field] = values.join("\n");
  }
  return { line, cells };
}

/**
 * Whose row it is, where cells are missing or too many: from the first cell only, because the others may stand in
 * any column, and only where it looks like an id, because it may be the rest of a cell with a line break.
 */
function firstCellId(record: readonly string[], { columns }: Mapping): string | undefined {
  const isFirst = columns.some(([field, [index]]) => field === "workerId" && index === 0);
  const text = record[0]?.trim() ?? "";
  return isFirst && /^\S{1,64}$/.test(text) ? text : undefined;
}

/** The parser's own messages quote the file, so only the kind of the error and its line are kept. */
function readableError(error: unknown): unknown {
  if (!(error instanceof CsvError)) return error;
  const line = "lines" in error && typeof error.lines === "number" ? ` near line ${error.lines}` : "";
  const what =
    error.code === "CSV_QUOTE_NOT_CLOSED" || error.code === "CSV_MAX_RECORD_SIZE"
      ? "a quote is opened and never closed"
      : `it is not valid CSV (${error.code})`;
  return fatal(`the file cannot be read${line}: ${what}`);
}

function fatal(message: string): CollectError {
  return new CollectError({ kind: "fatal", message }, message);
}
