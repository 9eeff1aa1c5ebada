import { isShared } from "./apply-upserts.js";
import { assertionId, LOST } from "./assertion.js";
import { flatOf, transition } from "./change.js";
import { type Happened, witness, writeChanges } from "./change-store.js";
import { deleteEdges, type EdgePlan, edgesIn, writeEdges } from "./edge-store.js";
import type { ApplyTransaction } from "./invariants/index.js";
import { type Entries, edgeProps, labelsOf, mergedOf, nodeProps, withoutEntries } from "./merge.js";
import {
  connectedKeys,
  deleteNodes,
  deleteOrphans,
  type NodePlan,
  nodesIn,
  unresolvedPlan,
  writeNodes,
} from "./node-store.js";
import type { Part } from "./part.js";
import { edgeParts, type Rekeys } from "./rekey.js";

/** A record that some parts no longer assert. */
export interface Loss {
  readonly id: string;
  readonly parts: readonly Part[];
}

export interface LossOptions {
  readonly rekeys: Rekeys;
  /** A person closed the source: everything goes, also what a read may never delete. */
  readonly retired: boolean;
}

/** What became of a lost assertion. */
export type Fate = "removed" | "missing" | "rekeyed";
export type Fates = ReadonlyMap<string, Fate>;

/** Takes edges away, and the unresolved ends that nothing else touches. */
export async function loseEdges(
  tx: ApplyTransaction,
  losses: readonly Loss[],
  options: LossOptions,
): Promise<Fates> {
  const fates = new Map<string, Fate>();
  const going = losses.flatMap((loss) => {
    const ends = edgeParts(loss.id);
    return ends === undefined ? [] : [{ loss, ends }];
  });
  const stored = await edgesIn(
    tx,
    going.map(({ ends }) => ends),
  );
  const renewed = await renewedEdges(tx, losses, options.rekeys);
  const gone = [];
  const plans: EdgePlan[] = [];
  const happened: Happened[] = [];
  for (const { loss, ends } of going) {
    const before = stored.get(loss.id);
    if (before === undefined) continue;
    const after = withoutEntries(before, idsOf(loss), false);
    const merged = mergedOf(after);
    if (merged === undefined) gone.push(ends);
    else plans.push({ ...ends, isNew: false, props: edgeProps(ends.disc, after, merged) });
    const to = options.rekeys.newId(loss.id);
    const next = to === undefined ? undefined : renewed.get(to);
    const rekeyed = to === undefined || next === undefined ? undefined : { to, entries: next };
    fates.set(loss.id, rekeyed === undefined ? "removed" : "rekeyed");
    note(happened, loss, before, after, rekeyed, options.retired, false);
  }
  await writeEdges(tx, plans);
  await deleteEdges(tx, gone);
  await deleteOrphans(
    tx,
    gone.flatMap((edge) => [edge.from, edge.to]),
  );
  await writeChanges(tx, happened);
  return fates;
}

/** The edges that stand where rekeyed ones would stand now. */
async function renewedEdges(
  tx: ApplyTransaction,
  losses: readonly Loss[],
  rekeys: Rekeys,
): Promise<ReadonlyMap<string, Entries>> {
  if (rekeys.size === 0) return new Map();
  const ends = losses.flatMap(({ id }) => {
    const renewed = rekeys.newId(id);
    const parts = renewed === undefined ? undefined : edgeParts(renewed);
    return parts === undefined ? [] : [parts];
  });
  return ends.length === 0 ? new Map() : await edgesIn(tx, ends);
}

/**
 * Takes nodes away. What other edges still touch becomes Unresolved; what a read may never delete becomes missing.
 */
export async function loseNodes(
  tx: ApplyTransaction,
  losses: readonly Loss[],
  options: LossOptions,
): Promise<Fates> {
  const fates = new Map<string, Fate>();
  const renewedKeys = losses.flatMap(({ id }) => options.rekeys.newId(id) ?? []);
  const stored = await nodesIn(tx, [...losses.map((loss) => loss.id), ...renewedKeys]);
  const undescribed: string[] = [];
  const plans: NodePlan[] = [];
  const happened: Happened[] = [];
  for (const loss of losses) {
    const node = stored.get(loss.id);
    if (node === undefined || node.entries.length === 0) continue;
    const to = options.rekeys.newId(loss.id);
    const next = to === undefined ? undefined : stored.get(to);
    const rekeyed = to === undefined || next === undefined ? undefined : { to, entries: next.entries };
    const after = withoutEntries(node.entries, idsOf(loss), rekeyed === undefined && !options.retired);
    const merged = mergedOf(after);
    const [part] = loss.parts;
    if (merged === undefined) {
      undescribed.push(loss.id);
    } else {
      const since = node.missing ?? { at: part?.current.at ?? 0, read: part?.current.read ?? "" };
      const labels = labelsOf(merged.label, merged.provider, merged.props.accountType);
      plans.push({ key: loss.id, old: node.labels, labels, props: nodeProps(loss.id, after, merged, since) });
    }
    const kept = after.some(
      (entry) => entry.assertion.hash === LOST && idsOf(loss).has(assertionId(entry.assertion)),
    );
    fates.set(loss.id, rekeyed !== undefined ? "rekeyed" : kept ? "missing" : "removed");
    note(happened, loss, node.entries, after, rekeyed, options.retired, true);
  }
  const touched = await connectedKeys(tx, undescribed);
  for (const key of undescribed) {
    if (touched.has(key)) plans.push(unresolvedPlan(key, stored.get(key)?.labels));
  }
  await writeNodes(tx, plans);
  await deleteNodes(
    tx,
    undescribed.filter((key) => !touched.has(key)),
  );
  await writeChanges(tx, happened);
  return fates;
}

function idsOf(loss: Loss): ReadonlySet<string> {
  return new Set(loss.parts.map((part) => part.id));
}

function note(
  happened: Happened[],
  loss: Loss,
  before: Entries,
  after: Entries,
  rekeyed: { readonly to: string; readonly entries: Entries } | undefined,
  retired: boolean,
  isNode: boolean,
): void {
  const part = witness(loss.parts);
  const what = transition(before, after, isNode);
  if (part === undefined || what === undefined) return;
  const gone = what.kind === "removed" || what.kind === "missing";
  const shared = isShared(before, [part]);
  if (rekeyed !== undefined && gone) {
    const target = mergedOf(rekeyed.entries);
    const after = target === undefined ? undefined : flatOf(target, isNode);
    happened.push({ record: loss.id, transition: what, part, shared, rekeyed: { to: rekeyed.to, after } });
  } else {
    const transition = retired && gone ? { ...what, kind: "retired" as const } : what;
    happened.push({ record: loss.id, transition, part, shared });
  }
}
