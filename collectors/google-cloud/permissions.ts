import type { Permission } from "../../src/collect/index.js";
import { ACCOUNT_POLICIES, ACCOUNTS, KEYS, POLICIES, POOLS, RESOURCES, ROLES } from "./memo.js";

/** The least that it needs, on the organisation (or the folders and projects that are configured). */
export const permissions: readonly Permission[] = [
  {
    name: "resourcemanager.projects.list",
    why: "the projects under every parent; without it no project is proved gone",
    streams: [RESOURCES],
  },
  {
    name: "resourcemanager.folders.list",
    why: "the folders under every parent; without it what is below them is not read",
    streams: [RESOURCES, POLICIES],
  },
  {
    name: "resourcemanager.organizations.get",
    why: "the organisation's name, state and Workspace customer; without it no project is proved gone",
    streams: [RESOURCES],
  },
  {
    name: "resourcemanager.folders.get",
    why: "a folder that is configured as a start, or that the graph knows and no list has",
    streams: [RESOURCES],
    optional: true,
  },
  {
    name: "resourcemanager.projects.get",
    why: "the state of a project that is configured by itself, or that nothing lists any more",
    streams: [RESOURCES],
  },
  {
    name: "resourcemanager.organizations.getIamPolicy",
    why: "who holds roles on the organisation",
    streams: [POLICIES],
  },
  { name: "resourcemanager.folders.getIamPolicy", why: "who holds roles on folders", streams: [POLICIES] },
  { name: "resourcemanager.projects.getIamPolicy", why: "who holds roles on projects", streams: [POLICIES] },
  {
    name: "iam.serviceAccounts.list",
    why: "service accounts; without it neither their keys nor their policies are read",
    streams: [ACCOUNTS, ACCOUNT_POLICIES, KEYS],
  },
  {
    name: "iam.serviceAccounts.getIamPolicy",
    why: "who may act as a service account by a role on the account itself",
    streams: [ACCOUNT_POLICIES],
  },
  {
    name: "iam.serviceAccountKeys.list",
    why: "keys that people made, with their dates",
    streams: [KEYS],
  },
  { name: "iam.roles.list", why: "what custom roles allow", streams: [ROLES] },
  {
    name: "iam.roles.get",
    why: "what the organisation's custom roles allow, where projects or folders use them",
    streams: [ROLES, ACCOUNT_POLICIES],
  },
  {
    name: "iam.workloadIdentityPools.list",
    why: "pools by which workloads outside Google come in",
    streams: [POOLS],
  },
  {
    name: "iam.workloadIdentityPools.get",
    why: "a pool of another project, where a policy names its principals",
    streams: [POOLS],
  },
  {
    name: "iam.workloadIdentityPoolProviders.list",
    why: "whose tokens a pool trusts",
    streams: [POOLS],
  },
  {
    name: "serviceusage.services.use",
    why: "only where calls are counted for a quota project",
    streams: [RESOURCES, ACCOUNTS, POLICIES, ROLES, ACCOUNT_POLICIES, KEYS, POOLS],
    optional: true,
  },
];
