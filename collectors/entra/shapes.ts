import { z } from "zod";

/**
 * The parts of Graph's objects that are read; everything else is dropped before a page is recorded or converted.
 * https://learn.microsoft.com/graph/api/overview. What is missing or null is unknown.
 */
const text = z.string().nullish();
const flag = z.boolean().nullish();
const id = z.string().min(1);
const list = <T extends z.ZodType>(shape: T) => z.array(shape).nullish();

/** A page of a list, or what a vendor's own tool printed of it. */
export const listPage = z.object({
  "@odata.count": z.int().nonnegative().nullish(),
  "@odata.nextLink": text,
  /** Ours, instead of the link: more pages follow. */
  more: z.boolean().optional(),
  value: z.array(z.unknown()),
});
export type ListPage = z.infer<typeof listPage>;

/** https://learn.microsoft.com/graph/json-batching#processing-the-json-batch-response */
export const batchShape = z.object({
  responses: z.array(
    z.object({
      id: z.string(),
      status: z.int(),
      headers: z
        .record(z.string(), z.string())
        .nullish()
        .transform((headers) => headers ?? {}),
      body: z.unknown().optional(),
    }),
  ),
});

/** An object that another one names: only its type and id. */
export const memberShape = z.object({ "@odata.type": text, id });

/** What per-object lists gave for one object, a page of it. */
const objectLists = z.object({
  id,
  "@odata.count": z.int().nonnegative().nullish(),
  "@odata.nextLink": text,
  /** Ours, instead of the link: more pages of this list follow. */
  more: z.boolean().optional(),
  value: z.array(z.unknown()).default([]),
  /** Ours: the object is gone since it was listed. */
  gone: z.boolean().optional(),
  /** Ours: members of the object are hidden, and who asked may see them. */
  seesHidden: z.boolean().optional(),
  /** Ours: it has no such list at present, and had one from which the graph holds something. */
  closed: z.boolean().optional(),
});
export type ObjectLists = z.infer<typeof objectLists>;
/** Pages of ours hold the lists of a batch; a recording put together by hand may hold one object a line. */
export const objectsPage = z.union([
  z.object({ objects: z.array(objectLists) }),
  objectLists.transform((one) => ({ objects: [one] })),
]);

export const organizationShape = z.object({
  id,
  displayName: text,
  createdDateTime: text,
  verifiedDomains: list(z.object({ name: z.string(), isDefault: flag })),
});

export const skuShape = z.object({
  skuId: id,
  skuPartNumber: text,
  capabilityStatus: text,
  appliesTo: text,
  consumedUnits: z.int().nullish(),
  prepaidUnits: z.object({ enabled: z.int().nullish() }).nullish(),
});

export const unitShape = z.object({ id, displayName: text });

/** https://learn.microsoft.com/graph/api/resources/user */
export const userShape = z.object({
  id,
  displayName: text,
  userPrincipalName: text,
  mail: text,
  proxyAddresses: list(z.string()),
  accountEnabled: flag,
  userType: text,
  employeeId: text,
  createdDateTime: text,
  onPremisesImmutableId: text,
  onPremisesSyncEnabled: flag,
  signInSessionsValidFromDateTime: text,
  lastPasswordChangeDateTime: text,
  assignedLicenses: list(z.object({ skuId: id })),
  licenseAssignmentStates: list(z.object({ skuId: text, assignedByGroup: text })),
});
/** What is asked for as well, and left out where it is refused. */
export const USER_EXTRAS = { signIns: "signInActivity", leaveDates: "employeeLeaveDateTime" } as const;
export type UserExtra = keyof typeof USER_EXTRAS;
export const fullUserShape = userShape.extend({
  employeeLeaveDateTime: text,
  signInActivity: z
    .object({
      lastSuccessfulSignInDateTime: text,
      lastSignInDateTime: text,
      lastNonInteractiveSignInDateTime: text,
    })
    .nullish(),
});
export type UserShape = z.infer<typeof fullUserShape>;
export const usersPage = listPage.extend({
  /** Ours: what was refused for all users, and why. */
  without: z.array(z.object({ extra: z.enum(["signIns", "leaveDates"]), reason: z.string() })).default([]),
});

export const groupShape = z.object({
  id,
  displayName: text,
  mail: text,
  proxyAddresses: list(z.string()),
  groupTypes: list(z.string()),
  securityEnabled: flag,
  mailEnabled: flag,
  isAssignableToRole: flag,
  onPremisesSyncEnabled: flag,
  visibility: text,
  createdDateTime: text,
});
export type GroupShape = z.infer<typeof groupShape>;

/** No hint, no key, no identifier that people can set: only which credential it is and until when it works. */
const passwordCredential = z.object({
  keyId: text,
  displayName: text,
  startDateTime: text,
  endDateTime: text,
});
const keyCredential = passwordCredential.extend({ type: text, usage: text });
const publisher = z.object({ displayName: text, verifiedPublisherId: text }).nullish();

