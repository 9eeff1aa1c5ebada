import { defineCollector, type Stream } from "../../src/collect/index.js";
import { classify } from "./classify.js";
import { openSession, partitionsOf, type Session } from "./client.js";
import { configSchema, type WorkspaceConfig } from "./config.js";
import { convertDelegates, convertLicenses, convertTokens, tokenClients } from "./convert-access.js";
import { convertDomains, convertGroups, convertOrgUnits } from "./convert-directory.js";
import { convertMembers } from "./convert-members.js";
import { convertAdminRoles, superAdmins } from "./convert-roles.js";
import { convertDeletedUsers, convertUsers } from "./convert-users.js";
import { fields } from "./fields.js";
import { rateLimit } from "./limits.js";
import { createMemo, type Memo } from "./memo.js";
import { notRead, permissions } from "./permissions.js";
import { produces } from "./produces.js";
import {
  readAdminRoles,
  readDeletedUsers,
  readDomains,
  readGroups,
  readOrgUnits,
  readUsers,
} from "./read.js";
import { readDelegates, readLicenses, readMembers, readTokens } from "./read-each.js";
import {
  ADMIN_ROLES,
  DELEGATES,
  DELETED_USERS,
  DOMAINS,
  GROUP_MEMBERS,
  GROUPS,
  LICENSES,
  ORG_UNITS,
  TOKENS,
  USERS,
} from "./records.js";
import { remediate } from "./remediation.js";
import { customerOf, saysTruncated } from "./shapes.js";

type WorkspaceStream = Stream<Session, Memo, WorkspaceConfig>;

function stream(
  name: keyof typeof produces,
  title: string,
  read: WorkspaceStream["read"],
  convert: WorkspaceStream["convert"],
  optional = false,
): WorkspaceStream {
  return {
    name,
    title,
    produces: produces[name],
    optional,
    read,
    convert,
    partitionOf: customerOf,
    truncated: saysTruncated,
  };
}

export const collector = defineCollector<WorkspaceConfig, Session, Memo>({
  system: "google-workspace",
  title: "Google Workspace",
  version: "1",
  category: "access",
  config: configSchema,
  permissions,
  fields,
  notRead,
  // Users and groups first: what comes after them names them.
  streams: [
    stream(DOMAINS, "the Workspace account and its domains", readDomains, convertDomains),
    stream(ORG_UNITS, "organisational units", readOrgUnits, convertOrgUnits),
    stream(USERS, "users", readUsers, convertUsers),
    stream(DELETED_USERS, "users deleted in the last 20 days", readDeletedUsers, convertDeletedUsers),
    stream(GROUPS, "groups", readGroups, convertGroups),
    stream(GROUP_MEMBERS, "members of groups", readMembers, convertMembers),
    stream(ADMIN_ROLES, "administrator roles and their assignments", readAdminRoles, convertAdminRoles),
    stream(TOKENS, "applications that users let in", readTokens, convertTokens),
    stream(LICENSES, "paid seats", readLicenses, convertLicenses, true),
    stream(DELEGATES, "mail delegates", readDelegates, convertDelegates, true),
  ],
  rateLimit,
  open: (context) => Promise.resolve(context).then(openSession),
  close: (session) => {
    session.close();
    return Promise.resolve();
  },
  partitions: partitionsOf,
  createMemo,
  *finish(context) {
    for (const record of superAdmins(context)) yield { stream: ADMIN_ROLES, record };
    for (const record of tokenClients(context)) yield { stream: TOKENS, record };
  },
  remediate,
  classify,
});
