import { CREATED, type Estate, type Project } from "./estate.js";
import { accountJson, keyJson, poolJson, providerJson, roleJson } from "./iam.js";

/** Which lines an export has: content types and asset types as they were asked for. */
export interface ExportOptions {
  readonly contents?: readonly ("resource" | "iam-policy")[];
  /** Types to leave out. */
  readonly without?: readonly string[];
  /** What a filter by type takes away: lines of types that nobody here reads. */
  readonly onlyOurs?: boolean;
}

const UPDATED = "2026-11-20T03:00:00Z";
const MANAGER = "//cloudresourcemanager.googleapis.com";
const IAM = "//iam.googleapis.com";

/**
 * What `gcloud asset export` writes of an estate: a line an asset, names with underscores, the hierarchy as its older
 * APIs (v1 and v2) describe it, everything with its ancestors. Resources and policies are exports of their own, one
 * after the other. https://cloud.google.com/asset-inventory/docs/exporting-to-cloud-storage,
 * https://cloud.google.com/asset-inventory/docs/resource-name-format
 */
export function assetExport(estate: Estate, options: ExportOptions = {}): string {
  const { contents = ["resource", "iam-policy"], without = [], onlyOurs = false } = options;
  const parents = new Map<string, string>();
  for (const { name, parent } of [...estate.folders, ...estate.projects]) parents.set(name, parent);
  const ancestors = (name: string): string[] => {
    const above = parents.get(name);
    return above === undefined ? [name] : [name, ...ancestors(above)];
  };
  const lines: object[] = [];
  const add = (name: string, type: string, owner: string, content: object) => {
    if (without.includes(type)) return;
    lines.push({ name, asset_type: type, ancestors: ancestors(owner), update_time: UPDATED, ...content });
  };
  const resource = (name: string, type: string, owner: string, data: object) =>
    add(name, type, owner, { resource: { version: "v1", discovery_name: type.split("/")[1], data } });
  const policy = (name: string, type: string, owner: string, of: string) => {
    const bindings = estate.policies.get(of)?.bindings;
    if (bindings !== undefined && bindings.length > 0)
      add(name, type, owner, { iam_policy: { version: 3, etag: "BwX=", bindings } });
  };
  const organizations = estate.organizations.filter(({ name }) =>
    estate.projects.some(({ name: p }) => ancestors(p).includes(name)),
  );
  const [top] = organizations;
  const inside = (name: string) => top !== undefined && ancestors(name).includes(top.name);
  const folders = estate.folders.filter(({ name }) => inside(name));
  const projects = estate.projects.filter(({ name }) => inside(name));
  const projectOf = (number: string) => projects.find(({ name }) => name === `projects/${number}`);

  if (contents.includes("resource")) {
    for (const { name, displayName, directoryCustomerId, state } of organizations)
      resource(`${MANAGER}/${name}`, "cloudresourcemanager.googleapis.com/Organization", name, {
        name,
        organizationId: name.split("/")[1],
        displayName,
        lifecycleState: state,
        creationTime: CREATED,
        owner: { directoryCustomerId },
      });
    for (const { name, parent, displayName, state } of folders)
      resource(`${MANAGER}/${name}`, "cloudresourcemanager.googleapis.com/Folder", name, {
        name,
        parent,
        displayName,
        lifecycleState: state,
        createTime: CREATED,
      });
    for (const project of projects) resource(...projectLine(project));
    for (const account of estate.accounts) {
      const project = projectOf(account.project);
      if (project === undefined) continue;
      const own = `${IAM}/projects/${project.projectId}/serviceAccounts/${account.uniqueId}`;
      resource(own, "iam.googleapis.com/ServiceAccount", project.name, accountJson(project)(account));
      for (const key of account.keys)
        resource(
          `${IAM}/projects/${project.projectId}/serviceAccounts/${account.email}/keys/${key.id}`,
          "iam.googleapis.com/ServiceAccountKey",
          project.name,
          keyJson(account, project)(key),
        );
    }
    for (const role of estate.roles) {
      const project = projects.find(({ projectId }) => role.name.startsWith(`projects/${projectId}/`));
      const owner = project?.name ?? organizations.find(({ name }) => role.name.startsWith(`${name}/`))?.name;
      if (owner !== undefined)
        resource(`${IAM}/${role.name}`, "iam.googleapis.com/Role", owner, roleJson(true)(role));
    }
    for (const pool of estate.pools) {
      const project = projectOf(pool.project);
      if (project === undefined) continue;
      const { name, ...rest } = poolJson(pool);
      resource(`${IAM}/${name}`, "iam.googleapis.com/WorkloadIdentityPool", project.name, { name, ...rest });
      for (const provider of pool.providers.map(providerJson(pool)))
        resource(
          `${IAM}/${provider.name}`,
          "iam.googleapis.com/WorkloadIdentityPoolProvider",
          project.name,
          provider,
        );
    }
    if (!onlyOurs)
      for (const { name, projectId } of projects)
        resource(`//storage.googleapis.com/${projectId}-assets`, "storage.googleapis.com/Bucket", name, {
          id: `${projectId}-assets`,
        });
  }
  if (contents.includes("iam-policy")) {
    for (const { name } of organizations)
      policy(`${MANAGER}/${name}`, "cloudresourcemanager.googleapis.com/Organization", name, name);
    for (const { name } of folders)
      policy(`${MANAGER}/${name}`, "cloudresourcemanager.googleapis.com/Folder", name, name);
    for (const { name } of projects)
      policy(`${MANAGER}/${name}`, "cloudresourcemanager.googleapis.com/Project", name, name);
    for (const { project, uniqueId } of estate.accounts) {
      const owner = projectOf(project);
      if (owner !== undefined)
        policy(
          `${IAM}/projects/${owner.projectId}/serviceAccounts/${uniqueId}`,
          "iam.googleapis.com/ServiceAccount",
          owner.name,
          `serviceAccounts/${uniqueId}`,
        );
    }
  }
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}

/** A project of Resource Manager v1: its title is called `name`, and its parent is an object. */
function projectLine(project: Project): [string, string, string, object] {
  const { name, parent, projectId, displayName, state, labels } = project;
  const number = name.slice("projects/".length);
  const [kind = "", id] = parent.split("/");
  return [
    `${MANAGER}/${name}`,
    "cloudresourcemanager.googleapis.com/Project",
    name,
    {
      projectNumber: number,
      projectId,
      name: displayName,
      lifecycleState: state,
      createTime: CREATED,
      parent: { type: kind.replace(/s$/, ""), id },
      labels,
    },
  ];
}
