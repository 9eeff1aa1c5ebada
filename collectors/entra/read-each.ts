import type { z } from "zod";
import { CollectError, type Failure, type Partition, type RawPage } from "../../src/collect/index.js";
import type { Ask, Session } from "./client.js";
import { BatchUnfinished, classify, GraphRefusal } from "./errors.js";
import type { IdList } from "./guids.js";
import { BATCH, PAGE, rateLimit } from "./limits.js";
import type { Memo } from "./memo.js";
import { mailboxOf } from "./names.js";
import { NEEDS } from "./permissions.js";
import type { Io, Reading } from "./read.js";
import {
  APP_ROLE_ASSIGNMENTS,
  APPLICATION_OWNERS,
  APPLICATIONS,
  FEDERATED_CREDENTIALS,
  GROUP_MEMBERS,
  GROUP_OWNERS,
  GROUPS,
  MAIL_FORWARDING,
  SERVICE_PRINCIPAL_OWNERS,
  SERVICE_PRINCIPALS,
  SPONSORS,
  USERS,
} from "./records.js";
import {
  appRoleAssignmentShape,
  cut,
  federatedShape,
  listPage,
  memberShape,
  messageRuleShape,
  type ObjectLists,
} from "./shapes.js";
import { lackOf } from "./whole.js";

/** A list that every object of another list has. */
interface EachSpec {
  readonly stream: string;
  /** For people: `the members of groups`. */
  readonly what: string;
  readonly operation: string;
  /** The stream that lists the objects, and what it calls them. */
  readonly parent: string;
  readonly idsOf: (memo: Memo) => IdList;
  readonly ask: (id: string, memo: Memo) => Ask;
  readonly shape: z.ZodType;
  /** Of objects whose list is hidden from most: whether it is shown to who asks. */
  readonly seesHidden?: (id: string, memo: Memo, session: Session) => boolean;
  /** Asks for the object itself: only that tells whether it is gone, or only its list was not found. */
  readonly object: (id: string) => Ask;
  /** Codes that say that the object has no such list at present. */
  readonly closed?: ReadonlySet<string>;
  /** Objects of whose lists the graph holds something: they are asked for as well. */
  readonly known?: (io: Io, partition: Partition) => Promise<ReadonlySet<string>>;
}

/** How many lists may fail, before any was read, until it is clear that none can be. */
const HOPELESS = BATCH;
/** Batches that are under way or wait for their turn: the limiter lets fewer through at a time. */
const AHEAD = rateLimit.concurrency * 2;

interface Item {
  readonly id: string;
  readonly ask: Ask;
  /** nextLinks that were followed. */
  readonly links: ReadonlySet<string>;
}

/** What became of all lists of a stream so far. */
interface Tally {
  /** Objects of whose lists the graph holds something. */
  readonly known: ReadonlySet<string>;
  readonly failures: CollectError[];
  read: number;
}

/** A stream of per-object lists: twenty a batch, several batches at a time, pages in the order of the objects. */
function readEach(spec: EachSpec): Reading {
  return async function* (session, partition, io) {
    io.scope(spec.stream);
    const ids = spec.idsOf(io.memo);
    const lack = lackOf(io.memo.lists, spec.parent);
    if (lack !== undefined) {
      const reason = `not all of ${spec.parent} are known, because ${lack}`;
      if (ids.size === 0) throw new CollectError({ kind: "fatal", message: reason }, reason);
      io.partial(reason);
    }
    const known = (await spec.known?.(io, partition)) ?? new Set<string>();
    for (const id of known) ids.add(id);
    const tally: Tally = { known, failures: [], read: 0 };
    const slices = ids.slices(BATCH);
    yield* ahead(
      () => {
        const { value, done } = slices.next();
        return done === true ? undefined : batchPages(session, io, spec, value, tally);
      },
      () => {
        io.log.progress(`${io.source}: ${spec.what}`, tally.read + tally.failures.length, "lists", ids.size);
      },
    );
    const [first] = tally.failures;
    if (first === undefined) return;
    if (tally.read === 0) throw first;
    io.partial(
      `${spec.what}: ${tally.failures.length} of ${ids.size} lists could not be read (${reasonsIn(tally.failures)})`,
    );
  };
}

/** Each reason once: many lists fail for the same. */
function reasonsIn(failures: readonly CollectError[]): string {
  const all = [...new Set(failures.map(({ message }) => message))];
  return all.length <= 3 ? all.join("; ") : `${all.slice(0, 3).join("; ")}; and others`;
}

/**
 * Runs generators beside each other and gives their pages one generator after the other, so that two reads give the
 * same order. Each waits with one page ready until its turn comes: what is held is bounded.
 */
