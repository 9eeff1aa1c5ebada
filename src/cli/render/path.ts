import { nameOf, pathLine } from "../../export/index.js";
import type { NodeRef } from "../../model/index.js";
import type { EdgeRef } from "../../reconcile/index.js";
import { plain } from "./text.js";

/** What people read of a node, made plain. */
export function nodeText(node: NodeRef): string {
  return plain(nameOf(node));
}

/** A path on one line, made plain. */
export function pathText(path: readonly EdgeRef[]): string {
  return pathLine(path, plain);
}
