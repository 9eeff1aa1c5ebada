import type { z } from "zod";
import { CollectError, type PartitionsContext } from "../../src/collect/index.js";
import type { Session } from "./client.js";
import type { GoogleCloudConfig } from "./config.js";
import {
  type Folder,
  folderShape,
  type Organization,
  organizationShape,
  type Project,
  projectShape,
} from "./shapes.js";

export type Context = PartitionsContext<GoogleCloudConfig>;
/** What could not be read of a list that goes on. */
export type Unread = (error: CollectError) => void;

/** One project, or why it cannot be seen. */
export async function look(
  session: Session,
  context: Context,
  number: string,
): Promise<Project | CollectError> {
  try {
    return await context.call("resourcemanager.GetProject", (signal) =>
      session.manager("resourcemanager.projects.get", signal, async (settings) => {
        const [project] = await session.projects.getProject({ name: `projects/${number}` }, settings);
        return projectShape.parse(project);
      }),
    );
  } catch (error) {
    return ending(error);
  }
}

export const getOrganization = (session: Session, context: Context, name: string): Promise<Organization> =>
  context.call("resourcemanager.GetOrganization", (signal) =>
    session.manager("resourcemanager.organizations.get", signal, async (settings) => {
      const [organization] = await session.organizations.getOrganization({ name }, settings);
      return organizationShape.parse(organization);
    }),
  );

export const getFolder = (session: Session, context: Context, name: string): Promise<Folder> =>
  context.call("resourcemanager.GetFolder", (signal) =>
    session.manager("resourcemanager.folders.get", signal, async (settings) => {
      const [folder] = await session.folders.getFolder({ name }, settings);
      return folderShape.parse(folder);
    }),
  );

export async function* listFolders(
  session: Session,
  context: Context,
  parent: string,
  unread: Unread,
): AsyncIterable<Folder> {
  const pages = context.pages("resourcemanager.ListFolders", (cursor, signal) =>
    session.manager("resourcemanager.folders.list", signal, async (settings) => {
      const [, , answer] = await session.folders.listFolders(
        { parent, showDeleted: true, pageSize: PAGE, ...(cursor === undefined ? {} : { pageToken: cursor }) },
        settings,
      );
      return { page: answer.folders ?? [], next: answer.nextPageToken ?? undefined };
    }),
  );
  for await (const page of pages) yield* understood(folderShape, page, unread);
}

export async function* listProjects(
  session: Session,
  context: Context,
  parent: string,
  unread: Unread,
): AsyncIterable<Project> {
  const pages = context.pages("resourcemanager.ListProjects", (cursor, signal) =>
    session.manager("resourcemanager.projects.list", signal, async (settings) => {
      const [, , answer] = await session.projects.listProjects(
        { parent, showDeleted: true, pageSize: PAGE, ...(cursor === undefined ? {} : { pageToken: cursor }) },
        settings,
      );
      return { page: answer.projects ?? [], next: answer.nextPageToken ?? undefined };
    }),
  );
  for await (const page of pages) yield* understood(projectShape, page, unread);
}

export async function* searchProjects(
  session: Session,
  context: Context,
  unread: Unread,
): AsyncIterable<Project> {
  const pages = context.pages("resourcemanager.SearchProjects", (cursor, signal) =>
    session.manager("resourcemanager.projects.get", signal, async (settings) => {
      const [, , answer] = await session.projects.searchProjects(
        { pageSize: PAGE, ...(cursor === undefined ? {} : { pageToken: cursor }) },
        settings,
      );
      return { page: answer.projects ?? [], next: answer.nextPageToken ?? undefined };
    }),
  );
  for await (const page of pages) yield* understood(projectShape, page, unread);
}

/** One entry that is something else makes its list incomplete, and takes no other with it. */
function* understood<T>(shape: z.ZodType<T>, page: readonly unknown[], unread: Unread): Iterable<T> {
  for (const item of page) {
    const parsed = shape.safeParse(item);
    if (parsed.success) yield parsed.data;
    else unread(notUnderstood(parsed.error));
  }
}

function notUnderstood(cause: unknown): CollectError {
  const message = "an answer of Resource Manager was not understood";
  return new CollectError({ kind: "fatal", message }, message, { cause });
}

/** The most that ListProjects and ListFolders are documented to take is 300 for folders. */
const PAGE = 300;

/** What ends the whole read is thrown; anything else is a gap. */
export function ending(error: unknown): CollectError {
  if (!(error instanceof CollectError)) return notUnderstood(error);
  if (error.failure.kind === "aborted" || error.failure.kind === "unauthenticated") throw error;
  return error;
}
