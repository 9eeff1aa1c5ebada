import type { Produces } from "../../src/collect/index.js";
import { ACCOUNT_POLICIES, ACCOUNTS, KEYS, POLICIES, POOLS, RESOURCES, ROLES } from "./memo.js";

const CONDITION = ["condition", "conditionTitle", "conditionDescribed"] as const;
/** What describes a member that is no account of the project, wherever a policy names it. */
const HOLDERS = [
  { label: "Group", provider: "GooglePublic", properties: ["member"] },
  { label: "Group", provider: "GoogleBasicRole", properties: ["member", "project", "role"] },
  {
    label: "NonHumanIdentity",
    provider: "GoogleServiceAgent",
    properties: ["email", "nhiType", "status", "managedBy"],
  },
] as const;

/** Which stream says what. */
export const produces = {
  [RESOURCES]: {
    nodes: [
      {
        label: "Resource",
        provider: "GoogleOrganization",
        globalId: true,
        properties: ["resource", "customerId", "status", "createdAt"],
      },
      {
        label: "Resource",
        provider: "GoogleFolder",
        globalId: true,
        properties: ["resource", "status", "createdAt"],
      },
      {
        label: "Resource",
        provider: "GoogleProject",
        globalId: true,
        properties: ["resource", "displayName", "projectId", "projectNumber", "status", "createdAt"],
      },
      { label: "Group", provider: "GoogleServiceAccounts", properties: ["member", "resource"] },
    ],
    edges: [
      { type: "CONTAINS", properties: [] },
      { type: "MEMBER_OF", properties: [], from: ["Group"] },
      { type: "OWNED_BY", properties: ["basis", "evidence"], from: ["Resource"] },
    ],
  },
  [ACCOUNTS]: {
    nodes: [
      {
        label: "NonHumanIdentity",
        provider: "GoogleServiceAccount",
        globalId: true,
        properties: ["displayName", "email", "uniqueId", "projectId", "nhiType", "managedBy", "status"],
      },
    ],
    edges: [
      { type: "CONTAINS", properties: [] },
      { type: "MEMBER_OF", properties: [], from: ["NonHumanIdentity"] },
      { type: "OWNED_BY", properties: ["basis", "evidence"], from: ["NonHumanIdentity"] },
    ],
  },
  [POLICIES]: {
    nodes: [
      {
        label: "Entitlement",
        provider: "GoogleRole",
        properties: ["role", "resource", "roleType", "privilege", "privilegeWhy", "confers"],
      },
      ...HOLDERS,
    ],
    edges: [
      { type: "ON", properties: [] },
      { type: "HAS_ENTITLEMENT", properties: CONDITION },
      { type: "MEMBER_OF", properties: [] },
    ],
  },
  [ROLES]: {
    nodes: [
      {
        label: "Entitlement",
        provider: "GoogleRole",
        properties: ["title"],
        refines: ["privilege", "privilegeWhy", "confers"],
      },
    ],
    edges: [{ type: "ON", properties: [] }],
  },
  [ACCOUNT_POLICIES]: {
    nodes: [...HOLDERS],
    edges: [
      { type: "CAN_ASSUME", properties: ["role", ...CONDITION] },
      { type: "MEMBER_OF", properties: [] },
    ],
  },
  [KEYS]: {
    nodes: [
      {
        label: "Credential",
        provider: "GoogleServiceAccountKey",
        globalId: true,
        properties: [
          "keyId",
          "credentialType",
          "status",
          "disableReason",
          "origin",
          "createdAt",
          "expiresAt",
          "account",
          "projectId",
        ],
      },
    ],
    edges: [{ type: "HAS_CREDENTIAL", properties: [] }],
  },
  [POOLS]: {
    nodes: [
      { label: "Resource", provider: "GoogleWorkloadPool", properties: ["resource", "status", "providers"] },
    ],
    edges: [
      { type: "CONTAINS", properties: [] },
      { type: "SAME_AS", properties: ["evidence", "condition", "providerName"] },
    ],
  },
} as const satisfies Record<string, Produces>;
