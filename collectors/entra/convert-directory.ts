import type { z } from "zod";
import type { ConvertContext, RawPage } from "../../src/collect/index.js";
import type { GraphRecord } from "../../src/model/index.js";
import type { EntraConfig } from "./config.js";
import type { Memo } from "./memo.js";
import { groupKey, instantOf, objectAlias, objectKey, skuKey, tenantKey, unitKey, userKey } from "./names.js";
import { ObjectCounts } from "./object-counts.js";
import { NEEDS } from "./permissions.js";
import { ADMINISTRATIVE_UNITS, edge, GROUP_MEMBERS, GROUPS, node, USERS } from "./records.js";
import {
  entryOf,
  fullUserShape,
  type GroupShape,
  groupShape,
  hasMore,
  type ListPage,
  listPage,
  memberShape,
  type ObjectLists,
  objectsPage,
  organizationShape,
  skuShape,
  type UserExtra,
  type UserShape,
  unitShape,
  usersPage,
} from "./shapes.js";
import { lackOf, listReadOf } from "./whole.js";

export type Context = ConvertContext<EntraConfig, Memo>;

export const NOT_UNDERSTOOD = "it has not the form that Graph documents";

/** Entries of a page in the form of their shape; what has another form is rejected. */
export function* entriesOf<T>(
  values: readonly unknown[],
  shape: z.ZodType<T>,
  what: string,
  context: Context,
): Generator<T, void, undefined> {
  for (const [at, value] of values.entries()) {
    const entry = entryOf(shape, value);
    if (entry === undefined) context.reject(`${what} ${at + 1} of a page`, NOT_UNDERSTOOD);
    else yield entry;
  }
}

/** Notes what Graph itself counts of a list, on its first page. */
export function noteTotal(page: ListPage, stream: string, type: string, context: Context): void {
  const count = page["@odata.count"];
  if (typeof count === "number") context.total(stream, type, count);
}

/** A list that other streams rest on. */
interface Listing<T> {
  readonly stream: string;
  readonly shape: z.ZodType<T>;
  /** For people: `group`. */
  readonly what: string;
}

/** Entries of a page of a list that other streams rest on, and a note of how far it was read. */
export function* listed<T extends { readonly id: string }>(
  page: ListPage,
  { stream, shape, what }: Listing<T>,
  context: Context,
): Generator<T, void, undefined> {
  const read = listReadOf(context.memo.lists, stream);
  read.count = page["@odata.count"] ?? read.count;
  let good = 0;
  for (const entry of entriesOf(page.value, shape, what, context)) {
    good += 1;
    read.ids.add(entry.id);
    yield entry;
  }
  read.rejected += page.value.length - good;
  if (!hasMore(page)) read.ended = true;
}

/** What is in no list may be in the part that was not read: then a stream that names it proves nothing. */
export function mustKnow(stream: string, what: string, context: Context): void {
  const lack = lackOf(context.memo.lists, stream);
  if (lack !== undefined) context.partial(`${what} is not known, because ${lack}`);
}

/** Per-object lists are counted one by one. Gives how much of the object's list came so far. */
export function addCount(
  page: ObjectLists,
  keys: readonly string[],
  { stream, type }: { readonly stream: string; readonly type: string },
  context: Context,
): number {
  const counts = context.memo.objectCounts.get(stream) ?? new ObjectCounts();
  context.memo.objectCounts.set(stream, counts);
  const came = counts.add(page, keys);
  if (counts.least !== undefined) context.total(stream, type, counts.least);
  return came;
}

export const present = (text: string | null | undefined): string | undefined =>
  text === null || text === undefined || text.trim() === "" ? undefined : text;
export const flagOf = (flag: boolean | null | undefined): boolean | undefined => flag ?? undefined;
export const enabledOf = (flag: boolean | null | undefined): string =>
  flag === true ? "enabled" : flag === false ? "disabled" : "unknown";

/** `SMTP:Ann@x.example` and `smtp:…`; other kinds of addresses are no mailboxes. */
function mailboxesOf(
  mail: string | null | undefined,
  proxies: readonly string[] | null | undefined,
): readonly string[] {
  const smtp = (proxies ?? []).flatMap((proxy) => (/^smtp:/i.test(proxy) ? [proxy.slice(5)] : []));
  return [present(mail), ...smtp].flatMap((address) =>
    address === undefined ? [] : [address.toLowerCase()],
  );
}

export function* convertTenant(raw: RawPage, context: Context): Iterable<GraphRecord> {
  for (const tenant of entriesOf(listPage.parse(raw).value, organizationShape, "organisation", context)) {
    if (tenant.id.toLowerCase() !== context.partition) {
      context.reject("organisation", "it is not the tenant that is read");
      continue;
    }
    const domains = (tenant.verifiedDomains ?? []).map(({ name }) => name.toLowerCase()).sort();
    yield node("Resource", "EntraTenant", tenantKey(context.source, context.partition), {
      name: present(tenant.displayName) ?? context.partition,
      tenantId: context.partition,
      domains,
      createdAt: instantOf(tenant.createdDateTime),
    });
  }
}

