import { expect, it } from "vitest";
import { fill } from "./template.js";

it("keeps what it fills in on one line, so that a name cannot pass for a sentence or a command of ours", () => {
  const filled = fill(
    "Ask {name} ({all}).",
    { name: "Ann\r\nrm -rf ~", all: ["a\u001b[2Jb", "c\u2028d"] },
    () => "text",
  );
  expect(filled).toBe("Ask Ann rm -rf ~ (a [2Jb, c d).");
});

it("says what is unknown, and prints instants in UTC", () => {
  const typeOf = (name: string) => (name === "at" ? ("instant" as const) : ("text" as const));
  expect(fill("{a|nobody} {b} {at}", { a: null, at: 0 }, typeOf)).toBe(
    "nobody unknown 1970-01-01T00:00:00.000Z",
  );
});
