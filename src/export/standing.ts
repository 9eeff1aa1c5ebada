import type { EmploymentView, Standing, StandingBasis } from "./views.js";

/** True where the record says that it is over at `now` (epoch ms). */
function isOver(one: EmploymentView, now: number): boolean {
  return one.left || (one.until !== null && one.until <= now);
}

/** True where it runs at `now`; what has no known beginning or end counts as running. */
function isLive(one: EmploymentView, now: number): boolean {
  return !one.left && (one.since ?? now) <= now && (one.until === null || one.until > now);
}

/**
 * True where the source gives no HR status at all: then its dates alone say that somebody works. A row that the
 * record no longer holds does not say even that, and a status that is there and not understood is unknown.
 */
function restsOnDates(one: EmploymentView): boolean {
  return one.status === "unknown" && !one.statusMapped && !one.missing;
}

/**
 * How a person stands at `now` (epoch ms), and the employment that decides it. Someone is a leaver when one
 * employment is over and none is live. What the record does not say is unknown, never active.
 */
export function standingAt(
  employments: readonly EmploymentView[],
  now: number,
): {
  readonly standing: Standing;
  readonly basis: StandingBasis | null;
  readonly decidedBy: EmploymentView | undefined;
} {
  const live = employments.filter((one) => isLive(one, now));
  if (live.length > 0) {
    const working = live.filter((one) => one.status !== "leave" && one.status !== "pending");
    const decidedBy = latest(working.length > 0 ? working : live);
    if (working.length === 0) {
      const standing = decidedBy?.status === "pending" ? "notYetStarted" : "onLeave";
      return { standing, basis: null, decidedBy };
    }
    const told = working.some((one) => one.status !== "unknown");
    if (!told && !working.some(restsOnDates)) return { standing: "unknown", basis: null, decidedBy };
    const ends = live.every((one) => one.until !== null);
    return {
      standing: ends ? "futureLeaver" : "active",
      basis: told ? null : "noPastLastDay",
      decidedBy,
    };
  }
  const over = employments.filter((one) => isOver(one, now));
  if (over.length > 0) return { standing: "leaver", basis: null, decidedBy: latest(over) };
  const upcoming = employments.filter((one) => one.since !== null && one.since > now);
  const standing = upcoming.length > 0 ? "notYetStarted" : "unknown";
  return { standing, basis: null, decidedBy: latest(upcoming) };
}

/** The one that ends last, then begins last, then by key: no end is the latest, an end without a date the earliest. */
function latest(employments: readonly EmploymentView[]): EmploymentView | undefined {
  const end = (one: EmploymentView) => (one.left ? (one.until ?? 0) : (one.until ?? Number.MAX_SAFE_INTEGER));
  return [...employments].sort(
    (a, b) => end(b) - end(a) || (b.since ?? 0) - (a.since ?? 0) || (a.key < b.key ? -1 : 1),
  )[0];
}
