import { describe, expect, it } from "vitest";
import { type PastChange, pastOf } from "./past.js";

const change = (
  kind: string,
  previousReadAt: number | undefined,
  readAt: number,
  given: Partial<PastChange> = {},
): PastChange => ({
  kind,
  record: "r",
  reads: "s|t|p",
  previousReadAt,
  readAt,
  before: undefined,
  after: undefined,
  to: undefined,
  ...given,
});
const added = change("added", 10, 20, { after: { v: 1 } });
const changed = change("changed", 30, 40, { before: { v: 1 }, after: { v: 2 } });
const removed = change("removed", 50, 60, { before: { v: 2 } });

/** The Changes after an instant, as the store gives them. */
const after = (at: number, ...all: readonly PastChange[]) => all.filter(({ readAt }) => readAt > at);

describe("pastOf", () => {
  it.each([
    ["before its first read", 3, "betweenReads", [{ v: 1 }]],
    ["at a read that did not see it", 10, "notHeld", []],
    ["between that and the first that did", 15, "betweenReads", [{ v: 1 }]],
    ["at the first that did", 20, "held", [{ v: 1 }]],
    ["before it changed", 30, "held", [{ v: 1 }]],
    ["while it changed", 35, "held", [{ v: 1 }, { v: 2 }]],
    ["once it had changed", 40, "held", [{ v: 2 }]],
    ["at the last read that saw it", 50, "held", [{ v: 2 }]],
    ["between that and the first that did not", 55, "betweenReads", [{ v: 2 }]],
    ["at the first that did not", 60, "notHeld", []],
    ["long after", 99, "notHeld", []],
  ] as const)("%s", (_, at, state, variants) => {
    const past = pastOf(undefined, after(at, added, changed, removed), at, 5);
    expect(past.state).toBe(state);
    expect([...past.variants].sort((a, b) => Number(a.v) - Number(b.v))).toEqual(variants);
  });

  it("is what it is now where nothing changed", () => {
    expect(pastOf({ v: 1 }, [], 50, 5)).toEqual({ state: "held", variants: [{ v: 1 }] });
    expect(pastOf(undefined, [], 50, 5)).toEqual({ state: "notHeld", variants: [] });
  });

  it("is not known before the first read, nor where nobody knows when that was", () => {
    expect(pastOf({ v: 1 }, [], 4, 5).state).toBe("betweenReads");
    expect(pastOf({ v: 1 }, [], 4, undefined).state).toBe("betweenReads");
    expect(pastOf(undefined, [removed], 4, 5)).toEqual({ state: "betweenReads", variants: [{ v: 2 }] });
  });

  it("undoes several changes, in any order, properties that came included", () => {
    const came = change("changed", 42, 45, { before: {}, after: { w: 1 } });
    expect(pastOf({ v: 2, w: 1 }, [came, changed], 30, 5).variants).toEqual([{ v: 1 }]);
    expect(pastOf({ v: 2, w: 1 }, [came], 42, 5).variants).toEqual([{ v: 2 }]);
  });

  it("knows what was rekeyed or retired as it was", () => {
    for (const kind of ["rekeyed", "retired"])
      expect(pastOf(undefined, [change(kind, 50, 60, { before: { v: 3 } })], 45, 5)).toEqual({
        state: "held",
        variants: [{ v: 3 }],
      });
  });

  it("does not trust a removal of which nobody knows who saw it last", () => {
    expect(pastOf(undefined, [change("removed", undefined, 60, { before: { v: 3 } })], 45, 5).state).toBe(
      "betweenReads",
    );
  });
});
