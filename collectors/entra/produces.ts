import type { Produces } from "../../src/collect/index.js";
import type { CanonicalLabel } from "../../src/model/index.js";
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

type Edges = Produces["edges"];

const ownersOf = (...from: readonly CanonicalLabel[]): Edges => [
  { type: "OWNED_BY", properties: ["basis", "evidence"], from },
];
const on: Edges[number] = { type: "ON", properties: [] };
const credential = {
  label: "Credential",
  provider: "EntraCredential",
  properties: ["credentialType", "status", "usage", "createdAt", "expiresAt"],
} as const;
const role = ["role", "scope", "privilege", "privilegeWhy"];
const directoryRole = { label: "Entitlement", provider: "EntraDirectoryRole" } as const;

/** What each stream may emit. */
export const produces = {
  [TENANT]: {
    nodes: [
      {
        label: "Resource",
        provider: "EntraTenant",
        globalId: true,
        properties: ["tenantId", "domains", "createdAt"],
      },
    ],
    edges: [],
  },
  [LICENSES]: {
    nodes: [
      {
        label: "License",
        provider: "EntraLicense",
        properties: ["sku", "seats", "seatsUsed", "status", "costPerSeat", "currency", "renewsOn"],
      },
    ],
    edges: [],
  },
  [ADMINISTRATIVE_UNITS]: {
    nodes: [{ label: "Resource", provider: "EntraAdministrativeUnit", properties: [] }],
    edges: [{ type: "CONTAINS", properties: [] }],
  },
  [USERS]: {
    nodes: [
      {
        label: "Account",
        provider: "EntraUser",
        globalId: true,
        properties: [
          "username",
          "email",
          "employeeId",
          "status",
          "userType",
          "accountType",
          "accountTypeEvidence",
          "createdAt",
          "lastLoginAt",
          "leaveAt",
          "passwordChangedAt",
          "sessionsValidFrom",
          "immutableId",
          "synced",
        ],
      },
    ],
    edges: [{ type: "USES_SEAT", properties: ["via"] }],
  },
  [SPONSORS]: { nodes: [], edges: ownersOf("Account") },
  [GROUPS]: {
    nodes: [
      {
        label: "Group",
        provider: "EntraGroup",
        globalId: true,
        properties: ["email", "groupKind", "membership", "assignableToRole", "hiddenMembers", "createdAt"],
      },
    ],
    edges: [],
  },
  [GROUP_MEMBERS]: { nodes: [], edges: [{ type: "MEMBER_OF", properties: [] }] },
  [GROUP_OWNERS]: { nodes: [], edges: ownersOf("Group") },
  [SERVICE_PRINCIPALS]: {
    nodes: [
      {
        label: "NonHumanIdentity",
        provider: "EntraServicePrincipal",
        globalId: true,
        properties: ["nhiType", "status", "managedBy", "appId", "purpose"],
      },
      {
        label: "Application",
        provider: "EntraApplication",
        properties: ["appId", "firstParty", "publisher", "ownerTenant", "verifiedPublisher"],
      },
      {
        label: "Resource",
        provider: "EntraAppInstance",
        properties: ["appId", "status", "signsInTo", "assignmentRequired"],
      },
      {
        label: "Entitlement",
        provider: "EntraAppRole",
        properties: ["value", "enabled", "privilege", "privilegeWhy"],
      },
      credential,
    ],
    edges: [{ type: "RUNS_AS", properties: [] }, on, { type: "HAS_CREDENTIAL", properties: [] }],
  },
  [SERVICE_PRINCIPAL_OWNERS]: { nodes: [], edges: ownersOf("NonHumanIdentity") },
  [APPLICATIONS]: {
    nodes: [
      {
        label: "Application",
        provider: "EntraApplication",
        properties: ["objectId", "createdAt", "audience"],
        refines: ["appId", "firstParty", "publisher", "ownerTenant"],
      },
      credential,
    ],
    edges: [{ type: "HAS_CREDENTIAL", properties: [] }],
  },
  [APPLICATION_OWNERS]: { nodes: [], edges: ownersOf("Application") },
  [FEDERATED_CREDENTIALS]: {
    nodes: [
      {
        label: "Credential",
        provider: "EntraCredential",
        properties: ["issuer", "subject"],
        refines: ["credentialType", "status"],
      },
    ],
    edges: [
      { type: "HAS_CREDENTIAL", properties: [] },
      { type: "CAN_ASSUME", properties: ["trust", "credentialId"] },
    ],
  },
  [APP_ROLE_ASSIGNMENTS]: {
    nodes: [
      {
        label: "Entitlement",
        provider: "EntraAppRole",
        properties: [],
        refines: ["privilege", "privilegeWhy"],
      },
    ],
    edges: [on, { type: "HAS_ENTITLEMENT", properties: ["directMembersOnly", "assignmentId"] }],
  },
  [OAUTH_GRANTS]: {
    nodes: [
      {
        label: "OAuthGrant",
        provider: "EntraOAuthGrant",
        properties: ["scopes", "consentType", "api", "privilege", "privilegeWhy"],
      },
    ],
    edges: [
      { type: "TO", properties: [] },
      { type: "CONSENTED", properties: [] },
    ],
  },
  [DIRECTORY_ROLES]: {
    nodes: [{ ...directoryRole, properties: role }],
    edges: [
      on,
      {
        type: "HAS_ENTITLEMENT",
        properties: ["directMembersOnly", "assignmentId", "startsAt", "endsAt", "via"],
      },
    ],
  },
  [ROLE_ELIGIBILITY]: {
    nodes: [{ ...directoryRole, properties: [], refines: role }],
    edges: [
      on,
      {
        type: "HAS_ENTITLEMENT",
        properties: ["assignment", "directMembersOnly", "startsAt", "endsAt", "via"],
      },
    ],
  },
  /** It is the role assignments that carry what it says. */
  [ROLE_SCHEDULES]: { nodes: [], edges: [] },
  [DEVICES]: {
    nodes: [
      {
        label: "Resource",
        provider: "EntraDevice",
        globalId: true,
        properties: ["deviceId", "status", "operatingSystem", "trustType", "lastUsedAt"],
      },
    ],
    edges: ownersOf("Resource"),
  },
  [DELETED_USERS]: {
    nodes: [
      {
        label: "Account",
        provider: "EntraUser",
        properties: ["deletedAt"],
        refines: [
          "username",
          "email",
          "employeeId",
          "status",
          "userType",
          "accountType",
          "accountTypeEvidence",
        ],
      },
    ],
    edges: [],
  },
  [DELETED_GROUPS]: {
    nodes: [
      { label: "Group", provider: "EntraGroup", properties: ["status", "deletedAt"], refines: ["email"] },
    ],
    edges: [],
  },
  [DELETED_APPLICATIONS]: {
    nodes: [
      {
        label: "Application",
        provider: "EntraApplication",
        properties: ["status", "deletedAt"],
        refines: ["appId"],
      },
    ],
    edges: [],
  },
  [DELETED_SERVICE_PRINCIPALS]: {
    nodes: [
      {
        label: "NonHumanIdentity",
        provider: "EntraServicePrincipal",
        properties: ["deletedAt"],
        refines: ["nhiType", "appId", "status"],
      },
    ],
    edges: [],
  },
  [MAIL_FORWARDING]: {
    nodes: [{ label: "Resource", provider: "EntraMailbox", properties: ["forwardsTo"] }],
    edges: ownersOf("Resource"),
  },
} as const satisfies Record<string, Produces>;
