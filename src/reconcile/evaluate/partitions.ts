import type { StreamInfo } from "../../collect/index.js";
import type { ReadMarker } from "../../ingest/index.js";
import {
  DERIVED_SOURCE,
  provesAbsence,
  type ReadState,
  type Verdict,
  worstVerdict,
} from "../../model/index.js";
import type { SourceStatus } from "../finding.js";

/** One configured source: by its streams a rule knows who would have said what it needs. */
export interface PlannedSource {
  readonly source: string;
  readonly type: string;
  readonly category: "hr" | "access";
  readonly streams: readonly StreamInfo[];
}

/** What the newest read of one (source, stream, partition) is worth in this run. */
export interface PartitionState {
  readonly source: string;
  readonly stream: string;
  readonly partition: string;
  /** Why it is no evidence of absence; nothing where it is. */
  readonly gap: string | undefined;
  /** A read that saw something was applied, this one or one before it: whole, or but for what it names. */
  readonly onceRead: boolean;
  readonly verdict: Verdict;
  readonly state: ReadState;
  /** Epoch ms. */
  readonly readAt: number | undefined;
  /** An optional stream that was never read: a gap only where nothing else of its source tells what a rule needs. */
  readonly spared?: boolean;
}

/** `*` stands for a source of which nothing was ever read, so that its partitions are not known. */
export const WHOLE_SOURCE = "*";

/** What correlation writes; it is no configured source, and its one stream has one partition. */
export const DERIVED_PLAN: PlannedSource = {
  source: DERIVED_SOURCE,
  type: DERIVED_SOURCE,
  category: "access",
  streams: [
    {
      name: "links",
      title: "Links between what the sources read",
      optional: false,
      produces: {
        nodes: [
          { label: "Person", properties: [] },
          { label: "Account", properties: ["disputed"] },
        ],
        edges: [
          { type: "EMPLOYED_AS", properties: [] },
          { type: "HAS_ACCOUNT", properties: [] },
          { type: "REPORTS_TO", properties: [] },
          { type: "SAME_AS", properties: [] },
          { type: "SIGNS_IN_AS", properties: [] },
          { type: "OWNED_BY", properties: [] },
          { type: "CAN_ASSUME", properties: [] },
        ],
      },
    },
  ],
};

/**
 * What each stream and partition of the plan is worth, from the markers before and after the rules ran: one that
 * moved meanwhile is incomplete, because the rows may mix two reads. A stream that was never read, or not in a
 * partition that others of its source know, is a gap as well; an optional one is spared.
 */
export function partitionStates(
  plan: readonly PlannedSource[],
  before: readonly ReadMarker[],
  after: readonly ReadMarker[],
): readonly PartitionState[] {
  const moved = movedBetween(before, after);
  const states: PartitionState[] = [];
  for (const planned of plan) {
    const markers = after.filter((marker) => marker.source === planned.source);
    const partitions = new Set(markers.map((marker) => marker.partition));
    if (partitions.size === 0) partitions.add(WHOLE_SOURCE);
    for (const stream of planned.streams) {
      // An optional stream that emits nothing (totals that a caller may not see) is no gap, whatever became of it.
      if (stream.optional && stream.produces.nodes.length + stream.produces.edges.length === 0) continue;
      for (const partition of [...partitions].sort()) {
        const marker = markers.find((m) => m.stream === stream.name && m.partition === partition);
        if (marker !== undefined) states.push(stateOf(marker, moved.has(markerId(marker))));
        else if (!stream.optional) states.push(neverRead(planned.source, stream.name, partition));
        else if (markers.length > 0)
          states.push({ ...neverRead(planned.source, stream.name, partition), spared: true });
      }
    }
  }
  return states;
}

/** The `sources` of outputs: one line per source and partition, the worst of its streams. */
export function sourceStatuses(states: readonly PartitionState[]): readonly SourceStatus[] {
  const groups = new Map<string, PartitionState[]>();
  for (const state of states) {
    if (state.source === DERIVED_SOURCE || state.spared === true) continue;
    const id = `${state.source}|${state.partition}`;
    const group = groups.get(id);
    if (group === undefined) groups.set(id, [state]);
    else group.push(state);
  }
  return [...groups.values()].map((group) => {
    const [first] = group;
    const read = group.map((s) => s.readAt).filter((at) => at !== undefined);
    const reasons = new Set(group.map((s) => s.gap).filter((gap) => gap !== undefined));
    return {
      name: first?.source ?? "",
      partition: first?.partition ?? "",
      verdict: worstVerdict(group.map((s) => s.verdict)),
      state: worstState(group.map((s) => s.state)),
      readAt: read.length === 0 ? null : new Date(Math.min(...read)).toISOString(),
      reason: reasons.size === 0 ? null : [...reasons].join("; "),
    };
  });
}

const STATE_ORDER: readonly ReadState[] = ["applied", "narrowed", "stopped", "outOfScope"];

function worstState(states: readonly ReadState[]): ReadState {
  return states.reduce<ReadState>(
    (worst, state) => (STATE_ORDER.indexOf(state) > STATE_ORDER.indexOf(worst) ? state : worst),
    "applied",
  );
}

function markerId(marker: ReadMarker): string {
  return `${marker.source}|${marker.stream}|${marker.partition}`;
}

function movedBetween(before: readonly ReadMarker[], after: readonly ReadMarker[]): ReadonlySet<string> {
  const print = (m: ReadMarker) => [m.read, m.readAt, m.verdict, m.state, m.intent, m.baseline].join("|");
  const earlier = new Map(before.map((marker) => [markerId(marker), print(marker)]));
  return new Set(
    after
      .filter((marker) => earlier.get(markerId(marker)) !== print(marker))
      .map((marker) => markerId(marker)),
  );
}

function stateOf(marker: ReadMarker, moved: boolean): PartitionState {
  const { source, stream, partition, verdict, state, readAt } = marker;
  const gap = gapOf(marker, moved);
  return { source, stream, partition, verdict, state, readAt, onceRead: marker.firstRead !== null, gap };
}

function gapOf(marker: ReadMarker, moved: boolean): string | undefined {
  const { stream, verdict, state, intent, reason } = marker;
  const because = reason === null || reason === "" ? "" : `: ${reason}`;
  if (intent !== null) return `${stream}: a read is being applied, or its apply was interrupted`;
  if (moved) return `${stream}: a newer read was applied while the rules ran`;
  if (provesAbsence(verdict, state, false)) return undefined;
  // The guard's own words have samples and a command; `source list` and the run itself show them.
  if (state === "stopped")
    return `${stream}: the guard held the newest read back (exitgraph ingest --accept ${marker.read} lets it pass)`;
  if (state === "narrowed") return `${stream}: the newest read covers less than an earlier one${because}`;
  if (state === "outOfScope") return `${stream}: the configuration no longer reads it${because}`;
  return `${stream}: the newest read ${verdict === "failed" ? "failed" : `is ${verdict}`}${because}`;
}

function neverRead(source: string, stream: string, partition: string): PartitionState {
  return {
    source,
    stream,
    partition,
    verdict: "failed",
    state: "applied",
    readAt: undefined,
    onceRead: false,
    gap: `${stream}: was never read`,
  };
}
