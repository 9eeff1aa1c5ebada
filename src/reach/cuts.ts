import { type AccountType, parseKey } from "../model/index.js";
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

/** Others use these as well: it is the person's tie to them that has to end. */
const USED_BY_OTHERS: ReadonlySet<AccountType> = new Set(["shared", "service"]);

/**
 * The edges that together end what was reached, for that person: the account's own outgoing edges on any path to
 * it, or for a shared or service account the person's link to it.
 */
export function cutsFor(
  reached: ReachedWithCuts,
  holder: Holder,
  ruleOf: (edge: PathEdge) => string | undefined,
): readonly Cut[] {
  const edges =
    USED_BY_OTHERS.has(holder.accountType) && holder.link !== undefined ? [holder.link] : reached.cuts;
  return edges.map((edge) => ({ edge, changeAt: changeAt(edge, ruleOf(edge)) }));
}

const LINK_CHANGES: Readonly<Record<string, string>> = {
  mapping: "the mapping file",
  employeeId: "the employee id on the account, or in the HR record",
  email: "the e-mail address on the account, or in the HR record",
  sso: "the account it is opened from",
  tag: "the owner tag on the account",
  userName: "the user name, or correlate.userNames in the configuration",
};

/**
 * Where an edge is changed that is not stored as such in any system, in words; `undefined` for all others. `rule`
 * is the edge's own property.
 */
export function changeAt(edge: PathEdge, rule: string | undefined): string | undefined {
  switch (edge.type) {
    case "HAS_ACCOUNT":
      return `It follows from ${LINK_CHANGES[rule ?? ""] ?? "correlation"}: change the account's password and keys, and then that.`;
    case "SAME_AS":
      return `It follows from a name: change what names ${parseKey(edge.to).id}.`;
    case "SIGNS_IN_AS":
      return `It follows from single sign-on: end the sign-in of ${parseKey(edge.from).id} at ${parseKey(edge.to).source || edge.to} in the identity provider.`;
    default:
      return undefined;
  }
}
