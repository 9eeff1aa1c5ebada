import { CollectError, type Failure, type Partition } from "../../src/collect/index.js";
import type { Session } from "./client.js";
import { isSearch, rootsOf } from "./config.js";
import { type Context, look, searchProjects } from "./manager-calls.js";
import { withMoved } from "./moved.js";
import { resourceKey } from "./names.js";
import type { Project } from "./shapes.js";
import { parentsOf, type Root, walkRoots } from "./tree.js";

/** What is known of one project that is a partition. */
export type ProjectAt =
  | { readonly kind: "there"; readonly project: Project }
  /** Proved gone: `project` where it is in the state DELETE_REQUESTED, else it is under no parent any more. */
  | { readonly kind: "gone"; readonly why: string; readonly project?: Project }
  /** Neither there nor proved gone. */
  | { readonly kind: "undecided"; readonly error: CollectError };

export interface Hierarchy {
  readonly roots: readonly Root[];
  /** By number. */
  readonly projects: ReadonlyMap<string, ProjectAt>;
}

/**
 * Walks the folders from each root, lists the projects under every parent, and looks at each project that was known
 * and that nothing lists any more. What cannot be read is a gap of its root, or of one project, and not of the rest.
 */
export async function walk(session: Session, context: Context): Promise<Hierarchy> {
  const { config, log, source } = context;
  const projects = new Map<string, ProjectAt>();
  const listed = (project: Project) => {
    projects.set(numberOf(project), at(project));
  };
  const roots = await withMoved(session, context, await walkRoots(session, context, listed), listed);
  if (isSearch(config)) {
    log.warn(
      `${source}: no organization, folders or projects are configured, so it reads what searchProjects shows: that is what one may see, some time ago, and proves no project gone`,
    );
    const unread = (error: CollectError) => {
      throw error;
    };
    for await (const project of searchProjects(session, context, unread))
      projects.set(numberOf(project), at(project));
  }
  for (const number of config.projects ?? []) {
    if (projects.has(number)) continue;
    const found = await look(session, context, number);
    projects.set(number, found instanceof CollectError ? { kind: "undecided", error: found } : at(found));
  }
  const scope = {
    roots,
    parents: parentsOf(roots),
    whole: roots.length > 0 && roots.every(({ gaps }) => gaps.length === 0),
  };
  for (const number of knownProjects(context)) {
    if (projects.has(number)) continue;
    const state = await decide(session, context, number, scope);
    if (state !== undefined) projects.set(number, state);
  }
  return { roots, projects };
}

/** The roots, then the projects by number. */
export function partitionsOf({ roots, projects }: Hierarchy): readonly Partition[] {
  const numbers = [...projects.keys()].sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  return [
    ...roots.map(({ name, organization }) => titled(name, organization?.displayName)),
    ...numbers.map((number) => {
      const found = projects.get(number);
      return titled(
        `projects/${number}`,
        found === undefined || found.kind === "undecided" ? undefined : found.project?.projectId,
      );
    }),
  ];
}

const titled = (id: string, title: string | undefined): Partition => ({
  id,
  ...(title === undefined ? {} : { title }),
});
const numberOf = (project: Project) => project.name.slice("projects/".length);

/** ACTIVE projects are there; DELETE_REQUESTED is Google's own word for gone. */
const at = (project: Project): ProjectAt =>
  project.state === "DELETE_REQUESTED"
    ? { kind: "gone", why: "its deletion was requested", project }
    : { kind: "there", project };

/** Only of a source that has roots or takes what it may see: named projects are all there is to read. */
function knownProjects({ config, known }: Context): readonly string[] {
  if (rootsOf(config).length === 0 && !isSearch(config)) return [];
  return known.partitions.flatMap((id) => /^projects\/(\d+)$/.exec(id)?.[1] ?? []);
}

interface Scope {
  readonly roots: readonly Root[];
  /** Every folder and root that was listed. */
  readonly parents: ReadonlySet<string>;
  /** Every list under every parent was read to its end. */
  readonly whole: boolean;
}

/**
 * A project that the graph knows and that no list has. Undefined where it is none of this source's any more: then its
 * partition is out of scope, and nothing of it is removed. 403 and 404 alone prove nothing.
 */
async function decide(
  session: Session,
  context: Context,
  number: string,
  scope: Scope,
): Promise<ProjectAt | undefined> {
  const found = await look(session, context, number);
  if (!(found instanceof CollectError)) {
    const elsewhere = scope.whole && found.parent !== undefined && !scope.parents.has(found.parent);
    return elsewhere ? undefined : at(found);
  }
  const hidden = found.failure.kind === "denied" || found.failure.kind === "notFound";
  if (!hidden || !scope.whole) return { kind: "undecided", error: unlisted(number, found, scope) };
  if (!(await wasBelow(context, number, scope))) return undefined;
  const tops = scope.roots.map(({ name }) => name).join(", ");
  return {
    kind: "gone",
    why: `it is under no folder of ${tops} any more, and all of them were listed to the end`,
  };
}

/** Whether the graph has the project below one of the roots, over whatever folders it knew. */
async function wasBelow({ known, source }: Context, number: string, scope: Scope): Promise<boolean> {
  const parentOf = new Map<string, string>();
  const learn = async (partition: string) => {
    for (const { from, to } of await known.edges("CONTAINS", partition)) parentOf.set(to, from);
  };
  await learn(`projects/${number}`);
  const parent = parentOf.get(resourceKey(source, `projects/${number}`));
  // Nothing of it is in the graph, so there is nothing to prove.
  if (parent === undefined) return true;
  for (const { name } of scope.roots) await learn(name);
  const ours = new Set([...scope.parents].map((name) => resourceKey(source, name)));
  const seen = new Set<string>();
  for (let key: string | undefined = parent; key !== undefined && !seen.has(key); key = parentOf.get(key)) {
    if (ours.has(key)) return true;
    seen.add(key);
  }
  return false;
}

function unlisted(number: string, found: CollectError, { roots }: Scope): CollectError {
  const because =
    roots.length === 0
      ? "searchProjects shows only what one may see, and lags"
      : "not every list of folders and projects could be read";
  const said = "message" in found.failure ? found.failure.message : found.message;
  const message = `the project ${number} is known and not listed, and whether it is gone is not proved: ${because}; ${said}`;
  const failure: Failure = "message" in found.failure ? { ...found.failure, message } : found.failure;
  return new CollectError(failure, message, { cause: found });
}
