import { DateTime } from "luxon";
import type { Props } from "../model/index.js";

/**
 * True where an employment is over at an instant (epoch ms): `endsAt` (exclusive) has passed; or, where a collector
 * gives only `end`, that instant, or the end of that last day in its zone; or it is terminated and gives no date.
 */
export function isOver(props: Props, at: number): boolean {
  const { end, endsAt, status, zone } = props;
  if (typeof endsAt === "number") return endsAt <= at;
  if (typeof end !== "string" || end === "") return status === "terminated";
  const parsed = DateTime.fromISO(end, { zone: typeof zone === "string" ? zone : "UTC" });
  if (!parsed.isValid) return false;
  const over = end.includes("T") ? parsed : parsed.plus({ days: 1 }).startOf("day");
  return over.toMillis() <= at;
}
