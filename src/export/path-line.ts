import type { NodeRef } from "../model/index.js";
import type { EdgeRef } from "../reconcile/index.js";

/** What people read of a node: its name, or its key where it has none. */
export function nameOf(node: NodeRef): string {
  return node.name === "" ? node.key : node.name;
}

/**
 * A path on one line: `Ada Park -HAS_ACCOUNT-> apark -MEMBER_OF-> admins`. An edge that is followed against its
 * direction points the other way (`Ada Park <-OWNED_BY- deploy`), and one that does not join the one before it begins
 * anew. `show` makes a name fit for where the line goes.
 */
export function pathLine(path: readonly EdgeRef[], show: (text: string) => string = (text) => text): string {
  const node = (one: NodeRef) => show(nameOf(one));
  let line = "";
  let at: string | undefined;
  for (const { from, edge, to, reversed } of path) {
    // A closed finding keeps its path as it was recorded, once with the edge's own ends.
    if (at !== undefined && at === to.key && at !== from.key) {
      line += ` <-${show(edge)}- ${node(from)}`;
      at = from.key;
      continue;
    }
    if (at !== from.key) line += `${at === undefined ? "" : " ; "}${node(from)}`;
    line += reversed === true ? ` <-${show(edge)}- ${node(to)}` : ` -${show(edge)}-> ${node(to)}`;
    at = to.key;
  }
  return line;
}
