import { describe, expect, it } from "vitest";
import { LeaseError, silentLog } from "../model/index.js";
import { checkCron, type Job, missedSlot, startScheduler } from "./index.js";

const at = (iso: string) => Date.parse(iso);

/** A promise with its handle, so that tests wait for what happened and not for time to pass. */
function gate(): { readonly opened: Promise<void>; open(): void } {
  let open: () => void = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

describe("missed slots", () => {
  it.each([
    ["a slot lies between", "0 3 * * *", "UTC", "2026-11-20T02:00Z", "2026-11-20T04:00Z", true],
    ["the last run was the slot itself", "0 3 * * *", "UTC", "2026-11-20T03:00Z", "2026-11-20T23:00Z", false],
    ["the slot is now", "0 3 * * *", "UTC", "2026-11-19T03:00:01Z", "2026-11-20T03:00Z", true],
    [
      "the zone moves the slot past now",
      "0 3 * * *",
      "America/New_York",
      "2026-11-20T02:00Z",
      "2026-11-20T07:59Z",
      false,
    ],
    [
      "the zone's slot has come",
      "0 3 * * *",
      "America/New_York",
      "2026-11-20T02:00Z",
      "2026-11-20T08:00Z",
      true,
    ],
    [
      "a second field is looked at",
      "30 0 3 * * *",
      "UTC",
      "2026-11-20T03:00:29Z",
      "2026-11-20T03:00:30Z",
      true,
    ],
    ["longer than the look-back", "0 3 1 1 *", "UTC", "2026-01-02T00:00Z", "2026-11-20T00:00Z", true],
  ])("%s", (_, expression, zone, since, now, expected) => {
    expect(missedSlot(expression, zone, at(since), at(now))).toBe(expected);
  });

  it("counts a job that never ran as due", () => {
    expect(missedSlot("0 3 * * *", "UTC", undefined, at("2026-11-20T00:00Z"))).toBe(true);
  });
});

describe("checkCron", () => {
  it("says which field is wrong", () => {
    expect(() => checkCron("61 3 * * *", "sources.hr.schedule")).toThrow(/sources\.hr\.schedule.*61 3/);
    expect(() => checkCron("*/15 8-18 * * 1-5", "x")).not.toThrow();
  });
});

describe("the scheduler", () => {
  const job = (name: string, run: Job["run"], lastStarted?: number): Job => ({
    name,
    expression: "0 3 * * *",
    timeZone: "UTC",
    lastStarted: () => Promise.resolve(lastStarted),
    run,
  });
  const now = () => at("2026-11-20T12:00Z");

  it("catches up a missed run once, and leaves alone what ran since", async () => {
    const ran: string[] = [];
    const done = gate();
    const scheduler = await startScheduler(
      [
        job("fresh", () => Promise.resolve(void ran.push("fresh")), at("2026-11-20T03:00Z")),
        job(
          "missed",
          () => Promise.resolve(void ran.push("missed")).then(done.open),
          at("2026-11-18T03:00Z"),
        ),
      ],
      { log: silentLog, now },
    );
    await done.opened;
    await scheduler.stop();
    expect(ran).toEqual(["missed"]);
    expect(scheduler.upcoming().map(({ name }) => name)).toEqual(["fresh", "missed"]);
  });

  it("runs one job at a time, and aborts and awaits the running one at stop", async () => {
    const log: string[] = [];
    const began = gate();
    const scheduler = await startScheduler(
      [
        job("first", async (signal) => {
          log.push("first begins");
          began.open();
          await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
          log.push("first ends");
          signal.throwIfAborted();
        }),
        job("second", () => Promise.resolve(void log.push("second"))),
      ],
      { log: silentLog, now },
    );
    await began.opened;
    await scheduler.stop();
    expect(log).toEqual(["first begins", "first ends"]);
  });

  it("goes on after a failure, and skips what somebody else is doing", async () => {
    const lines: string[] = [];
    const done = gate();
    const scheduler = await startScheduler(
      [
        job("broken", () => Promise.reject(new Error("no route"))),
        job("held", () => Promise.reject(new LeaseError({ what: "held by another process" }))),
        job("last", () => Promise.resolve(done.open())),
      ],
      { log: { ...silentLog, info: (m) => lines.push(m), warn: (m) => lines.push(m) }, now },
    );
    await done.opened;
    await scheduler.stop();
    expect(lines).toContain("broken failed: no route");
    expect(lines).toContain("held skipped: held by another process");
  });
});
