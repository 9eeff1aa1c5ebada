import type { Produces } from "../../src/collect/index.js";
import { AUTHORIZATION, KEYS, REPORT, SUMMARY } from "./records.js";

const EFFECTIVE = ["effectivePrivilege", "effectivePrivilegeWhy", "limitedBy", "assumesWithin"] as const;
const POLICY = [
  "arn",
  "accountId",
  "policyType",
  "createdAt",
  "privilege",
  "privilegeWhy",
  "assumes",
] as const;
const LAST_USE = ["lastUsedAt", "lastUsedService", "lastUsedRegion"] as const;

/** Which stream says what. */
export const produces = {
  [AUTHORIZATION]: {
    nodes: [
      { label: "Resource", provider: "AwsAccount", globalId: true, properties: ["accountId"] },
      {
        label: "Account",
        provider: "AwsUser",
        globalId: true,
        properties: [
          "username",
          "email",
          "path",
          "arn",
          "accountId",
          "createdAt",
          "status",
          "accountType",
          ...EFFECTIVE,
        ],
      },
      {
        label: "Group",
        provider: "AwsGroup",
        globalId: true,
        properties: ["path", "arn", "accountId", "createdAt"],
      },
      {
        label: "NonHumanIdentity",
        provider: "AwsRole",
        globalId: true,
        properties: [
          "nhiType",
          "status",
          "managedBy",
          "path",
          "arn",
          "accountId",
          "createdAt",
          "lastUsedAt",
          ...EFFECTIVE,
        ],
      },
      { label: "Entitlement", provider: "AwsPolicy", properties: POLICY },
      { label: "Entitlement", provider: "AwsManagedPolicy", properties: POLICY },
      { label: "Entitlement", provider: "AwsInlinePolicy", properties: POLICY },
    ],
    edges: [
      { type: "MEMBER_OF", properties: [] },
      { type: "HAS_ENTITLEMENT", properties: ["via"] },
      { type: "ON", properties: [] },
      { type: "CONTAINS", properties: [] },
      { type: "CAN_ASSUME", properties: ["condition", "trust", "needs", "evidence"] },
      { type: "OWNED_BY", properties: ["basis", "evidence"] },
    ],
  },
  [REPORT]: {
    nodes: [
      {
        label: "Account",
        provider: "AwsUser",
        properties: ["mfa", "consolePassword", "passwordChangedAt", "lastLoginAt", "accountTypeEvidence"],
        refines: ["status", "accountType", "username", "email", "arn", "accountId", "createdAt"],
      },
      {
        label: "Account",
        provider: "AwsRoot",
        globalId: true,
        properties: [
          "status",
          "mfa",
          "consolePassword",
          "passwordChangedAt",
          "lastLoginAt",
          "arn",
          "accountId",
          "createdAt",
          "accountType",
          "accountTypeEvidence",
        ],
      },
      {
        label: "Credential",
        provider: "AwsAccessKey",
        globalId: true,
        properties: ["credentialType", "status", "slot", "rotatedAt", ...LAST_USE],
      },
      {
        label: "Credential",
        provider: "AwsSigningCertificate",
        properties: ["credentialType", "status", "slot", "rotatedAt"],
      },
    ],
    edges: [{ type: "HAS_CREDENTIAL", properties: [] }],
  },
  [KEYS]: {
    nodes: [
      { label: "Account", provider: "AwsUser", properties: [], refines: ["status"] },
      {
        label: "Credential",
        provider: "AwsAccessKey",
        properties: ["createdAt"],
        refines: ["credentialType", "status", "rotatedAt", ...LAST_USE],
      },
    ],
    edges: [{ type: "HAS_CREDENTIAL", properties: [] }],
  },
  [SUMMARY]: { nodes: [], edges: [] },
} as const satisfies Record<string, Produces>;
