import { type Block, PROD } from "./company.js";
import {
  accountEmail,
  type BindingSpec,
  deployerRole,
  googleIds,
  groupMember,
  OWNER_LABEL,
  type PoolSpec,
  type ProjectSpec,
  type ServiceAccountSpec,
  siteProjects,
} from "./google-model.js";
import { instant, type Printing } from "./instants.js";
import { DOMAIN } from "./people.js";
import { CUSTOMER } from "./workspace-model.js";

/**
 * A stretch of the organisation in the form in which Cloud Asset Inventory exports it to a bucket, an asset a line: a
 * folder for each site with its projects, and what is in them.
 * https://cloud.google.com/asset-inventory/docs/reference/rest/v1/Asset
 */
export function* assetLines(block: Block, printing: Printing): Generator<unknown> {
  const { seed } = printing;
  const { site, isFirst, head, stories } = block;
  const top = `organizations/${googleIds.organization(seed)}`;
  const folder = `folders/${googleIds.folder(seed, site)}`;
  const folderLine = [folder, top];
  if (isFirst) yield* organizationLines(top, printing);
  yield resource(RESOURCE_MANAGER, "Folder", folder, folderLine, {
    name: folder,
    parent: top,
    displayName: site,
    lifecycleState: "ACTIVE",
    createTime: instant(printing, 1_300),
  });
  const told = stories.flatMap(({ google }) => google?.projects ?? []);
  const more = (id: string) => stories.flatMap(({ google }) => google?.bindings?.[id] ?? []);
  for (const project of [...siteProjects(seed, site, isFirst, head, PROD), ...told])
    yield* projectLines(
      { ...project, bindings: [...project.bindings, ...more(project.id)] },
      folderLine,
      printing,
    );
}

const RESOURCE_MANAGER = "cloudresourcemanager.googleapis.com";
const IAM = "iam.googleapis.com";

function resource(
  service: string,
  type: string,
  name: string,
  ancestors: readonly string[],
  data: Readonly<Record<string, unknown>>,
): unknown {
  return {
    name: `//${service}/${name}`,
    asset_type: `${service}/${type}`,
    resource: { version: "v1", discovery_name: type, data },
    ancestors,
  };
}

function policy(
  service: string,
  type: string,
  name: string,
  ancestors: readonly string[],
  bindings: readonly BindingSpec[],
): unknown {
  return {
    name: `//${service}/${name}`,
    asset_type: `${service}/${type}`,
    iam_policy: { bindings },
    ancestors,
  };
}

function* organizationLines(top: string, printing: Printing): Generator<unknown> {
  const line = [top];
  const role = deployerRole(printing.seed);
  yield resource(RESOURCE_MANAGER, "Organization", top, line, {
    name: top,
    displayName: DOMAIN,
    lifecycleState: "ACTIVE",
    owner: { directoryCustomerId: CUSTOMER },
    creationTime: instant(printing, 1_300),
  });
  yield policy(RESOURCE_MANAGER, "Organization", top, line, [
    { role: "roles/resourcemanager.organizationAdmin", members: [groupMember("cloud-admins")] },
    { role: "roles/browser", members: [groupMember("cloud-users")] },
  ]);
  yield resource(IAM, "Role", role, line, {
    name: role,
    title: "Larkfield deployer",
    stage: "GA",
    includedPermissions: [
      "run.services.get",
      "run.services.update",
      "artifactregistry.repositories.uploadArtifacts",
    ],
  });
}

function* projectLines(
  project: ProjectSpec,
  above: readonly string[],
  printing: Printing,
): Generator<unknown> {
  const { id, title, owner, createdDaysAgo, accounts, bindings, pool } = project;
  const projectNumber = googleIds.project(printing.seed, id);
  const name = `projects/${projectNumber}`;
  const line = [name, ...above];
  const [folder = ""] = above;
  yield resource(RESOURCE_MANAGER, "Project", name, line, {
    projectNumber,
    projectId: id,
    name: title,
    lifecycleState: "ACTIVE",
    createTime: instant(printing, createdDaysAgo),
    labels: { [OWNER_LABEL]: owner },
    parent: { type: "folder", id: folder.slice("folders/".length) },
  });
  yield policy(RESOURCE_MANAGER, "Project", name, line, bindings);
  // What the collector does not read is in an export as well.
  yield resource("storage.googleapis.com", "Bucket", `${id}-artifacts`, line, { location: "EUROPE-WEST3" });
  for (const account of accounts) yield* accountLines(account, id, line, printing);
  if (pool !== undefined) yield* poolLines(pool, name, line);
}

function* accountLines(
  { name, title, keys, bindings }: ServiceAccountSpec,
  project: string,
  line: readonly string[],
  printing: Printing,
): Generator<unknown> {
  const email = accountEmail(project, name);
  const uniqueId = googleIds.account(printing.seed, email);
  const path = `projects/${project}/serviceAccounts`;
  yield resource(IAM, "ServiceAccount", `${path}/${uniqueId}`, line, {
    name: `${path}/${email}`,
    projectId: project,
    uniqueId,
    email,
    displayName: title,
    oauth2ClientId: uniqueId,
  });
  if (bindings !== undefined) yield policy(IAM, "ServiceAccount", `${path}/${uniqueId}`, line, bindings);
  for (const key of keys ?? []) {
    const keyId = googleIds.key(printing.seed, email, key.name);
    yield resource(IAM, "ServiceAccountKey", `${path}/${uniqueId}/keys/${keyId}`, line, {
      name: `${path}/${email}/keys/${keyId}`,
      validAfterTime: instant(printing, key.createdDaysAgo),
      validBeforeTime: "9999-12-31T23:59:59Z",
      keyAlgorithm: "KEY_ALG_RSA_2048",
      keyOrigin: "GOOGLE_PROVIDED",
      keyType: "USER_MANAGED",
    });
  }
}

function* poolLines(
  { name, awsAccount }: PoolSpec,
  project: string,
  line: readonly string[],
): Generator<unknown> {
  const pool = `${project}/locations/global/workloadIdentityPools/${name}`;
  yield resource(IAM, "WorkloadIdentityPool", pool, line, { name: pool, displayName: name, state: "ACTIVE" });
  const provider = `${pool}/providers/${name}`;
  yield resource(IAM, "WorkloadIdentityPoolProvider", provider, line, {
    name: provider,
    state: "ACTIVE",
    aws: { accountId: awsAccount },
  });
}
