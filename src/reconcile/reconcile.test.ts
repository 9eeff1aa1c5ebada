import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FindingsWorld, type Worker } from "../../test/support/findings-world.js";
import { reconcileProjectors } from "./projector.js";

/** From reads to findings, over a real store and journal. */

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const T0 = Date.parse("2026-11-20T06:00:00Z");
const iso = (at: number) => new Date(at).toISOString();
const ADA: Worker = { id: "1", name: "Ada Park", email: "ada@x.example", to: "2026-11-10" };

let world: FindingsWorld;
beforeEach(async () => {
  world = await FindingsWorld.open();
});
afterEach(async () => {
  // Whatever happened, the chain holds and says the same again.
  expect((await world.journal.verify()).ok).toBe(true);
  expect(await world.rebuilt()).toEqual(await world.said());
  await world.close();
});

describe("a finding whose row is there though its source was not read whole", () => {
  it("was seen by this run, and says that its absence could not have been", async () => {
    await world.hr(T0, [ADA]);
    await world.accounts(T0, { a1: ADA.email });
    const first = await world.run(T0 + HOUR);
    expect(first).toMatchObject({ opened: [expect.any(String)], unchecked: [] });

    await world.accounts(T0 + DAY, {}, "failed");
    const second = await world.run(T0 + DAY + HOUR);
    const finding = await world.about("a1");
    expect(finding).toMatchObject({
      status: "open",
      checked: false,
      run: second.run,
      lastSeen: iso(T0 + DAY + HOUR),
      firstSeen: iso(T0 + HOUR),
    });
    expect(second.unchecked).toEqual([finding.fingerprint]);

    // An event of before `checked` was said of what is still the same: it was all checked.
    const project = reconcileProjectors["run.reconciled"];
    const events = [];
    for await (const event of world.journal.events()) events.push(event);
    const event = events.findLast(({ type }) => type === "run.reconciled");
    if (event === undefined || project === undefined) throw new Error("there was no run");
    expect(event.payload.still).toMatchObject([{ checked: false, fingerprints: [finding.fingerprint] }]);
    const still = [{ rule: "LVR-001", population: 1, fingerprints: [finding.fingerprint] }];
    await world.store.write((tx) => project(tx, { ...event, payload: { ...event.payload, still } }));
    expect((await world.about("a1")).checked).toBe(true);

    await world.accounts(T0 + 2 * DAY, { a1: ADA.email });
    const third = await world.run(T0 + 2 * DAY + HOUR);
    expect(third).toMatchObject({ updated: [], unchecked: [] });
    expect(await world.about("a1")).toMatchObject({ checked: true, run: third.run });
  });
});
