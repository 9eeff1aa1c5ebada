import type { z } from "zod";
import { defineCollector, type Stream } from "../../src/collect/index.js";
import { openSession, type Session } from "./client.js";
import { configSchema, type EntraConfig } from "./config.js";
import {
  applicationOf,
  convertApplications,
  convertAppRoleAssignments,
  convertFederatedCredentials,
  convertGrants,
  convertServicePrincipals,
} from "./convert-applications.js";
import {
  convertGroups,
  convertLicenses,
  convertMembers,
  convertSponsors,
  convertTenant,
  convertUnits,
  convertUsers,
  ownersOf,
} from "./convert-directory.js";
import {
  convertDeletedApplications,
  convertDeletedGroups,
  convertDeletedServicePrincipals,
  convertDeletedUsers,
  convertDevices,
  convertMailForwarding,
} from "./convert-rest.js";
import { convertDirectoryRoles, convertEligibility, convertSchedules } from "./convert-roles.js";
import { classify } from "./errors.js";
import { fields } from "./fields.js";
import { rateLimit } from "./limits.js";
import { createMemo, type Memo } from "./memo.js";
import { groupKey, spKey } from "./names.js";
import { NEEDS, notRead, permissions } from "./permissions.js";
import { produces } from "./produces.js";
import {
  checkAccess,
  readDevices,
  readDirectoryRoles,
  readEligibility,
  readList,
  readSchedules,
  readTenant,
  readUsers,
} from "./read.js";
import {
  readApplicationOwners,
  readAppRoleAssignments,
  readFederatedCredentials,
  readGroupOwners,
  readMailForwarding,
  readMembers,
  readServicePrincipalOwners,
  readSponsors,
} from "./read-each.js";
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
import { remediate } from "./remediation.js";
import {
  applicationShape,
  deletedApplicationShape,
  deletedGroupShape,
  deletedServicePrincipalShape,
  deletedUserShape,
  grantShape,
  groupShape,
  saysTruncated,
  servicePrincipalShape,
  skuShape,
  unitShape,
} from "./shapes.js";

type EntraStream = Stream<Session, Memo, EntraConfig>;

function stream(
  name: keyof typeof produces,
  title: string,
  read: EntraStream["read"],
  convert: EntraStream["convert"],
  optional = false,
): EntraStream {
  return {
    name,
    title,
    produces: produces[name],
    optional,
    read,
    convert,
    // A page does not say whose it is: one source reads one tenant.
    partitionOf: (_page, { tenantId }) => tenantId,
    truncated: saysTruncated,
  };
}

/** A list of directory objects, which Graph counts. */
const counted = (name: keyof typeof produces, path: string, shape: z.ZodObject, permission: string) =>
  readList({ stream: name, path, shape, permission, counted: true });
const deletedItems = (name: keyof typeof produces, type: string, shape: z.ZodObject, permission: string) =>
  counted(name, `/directory/deletedItems/microsoft.graph.${type}`, shape, permission);
const { applications } = NEEDS;

