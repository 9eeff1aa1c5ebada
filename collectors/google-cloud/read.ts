import { z } from "zod";
import { CollectError, type Partition, type RawPage, type ReadContext } from "../../src/collect/index.js";
import type { Session } from "./client.js";
import { type GoogleCloudConfig, isSearch } from "./config.js";
import type { ProjectAt, Root } from "./hierarchy.js";
import { inTurn } from "./limits.js";
import { ACCOUNT_POLICIES, ACCOUNTS, KEYS, type Memo, POLICIES, POOLS, RESOURCES, ROLES } from "./memo.js";
import {
  accountShape,
  keyShape,
  type Project,
  policyShape,
  poolShape,
  providerShape,
  roleShape,
} from "./shapes.js";

type Io = ReadContext<GoogleCloudConfig, Memo>;
type Read = (session: Session, partition: Partition, io: Io) => AsyncIterable<RawPage>;

/** What a partition is: a root, or a project that is there or gone. Throws where it is neither. */
function placeOf(session: Session, { id }: Partition): Root | Exclude<ProjectAt, { kind: "undecided" }> {
  const root = session.hierarchy.roots.find(({ name }) => name === id);
  if (root !== undefined) return root;
  const found = session.hierarchy.projects.get(id.slice("projects/".length));
  if (found === undefined) {
    const message = `${id} was not found`;
    throw new CollectError({ kind: "fatal", message }, message);
  }
  if (found.kind === "undecided") throw found.error;
  return found;
}

/** The project of a partition; undefined for a root, and for a project that is gone, in which nothing is left. */
function projectOf(session: Session, partition: Partition): Project | undefined {
  const place = placeOf(session, partition);
  return "kind" in place && place.kind === "there" ? place.project : undefined;
}

/** Only labels that name an owner: the others are the company's own business. */
function ownerLabels(project: Project, config: GoogleCloudConfig): Project {
  const wanted = new Set(config.ownerLabels.map((name) => name.toLowerCase()));
  const labels = Object.fromEntries(
    Object.entries(project.labels).filter(([name]) => wanted.has(name.toLowerCase())),
  );
  return { ...project, labels };
}

/** What `partitions` read already: the hierarchy is walked once, and each part of it told where it belongs. */
export const readResources: Read = async function* (session, partition, io) {
  io.scope(RESOURCES);
  const place = placeOf(session, partition);
  if ("kind" in place) {
    const { project } = place;
    const found = project === undefined ? {} : { project: ownerLabels(project, io.config) };
    const gone = place.kind === "gone" ? { gone: place.why } : {};
    yield { partition: partition.id, ...found, ...gone, ...(isSearch(io.config) ? { searched: true } : {}) };
    return;
  }
  const [first] = place.gaps;
  const nothing = place.organization === undefined && place.folders.length === 0;
  if (nothing && first !== undefined) throw first.error;
  yield {
    partition: partition.id,
    ...(place.organization === undefined ? {} : { organization: place.organization }),
    folders: place.folders,
  };
  for (const { error } of place.gaps) io.partial(said(error));
};

/** A failure of one call among many, with the permission that it takes. */
function said(error: CollectError): string {
  return error.failure.kind === "denied"
    ? `${error.message} (the permission ${error.failure.permission} is missing)`
    : error.message;
}

/** The organisation's and its folders' policies, or one project's: version 3, else conditions would be hidden. */
export const readPolicies: Read = async function* (session, partition, io) {
  io.scope(POLICIES);
  const place = placeOf(session, partition);
  if ("kind" in place) {
    if (place.kind === "there") yield await policyPage(session, partition.id, partition.id, io);
    io.memo.policiesRead = true;
    return;
  }
  const names = new Set([
    place.name,
    ...place.folders.filter(({ state }) => state !== "DELETE_REQUESTED").map(({ name }) => name),
  ]);
  const whole = yield* someOf([...names], "policies of the organisation and its folders", io, (name) =>
    policyPage(session, partition.id, name, io),
  );
  const isKnown = !place.gaps.some((gap) => gap.of === "folders");
  if (!isKnown) io.partial("not every folder is known, so neither is every policy");
  io.memo.policiesRead = whole && isKnown;
};

