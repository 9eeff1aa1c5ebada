import { parse } from "csv-parse/sync";
import type { ConvertContext, RawPage } from "../../src/collect/index.js";
import type { AwsIamConfig } from "./config.js";
import type { Memo, ReportRow, ReportSlot } from "./memo.js";
import { accountIn, instantOf, parseArn } from "./names.js";
import { reportPage } from "./shapes.js";

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html */
export const ROOT_USER = "<root_account>";
const REQUIRED = ["user", "arn", "user_creation_time", "password_enabled", "access_key_1_active"];

type Context = ConvertContext<AwsIamConfig, Memo>;
type Cells = Readonly<Record<string, string>>;

/** Reads the credential report into the memo. Whose rows they are is settled in `finish`. */
export function readReportPage(page: RawPage, context: Context): void {
  const { memo, partition } = context;
  const parsed = reportPage.safeParse(page);
  if (!parsed.success) {
    context.partial("the credential report has not the documented form");
    return;
  }
  const rows = cellsOf(parsed.data.Content);
  const missing = rows === undefined ? REQUIRED : REQUIRED.filter((name) => !rows.header.includes(name));
  if (rows === undefined || missing.length > 0) {
    context.partial(`the credential report is not a CSV with the documented columns (${missing.join(", ")})`);
    return;
  }
  memo.report = { seen: true, generatedAt: instantOf(parsed.data.GeneratedTime) };
  memo.authorization.startedAt ??= instantOf(parsed.data.UsersReadFrom);
  memo.graphHasUsers = parsed.data.GraphHasUsers;
  for (const [holder, credentials] of Object.entries(parsed.data.KnownCredentials)) {
    memo.knownCredentials.set(holder, credentials);
  }
  if (!rowsCanBeTied(memo)) {
    context.partial(
      "its rows cannot be tied to users, because account-authorization was not read to its end",
    );
  }
  // A report that names them is converted for each of them.
  const others = accountsIn(parsed.data.AccountId, rows.cells);
  for (const [index, cells] of rows.cells.entries()) {
    // The header is line 1.
    const line = index + 2;
    const account = parseArn(cells.arn ?? "")?.account;
    if (account === undefined) context.reject(`line ${line}`, "it has no ARN");
    else if (account === partition) memo.rows.push(rowOf(cells, line));
    else if (!others.includes(account)) context.reject(`line ${line}`, `it is not of account ${partition}`);
  }
}

/** The account that we noted ourselves, or else those of its rows. */
export function partitionsOfReport(page: RawPage): readonly string[] {
  const parsed = reportPage.safeParse(page);
  if (!parsed.success) return [];
  return accountsIn(parsed.data.AccountId, cellsOf(parsed.data.Content)?.cells ?? []);
}

function accountsIn(noted: string | undefined, rows: readonly Cells[]): readonly string[] {
  if (noted !== undefined) return [noted];
  return [...new Set(rows.flatMap((cells) => accountIn(cells.arn ?? "") ?? []))];
}

/** When the report was made: what it says is as old as that. */
export function dataTimeOfReport(page: RawPage): number | undefined {
  const parsed = reportPage.safeParse(page);
  return parsed.success ? instantOf(parsed.data.GeneratedTime) : undefined;
}

/**
 * A row that matches no user is a user that only the report knows: but only if we know all users, or none at all.
 * Otherwise every user on an unread page would become a second one.
 */
export function rowsCanBeTied(memo: Memo): boolean {
  return memo.authorization.complete || (memo.authorization.pages === 0 && !memo.graphHasUsers);
}

function cellsOf(content: string): { header: readonly string[]; cells: readonly Cells[] } | undefined {
  const text = Buffer.from(content, "base64").toString("utf8");
  try {
    const [header, ...rows] = parse(text, { bom: true, relax_column_count: true, skip_empty_lines: true });
    if (header === undefined) return undefined;
    return {
      header,
      cells: rows.map((row) => Object.fromEntries(header.map((name, index) => [name, row[index] ?? ""]))),
    };
  } catch {
    return undefined;
  }
}

function rowOf(cells: Cells, line: number): ReportRow {
  const arn = cells.arn ?? "";
  const name = cells.user ?? "";
  return {
    line,
    name,
    arn,
    root: name === ROOT_USER || parseArn(arn)?.resource === "root",
    createdAt: instantOf(cells.user_creation_time),
    password: flag(cells.password_enabled),
    passwordLastUsed: instantOf(cells.password_last_used),
    passwordChangedAt: instantOf(cells.password_last_changed),
    mfa: flag(cells.mfa_active),
    slots: [1, 2].map(
      (slot): ReportSlot => ({
        slot,
        active: flag(cells[`access_key_${slot}_active`]),
        rotatedAt: instantOf(cells[`access_key_${slot}_last_rotated`]),
        lastUsedAt: instantOf(cells[`access_key_${slot}_last_used_date`]),
        service: word(cells[`access_key_${slot}_last_used_service`]),
        region: word(cells[`access_key_${slot}_last_used_region`]),
      }),
    ),
    certificates: [1, 2].map((slot) => ({
      slot,
      active: flag(cells[`cert_${slot}_active`]),
      rotatedAt: instantOf(cells[`cert_${slot}_last_rotated`]),
    })),
  };
}

/** `not_supported` and whatever else is no boolean is unknown, never false. */
function flag(text: string | undefined): boolean | undefined {
  const lower = text?.toLowerCase();
  return lower === "true" ? true : lower === "false" ? false : undefined;
}

const UNKNOWN_WORDS = new Set(["", "n/a", "no_information", "not_supported"]);
function word(text: string | undefined): string | undefined {
  return text === undefined || UNKNOWN_WORDS.has(text.toLowerCase()) ? undefined : text;
}
