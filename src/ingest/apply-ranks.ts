import type { ApplyOptions } from "./apply.js";
import { assertionId, byPrecedence } from "./assertion.js";
import { knownRecords } from "./baseline.js";
import { transition } from "./change.js";
import { type Happened, witness, writeChanges } from "./change-store.js";
import { type EdgePlan, edgesIn, writeEdges } from "./edge-store.js";
import type { ApplyTransaction } from "./invariants/index.js";
import { type Entries, edgeProps, labelsOf, mergedOf, nodeProps } from "./merge.js";
import { type NodePlan, nodesIn, writeNodes } from "./node-store.js";
import type { Part } from "./part.js";
import { edgeParts } from "./rekey.js";
import { DEFAULT_BATCH, leased } from "./transaction.js";

/**
 * Gives the records of streams whose rank is another than when they were last applied (a collector's newer version
 * lists its streams in another order) their rank, so that all assertions of a stream bear one, whether this read
 * says them again or not. Where that changes which claim wins, it is a Change of this read.
 */
export async function applyRanks(options: ApplyOptions): Promise<void> {
  const { batchSize = DEFAULT_BATCH } = options;
  const parts = new Map(
    options.parts
      .filter((part) => part.reranks && part.mode !== "nothing")
      .map((part): [string, Part] => [part.id, part]),
  );
  for (const part of parts.values()) {
    let nodes: string[] = [];
    let edges: string[] = [];
    for await (const records of knownRecords(part)) {
      for (const { id } of records) (id.includes("|") ? edges : nodes).push(id);
      if (nodes.length + edges.length < batchSize) continue;
      await rerank(options, nodes, edges, parts);
      [nodes, edges] = [[], []];
    }
    if (nodes.length + edges.length > 0) await rerank(options, nodes, edges, parts);
  }
}

async function rerank(
  options: ApplyOptions,
  nodes: readonly string[],
  edges: readonly string[],
  parts: ReadonlyMap<string, Part>,
): Promise<void> {
  await options.tick(0);
  await leased(options, async (tx) => {
    const happened = [...(await rerankNodes(tx, nodes, parts)), ...(await rerankEdges(tx, edges, parts))];
    await writeChanges(tx, happened);
  });
}

async function rerankNodes(
  tx: ApplyTransaction,
  keys: readonly string[],
  parts: ReadonlyMap<string, Part>,
): Promise<readonly Happened[]> {
  const plans: NodePlan[] = [];
  const happened: Happened[] = [];
  for (const [key, node] of await nodesIn(tx, keys)) {
    const after = ranked(node.entries, parts);
    const merged = after === undefined ? undefined : mergedOf(after);
    if (after === undefined || merged === undefined) continue;
    const labels = labelsOf(merged.label, merged.provider, merged.props.accountType);
    plans.push({ key, old: node.labels, labels, props: nodeProps(key, after, merged, node.missing) });
    note(happened, key, node.entries, after, parts, true);
  }
  await writeNodes(tx, plans);
  return happened;
}

async function rerankEdges(
  tx: ApplyTransaction,
  ids: readonly string[],
  parts: ReadonlyMap<string, Part>,
): Promise<readonly Happened[]> {
  const plans: EdgePlan[] = [];
  const happened: Happened[] = [];
  const ends = ids.flatMap((id) => edgeParts(id) ?? []);
  for (const [id, entries] of await edgesIn(tx, ends)) {
    const edge = edgeParts(id);
    const after = ranked(entries, parts);
    const merged = after === undefined ? undefined : mergedOf(after);
    if (edge === undefined || after === undefined || merged === undefined) continue;
    plans.push({ ...edge, isNew: false, props: edgeProps(edge.disc, after, merged) });
    note(happened, id, entries, after, parts, false);
  }
  await writeEdges(tx, plans);
  return happened;
}

/** The entries with the ranks of today; undefined where they have them. */
function ranked(entries: Entries, parts: ReadonlyMap<string, Part>): Entries | undefined {
  let isOther = false;
  const after = entries.map((entry) => {
    const rank = parts.get(assertionId(entry.assertion))?.rank ?? entry.assertion.rank;
    if (rank === entry.assertion.rank) return entry;
    isOther = true;
    return { ...entry, assertion: { ...entry.assertion, rank } };
  });
  return isOther ? after.sort((a, b) => byPrecedence(a.assertion, b.assertion)) : undefined;
}

function note(
  happened: Happened[],
  record: string,
  before: Entries,
  after: Entries,
  parts: ReadonlyMap<string, Part>,
  isNode: boolean,
): void {
  const part = witness(after.flatMap(({ assertion }) => parts.get(assertionId(assertion)) ?? []));
  const what = transition(before, after, isNode);
  if (part !== undefined && what !== undefined) {
    happened.push({ record, transition: what, part, shared: true });
  }
}
