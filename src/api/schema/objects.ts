import type { EdgeType } from "../../model/index.js";
import type { Direction } from "../neighbours.js";

/**
 * How a property is shown: `known` says `unknown` where the property is missing; the others say null, or an empty
 * list.
 */
export type Kind = "known" | "string" | "instant" | "flag" | "strings";

/** A field that leads along an edge. */
export interface Joined {
  readonly field: string;
  readonly type: ObjectName;
  readonly edge: EdgeType;
  readonly direction: Direction;
  readonly description: string;
}

export type ObjectName = "Person" | "Employment" | "Account" | "NonHumanIdentity" | "Credential" | "Entity";

export interface ObjectShape {
  readonly type: ObjectName;
  readonly description: string;
  readonly properties: Readonly<Record<string, Kind>>;
  readonly joined: readonly Joined[];
}

const credentials: Joined = {
  field: "credentials",
  type: "Credential",
  edge: "HAS_CREDENTIAL",
  direction: "out",
  description: "Its keys, secrets and certificates.",
};
const owners: Joined = {
  field: "owners",
  type: "Entity",
  edge: "OWNED_BY",
  direction: "out",
  description: "Who answers for it.",
};
const groups: Joined = {
  field: "groups",
  type: "Entity",
  edge: "MEMBER_OF",
  direction: "out",
  description: "The groups it is a direct member of.",
};
const entitlements: Joined = {
  field: "entitlements",
  type: "Entity",
  edge: "HAS_ENTITLEMENT",
  direction: "out",
  description: "What it holds itself; `reach` has what it holds through others.",
};
const canAssume: Joined = {
  field: "canAssume",
  type: "Entity",
  edge: "CAN_ASSUME",
  direction: "out",
  description: "The roles and identities it may act as.",
};

/** Objects of the access graph with the properties that the vocabulary gives them, and what they are joined to. */
export const OBJECTS: readonly ObjectShape[] = [
  {
    type: "Person",
    description: "A human worker, however many employments.",
    properties: { emails: "strings", workerIds: "strings", universalId: "string", missing: "flag" },
    joined: [
      {
        field: "employments",
        type: "Employment",
        edge: "EMPLOYED_AS",
        direction: "out",
        description: "The edge says `since` and `until` (epoch ms, exclusive).",
      },
      {
        field: "accounts",
        type: "Account",
        edge: "HAS_ACCOUNT",
        direction: "out",
        description: "The edge says by which rule, how sure, and on which evidence.",
      },
      {
        field: "managers",
        type: "Person",
        edge: "REPORTS_TO",
        direction: "out",
        description: "Whom the person reports to.",
      },
      {
        field: "reports",
        type: "Person",
        edge: "REPORTS_TO",
        direction: "in",
        description: "Who reports to the person.",
      },
      {
        field: "owns",
        type: "Entity",
        edge: "OWNED_BY",
        direction: "in",
        description: "What the person answers for.",
      },
    ],
  },
  {
    type: "Employment",
    description: "One stretch of work in the HR record. `start` and `end` are its first and last day.",
    properties: {
      workerId: "string",
      status: "known",
      start: "string",
      end: "string",
      startsAt: "instant",
      endsAt: "instant",
      type: "known",
      department: "string",
      title: "string",
      manager: "string",
      zone: "string",
      missing: "flag",
      missingAt: "instant",
    },
    joined: [
      {
        field: "people",
        type: "Person",
        edge: "EMPLOYED_AS",
        direction: "in",
        description: "Whose employment it is.",
      },
    ],
  },
  {
    type: "Account",
    description: "A login, held by a human or not yet known.",
    properties: {
      username: "string",
      email: "string",
      employeeId: "string",
      status: "known",
      accountType: "known",
      accountTypeEvidence: "string",
      disputed: "strings",
      createdAt: "instant",
      lastLoginAt: "instant",
      mfa: "flag",
      effectivePrivilege: "string",
      effectivePrivilegeWhy: "string",
      limitedBy: "strings",
    },
    joined: [
      {
        field: "people",
        type: "Person",
        edge: "HAS_ACCOUNT",
        direction: "in",
        description: "Who holds it; the edge says how that is known.",
      },
      credentials,
      groups,
      entitlements,
      canAssume,
      owners,
    ],
  },
  {
    type: "NonHumanIdentity",
    description: "A service account, service principal, role, bot or other identity that is no human.",
    properties: {
      nhiType: "string",
      status: "known",
      purpose: "string",
      managedBy: "known",
      createdAt: "instant",
      lastUsedAt: "instant",
      effectivePrivilege: "string",
      effectivePrivilegeWhy: "string",
      limitedBy: "strings",
    },
    joined: [
      owners,
      credentials,
      groups,
      entitlements,
      canAssume,
      {
        field: "assumableBy",
        type: "Entity",
        edge: "CAN_ASSUME",
        direction: "in",
        description: "Who may act as it.",
      },
    ],
  },
  {
    type: "Credential",
    description: "A key, secret, certificate or token; never the secret itself.",
    properties: {
      credentialType: "known",
      status: "known",
      createdAt: "instant",
      lastUsedAt: "instant",
      expiresAt: "instant",
    },
    joined: [
      {
        field: "holders",
        type: "Entity",
        edge: "HAS_CREDENTIAL",
        direction: "in",
        description: "What it lets in as.",
      },
    ],
  },
  {
    type: "Entity",
    description: "Anything in the access graph, seen without what its kind knows more.",
    properties: { status: "string" },
    joined: [],
  },
];
