import type { RawPage } from "../../src/collect/index.js";
import type { AccountStatus, GraphRecord } from "../../src/model/index.js";
import { type Context, NOT_UNDERSTOOD } from "./convert-directory.js";
import { domainKey, domainOf, googleSubject, instantOf, userKey } from "./names.js";
import { edge, node } from "./records.js";
import { entryOf, type UserShape, userShape, usersPage } from "./shapes.js";

/** `1970-01-01T00:00:00.000Z` stands for never. https://developers.google.com/workspace/admin/directory/v1/guides/manage-users */
const NEVER = 0;

export function* convertUsers(raw: RawPage, context: Context): Iterable<GraphRecord> {
  const { source, memo } = context;
  const page = usersPage.parse(raw);
  for (const [at, entry] of page.users.entries()) {
    const user = entryOf(userShape, entry);
    if (user === undefined) {
      context.reject(`user ${at + 1} of a page`, NOT_UNDERSTOOD);
      memo.userList.rejected += 1;
      continue;
    }
    const key = userKey(source, user.id);
    const addresses = addressesOf(user, memo.domains);
    memo.users.set(user.id, {
      email: lower(user.primaryEmail),
      superAdmin: user.isAdmin === true,
      closed: user.suspended === true || user.archived === true,
      mailbox: user.isMailboxSetup !== false,
    });
    for (const address of addresses) memo.addresses.set(address, key);
    const lastLogin = instantOf(user.lastLoginTime);
    yield node(
      "Account",
      "WorkspaceUser",
      key,
      {
        ...identity(user, context),
        status: statusOf(user),
        suspended: user.suspended,
        suspensionReason: user.suspended === true ? user.suspensionReason : undefined,
        archived: user.archived,
        lastLoginAt: lastLogin === NEVER ? undefined : lastLogin,
        neverLoggedIn: lastLogin === undefined ? undefined : lastLogin === NEVER,
        mfa: user.isEnrolledIn2Sv,
        mfaEnforced: user.isEnforcedIn2Sv,
        superAdmin: user.isAdmin,
        delegatedAdmin: user.isDelegatedAdmin,
        ...privilegeOf(user),
        orgUnit: user.orgUnitPath,
      },
      [...addresses, `oidc:${googleSubject(user.id)}`],
    );
    const domain = domainOf(user.primaryEmail);
    if (domain !== undefined) yield edge("MEMBER_OF", key, domainKey(source, domain));
  }
  memo.userList.ended = page.nextPageToken === undefined;
}

/**
 * A deleted user keeps no address as another name: it may be somebody else's by now. Google Cloud's policies call them
 * by the id, `deleted:user:…?uid=…`.
 */
export function* convertDeletedUsers(raw: RawPage, context: Context): Iterable<GraphRecord> {
  for (const [at, entry] of usersPage.parse(raw).users.entries()) {
    const user = entryOf(userShape, entry);
    if (user === undefined) {
      context.reject(`deleted user ${at + 1} of a page`, NOT_UNDERSTOOD);
      continue;
    }
    const email = lower(user.primaryEmail);
    const lastLogin = instantOf(user.lastLoginTime);
    yield node(
      "Account",
      "WorkspaceUser",
      userKey(context.source, user.id),
      {
        ...identity(user, context),
        status: "deleted",
        deletedAt: instantOf(user.deletionTime),
        lastLoginAt: lastLogin === NEVER ? undefined : lastLogin,
      },
      email === undefined ? [] : [`deleted:user:${email}?uid=${user.id}`],
    );
  }
}

const lower = (text: string | undefined) => text?.trim().toLowerCase();

/** What live and deleted users have in common. */
function identity(user: UserShape, context: Context) {
  const email = lower(user.primaryEmail);
  return {
    name: user.name?.fullName || email || user.id,
    username: email,
    email,
    employeeId: employeeIdOf(user, context),
    accountType: "unknown",
    createdAt: instantOf(user.creationTime),
  };
}

/** Unknown unless Google says both: a user who is neither suspended nor archived can sign in. */
function statusOf(user: UserShape): AccountStatus {
  if (user.suspended === true || user.archived === true) return "disabled";
  return user.suspended === false && user.archived === false ? "enabled" : "unknown";
}

/**
 * Addresses that mean this account: the primary one, its aliases, and what else is in the company's own domains.
 * Private addresses of the profile are other accounts.
 */
function addressesOf(user: UserShape, domains: ReadonlySet<string>): readonly string[] {
  const own = user.emails.flatMap(({ address }) => {
    const domain = domainOf(address);
    return address !== undefined && domain !== undefined && domains.has(domain) ? [address] : [];
  });
  const all = [user.primaryEmail, ...user.aliases, ...user.nonEditableAliases, ...own];
  return [...new Set(all.flatMap((address) => lower(address) || []))];
}

/** External ids of the type `organization` are what the Admin console calls the employee id. */
function employeeIdOf(user: UserShape, context: Context): string | undefined {
  const ids = new Set(
    user.externalIds.flatMap(({ type, value }) => (type === "organization" && value?.trim()) || []),
  );
  if (ids.size > 1)
    context.note("a user with several employee ids (externalIds of type organization): none was kept");
  const [only] = ids;
  return ids.size === 1 ? only : undefined;
}

function privilegeOf(user: UserShape) {
  if (user.isAdmin === true)
    return { effectivePrivilege: "admin", effectivePrivilegeWhy: "super administrator (isAdmin)" };
  if (user.isDelegatedAdmin === true)
    return {
      effectivePrivilege: "privileged",
      effectivePrivilegeWhy: "has an administrator role (isDelegatedAdmin)",
    };
  return {};
}
