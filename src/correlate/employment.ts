import type { EmploymentStatus, EmploymentType, Props } from "../model/index.js";

/** One stretch of work as the HR record has it; times in epoch ms, `endsAt` exclusive. */
export interface EmploymentFacts {
  readonly key: string;
  /** The HR source: the first part of the key. */
  readonly source: string;
  readonly workerId: string;
  readonly universalId: string | undefined;
  readonly emails: readonly string[];
  readonly name: string | undefined;
  readonly status: EmploymentStatus;
  /** False where the source has no HR status at all, so that its dates alone speak. */
  readonly statusMapped: boolean;
  readonly type: EmploymentType;
  readonly startsAt: number | undefined;
  readonly endsAt: number | undefined;
  /** Worker id or e-mail of the manager. */
  readonly manager: string | undefined;
  /** `activeOnly`: the source lists active workers only, so vanishing from it is leaving. */
  readonly roster: "full" | "activeOnly";
  readonly missing: boolean;
  readonly missingAt: number | undefined;
  readonly missingRead: string | undefined;
}

/** EMPLOYED_AS: when it begins and is over, and where the record contradicts itself. Nothing here depends on today. */
export interface Term {
  readonly since: number | undefined;
  /** Exclusive. */
  readonly until: number | undefined;
  /** The record says that it is over and gives no date. */
  readonly left: boolean;
  /** `missing`: the end is that it vanished from a source that lists active workers only, or still lists the worker. */
  readonly leftBy: "missing" | undefined;
  readonly missingRead: string | undefined;
  readonly contradiction: string | undefined;
  /** From when on it is one; absent means always. */
  readonly contradictsAt: number | undefined;
}

/**
 * What the record says of its own end. `others` are the employments of the same person: a row whose worker still
 * stands in its source under another row was rewritten (a corrected first day, an old period dropped), and one whose
 * person worked on under another id was replaced; both are over where they went missing. Else nobody who was ever corrected would be seen to leave.
 */
export function termOf(facts: EmploymentFacts, others: readonly EmploymentFacts[] = []): Term {
  const recorded = recordedTerm(facts);
  if (!facts.missing || facts.missingAt === undefined) return recorded;
  if (facts.roster === "full" && !others.some((other) => replaces(other, facts))) return recorded;
  if (recorded.left || (recorded.until !== undefined && recorded.until <= facts.missingAt)) return recorded;
  return { ...recorded, until: facts.missingAt, leftBy: "missing", missingRead: facts.missingRead };
}

function replaces(other: EmploymentFacts, gone: EmploymentFacts): boolean {
  if (other.missing) return false;
  if (other.source === gone.source && other.workerId === gone.workerId) return true;
  // A contractor's row is dropped when they become an employee under another id: that work went on, as the other.
  return gone.missingAt !== undefined && ranAt(other, gone.missingAt);
}

function ranAt({ status, statusMapped, startsAt, endsAt }: EmploymentFacts, at: number): boolean {
  if (startsAt !== undefined && startsAt > at) return false;
  if (endsAt !== undefined) return endsAt > at;
  // A status of an earlier read stands though its column is no longer mapped.
  return status === "active" || status === "leave" || (status === "unknown" && !statusMapped);
}

function recordedTerm(facts: EmploymentFacts): Term {
  const { status, startsAt, endsAt } = facts;
  const term: Term = {
    since: startsAt,
    until: endsAt,
    left: false,
    leftBy: undefined,
    missingRead: undefined,
    contradiction: undefined,
    contradictsAt: undefined,
  };
  if (startsAt !== undefined && endsAt !== undefined && endsAt <= startsAt)
    return { ...term, contradiction: "the last day is before the first day" };
  if (status === "terminated" && endsAt === undefined)
    return { ...term, left: true, contradiction: "the status is terminated and there is no last day" };
  const works = status === "active" || status === "leave";
  if (!works || endsAt === undefined) return term;
  // Employees leave on their last day whatever the status says; the end of a contingent worker's contract is often
  // not kept up to date, so there the status decides and the date is only a contradiction.
  return {
    ...term,
    until: facts.type === "contingent" ? undefined : endsAt,
    contradiction: `the status is ${status} and the last day has passed`,
    contradictsAt: endsAt,
  };
}

/** The term as properties of EMPLOYED_AS. */
export function termProps(term: Term): Props {
  return {
    ...(term.since === undefined ? {} : { since: term.since }),
    ...(term.until === undefined ? {} : { until: term.until }),
    ...(term.left ? { left: true } : {}),
    ...(term.leftBy === undefined ? {} : { leftBy: term.leftBy }),
    ...(term.missingRead === undefined ? {} : { missingRead: term.missingRead }),
    ...(term.contradiction === undefined ? {} : { contradiction: term.contradiction }),
    ...(term.contradictsAt === undefined ? {} : { contradictsAt: term.contradictsAt }),
  };
}

/**
 * True where both surely ran at one instant. An unknown first day is no evidence: then only the last day, or that
 * it has no end, is sure; of an end without a date nothing is.
 */
export function surelyOverlap(a: EmploymentFacts, b: EmploymentFacts): boolean {
  const one = surely(a);
  const other = surely(b);
  return Math.max(one.from, other.from) < Math.min(one.to, other.to);
}

function surely({ status, startsAt, endsAt, missing }: EmploymentFacts): { from: number; to: number } {
  const last = Number.MAX_SAFE_INTEGER;
  if (endsAt !== undefined) return { from: startsAt ?? endsAt - 1, to: endsAt };
  // What vanished may have ended before the read that missed it: a worker who got a new id is not two people.
  if (status === "terminated" || missing) return { from: last, to: 0 };
  return { from: startsAt ?? last - 1, to: last };
}

/**
 * The employments of one person from the most to the least telling, without asking what day it is: in the record
 * before missing from it, without an end before ended, later end, later beginning, then by key.
 */
export function byRelevance(a: EmploymentFacts, b: EmploymentFacts): number {
  const one = termOf(a);
  const other = termOf(b);
  const end = (term: Term) => (term.left ? -1 : (term.until ?? Number.MAX_SAFE_INTEGER));
  return (
    Number(a.missing) - Number(b.missing) ||
    end(other) - end(one) ||
    (other.since ?? 0) - (one.since ?? 0) ||
    (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)
  );
}
