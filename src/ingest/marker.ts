import type { ReadState, Verdict } from "../model/index.js";
import type { Violated } from "./invariants/index.js";

export interface ViolatedRead extends Violated {
  readonly verdict: Verdict;
  readonly reason: string | null;
}

/** What the graph holds of one (source, stream, partition): the node `ReadMarker` of docs/graph.md. */
export interface ReadMarker {
  readonly source: string;
  readonly stream: string;
  readonly partition: string;
  readonly system: string;
  /** The newest read's snapshot id, and the instant its data speaks of (epoch ms). */
  readonly read: string;
  readonly readAt: number;
  /** As they stand: those of the read, or of one that is not complete because its records violate an invariant. */
  readonly verdict: Verdict;
  readonly reason: string | null;
  readonly state: ReadState;
  /** What its records violate, and what the read itself came to; null where they violate nothing. */
  readonly violated: ViolatedRead | null;
  readonly scope: readonly string[];
  readonly completeRead: string | null;
  readonly completeAt: number | null;
  readonly firstRead: string | null;
  readonly firstReadAt: number | null;
  /** Of all assertions of it in the graph, as the newest applied read set it. */
  readonly rank: number | null;
  readonly baseline: string | null;
  /** The snapshot whose apply is under way; not null after a crash. */
  readonly intent: string | null;
  readonly counts: Readonly<Record<string, number>>;
}
