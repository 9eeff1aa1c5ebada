import DataLoader from "dataloader";
import type { GraphStore } from "../graph/index.js";
import type { EdgeType } from "../model/index.js";
import { type Entity, entitiesByKey, type Neighbour, neighbours } from "./entities.js";

/** What a request's resolvers work with. Made anew for each request, so that loaders never serve stale rows. */
export interface ApiContext {
  readonly store: GraphStore;
  /** Epoch ms at which the request judges who has left. */
  readonly now: number;
  readonly zone: string;
  readonly maxPageSize: number;
  /** Aborted when the client goes away or the time is up. */
  readonly signal: AbortSignal;
  readonly entity: DataLoader<string, Entity | undefined>;
  neighbours(
    type: EdgeType,
    direction: "out" | "in",
    limit: number,
  ): DataLoader<string, readonly Neighbour[]>;
}

export function createContext(
  base: Pick<ApiContext, "store" | "now" | "zone" | "maxPageSize" | "signal">,
): ApiContext {
  const loaders = new Map<string, DataLoader<string, readonly Neighbour[]>>();
  return {
    ...base,
    entity: new DataLoader((keys) => entitiesByKey(base.store, keys, base.signal), { maxBatchSize: 1_000 }),
    neighbours(type, direction, limit) {
      const name = `${type} ${direction} ${limit}`;
      let loader = loaders.get(name);
      if (loader === undefined) {
        loader = new DataLoader(
          (keys) => neighbours(base.store, { type, direction, keys, limit }, base.signal),
          {
            maxBatchSize: 1_000,
          },
        );
        loaders.set(name, loader);
      }
      return loader;
    },
  };
}
