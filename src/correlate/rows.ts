import type { CellValue, GraphStore, ParamValue, Row } from "../graph/index.js";

/** Reads of a graph, batch by batch. All text is from the vocabulary. */
export interface Reader {
  readonly store: GraphStore;
  readonly signal: AbortSignal;
}

const BATCH = 5_000;

export async function* rowsOf(
  reader: Reader,
  cypher: string,
  params: Readonly<Record<string, ParamValue>> = {},
): AsyncGenerator<Row, void, undefined> {
  for await (const rows of reader.store.read(cypher, { params, signal: reader.signal, batchSize: BATCH }))
    yield* rows;
}

export const text = (value: CellValue | undefined) =>
  typeof value === "string" && value !== "" ? value : undefined;
export const number = (value: CellValue | undefined) => (typeof value === "number" ? value : undefined);
export const texts = (value: CellValue | undefined): readonly string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
