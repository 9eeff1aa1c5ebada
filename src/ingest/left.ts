import { DateTime } from "luxon";
import type { Props } from "../model/index.js";

/**
 * True where an employment is over at an instant (epoch ms): its last day, inclusive, has ended in its zone, or
 * its end as an instant has passed, or the record says terminated and gives no date.
 */
export function isOver(props: Props, at: number): boolean {
  const { end, status, zone } = props;
  if (typeof end !== "string" || end === "") return status === "terminated";
  const parsed = DateTime.fromISO(end, { zone: typeof zone === "string" ? zone : "UTC" });
  if (!parsed.isValid) return false;
  const over = end.includes("T") ? parsed : parsed.plus({ days: 1 }).startOf("day");
  return over.toMillis() <= at;
}
