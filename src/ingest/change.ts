import { canonicalJson, DERIVED_SOURCE, digest } from "../model/index.js";
import { type Content, isMap } from "./content.js";
import { type Entries, isRetained, type Merged, mergedOf } from "./merge.js";

export const CHANGE_KINDS = [
  "added",
  "removed",
  "changed",
  "missing",
  "returned",
  "rekeyed",
  "retired",
] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];

/** A read and the instant its data speaks of (epoch ms). */
export interface ReadAt {
  readonly read: string;
  readonly at: number;
}

/** What became of a record between two reads: a node `Change` of docs/graph.md. */
export interface Change {
  readonly id: string;
  readonly kind: ChangeKind;
  /** Key of a node or id of an edge. */
  readonly record: string;
  /** Canonical label or edge type. */
  readonly label: string;
  readonly source: string;
  readonly stream: string;
  readonly partition: string;
  /** The last read that is known to have seen the earlier state; undefined where none is. */
  readonly previous: ReadAt | undefined;
  readonly current: ReadAt;
  readonly before: Flat | undefined;
  readonly after: Flat | undefined;
  /** The new key or id, when rekeyed. */
  readonly to: string | undefined;
}

/** A record as one flat map: its properties and, of a node, `label`, `provider` and `aliases`. */
export type Flat = Readonly<Record<string, unknown>>;

/** What happened, apart from who saw it and when. */
export interface Transition {
  readonly kind: ChangeKind;
  readonly label: string;
  readonly before: Flat | undefined;
  readonly after: Flat | undefined;
}

export function flatOf(content: Content, isNode: boolean): Flat {
  if (!isNode) return { ...content.props };
  return {
    ...content.props,
    label: content.label,
    ...(content.provider === undefined ? {} : { provider: content.provider }),
    ...(content.aliases === undefined ? {} : { aliases: content.aliases }),
  };
}

/** Compares a record before and after; `undefined` where nobody could see a difference. */
export function transition(before: Entries, after: Entries, isNode: boolean): Transition | undefined {
  const was = mergedOf(isNode ? described(before) : before);
  const is = mergedOf(isNode ? described(after) : after);
  const whole = (merged: Merged | undefined) => (merged === undefined ? undefined : flatOf(merged, isNode));
  const make = (kind: ChangeKind, label: string): Transition => ({
    kind,
    label,
    before: whole(was),
    after: whole(is),
  });
  if (was === undefined) return is === undefined ? undefined : make("added", is.label);
  if (is === undefined) return make("removed", was.label);
  if (was.state !== is.state) {
    return is.state === "missing"
      ? { ...make("missing", was.label), after: undefined }
      : { ...make("returned", is.label), before: undefined };
  }
  return difference(is.label, flatOf(was, isNode), flatOf(is, isNode));
}

/**
 * Correlation remarks on nodes that sources describe (an account's type). Where only remarks are left, the node is
 * gone: the read that no longer saw it is the one that says so, and not the correlation that took its remark back.
 */
function described(entries: Entries): Entries {
  const isRemark = (one: Entries[number]) =>
    one.assertion.source === DERIVED_SOURCE && !isRetained(one.content);
  return entries.every(isRemark) ? [] : entries;
}

/** Only the properties that differ; one that came or went stands on one side only. */
function difference(label: string, was: Flat, is: Flat): Transition | undefined {
  const before: Record<string, unknown> = {};
  const after: Record<string, unknown> = {};
  for (const name of new Set([...Object.keys(was), ...Object.keys(is)])) {
    if (name in was && name in is && canonicalJson(was[name]) === canonicalJson(is[name])) continue;
    if (name in was) before[name] = was[name];
    if (name in is) after[name] = is[name];
  }
  if (Object.keys(before).length === 0 && Object.keys(after).length === 0) return undefined;
  return { kind: "changed", label, before, after };
}

/** What a flat record was before a `changed` turned it into what it is. */
function undo(is: Flat, change: Pick<Transition, "before" | "after">): Flat {
  const was: Record<string, unknown> = { ...is };
  for (const name of Object.keys(change.after ?? {})) {
    if (change.before === undefined || !(name in change.before)) delete was[name];
  }
  return { ...was, ...change.before };
}

/**
 * Two transitions of one record in one read (several streams describe it) are one: what it was before the read
 * and after it. `undefined` where the second takes the first back.
 */
export function combined(first: Transition, second: Transition): Transition | undefined {
  if (second.kind === "changed") {
    if (first.kind === "added" || first.kind === "returned") {
      const after = redo(first.after ?? {}, second);
      return { ...first, after, label: second.label };
    }
    if (first.kind === "changed") {
      // What only the second touched was, before both, as the second found it.
      const touched = new Set([...Object.keys(first.before ?? {}), ...Object.keys(first.after ?? {})]);
      const found = Object.entries(second.before ?? {}).filter(([name]) => !touched.has(name));
      const was = { ...first.before, ...Object.fromEntries(found) };
      return difference(second.label, was, redo(first.after ?? {}, second));
    }
    return first;
  }
  if ((second.kind === "removed" || second.kind === "missing") && first.kind === "changed") {
    return { ...second, before: undo(second.before ?? {}, first) };
  }
  if ((second.kind === "removed" || second.kind === "missing") && first.kind === "added") return undefined;
  return second;
}

function redo(was: Flat, change: Transition): Flat {
  const is: Record<string, unknown> = { ...was };
  for (const name of Object.keys(change.before ?? {})) {
    if (change.after === undefined || !(name in change.after)) delete is[name];
  }
  return { ...is, ...change.after };
}

/** The id is a digest of what happened, to what, seen by whom, between which reads: written twice is written once. */
export function changeId(change: Omit<Change, "id">): string {
  const assertion = `${change.source}|${change.stream}|${change.partition}`;
  return digest(
    change.kind,
    change.record,
    assertion,
    change.previous?.read ?? "",
    change.current.read,
  ).slice(0, 40);
}

/** The properties of a Change node. */
export function changeProps(change: Change): Record<string, string | number> {
  const { kind, record, label, source, stream, partition, previous, current, before, after, to } = change;
  return {
    id: change.id,
    kind,
    record,
    label,
    source,
    stream,
    partition,
    ...(previous === undefined ? {} : { previousRead: previous.read, previousReadAt: previous.at }),
    read: current.read,
    readAt: current.at,
    ...(before === undefined ? {} : { before: canonicalJson(before) }),
    ...(after === undefined ? {} : { after: canonicalJson(after) }),
    ...(to === undefined ? {} : { to }),
  };
}

export function parseFlat(text: unknown): Flat | undefined {
  if (typeof text !== "string") return undefined;
  const value: unknown = JSON.parse(text);
  return isMap(value) ? value : undefined;
}
