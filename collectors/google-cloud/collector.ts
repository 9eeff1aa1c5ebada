import { defineCollector, type Stream } from "../../src/collect/index.js";
import { openSession, type Session } from "./client.js";
import { configSchema, type GoogleCloudConfig } from "./config.js";
import { convertAccountPolicies, convertAccounts, convertKeys } from "./convert-accounts.js";
import { convertPolicies } from "./convert-policies.js";
import { convertPools } from "./convert-pools.js";
import { convertResources } from "./convert-resources.js";
import { convertRoles } from "./convert-roles.js";
import { classify } from "./errors.js";
import { assetExport } from "./export.js";
import { fields, notRead } from "./fields.js";
import { partitionsOf, walk } from "./hierarchy.js";
import { rateLimit } from "./limits.js";
import {
  ACCOUNT_POLICIES,
  ACCOUNTS,
  createMemo,
  KEYS,
  type Memo,
  POLICIES,
  POOLS,
  RESOURCES,
  ROLES,
  type StreamName,
} from "./memo.js";
import { converting, partitionOf } from "./page.js";
import { permissions } from "./permissions.js";
import { produces } from "./produces.js";
import { readPolicies, readResources } from "./read.js";
import { readAccountPolicies, readAccounts, readKeys } from "./read-accounts.js";
import { readPools } from "./read-pools.js";
import { readRoles } from "./read-roles.js";
import { remediate } from "./remediation.js";

type GoogleStream = Stream<Session, Memo, GoogleCloudConfig>;

const stream = (
  name: StreamName,
  title: string,
  read: GoogleStream["read"],
  convert: Parameters<typeof converting>[1],
): GoogleStream => ({
  name,
  title,
  produces: produces[name],
  read,
  convert: converting(name, convert),
  partitionOf,
});

export const collector = defineCollector<GoogleCloudConfig, Session, Memo>({
  system: "google-cloud",
  title: "Google Cloud",
  version: "1",
  category: "access",
  config: configSchema,
  permissions,
  fields,
  notRead,
  streams: [
    stream(RESOURCES, "organisations, folders and projects", readResources, convertResources),
    stream(ACCOUNTS, "service accounts", readAccounts, convertAccounts),
    stream(POLICIES, "who holds which role", readPolicies, convertPolicies),
    stream(ROLES, "what custom roles allow", readRoles, convertRoles),
    stream(ACCOUNT_POLICIES, "who may act as a service account", readAccountPolicies, convertAccountPolicies),
    stream(KEYS, "keys of service accounts", readKeys, convertKeys),
    stream(POOLS, "workload identity pools", readPools, convertPools),
  ],
  exports: [assetExport],
  rateLimit,
  open: openSession,
  close: (session) => session.close(),
  async partitions(session, context) {
    session.hierarchy = await walk(session, context);
    return partitionsOf(session.hierarchy);
  },
  /** Denied at the very top, nothing below it is read. */
  check(session) {
    for (const { gaps } of session.hierarchy.roots)
      for (const { error } of gaps) return Promise.reject(error);
    return Promise.resolve();
  },
  createMemo,
  remediate,
  classify,
});
