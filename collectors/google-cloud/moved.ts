import { CollectError } from "../../src/collect/index.js";
import { parseKey } from "../../src/model/index.js";
import type { Session } from "./client.js";
import { type Context, ending, getFolder } from "./manager-calls.js";
import { resourceKey } from "./names.js";
import { isHidden } from "./reading.js";
import type { Folder } from "./shapes.js";
import { type Listed, listBelow, parentsOf, type Root } from "./tree.js";

/**
 * The roots with the folders that moved while they were listed. Levels are listed one after the other, so a folder
 * that moves from a parent not yet listed to one already listed is in no list, and yet there: lists that lack a folder
 * that the graph knows prove nothing until they were asked again. Two complete lists of everything below the root that
 * lack it, and Google not placing it there either, do.
 */
export async function withMoved(
  session: Session,
  context: Context,
  roots: readonly Root[],
  listed: Listed,
): Promise<readonly Root[]> {
  if ((await strayFolders(context, roots)).length === 0) return roots;
  let found: readonly Root[] = roots;
  for (const { name } of roots) found = joined(found, name, await listBelow(session, context, name, listed));
  for (const { root, folder } of await strayFolders(context, found))
    found = joined(found, root, await placed(session, context, folder, parentsOf(found), listed));
  return found;
}

interface Stray {
  readonly root: string;
  readonly folder: string;
}

/** What the graph has below a root and no list has. Where a list of folders failed, that proves nothing gone anyway. */
async function strayFolders({ known, source }: Context, roots: readonly Root[]): Promise<readonly Stray[]> {
  const parents = parentsOf(roots);
  const strays: Stray[] = [];
  for (const { name: root, gaps } of roots) {
    if (gaps.some(({ of }) => of === "folders")) continue;
    for (const { to } of await known.edges("CONTAINS", root)) {
      const folder = `folders/${parseKey(to).id}`;
      if (to === resourceKey(source, folder) && !parents.has(folder)) strays.push({ root, folder });
    }
  }
  return strays;
}

type Part = Pick<Root, "folders" | "gaps">;
const NOTHING: Part = { folders: [], gaps: [] };
const unplaced = (error: CollectError): Part => ({ folders: [], gaps: [{ of: "folders", error }] });

/** A root with more of what is below it; a folder that another root has stays that root's. */
function joined(roots: readonly Root[], name: string, more: Part): readonly Root[] {
  const parents = parentsOf(roots);
  const fresh = more.folders.filter((folder) => !parents.has(folder.name));
  return roots.map((root) =>
    root.name === name
      ? { ...root, folders: [...root.folders, ...fresh], gaps: [...root.gaps, ...more.gaps] }
      : root,
  );
}

/** A folder that no list has twice: with what is below it where Google places it in what is read, else nothing. */
async function placed(
  session: Session,
  context: Context,
  name: string,
  parents: ReadonlySet<string>,
  listed: Listed,
): Promise<Part> {
  const folder = await lookAt(session, context, name);
  if (folder instanceof CollectError) return isHidden(folder) ? NOTHING : unplaced(folder);
  const { parent, state } = folder;
  if (state === "DELETE_REQUESTED") return NOTHING;
  if (parent === undefined) {
    const message = `Google names no parent of ${name}, which is known and not listed`;
    return unplaced(new CollectError({ kind: "fatal", message }, message));
  }
  if (!parents.has(parent)) return NOTHING;
  const below = await listBelow(session, context, name, listed);
  return { ...below, folders: [folder, ...below.folders] };
}

async function lookAt(session: Session, context: Context, name: string): Promise<Folder | CollectError> {
  try {
    return await getFolder(session, context, name);
  } catch (error) {
    return ending(error);
  }
}
