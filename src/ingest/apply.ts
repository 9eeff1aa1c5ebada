import type { GraphStore } from "../graph/index.js";
import { applyRanks } from "./apply-ranks.js";
import { type Fates, type Loss, loseEdges, loseNodes } from "./apply-removals.js";
import { continuationsOf, upsertEdges, upsertNodes } from "./apply-upserts.js";
import { type KnownRecord, unseenRecords } from "./baseline.js";
import { type Difference, type DiffOptions, upserts } from "./diff.js";
import type { Touched } from "./invariants/index.js";
import { idDigest } from "./key-table.js";
import type { Lease } from "./lease.js";
import type { Part } from "./part.js";
import type { Rekeys } from "./rekey.js";
import { DEFAULT_BATCH, leased } from "./transaction.js";

export interface ApplyOptions extends DiffOptions {
  readonly store: GraphStore;
  readonly lease: Lease;
  readonly rekeys: Rekeys;
  /** Notes what is written. */
  readonly touched: Touched;
  readonly batchSize?: number | undefined;
}

/** Ids that a part keeps as lost, because their records are never deleted. */
export type LostByPart = ReadonlyMap<Part, ReadonlySet<string>>;

/**
 * Writes the difference: ranks, nodes, edges, edge removals, node removals. Each batch is one transaction with the
 * Changes it makes, so a crash between two leaves a graph from which the next run goes on.
 */
export async function applyDifference(options: ApplyOptions, difference: Difference): Promise<LostByPart> {
  const { batchSize = DEFAULT_BATCH } = options;
  const losing = options.parts.filter((part) => part.mode === "replace");
  const continues = continuationsOf(options.rekeys, (id) => losing.some((part) => isGoing(part, id)));
  await applyRanks(options);
  for await (const batch of upserts(options, difference, "node", batchSize)) {
    await leased(options, (tx) => upsertNodes(tx, batch, continues));
  }
  for await (const batch of upserts(options, difference, "edge", batchSize)) {
    await leased(options, (tx) => upsertEdges(tx, batch, continues));
  }
  const lost = new Map<Part, Set<string>>();
  const removal = { rekeys: options.rekeys, retired: false };
  for await (const losses of lossesOf(losing, true, batchSize)) {
    count(losses, await leased(options, (tx) => loseEdges(tx, losses, removal)), lost);
  }
  for await (const losses of lossesOf(losing, false, batchSize)) {
    count(losses, await leased(options, (tx) => loseNodes(tx, losses, removal)), lost);
  }
  return lost;
}

function isGoing(part: Part, id: string): boolean {
  return part.table.isUnseen(part.table.find(idDigest(id)));
}

/**
 * What the parts lose, in batches. A record that several parts lose in this read is lost by all of them at once,
 * so that its end is one Change and not a change followed by a removal.
 */
async function* lossesOf(
  parts: readonly Part[],
  edges: boolean,
  batchSize: number,
): AsyncGenerator<readonly Loss[]> {
  for (const part of parts) {
    let batch: Loss[] = [];
    for await (const records of unseenRecords(part)) {
      for (const loss of wanted(part, records, edges, parts)) {
        batch.push(loss);
        if (batch.length < batchSize) continue;
        yield batch;
        batch = [];
      }
    }
    if (batch.length > 0) yield batch;
  }
}

function* wanted(
  part: Part,
  records: readonly KnownRecord[],
  edges: boolean,
  parts: readonly Part[],
): Generator<Loss> {
  for (const { id } of records) {
    if (id.includes("|") !== edges) continue;
    const digest = idDigest(id);
    if (part.table.isDone(part.table.find(digest))) continue;
    const losers = parts.filter((other) => {
      const entry = other.table.find(digest);
      if (!other.table.isUnseen(entry)) return false;
      other.table.markDone(entry);
      return true;
    });
    yield { id, parts: losers.sort(byPrecedence) };
  }
}

function byPrecedence(a: Part, b: Part): number {
  return b.rank - a.rank || (a.id < b.id ? -1 : 1);
}

function count(losses: readonly Loss[], fates: Fates, lost: Map<Part, Set<string>>): void {
  for (const { id, parts } of losses) {
    const fate = fates.get(id);
    if (fate === undefined) continue;
    for (const part of parts) {
      part[fate] += 1;
      if (fate !== "missing") continue;
      const ids = lost.get(part) ?? new Set<string>();
      ids.add(id);
      lost.set(part, ids);
    }
  }
}
