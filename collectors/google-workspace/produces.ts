import type { Produces } from "../../src/collect/index.js";
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

/** Which stream says what. */
export const produces = {
  [DOMAINS]: {
    nodes: [
      {
        label: "Resource",
        provider: "WorkspaceCustomer",
        globalId: true,
        properties: ["customerId", "domain", "createdAt"],
      },
      { label: "Group", provider: "WorkspaceDomain", properties: ["domain", "primary", "verified"] },
      { label: "Group", provider: "WorkspaceEveryone", properties: ["customerId"] },
    ],
    edges: [{ type: "MEMBER_OF", properties: [] }],
  },
  [ORG_UNITS]: {
    nodes: [{ label: "Resource", provider: "WorkspaceOrgUnit", properties: ["path"] }],
    edges: [{ type: "CONTAINS", properties: [] }],
  },
  [USERS]: {
    nodes: [
      {
        label: "Account",
        provider: "WorkspaceUser",
        globalId: true,
        properties: [
          "username",
          "email",
          "employeeId",
          "status",
          "accountType",
          "suspended",
          "suspensionReason",
          "archived",
          "createdAt",
          "lastLoginAt",
          "neverLoggedIn",
          "mfa",
          "mfaEnforced",
          "superAdmin",
          "delegatedAdmin",
          "effectivePrivilege",
          "effectivePrivilegeWhy",
          "orgUnit",
        ],
      },
    ],
    edges: [{ type: "MEMBER_OF", properties: [] }],
  },
  [DELETED_USERS]: {
    nodes: [
      {
        label: "Account",
        provider: "WorkspaceUser",
        properties: ["deletedAt"],
        refines: ["username", "email", "employeeId", "status", "accountType", "createdAt", "lastLoginAt"],
      },
    ],
    edges: [],
  },
  [GROUPS]: {
    nodes: [
      {
        label: "Group",
        provider: "WorkspaceGroup",
        globalId: true,
        properties: ["email", "adminCreated"],
      },
    ],
    edges: [],
  },
  [GROUP_MEMBERS]: { nodes: [], edges: [{ type: "MEMBER_OF", properties: ["role", "memberStatus"] }] },
  [ADMIN_ROLES]: {
    nodes: [
      {
        label: "Entitlement",
        provider: "WorkspaceAdminRole",
        properties: ["roleId", "systemRole", "superAdmin", "privilege", "privilegeWhy"],
      },
    ],
    edges: [
      { type: "HAS_ENTITLEMENT", properties: ["condition", "endsAt", "via", "assignmentId"] },
      { type: "ON", properties: [] },
    ],
  },
  [TOKENS]: {
    nodes: [
      {
        label: "OAuthGrant",
        provider: "WorkspaceToken",
        properties: [
          "clientId",
          "scopes",
          "consentType",
          "privilege",
          "privilegeWhy",
          "anonymous",
          "nativeApp",
        ],
      },
      {
        label: "Application",
        provider: "WorkspaceClient",
        properties: ["clientId", "anonymous", "nativeApp"],
      },
    ],
    edges: [
      { type: "CONSENTED", properties: [] },
      { type: "TO", properties: [] },
    ],
  },
  [LICENSES]: {
    nodes: [
      {
        label: "License",
        provider: "WorkspaceLicense",
        properties: ["productId", "skuId", "sku", "costPerSeat", "currency", "renewsOn"],
      },
    ],
    edges: [{ type: "USES_SEAT", properties: [] }],
  },
  [DELEGATES]: {
    nodes: [
      { label: "Resource", provider: "WorkspaceMailbox", properties: ["email"] },
      {
        label: "Entitlement",
        provider: "WorkspaceMailboxDelegate",
        properties: ["privilege", "privilegeWhy"],
      },
    ],
    edges: [
      { type: "HAS_ENTITLEMENT", properties: [] },
      { type: "ON", properties: [] },
      { type: "OWNED_BY", properties: ["basis", "evidence"], from: ["Resource"] },
    ],
  },
} as const satisfies Record<string, Produces>;
