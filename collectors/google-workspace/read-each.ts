import { CollectError, type Partition, type RawPage } from "../../src/collect/index.js";
import { ApiError, isUnknownProduct } from "./classify.js";
import type { Session } from "./client.js";
import { productsOf } from "./config.js";
import { PAGE, rateLimit } from "./limits.js";
import { isWhole, type KnownUser, type ListRead, lackOf } from "./memo.js";
import { mailboxDelegateKey, skuKey } from "./names.js";
import { NEEDS } from "./permissions.js";
import { answerOf, type Io } from "./read.js";
import {
  cut,
  delegateShape,
  delegatesPage,
  licenseShape,
  licensesPage,
  memberShape,
  membersPage,
  tokenShape,
  tokensPage,
} from "./shapes.js";

/** How many objects may fail, before any was listed, until it is clear that none can be. */
const HOPELESS = 20;

/**
 * Reads the list of each object, some at a time, and gives the pages in the objects' order. What fails for one object
 * makes the read partial; what fails for all of them, or will, ends it.
 */
async function* each<T>(
  io: Io,
  what: string,
  objects: readonly T[],
  read: (object: T) => Promise<readonly RawPage[]>,
): AsyncIterable<RawPage> {
  const failures: CollectError[] = [];
  let listed = 0;
  const begun: Promise<readonly RawPage[] | CollectError>[] = [];
  const begin = (at: number) => {
    const object = objects[at];
    if (object === undefined) return;
    const promise = read(object).catch((error: unknown) => {
      if (error instanceof CollectError) return error;
      throw error;
    });
    // Whoever awaits it gets the error; until then nobody does.
    promise.catch(() => undefined);
    begun[at] = promise;
  };
  for (let at = 0; at < rateLimit.concurrency; at++) begin(at);
  for (const at of objects.keys()) {
    const result = await begun[at];
    delete begun[at];
    if (result === undefined) continue;
    if (result instanceof CollectError) {
      if (endsAll(result)) throw result;
      failures.push(result);
      if (listed === 0 && failures.length >= HOPELESS) throw result;
    } else {
      listed += 1;
      yield* result;
    }
    begin(at + rateLimit.concurrency);
    if (at % 200 === 199) io.log.progress(`${io.source}: ${what}`, at + 1, "lists", objects.length);
  }
  const [first] = failures;
  if (first === undefined) return;
  if (listed === 0) throw first;
  const permission = first.failure.kind === "denied" ? ` (${first.failure.permission} is missing)` : "";
  io.partial(
    `${what} of ${failures.length} of ${objects.length} could not be read${permission}: ${first.message}`,
  );
}

/** The same would happen to every other object: cancelled, no credentials, or a scope that nobody granted. */
function endsAll(error: CollectError): boolean {
  const { failure } = error;
  if (failure.kind === "aborted" || failure.kind === "unauthenticated") return true;
  if (failure.kind !== "denied") return false;
  return !(error.cause instanceof ApiError) || error.cause.reasons.includes("insufficientPermissions");
}

const isNotFound = (error: unknown) => error instanceof CollectError && error.failure.kind === "notFound";

/**
 * Whether an object is gone since it was listed, where the list below it was not found. Only the object's own 404 says
 * so: where Google still knows it, its list is somewhere.
 */
async function isGone(error: unknown, what: string, ask: () => Promise<unknown>): Promise<boolean> {
  if (!isNotFound(error)) return false;
  try {
    await ask();
  } catch (again) {
    if (isNotFound(again)) return true;
    throw again;
  }
  const message = `Google finds no list of a ${what} that it still knows`;
  throw new CollectError({ kind: "fatal", message }, message, { cause: error });
}

/** A stream that asks for each object of a list is no more whole than the list, and ends where nothing of it is known. */
function needs(io: Io, what: "user" | "group", list: ListRead, known: number): void {
  if (isWhole(list)) return;
  const reason = `not every ${what} is known, because ${lackOf(what, list)}`;
  if (known === 0) throw new CollectError({ kind: "fatal", message: reason }, reason);
  io.partial(reason);
}

/**
 * One list per group, of direct members: nesting is followed in the graph.
 * https://developers.google.com/workspace/admin/directory/reference/rest/v1/members/list
 */
