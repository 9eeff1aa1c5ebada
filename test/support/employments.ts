import type { EmploymentFacts } from "../../src/correlate/index.js";

/** An employment of the source `hr` for tests: an active employee unless told. Days are UTC. */
export function employment(
  workerId: string,
  given: Partial<Omit<EmploymentFacts, "startsAt" | "endsAt">> & {
    readonly from?: string;
    /** The last day. */
    readonly to?: string;
  } = {},
): EmploymentFacts {
  const { from, to, source = "hr", ...rest } = given;
  return {
    key: `${source}/employment/${workerId}${from === undefined ? "" : `@${from}`}`,
    source,
    workerId,
    universalId: undefined,
    emails: [],
    name: undefined,
    status: "active",
    statusMapped: true,
    type: "employee",
    startsAt: from === undefined ? undefined : Date.parse(from),
    endsAt: to === undefined ? undefined : Date.parse(to) + 86_400_000,
    manager: undefined,
    roster: "full",
    missing: false,
    missingAt: undefined,
    missingRead: undefined,
    ...rest,
  };
}