export function* convertLicenses(raw: RawPage, context: Context): Iterable<GraphRecord> {
  const { source, partition, config, memo } = context;
  for (const sku of entriesOf(listPage.parse(raw).value, skuShape, "licence", context)) {
    const name = present(sku.skuPartNumber) ?? sku.skuId;
    memo.skus.set(sku.skuId, name);
    const cost = config.seatCosts[sku.skuId] ?? config.seatCosts[name];
    yield node("License", "EntraLicense", skuKey(source, partition, sku.skuId), {
      name,
      sku: sku.skuId,
      seats: sku.prepaidUnits?.enabled ?? undefined,
      seatsUsed: sku.consumedUnits ?? undefined,
      status: present(sku.capabilityStatus)?.toLowerCase(),
      costPerSeat: cost?.costPerSeat,
      currency: cost?.currency,
      renewsOn: cost?.renewsOn,
    });
  }
}

export function* convertUnits(raw: RawPage, context: Context): Iterable<GraphRecord> {
  const page = listPage.parse(raw);
  noteTotal(page, ADMINISTRATIVE_UNITS, "EntraAdministrativeUnit", context);
  for (const unit of entriesOf(page.value, unitShape, "administrative unit", context)) {
    const key = unitKey(context.source, unit.id);
    yield node("Resource", "EntraAdministrativeUnit", key, { name: present(unit.displayName) ?? unit.id }, [
      objectAlias(unit.id),
    ]);
    yield edge("CONTAINS", tenantKey(context.source, context.partition), key);
  }
}

export function* convertUsers(raw: RawPage, context: Context): Iterable<GraphRecord> {
  const page = usersPage.parse(raw);
  for (const { reason } of page.without) context.note(reason);
  const unsure = page.without.map(({ extra }) => PROPERTY_OF[extra]);
  noteTotal(page, USERS, "EntraUser", context);
  const list = { stream: USERS, shape: fullUserShape, what: "user" };
  for (const user of listed(page, list, context)) {
    yield* userRecords(user, unsure, context);
  }
}

/** What goes on to hold where a read could not have it. */
const PROPERTY_OF: Readonly<Record<UserExtra, string>> = { signIns: "lastLoginAt", leaveDates: "leaveAt" };

function* userRecords(user: UserShape, unsure: readonly string[], context: Context): Iterable<GraphRecord> {
  const { source, partition, config, memo } = context;
  const guest = user.userType === "Guest";
  if (guest) memo.guests.add(user.id);
  else if (config.mailForwarding && present(user.mail) !== undefined) memo.mailboxes.add(user.id);
  const key = userKey(source, user.id);
  const username = present(user.userPrincipalName);
  const mailboxes = mailboxesOf(user.mail, user.proxyAddresses);
  yield node(
    "Account",
    "EntraUser",
    key,
    {
      name: present(user.displayName) ?? username ?? user.id,
      username,
      email: present(user.mail)?.toLowerCase(),
      employeeId: present(user.employeeId),
      status: enabledOf(user.accountEnabled),
      userType: present(user.userType),
      ...(guest ? { accountType: "guest", accountTypeEvidence: "userType is Guest" } : {}),
      createdAt: instantOf(user.createdDateTime),
      lastLoginAt: lastSignIn(user),
      leaveAt: instantOf(user.employeeLeaveDateTime),
      passwordChangedAt: instantOf(user.lastPasswordChangeDateTime),
      sessionsValidFrom: instantOf(user.signInSessionsValidFromDateTime),
      immutableId: present(user.onPremisesImmutableId),
      synced: flagOf(user.onPremisesSyncEnabled),
    },
    [objectAlias(user.id), ...(username === undefined ? [] : [username]), ...mailboxes],
    unsure,
  );
  const states = user.licenseAssignmentStates ?? [];
  for (const skuId of new Set((user.assignedLicenses ?? []).map((license) => license.skuId))) {
    const given = states
      .filter((state) => state.skuId === skuId)
      .map((state) => present(state.assignedByGroup));
    yield edge("USES_SEAT", key, skuKey(source, partition, skuId), { via: waysOf(given) });
  }
}

/** How one seat was given: `direct`, `group <id>, <id>`, or both with ` and ` between; each way holds it by itself. */
function waysOf(given: readonly (string | undefined)[]): string | undefined {
  const groups = given.filter((group) => group !== undefined).sort();
  const ways = [
    ...(groups.length < given.length ? ["direct"] : []),
    ...(groups.length > 0 ? [`group ${groups.join(", ")}`] : []),
  ];
  return ways.length === 0 ? undefined : ways.join(" and ");
}

