import type { NodeRef } from "../../model/index.js";
import type { EdgeRef } from "../../reconcile/index.js";
import { plain } from "./text.js";

/** What people read of a node: its name, or its key where it has none. */
export function nodeText(node: NodeRef): string {
  return plain(node.name === "" ? node.key : node.name);
}

/**
 * A path on one line: `Ada Park -HAS_ACCOUNT-> apark -MEMBER_OF-> admins`. An edge that is followed against its
 * direction points the other way, and one that does not join the one before it begins anew.
 */
export function pathText(path: readonly EdgeRef[]): string {
  let text = "";
  let at: string | undefined;
  for (const { from, edge, to } of path) {
    if (at !== undefined && at === to.key && at !== from.key) {
      text += ` <-${plain(edge)}- ${nodeText(from)}`;
      at = from.key;
      continue;
    }
    if (at !== from.key) text += `${at === undefined ? "" : " ; "}${nodeText(from)}`;
    text += ` -${plain(edge)}-> ${nodeText(to)}`;
    at = to.key;
  }
  return text;
}