async function policyPage(session: Session, partition: string, resource: string, io: Io): Promise<RawPage> {
  const kind = resource.slice(0, resource.indexOf("/"));
  const policy = await io.call(`resourcemanager.${kind}.getIamPolicy`, (signal) =>
    session.manager(`resourcemanager.${kind}.getIamPolicy`, signal, async (settings) => {
      const request = { resource, options: { requestedPolicyVersion: 3 } };
      const [answer] =
        kind === "organizations"
          ? await session.organizations.getIamPolicy(request, settings)
          : kind === "folders"
            ? await session.folders.getIamPolicy(request, settings)
            : await session.projects.getIamPolicy(request, settings);
      return policyShape.parse(answer);
    }),
  );
  return { partition, resource, policy };
}

const accountsPage = z.object({
  accounts: z.array(z.unknown()).default([]),
  nextPageToken: z.string().optional(),
});

export const readAccounts: Read = async function* (session, partition, io) {
  io.scope(ACCOUNTS);
  const project = projectOf(session, partition);
  if (project === undefined) return;
  const path = `${idOf(project)}/serviceAccounts`;
  for await (const { answer, more } of iamPages(session, io, "iam.serviceAccounts.list", path, {
    pageSize: "100",
  })) {
    const { accounts } = accountsPage.parse(answer);
    yield { partition: partition.id, accounts: accounts.map((item) => trimmed(accountShape, item)), more };
  }
};

const rolesPage = z.object({ roles: z.array(z.unknown()).default([]) });

/** Custom roles of the project or organisation, and those of the organisation that the partition's policies name. */
export const readRoles: Read = async function* (session, partition, io) {
  io.scope(ROLES);
  const place = placeOf(session, partition);
  if ("kind" in place && place.kind === "gone") return;
  const project = projectOf(session, partition);
  const owner = project === undefined ? partition.id : idOf(project);
  if (!owner.startsWith("folders/")) {
    // Deleted roles are asked for too: bindings to them stand for 37 days, and come back with them.
    const query = { view: "FULL", pageSize: "300", showDeleted: "true" };
    for await (const { answer } of iamPages(session, io, "iam.roles.list", `${owner}/roles`, query)) {
      const { roles } = rolesPage.parse(answer);
      yield { partition: partition.id, roles: roles.map((item) => trimmed(roleShape, item)) };
    }
  }
  if (!io.memo.policiesRead)
    io.partial("not every policy was read, so where custom roles are held is not known");
  const elsewhere = [...io.memo.customBindings.keys()].filter((name) => !io.memo.roles.has(name));
  const roles = await rolesElsewhere(session, elsewhere, io);
  if (roles.length > 0) yield { partition: partition.id, roles };
};

/** Custom roles of somebody else than the partition, each asked for once in the whole read. */
async function rolesElsewhere(
  session: Session,
  names: readonly string[],
  io: Io,
): Promise<readonly unknown[]> {
  const roles: unknown[] = [];
  const asked = names.filter((name) => name.startsWith("organizations/"));
  for await (const { result } of inTurn(asked, (name) => sharedRole(session, name, io))) {
    if (result !== undefined && "notSeen" in result) io.partial(String(result.notSeen));
    else roles.push(result);
  }
  return roles;
}

/** What cannot be seen stays as it was: neither what the role allows, nor that it allows nothing, was read. */
async function sharedRole(session: Session, name: string, io: Io): Promise<object | undefined> {
  return once(session, name, async () => {
    try {
      const answer = await io.call("iam.roles.get", (signal) =>
        session.iam("iam.roles.get", { path: encodePath(name), signal }),
      );
      return trimmed(roleShape, answer);
    } catch (error) {
      if (!isHidden(error)) throw error;
      return { notSeen: `what the custom role ${name} allows could not be read: ${said(error)}` };
    }
  });
}

function once<T extends object | undefined>(
  session: Session,
  name: string,
  work: () => Promise<T>,
): Promise<object | undefined> {
  const running = session.shared.get(name) ?? work();
  session.shared.set(name, running);
  // A failure is the business of whoever met it: the next one asks again.
  running.catch(() => session.shared.delete(name));
  return running;
}

