import { InvalidArgumentError, Option } from "commander";

/** A calendar day, `2026-03-04`; an impossible one is refused. */
export function parseDay(text: string): string {
  const instant = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(instant) || new Date(instant).toISOString().slice(0, 10) !== text) {
    throw new InvalidArgumentError("It takes a day such as 2026-03-04.");
  }
  return text;
}

function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}

export const sourceOption = () =>
  new Option("-s, --source <name>", "only this source (may be repeated)")
    .argParser(collect)
    .default([], "all");
export const recordOption = () =>
  new Option("--record <dir>", "keep the raw pages there, one folder per source: a later `recording:`");
export const asOfOption = () =>
  new Option("--as-of <day>", "judge who has left as of the end of this day").argParser(parseDay);
/** Nobody signs in yet: it is what the journal will say, and not proved. */
export const asOption = (does: string) => new Option("--as <who>", `${does} (default: your user name)`);
