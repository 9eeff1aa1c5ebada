import type { PathEdge, ReachedTarget } from "../reach/index.js";
import type { NodeLookup } from "./nodes.js";
import type { ReachedView } from "./views.js";

/** Keys of everything that a path touches. */
export function* keysOfPath(path: readonly PathEdge[]): Generator<string> {
  for (const { from, to } of path) {
    yield from;
    yield to;
  }
}

/** By what is reached, so that lists of two days can be compared whatever path is the best on each. */
export function byTarget(reached: Iterable<ReachedTarget>): readonly ReachedTarget[] {
  return [...reached].sort((a, b) => (a.target < b.target ? -1 : a.target > b.target ? 1 : 0));
}

/** A walk's result as views show it; the nodes on its path must be loaded. */
export function reachedView({ target, certainty, path }: ReachedTarget, nodes: NodeLookup): ReachedView {
  const on = path.at(-1)?.type === "ON" ? path.at(-1) : undefined;
  const held = on === undefined ? path : path.slice(0, -1);
  const between = held.slice(0, -1).map(({ to }) => nodes.ref(to));
  return {
    entitlement: nodes.ref(target),
    privilege: nodes.get(target).privilege,
    resource: on === undefined ? null : nodes.ref(on.to),
    certainty,
    direct: held.length === 1,
    through: between,
    path: path.map((edge) => nodes.edge(edge)),
  };
}
