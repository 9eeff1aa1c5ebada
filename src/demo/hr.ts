import type { Worker } from "./people.js";
import { HR_STATUSES } from "./people.js";
import { random } from "./random.js";

/** The HR export as such files come: a byte-order mark, semicolons, padded headers, German dates, a salary column. */

const DAY_MS = 86_400_000;

/** Headers by the key that the configuration maps them to; those without a key are mapped to nothing. */
const COLUMNS = [
  { header: "Employee ID", key: "workerId" },
  { header: "Global ID", key: "universalId" },
  { header: "Preferred Name", key: "name" },
  { header: "Work E-Mail(s)", key: "email" },
  { header: "Worker Status (HRIS)", key: "status" },
  { header: "Worker Type", key: "type" },
  { header: "Hire Date", key: "startDate" },
  { header: "Last Day of Work", key: "endDate" },
  { header: "Cost Centre / Department", key: "department" },
  { header: "Business Title", key: "title" },
  { header: "Reports To (ID)", key: "manager" },
  { header: "Annual Base Pay (EUR)", key: undefined },
] as const;

export const HR_COLUMNS: Readonly<Record<string, string>> = Object.fromEntries(
  COLUMNS.flatMap(({ header, key }) => (key === undefined ? [] : [[key, header]])),
);

export const HR_STATUS_VALUES: Readonly<Record<string, string>> = {
  [HR_STATUSES.active]: "active",
  [HR_STATUSES.leave]: "leave",
  [HR_STATUSES.terminated]: "terminated",
  [HR_STATUSES.pending]: "pending",
};

export const HR_TYPE_VALUES: Readonly<Record<string, string>> = {
  "Regular Employee": "employee",
  "Contingent Worker": "contingent",
};

/** `dd.MM.yyyy` of a day so many days from now. */
function day(now: number, inDays: number | undefined): string {
  if (inDays === undefined) return "";
  const [year = "", month = "", date = ""] = new Date(now + inDays * DAY_MS)
    .toISOString()
    .slice(0, 10)
    .split("-");
  return `${date}.${month}.${year}`;
}

function cell(text: string): string {
  return /[";\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function line(cells: readonly string[]): string {
  return `${cells.map(cell).join(";")}\r\n`;
}

export function hrHeader(): string {
  // Spreadsheets pad headers, and nobody sees it.
  return `\uFEFF${line(COLUMNS.map(({ header }, at) => (at === 1 ? ` ${header} ` : header)))}`;
}

export function hrRow(worker: Worker, now: number, seed: string): string {
  const pay = random("pay", seed, worker.workerId).between(38, 140) * 1_000;
  return line([
    worker.workerId,
    worker.globalId,
    worker.name,
    worker.emails.join("; "),
    worker.status,
    worker.type,
    day(now, worker.startsIn),
    day(now, worker.endsIn),
    worker.department,
    worker.title,
    worker.managerId,
    String(pay),
  ]);
}