/** A sign-in that worked; where Graph does not say which did, the newest attempt. https://learn.microsoft.com/graph/api/resources/signinactivity */
function lastSignIn({ signInActivity }: UserShape): number | undefined {
  const succeeded = instantOf(signInActivity?.lastSuccessfulSignInDateTime);
  if (succeeded !== undefined) return succeeded;
  const tried = [
    instantOf(signInActivity?.lastSignInDateTime),
    instantOf(signInActivity?.lastNonInteractiveSignInDateTime),
  ].filter((at) => at !== undefined);
  return tried.length === 0 ? undefined : Math.max(...tried);
}

export function* convertSponsors(raw: RawPage, context: Context): Iterable<GraphRecord> {
  for (const { id, value } of objectsPage.parse(raw).objects) {
    for (const sponsor of entriesOf(value, memberShape, "sponsor", context)) {
      const to = objectKey(context.source, sponsor["@odata.type"] ?? undefined, sponsor.id);
      yield edge("OWNED_BY", userKey(context.source, id), to, { basis: "declared", evidence: "sponsor" });
    }
  }
}

export function* convertGroups(raw: RawPage, context: Context): Iterable<GraphRecord> {
  const page = listPage.parse(raw);
  noteTotal(page, GROUPS, "EntraGroup", context);
  const list = { stream: GROUPS, shape: groupShape, what: "group" };
  for (const group of listed(page, list, context)) {
    context.memo.groups.add(group.id);
    const hidden = group.visibility === "HiddenMembership";
    if (hidden) context.memo.hiddenGroups.add(group.id);
    const mailboxes = mailboxesOf(group.mail, group.proxyAddresses);
    yield node(
      "Group",
      "EntraGroup",
      groupKey(context.source, group.id),
      {
        name: present(group.displayName) ?? group.id,
        email: present(group.mail)?.toLowerCase(),
        groupKind: groupKind(group),
        membership: membershipOf(group),
        assignableToRole: flagOf(group.isAssignableToRole),
        hiddenMembers: hidden,
        createdAt: instantOf(group.createdDateTime),
      },
      [objectAlias(group.id), ...mailboxes],
    );
  }
}

/** https://learn.microsoft.com/graph/api/resources/groups-overview#group-types-in-microsoft-entra-id-and-microsoft-graph */
function groupKind({ groupTypes, mailEnabled, securityEnabled }: GroupShape): string {
  if (groupTypes?.includes("Unified") === true) return "microsoft365";
  if (mailEnabled === true) return securityEnabled === true ? "mailSecurity" : "distribution";
  return securityEnabled === true ? "security" : "unknown";
}

/** Who decides who is in it: that is where a membership is ended. */
function membershipOf({ groupTypes, onPremisesSyncEnabled }: GroupShape): string {
  if (groupTypes?.includes("DynamicMembership") === true) return "dynamic";
  return onPremisesSyncEnabled === true ? "synced" : "assigned";
}

export function* convertMembers(raw: RawPage, context: Context): Iterable<GraphRecord> {
  const { source } = context;
  for (const page of objectsPage.parse(raw).objects) {
    const group = groupKey(source, page.id);
    const members: string[] = [];
    for (const { id, "@odata.type": type } of entriesOf(page.value, memberShape, "member", context)) {
      const member = objectKey(source, type ?? undefined, id);
      members.push(member);
      yield edge("MEMBER_OF", member, group);
    }
    const came = addCount(page, members, { stream: GROUP_MEMBERS, type: "MEMBER_OF" }, context);
    if (came === 0 && mayHide(page, context)) context.partial(HIDDEN);
  }
}

const HIDDEN = `a group with hidden membership came without members, which proves nothing where the permission ${NEEDS.hiddenMembers} is not known to be granted (grant it to the application in Entra ID, with admin consent)`;

/** Without the permission Graph refuses the list of such a group, or gives one with nothing in it. */
function mayHide(page: ObjectLists, { memo }: Context): boolean {
  if (hasMore(page) || page.gone === true || page.seesHidden === true) return false;
  return memo.hiddenGroups.has(page.id);
}

/** Converts lists of owners of one kind of object. `counted`: Graph counts them. */
export function ownersOf(
  stream: string,
  keyOf: (id: string, context: Context) => string | undefined,
): (raw: RawPage, context: Context) => Iterable<GraphRecord> {
  return function* (raw, context) {
    for (const page of objectsPage.parse(raw).objects) {
      const from = keyOf(page.id, context);
      if (from === undefined) {
        context.reject("an object with owners", "it is in no list");
        continue;
      }
      const owners: string[] = [];
      for (const { id, "@odata.type": type } of entriesOf(page.value, memberShape, "owner", context)) {
        const owner = objectKey(context.source, type ?? undefined, id);
        owners.push(owner);
        yield edge("OWNED_BY", from, owner, { basis: "declared", evidence: "owner" });
      }
      addCount(page, owners, { stream, type: "OWNED_BY" }, context);
    }
  };
}