async function* ahead<T>(
  begin: () => AsyncGenerator<T, void, undefined> | undefined,
  ended: () => void,
): AsyncGenerator<T, void, undefined> {
  const begun: {
    readonly pages: AsyncGenerator<T, void, undefined>;
    next: Promise<IteratorResult<T, void>>;
  }[] = [];
  const step = (pages: AsyncGenerator<T, void, undefined>) => {
    const next = pages.next();
    // Whoever awaits it gets the error; until then nobody does.
    next.catch(() => undefined);
    return next;
  };
  const fill = () => {
    while (begun.length < AHEAD) {
      const pages = begin();
      if (pages === undefined) return;
      begun.push({ pages, next: step(pages) });
    }
  };
  for (fill(); ; fill()) {
    const [head] = begun;
    if (head === undefined) return;
    const { value, done } = await head.next;
    if (done === true) {
      begun.shift();
      ended();
      continue;
    }
    head.next = step(head.pages);
    yield value;
  }
}

/** The lists of up to twenty objects: a page holds what one round of asking gave, until all have ended. */
async function* batchPages(
  session: Session,
  io: Io,
  spec: EachSpec,
  ids: readonly string[],
  tally: Tally,
): AsyncGenerator<RawPage, void, undefined> {
  let items: readonly Item[] = ids.map((id) => ({
    id,
    ask: spec.ask(id, io.memo),
    links: new Set<string>(),
  }));
  while (items.length > 0) {
    const answers = await askAll(session, io, spec.operation, items);
    const objects: ObjectLists[] = [];
    const following: Item[] = [];
    const lost: Lost[] = [];
    for (const [index, item] of items.entries()) {
      const answer = answers[index];
      if (answer instanceof CollectError) {
        const closed = isClosed(answer, spec);
        if (closed && !tally.known.has(item.id)) {
          tally.read += 1;
          objects.push({ id: item.id, value: [] });
        } else if (closed || answer.failure.kind === "notFound") lost.push({ ...item, closed });
        else tally.failures.push(answer);
        continue;
      }
      const { list, next } = listOf(answer, spec, item);
      const seesHidden = spec.seesHidden?.(item.id, io.memo, session) === true;
      objects.push({ ...list, ...(seesHidden ? { seesHidden } : {}) });
      if (next === undefined) tally.read += 1;
      else if (next instanceof CollectError) tally.failures.push(next);
      else following.push(next);
    }
    for (const found of await lookAgain(session, io, spec, lost)) {
      if (found instanceof CollectError) tally.failures.push(found);
      else {
        tally.read += 1;
        objects.push(found);
      }
    }
    const [first] = tally.failures;
    if (tally.read === 0 && tally.failures.length >= HOPELESS && first !== undefined) throw first;
    if (objects.length > 0) yield { objects };
    items = following;
  }
}

/** One answer as a page of its object's list, and what to ask for next. */
function listOf(
  answer: unknown,
  { operation, shape }: EachSpec,
  item: Item,
): { readonly list: ObjectLists; readonly next: Item | CollectError | undefined } {
  const parsed = listPage.safeParse(answer);
  if (!parsed.success) {
    return { list: { id: item.id, value: [] }, next: fatal(`${operation} gave an answer that is no list`) };
  }
  const { "@odata.nextLink": link, "@odata.count": count, value } = parsed.data;
  const last = link === undefined || link === null || link === "";
  const list: ObjectLists = {
    id: item.id,
    ...(typeof count === "number" ? { "@odata.count": count } : {}),
    ...(last ? {} : { more: true }),
    value: value.map((entry) => cut(shape, entry)),
  };
  if (last) return { list, next: undefined };
  if (item.links.has(link)) {
    return { list, next: fatal(`${operation} gave the same cursor twice, so its list has no end`) };
  }
  return { list, next: { ...item, ask: { ...item.ask, path: link }, links: new Set([...item.links, link]) } };
}

/**
 * Asks for all items in one call, and again for those that were throttled or failed in passing, as long as the engine
 * retries. Each item ends as a body or as an error of its own; throws only what ends the read as a whole.
 */
