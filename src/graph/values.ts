import { InputError } from "../model/index.js";
import type { CellValue, Row } from "./store.js";

/** Rows per batch of a read, unless told. */
export const DEFAULT_BATCH = 5_000;

/** One row of the embedded engine: `bigint` past 2^53 and `Date` become numbers, what is no number becomes null. */
export function cellsOf(row: Readonly<Record<string, unknown>>): Row {
  if (isPlain(row)) return row;
  const cells: Record<string, CellValue> = {};
  for (const name in row) cells[name] = cellOf(row[name]);
  return cells;
}

/** Most rows hold nothing but texts, numbers and booleans, and are handed on as they are. */
function isPlain(row: Readonly<Record<string, unknown>>): row is Readonly<Record<string, CellValue>> {
  for (const name in row) {
    const value = row[name];
    if (typeof value === "string" || typeof value === "boolean" || value === null) continue;
    if (typeof value !== "number" || !Number.isFinite(value)) return false;
  }
  return true;
}

function cellOf(value: unknown): CellValue {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) ? value : null;
    case "bigint":
      return Number(value);
    case "object":
      return objectOf(value);
    default:
      return null;
  }
}

function objectOf(value: object | null): CellValue {
  if (value === null) return null;
  if (Array.isArray(value)) return value.map(cellOf);
  if (value instanceof Date) return value.getTime();
  if (value instanceof Float32Array) return Array.from(value);
  if ("_id" in value && ("_labels" in value || "_type" in value)) refuseElement();
  return cellsOf({ ...value });
}

/** Both engines return nodes and relationships in their own shapes; a query names the values it wants instead. */
export function refuseElement(): never {
  throw new InputError({
    what: "A query returned a node, a relationship or a path.",
    means: "Its rows were not used.",
    fix: "Return the properties you need, or properties(n).",
  });
}
