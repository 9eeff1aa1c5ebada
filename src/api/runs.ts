import type { GraphStore, Params } from "../graph/index.js";
import { RUN_RETURN, type RunView, runOf } from "../reconcile/index.js";
import { badInput } from "./errors.js";
import type { PageRequest } from "./page.js";

/** A run, and where it stands among all: the sequence number of its event. */
export interface SequencedRun extends RunView {
  readonly seq: number;
}

/** The list is newest first, so what comes after a run is what came before it in time. */
function pageQuery(order: "ASC" | "DESC"): string {
  return `MATCH (r:Run) WHERE r.seq < $below AND r.seq > $above WITH r ORDER BY r.seq ${order} LIMIT $limit RETURN ${RUN_RETURN}, r.seq AS seq ORDER BY seq ${order}`;
}

/** The reads of runs, also for the differential test over all reads. */
export const RUN_PAGE_QUERIES = { newest: pageQuery("DESC"), oldest: pageQuery("ASC") } as const;

export function runKey({ seq }: SequencedRun): string {
  return String(seq);
}

/** Parameters of the statements of runs. */
export function runParams({ after, before, limit }: PageRequest): Params {
  return {
    below: after === undefined ? Number.MAX_SAFE_INTEGER : sequence(after),
    above: before === undefined ? -1 : sequence(before),
    limit,
  };
}

function sequence(key: string): number {
  if (!/^\d{1,15}$/.test(key)) throw badInput("This is not a cursor of a list of runs.");
  return Number(key);
}

/** One page of runs, newest first. */
export async function runPage(
  store: GraphStore,
  page: PageRequest,
  signal: AbortSignal,
): Promise<SequencedRun[]> {
  const query = page.inverted ? RUN_PAGE_QUERIES.oldest : RUN_PAGE_QUERIES.newest;
  const rows = await store.rows(query, runParams(page), signal);
  return rows.map((row) => ({ ...runOf(row), seq: typeof row.seq === "number" ? row.seq : 0 }));
}