const isHidden = (error: unknown): error is CollectError =>
  error instanceof CollectError && (error.failure.kind === "denied" || error.failure.kind === "notFound");

/** Who may act as each service account, by the account's own policy. */
export const readAccountPolicies: Read = async function* (session, partition, io) {
  io.scope(ACCOUNT_POLICIES);
  const project = projectOf(session, partition);
  if (project === undefined) return;
  const accounts = accountsToAsk(io);
  const whole = yield* someOf(accounts, "policies of service accounts", io, async ({ email, uniqueId }) => {
    const path = `${idOf(project)}/serviceAccounts/${encodeURIComponent(email)}:getIamPolicy`;
    const answer = await io.call("iam.serviceAccounts.getIamPolicy", (signal) =>
      session.iam("iam.serviceAccounts.getIamPolicy", {
        method: "POST",
        path,
        query: { "options.requestedPolicyVersion": "3" },
        signal,
      }),
    );
    const policy = policyShape.parse(answer);
    const unknown = policy.bindings.flatMap(({ role }) =>
      role.startsWith("organizations/") && !io.memo.roles.has(role) ? [role] : [],
    );
    const roles = await rolesElsewhere(session, unknown, io);
    return {
      partition: partition.id,
      account: { email, uniqueId },
      policy,
      ...(roles.length === 0 ? {} : { roles }),
    };
  });
  io.memo.accountPoliciesRead = whole && io.memo.accountsWhole;
};

const keysPage = z.object({ keys: z.array(z.unknown()).default([]) });

/** Keys that people made: Google's own are never in anybody's hands. The list has no pages. */
export const readKeys: Read = async function* (session, partition, io) {
  io.scope(KEYS);
  const project = projectOf(session, partition);
  if (project === undefined) return;
  yield* someOf(accountsToAsk(io), "keys of service accounts", io, async ({ email, uniqueId }) => {
    const path = `${idOf(project)}/serviceAccounts/${encodeURIComponent(email)}/keys`;
    const answer = await io.call("iam.serviceAccounts.keys.list", (signal) =>
      session.iam("iam.serviceAccountKeys.list", { path, query: { keyTypes: "USER_MANAGED" }, signal }),
    );
    const { keys } = keysPage.parse(answer);
    return {
      partition: partition.id,
      account: { email, uniqueId },
      keys: keys.map((item) => trimmed(keyShape, item)),
    };
  });
};

function accountsToAsk({
  memo,
  partial,
}: Io): readonly { readonly email: string; readonly uniqueId: string }[] {
  if (!memo.accountsWhole) {
    const reason = "the project's service accounts were not all listed";
    if (memo.accounts.size === 0) throw new CollectError({ kind: "fatal", message: reason }, reason);
    partial(reason);
  }
  return [...memo.accounts].map(([email, uniqueId]) => ({ email, uniqueId }));
}

const poolsPage = z.object({ workloadIdentityPools: z.array(z.unknown()).default([]) });
const providersPage = z.object({ workloadIdentityPoolProviders: z.array(z.unknown()).default([]) });

/** The project's pools, and the providers of pools elsewhere that its policies name. */
export const readPools: Read = async function* (session, partition, io) {
  io.scope(POOLS);
  const place = placeOf(session, partition);
  if ("kind" in place && place.kind === "gone") return;
  const project = projectOf(session, partition);
  if (project !== undefined) {
    const path = `${idOf(project)}/locations/global/workloadIdentityPools`;
    const pages = iamPages(session, io, "iam.workloadIdentityPools.list", path, {
      pageSize: "100",
      showDeleted: "true",
    });
    const pools: z.infer<typeof poolShape>[] = [];
    for await (const { answer } of pages) {
      for (const item of poolsPage.parse(answer).workloadIdentityPools) {
        const pool = poolShape.safeParse(item);
        if (pool.success) pools.push(pool.data);
        else io.partial("a workload identity pool was not understood");
      }
    }
    yield* someOf(pools, "providers of workload identity pools", io, async (pool) => ({
      partition: partition.id,
      pool,
      // A pool that is deleted lists none.
      providers: pool.state === "DELETED" ? [] : await providersOf(session, pool.name, io),
    }));
  }
  if (!io.memo.policiesRead || (project !== undefined && !io.memo.accountPoliciesRead))
    io.partial("not every policy was read, so whom they let in through pools is not known");
  const others = [...io.memo.federated.keys()].filter((name) => {
    const [, number = ""] = name.split("/");
    // Those of projects that are not read stay references.
    return `projects/${number}` !== partition.id && session.hierarchy.projects.get(number)?.kind === "there";
  });
  yield* someOf(others, "providers of workload identity pools of other projects", io, async (name) => ({
    partition: partition.id,
    ...(await once(session, name, () => poolElsewhere(session, name, io))),
  }));
};

