import { assertionId } from "./assertion.js";
import { transition } from "./change.js";
import { type Happened, witness, writeChanges } from "./change-store.js";
import { damagedRecord } from "./content.js";
import type { Upsert } from "./diff.js";
import { type EdgeEnds, type EdgePlan, edgesIn, idOf, writeEdges } from "./edge-store.js";
import type { ApplyTransaction } from "./invariants/index.js";
import { type Entries, edgeProps, labelsOf, mergedOf, nodeProps, withRecord } from "./merge.js";
import { absentKeys, type NodePlan, nodesIn, unresolvedPlan, writeNodes } from "./node-store.js";
import type { Part } from "./part.js";
import type { Rekeys } from "./rekey.js";

/** Whether a record only continues another one of this read under a new key, so that it is no addition. */
export type Continues = (id: string) => boolean;

/** Records of a rekeying that lose their old id in this read. */
export function continuationsOf(rekeys: Rekeys, isGoing: (id: string) => boolean): Continues {
  return (id) => rekeys.oldIds(id).some(isGoing);
}

/** Writes nodes, and what became of them. */
export async function upsertNodes(
  tx: ApplyTransaction,
  batch: readonly Upsert[],
  continues: Continues,
): Promise<void> {
  const byKey = grouped(batch);
  const stored = await nodesIn(tx, [...byKey.keys()]);
  const plans: NodePlan[] = [];
  const happened: Happened[] = [];
  for (const [key, group] of byKey) {
    const node = stored.get(key);
    const before = node?.entries ?? [];
    const after = merge(before, group);
    const merged = mergedOf(after);
    if (merged === undefined) throw damagedRecord("a node that nothing asserts");
    const labels = labelsOf(merged.label, merged.provider, merged.props.accountType);
    plans.push({ key, old: node?.labels, labels, props: nodeProps(key, after, merged, undefined) });
    note(happened, key, before, after, group, continues, true);
  }
  await writeNodes(tx, plans);
  await writeChanges(tx, happened);
}

/** Writes edges, and what became of them. Ends that no source describes are kept as Unresolved. */
export async function upsertEdges(
  tx: ApplyTransaction,
  batch: readonly Upsert[],
  continues: Continues,
): Promise<void> {
  const byId = grouped(batch);
  const ends = new Map<string, EdgeEnds>();
  for (const { id, record } of batch) {
    if (record.kind !== "edge") continue;
    const { type, from, to, discriminator = "" } = record;
    ends.set(id, { type, from, to, disc: discriminator });
  }
  const keys = new Set([...ends.values()].flatMap((edge) => [edge.from, edge.to]));
  const absent = await absentKeys(tx, [...keys]);
  await writeNodes(
    tx,
    absent.map((key) => unresolvedPlan(key, undefined)),
  );
  // An edge can only exist already where both of its ends do.
  const isAbsent = new Set(absent);
  const old = [...ends.values()].filter((edge) => !isAbsent.has(edge.from) && !isAbsent.has(edge.to));
  const stored = await edgesIn(tx, old);
  const plans: EdgePlan[] = [];
  const happened: Happened[] = [];
  for (const edge of ends.values()) {
    const id = idOf(edge);
    const group = byId.get(id) ?? [];
    const before = stored.get(id) ?? [];
    const after = merge(before, group);
    const merged = mergedOf(after);
    if (merged === undefined) throw damagedRecord("an edge that nothing asserts");
    plans.push({ ...edge, isNew: !stored.has(id), props: edgeProps(edge.disc, after, merged) });
    note(happened, id, before, after, group, continues, false);
  }
  await writeEdges(tx, plans);
  await writeChanges(tx, happened);
}

function grouped(batch: readonly Upsert[]): ReadonlyMap<string, readonly Upsert[]> {
  const groups = new Map<string, Upsert[]>();
  for (const upsert of batch) {
    const group = groups.get(upsert.id);
    if (group === undefined) groups.set(upsert.id, [upsert]);
    else group.push(upsert);
  }
  return groups;
}

function merge(before: Entries, group: readonly Upsert[]): Entries {
  let entries = before;
  for (const { part, hash, record } of group) {
    const { rank, source, stream, partition } = part;
    entries = withRecord(entries, { rank, source, stream, partition, hash }, record);
  }
  return entries;
}

function note(
  happened: Happened[],
  record: string,
  before: Entries,
  after: Entries,
  group: readonly Upsert[],
  continues: Continues,
  isNode: boolean,
): void {
  const parts = group.map((upsert) => upsert.part);
  const part = witness(parts);
  if (part === undefined || continues(record)) return;
  const what = transition(before, after, isNode);
  if (what === undefined) return;
  happened.push({ record, transition: what, part, shared: isShared(before, parts) });
}

/**
 * True where this read may have touched the record before: another stream or partition of the same source speaks of
 * it, or its rank was changed.
 */
export function isShared(entries: Entries, parts: readonly Part[]): boolean {
  if (parts.some((part) => part.reranks)) return true;
  const own = new Set(parts.map((part) => part.id));
  const source = parts[0]?.source;
  return entries.some(({ assertion }) => assertion.source === source && !own.has(assertionId(assertion)));
}