export async function* readMembers(
  session: Session,
  { id: customerId }: Partition,
  io: Io,
): AsyncIterable<RawPage> {
  io.scope("group-members");
  needs(io, "group", io.memo.groupList, io.memo.groups.size);
  const fields = `nextPageToken,members(${Object.keys(memberShape.shape).join(",")})`;
  yield* each(io, "the members of groups", [...io.memo.groups.keys()], async (groupId) => {
    const pages: RawPage[] = [];
    try {
      const list = io.pages("members.list", async (pageToken, signal) => {
        const query = { maxResults: PAGE.members, includeDerivedMembership: false, fields, pageToken };
        const path = `groups/${encodeURIComponent(groupId)}/members`;
        const body = await session.directory(path, query, NEEDS.members, signal);
        const page = answerOf(membersPage.omit({ groupId: true }), "members.list", body);
        const members = page.members.map((entry) => cut(memberShape, entry));
        return { page: { ...page, customerId, groupId, members }, next: page.nextPageToken };
      });
      for await (const page of list) pages.push(page);
    } catch (error) {
      // https://developers.google.com/workspace/admin/directory/reference/rest/v1/groups/get
      const path = `groups/${encodeURIComponent(groupId)}`;
      const ask = () =>
        io.call("groups.get", (signal) => session.directory(path, { fields: "id" }, NEEDS.groups, signal));
      if (!(await isGone(error, "group", ask))) throw error;
      return [{ customerId, groupId, gone: true, members: [] }];
    }
    return pages;
  });
}

/** One list per user. https://developers.google.com/workspace/admin/directory/reference/rest/v1/tokens/list */
export async function* readTokens(
  session: Session,
  { id: customerId }: Partition,
  io: Io,
): AsyncIterable<RawPage> {
  io.scope("oauth-tokens");
  const { users } = io.memo;
  needs(io, "user", io.memo.userList, users.size);
  const fields = `items(${Object.keys(tokenShape.shape).join(",")})`;
  yield* each(io, "the tokens of users", [...users.keys()], async (userId) => {
    const path = `users/${encodeURIComponent(userId)}`;
    try {
      const body = await io.call("tokens.list", (signal) =>
        session.directory(`${path}/tokens`, { fields }, NEEDS.tokens, signal),
      );
      const { items } = answerOf(tokensPage.omit({ userId: true }), "tokens.list", body);
      return [{ customerId, userId, items: items.map((entry) => cut(tokenShape, entry)) }];
    } catch (error) {
      // https://developers.google.com/workspace/admin/directory/reference/rest/v1/users/get
      const ask = () =>
        io.call("users.get", (signal) => session.directory(path, { fields: "id" }, NEEDS.users, signal));
      if (!(await isGone(error, "user", ask))) throw error;
      return [{ customerId, userId, gone: true, items: [] }];
    }
  });
}

/** One list per product. https://developers.google.com/workspace/admin/licensing/reference/rest/v1/licenseAssignments/listForProduct */
export async function* readLicenses(
  session: Session,
  { id: customerId }: Partition,
  io: Io,
): AsyncIterable<RawPage> {
  const products = productsOf(io.config);
  io.scope(...products.map((product) => `product:${product}`));
  const fields = `nextPageToken,items(${Object.keys(licenseShape.shape).join(",")})`;
  const seats = await io.known.edges("USES_SEAT", customerId);
  let unknown = 0;
  for (const productId of products) {
    let begun = false;
    const list = io.pages(`licenseAssignments.listForProduct ${productId}`, async (pageToken, signal) => {
      const query = { customerId, maxResults: PAGE.licenses, fields, pageToken };
      const body = await session.licensing(`product/${productId}/users`, query, NEEDS.licenses, signal);
      const page = answerOf(
        licensesPage.omit({ productId: true }),
        "licenseAssignments.listForProduct",
        body,
      );
      const items = page.items.map((entry) => cut(licenseShape, entry));
      return { page: { ...page, customerId, productId, items }, next: page.nextPageToken };
    });
    try {
      for await (const page of list) {
        begun = true;
        yield page;
      }
    } catch (error) {
      if (!isRefused(error)) throw error;
      const known = seats.some(({ to }) => to.startsWith(skuKey(io.source, productId, "")));
      if (!begun && !known && isUnknownProduct(error.cause)) {
        unknown += 1;
        yield { customerId, productId, unavailable: true, items: [] };
      } else {
        const how = begun ? "could not be read to their end" : "could not be read";
        io.partial(`the seats of the product ${productId} ${how}: ${error.message}`);
      }
    }
  }
  if (unknown === products.length) io.partial("Google knows none of the products that it was asked for");
}

