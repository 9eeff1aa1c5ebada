import { z } from "zod";
import type { RawPage } from "../../src/collect/index.js";
import { type GraphRecord, refKey } from "../../src/model/index.js";
import type { GoogleCloudConfig } from "./config.js";
import { accountsOf } from "./members.js";
import { accountsKey, instantOf, type ResourceName, resourceKey, splitName } from "./names.js";
import type { Context } from "./page.js";
import { edge, node } from "./records.js";
import {
  each,
  type Folder,
  folderShape,
  type Organization,
  organizationShape,
  type Project,
  projectShape,
} from "./shapes.js";

const page = z.object({
  organization: organizationShape.optional(),
  folders: z.array(z.unknown()).default([]),
  project: projectShape.optional(),
  /** Why the project is proved gone. */
  gone: z.string().optional(),
  searched: z.boolean().optional(),
});

/** The hierarchy: an organisation with its folders, or one project. */
export function* convertResources(raw: RawPage, context: Context): Iterable<GraphRecord> {
  const { organization, folders, project, gone, searched } = page.parse(raw);
  if (organization !== undefined) {
    yield organizationRecord(organization, context);
    yield* accountsRecords(organization.name, organization.displayName ?? organization.name, undefined);
  }
  for (const folder of each(folderShape, folders, context.reject, "folder"))
    yield* folderRecords(folder, context);
  if (searched === true)
    context.note(
      "the project was found by searchProjects: its absence from a later read would prove nothing",
    );
  if (gone !== undefined) {
    context.memo.gone = true;
    context.note(`the project is gone: ${gone}`);
  }
  if (project !== undefined) yield* projectRecords(project, context);
}

const STATUS: Readonly<Record<string, string>> = { ACTIVE: "active", DELETE_REQUESTED: "deleteRequested" };
const statusOf = (state: string | undefined) => STATUS[state ?? ""] ?? "unknown";

function organizationRecord(organization: Organization, { source }: Context): GraphRecord {
  const { name, displayName, directoryCustomerId, state, createTime } = organization;
  return node(
    "Resource",
    "GoogleOrganization",
    resourceKey(source, name),
    {
      name: displayName ?? name,
      resource: name,
      customerId: directoryCustomerId,
      status: statusOf(state),
      createdAt: instantOf(createTime),
    },
    [name],
  );
}

/**
 * The group of all service accounts of a resource, which a policy may name. It is described whether or not one does:
 * policies of other partitions may.
 */
function* accountsRecords(
  resource: ResourceName,
  title: string,
  parent: ResourceName | undefined,
): Iterable<GraphRecord> {
  const key = accountsKey(resource);
  const props = { name: `every service account of ${title}`, member: accountsOf(resource), resource };
  yield node("Group", "GoogleServiceAccounts", key, props);
  if (parent !== undefined && isParent(parent)) yield edge("MEMBER_OF", key, accountsKey(parent));
}

function* folderRecords(folder: Folder, { source }: Context): Iterable<GraphRecord> {
  const { name, parent, displayName, state, createTime } = folder;
  const key = resourceKey(source, name);
  yield node(
    "Resource",
    "GoogleFolder",
    key,
    { name: displayName ?? name, resource: name, status: statusOf(state), createdAt: instantOf(createTime) },
    [name],
  );
  yield* containedIn(parent, key, source);
  if (state !== "DELETE_REQUESTED") yield* accountsRecords(name, displayName ?? name, parent);
}

function* projectRecords(project: Project, context: Context): Iterable<GraphRecord> {
  const { source, config, memo } = context;
  const { name, parent, projectId, displayName, state, createTime, labels } = project;
  const owners = ownersIn(labels, config);
  if (state === "DELETE_REQUESTED") memo.gone = true;
  memo.project = { name, id: projectId, owners: owners.map(({ to }) => to) };
  const key = resourceKey(source, name);
  yield node(
    "Resource",
    "GoogleProject",
    key,
    {
      name: projectId ?? displayName ?? name,
      displayName,
      projectId,
      projectNumber: splitName(name).id,
      resource: name,
      status: statusOf(state),
      createdAt: instantOf(createTime),
    },
    [name, projectId === undefined ? undefined : `projects/${projectId}`],
  );
  yield* containedIn(parent, key, source);
  if (!memo.gone) yield* accountsRecords(name, projectId ?? displayName ?? name, parent);
  for (const { to, evidence } of owners) yield edge("OWNED_BY", key, to, { basis: "tag", evidence });
}

const isParent = (name: ResourceName) => /^(organizations|folders)\/\d+$/.test(name);

function* containedIn(parent: ResourceName | undefined, key: string, source: string): Iterable<GraphRecord> {
  if (parent !== undefined && isParent(parent)) yield edge("CONTAINS", resourceKey(source, parent), key);
}

/** Values of labels hold no `@`: what they say is a name, and correlation finds out whose. */
export function ownersIn(
  labels: Readonly<Record<string, string>>,
  config: GoogleCloudConfig,
): readonly { readonly to: string; readonly evidence: string }[] {
  const wanted = new Set(config.ownerLabels.map((name) => name.toLowerCase()));
  return Object.entries(labels)
    .filter(([name, value]) => wanted.has(name.toLowerCase()) && value.trim() !== "")
    .sort()
    .map(([name, value]) => ({
      to: refKey("owner-tag", value.trim()),
      evidence: `label ${name}=${value.trim()}`,
    }));
}
