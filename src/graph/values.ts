import { InputError } from "../model/index.js";
import type { CellValue, Row } from "./store.js";

/** Rows per batch of a read, unless told. */
export const DEFAULT_BATCH = 5_000;

/** What an engine makes of the objects that are its own; `undefined` where it is a plain map. */
export type OwnObjects = (value: object) => CellValue | undefined;

/**
 * A value of a result as both engines hand it on: `bigint` past 2^53 becomes a number, what is no number becomes
 * null. InputError for nodes, relationships and paths.
 */
export function cellOf(value: unknown, own: OwnObjects): CellValue {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) ? value : null;
    case "bigint":
      return Number(value);
    case "object": {
      if (value === null) return null;
      if (Array.isArray(value)) return value.map((item) => cellOf(item, own));
      const cell = own(value);
      return cell === undefined ? cellsOf(value, own) : cell;
    }
    default:
      return null;
  }
}

/** The same for each value of a map. */
export function cellsOf(map: object, own: OwnObjects): Row {
  const cells: Record<string, CellValue> = {};
  for (const [name, value] of Object.entries(map)) cells[name] = cellOf(value, own);
  return cells;
}

/** Both engines return nodes and relationships in their own shapes; a query names the values it wants instead. */
export function refuseElement(): never {
  throw new InputError({
    what: "A query returned a node, a relationship or a path.",
    means: "Its rows were not used.",
    fix: "Return the properties you need, or properties(n).",
  });
}
