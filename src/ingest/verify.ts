import type { GraphStore } from "../graph/index.js";
import { INVARIANTS, scopeOf, type Violation, violationsInAll } from "./invariants/index.js";
import { readMarkers } from "./markers.js";

/** What the whole store violates of one invariant: nothing, where `count` is 0. */
export interface InvariantReport extends Violation {
  /** What should hold. */
  readonly holds: string;
}

export interface InvariantsReport {
  readonly invariants: readonly InvariantReport[];
  /** Sources whose newest read is not wholly in the graph: what is missing may be on its way. */
  readonly unfinished: readonly string[];
}

/**
 * Holds all invariants against the whole store. The store counts; nothing but counts and samples is read. `globalIds`
 * are provider labels whose ids name one thing wherever they are read.
 */
export async function verifyInvariants(
  store: GraphStore,
  globalIds: ReadonlySet<string>,
  signal?: AbortSignal,
): Promise<InvariantsReport> {
  const markers = await readMarkers(store);
  const scope = scopeOf(markers, globalIds);
  const invariants: InvariantReport[] = [];
  for (const invariant of INVARIANTS) {
    signal?.throwIfAborted();
    const ask = (cypher: string, params: Parameters<GraphStore["rows"]>[1]) =>
      store.rows(cypher, params, signal);
    const violation = await violationsInAll(ask, invariant, scope);
    invariants.push({ ...violation, holds: invariant.holds });
  }
  const open = markers.filter(({ intent }) => intent !== null).map(({ source }) => source);
  return { invariants, unfinished: [...new Set(open)].sort() };
}
