import { basename } from "node:path";
import type { GraphStore } from "../graph/index.js";
import { packageVersion } from "../model/index.js";
import type { FindingsDocument } from "../reconcile/index.js";
import { ACCESS_COLUMNS, FINDING_COLUMNS } from "./columns.js";
import { type CsvColumn, csvHeader, csvLines } from "./csv.js";
import { requirePlainFile, writeWhole } from "./file.js";
import { completenessOf, type ExportManifest, isComplete } from "./manifest.js";
import { accessRows, emptyPopulation, type ReviewOptions } from "./review.js";

export type ExportFormat = "csv" | "json";

export interface ExportOptions {
  readonly store: GraphStore;
  /** The file to write; its manifest stands beside it as `<file>.manifest.json`. */
  readonly file: string;
  readonly format: ExportFormat;
  /** Names of the configured sources: one that was never read makes the export incomplete. */
  readonly sources: readonly string[];
  readonly company?: string | undefined;
  /** Epoch ms: when it is made. */
  readonly now: number;
  /** Epoch ms at which HR status is judged; `now` unless told. */
  readonly asOf?: number | undefined;
  readonly signal?: AbortSignal;
}

/** Writes the access-review list and its manifest. Rows are streamed; see `accessRows`. */
export async function exportAccess(
  options: ExportOptions & { readonly filter?: Pick<ReviewOptions, "standing" | "sources"> },
): Promise<ExportManifest> {
  const { store, now, signal, filter = {} } = options;
  const population = emptyPopulation();
  const asOf = options.asOf ?? now;
  const review = { now: asOf, ...filter, ...(signal === undefined ? {} : { signal }) };
  return write(options, {
    kind: "access",
    batches: accessRows(store, review, population),
    columns: ACCESS_COLUMNS,
    filters: { ...filter },
    population: () => ({ ...population }),
    envelope: {},
  });
}

/** Writes findings as `readFindings` gave them, and their manifest. */
export async function exportFindings(
  options: ExportOptions & {
    readonly document: FindingsDocument;
    /** What the document was narrowed by, for the manifest. */
    readonly filters?: Readonly<Record<string, unknown>>;
  },
): Promise<ExportManifest> {
  const { document } = options;
  return write(options, {
    kind: "findings",
    batches: [document.findings],
    columns: FINDING_COLUMNS,
    filters: options.filters ?? {},
    population: () => populations(document),
    envelope: { notEvaluated: document.notEvaluated, sources: document.sources },
    notEvaluated: document.notEvaluated,
  });
}

/** The denominator of each rule that has findings. */
function populations(document: FindingsDocument): Readonly<Record<string, number>> {
  return Object.fromEntries(document.findings.map(({ rule, population }) => [rule, population]));
}

interface Content<T> {
  readonly kind: ExportManifest["kind"];
  readonly batches: AsyncIterable<readonly T[]> | Iterable<readonly T[]>;
  readonly columns: readonly CsvColumn<T>[];
  readonly filters: Readonly<Record<string, unknown>>;
  /** Asked after the last row. */
  readonly population: () => Readonly<Record<string, number>>;
  /** What the JSON holds beside the rows. */
  readonly envelope: Readonly<Record<string, unknown>>;
  readonly notEvaluated?: readonly unknown[];
}

async function write<T>(options: ExportOptions, content: Content<T>): Promise<ExportManifest> {
  const { file, format, now } = options;
  const manifestFile = `${file}.manifest.json`;
  // Both before either is written: a list without its manifest would look like one that has none.
  for (const path of [file, manifestFile]) await requirePlainFile(path);
  // Asked before the rows are: what arrives between makes the file newer than it says, never older.
  const completeness = await completenessOf(options.store, options.sources);
  let rows = 0;
  const counted = async function* () {
    for await (const batch of content.batches) {
      rows += batch.length;
      yield batch;
    }
  };
  const generatedAt = new Date(now).toISOString();
  const asOf = new Date(options.asOf ?? now).toISOString();
  const head = { schemaVersion: 1, kind: content.kind, generatedAt, asOf };
  const pieces = format === "csv" ? csv(counted(), content.columns) : json(counted(), content, head);
  const written = await writeWhole(file, pieces);
  const manifest: ExportManifest = {
    schemaVersion: 1,
    kind: content.kind,
    format,
    file: basename(file),
    ...written,
    rows,
    company: options.company ?? null,
    generatedAt,
    generatedBy: `exitgraph ${packageVersion()}`,
    asOf,
    filters: content.filters,
    population: content.population(),
    complete: isComplete(completeness),
    completeness,
    ...(content.notEvaluated === undefined ? {} : { notEvaluated: content.notEvaluated }),
  };
  await writeWhole(manifestFile, [`${JSON.stringify(manifest, undefined, 2)}\n`]);
  return manifest;
}

async function* csv<T>(
  batches: AsyncIterable<readonly T[]>,
  columns: readonly CsvColumn<T>[],
): AsyncGenerator<string> {
  yield csvHeader(columns);
  for await (const batch of batches) yield csvLines(batch, columns);
}

/** One document, a row a line; text is left as it is. */
async function* json<T>(
  batches: AsyncIterable<readonly T[]>,
  content: Content<T>,
  head: Readonly<Record<string, unknown>>,
): AsyncGenerator<string> {
  const name = content.kind === "access" ? "rows" : "findings";
  yield `${JSON.stringify({ ...head, ...content.envelope }).slice(0, -1)},"${name}":[`;
  let first = true;
  for await (const batch of batches) {
    const lines = batch.map((row) => `\n${JSON.stringify(row)}`);
    if (lines.length === 0) continue;
    yield `${first ? "" : ","}${lines.join(",")}`;
    first = false;
  }
  yield "\n]}\n";
}
