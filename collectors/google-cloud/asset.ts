import { z } from "zod";
import type { RawPage } from "../../src/collect/index.js";
import { ACCOUNT_POLICIES, ACCOUNTS, KEYS, POLICIES, RESOURCES, ROLES, type StreamName } from "./memo.js";

/**
 * One line of an export of Cloud Asset Inventory: a `google.cloud.asset.v1.Asset` in JSON. Exports to a bucket write
 * field names with underscores, `gcloud asset list` in camel case; both are read. `resource.data` is the object as
 * its own API describes it: a project of Resource Manager v1 or v3, a service account of IAM v1.
 * https://cloud.google.com/asset-inventory/docs/reference/rest/v1/Asset
 */
const text = z.string().optional();
const assetShape = z.object({
  name: z.string(),
  assetType: text,
  asset_type: text,
  ancestors: z.array(z.string()).default([]),
  resource: z.object({ data: z.record(z.string(), z.unknown()).optional() }).nullish(),
  iamPolicy: z.record(z.string(), z.unknown()).nullish(),
  iam_policy: z.record(z.string(), z.unknown()).nullish(),
});

export interface Asset {
  readonly name: string;
  readonly type: string;
  readonly ancestors: readonly string[];
  readonly data: Readonly<Record<string, unknown>> | undefined;
  readonly policy: Readonly<Record<string, unknown>> | undefined;
}

export const TYPES = {
  organization: "cloudresourcemanager.googleapis.com/Organization",
  folder: "cloudresourcemanager.googleapis.com/Folder",
  project: "cloudresourcemanager.googleapis.com/Project",
  account: "iam.googleapis.com/ServiceAccount",
  key: "iam.googleapis.com/ServiceAccountKey",
  role: "iam.googleapis.com/Role",
  pool: "iam.googleapis.com/WorkloadIdentityPool",
  provider: "iam.googleapis.com/WorkloadIdentityPoolProvider",
} as const;

/** Undefined where a page is no line of an export. */
export function assetOf(page: RawPage): Asset | undefined {
  const parsed = assetShape.safeParse(page);
  const type = parsed.data?.assetType ?? parsed.data?.asset_type;
  if (!parsed.success || type === undefined) return undefined;
  const { name, ancestors, resource, iamPolicy, iam_policy: snake } = parsed.data;
  return { name, type, ancestors, data: resource?.data, policy: iamPolicy ?? snake ?? undefined };
}

/** The page of a stream that a line is, in the form that a read of the API gives; pages of the API stay as they are. */
export function pageOf(raw: RawPage, stream: StreamName): RawPage {
  const asset = assetOf(raw);
  if (asset === undefined) return raw;
  const { data = {}, policy } = asset;
  switch (stream) {
    case RESOURCES:
      return hierarchyPage(asset);
    case ACCOUNTS:
      return { accounts: [data], more: true };
    case POLICIES:
      return { resource: relativeName(asset), policy };
    case ROLES:
      return { roles: [data] };
    case ACCOUNT_POLICIES:
      return { accountOf: accountIn(asset.name), policy };
    case KEYS:
      return { accountOf: accountIn(asset.name), keys: [{ ...data, name: textOf(data.name) ?? asset.name }] };
    default:
      return {};
  }
}

/** `organizations/1`, `folders/2`, `projects/3` of the hierarchy's own lines, by number. */
export function relativeName({ name, ancestors, data }: Asset): string | undefined {
  const own = /\/\/cloudresourcemanager\.googleapis\.com\/((?:organizations|folders|projects)\/[^/]+)$/.exec(
    name,
  )?.[1];
  if (own === undefined) return undefined;
  if (/\/\d+$/.test(own)) return own;
  const [first] = ancestors;
  if (first !== undefined && /^projects\/\d+$/.test(first)) return first;
  const number = textOf(data?.projectNumber);
  return number === undefined ? undefined : `projects/${number}`;
}

/** E-mail or unique id, as the name of an account or of one of its keys has it. */
const accountIn = (name: string) => decodeURIComponent(/\/serviceAccounts\/([^/]+)/.exec(name)?.[1] ?? "");

/** v1 calls a state `lifecycleState` and a project's title `name`; v3 gives `state` and `displayName`. */
function hierarchyPage(asset: Asset): RawPage {
  const { data = {}, ancestors } = asset;
  const name = relativeName(asset);
  const owner: unknown = data.owner;
  const customer =
    typeof owner === "object" && owner !== null && "directoryCustomerId" in owner
      ? owner.directoryCustomerId
      : undefined;
  const isTitle = typeof data.name === "string" && !/^(projects|folders|organizations)\//.test(data.name);
  const shared = {
    name,
    displayName: data.displayName ?? (isTitle ? data.name : undefined),
    state: data.state ?? data.lifecycleState,
    createTime: data.createTime ?? data.creationTime,
  };
  const parent = typeof data.parent === "string" ? data.parent : ancestors[1];
  switch (asset.type) {
    case TYPES.organization:
      return { organization: { ...shared, directoryCustomerId: data.directoryCustomerId ?? customer } };
    case TYPES.folder:
      return { folders: [{ ...shared, parent }] };
    default:
      return { project: { ...shared, parent, projectId: data.projectId, labels: data.labels } };
  }
}

/** Numbers come as numbers or as text. */
function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : undefined;
}
