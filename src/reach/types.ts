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
  /** From the start to the target. An Entitlement's is followed by ON to its resource, where it has one. */
  readonly path: readonly PathEdge[];
}

/** A target with everything that has to be cut so that the start no longer has it. */
export interface ReachedWithCuts extends ReachedTarget {
  /** The start's own outgoing edges on any path to the target, by (target key, edge id). Never empty. */
  readonly cuts: readonly PathEdge[];
  /** Entry edges beside the best path's own: `cuts.length - 1`. */
  readonly otherPaths: number;
}

/** The edge types that a walk passes, and those it shows or inherits by. */
export const PASSING_TYPES = [
  "MEMBER_OF",
  "SAME_AS",
  "SIGNS_IN_AS",
  "CAN_ASSUME",
  "RUNS_AS",
  "HAS_ENTITLEMENT",
] as const satisfies readonly EdgeType[];
export const REACH_TYPES = [...PASSING_TYPES, "ON", "CONTAINS"] as const satisfies readonly EdgeType[];
export type ReachType = (typeof REACH_TYPES)[number];

/** One edge as reach needs it, from the store or from history. */
export interface ReachEdge {
  readonly type: ReachType;
  readonly from: string;
  readonly to: string;
  /** Encoded as in the edge id; `""` if none. */
  readonly discriminator: string;
  readonly directMembersOnly: boolean;
  readonly certainty: Certainty;
  /** Epoch ms; the edge passes while startsAt <= now < endsAt. */
  readonly startsAt: number | undefined;
  readonly endsAt: number | undefined;
  /** CONTAINS only: the contained is a NonHumanIdentity (not a Resource). */
  readonly toIdentity: boolean;
}
