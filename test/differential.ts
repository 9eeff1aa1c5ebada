import type { CellValue, GraphStore, Params, Row } from "../src/graph/index.js";

/** Every node there can be carries one of these; entities of the domain all carry the first. */
const LABELS = [
  "Entity",
  "ReadMarker",
  "Retirement",
  "Lease",
  "Change",
  "Journal",
  "Event",
  "Finding",
  "ExceptionRecord",
  "Run",
] as const;

/** Deletes all that a store holds, but for its schema and the lock node: Neo4j is shared between test files. */
export async function clearStore(store: GraphStore): Promise<void> {
  for (const label of LABELS) {
    for (;;) {
      const rows = await store.write(async (tx) => {
        await tx.run(`MATCH (n:${label}) WITH n LIMIT 10000 DETACH DELETE n`);
        return await tx.run(`MATCH (n:${label}) RETURN count(n) AS left`);
      });
      if (rows[0]?.left === 0) break;
    }
  }
}

export interface SameRowsOptions {
  /** Also in the same order: for queries whose ORDER BY leaves nothing open. */
  readonly ordered?: boolean;
}

/**
 * Runs a query on both stores and demands the same rows as a multiset, whatever their order; returns them as the
 * first store gave them. Numbers that differ by rounding in the last digits count as equal. Throws an Error that
 * lists what only one of them has.
 */
export async function sameRows(
  query: string,
  params: Params,
  storeA: GraphStore,
  storeB: GraphStore,
  options: SameRowsOptions = {},
): Promise<readonly Row[]> {
  const [a, b] = await Promise.all([outcome(storeA, query, params), outcome(storeB, query, params)]);
  if ("error" in a || "error" in b) {
    throw new Error(
      `A query fails:\n${query}\n${storeA.engine}: ${"error" in a ? a.error : `${a.rows.length} rows`}\n` +
        `${storeB.engine}: ${"error" in b ? b.error : `${b.rows.length} rows`}`,
    );
  }
  const difference = differenceOf(a.rows, b.rows);
  if (difference.onlyA.length + difference.onlyB.length > 0) {
    throw new Error(
      `Two stores give different rows:\n${query}\nparams ${text(params)}\n` +
        `${part(`only ${storeA.engine} (A)`, a.rows, difference.onlyA)}\n` +
        `${part(`only ${storeB.engine} (B)`, b.rows, difference.onlyB)}`,
    );
  }
  if (options.ordered === true) {
    const at = a.rows.findIndex((row, i) => text(row) !== text(b.rows[i] ?? null));
    if (at >= 0) {
      throw new Error(
        `Two stores give the same rows in another order:\n${query}\nfirst at row ${at}:\n` +
          `  ${storeA.engine}: ${text(a.rows[at] ?? null)}\n  ${storeB.engine}: ${text(b.rows[at] ?? null)}`,
      );
    }
  }
  return a.rows;
}

/** The rows that only one of two multisets holds, as canonical text, each as often as it is missing. */
export function differenceOf(
  a: readonly Row[],
  b: readonly Row[],
): { readonly onlyA: readonly string[]; readonly onlyB: readonly string[] } {
  const counts = new Map<string, number>();
  for (const row of a) counts.set(text(row), (counts.get(text(row)) ?? 0) + 1);
  for (const row of b) counts.set(text(row), (counts.get(text(row)) ?? 0) - 1);
  const onlyA: string[] = [];
  const onlyB: string[] = [];
  for (const [row, count] of [...counts].sort(([x], [y]) => (x < y ? -1 : 1))) {
    for (let i = 0; i < Math.abs(count); i++) (count > 0 ? onlyA : onlyB).push(row);
  }
  return { onlyA, onlyB };
}

async function outcome(
  store: GraphStore,
  query: string,
  params: Params,
): Promise<{ readonly rows: readonly Row[] } | { readonly error: string }> {
  try {
    return { rows: await store.rows(query, params) };
  } catch (error) {
    return { error: String(error) };
  }
}

const SHOWN = 20;
function part(title: string, all: readonly Row[], lines: readonly string[]): string {
  const shown = lines.slice(0, SHOWN).map((line) => `  ${line}`);
  if (lines.length > SHOWN) shown.push(`  … and ${lines.length - SHOWN} more`);
  return `${title}: ${lines.length} of ${all.length} rows\n${shown.join("\n")}`;
}

/** JSON with sorted keys; fractions to twelve digits, because engines may add them up in different orders. */
function text(value: CellValue | Params): string {
  return JSON.stringify(value, (_, item: unknown) => {
    if (typeof item === "number" && !Number.isInteger(item)) return Number(item.toPrecision(12));
    if (typeof item !== "object" || item === null || Array.isArray(item)) return item;
    return Object.fromEntries(Object.entries(item).sort(([x], [y]) => (x < y ? -1 : 1)));
  });
}
