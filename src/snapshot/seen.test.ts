import { expect, it } from "vitest";
import { SeenRecords } from "./seen.js";

it("knows every id it was given, and whether the content was the same, over many chunks", () => {
  const seen = new SeenRecords();
  const count = 100_000;
  for (let i = 0; i < count; i++) expect(seen.add(`id ${i}`, `content ${i}`)).toBe("new");
  expect(seen.size).toBe(count);
  for (let i = 0; i < count; i += 97) {
    expect(seen.add(`id ${i}`, `content ${i}`)).toBe("same");
    expect(seen.add(`id ${i}`, "another")).toBe("other");
    expect(seen.add(`id ${count + i}`, "")).toBe("new");
  }
});
