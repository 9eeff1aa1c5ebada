import type { CellValue } from "../../graph/index.js";
import type { ColumnType } from "./header.js";

const PLACE = /\{([A-Za-z][A-Za-z0-9]*)(?:\|([^{}]*))?\}/g;

/** Names of the columns that a template uses. */
export function placesOf(template: string): readonly string[] {
  return [...template.matchAll(PLACE)].map((match) => match[1] ?? "");
}

/** Fills `{column}` and `{column|what to say where it is unknown}`. Instants are printed as ISO in UTC. */
export function fill(
  template: string,
  columns: Readonly<Record<string, CellValue>>,
  typeOf: (column: string) => ColumnType | undefined,
): string {
  return template.replace(PLACE, (_, name: string, otherwise: string | undefined) => {
    const value = columns[name];
    if (value === null || value === undefined || (Array.isArray(value) && value.length === 0)) {
      return otherwise ?? "unknown";
    }
    if (Array.isArray(value)) return value.map((item) => oneLine(String(item))).join(", ");
    if (typeOf(name) === "instant" && typeof value === "number") return new Date(value).toISOString();
    return typeof value === "object" ? JSON.stringify(value) : oneLine(String(value));
  });
}

/** A name in the HR record may hold a line break: what follows it must not look like a sentence or command of ours. */
function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not get through
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ");
}
