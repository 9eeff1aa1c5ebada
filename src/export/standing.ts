import type { EmploymentView, Standing } from "./views.js";

/** True where the record says that it is over at `now` (epoch ms). */
function isOver(one: EmploymentView, now: number): boolean {
  return one.left || (one.until !== null && one.until <= now);
}

/** True where it runs at `now`; what has no known beginning or end counts as running. */
function isLive(one: EmploymentView, now: number): boolean {
  return !one.left && (one.since ?? now) <= now && (one.until === null || one.until > now);
}

/**
 * How a person stands at `now` (epoch ms), and the employment that decides it. Someone is a leaver when one
 * employment is over and none is live. What the record does not say is unknown, never active.
 */
export function standingAt(
  employments: readonly EmploymentView[],
  now: number,
): { readonly standing: Standing; readonly decidedBy: EmploymentView | undefined } {
  const live = employments.filter((one) => isLive(one, now));
  if (live.length > 0) {
    const working = live.filter((one) => one.status !== "leave" && one.status !== "pending");
    const decidedBy = latest(working.length > 0 ? working : live);
    if (working.length === 0) {
      return { standing: decidedBy?.status === "pending" ? "notYetStarted" : "onLeave", decidedBy };
    }
    if (working.every((one) => one.status === "unknown")) return { standing: "unknown", decidedBy };
    const ends = live.every((one) => one.until !== null);
    return { standing: ends ? "futureLeaver" : "active", decidedBy };
  }
  const over = employments.filter((one) => isOver(one, now));
  if (over.length > 0) return { standing: "leaver", decidedBy: latest(over) };
  const upcoming = employments.filter((one) => one.since !== null && one.since > now);
  return { standing: upcoming.length > 0 ? "notYetStarted" : "unknown", decidedBy: latest(upcoming) };
}

/** The one that ends last, then begins last, then by key: no end is the latest, an end without a date the earliest. */
function latest(employments: readonly EmploymentView[]): EmploymentView | undefined {
  const end = (one: EmploymentView) => (one.left ? (one.until ?? 0) : (one.until ?? Number.MAX_SAFE_INTEGER));
  return [...employments].sort(
    (a, b) => end(b) - end(a) || (b.since ?? 0) - (a.since ?? 0) || (a.key < b.key ? -1 : 1),
  )[0];
}
