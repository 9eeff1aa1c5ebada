import neo4j, { type Record as DriverRecord } from "neo4j-driver";
import type { CellValue, Params, ParamValue, Row } from "../store.js";
import { cellOf, refuseElement } from "../values.js";

/** The driver sends every number as a float unless told otherwise; whole numbers go as integers, at any depth. */
export function driverParams(params: Params): Record<string, unknown> {
  const converted: Record<string, unknown> = {};
  for (const name in params) converted[name] = driverValue(params[name]);
  return converted;
}

function driverValue(value: ParamValue | undefined): unknown {
  if (typeof value === "number") return Number.isSafeInteger(value) ? neo4j.int(value) : value;
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(driverValue);
  const map: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(value)) map[name] = driverValue(item);
  return map;
}

export function rowOf(record: DriverRecord): Row {
  const row: Record<string, CellValue> = {};
  for (const key of record.keys) if (typeof key === "string") row[key] = cellOf(record.get(key), own);
  return row;
}

function own(value: object): CellValue | undefined {
  if (neo4j.isNode(value) || neo4j.isRelationship(value) || neo4j.isPath(value)) refuseElement();
  if (neo4j.isInt(value)) return value.toNumber();
  const prototype: unknown = Object.getPrototypeOf(value);
  // Temporal and spatial values: as text, which is what the embedded engine makes of them.
  return prototype === Object.prototype || prototype === null ? undefined : String(value);
}
