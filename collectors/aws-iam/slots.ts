import type { ReportSlot } from "./memo.js";
import { instantOf, sameSecond } from "./names.js";
import type { AccessKeyShape } from "./shapes.js";

export interface SlotMatch {
  readonly slot: ReportSlot;
  /** False where it was guessed by order: good enough to know a key again, not for the date of its last use. */
  readonly certain: boolean;
}

/**
 * Which listed key is which slot of the report. The report gives no ids: a key's creation is its slot's
 * `last_rotated` unless its status was changed since. A key made after the report is in no slot.
 */
export function matchSlots(
  keys: readonly AccessKeyShape[],
  slots: readonly ReportSlot[],
  generatedAt: number | undefined,
): ReadonlyMap<string, SlotMatch> {
  const matches = new Map<string, SlotMatch>();
  let openKeys = keys.map((key) => ({
    id: key.AccessKeyId,
    createdAt: instantOf(key.CreateDate),
    active: key.Status === "Active",
  }));
  let openSlots = slots.filter((slot) => slot.active === true || slot.rotatedAt !== undefined);
  const take = (id: string, slot: ReportSlot, certain: boolean) => {
    matches.set(id, { slot, certain });
    openKeys = openKeys.filter((key) => key.id !== id);
    openSlots = openSlots.filter((other) => other !== slot);
  };
  for (const key of [...openKeys]) {
    const slot = openSlots.find(({ rotatedAt }) => sameSecond(rotatedAt, key.createdAt));
    if (slot !== undefined) take(key.id, slot, true);
  }
  openKeys = openKeys.filter(
    ({ createdAt }) => generatedAt === undefined || createdAt === undefined || createdAt <= generatedAt + 999,
  );
  const [onlyKey] = openKeys;
  const [onlySlot] = openSlots;
  if (openKeys.length === 1 && openSlots.length === 1 && onlyKey !== undefined && onlySlot !== undefined) {
    // The slot's key may have been replaced since: a key cannot be younger than its last change.
    const younger =
      onlyKey.createdAt !== undefined &&
      onlySlot.rotatedAt !== undefined &&
      onlyKey.createdAt > onlySlot.rotatedAt + 999;
    if (!younger) take(onlyKey.id, onlySlot, true);
    return matches;
  }
  for (const active of [true, false]) {
    const sameKeys = openKeys.filter((key) => key.active === active);
    const sameSlots = openSlots.filter((slot) => slot.active === active);
    const [key] = sameKeys;
    const [slot] = sameSlots;
    if (sameKeys.length === 1 && sameSlots.length === 1 && key !== undefined && slot !== undefined) {
      take(key.id, slot, false);
    }
  }
  const byAge = [...openKeys].sort((a, b) => (a.createdAt ?? 0) - (b.createdAt ?? 0));
  const slotsByAge = [...openSlots].sort((a, b) => (a.rotatedAt ?? 0) - (b.rotatedAt ?? 0));
  for (const [index, key] of byAge.entries()) {
    const slot = slotsByAge[index];
    if (slot !== undefined) take(key.id, slot, false);
  }
  return matches;
}
