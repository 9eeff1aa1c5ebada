import type { Field } from "../../src/collect/index.js";

const column = (name: string) => `the column that \`columns.${name}\` names`;

/** Where each property comes from. Columns that nobody maps are never read into anything. */
export const fields = {
  name: { from: "the column that `columns.name` names, or those of `firstName` and `lastName`" },
  workerId: { from: column("workerId") },
  universalId: { from: column("universalId") },
  emails: { from: "the columns that `columns.email` names" },
  status: { from: `${column("status")}, by \`statusValues\`` },
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
