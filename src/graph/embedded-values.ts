import type { CellValue, Row } from "./store.js";
import { cellsOf, refuseElement } from "./values.js";

/** One row of the embedded engine. Most hold nothing but texts, numbers and booleans, and are handed on as they are. */
export function rowOf(row: Readonly<Record<string, unknown>>): Row {
  return isPlain(row) ? row : cellsOf(row, own);
}

function isPlain(row: Readonly<Record<string, unknown>>): row is Readonly<Record<string, CellValue>> {
  for (const name in row) {
    const value = row[name];
    if (typeof value === "string" || typeof value === "boolean" || value === null) continue;
    if (typeof value !== "number" || !Number.isFinite(value)) return false;
  }
  return true;
}

function own(value: object): CellValue | undefined {
  if (value instanceof Date) return value.getTime();
  if (value instanceof Float32Array) return Array.from(value);
  if ("_id" in value && ("_labels" in value || "_type" in value)) refuseElement();
  return undefined;
}
