import { InputError } from "../model/index.js";
import type { Params, ParamValue } from "./store.js";

/**
 * What neither engine can store is refused before it is sent, because the engines differ in what they make of it:
 * the embedded one stores maps and turns `undefined` and infinities into null, Neo4j refuses some of it late.
 *
 * Allowed: scalars; lists of scalars; lists of rows (maps) to unwind, whose values are scalars, lists, or the one
 * map `props`. Inside `props`: scalars, null (which removes the property) and lists of one kind of scalar.
 * Throws InputError that names the place.
 */
export function checkParams(params: Params): void {
  for (const [name, value] of Object.entries(params)) {
    if (isMap(value)) refuse(name, "is a map; a map must come as a row of a list to unwind");
    checkValue(value, name);
  }
}

function checkValue(value: ParamValue | undefined, place: string): void {
  if (checkScalar(value, place)) return;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const item = at(value, i);
      if (isMap(item)) checkRow(item, `${place}[${i}]`);
      else if (typeof item !== "string") checkValue(item, `${place}[${i}]`);
    }
    return;
  }
  refuse(place, "is a map; only a row's `props` may be one");
}

function checkRow(row: { readonly [key: string]: ParamValue }, place: string): void {
  for (const key in row) {
    const value = row[key];
    if (typeof value === "string") continue;
    if (key === "props" && isMap(value)) checkProps(value, `${place}.props`);
    else checkValue(value, `${place}.${key}`);
  }
}

function checkProps(props: { readonly [key: string]: ParamValue }, place: string): void {
  for (const key in props) {
    const value = props[key];
    if (typeof value === "string") continue;
    const here = `${place}.${key}`;
    if (checkScalar(value, here)) continue;
    if (!Array.isArray(value)) refuse(here, "is a map; a property is a scalar or a list");
    let kind: string | undefined;
    for (const item of value) {
      if (item === null || typeof item === "object") {
        refuse(here, "is a list of something else than texts, numbers or booleans");
      }
      checkScalar(item, here);
      kind ??= typeof item;
      if (typeof item !== kind) refuse(here, "is a list of mixed kinds");
    }
  }
}

/** True for a good scalar, false for a list or map, InputError for anything else. */
function checkScalar(value: unknown, place: string): boolean {
  switch (typeof value) {
    case "string":
    case "boolean":
      return true;
    case "number":
      if (!Number.isFinite(value)) refuse(place, "is not a finite number");
      return true;
    case "object":
      if (value === null) return true;
      if (Array.isArray(value) || isMap(value)) return false;
      return refuse(place, "is an object of a class; only plain values are stored");
    default:
      return refuse(place, value === undefined ? "is undefined" : `is a ${typeof value}`);
  }
}

function isMap(value: unknown): value is { readonly [key: string]: ParamValue } {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** `Array.isArray` forgets the element type of a read-only list. */
function at(list: readonly ParamValue[], index: number): ParamValue | undefined {
  return list[index];
}

function refuse(place: string, why: string): never {
  throw new InputError({
    what: `The query parameter ${place} ${why}.`,
    means: "The query was not run.",
  });
}
