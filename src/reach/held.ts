import type { GraphStore } from "../graph/index.js";
import { edgeId } from "../model/index.js";
import { gather, loadReachable } from "./few.js";
import { ReachGraphBuilder } from "./graph.js";
import { ASSERTED_STEP_QUERIES, StoreNeighbours } from "./neighbours.js";
import { PastNeighbours } from "./past-neighbours.js";
import { isTexts, PastReads } from "./past-reads.js";
import type { PathEdge, ReachedTarget } from "./types.js";
import { walkAll } from "./walk.js";

/** `held`: the reads before and after the instant saw all of it. `betweenReads`: some of it nobody saw closely enough. */
export type HeldState = "held" | "notHeld" | "betweenReads";

export interface HeldAccount {
  readonly account: string;
  readonly link: PathEdge;
  readonly state: HeldState;
}

/** An entitlement reached, as at the instant; for `notHeld` as it is reached now. `start` is the account. */
export interface HeldRight extends ReachedTarget {
  readonly state: HeldState;
}

export interface Held {
  /** The person's key as it is now. */
  readonly person: string;
  /** Epoch ms. */
  readonly at: number;
  /** By account key. Accounts that are linked now and were not then are `notHeld`. */
  readonly accounts: readonly HeldAccount[];
  /** By account key, then entitlement key. */
  readonly rights: readonly HeldRight[];
}

/** The reads of heldOn beside those of a walk, also for the differential test over all reads. */
export const HELD_QUERIES = {
  person:
    "MATCH (p:Person) WHERE p.key = $key OR $key IN coalesce(p.aliases, []) RETURN p.key AS key, p.aliases AS aliases ORDER BY key",
  accounts:
    "MATCH (p:Person {key: $key})-[e:HAS_ACCOUNT]->(a:Entity) RETURN a.key AS account, e.disc AS d, e.assertions AS q",
} as const;

/**
 * What a person held at an instant, from the graph and the Changes since: an edge that a read saw before and
 * another after was there; one that came or went between two reads around the instant, or before anything was
 * read, was perhaps. `options.now` is for what is reached now and was not then. A right is held where one path of sure edges led to it. `undefined` for an unknown person.
 */
export async function heldOn(
  store: GraphStore,
  person: string,
  at: number,
  options: { readonly now: number; readonly signal?: AbortSignal },
): Promise<Held | undefined> {
  const [found] = await store.rows(HELD_QUERIES.person, { key: person }, options.signal);
  const key = found?.key;
  if (typeof key !== "string") return undefined;
  const names = [key, ...(isTexts(found?.aliases) ? found.aliases : [])];
  const reads = await PastReads.load(store, at, options.signal);
  const accounts = await accountsThen(store, key, names, reads, options.signal);

  const then = accounts.filter(({ state }) => state !== "notHeld").map(({ account }) => account);
  const neighbours = new PastNeighbours(
    new StoreNeighbours(store, options.signal, ASSERTED_STEP_QUERIES),
    reads,
  );
  const perhaps = new ReachGraphBuilder();
  await gather(then, neighbours, perhaps);
  const surely = new ReachGraphBuilder();
  for (const edge of neighbours.sureEdges) surely.edge(edge);
  for (const entitlement of neighbours.surelyImpersonating) surely.impersonates(entitlement);

  const certain = accounts.filter(({ state }) => state === "held").map(({ account }) => account);
  const rights = new Map<string, HeldRight>();
  const add = (reached: Iterable<ReachedTarget>, state: HeldState) => {
    for (const one of reached) {
      const id = `${one.start}|${one.target}`;
      if (!rights.has(id)) rights.set(id, { ...one, state });
    }
  };
  add(walkAll(surely.build(), certain, { now: at }), "held");
  add(walkAll(perhaps.build(), then, { now: at }), "betweenReads");
  const all = accounts.map(({ account }) => account);
  const present = await loadReachable(store, all, options.signal);
  add(walkAll(present, all, { now: options.now }), "notHeld");
  return {
    person: key,
    at,
    accounts,
    rights: [...rights].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, right]) => right),
  };
}

async function accountsThen(
  store: GraphStore,
  person: string,
  names: readonly string[],
  reads: PastReads,
  signal: AbortSignal | undefined,
): Promise<readonly HeldAccount[]> {
  const found = new Map<string, HeldAccount>();
  const rank: Readonly<Record<HeldState, number>> = { held: 0, betweenReads: 1, notHeld: 2 };
  const add = (from: string, account: string, state: HeldState) => {
    const link = {
      id: edgeId("HAS_ACCOUNT", from, account),
      type: "HAS_ACCOUNT" as const,
      from,
      to: account,
    };
    const known = found.get(account);
    if (known === undefined || rank[state] < rank[known.state]) found.set(account, { account, link, state });
  };
  const seen = new Set<string>();
  for (const row of await store.rows(HELD_QUERIES.accounts, { key: person }, signal)) {
    if (typeof row.account !== "string") continue;
    const id = edgeId("HAS_ACCOUNT", person, row.account);
    seen.add(id);
    add(person, row.account, reads.past(id, {}, isTexts(row.q) ? row.q : []).state);
  }
  for (const name of names)
    for (const id of reads.changedEdges(name, "HAS_ACCOUNT")) {
      const account = id.split("|")[2];
      if (!seen.has(id) && account !== undefined) add(name, account, reads.past(id, undefined, []).state);
    }
  return [...found.values()]
    .filter(({ state, link }) => state !== "notHeld" || seen.has(link.id))
    .sort((a, b) => (a.account < b.account ? -1 : 1));
}
