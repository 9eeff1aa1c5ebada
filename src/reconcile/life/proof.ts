import type { GraphStore } from "../../graph/index.js";
import { DERIVED_SOURCE, parseEdgeId } from "../../model/index.js";
import { isDescribed, type KnownNode, lookUpEdges, lookUpNodes } from "../evaluate/lookup.js";
import type { Proof } from "../finding.js";
import { isoOf } from "../when.js";
import { changesOf, type KnownChange } from "./changes.js";

/** Records as the graph holds them now, and what became of them. */
export interface Current {
  readonly nodes: ReadonlyMap<string, KnownNode>;
  readonly exists: (record: string) => boolean;
  /** By record, oldest first. */
  readonly changes: ReadonlyMap<string, readonly KnownChange[]>;
}

/** `records` are keys of nodes and ids of edges. */
export async function currentOf(
  store: GraphStore,
  records: ReadonlySet<string>,
  signal?: AbortSignal,
): Promise<Current> {
  const isEdge = (record: string) => parseEdgeId(record) !== undefined;
  const keys = [...records].filter((record) => !isEdge(record));
  const nodes = await lookUpNodes(store, keys, signal);
  const edges = await lookUpEdges(store, [...records].filter(isEdge), signal);
  return {
    nodes,
    exists: (record) => (isEdge(record) ? edges.has(record) : isDescribed(nodes.get(record))),
    changes: await changesOf(store, records, signal),
  };
}

/** What sources (never correlation) saw become of a record, oldest first. */
export function seenChanges(record: string, current: Current): readonly KnownChange[] {
  return (current.changes.get(record) ?? []).filter((change) => change.source !== DERIVED_SOURCE);
}

/** The read that no longer saw the record, where it is gone and that is why. */
export function goneProof(record: string, current: Current): Proof | undefined {
  if (current.exists(record)) return undefined;
  const last = seenChanges(record, current).at(-1);
  return last?.kind === "removed" ? proof(last, `${describe(record)} is gone`) : undefined;
}

export function proof(change: KnownChange, words: string): Proof {
  return {
    read: change.read,
    source: change.source,
    stream: change.stream,
    partition: change.partition,
    at: isoOf(change.readAt),
    record: change.record,
    change: words,
    lastSeenAt: change.previousReadAt === undefined ? null : isoOf(change.previousReadAt),
  };
}

export function describe(record: string): string {
  const edge = parseEdgeId(record);
  return edge === undefined ? record : `${edge.from} ${edge.type} ${edge.to}`;
}

/** What the first of these gives that gives anything. */
export function first<T, R>(items: readonly T[], find: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
