import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonErrorLine } from "./json-line.js";

describe("jsonErrorLine", () => {
  it.each<[string, number]>([
    ["", 1],
    ["\n\n", 1],
    ["[1,\n2", 2],
    ['{"a":\n\n', 1],
    ['{"a": 1\n "b": 2}', 2],
    ['{"a": 1,\n}', 2],
    ["[1,\n]", 2],
    ['{"a"\n1}', 2],
    ['{\n\n"a": "open\n', 3],
    ["[1]\n[2]", 2],
    ["[1}\n", 1],
    ["[\n01]", 2],
    ["{\n1: 2}", 2],
    ["[\ntru]", 2],
    ["\n\nnonsense", 3],
    ['["\\x"]', 1],
  ])("finds the mistake in %j on line %i", (text, line) => {
    expect(() => void JSON.parse(text)).toThrow();
    expect(jsonErrorLine(text)).toBe(line);
  });

  it("never points before a cut: what stands before it was JSON", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), fc.nat(), (json, cut) => {
        const text = JSON.stringify(JSON.parse(json), null, 1);
        const short = text.slice(0, cut % text.length);
        try {
          JSON.parse(short);
        } catch {
          const lines = short.trimEnd().split("\n").length;
          // A text that breaks off inside a string or a word is wrong where that begins: on its last line too.
          expect(jsonErrorLine(short)).toBe(lines);
        }
      }),
      { numRuns: 500 },
    );
  });
});
