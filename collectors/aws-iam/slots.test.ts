import { describe, expect, it } from "vitest";
import type { ReportSlot } from "./memo.js";
import { matchSlots } from "./slots.js";

const slot = (n: number, rotatedAt: string | undefined, active = true): ReportSlot => ({
  slot: n,
  active,
  rotatedAt: rotatedAt === undefined ? undefined : Date.parse(rotatedAt),
  lastUsedAt: undefined,
  service: undefined,
  region: undefined,
});
const key = (AccessKeyId: string, CreateDate: string, Status = "Active") => ({
  AccessKeyId,
  CreateDate,
  Status,
});
const GENERATED = Date.parse("2026-06-01T00:00:00Z");
const match = (...args: Parameters<typeof matchSlots>) =>
  Object.fromEntries(
    [...matchSlots(...args)].map(([id, m]) => [id, `${m.slot.slot}${m.certain ? "" : "?"}`]),
  );

describe("which key is which slot", () => {
  it("goes by the creation time, to the second", () => {
    const keys = [key("B", "2025-02-01T00:00:00.500Z"), key("A", "2025-01-01T00:00:00Z")];
    const slots = [slot(1, "2025-01-01T00:00:00Z"), slot(2, "2025-02-01T00:00:00Z")];
    expect(match(keys, slots, GENERATED)).toEqual({ A: "1", B: "2" });
  });

  it("knows a single key whose status was changed later", () => {
    expect(
      match(
        [key("A", "2025-01-01T00:00:00Z", "Inactive")],
        [slot(1, "2025-09-09T00:00:00Z", false)],
        GENERATED,
      ),
    ).toEqual({ A: "1" });
  });

  it("does not take a key for a slot that is older than it, nor one made after the report", () => {
    expect(match([key("A", "2025-05-01T00:00:00Z")], [slot(1, "2025-01-01T00:00:00Z")], GENERATED)).toEqual(
      {},
    );
    expect(match([key("A", "2026-07-01T00:00:00Z")], [slot(1, undefined)], GENERATED)).toEqual({});
  });

  it("guesses by status, then by age, and says that it guessed", () => {
    const keys = [key("A", "2025-01-01T00:00:00Z", "Inactive"), key("B", "2025-01-02T00:00:00Z")];
    const slots = [slot(1, "2025-08-01T00:00:00Z"), slot(2, "2025-08-02T00:00:00Z", false)];
    expect(match(keys, slots, GENERATED)).toEqual({ A: "2?", B: "1?" });
    const alike = [slot(1, "2025-08-01T00:00:00Z"), slot(2, "2025-08-02T00:00:00Z")];
    expect(
      match([key("A", "2025-01-01T00:00:00Z"), key("B", "2025-01-02T00:00:00Z")], alike, GENERATED),
    ).toEqual({
      A: "1?",
      B: "2?",
    });
  });
});
