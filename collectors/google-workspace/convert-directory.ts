import type { ConvertContext, RawPage } from "../../src/collect/index.js";
import type { GraphRecord } from "../../src/model/index.js";
import type { WorkspaceConfig } from "./config.js";
import type { Memo } from "./memo.js";
import { customerKey, domainKey, everyoneKey, groupKey, instantOf, orgUnitId, orgUnitKey } from "./names.js";
import { edge, node } from "./records.js";
import {
  customerShape,
  domainShape,
  domainsPage,
  entryOf,
  groupShape,
  groupsPage,
  orgUnitShape,
  orgUnitsPage,
} from "./shapes.js";

export type Context = ConvertContext<WorkspaceConfig, Memo>;

export const NOT_UNDERSTOOD = "it has not the documented form";

/**
 * The customer, its domains, and everybody in them. A policy that names `domain:` and the primary domain means all
 * accounts of the customer (https://cloud.google.com/iam/docs/principals-overview), so the other domains' groups are
 * members of the primary one's.
 */
export function* convertDomains(raw: RawPage, context: Context): Iterable<GraphRecord> {
  const { source, partition, memo } = context;
  const page = domainsPage.parse(raw);
  const customer = entryOf(customerShape, page.customer);
  const domains = page.domains.flatMap((entry, at) => {
    const domain = entryOf(domainShape, entry);
    if (domain === undefined) {
      context.reject(`domain ${at + 1}`, NOT_UNDERSTOOD);
      memo.rejectedDomains += 1;
    }
    return domain === undefined ? [] : [domain];
  });
  const primary = domains.find(({ isPrimary }) => isPrimary === true)?.domainName.toLowerCase();
  memo.primaryDomain = primary;
  const title = primary ?? customer?.customerDomain?.toLowerCase();
  yield node(
    "Resource",
    "WorkspaceCustomer",
    customerKey(source, partition),
    {
      name: title === undefined ? `Google Workspace ${partition}` : `Google Workspace ${title}`,
      customerId: partition,
      domain: title,
      createdAt: instantOf(customer?.customerCreationTime),
    },
    [partition],
  );
  const everyone = everyoneKey(source, partition);
  yield node("Group", "WorkspaceEveryone", everyone, {
    name: `everybody in ${title ?? partition}`,
    customerId: partition,
  });
  for (const domain of domains) {
    const name = domain.domainName.toLowerCase();
    const others = domain.domainAliases.map(({ domainAliasName }) => domainAliasName.toLowerCase());
    for (const each of [name, ...others]) memo.domains.add(each);
    const key = domainKey(source, name);
    yield node(
      "Group",
      "WorkspaceDomain",
      key,
      { name: `everybody in ${name}`, domain: name, primary: domain.isPrimary, verified: domain.verified },
      [name, ...others].map((each) => `domain:${each}`),
    );
    const above = primary === undefined || name === primary ? everyone : domainKey(source, primary);
    yield edge("MEMBER_OF", key, above);
  }
}

export function* convertOrgUnits(raw: RawPage, context: Context): Iterable<GraphRecord> {
  const { source, partition } = context;
  for (const [at, entry] of orgUnitsPage.parse(raw).organizationUnits.entries()) {
    const unit = entryOf(orgUnitShape, entry);
    if (unit === undefined) {
      context.reject(`organisational unit ${at + 1}`, NOT_UNDERSTOOD);
      continue;
    }
    const id = orgUnitId(unit.orgUnitId);
    const key = orgUnitKey(source, id);
    yield node("Resource", "WorkspaceOrgUnit", key, {
      name: unit.orgUnitPath ?? unit.name ?? id,
      path: unit.orgUnitPath,
    });
    const parent =
      unit.parentOrgUnitId === undefined
        ? customerKey(source, partition)
        : orgUnitKey(source, orgUnitId(unit.parentOrgUnitId));
    yield edge("CONTAINS", parent, key);
  }
}

export function* convertGroups(raw: RawPage, context: Context): Iterable<GraphRecord> {
  const { source, memo } = context;
  const page = groupsPage.parse(raw);
  for (const [at, entry] of page.groups.entries()) {
    const group = entryOf(groupShape, entry);
    if (group === undefined) {
      context.reject(`group ${at + 1} of a page`, NOT_UNDERSTOOD);
      memo.groupList.rejected += 1;
      continue;
    }
    const key = groupKey(source, group.id);
    const email = group.email?.toLowerCase();
    const addresses = [email, ...group.aliases, ...group.nonEditableAliases].flatMap((address) =>
      address === undefined ? [] : [address.toLowerCase()],
    );
    const count = group.directMembersCount;
    memo.groups.set(group.id, { directMembers: count === undefined ? undefined : Number(count) });
    for (const address of addresses) memo.addresses.set(address, key);
    yield node(
      "Group",
      "WorkspaceGroup",
      key,
      { name: group.name || email || group.id, email, adminCreated: group.adminCreated },
      addresses,
    );
  }
  memo.groupList.ended = page.nextPageToken === undefined;
}