/** The request was refused for what it asks: that of another product may be answered. */
function isRefused(error: unknown): error is CollectError {
  if (!(error instanceof CollectError) || !(error.cause instanceof ApiError)) return false;
  return [400, 404].includes(error.cause.response.status);
}

/**
 * One list per mailbox, each with a token of its owner.
 * https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.settings.delegates/list
 */
export async function* readDelegates(
  session: Session,
  { id: customerId }: Partition,
  io: Io,
): AsyncIterable<RawPage> {
  if (!io.config.delegates) {
    const message = "mail delegates are not asked for (`delegates: false` in the configuration)";
    throw new CollectError({ kind: "fatal", message }, message);
  }
  io.scope("mail-delegates");
  const { users } = io.memo;
  needs(io, "user", io.memo.userList, users.size);
  const known = await knownDelegates(io, customerId);
  const unseen = (userId: string): RawPage => {
    const before = known.get(mailboxDelegateKey(io.source, userId)) ?? [];
    return { customerId, userId, closed: true, known: before, delegates: [] };
  };
  const ask = async ([userId, user]: readonly [string, KnownUser]): Promise<readonly RawPage[]> => {
    try {
      return [await delegatesOf(session, io, customerId, userId, user.email ?? "")];
    } catch (error) {
      if (!isClosed(error, user)) throw error;
      return [unseen(userId)];
    }
  };
  // Open mailboxes first, and by themselves: they tell a missing scope from a mailbox that cannot be asked.
  const asked = [...users].filter(([, user]) => canBeAsked(user));
  const what = "the mail delegates of mailboxes";
  yield* each(
    io,
    what,
    asked.filter(([, { closed }]) => !closed),
    ask,
  );
  yield* each(
    io,
    what,
    asked.filter(([, { closed }]) => closed),
    ask,
  );
  for (const [userId, user] of users) if (!canBeAsked(user)) yield unseen(userId);
}

/** Without a licence for Gmail the mailbox is shut, and without an address nobody can sign in to it. */
const canBeAsked = ({ mailbox, email }: KnownUser) => mailbox && email !== undefined;

async function delegatesOf(
  session: Session,
  io: Io,
  customerId: string,
  userId: string,
  address: string,
): Promise<RawPage> {
  const token = await io.call("token of a mailbox", (signal) =>
    session.mailboxToken(address, NEEDS.delegates, signal),
  );
  const body = await io.call("users.settings.delegates.list", (signal) =>
    session.gmail("users/me/settings/delegates", token, NEEDS.delegates, signal),
  );
  const page = answerOf(delegatesPage.omit({ userId: true }), "users.settings.delegates.list", body);
  return { customerId, userId, delegates: page.delegates.map((entry) => cut(delegateShape, entry)) };
}

/**
 * Gmail does not open the mailbox of a user who is suspended or archived, or who has Gmail switched off
 * (failedPrecondition). That proves nothing of its delegates, who come back with it.
 */
function isClosed(error: unknown, user: KnownUser): boolean {
  if (!(error instanceof CollectError)) return false;
  const { failure, cause } = error;
  if (cause instanceof ApiError && cause.reasons.includes("failedPrecondition")) return true;
  return user.closed && ["denied", "notFound"].includes(failure.kind);
}

/** Who was known to be a delegate, by the key of the mailbox's entitlement. */
async function knownDelegates(io: Io, customerId: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>();
  const prefix = mailboxDelegateKey(io.source, "");
  for (const { from, to } of await io.known.edges("HAS_ENTITLEMENT", customerId)) {
    if (!to.startsWith(prefix)) continue;
    const before = found.get(to);
    if (before === undefined) found.set(to, [from]);
    else before.push(from);
  }
  return found;
}
