import { expect, it } from "vitest";
import { CollectError, type RawPage } from "../../src/collect/index.js";
import { silentLog } from "../../src/model/index.js";
import type { Ask, Session } from "./client.js";
import { configSchema } from "./config.js";
import { BatchUnfinished, GraphRefusal } from "./errors.js";
import { createMemo } from "./memo.js";
import type { Io } from "./read.js";
import { readMembers, readSponsors } from "./read-each.js";
import { listReadOf } from "./whole.js";

const TENANT = "7e570000-0000-4000-8000-000000000001";
const signal = new AbortController().signal;

/** What the engine gives a stream, as far as these look at it: a call is tried three times. */
function ioOf(groups: readonly string[]): { readonly io: Io; readonly partials: string[] } {
  const memo = createMemo();
  for (const group of groups) memo.groups.add(group);
  listReadOf(memo.lists, "groups").ended = true;
  const partials: string[] = [];
  const io: Io = {
    source: "e",
    config: configSchema.parse({ tenantId: TENANT }),
    signal,
    log: silentLog,
    baseDir: ".",
    timeZone: "UTC",
    memo,
    known: { partitions: [], edges: () => Promise.resolve([]) },
    async call(_, run) {
      for (let attempt = 1; ; attempt++) {
        try {
          return await run(signal);
        } catch (error) {
          if (!(error instanceof BatchUnfinished)) throw error;
          if (attempt === 3) throw new CollectError(error.failure, "given up", { cause: error });
        }
      }
    },
    pages: () => {
      throw new Error("not asked for");
    },
    partial: (reason) => partials.push(reason),
    dataTime: () => undefined,
    now: () => 0,
    scope: () => undefined,
  };
  return { io, partials };
}

/** A Graph whose answers are made one by one, with what it was asked. */
function graphOf(
  answer: (ask: Ask, times: number) => unknown,
  ...held: readonly string[]
): {
  readonly session: Session;
  readonly batches: string[][];
} {
  const batches: string[][] = [];
  const times = new Map<string, number>();
  const session: Session = {
    get: () => Promise.reject(new Error("not asked for")),
    batch(asks) {
      batches.push(asks.map(({ path }) => path));
      return Promise.resolve(
        asks.map((ask) => {
          const before = times.get(ask.path) ?? 0;
          times.set(ask.path, before + 1);
          return answer(ask, before);
        }),
      );
    },
    holds: (permission) => held.includes(permission),
    end: () => undefined,
    close: () => undefined,
  };
  return { session, batches };
}

const refusal = (status: number) =>
  new GraphRefusal(status, { error: { code: "x" } }, () => undefined, "GroupMember.Read.All");
const user = (id: string) => ({ "@odata.type": "#microsoft.graph.user", id });

async function membersOf(session: Session, io: Io): Promise<readonly string[]> {
  const pages: RawPage[] = [];
  for await (const page of readMembers(session, { id: TENANT }, io)) pages.push(page);
  return [...JSON.stringify(pages).matchAll(/"id":"([^"]+)"/g)].map(([, id]) => id ?? "");
}

it("asks for twenty lists at a time, each with the header and a count, and gives them in their order", async () => {
  const groups = Array.from({ length: 45 }, (_, index) => `g${index}`);
  const { io, partials } = ioOf(groups);
  const { session, batches } = graphOf(() => ({ value: [] }));
  expect(await membersOf(session, io)).toEqual(groups);
  expect(batches.map((batch) => batch.length)).toEqual([20, 20, 5]);
  expect(batches[0]?.[0]).toBe("/groups/g0/members?$select=id&$top=999&$count=true");
  expect(partials).toEqual([]);
});

it("asks again for a request that a batch did not answer, or that failed in passing", async () => {
  const { io, partials } = ioOf(["a", "b", "c"]);
  const { session, batches } = graphOf(({ path }, times) => {
    if (times === 0 && path.includes("/a/")) return undefined;
    return times === 0 && path.includes("/b/") ? refusal(502) : { value: [user(`u${times}`)] };
  });
  expect(await membersOf(session, io)).toEqual(["a", "u1", "b", "u1", "c", "u0"]);
  expect(batches.map((batch) => batch.length)).toEqual([3, 2]);
  expect(partials).toEqual([]);
});

it("follows each list to its end, whole links in batches of their own", async () => {
  const { io } = ioOf(["a", "b"]);
  const next = "https://graph.microsoft.com/v1.0/groups/a/members?$select=id&$skiptoken=X";
  const { session, batches } = graphOf(({ path }) =>
    path.includes("/a/") && path !== next
      ? { value: [user("first")], "@odata.nextLink": next }
      : { value: [user("last")] },
  );
  expect(await membersOf(session, io)).toEqual(["a", "first", "b", "last", "a", "last"]);
  expect(batches[1]).toEqual([next]);
});

it("ends a list whose link comes again, and keeps the others", async () => {
  const { io, partials } = ioOf(["a", "b"]);
  const next = "https://graph.microsoft.com/v1.0/groups/a/members?$skiptoken=X";
  const { session } = graphOf(({ path }) =>
    path.includes("/a/") ? { value: [], "@odata.nextLink": next } : { value: [] },
  );
  await membersOf(session, io);
  expect(partials).toEqual([expect.stringMatching(/1 of 2 lists could not be read.*same cursor twice/)]);
});

it("fails as a whole where nothing can be read, before it has asked for all", async () => {
  const { io } = ioOf(Array.from({ length: 400 }, (_, index) => `g${index}`));
  const { session, batches } = graphOf(() => refusal(403));
  await expect(membersOf(session, io)).rejects.toThrow(/GroupMember\.Read\.All is missing/);
  expect(batches.length).toBeLessThan(10);
});

it("is partial where some lists could not be read, and says why", async () => {
  const { io, partials } = ioOf(["a", "b", "c"]);
  const { session } = graphOf(({ path }) =>
    path.includes("/b/") ? refusal(403) : path.includes("/c/") ? { odd: true } : { value: [] },
  );
  expect(await membersOf(session, io)).toEqual(["a", "c"]);
  expect(partials).toEqual([expect.stringMatching(/2 of 3 lists.*GroupMember\.Read\.All.*no list/)]);
});

it("says of a group with hidden membership whether its members would be shown", async () => {
  const seen = async (...held: readonly string[]) => {
    const { io } = ioOf(["a", "b"]);
    io.memo.hiddenGroups.add("b");
    const pages: RawPage[] = [];
    const { session } = graphOf(() => ({ value: [] }), ...held);
    for await (const page of readMembers(session, { id: TENANT }, io)) pages.push(page);
    return pages;
  };
  const a = { id: "a", value: [] };
  expect(await seen("Member.Read.Hidden")).toEqual([
    { objects: [a, { id: "b", value: [], seesHidden: true }] },
  ]);
  expect(await seen("Directory.Read.All")).toEqual([{ objects: [a, { id: "b", value: [] }] }]);
});

it("does not take what was not listed for the whole", async () => {
  const { io, partials } = ioOf(["a"]);
  io.memo.lists.clear();
  const { session } = graphOf(() => ({ value: [] }));
  await membersOf(session, io);
  expect(partials).toEqual([expect.stringMatching(/not all of groups are known/)]);
  const sponsors = async () => {
    for await (const _ of readSponsors(session, { id: TENANT }, io)) return;
  };
  await expect(sponsors()).rejects.toThrow(/not all of users are known/);
});
