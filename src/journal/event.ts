/**
 * The journal: what is decided or changes state, as a hash-chained sequence. `payloadHash` is
 * SHA-256(salt, actor, canonical payload); the chain covers that hash, so a person's payload can later be erased
 * without breaking it. `hash` is SHA-256(previous hash, seq, type, at, payloadHash). Each part goes into a hash
 * with its length before it (`digest` of src/model). The first event's `previous` is the id of the chain.
 */
export interface JournalEvent {
  readonly seq: number;
  readonly type: EventType;
  /** Epoch ms. */
  readonly at: number;
  /** Who decided; `exitgraph` where a run did. */
  readonly actor: string;
  readonly salt: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly payloadHash: string;
  readonly previous: string;
  readonly hash: string;
}

export const EVENT_TYPES = [
  /** A snapshot was applied, in whole or in part: its manifest's hash and the outcome per partition. */
  "ingest.applied",
  /** A source or partition was retired by a person with a reason. */
  "source.retired",
  /** A reconciliation: every change of a finding's life in that run. */
  "run.reconciled",
  "exception.requested",
  "exception.approved",
  "exception.ended",
] as const;
export type EventType = (typeof EVENT_TYPES)[number];
