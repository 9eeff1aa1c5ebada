import type { ReachEdge, ReachType } from "./types.js";

/**
 * What an edge does to a walk, as small numbers. HAS_ENTITLEMENT and CAN_ASSUME are two kinds each (direct members
 * only, or all), and so is CONTAINS (a resource, or an identity inside one).
 */
export const KIND = {
  MEMBER_OF: 0,
  SAME_AS: 1,
  SIGNS_IN_AS: 2,
  CAN_ASSUME: 3,
  RUNS_AS: 4,
  HAS_ENTITLEMENT: 5,
  HAS_ENTITLEMENT_DIRECT: 6,
  ON: 7,
  CONTAINS_RESOURCE: 8,
  CONTAINS_IDENTITY: 9,
  CAN_ASSUME_DIRECT: 10,
} as const;
export const KINDS = 11;

/** Edge type of each kind. */
export const TYPE_OF_KIND: readonly ReachType[] = [
  "MEMBER_OF",
  "SAME_AS",
  "SIGNS_IN_AS",
  "CAN_ASSUME",
  "RUNS_AS",
  "HAS_ENTITLEMENT",
  "HAS_ENTITLEMENT",
  "ON",
  "CONTAINS",
  "CONTAINS",
  "CAN_ASSUME",
];

export function kindOf(edge: ReachEdge): number {
  if (edge.type === "HAS_ENTITLEMENT")
    return edge.directMembersOnly ? KIND.HAS_ENTITLEMENT_DIRECT : KIND.HAS_ENTITLEMENT;
  if (edge.type === "CAN_ASSUME") return edge.directMembersOnly ? KIND.CAN_ASSUME_DIRECT : KIND.CAN_ASSUME;
  if (edge.type === "CONTAINS") return edge.toIdentity ? KIND.CONTAINS_IDENTITY : KIND.CONTAINS_RESOURCE;
  return KIND[edge.type];
}

/**
 * How the walk stands at a node. `self`: it acts as the node. `direct`, `nested`: it is a member of the node (a
 * group), itself or through another group. `inside`: the node is an entitlement, or a resource within which an
 * entitlement lets it impersonate; nothing but what is contained can be reached from there.
 */
export const MODE = { self: 0, direct: 1, nested: 2, inside: 3 } as const;
export const MODES = 4;

/** No step. */
export const NONE = 255;

/** `PASS[mode * KINDS + kind]`: the mode at the edge's end, or NONE where the walk may not take the edge. */
export const PASS: Uint8Array = (() => {
  const pass = new Uint8Array(MODES * KINDS).fill(NONE);
  const set = (mode: number, kind: number, next: number) => {
    pass[mode * KINDS + kind] = next;
  };
  for (const mode of [MODE.self, MODE.direct, MODE.nested]) {
    set(mode, KIND.MEMBER_OF, mode === MODE.self ? MODE.direct : MODE.nested);
    // A reference to a group means the same members, so membership stays what it is.
    set(mode, KIND.SAME_AS, mode);
    set(mode, KIND.SIGNS_IN_AS, MODE.self);
    set(mode, KIND.CAN_ASSUME, MODE.self);
    set(mode, KIND.RUNS_AS, MODE.self);
    set(mode, KIND.HAS_ENTITLEMENT, MODE.inside);
    if (mode === MODE.nested) continue;
    set(mode, KIND.HAS_ENTITLEMENT_DIRECT, MODE.inside);
    set(mode, KIND.CAN_ASSUME_DIRECT, MODE.self);
  }
  // Only an entitlement that confers impersonation is ever expanded in this mode.
  set(MODE.inside, KIND.ON, MODE.inside);
  set(MODE.inside, KIND.CONTAINS_RESOURCE, MODE.inside);
  set(MODE.inside, KIND.CONTAINS_IDENTITY, MODE.self);
  return pass;
})();

export function isEntitlementKind(kind: number): boolean {
  return kind === KIND.HAS_ENTITLEMENT || kind === KIND.HAS_ENTITLEMENT_DIRECT;
}