async function poolElsewhere(session: Session, name: string, io: Io): Promise<object> {
  const answer = await io.call("iam.workloadIdentityPools.get", (signal) =>
    session.iam("iam.workloadIdentityPools.get", { path: encodePath(name), signal }),
  );
  const pool = poolShape.parse(answer);
  return { elsewhere: pool, providers: pool.state === "DELETED" ? [] : await providersOf(session, name, io) };
}

async function providersOf(session: Session, pool: string, io: Io): Promise<readonly unknown[]> {
  const providers: unknown[] = [];
  const path = `${encodePath(pool)}/providers`;
  const query = { pageSize: "100" };
  for await (const { answer } of iamPages(
    session,
    io,
    "iam.workloadIdentityPoolProviders.list",
    path,
    query,
  )) {
    for (const item of providersPage.parse(answer).workloadIdentityPoolProviders)
      providers.push(trimmed(providerShape, item));
  }
  return providers;
}

const token = z.object({ nextPageToken: z.string().optional() });

/** The pages of one list of the IAM API. */
async function* iamPages(
  session: Session,
  io: Io,
  permission: string,
  path: string,
  query: Readonly<Record<string, string>>,
): AsyncIterable<{ readonly answer: unknown; readonly more: boolean }> {
  yield* io.pages(permission, async (cursor, signal) => {
    const answer = await session.iam(permission, { path, query: { ...query, pageToken: cursor }, signal });
    const next = token.parse(answer).nextPageToken;
    return { page: { answer, more: next !== undefined && next !== "" }, next };
  });
}

/** How many may fail in a row, before any was read, until it is clear that none can be. */
const HOPELESS = 3;

/** A page for each item; one that cannot be read makes the read partial, and all of them make it fail. True where none failed. */
async function* someOf<T>(
  items: readonly T[],
  what: string,
  io: Io,
  one: (item: T) => Promise<RawPage>,
): AsyncGenerator<RawPage, boolean, undefined> {
  const failures: CollectError[] = [];
  let done = 0;
  const attempt = async (item: T): Promise<{ page: RawPage } | CollectError> => {
    try {
      return { page: await one(item) };
    } catch (error) {
      if (!(error instanceof CollectError)) throw error;
      return error;
    }
  };
  for await (const { result } of inTurn(items, attempt)) {
    if (result instanceof CollectError) {
      if (["aborted", "unauthenticated"].includes(result.failure.kind)) throw result;
      failures.push(result);
      if (done === 0 && failures.length >= HOPELESS) throw result;
      continue;
    }
    done += 1;
    yield result.page;
  }
  const [first] = failures;
  if (first === undefined) return true;
  if (done === 0) throw first;
  io.partial(`${failures.length} of ${items.length} ${what} could not be read: ${said(first)}`);
  return false;
}

/** The project's id in paths of the IAM API; its number serves as well. */
const idOf = (project: Project) =>
  project.projectId === undefined ? project.name : `projects/${encodeURIComponent(project.projectId)}`;
const encodePath = (name: string) => name.split("/").map(encodeURIComponent).join("/");

/** What the shape knows of an item; an item that is something else goes on as a bare object, to be rejected. */
function trimmed<T>(shape: z.ZodType<T>, item: unknown): T | Record<string, never> {
  const parsed = shape.safeParse(item);
  return parsed.success ? parsed.data : {};
}
