/**
 * What the test servers of Google Cloud hold: plain objects that a test changes between reads. Names and fields are
 * those of the APIs. https://cloud.google.com/resource-manager/reference/rest/v3, https://cloud.google.com/iam/docs/reference/rest/v1
 */
export interface Estate {
  organizations: Organization[];
  folders: Folder[];
  projects: Project[];
  /** By resource name: `organizations/1`, `projects/3`, `serviceAccounts/<uniqueId>`. */
  policies: Map<string, Policy>;
  accounts: Account[];
  /** Custom roles. */
  roles: Role[];
  pools: Pool[];
}

export type State = "ACTIVE" | "DELETE_REQUESTED";
export interface Organization {
  name: string;
  displayName: string;
  directoryCustomerId: string;
  state: State;
}
export interface Folder {
  name: string;
  parent: string;
  displayName: string;
  state: State;
}
export interface Project {
  name: string;
  parent: string;
  projectId: string;
  displayName: string;
  state: State;
  labels: Record<string, string>;
  /** The caller may not see it: every question about it is answered 403, as one about a project that does not exist. */
  hidden?: boolean;
}
export interface Binding {
  role: string;
  members: string[];
  condition?: { expression: string; title: string; description?: string };
}
export interface Policy {
  bindings: Binding[];
}
export interface Key {
  id: string;
  keyType: "USER_MANAGED" | "SYSTEM_MANAGED";
  validAfterTime: string;
  validBeforeTime: string;
  disabled?: boolean;
  disableReason?: string;
}
export interface Account {
  /** Number of its project. */
  project: string;
  uniqueId: string;
  email: string;
  displayName: string;
  description?: string;
  disabled?: boolean;
  keys: Key[];
}
export interface Role {
  name: string;
  title: string;
  description?: string;
  includedPermissions: string[];
  deleted?: boolean;
}
export interface Provider {
  id: string;
  disabled?: boolean;
  description?: string;
  attributeMapping?: Record<string, string>;
  attributeCondition?: string;
  oidc?: { issuerUri: string; allowedAudiences?: string[] };
  aws?: { accountId: string };
}
export interface Pool {
  /** Number of its project. */
  project: string;
  id: string;
  displayName: string;
  description?: string;
  disabled?: boolean;
  state?: "ACTIVE" | "DELETED";
  providers: Provider[];
}

export const CREATED = "2024-03-01T08:00:00Z";
export const ORGANIZATION = "organizations/100200300400";
/** In the organisation. */
export const SHOP = "projects/500000000001";
export const DATA = "projects/500000000002";
/** Outside the organisation's tree: it is configured by itself. */
export const ALONE = "projects/500000000003";
export const LABS = "projects/500000000004";
/** Of another organisation, and without projects. */
export const VENDOR = "folders/800000000001";
export const LARK = "larkfield.example";

const numberOf = (project: string) => project.slice("projects/".length);
export const accountOf = (name: string, projectId: string) => `${name}@${projectId}.iam.gserviceaccount.com`;

function account(project: string, projectId: string, name: string, id: number, keys: Key[] = []): Account {
  return {
    project: numberOf(project),
    uniqueId: `1${String(id).padStart(20, "0")}`,
    email: accountOf(name, projectId),
    displayName: name,
    keys,
  };
}

export function key(id: string, more: Partial<Key> = {}): Key {
  return {
    id,
    keyType: "USER_MANAGED",
    validAfterTime: "2025-01-10T09:00:00Z",
    validBeforeTime: "9999-12-31T23:59:59Z",
    ...more,
  };
}

export const WITH_CONDITION = {
  expression: 'request.time < timestamp("2027-01-01T00:00:00Z")',
  title: "until 2027",
};
export const poolPrincipal = (project: string, pool: string, rest: string) =>
  `iam.googleapis.com/${project}/locations/global/workloadIdentityPools/${pool}/${rest}`;

