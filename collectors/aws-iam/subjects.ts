import { rowsCanBeTied } from "./convert-report.js";
import type { Finish } from "./emit-authorization.js";
import type { Listing, ReportRow, User } from "./memo.js";
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
  /** Its ARN belongs to a younger user by now, so this one was deleted. */
  readonly replaced: boolean;
  /** Replaced, or AWS answered NoSuchEntity when its keys were asked for. */
  readonly gone: boolean;
}

/**
 * Ties report rows and key listings to users. A row belongs to the user with its ARN and its creation time: a name is
 * used again after a deletion, and the report may be hours old. A row that is nobody's is a user of its own.
 */
export function subjectsOf(context: Finish): readonly Subject[] {
  const { memo, source } = context;
  const byArn = new Map([...memo.users.values()].map((user) => [user.arn, user]));
  const rowOf = new Map<string, ReportRow>();
  const subjects: Subject[] = [];
  for (const row of memo.rows) {
    if (row.root) continue;
    const user = byArn.get(row.arn);
    if (user !== undefined && isSameUser(user, row)) rowOf.set(user.id, row);
    else if (rowsCanBeTied(memo)) {
      const key = reportUserKey(source, row.arn, row.createdAt);
      const listing = user === undefined ? memo.listings.get(row.name) : undefined;
      const replaced =
        user?.createdAt !== undefined && row.createdAt !== undefined && row.createdAt < user.createdAt;
      subjects.push({
        key,
        name: row.name,
        arn: row.arn,
        user: undefined,
        row,
        reportKey: key,
        listing,
        replaced,
        gone: replaced || listing?.gone === true,
      });
    }
  }
  for (const user of memo.users.values()) {
    const row = rowOf.get(user.id);
    const listing = memo.listings.get(user.name);
    subjects.push({
      key: userKey(source, user.id),
      name: user.name,
      arn: user.arn,
      user,
      row,
      reportKey: row === undefined ? undefined : reportUserKey(source, row.arn, row.createdAt),
      listing,
      replaced: false,
      gone: listing?.gone === true,
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
    replaced: false,
    gone: false,
  };
}

function isSameUser(user: User, row: ReportRow): boolean {
  if (user.createdAt === undefined || row.createdAt === undefined) return true;
  return sameSecond(user.createdAt, row.createdAt);
}
