import type { EdgeType } from "../model/index.js";

/** How sure a path is: the least sure edge decides. Order is rank. */
export const CERTAINTIES = ["active", "conditional", "eligible"] as const;
export type Certainty = (typeof CERTAINTIES)[number];

/** One edge of a path, as the store has it. `id` is the edge id of src/model. */
export interface PathEdge {
  readonly id: string;
  readonly type: EdgeType;
  readonly from: string;
  readonly to: string;
}

/** The best path from a start to a target: most certain, then shortest, then smallest key sequence. */
export interface ReachedTarget {
  readonly start: string;
  readonly target: string;
  readonly certainty: Certainty;
  readonly path: readonly PathEdge[];
}
