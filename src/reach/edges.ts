import type { Row } from "../graph/index.js";
import type { Certainty, ReachEdge, ReachType } from "./types.js";

/** Columns of an edge that a reach query returns beside `f` and `t`, for an edge variable `e`. */
export const EDGE_COLUMNS =
  "e.disc AS d, e.assignment AS a, e.condition AS c, e.startsAt AS s, e.endsAt AS u, e.directMembersOnly AS o";

/** An assignment one may activate is weaker than a condition one may meet. */
export function certaintyOf(assignment: unknown, condition: unknown): Certainty {
  if (assignment === "eligible") return "eligible";
  return condition === null || condition === undefined ? "active" : "conditional";
}

/** A row of a reach query (`f`, `t` and EDGE_COLUMNS) as an edge; `undefined` where an end has no key. */
export function edgeOfRow(type: ReachType, row: Row, toIdentity = false): ReachEdge | undefined {
  const { f, t, d, a, c, s, u, o } = row;
  if (typeof f !== "string" || typeof t !== "string") return undefined;
  return {
    type,
    from: f,
    to: t,
    discriminator: typeof d === "string" ? d : "",
    directMembersOnly: o === true,
    certainty: certaintyOf(a, c),
    startsAt: typeof s === "number" ? s : undefined,
    endsAt: typeof u === "number" ? u : undefined,
    toIdentity,
  };
}
