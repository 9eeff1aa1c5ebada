import type { Permission } from "../../src/collect/index.js";
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

/** What a call needs: a scope of the service account, and a privilege of the administrator it acts for. */
export interface Need {
  readonly scope: string;
  /** As the Admin console words it, under Admin roles. */
  readonly privilege: string;
  readonly api: string;
}

const AUTH = "https://www.googleapis.com/auth/";
const ADMIN_SDK = "Admin SDK API";
export const NEEDS = {
  customer: {
    scope: `${AUTH}admin.directory.customer.readonly`,
    privilege: "any administrator role",
    api: ADMIN_SDK,
  },
  domains: {
    scope: `${AUTH}admin.directory.domain.readonly`,
    privilege: "Domain Management",
    api: ADMIN_SDK,
  },
  orgUnits: {
    scope: `${AUTH}admin.directory.orgunit.readonly`,
    privilege: "Organizational Units > Read",
    api: ADMIN_SDK,
  },
  users: { scope: `${AUTH}admin.directory.user.readonly`, privilege: "Users > Read", api: ADMIN_SDK },
  groups: { scope: `${AUTH}admin.directory.group.readonly`, privilege: "Groups > Read", api: ADMIN_SDK },
  members: {
    scope: `${AUTH}admin.directory.group.member.readonly`,
    privilege: "Groups > Read",
    api: ADMIN_SDK,
  },
  roles: {
    scope: `${AUTH}admin.directory.rolemanagement.readonly`,
    privilege: "super administrator",
    api: ADMIN_SDK,
  },
  tokens: {
    scope: `${AUTH}admin.directory.user.security`,
    privilege: "User Security Management",
    api: ADMIN_SDK,
  },
  licenses: {
    scope: `${AUTH}apps.licensing`,
    privilege: "License Management > License Read",
    api: "Enterprise License Manager API",
  },
  delegates: { scope: `${AUTH}gmail.settings.basic`, privilege: "none", api: "Gmail API" },
} as const satisfies Record<string, Need>;

export const permissions: readonly Permission[] = [
  {
    name: NEEDS.customer.scope,
    why: "which Workspace account it is; nothing can be read without it",
    streams: [DOMAINS],
  },
  {
    name: NEEDS.domains.scope,
    why: "whose domains are the company's own, and who is everybody in one; the administrator needs Domain Management",
    streams: [DOMAINS],
  },
  {
    name: NEEDS.orgUnits.scope,
    why: "what administrators of a part may administer; the administrator needs Organizational Units > Read",
    streams: [ORG_UNITS],
  },
  {
    name: NEEDS.users.scope,
    why: "users and deleted users; nobody is known without it; the administrator needs Users > Read",
    streams: [USERS, DELETED_USERS],
  },
  {
    name: NEEDS.groups.scope,
    why: "groups; the administrator needs Groups > Read",
    streams: [GROUPS],
  },
  {
    name: NEEDS.members.scope,
    why: "who is in which group; the administrator needs Groups > Read",
    streams: [GROUP_MEMBERS],
  },
  {
    name: NEEDS.roles.scope,
    why: "administrator roles and who has them; only a super administrator may read them",
    streams: [ADMIN_ROLES],
  },
  {
    name: NEEDS.tokens.scope,
    why: "which applications users let in; Google has no narrower scope, and this one could also revoke; the administrator needs User Security Management",
    streams: [TOKENS],
  },
  {
    name: NEEDS.licenses.scope,
    why: "who has which paid seat; Google has no narrower scope; the administrator needs License Management > License Read",
    streams: [LICENSES],
    optional: true,
  },
  {
    name: NEEDS.delegates.scope,
    why: "who may read and send somebody else's mail; the narrowest scope that shows it, which cannot read mail and could change settings such as filters",
    streams: [DELEGATES],
    optional: true,
  },
];

export const notRead: readonly string[] = [
  "passwords of applications, backup codes and security keys: only whether two-step verification is on",
  "recovery addresses, telephone numbers, notes and custom attributes of users: never asked for",
  "when an application used a token last: the API does not say",
  "users deleted more than 20 days ago: Google forgets them",
  "delegates of a mailbox that is closed (its user suspended or archived, or without a licence for Gmail): those known before stay as they were",
  "forwarding, send-as addresses, sharing of calendars and Drive files, mobile and Chrome devices",
  "who may join a group or see its members, and the queries of dynamic groups",
  "which applications the Admin console blocks, and grants by domain-wide delegation",
  "seats of products that are not in the list that was made of them in 2026, unless the configuration names them",
  "prices of seats: they come from the configuration",
];
