import { createTask, parse, validateDetailed } from "node-cron";
import { InputError } from "../model/index.js";

/** Checks a cron expression with node-cron itself, so that what is accepted is what will run. */
export function checkCron(expression: string, where: string): void {
  const { valid, errors } = validateDetailed(expression);
  if (valid) return;
  const why = errors.map(({ field, message }) => `${field}: ${message}`).join("; ");
  throw new InputError({
    what: `${where}: "${expression}" is not a schedule${why === "" ? "" : ` (${why})`}.`,
    fix: 'Five fields, minute to day of week: "15 3 * * *" is 03:15 every day.',
  });
}

/** Nothing older than this is looked at: a service that was down for longer catches up once all the same. */
const LOOK_BACK_MS = 35 * 24 * 3_600_000;

/**
 * Whether a slot of the schedule lies after `since` and not after `now` (epoch ms): a run that was missed. A job
 * that never ran has missed nothing that can be named, and is due.
 */
export function missedSlot(
  expression: string,
  timeZone: string,
  since: number | undefined,
  now: number,
): boolean {
  if (since === undefined || now - since > LOOK_BACK_MS) return true;
  const seconds = parse(expression).second;
  const task = createTask(expression, () => undefined, { timezone: timeZone });
  try {
    for (let minute = Math.floor(since / 60_000) * 60_000; minute <= now; minute += 60_000) {
      for (const second of seconds) {
        const slot = minute + second * 1_000;
        if (slot > since && slot <= now && task.match(new Date(slot))) return true;
      }
    }
    return false;
  } finally {
    void task.destroy();
  }
}
