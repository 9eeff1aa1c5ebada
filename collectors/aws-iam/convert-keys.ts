import type { ConvertContext, RawPage } from "../../src/collect/index.js";
import type { AwsIamConfig } from "./config.js";
import type { Memo } from "./memo.js";
import { type AccessKeyShape, accessKeysPage, summaryPage } from "./shapes.js";

type Context = ConvertContext<AwsIamConfig, Memo>;

/**
 * Reads a page of access keys into the memo, by user. The command line's own output names the user on each key only,
 * so from it alone an empty page proves nothing; our own pages say whose they are.
 */
export function readAccessKeysPage(page: RawPage, context: Context): void {
  const parsed = accessKeysPage.safeParse(page);
  if (!parsed.success) {
    context.partial("a page of ListAccessKeys has not the documented form");
    return;
  }
  const { listings } = context.memo;
  const { UserName, UserIsGone = false, NotListed = false, AccessKeyMetadata } = parsed.data;
  if (NotListed) {
    if (UserName !== undefined) context.memo.unlisted.add(UserName);
    return;
  }
  const add = (name: string, keys: readonly AccessKeyShape[]) => {
    const before = listings.get(name)?.keys ?? [];
    // A list that moves while it is paged gives a key on two pages.
    const added = keys.filter((key) => !before.some(({ AccessKeyId }) => AccessKeyId === key.AccessKeyId));
    listings.set(name, { gone: UserIsGone, keys: [...before, ...added] });
  };
  if (UserName !== undefined) add(UserName, []);
  for (const key of AccessKeyMetadata) {
    const name = UserName ?? key.UserName;
    if (name === undefined) context.reject("an access key", "it does not say whose it is");
    else add(name, [key]);
  }
}

/** The system's own totals. Quotas and the like are not looked at. */
export function readSummaryPage(page: RawPage, context: Context): void {
  const parsed = summaryPage.safeParse(page);
  if (!parsed.success) {
    context.partial("GetAccountSummary has not the documented form");
    return;
  }
  const totals = parsed.data.SummaryMap;
  context.memo.totalUsers = totals.Users;
  for (const [name, type] of [
    ["Users", "AwsUser"],
    ["Groups", "AwsGroup"],
    ["Roles", "AwsRole"],
    // Customer managed policies only: AWS's own and inline ones are types of their own here.
    ["Policies", "AwsPolicy"],
  ] as const) {
    const total = totals[name];
    if (total !== undefined) context.total("account-authorization", type, total);
  }
}

export function accountOf(page: RawPage): string | undefined {
  if (typeof page !== "object" || page === null || !("AccountId" in page)) return undefined;
  return typeof page.AccountId === "string" ? page.AccountId : undefined;
}