export const collector = defineCollector<EntraConfig, Session, Memo>({
  system: "entra",
  title: "Microsoft Entra ID",
  version: "1",
  category: "access",
  config: configSchema,
  permissions,
  fields,
  notRead,
  // What is asked for each object of a list comes after the list; what names objects, after what describes them.
  streams: [
    stream(TENANT, "the tenant", readTenant, convertTenant),
    stream(
      LICENSES,
      "paid licences",
      readList({
        stream: LICENSES,
        path: "/subscribedSkus",
        shape: skuShape,
        permission: NEEDS.organization,
        top: 0,
        select: "",
      }),
      convertLicenses,
    ),
    stream(
      ADMINISTRATIVE_UNITS,
      "administrative units",
      counted(ADMINISTRATIVE_UNITS, "/directory/administrativeUnits", unitShape, NEEDS.administrativeUnits),
      convertUnits,
    ),
    stream(USERS, "users and their seats", readUsers, convertUsers),
    stream(SPONSORS, "sponsors of guests", readSponsors, convertSponsors),
    stream(GROUPS, "groups", counted(GROUPS, "/groups", groupShape, NEEDS.groups), convertGroups),
    stream(GROUP_MEMBERS, "members of groups", readMembers, convertMembers),
    stream(
      GROUP_OWNERS,
      "owners of groups",
      readGroupOwners,
      ownersOf(GROUP_OWNERS, (id, { source }) => groupKey(source, id)),
    ),
    stream(
      SERVICE_PRINCIPALS,
      "service principals, their roles and credentials",
      counted(SERVICE_PRINCIPALS, "/servicePrincipals", servicePrincipalShape, applications),
      convertServicePrincipals,
    ),
    stream(
      SERVICE_PRINCIPAL_OWNERS,
      "owners of service principals",
      readServicePrincipalOwners,
      ownersOf(SERVICE_PRINCIPAL_OWNERS, (id, { source }) => spKey(source, id)),
    ),
    stream(
      APPLICATIONS,
      "application registrations and their credentials",
      counted(APPLICATIONS, "/applications", applicationShape, applications),
      convertApplications,
    ),
    stream(
      APPLICATION_OWNERS,
      "owners of application registrations",
      readApplicationOwners,
      ownersOf(APPLICATION_OWNERS, applicationOf),
    ),
    stream(
      FEDERATED_CREDENTIALS,
      "federated credentials of applications",
      readFederatedCredentials,
      convertFederatedCredentials,
    ),
    stream(
      APP_ROLE_ASSIGNMENTS,
      "assignments to applications",
      readAppRoleAssignments,
      convertAppRoleAssignments,
    ),
    stream(
      OAUTH_GRANTS,
      "what users and administrators consented to",
      counted(OAUTH_GRANTS, "/oauth2PermissionGrants", grantShape, NEEDS.grants),
      convertGrants,
    ),
    stream(ROLE_SCHEDULES, "until when directory roles are held", readSchedules, convertSchedules, true),
    stream(DIRECTORY_ROLES, "directory roles and who holds them", readDirectoryRoles, convertDirectoryRoles),
    stream(
      ROLE_ELIGIBILITY,
      "directory roles that can be activated",
      readEligibility,
      convertEligibility,
      true,
    ),
    stream(DEVICES, "devices and their owners", readDevices, convertDevices),
    stream(
      DELETED_USERS,
      "users deleted in the last 30 days",
      deletedItems(DELETED_USERS, "user", deletedUserShape, NEEDS.users),
      convertDeletedUsers,
    ),
    stream(
      DELETED_GROUPS,
      "Microsoft 365 groups deleted in the last 30 days",
      deletedItems(DELETED_GROUPS, "group", deletedGroupShape, NEEDS.deletedGroups),
      convertDeletedGroups,
      true,
    ),
    stream(
      DELETED_APPLICATIONS,
      "applications deleted in the last 30 days",
      deletedItems(DELETED_APPLICATIONS, "application", deletedApplicationShape, applications),
      convertDeletedApplications,
    ),
    stream(
      DELETED_SERVICE_PRINCIPALS,
      "service principals deleted in the last 30 days",
      deletedItems(
        DELETED_SERVICE_PRINCIPALS,
        "servicePrincipal",
        deletedServicePrincipalShape,
        applications,
      ),
      convertDeletedServicePrincipals,
    ),
    stream(MAIL_FORWARDING, "inbox rules that send mail on", readMailForwarding, convertMailForwarding, true),
  ],
  rateLimit,
  open: (context) => Promise.resolve(context).then(openSession),
  close: (session) => {
    session.close();
    return Promise.resolve();
  },
  partitions: (_session, { config }) => Promise.resolve([{ id: config.tenantId }]),
  check: (session, { call }) => checkAccess(session, call),
  createMemo,
  remediate,
  classify,
});
