import { type Completeness, completenessOf } from "../export/index.js";
import type { GraphStore } from "../graph/index.js";
import { DERIVED_SOURCE, type ReadState, worstVerdict } from "../model/index.js";
import type { SourceStatus } from "../reconcile/index.js";

/** How a source's partition stands, and each stream of it. */
export interface SourceView extends SourceStatus {
  /** `name|partition`. */
  readonly key: string;
  readonly streams: readonly Completeness[];
}

/** From the best to the worst for what may be concluded. */
const STATES: readonly ReadState[] = ["applied", "narrowed", "stopped", "outOfScope"];

/** One view per source and partition, the worst of its streams; a configured source never read is among them. */
export async function sourceViews(
  store: GraphStore,
  configured: readonly string[],
): Promise<readonly SourceView[]> {
  const groups = new Map<string, Completeness[]>();
  for (const stream of await completenessOf(store, configured)) {
    if (stream.source === DERIVED_SOURCE) continue;
    const key = `${stream.source}|${stream.partition}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [stream]);
    else group.push(stream);
  }
  return [...groups].map(([key, streams]) => viewOf(key, streams));
}

function viewOf(key: string, streams: readonly Completeness[]): SourceView {
  const reasons = new Set(
    streams.flatMap(({ stream, reason }) =>
      reason === null ? [] : [stream === "" ? reason : `${stream}: ${reason}`],
    ),
  );
  const [oldest] = streams.flatMap(({ readAt }) => readAt ?? []).sort();
  return {
    key,
    name: key.slice(0, key.indexOf("|")),
    partition: key.slice(key.indexOf("|") + 1),
    verdict: worstVerdict(streams.map(({ verdict }) => verdict)),
    state: streams.reduce<ReadState>(
      (worst, { state }) => (STATES.indexOf(state) > STATES.indexOf(worst) ? state : worst),
      "applied",
    ),
    readAt: oldest ?? null,
    reason: reasons.size === 0 ? null : [...reasons].join("; "),
    streams,
  };
}
