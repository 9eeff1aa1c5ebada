import { z } from "zod";

/**
 * The pages, as the REST APIs print them. Unknown keys are dropped, what is missing is unknown.
 * https://developers.google.com/workspace/admin/directory/reference/rest
 *
 * Pages that we read ourselves say besides which customer they are of (`customerId`), and pages of one object's list
 * say whose it is (`groupId`, `userId`, `productId`), because an empty list is the proof that it has none.
 *
 * The item shapes are also what a page is cut down to before anybody sees it: recovery addresses, telephone numbers,
 * notes and keys that the API may add never get into a recording.
 */

const customer = { customerId: z.string().optional() };
/** The entries stay unchecked here: one that is malformed is rejected by itself. */
const items = z.array(z.unknown()).default([]);
const more = { nextPageToken: z.string().optional() };
const flag = z.boolean().optional();
const text = z.string().optional();

export const customerShape = z.object({
  id: z.string().min(1),
  customerDomain: text,
  customerCreationTime: text,
});

export const domainShape = z.object({
  domainName: z.string().min(1),
  isPrimary: flag,
  verified: flag,
  domainAliases: z.array(z.object({ domainAliasName: z.string().min(1), verified: flag })).default([]),
});

export const orgUnitShape = z.object({
  orgUnitId: z.string().min(1),
  name: text,
  orgUnitPath: text,
  parentOrgUnitId: text,
});

export const userShape = z.object({
  id: z.string().min(1),
  customerId: text,
  primaryEmail: text,
  name: z.object({ fullName: text }).optional(),
  suspended: flag,
  suspensionReason: text,
  archived: flag,
  isAdmin: flag,
  isDelegatedAdmin: flag,
  aliases: z.array(z.string()).default([]),
  nonEditableAliases: z.array(z.string()).default([]),
  emails: z.array(z.object({ address: text })).default([]),
  externalIds: z.array(z.object({ type: text, value: text })).default([]),
  orgUnitPath: text,
  lastLoginTime: text,
  creationTime: text,
  deletionTime: text,
  isEnrolledIn2Sv: flag,
  isEnforcedIn2Sv: flag,
  isMailboxSetup: flag,
});
export type UserShape = z.infer<typeof userShape>;

export const groupShape = z.object({
  id: z.string().min(1),
  email: text,
  name: text,
  /** The Directory API prints 64-bit numbers as text. */
  directMembersCount: z.union([z.string().regex(/^\d+$/), z.int().nonnegative()]).optional(),
  adminCreated: flag,
  aliases: z.array(z.string()).default([]),
  nonEditableAliases: z.array(z.string()).default([]),
});

export const memberShape = z.object({ id: text, email: text, role: text, type: text, status: text });

const roleId = z.union([z.string().min(1), z.int()]).transform(String);
export const roleShape = z.object({
  roleId,
  roleName: text,
  isSystemRole: flag,
  isSuperAdminRole: flag,
  rolePrivileges: z.array(z.object({ privilegeName: text })).default([]),
});

export const assignmentShape = z.object({
  roleAssignmentId: roleId.optional(),
  roleId,
  assignedTo: z.string().min(1),
  assigneeType: text,
  scopeType: text,
  orgUnitId: text,
  condition: text,
  expirationDetails: z.object({ expireTime: text }).optional(),
});

export const tokenShape = z.object({
  clientId: z.string().min(1),
  displayText: text,
  anonymous: flag,
  nativeApp: flag,
  scopes: z.array(z.string()).default([]),
});

export const licenseShape = z.object({
  userId: z.string().min(1),
  productId: text,
  skuId: z.string().min(1),
  skuName: text,
});

export const delegateShape = z.object({ delegateEmail: z.string().min(1), verificationStatus: text });

export const domainsPage = z.object({ ...customer, customer: z.unknown().optional(), domains: items });
export const orgUnitsPage = z.object({ ...customer, organizationUnits: items });
export const usersPage = z.object({ ...customer, ...more, users: items });
export const groupsPage = z.object({ ...customer, ...more, groups: items });
export const membersPage = z.object({
  ...customer,
  ...more,
  groupId: z.string().min(1),
  /** Ours: the group is gone since it was listed. */
  gone: z.boolean().default(false),
  members: items,
});
/** `kind` tells roles from their assignments. */
export const rolesPage = z.object({ ...customer, ...more, kind: text, items });
export const tokensPage = z.object({
  ...customer,
  userId: z.string().min(1),
  /** Ours: the user is gone since it was listed. */
  gone: z.boolean().default(false),
  items,
});
export const licensesPage = z.object({
  ...customer,
  ...more,
  productId: z.string().min(1),
  /** Ours: the API does not know the product for this customer. */
  unavailable: z.boolean().default(false),
  items,
});
export const delegatesPage = z.object({
  ...customer,
  userId: z.string().min(1),
  /** Ours: the mailbox cannot be asked while it is closed, and these delegates were known before. */
  closed: z.boolean().default(false),
  known: z.array(z.string()).default([]),
  delegates: items,
});

/** What stands in a page for an entry that has not the form of its kind. */
const malformed = z.strictObject({ malformed: z.literal(true) });

/** The entry with the keys of its shape only. Nothing of what is malformed is kept. */
export function cut(shape: z.ZodType, entry: unknown): unknown {
  const parsed = shape.safeParse(entry);
  return parsed.success ? parsed.data : { malformed: true };
}

/** The entry, or undefined where it is malformed. */
export function entryOf<T>(shape: z.ZodType<T>, entry: unknown): T | undefined {
  if (malformed.safeParse(entry).success) return undefined;
  const parsed = shape.safeParse(entry);
  return parsed.success ? parsed.data : undefined;
}

/** Which customer a page speaks of: as we noted, or as its users say. */
export function customerOf(page: unknown): string | undefined {
  const noted = z.object({ customerId: z.string() }).safeParse(page);
  if (noted.success) return noted.data.customerId;
  const users = z.object({ users: z.array(z.object({ customerId: z.string() })).min(1) }).safeParse(page);
  return users.success ? users.data.users[0]?.customerId : undefined;
}

/** Where a page says itself that more would follow. */
export const saysTruncated = (page: unknown): boolean =>
  z.object({ nextPageToken: z.string().min(1) }).safeParse(page).success;
