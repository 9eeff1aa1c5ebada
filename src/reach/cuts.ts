import { type AccountType, parseEdgeId, parseKey } from "../model/index.js";
import type { PathEdge, ReachedWithCuts } from "./types.js";

/** Whose access is to end, as far as it decides what to cut. */
export interface Holder {
  readonly accountType: AccountType;
  /** The person's HAS_ACCOUNT edge to the account, where it has one. */
  readonly link: PathEdge | undefined;
}

/** An edge that has to go; `changeAt` says where, for an edge that no system stores as such. */
export interface Cut {
  readonly edge: PathEdge;
  readonly changeAt: string | undefined;
}

/** What an edge that correlation made says of itself. */
export interface DerivedBy {
  /** The rule that made it. */
  readonly rule?: string | undefined;
  /** Ids of the edges that it follows from; or the key of what lets everybody in. */
  readonly restsOn?: readonly string[] | undefined;
}

/** Others use these as well: it is the person's tie to them that has to end. */
const USED_BY_OTHERS: ReadonlySet<AccountType> = new Set(["shared", "service"]);

/**
 * The edges that together end what was reached, for that person: the account's own outgoing edges on any path to
 * it, or for a shared or service account the person's link to it.
 */
export function cutsFor(
  reached: ReachedWithCuts,
  holder: Holder,
  derivedBy: (edge: PathEdge) => DerivedBy | undefined,
): readonly Cut[] {
  const edges =
    USED_BY_OTHERS.has(holder.accountType) && holder.link !== undefined ? [holder.link] : reached.cuts;
  return edges.map((edge) => ({ edge, changeAt: changeAt(edge, derivedBy(edge)) }));
}

const LINK_CHANGES: Readonly<Record<string, string>> = {
  mapping: "the mapping file",
  employeeId: "the employee id on the account, or in the HR record",
  email: "the e-mail address on the account, or in the HR record",
  sso: "the account it is opened from",
  tag: "the owner tag on the account",
  alias: "the alias of the account, or the e-mail address in the HR record",
  userName: "the user name, or correlate.userNames in the configuration",
};

/**
 * Where an edge is changed that is not stored as such in any system, in words; `undefined` for all others.
 */
export function changeAt(edge: PathEdge, by: DerivedBy | undefined): string | undefined {
  switch (edge.type) {
    case "HAS_ACCOUNT":
      return `It follows from ${LINK_CHANGES[by?.rule ?? ""] ?? "correlation"}: change the account's password and keys, and then that.`;
    case "SAME_AS":
      return `It follows from a name: change what names ${parseKey(edge.to).id}.`;
    case "SIGNS_IN_AS":
      return `It follows from single sign-on: ${endOf(edge, by) ?? `end the sign-in of ${parseKey(edge.from).id} at ${parseKey(edge.to).source || edge.to} in the identity provider`}.`;
    case "CAN_ASSUME": {
      const end = endOf(edge, by);
      return end === undefined ? undefined : `It follows from single sign-on: ${end}.`;
    }
    default:
      return undefined;
  }
}

/**
 * What has to end in the identity provider so that a sign-in does, for whom it begins at and nobody else: their own
 * assignments and memberships. All are ids of edges; nothing where the edge follows from something else.
 */
export function assignmentsBehind(edge: string, by: DerivedBy | undefined): readonly string[] {
  const grounds = by?.restsOn ?? [];
  const ends = parseEdgeId(edge);
  const isSignIn =
    ends?.type === "SIGNS_IN_AS" ||
    (ends?.type === "CAN_ASSUME" &&
      grounds.some((ground) => parseEdgeId(ground)?.from.startsWith("ref/aws-federated/") === true));
  return isSignIn ? grounds.filter((ground) => parseEdgeId(ground)?.from === ends.from) : [];
}

function endOf(edge: PathEdge, by: DerivedBy | undefined): string | undefined {
  const own = assignmentsBehind(edge.id, by).flatMap((ground) => {
    const parsed = parseEdgeId(ground);
    if (parsed === undefined) return [];
    const { id } = parseKey(parsed.to);
    return [parsed.type === "MEMBER_OF" ? `the membership in ${id}` : `the assignment to ${id}`];
  });
  const { id: who, source } = parseKey(edge.from);
  if (own.length > 0) return `end ${own.join(" and ")} of ${who} in ${source}`;
  const everybody = by?.restsOn?.find((ground) => parseEdgeId(ground) === undefined);
  if (edge.type !== "SIGNS_IN_AS" || everybody === undefined) return undefined;
  return `${parseKey(everybody).id} in ${source} signs in everybody, so ask for an assignment there`;
}
