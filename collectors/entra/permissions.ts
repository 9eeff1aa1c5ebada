import type { Permission } from "../../src/collect/index.js";
import {
  ADMINISTRATIVE_UNITS,
  APP_ROLE_ASSIGNMENTS,
  APPLICATION_OWNERS,
  APPLICATIONS,
  DELETED_APPLICATIONS,
  DELETED_GROUPS,
  DELETED_SERVICE_PRINCIPALS,
  DELETED_USERS,
  DEVICES,
  DIRECTORY_ROLES,
  FEDERATED_CREDENTIALS,
  GROUP_MEMBERS,
  GROUP_OWNERS,
  GROUPS,
  LICENSES,
  MAIL_FORWARDING,
  OAUTH_GRANTS,
  ROLE_ELIGIBILITY,
  ROLE_SCHEDULES,
  SERVICE_PRINCIPAL_OWNERS,
  SERVICE_PRINCIPALS,
  SPONSORS,
  TENANT,
  USERS,
} from "./records.js";

/** Application permissions of Microsoft Graph. https://learn.microsoft.com/graph/permissions-reference */
export const NEEDS = {
  organization: "Organization.Read.All",
  users: "User.Read.All",
  signIns: "AuditLog.Read.All",
  leaveDates: "User-LifeCycleInfo.Read.All",
  groups: "GroupMember.Read.All",
  hiddenMembers: "Member.Read.Hidden",
  deletedGroups: "Group.Read.All",
  applications: "Application.Read.All",
  grants: "Directory.Read.All",
  administrativeUnits: "AdministrativeUnit.Read.All",
  roles: "RoleManagement.Read.Directory",
  eligibility: "RoleEligibilitySchedule.Read.Directory",
  schedules: "RoleAssignmentSchedule.Read.Directory",
  devices: "Device.Read.All",
  mailboxes: "MailboxSettings.Read",
} as const;

export const permissions: readonly Permission[] = [
  {
    name: NEEDS.organization,
    why: "which tenant it is, its domains, and the licences it pays for",
    streams: [TENANT, LICENSES],
  },
  {
    name: NEEDS.users,
    why: "users, deleted users and the sponsors of guests; nobody is known without it",
    streams: [USERS, SPONSORS, DELETED_USERS],
  },
  {
    name: NEEDS.signIns,
    why: "when somebody signed in last; needs Entra ID P1, and without it users are read without that date",
    streams: [USERS],
    optional: true,
  },
  {
    name: NEEDS.leaveDates,
    why: "the day the directory itself expects somebody to leave on; without it users are read without that date",
    streams: [USERS],
    optional: true,
  },
  {
    name: NEEDS.groups,
    why: "groups, who is in them and who owns them",
    streams: [GROUPS, GROUP_MEMBERS, GROUP_OWNERS],
  },
  {
    name: NEEDS.hiddenMembers,
    why: "members of groups whose membership is hidden; without it those groups make group-members partial",
    streams: [GROUP_MEMBERS],
    optional: true,
  },
  {
    name: NEEDS.deletedGroups,
    why: "groups that were deleted and can be restored, with all their access",
    streams: [DELETED_GROUPS],
    optional: true,
  },
  {
    name: NEEDS.applications,
    why: "applications and service principals, their owners and credentials, and who is assigned to them",
    streams: [
      SERVICE_PRINCIPALS,
      SERVICE_PRINCIPAL_OWNERS,
      APPLICATIONS,
      APPLICATION_OWNERS,
      FEDERATED_CREDENTIALS,
      APP_ROLE_ASSIGNMENTS,
      DELETED_APPLICATIONS,
      DELETED_SERVICE_PRINCIPALS,
    ],
  },
  {
    name: NEEDS.grants,
    why: "what users and administrators consented to; Graph documents it as the least that lists them: DelegatedPermissionGrant.Read.All exists, and no call's documentation names it",
    streams: [OAUTH_GRANTS],
  },
  {
    name: NEEDS.administrativeUnits,
    why: "administrative units, to which directory roles may be limited",
    streams: [ADMINISTRATIVE_UNITS],
  },
  {
    name: NEEDS.roles,
    why: "directory roles and who holds them",
    streams: [DIRECTORY_ROLES],
  },
  {
    name: NEEDS.eligibility,
    why: "who may activate which directory role (PIM); needs Entra ID P2 or Governance",
    streams: [ROLE_ELIGIBILITY],
    optional: true,
  },
  {
    name: NEEDS.schedules,
    why: "until when directory roles are held, and which were activated (PIM); needs Entra ID P2 or Governance",
    streams: [ROLE_SCHEDULES],
    optional: true,
  },
  {
    name: NEEDS.devices,
    why: "devices and their registered owners",
    streams: [DEVICES],
  },
  {
    name: NEEDS.mailboxes,
    why: "inbox rules that forward or redirect mail; only where mailForwarding is not false",
    streams: [MAIL_FORWARDING],
    optional: true,
  },
];

/** What people may expect and does not come. */
export const notRead: readonly string[] = [
  "mailbox delegates, Send As and Full Access, and forwarding that an administrator set on a mailbox: Exchange Online keeps them, and Graph does not show them",
  "authentication methods: whether somebody registered MFA",
  "eligible members and owners of groups (PIM for Groups): Graph lists them group by group only",
  "members of administrative units, and roles of other providers: Exchange, Intune, entitlement management, Azure resources",
  "federated credentials of user-assigned managed identities: Azure Resource Manager keeps them",
  "when a credential of an application was used last",
  "conditional access, consent policies and cross-tenant settings",
  "security groups after they were deleted: Entra ID keeps only deleted Microsoft 365 groups, users, applications and service principals, for 30 days",
  "notes, descriptions and hints of secrets: never asked for, or dropped before a page is kept",
  "prices of seats: they come from the configuration",
];
