import type { CellValue } from "../../graph/index.js";
import { COLUMN_TYPES, type ColumnType, OUTCOME, REACH_COLUMNS, type RuleHeader } from "./header.js";

/** A rule that was read and checked. */
export interface Rule extends RuleHeader {
  /** The query without its header. */
  readonly query: string;
  /** Absolute paths of the rule, its cases and its guide. */
  readonly file: string;
  readonly casesFile: string;
  readonly guideFile: string;
  /** The folder it was found in, below the one it was loaded from: `leavers`. */
  readonly family: string;
}

/** Type of a declared column, of one that reach adds, or of `outcome`. */
export function columnType(rule: RuleHeader, name: string): ColumnType | undefined {
  if (name === OUTCOME) return "text";
  return rule.columns[name]?.type ?? (rule.reach === undefined ? undefined : REACH_COLUMNS[name]?.type);
}

/** Whether what was reached is this rule's to report, and not another's. */
export function reportsReached(
  { reach }: Pick<RuleHeader, "reach">,
  columns: Readonly<Record<string, CellValue>>,
): boolean {
  const matches = (wanted: Readonly<Record<string, readonly string[] | undefined>>) =>
    Object.entries(wanted).every(
      ([name, values]) => values?.some((value) => value === columns[name]) ?? true,
    );
  if (reach?.only !== undefined && !matches(reach.only)) return false;
  return reach?.except === undefined || !matches(reach.except);
}

const isText = (value: CellValue | undefined): boolean => typeof value === "string";
const areTexts = (value: CellValue | undefined): boolean => Array.isArray(value) && value.every(isText);
const isNumber = (value: CellValue | undefined): boolean => typeof value === "number";

const CHECKS: Readonly<Record<ColumnType, (value: CellValue | undefined) => boolean>> = {
  key: isText,
  edge: isText,
  text: isText,
  date: isText,
  keys: areTexts,
  edges: areTexts,
  texts: areTexts,
  number: isNumber,
  instant: isNumber,
  flag: (value) => typeof value === "boolean",
};

/** What is wrong with a value in a column, or nothing. */
export function columnProblem(
  declared: { readonly type: ColumnType; readonly optional: boolean },
  value: CellValue | undefined,
): string | undefined {
  if (value === null || value === undefined) return declared.optional ? undefined : "is null";
  return CHECKS[declared.type](value) ? undefined : `is not of the type ${declared.type}`;
}

export function isColumnType(value: string): value is ColumnType {
  return COLUMN_TYPES.some((type) => type === value);
}
