import { DateTime } from "luxon";

/** The ISO date of an instant in a time zone. */
export function dateIn(zone: string, instant: number): string {
  return DateTime.fromMillis(instant, { zone }).toISODate() ?? isoOf(instant).slice(0, 10);
}

/** An instant as ISO 8601 in UTC. */
export function isoOf(instant: number): string {
  return new Date(instant).toISOString();
}
