import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { graphOf, NOW, type World, world } from "../../test/support/reach-worlds.js";
import { compareReached, whoCanReach } from "./inverse.js";
import type { ReachedTarget } from "./types.js";
import { walkAll } from "./walk.js";

/** Entitlements on the resource or on anything that contains it. */
function entitlementsOf(w: World, resource: string): readonly string[] {
  const above = new Set([resource]);
  for (const one of above)
    for (const { type, from, to, toIdentity } of w.edges)
      if (type === "CONTAINS" && !toIdentity && to === one) above.add(from);
  return w.edges.filter(({ type, to }) => type === "ON" && above.has(to)).map(({ from }) => from);
}

describe("whoCanReach", () => {
  it("is the inverse of walking from everybody", () => {
    fc.assert(
      fc.property(world, (w) => {
        const graph = graphOf(w);
        const starts = w.nodes.map(({ key }) => key);
        const forward = [...walkAll(graph, starts, { now: NOW, targets: "all" })];
        for (const { key, label } of w.nodes) {
          const on = entitlementsOf(w, key);
          const goals = new Set(on.length === 0 ? [key] : on);
          const best = new Map<string, ReachedTarget>();
          for (const one of forward) {
            if (!goals.has(one.target) || goals.has(one.start)) continue;
            const known = best.get(one.start);
            if (known === undefined || compareReached(one, known) < 0) best.set(one.start, one);
          }
          const expected = [...best.values()].sort((a, b) => (a.start < b.start ? -1 : 1));
          expect(whoCanReach(graph, key, { now: NOW, starts: () => true }), label).toEqual(expected);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("means those who act, unless told otherwise", () => {
    fc.assert(
      fc.property(world, (w) => {
        const graph = graphOf(w);
        const labels = new Map(w.nodes.map(({ key, label }) => [key, label]));
        for (const { start } of whoCanReach(graph, "s/policy/a", { now: NOW }))
          expect(labels.get(start)).not.toMatch(/Group|Unresolved/);
      }),
    );
  });

  it("knows nobody for what it does not know", () => {
    expect(
      whoCanReach(graphOf({ nodes: [], edges: [], impersonating: [], starts: [] }), "x", { now: NOW }),
    ).toEqual([]);
  });
});
