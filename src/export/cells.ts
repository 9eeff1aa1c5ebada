import type { CellValue, Row } from "../graph/index.js";

/** Reading rows of the store: what is not of the expected kind is as good as absent. */

export function text(value: CellValue | undefined): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

export function number(value: CellValue | undefined): number | null {
  return typeof value === "number" ? value : null;
}

export function texts(value: CellValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

export function oneOf<T extends string>(values: readonly T[], value: CellValue | undefined, otherwise: T): T {
  return values.find((known) => known === value) ?? otherwise;
}

/** The key that a row is about; a row without one is left out. */
export function keyed(rows: readonly Row[], column = "key"): readonly (readonly [string, Row])[] {
  return rows.flatMap((row) => {
    const key = row[column];
    return typeof key === "string" ? [[key, row] as const] : [];
  });
}

/** Parts of a list, so that no query takes more keys than it should. */
export function* slices<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size);
}
