import { describe, expect, it } from "vitest";
import { employment } from "../../test/support/employments.js";
import { surelyOverlap, termOf, termProps } from "./employment.js";

const day = (date: string) => Date.parse(date);

describe("termOf", () => {
  it.each([
    ["an open employment", employment("1", { from: "2020-01-01" }), { since: day("2020-01-01") }],
    [
      "an employee with a last day has that end whatever the status says, and contradicts it from then on",
      employment("1", { to: "2026-03-31" }),
      {
        until: day("2026-04-01"),
        contradiction: "the status is active and the last day has passed",
        contradictsAt: day("2026-04-01"),
      },
    ],
    [
      "a contingent worker in that state has no end, only a contradiction",
      employment("1", { to: "2026-03-31", type: "contingent" }),
      {
        contradiction: "the status is active and the last day has passed",
        contradictsAt: day("2026-04-01"),
      },
    ],
    [
      "a contingent worker who is terminated has ended",
      employment("1", { to: "2026-03-31", type: "contingent", status: "terminated" }),
      { until: day("2026-04-01") },
    ],
    [
      "a future-dated leaver has a date",
      employment("1", { to: "2027-03-31", status: "terminated" }),
      { until: day("2027-04-01") },
    ],
    [
      "terminated without a day has left",
      employment("1", { status: "terminated" }),
      { left: true, contradiction: "the status is terminated and there is no last day" },
    ],
    ["leave is no end", employment("1", { status: "leave" }), {}],
    [
      "an unknown status keeps its date",
      employment("1", { status: "unknown", to: "2026-03-31" }),
      { until: day("2026-04-01") },
    ],
    [
      "an end before the beginning is a contradiction at once",
      employment("1", { from: "2026-05-01", to: "2026-03-31", status: "terminated" }),
      {
        since: day("2026-05-01"),
        until: day("2026-04-01"),
        contradiction: "the last day is before the first day",
      },
    ],
    [
      "a single day is none",
      employment("1", { from: "2026-03-31", to: "2026-03-31", status: "terminated" }),
      { since: day("2026-03-31"), until: day("2026-04-01") },
    ],
    [
      "missing from a full roster changes nothing",
      employment("1", { missing: true, missingAt: 5, missingRead: "hr-2" }),
      {},
    ],
    [
      "missing from a roster of active workers is the end, and names the read",
      employment("1", { missing: true, missingAt: 5, missingRead: "hr-2", roster: "activeOnly" }),
      { until: 5, leftBy: "missing", missingRead: "hr-2" },
    ],
    [
      "an earlier last day stands before going missing",
      employment("1", {
        missing: true,
        missingAt: day("2026-06-01"),
        missingRead: "hr-2",
        roster: "activeOnly",
        status: "terminated",
        to: "2026-03-31",
      }),
      { until: day("2026-04-01") },
    ],
    [
      "going missing stands before a later last day",
      employment("1", {
        missing: true,
        missingAt: day("2026-03-01"),
        missingRead: "hr-2",
        roster: "activeOnly",
        status: "terminated",
        to: "2026-03-31",
      }),
      { until: day("2026-03-01"), leftBy: "missing", missingRead: "hr-2" },
    ],
  ])("%s", (_, facts, props) => {
    expect(termProps(termOf(facts))).toEqual(props);
  });

  it("is over where a full roster lost the row and still lists its worker under another one", () => {
    const gone = employment("1", { from: "2022-01-01", missing: true, missingAt: 5, missingRead: "hr-2" });
    const corrected = employment("1", { from: "2022-01-03", to: "2026-03-01" });
    expect(termProps(termOf(gone, [gone, corrected]))).toEqual({
      since: day("2022-01-01"),
      until: 5,
      leftBy: "missing",
      missingRead: "hr-2",
    });
    expect(termOf(gone, [gone, { ...corrected, missing: true }]).until).toBeUndefined();
    expect(termOf(gone, [gone, { ...corrected, workerId: "2" }]).until).toBeUndefined();
    expect(termOf(gone, [gone, { ...corrected, source: "hr2" }]).until).toBeUndefined();
  });

  it("is over where a full roster lost it while the person worked on under another id", () => {
    const missingAt = day("2026-02-10");
    const gone = employment("C1", { from: "2024-01-01", type: "contingent", missing: true, missingAt });
    const until = (other: ReturnType<typeof employment>) => termOf(gone, [gone, other]).until;
    expect(until(employment("E1", { from: "2026-02-01" }))).toBe(missingAt);
    expect(until(employment("E1", { from: "2026-02-01", to: "2026-09-30" }))).toBe(missingAt);
    expect(until(employment("E1", { from: "2026-02-01", missing: true }))).toBeUndefined();
    expect(until(employment("E1", { from: "2026-03-01" }))).toBeUndefined();
    expect(until(employment("E1", { from: "2020-01-01", to: "2023-12-31" }))).toBeUndefined();
    expect(until(employment("E1", { from: "2020-01-01", status: "terminated" }))).toBeUndefined();
    expect(until(employment("E1", { status: "unknown", statusMapped: false }))).toBe(missingAt);
    expect(until(employment("E1", { status: "unknown" }))).toBeUndefined();
  });
});

describe("surelyOverlap", () => {
  it.each([
    ["both open", employment("1"), employment("2"), true],
    [
      "one after the other",
      employment("1", { to: "2026-01-31" }),
      employment("2", { from: "2026-02-01" }),
      false,
    ],
    ["sharing a day", employment("1", { to: "2026-02-01" }), employment("2", { from: "2026-02-01" }), true],
    ["an end, and no known beginning", employment("1", { to: "2026-02-01" }), employment("2"), false],
    ["one that is gone from the record", employment("1", { missing: true }), employment("2"), false],
    [
      "an end without a date",
      employment("1", { status: "terminated", from: "2020-01-01" }),
      employment("2"),
      false,
    ],
  ])("%s", (_, a, b, expected) => {
    expect(surelyOverlap(a, b)).toBe(expected);
    expect(surelyOverlap(b, a)).toBe(expected);
  });
});
