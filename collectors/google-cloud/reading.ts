import { z } from "zod";
import { CollectError, type Partition, type RawPage, type ReadContext } from "../../src/collect/index.js";
import type { Session } from "./client.js";
import type { GoogleCloudConfig } from "./config.js";
import type { ProjectAt } from "./hierarchy.js";
import { inTurn } from "./limits.js";
import type { Memo } from "./memo.js";
import type { Project } from "./shapes.js";
import type { Root } from "./tree.js";

export type Io = ReadContext<GoogleCloudConfig, Memo>;
export type Read = (session: Session, partition: Partition, io: Io) => AsyncIterable<RawPage>;

/** What a partition is: a root, or a project that is there or gone. Throws where it is neither. */
export function placeOf(
  session: Session,
  { id }: Partition,
): Root | Exclude<ProjectAt, { kind: "undecided" }> {
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
export function projectOf(session: Session, partition: Partition): Project | undefined {
  const place = placeOf(session, partition);
  return "kind" in place && place.kind === "there" ? place.project : undefined;
}

/** A failure of one call among many, with the permission that it takes. */
export function said(error: CollectError): string {
  return error.failure.kind === "denied"
    ? `${error.message} (the permission ${error.failure.permission} is missing)`
    : error.message;
}

/** What several partitions need is asked for once. */
export function once<T extends object | undefined>(
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

export const isHidden = (error: unknown): error is CollectError =>
  error instanceof CollectError && (error.failure.kind === "denied" || error.failure.kind === "notFound");

const token = z.object({ nextPageToken: z.string().optional() });

/** The pages of one list of the IAM API. */
export async function* iamPages(
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
export async function* someOf<T>(
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
export const idOf = (project: Project) =>
  project.projectId === undefined ? project.name : `projects/${encodeURIComponent(project.projectId)}`;
export const encodePath = (name: string) => name.split("/").map(encodeURIComponent).join("/");

/** What the shape knows of an item; an item that is something else goes on as a bare object, to be rejected. */
export function trimmed<T>(shape: z.ZodType<T>, item: unknown): T | Record<string, never> {
  const parsed = shape.safeParse(item);
  return parsed.success ? parsed.data : {};
}
