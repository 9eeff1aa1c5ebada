import type { z } from "zod";
import type { RawPage } from "../../src/collect/index.js";
import type { GraphRecord } from "../../src/model/index.js";
import { type Context, NOT_UNDERSTOOD } from "./convert-directory.js";
import { isWhole, lackOf } from "./memo.js";
import {
  domainOf,
  everyoneKey,
  googleIdRef,
  groupKey,
  isServiceAccount,
  memberRef,
  userKey,
} from "./names.js";
import { edge, GROUP_MEMBERS } from "./records.js";
import { entryOf, memberShape, membersPage } from "./shapes.js";

type Member = z.infer<typeof memberShape>;

export function* convertMembers(raw: RawPage, context: Context): Iterable<GraphRecord> {
  const { source, memo } = context;
  const page = membersPage.parse(raw);
  if (page.gone) return;
  const group = groupKey(source, page.groupId);
  const count = memo.counting.get(page.groupId) ?? { members: new Set(), everybody: false };
  memo.counting.set(page.groupId, count);
  for (const [at, entry] of page.members.entries()) {
    const member = entryOf(memberShape, entry);
    const key = member === undefined ? undefined : memberKey(member, context);
    if (member === undefined || key === undefined) {
      context.reject(`member ${at + 1} of a group's page`, NOT_UNDERSTOOD);
      continue;
    }
    count.members.add(key);
    if (member.type === "CUSTOMER") count.everybody = true;
    const memberStatus = member.status === "ACTIVE" ? undefined : member.status;
    yield edge("MEMBER_OF", key, group, { role: member.role, memberStatus });
  }
  if (page.nextPageToken !== undefined) return;
  memo.counting.delete(page.groupId);
  const said = count.everybody ? 0 : (memo.groups.get(page.groupId)?.directMembers ?? 0);
  // Google counts the direct members of a group; whether groups and everybody count is not said, so only a list that is
  // shorter in any reading lacks some. What is listed beyond one group's count may not make up for another's.
  // https://developers.google.com/workspace/admin/directory/reference/rest/v1/groups#Group.FIELDS.direct_members_count
  memo.memberTotal += Math.max(count.members.size, said);
  context.total(GROUP_MEMBERS, "MEMBER_OF", memo.memberTotal);
}

/** Who it is: somebody whom this read listed, by id; else a reference by the name that Google Cloud's policies use. */
function memberKey(member: Member, context: Context): string | undefined {
  const { source, partition, memo } = context;
  const { id, email } = member;
  switch (member.type) {
    case "CUSTOMER":
      if (id === undefined) return undefined;
      return id === partition ? everyoneKey(source, partition) : memberRef("customer", id);
    case "GROUP":
      if (id !== undefined && memo.groups.has(id)) return groupKey(source, id);
      if (!isWhole(memo.groupList) && isOwn(email, context)) {
        const lack = lackOf("group", memo.groupList);
        context.partial(`which groups are the company's own is not known, because ${lack}`);
        if (id !== undefined) return groupKey(source, id);
      }
      return email === undefined ? undefined : memberRef("group", email);
    case "USER":
    case "EXTERNAL":
    case undefined:
      break;
    default:
      context.note(
        `members of the type ${/^[A-Z_]{1,30}$/.test(member.type) ? member.type : "?"} are kept as accounts`,
      );
  }
  if (id !== undefined && memo.users.has(id)) return userKey(source, id);
  if (email !== undefined && isServiceAccount(email)) return memberRef("serviceAccount", email);
  const known = email === undefined ? undefined : memo.addresses.get(email.toLowerCase());
  if (known === undefined && !isWhole(memo.userList) && isOwn(email, context)) {
    const lack = lackOf("user", memo.userList);
    context.partial(`which accounts are the company's own is not known, because ${lack}`);
    if (id !== undefined) return userKey(source, id);
  }
  if (email !== undefined) return known ?? memberRef("user", email);
  return id === undefined ? undefined : googleIdRef(id);
}

/** Where its domain is not known, or not every domain of the company is, it may be. */
function isOwn(email: string | undefined, { memo }: Context): boolean {
  const domain = domainOf(email);
  if (domain === undefined || memo.domains.size === 0 || memo.rejectedDomains > 0) return true;
  return memo.domains.has(domain);
}