async function askAll(
  session: Session,
  io: Io,
  operation: string,
  items: readonly Item[],
): Promise<readonly unknown[]> {
  const results: unknown[] = items.map(() => undefined);
  let pending = items.map((_, index) => index);
  try {
    await io.call(`POST /$batch of ${operation}`, async (signal) => {
      const asks = pending.flatMap((index) => items[index]?.ask ?? []);
      const answers = await session.batch(asks, signal);
      const again: number[] = [];
      let worst: Failure = { kind: "transient" };
      for (const [at, index] of pending.entries()) {
        const answer = answers[at];
        const failure =
          answer === undefined
            ? { kind: "transient" as const }
            : answer instanceof GraphRefusal
              ? classify(answer)
              : undefined;
        if (failure === undefined) results[index] = answer;
        else if (failure.kind === "throttled" || failure.kind === "transient") {
          again.push(index);
          worst = worseOf(worst, failure);
        } else
          results[index] = new CollectError(failure, `${operation} failed: ${textOf(failure)}`, {
            cause: answer,
          });
      }
      pending = again;
      if (again.length > 0) throw new BatchUnfinished(worst, again.length);
    });
  } catch (error) {
    if (!(error instanceof CollectError)) throw error;
    if (["aborted", "unauthenticated"].includes(error.failure.kind)) throw error;
    for (const index of pending) results[index] = error;
  }
  return results;
}

type Waiting = Extract<Failure, { kind: "throttled" | "transient" }>;

/** Throttling over a passing fault, and of two the longer wait: all that is left is asked for together. */
function worseOf(a: Failure, b: Waiting): Failure {
  const first = a.kind === "throttled" || a.kind === "transient" ? a : b;
  const kind = first.kind === "throttled" || b.kind === "throttled" ? "throttled" : "transient";
  const waits = [first.retryAfterMs, b.retryAfterMs].filter((wait) => wait !== undefined);
  return waits.length === 0 ? { kind } : { kind, retryAfterMs: Math.max(...waits) };
}

function textOf(failure: Failure): string {
  if (failure.kind === "denied") return `the permission ${failure.permission} is missing: ${failure.message}`;
  return "message" in failure ? failure.message : failure.kind;
}

const isClosed = ({ cause }: CollectError, { closed }: EachSpec): boolean =>
  cause instanceof GraphRefusal && closed?.has(cause.code) === true;

/** An object whose list was not found, or is closed while the graph holds something of it. */
interface Lost extends Item {
  readonly closed: boolean;
}

/**
 * What was listed a moment ago and has no list now: it is gone only where the object itself is not found either. Else
 * what was known of a closed list stands, and any other could not be read, which the failure says.
 */
async function lookAgain(
  session: Session,
  io: Io,
  spec: EachSpec,
  items: readonly Lost[],
): Promise<readonly (ObjectLists | CollectError)[]> {
  if (items.length === 0) return [];
  const operation = spec.operation.replace(/\{id\}.*/, "{id}");
  const asks = items.map((item) => ({ ...item, ask: spec.object(item.id) }));
  const answers = await askAll(session, io, operation, asks);
  return items.map(({ id, closed }, index) => {
    const answer = answers[index];
    if (answer instanceof CollectError)
      return answer.failure.kind === "notFound" ? { id, value: [], gone: true } : answer;
    if (closed) return { id, value: [], closed: true };
    return fatal(`${spec.operation} found nothing, and the object is there`);
  });
}

function fatal(message: string): CollectError {
  return new CollectError({ kind: "fatal", message }, message);
}

const oneOf =
  (path: string, permission: string) =>
  (id: string): Ask => ({ path: `${path}/${encodeURIComponent(id)}?$select=id`, permission });

/** Only type and id of what is named; counted by Graph, which the plain list does without. */
const namedObjects = `$select=id&$top=${PAGE}&$count=true`;

/**
 * Without `ConsistencyLevel: eventual` and `$count` the v1.0 list has left out service principals.
 * https://learn.microsoft.com/graph/api/group-list-members
 */
export const readMembers = readEach({
  stream: GROUP_MEMBERS,
  what: "the members of groups",
  operation: "GET /groups/{id}/members",
  parent: GROUPS,
  idsOf: ({ groups }) => groups,
  ask: (id, { hiddenGroups }) => ({
    path: `/groups/${encodeURIComponent(id)}/members?${namedObjects}`,
    permission: hiddenGroups.has(id) ? NEEDS.hiddenMembers : NEEDS.groups,
    eventual: true,
  }),
  seesHidden: (id, { hiddenGroups }, session) => hiddenGroups.has(id) && session.holds(NEEDS.hiddenMembers),
  object: oneOf("/groups", NEEDS.groups),
  shape: memberShape,
});

export const readGroupOwners = readEach({
  stream: GROUP_OWNERS,
  what: "the owners of groups",
  operation: "GET /groups/{id}/owners",
  parent: GROUPS,
  idsOf: ({ groups }) => groups,
  ask: (id) => ({
    path: `/groups/${encodeURIComponent(id)}/owners?${namedObjects}`,
    permission: NEEDS.groups,
    eventual: true,
  }),
  object: oneOf("/groups", NEEDS.groups),
  shape: memberShape,
});

