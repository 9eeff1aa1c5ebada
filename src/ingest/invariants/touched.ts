import type { WriteTransaction } from "../../graph/index.js";
import { EDGE_RULES, EDGE_TYPES, type EdgeType, UNRESOLVED } from "../../model/index.js";

/** Past so many nodes it costs less to look at the whole store, and nothing more is remembered. */
const MOST = 100_000;

interface WrittenNode {
  readonly key: string;
  /** Labels beside `Entity`, before (undefined where it is new) and after. */
  readonly old: readonly string[] | undefined;
  readonly labels: readonly string[];
  readonly props: Readonly<Record<string, unknown>>;
}
interface WrittenEdge {
  readonly type: EdgeType;
  readonly from: string;
  readonly to: string;
}
export type Side = "from" | "to";

/** A node that has other labels than before, and the types of edges that it may no longer be an end of. */
export interface Relabelled {
  readonly key: string;
  readonly from: readonly EdgeType[];
  readonly to: readonly EdgeType[];
}

/**
 * What an apply wrote and an invariant may mind. It may hold more than what was committed (a transaction that was run
 * twice), and never less.
 */
export class Touched {
  readonly #globalIds: ReadonlySet<string>;
  /** Described nodes that were written, and the ends of edges that were. */
  readonly nodes = new Set<string>();
  /** Entitlements that were written, or that lost an ON. */
  readonly entitlements = new Set<string>();
  /** Credentials that were written, or that lost a holder. */
  readonly credentials = new Set<string>();
  /** Ends of the edges that were written, by type. */
  readonly ends = new Map<EdgeType, Readonly<Record<Side, Set<string>>>>();
  readonly relabelled = new Map<string, Relabelled>();
  /** Written nodes of which no other source should have one. */
  readonly global = new Set<string>();
  #whole = false;

  /** `globalIds`: provider labels whose ids name one thing wherever they are read. */
  constructor(globalIds: ReadonlySet<string> = new Set()) {
    this.#globalIds = globalIds;
  }

  /** Too much was written to look at it one by one, or it is not known what was. */
  get whole(): boolean {
    return this.#whole;
  }

  /** What an apply that was cut off wrote before is not known: everything may have been touched. */
  everything(): void {
    this.#whole = true;
    for (const part of [
      this.nodes,
      this.entitlements,
      this.credentials,
      this.ends,
      this.relabelled,
      this.global,
    ])
      part.clear();
  }

  node({ key, old, labels, props }: WrittenNode): void {
    if (this.#whole || labels.includes(UNRESOLVED)) return;
    this.#add(key);
    if (this.#whole) return;
    if (labels.includes("Entitlement")) this.entitlements.add(key);
    if (labels.includes("Credential")) this.credentials.add(key);
    if (typeof props.provider === "string" && this.#globalIds.has(props.provider)) this.global.add(key);
    // An edge that is written brings its own ends, and a further label forbids nothing.
    if (old?.some((label) => !labels.includes(label))) {
      this.relabelled.set(key, { key, from: forbidden("from", labels), to: forbidden("to", labels) });
    }
  }

  edge({ type, from, to }: WrittenEdge): void {
    if (this.#whole) return;
    const ends = this.ends.get(type) ?? { from: new Set(), to: new Set() };
    this.ends.set(type, ends);
    ends.from.add(from);
    ends.to.add(to);
    this.#add(from);
    this.#add(to);
  }

  edgeGone({ type, from, to }: WrittenEdge): void {
    if (this.#whole) return;
    if (type === "ON") this.entitlements.add(from);
    if (type === "HAS_CREDENTIAL") this.credentials.add(to);
    if (this.entitlements.size + this.credentials.size > MOST) this.everything();
  }

  #add(key: string): void {
    this.nodes.add(key);
    if (this.nodes.size > MOST) this.everything();
  }
}

/** A transaction of an apply: what it writes is noted. */
export interface ApplyTransaction extends WriteTransaction {
  readonly touched: Touched;
}

export function allowedLabels(type: EdgeType, side: Side): readonly string[] {
  return [UNRESOLVED, ...EDGE_RULES[type][side]];
}

function forbidden(side: Side, labels: readonly string[]): readonly EdgeType[] {
  return EDGE_TYPES.filter((type) => !allowedLabels(type, side).some((label) => labels.includes(label)));
}