/** A small company: every list has more objects than one page of the server holds. */
export function smallEstate(): Estate {
  const folder = (number: number, parent: string, displayName: string): Folder => ({
    name: `folders/${number}`,
    parent,
    displayName,
    state: "ACTIVE",
  });
  const project = (name: string, parent: string, projectId: string): Project => ({
    name,
    parent,
    projectId,
    displayName: projectId,
    state: "ACTIVE",
    labels: {},
  });
  const many = (projectName: string, projectId: string, from: number) =>
    ["build", "deploy", "report"].map((name, at) =>
      account(projectName, projectId, name, from + at, [key(`${name}0${from}a1`), key(`${name}0${from}b2`)]),
    );
  const pool = (projectName: string, id: string, providers: Provider[]): Pool => ({
    project: numberOf(projectName),
    id,
    displayName: id,
    providers,
  });
  const oidc = (id: string): Provider => ({
    id,
    attributeMapping: { "google.subject": "assertion.sub" },
    oidc: { issuerUri: "https://token.actions.githubusercontent.com" },
  });
  const estate: Estate = {
    organizations: [
      { name: ORGANIZATION, displayName: LARK, directoryCustomerId: "C0larkfield", state: "ACTIVE" },
    ],
    folders: [
      folder(700000000001, ORGANIZATION, "Products"),
      folder(700000000002, ORGANIZATION, "Analytics"),
      folder(700000000003, ORGANIZATION, "Empty"),
      folder(800000000001, "organizations/100200300499", "Vendor"),
    ],
    projects: [
      project(SHOP, ORGANIZATION, "lark-shop"),
      project(DATA, ORGANIZATION, "lark-data"),
      project(LABS, ORGANIZATION, "lark-labs"),
      project(ALONE, "folders/900000000001", "lark-alone"),
    ],
    policies: new Map(),
    accounts: [
      ...many(SHOP, "lark-shop", 10),
      ...many(DATA, "lark-data", 20),
      ...many(ALONE, "lark-alone", 30),
      ...many(LABS, "lark-labs", 40),
    ],
    roles: [
      ...[1, 2, 3].map((n) => ({
        name: `${ORGANIZATION}/roles/reader${n}`,
        title: `Reader ${n}`,
        includedPermissions: ["resourcemanager.projects.get"],
      })),
      ...["lark-shop", "lark-data", "lark-alone", "lark-labs"].flatMap((id) =>
        [1, 2, 3].map((n) => ({
          name: `projects/${id}/roles/runner${n}`,
          title: `Runner ${n}`,
          includedPermissions: ["iam.serviceAccounts.actAs", "run.services.create"],
        })),
      ),
    ],
    pools: [SHOP, DATA, ALONE, LABS].flatMap((name) =>
      ["ci", "partner", "spare"].map((id) => pool(name, id, ["github", "gitlab", "other"].map(oidc))),
    ),
  };
  const bind = (resource: string, ...bindings: Binding[]) => estate.policies.set(resource, { bindings });
  bind(
    ORGANIZATION,
    { role: "roles/resourcemanager.organizationAdmin", members: [`user:Ann.Lee@${LARK}`] },
    { role: `${ORGANIZATION}/roles/reader1`, members: [`group:audit@${LARK}`] },
  );
  bind("folders/700000000001", { role: "roles/viewer", members: [`domain:${LARK}`] });
  for (const [name, id, at] of [
    [SHOP, "lark-shop", 10],
    [DATA, "lark-data", 20],
    [ALONE, "lark-alone", 30],
    [LABS, "lark-labs", 40],
  ] as const) {
    bind(
      name,
      { role: "roles/owner", members: [`user:bo@${LARK}`] },
      { role: "roles/editor", members: [`serviceAccount:${accountOf("build", id)}`] },
      { role: `projects/${id}/roles/runner1`, members: [`group:runners@${LARK}`] },
      { role: `${ORGANIZATION}/roles/reader2`, members: [`user:cy@${LARK}`] },
      {
        role: "roles/iam.serviceAccountUser",
        members: [`user:dee@${LARK}`],
        condition: { ...WITH_CONDITION },
      },
      { role: "roles/iam.serviceAccountUser", members: [`user:dee@${LARK}`] },
    );
    const deploy = estate.accounts.find(({ email }) => email === accountOf("deploy", id));
    bind(
      `serviceAccounts/${deploy?.uniqueId ?? String(at)}`,
      {
        role: "roles/iam.workloadIdentityUser",
        members: [`principal://${poolPrincipal(name, "ci", "subject/repo:lark/app:ref:refs/heads/main")}`],
      },
      { role: "roles/iam.serviceAccountTokenCreator", members: [`group:sre@${LARK}`] },
    );
  }
  // Whoever deploys from the shop's pool also acts in the data project.
  const report = estate.accounts.find(({ email }) => email === accountOf("report", "lark-data"));
  bind(`serviceAccounts/${report?.uniqueId ?? ""}`, {
    role: "roles/iam.workloadIdentityUser",
    members: [`principal://${poolPrincipal(SHOP, "ci", "subject/repo:lark/report")}`],
  });
  bind(VENDOR, { role: "roles/browser", members: [`user:ed@${LARK}`] });
  return estate;
}
