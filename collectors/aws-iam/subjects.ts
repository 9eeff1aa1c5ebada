import { rowsCanBeTied } from "./convert-report.js";
import type { Finish } from "./emit-authorization.js";
import type { Listing, Memo, ReportRow, User } from "./memo.js";
import { reportUserKey, rootKey, sameSecond, userKey } from "./names.js";

/** A user as all streams of the account together know it. */
export interface Subject {
  readonly key: string;
  readonly name: string;
  readonly arn: string;
  readonly user: User | undefined;
  readonly row: ReportRow | undefined;
  /** The key it has, or once had, when only the report knew it. */
  readonly reportKey: string | undefined;
  readonly listing: Listing | undefined;
  /** The report says that its ARN belongs to a younger user, so it was deleted since the users were read. */
  readonly succeeded: boolean;
  /** Succeeded, or AWS answered NoSuchEntity when its keys were asked for. */
  readonly gone: boolean;
}

/**
 * Ties report rows and key listings to users. A row belongs to the user with its ARN and its creation time: a name is
 * used again after a deletion, and the report may be hours older than the users, or younger. Of two users with one
 * ARN only the younger one can still be there. A row whose user is gone is passed over: it opens no account beside
 * the one that has the ARN, or had it. Any other row that is nobody's is a user of its own.
 */
export function subjectsOf(context: Finish): readonly Subject[] {
  const { memo, source } = context;
  const byArn = new Map([...memo.users.values()].map((user) => [user.arn, user]));
  const rowOf = new Map<string, ReportRow>();
  const succeeded = new Set<string>();
  const subjects: Subject[] = [];
  for (const row of memo.rows) {
    if (row.root) continue;
    const user = byArn.get(row.arn);
    if (user !== undefined && isSameUser(user, row)) {
      rowOf.set(user.id, row);
      continue;
    }
    const listing = memo.listings.get(row.name);
    const isOver = user === undefined ? listing?.gone === true || olderThanUsers(memo) : isOlder(row, user);
    if (isOver || !rowsCanBeTied(memo)) continue;
    if (user !== undefined) succeeded.add(user.id);
    const key = reportUserKey(source, row.arn, row.createdAt);
    const known = { key, name: row.name, arn: row.arn, user: undefined, row, reportKey: key, listing };
    subjects.push({ ...known, succeeded: false, gone: listing?.gone === true });
  }
  for (const user of memo.users.values()) {
    const row = rowOf.get(user.id);
    const isSucceeded = succeeded.has(user.id);
    const listing = isSucceeded ? undefined : memo.listings.get(user.name);
    subjects.push({
      key: userKey(source, user.id),
      name: user.name,
      arn: user.arn,
      user,
      row,
      reportKey: row === undefined ? undefined : reportUserKey(source, row.arn, row.createdAt),
      listing,
      succeeded: isSucceeded,
      gone: isSucceeded || listing?.gone === true,
    });
  }
  return subjects;
}

/** The account's root: it has no UserId, and the report is all that tells of it. */
export function rootOf(context: Finish): Subject | undefined {
  const row = context.memo.rows.find((candidate) => candidate.root);
  if (row === undefined) return undefined;
  const key = rootKey(context.source, context.partition);
  return {
    key,
    name: `root of AWS account ${context.partition}`,
    arn: row.arn,
    user: undefined,
    row,
    reportKey: undefined,
    listing: undefined,
    succeeded: false,
    gone: false,
  };
}

function isSameUser(user: User, row: ReportRow): boolean {
  if (user.createdAt === undefined || row.createdAt === undefined) return true;
  return sameSecond(user.createdAt, row.createdAt);
}

const isOlder = (row: ReportRow, user: User) =>
  row.createdAt !== undefined && user.createdAt !== undefined && row.createdAt < user.createdAt;

/** A user of such a report whom the later, whole read of the users does not know was deleted in between. */
const olderThanUsers = ({ authorization, report }: Memo) =>
  authorization.complete &&
  authorization.startedAt !== undefined &&
  report.generatedAt !== undefined &&
  report.generatedAt < authorization.startedAt;
