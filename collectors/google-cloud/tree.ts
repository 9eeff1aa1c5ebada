import type { CollectError } from "../../src/collect/index.js";
import type { Session } from "./client.js";
import { rootsOf } from "./config.js";
import {
  type Context,
  ending,
  getFolder,
  getOrganization,
  listFolders,
  listProjects,
  type Unread,
} from "./manager-calls.js";
import type { Folder, Organization, Project } from "./shapes.js";

export interface Root {
  readonly name: string;
  readonly organization?: Organization;
  readonly folders: readonly Folder[];
  /** What could not be read, or not to its end. */
  readonly gaps: readonly Gap[];
}

export interface Gap {
  readonly of: "root" | "folders" | "projects";
  readonly error: CollectError;
}

/** Called with each project that a list has. */
export type Listed = (project: Project) => void;

export async function walkRoots(
  session: Session,
  context: Context,
  listed: Listed,
): Promise<readonly Root[]> {
  const roots: Root[] = [];
  for (const name of rootsOf(context.config)) {
    // A folder that was met on the way down from another root is that root's.
    if (parentsOf(roots).has(name)) continue;
    roots.push(await walkRoot(session, context, name, listed));
  }
  return roots;
}

/** Every root and every folder that was listed: what may be the parent of something that is theirs. */
export const parentsOf = (roots: readonly Root[]): ReadonlySet<string> =>
  new Set(roots.flatMap(({ name, folders }) => [name, ...folders.map((folder) => folder.name)]));

async function walkRoot(session: Session, context: Context, name: string, listed: Listed): Promise<Root> {
  const gaps: Gap[] = [];
  const organization = name.startsWith("organizations/")
    ? await guarded(gaps, "root", () => getOrganization(session, context, name))
    : undefined;
  const own = name.startsWith("folders/")
    ? await guarded(gaps, "root", () => getFolder(session, context, name))
    : undefined;
  const below = await listBelow(session, context, name, listed);
  return {
    name,
    ...(organization === undefined ? {} : { organization }),
    folders: [...(own === undefined ? [] : [own]), ...below.folders],
    gaps: [...gaps, ...below.gaps],
  };
}

/** The folders below one parent, level by level, and the projects under it and each of them. */
export async function listBelow(
  session: Session,
  context: Context,
  top: string,
  listed: Listed,
): Promise<Pick<Root, "folders" | "gaps">> {
  const gaps: Gap[] = [];
  const folders: Folder[] = [];
  const seen = new Set([top]);
  for (let level = [top]; level.length > 0; ) {
    const below = await Promise.all(
      level.map(async (parent) => {
        const children: Folder[] = [];
        await guarded(gaps, "folders", async (gap) => {
          for await (const folder of listFolders(session, context, parent, gap)) children.push(folder);
        });
        await guarded(gaps, "projects", async (gap) => {
          for await (const project of listProjects(session, context, parent, gap)) listed(project);
        });
        return children;
      }),
    );
    const fresh = below.flat().filter((folder) => !seen.has(folder.name));
    for (const folder of fresh) seen.add(folder.name);
    folders.push(...fresh);
    // A folder whose deletion was requested holds nothing that is active, and lists nothing.
    level = fresh.filter(({ state }) => state !== "DELETE_REQUESTED").map((folder) => folder.name);
  }
  return { folders, gaps };
}

/** What cannot be read is a gap, and not the end of the walk. */
async function guarded<T>(
  gaps: Gap[],
  of: Gap["of"],
  work: (gap: Unread) => Promise<T>,
): Promise<T | undefined> {
  const gap = (error: CollectError) => gaps.push({ of, error });
  try {
    return await work(gap);
  } catch (error) {
    gap(ending(error));
    return undefined;
  }
}