export const readApplicationOwners = readEach({
  stream: APPLICATION_OWNERS,
  what: "the owners of applications",
  operation: "GET /applications/{id}/owners",
  parent: APPLICATIONS,
  idsOf: ({ applications }) => applications,
  ask: (id) => ({
    path: `/applications/${encodeURIComponent(id)}/owners?${namedObjects}`,
    permission: NEEDS.applications,
    eventual: true,
  }),
  object: oneOf("/applications", NEEDS.applications),
  shape: memberShape,
});

/**
 * Of managed identities as well: they are service principals, and the list is documented for all of these. It offers no
 * count. https://learn.microsoft.com/graph/api/serviceprincipal-list-owners
 */
export const readServicePrincipalOwners = readEach({
  stream: SERVICE_PRINCIPAL_OWNERS,
  what: "the owners of service principals",
  operation: "GET /servicePrincipals/{id}/owners",
  parent: SERVICE_PRINCIPALS,
  idsOf: ({ ownedPrincipals }) => ownedPrincipals,
  ask: (id) => ({
    path: `/servicePrincipals/${encodeURIComponent(id)}/owners?$select=id&$top=${PAGE}`,
    permission: NEEDS.applications,
  }),
  object: oneOf("/servicePrincipals", NEEDS.applications),
  shape: memberShape,
});

/** https://learn.microsoft.com/graph/api/user-list-sponsors */
export const readSponsors = readEach({
  stream: SPONSORS,
  what: "the sponsors of guests",
  operation: "GET /users/{id}/sponsors",
  parent: USERS,
  idsOf: ({ guests }) => guests,
  ask: (id) => ({ path: `/users/${encodeURIComponent(id)}/sponsors?$select=id`, permission: NEEDS.users }),
  object: oneOf("/users", NEEDS.users),
  shape: memberShape,
});

/** https://learn.microsoft.com/graph/api/application-list-federatedidentitycredentials */
export const readFederatedCredentials = readEach({
  stream: FEDERATED_CREDENTIALS,
  what: "the federated credentials of applications",
  operation: "GET /applications/{id}/federatedIdentityCredentials",
  parent: APPLICATIONS,
  idsOf: ({ applications }) => applications,
  ask: (id) => ({
    path: `/applications/${encodeURIComponent(id)}/federatedIdentityCredentials`,
    permission: NEEDS.applications,
  }),
  object: oneOf("/applications", NEEDS.applications),
  shape: federatedShape,
});

/** https://learn.microsoft.com/graph/api/serviceprincipal-list-approleassignedto */
export const readAppRoleAssignments = readEach({
  stream: APP_ROLE_ASSIGNMENTS,
  what: "the assignments to applications",
  operation: "GET /servicePrincipals/{id}/appRoleAssignedTo",
  parent: SERVICE_PRINCIPALS,
  idsOf: ({ servicePrincipals }) => servicePrincipals,
  ask: (id) => ({
    path: `/servicePrincipals/${encodeURIComponent(id)}/appRoleAssignedTo?$top=${PAGE}&$count=true`,
    permission: NEEDS.applications,
    eventual: true,
  }),
  object: oneOf("/servicePrincipals", NEEDS.applications),
  shape: appRoleAssignmentShape,
});

/**
 * A mailbox that is not in Exchange Online, or not any more: closed with its licence, it opens again with it, rules and
 * all. https://learn.microsoft.com/graph/resolve-auth-errors
 */
const NO_MAILBOX = new Set([
  "MailboxNotEnabledForRESTAPI",
  "MailboxNotSupportedForRESTAPI",
  "ErrorNonExistentMailbox",
]);

const rulesOfMailboxes = readEach({
  stream: MAIL_FORWARDING,
  what: "the inbox rules of mailboxes",
  operation: "GET /users/{id}/mailFolders/inbox/messageRules",
  parent: USERS,
  idsOf: ({ mailboxes }) => mailboxes,
  ask: (id) => ({
    path: `/users/${encodeURIComponent(id)}/mailFolders/inbox/messageRules`,
    permission: NEEDS.mailboxes,
  }),
  object: oneOf("/users", NEEDS.users),
  shape: messageRuleShape,
  closed: NO_MAILBOX,
  // A user whose address was taken away is asked again as well.
  known: async (io, partition) => {
    const owned = await io.known.edges("OWNED_BY", partition.id);
    return new Set(
      owned.flatMap(({ from }) => {
        const id = mailboxOf(from);
        return id === undefined ? [] : [id];
      }),
    );
  },
});

/** https://learn.microsoft.com/graph/api/mailfolder-list-messagerules */
export const readMailForwarding: Reading = async function* (session, partition, io) {
  if (!io.config.mailForwarding) {
    throw fatal("inbox rules are not asked for (`mailForwarding: false` in the configuration)");
  }
  yield* rulesOfMailboxes(session, partition, io);
};
