import { z } from "zod";
import type { CellValue, GraphStore, Row, WriteTransaction } from "../graph/index.js";
import { OperationError, type ReadState, type Verdict } from "../model/index.js";
import { assertionId } from "./assertion.js";
import { isTexts } from "./content.js";
import { violatedSchema } from "./invariants/index.js";
import type { ReadMarker } from "./marker.js";

const RETURN_MARKER = `RETURN m.source AS source, m.stream AS stream, m.partition AS partition, m.system AS system,
  m.read AS read, m.readAt AS readAt, m.verdict AS verdict, m.state AS state, m.reason AS reason, m.scope AS scope,
  m.completeRead AS completeRead, m.completeAt AS completeAt, m.firstRead AS firstRead, m.firstReadAt AS firstReadAt,
  m.rank AS rank, m.baseline AS baseline, m.intent AS intent, m.counts AS counts, m.violated AS violated`;

/** Markers of one source or of all, by key. */
export async function readMarkers(store: GraphStore, source?: string): Promise<readonly ReadMarker[]> {
  const rows =
    source === undefined
      ? await store.rows(`MATCH (m:ReadMarker) ${RETURN_MARKER} ORDER BY m.key`)
      : await store.rows(`MATCH (m:ReadMarker) WHERE m.source = $source ${RETURN_MARKER} ORDER BY m.key`, {
          source,
        });
  return rows.map(markerOf);
}

/**
 * Whatever snapshot of the source has a greater id is new to the graph: the id of the newest read that it has seen, or
 * of the newest retirement, since what was read before a person closed it is closed with it. Empty where there is none.
 */
export async function newestKnown(store: GraphStore, source: string): Promise<string> {
  const rows = await store.rows(
    `MATCH (m:ReadMarker) WHERE m.source = $source RETURN m.read AS id
     UNION MATCH (r:Retirement) WHERE r.source = $source RETURN r.newest AS id`,
    { source },
  );
  return rows.reduce((newest, { id }) => (typeof id === "string" && id > newest ? id : newest), "");
}

/** All markers, as a transaction sees them. */
export async function markersIn(tx: WriteTransaction): Promise<readonly ReadMarker[]> {
  return (await tx.run(`MATCH (m:ReadMarker) ${RETURN_MARKER} ORDER BY m.key`)).map(markerOf);
}

/** Writes markers as they are given, in place of what was there. */
export async function writeMarkers(tx: WriteTransaction, markers: readonly ReadMarker[]): Promise<void> {
  const rows = markers.map((marker) => {
    const key = assertionId(marker);
    return {
      key,
      props: {
        ...marker,
        key,
        scope: [...marker.scope],
        counts: JSON.stringify(marker.counts),
        violated: marker.violated === null ? null : JSON.stringify(marker.violated),
      },
    };
  });
  await tx.run("UNWIND $rows AS row MERGE (m:ReadMarker {key: row.key}) SET m = row.props", { rows });
}

function markerOf(row: Row): ReadMarker {
  const text = (name: string): string => {
    const value = row[name];
    if (typeof value !== "string") throw damaged(name);
    return value;
  };
  return {
    source: text("source"),
    stream: text("stream"),
    partition: text("partition"),
    system: text("system"),
    read: text("read"),
    readAt: numberOr(row.readAt, 0),
    verdict: verdictOf(text("verdict")),
    state: stateOf(text("state")),
    reason: textOrNull(row.reason),
    scope: isTexts(row.scope) ? row.scope : [],
    completeRead: textOrNull(row.completeRead),
    completeAt: numberOr(row.completeAt, null),
    firstRead: textOrNull(row.firstRead),
    firstReadAt: numberOr(row.firstReadAt, null),
    rank: numberOr(row.rank, null),
    baseline: textOrNull(row.baseline),
    intent: textOrNull(row.intent),
    counts: countsOf(row.counts),
    violated: violatedOf(row.violated),
  };
}

const violatedReadSchema = violatedSchema.extend({
  verdict: z.enum(["complete", "partial", "failed"]),
  reason: z.string().nullable(),
});

function violatedOf(value: CellValue | undefined): ReadMarker["violated"] {
  return typeof value === "string" ? violatedReadSchema.parse(JSON.parse(value)) : null;
}

function textOrNull(value: CellValue | undefined): string | null {
  return typeof value === "string" ? value : null;
}

function numberOr<T>(value: CellValue | undefined, other: T): number | T {
  return typeof value === "number" ? value : other;
}

export function verdictOf(value: unknown): Verdict {
  if (value === "complete" || value === "partial" || value === "failed") return value;
  throw damaged("verdict");
}

export function stateOf(value: unknown): ReadState {
  if (value === "applied" || value === "stopped" || value === "narrowed" || value === "outOfScope")
    return value;
  throw damaged("state");
}

function countsOf(value: CellValue | undefined): Readonly<Record<string, number>> {
  if (typeof value !== "string") return {};
  const parsed: unknown = JSON.parse(value);
  const counts: Record<string, number> = {};
  if (typeof parsed !== "object" || parsed === null) return counts;
  for (const [type, count] of Object.entries(parsed)) if (typeof count === "number") counts[type] = count;
  return counts;
}

function damaged(name: string): OperationError {
  return new OperationError({
    what: `A ReadMarker of the store has no proper ${name}.`,
    means: "Nothing was changed.",
    fix: "Run `exitgraph rebuild` into an empty store.",
  });
}
