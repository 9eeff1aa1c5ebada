import DataLoader from "dataloader";
import { type PersonView, personViews } from "../export/index.js";
import type { GraphStore } from "../graph/index.js";
import type { NodeRef } from "../model/index.js";
import { loadReachGraph, type ReachGraph } from "../reach/index.js";
import { type Entity, entitiesByKey } from "./entities.js";
import { maskedStore } from "./errors.js";
import { type Neighbour, type NeighbourPage, neighbours } from "./neighbours.js";

/** What a request's resolvers work with. Made anew for each request, so that loaders never serve stale rows. */
export interface ApiContext {
  readonly store: GraphStore;
  /** Epoch ms at which the request judges who has left. */
  readonly now: number;
  readonly zone: string;
  /** Names of the configured sources. */
  readonly sources: readonly string[];
  readonly maxPageSize: number;
  /** Aborted when the client goes away or the time is up. */
  readonly signal: AbortSignal;
  readonly entity: DataLoader<string, Entity | undefined>;
  /** People as they stand now. */
  readonly person: DataLoader<string, PersonView | undefined>;
  neighbours(wanted: NeighbourPage): DataLoader<string, readonly Neighbour[]>;
  /** A node by its key, as paths show it; what the graph does not hold is shown by its key. */
  ref(key: string): Promise<NodeRef>;
  /** All edges that pass access, loaded once per request and only when asked for. */
  reachGraph(): Promise<ReachGraph>;
}

/** Keys per query. */
const BATCH = { maxBatchSize: 1_000 };

export type ContextBase = Pick<ApiContext, "store" | "now" | "zone" | "sources" | "maxPageSize" | "signal">;

export function createContext(base: ContextBase): ApiContext {
  const { now, signal } = base;
  const store = maskedStore(base.store);
  const loaders = new Map<string, DataLoader<string, readonly Neighbour[]>>();
  const entity = new DataLoader<string, Entity | undefined>(
    (keys) => entitiesByKey(store, keys, signal),
    BATCH,
  );
  let graph: Promise<ReachGraph> | undefined;
  return {
    ...base,
    store,
    entity,
    person: new DataLoader<string, PersonView | undefined>(async (keys) => {
      const views = await personViews(store, keys, now, signal);
      return keys.map((key) => views.get(key));
    }, BATCH),
    neighbours(wanted) {
      const name = JSON.stringify([wanted.type, wanted.direction, wanted.page]);
      const known = loaders.get(name);
      if (known !== undefined) return known;
      const made = new DataLoader<string, readonly Neighbour[]>(
        (keys) => neighbours(store, keys, wanted, signal),
        BATCH,
      );
      loaders.set(name, made);
      return made;
    },
    async ref(key) {
      const found = await entity.load(key);
      return { key, label: found?.label ?? "Unresolved", name: found?.name ?? key };
    },
    reachGraph() {
      graph ??= loadReachGraph(store, { signal });
      return graph;
    },
  };
}