/** https://learn.microsoft.com/graph/api/resources/serviceprincipal */
export const servicePrincipalShape = z.object({
  id,
  appId: text,
  displayName: text,
  accountEnabled: flag,
  servicePrincipalType: text,
  appOwnerOrganizationId: text,
  appRoleAssignmentRequired: flag,
  servicePrincipalNames: list(z.string()),
  /** Of names that anybody may give it only the Azure resource that it stands for. */
  alternativeNames: list(z.string()).transform((names) => names?.filter((name) => name.startsWith("/"))),
  verifiedPublisher: publisher,
  appRoles: list(z.object({ id, displayName: text, value: text, isEnabled: flag })),
  passwordCredentials: list(passwordCredential),
  keyCredentials: list(keyCredential),
});
export type ServicePrincipalShape = z.infer<typeof servicePrincipalShape>;

/** https://learn.microsoft.com/graph/api/resources/application */
export const applicationShape = z.object({
  id,
  appId: id,
  displayName: text,
  createdDateTime: text,
  signInAudience: text,
  verifiedPublisher: publisher,
  passwordCredentials: list(passwordCredential),
  keyCredentials: list(keyCredential),
});
export type ApplicationShape = z.infer<typeof applicationShape>;
export type PasswordShape = z.infer<typeof passwordCredential>;
export type KeyShape = z.infer<typeof keyCredential>;

export const federatedShape = z.object({ id, name: text, issuer: text, subject: text });

/** https://learn.microsoft.com/graph/api/resources/approleassignment */
export const appRoleAssignmentShape = z.object({
  id,
  appRoleId: id,
  principalId: id,
  principalType: text,
  resourceId: text,
  createdDateTime: text,
});

/** https://learn.microsoft.com/graph/api/resources/oauth2permissiongrant */
export const grantShape = z.object({
  id,
  clientId: id,
  consentType: text,
  principalId: text,
  resourceId: text,
  scope: text,
});

/** https://learn.microsoft.com/graph/api/resources/unifiedroledefinition. `isPrivileged` is in beta only. */
export const roleDefinitionShape = z.object({
  id,
  displayName: text,
  isBuiltIn: flag,
  isPrivileged: flag,
  rolePermissions: list(z.object({ allowedResourceActions: list(z.string()) })),
});
export type RoleDefinitionShape = z.infer<typeof roleDefinitionShape>;

/** Role assignments, and the instances of schedules that PIM keeps of them. */
export const roleAssignmentShape = z.object({
  id,
  principalId: id,
  roleDefinitionId: id,
  directoryScopeId: text,
  appScopeId: text,
  principal: z.object({ "@odata.type": text }).nullish(),
  startDateTime: text,
  endDateTime: text,
  assignmentType: text,
  memberType: text,
  roleEligibilityScheduleId: text,
});
export type RoleAssignmentShape = z.infer<typeof roleAssignmentShape>;
export const rolesPage = listPage.extend({
  list: z.enum(["definitions", "assignments"]).default("assignments"),
});

/** https://learn.microsoft.com/graph/api/resources/device */
export const deviceShape = z.object({
  id,
  displayName: text,
  deviceId: text,
  accountEnabled: flag,
  operatingSystem: text,
  trustType: text,
  approximateLastSignInDateTime: text,
  registeredOwners: list(memberShape),
});

const deleted = { deletedDateTime: text };
export const deletedUserShape = z.object({
  ...deleted,
  id,
  displayName: text,
  userPrincipalName: text,
  mail: text,
  userType: text,
  employeeId: text,
});
export const deletedGroupShape = z.object({ ...deleted, id, displayName: text, mail: text });
export const deletedApplicationShape = z.object({ ...deleted, id, appId: id, displayName: text });
export const deletedServicePrincipalShape = z.object({
  ...deleted,
  id,
  appId: text,
  displayName: text,
  servicePrincipalType: text,
});

/** https://learn.microsoft.com/graph/api/resources/messagerule: of a rule only where it sends mail. */
const recipients = list(z.object({ emailAddress: z.object({ address: text }).nullish() }));
export const messageRuleShape = z.object({
  id,
  isEnabled: flag,
  actions: z
    .object({ forwardTo: recipients, forwardAsAttachmentTo: recipients, redirectTo: recipients })
    .nullish(),
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

/** Names for $select, as Graph has them. */
export const selectOf = (shape: z.ZodObject): string =>
  Object.keys(shape.shape)
    .filter((name) => !name.startsWith("@"))
    .join(",");

/** Where a page says itself that more would follow. */
export function saysTruncated(page: unknown): boolean {
  const parsed = listPage.safeParse(page);
  return parsed.success && hasMore(parsed.data);
}

export const hasMore = (page: Pick<ListPage, "more" | "@odata.nextLink">): boolean =>
  page.more === true || (page["@odata.nextLink"] ?? "") !== "";
