import { describe, expect, it } from "vitest";
import { isOver } from "./left.js";

const at = (text: string) => Date.parse(text);

describe("an employment is over", () => {
  it("when its last day has ended in its zone", () => {
    const props = { end: "2026-03-04", zone: "America/New_York" };
    expect(isOver(props, at("2026-03-05T04:59:59Z"))).toBe(false);
    expect(isOver(props, at("2026-03-05T05:00:00Z"))).toBe(true);
  });

  it("at its instant, which knows better than the day", () => {
    expect(isOver({ end: "2026-03-04T14:05:00Z" }, at("2026-03-04T14:04:59Z"))).toBe(false);
    expect(isOver({ end: "2026-03-04T14:05:00Z" }, at("2026-03-04T14:05:00Z"))).toBe(true);
    expect(
      isOver({ end: "2026-03-04", endsAt: at("2026-03-04T12:00:00Z") }, at("2026-03-04T12:00:00Z")),
    ).toBe(true);
  });

  it("when it is terminated without a date, and not when nothing says so", () => {
    expect(isOver({ status: "terminated" }, 0)).toBe(true);
    expect(isOver({ status: "terminated", end: "2999-01-01" }, at("2026-01-01"))).toBe(false);
    expect(isOver({ status: "unknown" }, at("2026-01-01"))).toBe(false);
    expect(isOver({ end: "no date" }, at("2026-01-01"))).toBe(false);
  });
});
