/** Instants of a made-up company: days count back from now, and a time of day is drawn from them. */

const DAY_MS = 86_400_000;

/** Names what an id is made of, so that the same user of the same seed has the same id in every file. */
export interface Printing {
  readonly seed: string;
  /** Epoch ms. */
  readonly now: number;
}

/** Epoch ms; never later than an hour ago. */
function past({ now }: Printing, daysAgo: number, salt: number): number {
  const secondOfDay = (daysAgo * 7_919 + salt * 2_741 + 18_000) % 64_800;
  const midnight = Math.floor((now - daysAgo * DAY_MS) / DAY_MS) * DAY_MS;
  return Math.min(midnight + secondOfDay * 1000, now - 3_600_000);
}

/** `2026-11-21T05:12:44+00:00`, as AWS prints it. */
export const awsInstant = (printing: Printing, daysAgo: number, salt = 0): string =>
  `${new Date(past(printing, daysAgo, salt)).toISOString().slice(0, 19)}+00:00`;

/** `2026-11-21T05:12:44Z`, as Microsoft and Google print it. */
export const instant = (printing: Printing, daysAgo: number, salt = 0): string =>
  `${new Date(past(printing, daysAgo, salt)).toISOString().slice(0, 19)}Z`;

/** The same, so many days ahead. */
export const ahead = ({ now }: Printing, days: number): string =>
  `${new Date(Math.floor((now + days * DAY_MS) / DAY_MS) * DAY_MS).toISOString().slice(0, 19)}Z`;
