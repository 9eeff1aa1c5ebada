import { stringify } from "csv-stringify/sync";

/** A column of a CSV file: its header, and the text of a row. */
export interface CsvColumn<T> {
  readonly header: string;
  readonly value: (row: T) => string;
}

/**
 * What a spreadsheet would take for a formula, or for the beginning of one once it has taken away white space,
 * quotes or characters that nobody sees; with the full-width forms that some programs accept.
 */
const FORMULA = /^[\s"'`\p{Cc}\p{Cf}]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20\t\r]/u;

/** Puts an apostrophe before a text that a spreadsheet would take for a formula; all other text stays as it is. */
export function neutralize(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text;
}

/** Lines of a CSV file (RFC 4180): every cell in quotes, formulas neutralised. */
export function csvLines<T>(rows: readonly T[], columns: readonly CsvColumn<T>[]): string {
  if (rows.length === 0) return "";
  const cells = rows.map((row) => columns.map(({ value }) => neutralize(value(row))));
  // Quoted throughout: a lone line break in a cell would otherwise pass for the end of a row in some readers.
  return stringify(cells, { quoted: true, escape_formulas: true, record_delimiter: "\r\n" });
}

/** The first line, after a byte-order mark: without one, spreadsheets read UTF-8 as something else. */
export function csvHeader<T>(columns: readonly CsvColumn<T>[]): string {
  return `\uFEFF${stringify([columns.map(({ header }) => header)], { quoted: true, record_delimiter: "\r\n" })}`;
}
