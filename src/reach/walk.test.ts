import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bestOf, graphOf, idOf, NOW, tryAll, world } from "../../test/support/reach-worlds.js";
import type { ReachEdge } from "./types.js";
import { walkAll, walkAllWithCuts } from "./walk.js";

describe("walkAll", () => {
  it("finds the best path to every target, as trying all paths does", () => {
    fc.assert(
      fc.property(world, fc.constantFrom("entitlements" as const, "all" as const), (w, targets) => {
        const expected = w.starts.flatMap((start) => bestOf(w, start, targets));
        expect([...walkAll(graphOf(w), w.starts, { now: NOW, targets })]).toEqual(expected);
      }),
      { numRuns: 400 },
    );
  });

  it("names as cuts exactly the own edges that lie on a path to the target", () => {
    fc.assert(
      fc.property(world, (w) => {
        for (const reached of walkAllWithCuts(graphOf(w), w.starts, { now: NOW })) {
          const firsts = tryAll(w, reached.start, "entitlements")
            .filter(({ target, returns }) => target === reached.target && !returns)
            .flatMap(({ edges }) => edges.slice(0, 1).map(idOf));
          expect(reached.cuts.map(({ id }) => id).sort()).toEqual([...new Set(firsts)].sort());
          expect(reached.otherPaths).toBe(reached.cuts.length - 1);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("reaches nothing more once the cuts are gone", () => {
    fc.assert(
      fc.property(world, (w) => {
        for (const { start, target, cuts } of walkAllWithCuts(graphOf(w), w.starts, { now: NOW })) {
          const gone = new Set(cuts.map(({ id }) => id));
          const left = graphOf({ ...w, edges: w.edges.filter((edge) => !gone.has(idOf(edge))) });
          expect([...walkAll(left, [start], { now: NOW })].map((r) => r.target)).not.toContain(target);
        }
      }),
      { numRuns: 200 },
    );
  });

  it("lets direct members of a group assume what is theirs alone, and cuts at their membership", () => {
    const edges = [
      plain("MEMBER_OF", "s/user/a", "s/group/a"),
      plain("MEMBER_OF", "s/user/b", "s/group/b"),
      plain("MEMBER_OF", "s/group/b", "s/group/a"),
      { ...plain("CAN_ASSUME", "s/group/a", "s/role/a"), directMembersOnly: true },
      plain("HAS_ENTITLEMENT", "s/role/a", "s/policy/a"),
    ];
    const graph = graphOf({ nodes: [], edges, impersonating: [], starts: [] });
    const found = [...walkAllWithCuts(graph, ["s/user/a", "s/user/b"], { now: NOW })];
    expect(found.map(({ start, cuts }) => [start, cuts.map(({ id }) => id)])).toEqual([
      ["s/user/a", ["MEMBER_OF|s/user/a|s/group/a|"]],
    ]);
  });

  it("follows more than 32 entry edges", () => {
    const edges: ReachEdge[] = [];
    for (let i = 0; i < 70; i++) {
      const group = `s/group/${String(i).padStart(2, "0")}`;
      edges.push(plain("MEMBER_OF", "s/user/a", group), plain("MEMBER_OF", group, "s/group/all"));
    }
    edges.push(plain("HAS_ENTITLEMENT", "s/group/all", "s/policy/a"));
    const graph = graphOf({ nodes: [], edges, impersonating: [], starts: [] });
    const [reached] = walkAllWithCuts(graph, ["s/user/a"], { now: NOW });
    expect(reached?.cuts).toHaveLength(70);
    expect(reached?.otherPaths).toBe(69);
    expect(reached?.path.map(({ to }) => to)).toEqual(["s/group/00", "s/group/all", "s/policy/a"]);
  });

  it("stops when told to", () => {
    const graph = graphOf({ nodes: [], edges: [], impersonating: [], starts: [] });
    const signal = AbortSignal.abort(new Error("enough"));
    expect(() => [...walkAll(graph, ["s/user/a"], { now: NOW, signal })]).toThrow("enough");
  });
});

function plain(type: ReachEdge["type"], from: string, to: string): ReachEdge {
  return {
    type,
    from,
    to,
    discriminator: "",
    directMembersOnly: false,
    certainty: "active",
    startsAt: undefined,
    endsAt: undefined,
    toIdentity: false,
  };
}
