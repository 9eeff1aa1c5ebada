import iconv from "iconv-lite";
import { DateTime, IANAZone } from "luxon";
import { z } from "zod";
import { EMPLOYMENT_STATUSES, EMPLOYMENT_TYPES } from "../../src/model/index.js";

const header = z.string().trim().min(1);

/** Which column holds what. Every column that is not named here is left in the file. */
const columns = z.strictObject({
  /** The worker's id in the HR system; never reused. */
  workerId: header,
  /** An id that stays when a worker gets another worker id (a contractor who becomes an employee). */
  universalId: header.optional(),
  /** One column or several; a cell may hold several addresses. */
  email: z.union([header, z.array(header).min(1)]).optional(),
  name: header.optional(),
  firstName: header.optional(),
  lastName: header.optional(),
  status: header.optional(),
  startDate: header.optional(),
  /** The last day, which still is a working day, or the instant at which it ends. */
  endDate: header.optional(),
  type: header.optional(),
  department: header.optional(),
  title: header.optional(),
  /** Worker id or e-mail of the manager. */
  manager: header.optional(),
});
export type Columns = z.infer<typeof columns>;
export const FIELDS = columns.keyof().options;
export type Field = keyof Columns;

/** A Luxon format is usable when it reads back what it writes, down to the day. */
function isDateFormat(format: string): boolean {
  const day = DateTime.utc(2026, 11, 23);
  const back = DateTime.fromFormat(day.toFormat(format), format, { zone: "utc" });
  return back.isValid && back.hasSame(day, "day");
}

export const configSchema = z.strictObject({
  /** The file; relative to the configuration. Needed unless the source is a recording. */
  path: z.string().min(1).optional(),
  columns,
  /** Text of the status column, in any case, and what it means. The five words themselves need no entry. */
  statusValues: z.record(z.string(), z.enum(EMPLOYMENT_STATUSES)).default({}),
  /** The same for the type column. */
  typeValues: z.record(z.string(), z.enum(EMPLOYMENT_TYPES)).default({}),
  /** Luxon formats, tried in this order after ISO 8601: `dd.MM.yyyy`, `M/d/yyyy`. */
  dateFormats: z
    .array(z.string().refine(isDateFormat, "is not a format of Luxon that says day, month and year"))
    .default([]),
  /** Language of month names in `dateFormats`. */
  dateLocale: z.string().min(2).default("en-US"),
  /** In place of the company's time zone. */
  timeZone: z
    .string()
    .refine((zone) => IANAZone.isValidZone(zone), "is not an IANA time zone such as Europe/Berlin")
    .optional(),
  /** `active-only`: the file lists active workers only, and vanishing from it is how people leave. */
  roster: z.enum(["full", "active-only"]).default("full"),
  /** Detected from the first line unless told. */
  delimiter: z.enum([",", ";", "\t", "|"]).optional(),
  /** UTF-8 and UTF-16 are detected; anything else must be named: `windows-1252`. */
  encoding: z
    .string()
    .refine((name) => iconv.encodingExists(name), "is not an encoding that is known")
    .optional(),
  /** Above it the whole read fails: more than `count` rows, or more than `percent` of them and at least 10. */
  rejectLimit: z
    .strictObject({
      percent: z.number().min(0).max(100).default(10),
      count: z.int().min(0).optional(),
    })
    .prefault({}),
});
export type HrConfig = z.infer<typeof configSchema>;

/** What the columns that are not mapped leave unseen. */
export function advise({ columns: mapped, roster }: HrConfig): readonly string[] {
  if (mapped.status !== undefined) return [];
  if (roster === "active-only") {
    return ["no `status` column is mapped: everybody in the file without a past last day stands as active"];
  }
  return mapped.endDate === undefined
    ? ["neither `status` nor `endDate` is mapped, so nobody is ever seen to leave: map one of the two"]
    : [
        "no `status` column is mapped: who has no past last day stands as active; nobody is seen to be on leave, or to have left without a last day",
      ];
}
