import type { CellValue } from "../graph/index.js";
import type { NodeRef, ReadState, Remediation, Severity, Verdict } from "../model/index.js";

/** One edge of a path or cut as outputs show it. A path is in walking order: one step's `to` is the next one's `from`. */
export interface EdgeRef {
  readonly from: NodeRef;
  /** Edge type. */
  readonly edge: string;
  readonly to: NodeRef;
  /** The stored edge points from `to` to `from`, and the path follows it the other way. */
  readonly reversed?: true;
  /** Of a cut: where to change an edge that no system stores as such, in words. */
  readonly changeAt?: string;
}

/** A record that a finding rests on; when a complete read stops seeing it, that is the proof. */
export interface EvidenceRef {
  /** Key of a node or id of an edge. */
  readonly record: string;
  /** The status that the rule requires of the node, e.g. `enabled`. */
  readonly requires?: Readonly<Record<string, string>>;
  /** `access`: its loss is a removal. `context` (HR, links, owners): its loss only means the rule no longer applies. */
  readonly role: "access" | "context";
  /** Who asserts it, as `source|partition`: whose reads decide about it. */
  readonly heldBy?: readonly string[];
}

export interface Proof {
  /** The read that proved it: snapshot id, source, partition, and the instant its data speaks of (ISO). */
  readonly read: string;
  readonly source: string;
  readonly stream: string;
  readonly partition: string;
  readonly at: string;
  /** The record that is gone or whose status turned, and how. */
  readonly record: string;
  readonly change: string;
  /** The last read that still saw it (ISO instant), so that removal lies between the two. */
  readonly lastSeenAt: string | null;
}

export type FindingStatus = "open" | "closed" | "excepted";
export type ClosedAs = "removed" | "noLongerApplies";

/** A finding as it is stored and printed. Instants are ISO 8601 in UTC. */
export interface Finding {
  readonly rule: string;
  readonly revision: number;
  /** Digest of the rule id and the identity columns: the same finding tomorrow. */
  readonly fingerprint: string;
  readonly status: FindingStatus;
  readonly closedAs: ClosedAs | null;
  /** Why it closed, in words. */
  readonly closedReason: string | null;
  readonly closedAt: string | null;
  /** Whether the last run would have seen it gone. Beside the state, never a part of it. */
  readonly checked: boolean;
  readonly severity: Severity;
  readonly subject: NodeRef;
  readonly person: {
    readonly key: string;
    readonly workerIds: readonly string[];
    readonly name: string;
  } | null;
  readonly reason: string;
  /** From the person to the resource, in walking order. */
  readonly path: readonly EdgeRef[];
  /** How many further paths lead to the same; 0 for rules without reach. */
  readonly otherPaths: number;
  readonly cuts: readonly EdgeRef[];
  readonly remediation: readonly Remediation[];
  readonly controls: Readonly<Record<string, readonly string[]>>;
  /** The denominator of its rule in that run. */
  readonly population: number;
  readonly firstSeen: string;
  readonly lastSeen: string;
  readonly run: string;
  readonly reopened: number;
  readonly proof: Proof | null;
  /** All columns of the rule's row. */
  readonly columns: Readonly<Record<string, CellValue>>;
  readonly evidence: readonly EvidenceRef[];
  readonly exception: { readonly id: string; readonly until: string } | null;
}

export interface NotEvaluated {
  readonly rule: string;
  readonly source: string;
  readonly partition: string;
  readonly reason: string;
}

export interface SourceStatus {
  readonly name: string;
  readonly partition: string;
  readonly verdict: Verdict;
  readonly state: ReadState;
  readonly readAt: string | null;
  readonly reason: string | null;
}

/** The document of `findings --json`. */
export interface FindingsDocument {
  readonly schemaVersion: 1;
  readonly findings: readonly Finding[];
  readonly notEvaluated: readonly NotEvaluated[];
  readonly sources: readonly SourceStatus[];
}
