import type { CellValue, Row } from "../graph/index.js";
import { edgeId, parseEdgeId } from "../model/index.js";
import type { Flat } from "./past.js";
import type { Certainty, ReachEdge, ReachType } from "./types.js";

/** Columns of an edge that a reach query returns beside `f` and `t`, for an edge variable `e`. */
export const EDGE_COLUMNS =
  "e.disc AS d, e.assignment AS a, e.condition AS c, e.startsAt AS s, e.endsAt AS u, e.directMembersOnly AS o";

const PLAIN =
  "e.disc = '' AND e.assignment IS NULL AND e.condition IS NULL AND e.startsAt IS NULL AND e.endsAt IS NULL AND e.directMembersOnly IS NULL";
/**
 * The same in two columns, for many edges: both keys in one text (keys hold no `|`), and a list of the rest where
 * there is anything to say. Most of what a read of all edges costs is handing cells over.
 */
export const PACKED_COLUMNS = `x.key + '|' + y.key AS k, CASE WHEN ${PLAIN} THEN null ELSE [e.disc, e.assignment, e.condition, e.startsAt, e.endsAt, e.directMembersOnly] END AS more`;

/** What a row of PACKED_COLUMNS says beside the keys; `undefined` where it has nothing to say. */
export function moreOfPacked(
  type: ReachType,
  from: string,
  to: string,
  more: CellValue | undefined,
): ReachEdge | undefined {
  if (!isList(more)) return undefined;
  const [d = null, a = null, c = null, s = null, u = null, o = null] = more;
  return edgeOfRow(type, { f: from, t: to, d, a, c, s, u, o });
}

function isList(value: CellValue | undefined): value is readonly CellValue[] {
  return Array.isArray(value);
}

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
    // The store has it as it is, and ids have it encoded.
    discriminator:
      typeof d === "string" && d !== "" ? (parseEdgeId(edgeId(type, f, t, d))?.discriminator ?? "") : "",
    directMembersOnly: o === true,
    certainty: certaintyOf(a, c),
    startsAt: typeof s === "number" ? s : undefined,
    endsAt: typeof u === "number" ? u : undefined,
    toIdentity,
  };
}

/** The same properties under the names that records and Changes use; what is unknown is left out. */
export function flatOfRow(row: Row): Flat {
  const { a, c, s, u, o } = row;
  const all = { assignment: a, condition: c, startsAt: s, endsAt: u, directMembersOnly: o };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null && value !== undefined));
}

/** An edge id with the properties of a Change as an edge; `undefined` for what is no edge id. */
export function edgeOfFlat(
  type: ReachType,
  id: string,
  flat: Flat,
  toIdentity: boolean,
): ReachEdge | undefined {
  const parts = parseEdgeId(id);
  if (parts === undefined) return undefined;
  const { assignment, condition, startsAt, endsAt, directMembersOnly } = flat;
  return {
    type,
    from: parts.from,
    to: parts.to,
    discriminator: parts.discriminator,
    directMembersOnly: directMembersOnly === true,
    certainty: certaintyOf(assignment, condition),
    startsAt: typeof startsAt === "number" ? startsAt : undefined,
    endsAt: typeof endsAt === "number" ? endsAt : undefined,
    toIdentity,
  };
}
