import { collector } from "../../collectors/google-cloud/collector.js";
import {
  accountOf,
  type Estate as Cloud,
  GoogleCloudServer,
  key,
  LARK,
  ORGANIZATION,
} from "../../test/servers/google-cloud/index.js";
import type { Estate } from "./estate.js";

const FOLDERS = 20;
const PROJECTS = 100;
const ACCOUNTS_IN_PROJECT = 20;
const ROLES_IN_PROJECT = 2;
const PROVIDERS = ["github", "gitlab"];

const range = (length: number) => Array.from({ length }, (_, i) => i);
const folderName = (i: number) => `folders/${700_000_000_000 + i}`;
const numberOf = (project: number) => String(500_000_000_000 + project);
const idOf = (project: number) => `lark-${project}`;
const uniqueId = (project: number, i: number) => `1${String(project * 1_000 + i).padStart(20, "0")}`;

/** Half of the folders are in the other half, projects in all of them; one pool in each project. */
function company(): Cloud {
  const projects = range(PROJECTS);
  const role = (name: string) => ({ name, title: name, includedPermissions: ["iam.serviceAccounts.actAs"] });
  const cloud: Cloud = {
    organizations: [
      { name: ORGANIZATION, displayName: LARK, directoryCustomerId: "C0larkfield", state: "ACTIVE" },
    ],
    folders: range(FOLDERS).map((i) => ({
      name: folderName(i),
      parent: i < FOLDERS / 2 ? ORGANIZATION : folderName(i - FOLDERS / 2),
      displayName: `Folder ${i}`,
      state: "ACTIVE",
    })),
    projects: projects.map((project) => ({
      name: `projects/${numberOf(project)}`,
      parent: folderName(project % FOLDERS),
      projectId: idOf(project),
      displayName: idOf(project),
      state: "ACTIVE",
      labels: {},
    })),
    policies: new Map(),
    accounts: projects.flatMap((project) =>
      range(ACCOUNTS_IN_PROJECT).map((i) => ({
        project: numberOf(project),
        uniqueId: uniqueId(project, i),
        email: accountOf(`job-${i}`, idOf(project)),
        displayName: `Job ${i}`,
        keys: [key(`a${project}b${i}`)],
      })),
    ),
    roles: projects.flatMap((project) =>
      range(ROLES_IN_PROJECT).map((i) => role(`projects/${idOf(project)}/roles/runner${i}`)),
    ),
    pools: projects.map((project) => ({
      project: numberOf(project),
      id: "ci",
      displayName: "ci",
      providers: PROVIDERS.map((id) => ({ id, oidc: { issuerUri: `https://${id}.example` } })),
    })),
  };
  for (const project of projects) {
    cloud.policies.set(`projects/${numberOf(project)}`, {
      bindings: [
        { role: "roles/owner", members: [`user:lead-${project}@${LARK}`] },
        { role: "roles/viewer", members: [`group:team-${project}@${LARK}`] },
        {
          role: `projects/${idOf(project)}/roles/runner0`,
          members: [`serviceAccount:${accountOf("job-0", idOf(project))}`],
        },
      ],
    });
    cloud.policies.set(`serviceAccounts/${uniqueId(project, 0)}`, {
      bindings: [
        { role: "roles/iam.serviceAccountTokenCreator", members: [`group:team-${project}@${LARK}`] },
      ],
    });
  }
  return cloud;
}

export async function startGoogleCloud(): Promise<Estate> {
  const server = await GoogleCloudServer.start();
  const cloud = company();
  server.estate = cloud;
  // As many as are asked for.
  server.pageSize = 1_000;
  const { accounts, pools } = cloud;
  return {
    collector,
    settings: { ...server.settings, organization: ORGANIZATION.slice("organizations/".length) },
    environment: server.environment,
    holds: [
      { what: "organisation", count: 1, asked: ["folders", "projects", "policy", "custom roles"] },
      { what: "folders", count: cloud.folders.length, asked: ["folders", "projects", "policy"] },
      {
        what: "projects",
        count: cloud.projects.length,
        asked: ["policy", "service accounts", "custom roles", "pools"],
      },
      { what: "service accounts", count: accounts.length, asked: ["policy", "keys"] },
      { what: "keys", count: accounts.flatMap(({ keys }) => keys).length, asked: [] },
      { what: "custom roles", count: cloud.roles.length, asked: [] },
      { what: "workload identity pools", count: pools.length, asked: ["providers"] },
      { what: "providers", count: pools.flatMap(({ providers }) => providers).length, asked: [] },
    ],
    calls: () => server.plan.served.filter(({ list }) => list !== "token").length,
    stop: () => server.stop(),
  };
}
