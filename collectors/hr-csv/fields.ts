import type { Field } from "../../src/collect/index.js";

const column = (name: string) => `the column that \`columns.${name}\` names`;

/** Where each property comes from. Columns that nobody maps are never read into anything. */
export const fields = {
  name: { from: "the column that `columns.name` names, or those of `firstName` and `lastName`" },
  workerId: { from: column("workerId") },
  universalId: { from: column("universalId") },
  emails: { from: "the columns that `columns.email` names" },
  status: { from: `${column("status")}, by \`statusValues\`` },
  statusMapped: {
    from: "whether `columns.status` names one",
    use: "that the dates alone decide where no status is mapped",
  },
  statusText: {
    from: "the status column, where `statusValues` does not know what stands there",
    use: "shown where a status is unknown, so that it can be mapped",
  },
  conflict: {
    from: "two rows of one worker that do not agree on whether the work is over",
    use: "says in words how they contradict each other, in the finding that reports it",
  },
  conflictAt: {
    from: "the ends of those rows",
    use: "from when on they disagree: before that nothing is reported",
  },
  conflictEndsAt: {
    from: "the ends of those rows",
    use: "until when they disagree: after that nothing is reported",
  },
  start: { from: column("startDate") },
  end: { from: column("endDate") },
  startsAt: { from: `${column("startDate")}: the beginning of that day` },
  endsAt: { from: `${column("endDate")}: the end of that day, or the instant that stands there` },
  type: { from: `${column("type")}, by \`typeValues\`` },
  department: { from: column("department") },
  title: { from: column("title") },
  manager: { from: column("manager") },
  zone: { from: "`timeZone`, or the company's" },
  roster: { from: "`roster`" },
} as const satisfies Readonly<Record<string, Field>>;

export const notRead = [
  "columns that the configuration does not map",
  "whether somebody has left: that is decided from the dates, the status and the type together, when it is asked",
] as const;
