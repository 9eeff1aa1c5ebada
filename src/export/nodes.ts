import type { GraphStore } from "../graph/index.js";
import type { NodeRef } from "../model/index.js";
import type { PathEdge } from "../reach/index.js";
import type { EdgeRef } from "../reconcile/index.js";
import { keyed, slices, text } from "./cells.js";

/** A node with the few properties that views show of it. */
export interface ShownNode extends NodeRef {
  readonly provider: string | null;
  readonly status: string;
  /** Of an entitlement; of an identity what its policies come to. */
  readonly privilege: string;
}

export const NODE_QUERY =
  "UNWIND $keys AS k MATCH (n:Entity {key: k}) RETURN n.key AS key, n.label AS label, n.name AS name, n.provider AS provider, n.status AS status, coalesce(n.privilege, n.effectivePrivilege) AS privilege";

const BATCH = 2_000;

/**
 * Looks nodes up by key, many at a time, and keeps them: groups, roles and entitlements come again and again.
 * One instance serves one answer, so that nothing stale is shown.
 */
export class NodeLookup {
  readonly #store: GraphStore;
  readonly #signal: AbortSignal | undefined;
  readonly #known = new Map<string, ShownNode>();

  constructor(store: GraphStore, signal?: AbortSignal) {
    this.#store = store;
    this.#signal = signal;
  }

  /** Fetches those that are not known yet: one query per 2,000. */
  async load(keys: Iterable<string>): Promise<void> {
    const wanted = [...new Set(keys)].filter((key) => !this.#known.has(key));
    for (const batch of slices(wanted, BATCH)) {
      const rows = await this.#store.rows(NODE_QUERY, { keys: batch }, this.#signal);
      for (const [key, row] of keyed(rows)) {
        this.#known.set(key, {
          key,
          label: text(row.label) ?? "Unresolved",
          name: text(row.name) ?? key,
          provider: text(row.provider),
          status: text(row.status) ?? "unknown",
          privilege: text(row.privilege) ?? "unknown",
        });
      }
    }
  }

  /** A node that was loaded; what the graph does not hold is shown by its key. */
  get(key: string): ShownNode {
    return (
      this.#known.get(key) ?? {
        key,
        label: "Unresolved",
        name: key,
        provider: null,
        status: "unknown",
        privilege: "unknown",
      }
    );
  }

  ref(key: string): NodeRef {
    const { label, name } = this.get(key);
    return { key, label, name };
  }

  edge({ type, from, to }: PathEdge): EdgeRef {
    return { from: this.ref(from), edge: type, to: this.ref(to) };
  }

  /** Forgets accounts and persons: there are many, and each is needed once. */
  forget(keys: Iterable<string>): void {
    for (const key of keys) this.#known.delete(key);
  }
}

/** Names of many nodes at once, as paths show them: load first, then ask for each. */
export async function nodeRefs(
  store: GraphStore,
  keys: Iterable<string>,
  signal?: AbortSignal,
): Promise<(key: string) => NodeRef> {
  const nodes = new NodeLookup(store, signal);
  await nodes.load(keys);
  return (key) => nodes.ref(key);
}
