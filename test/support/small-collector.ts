import { z } from "zod";
import {
  defineCollector,
  type Failure,
  failureOfStatus,
  type RawPage,
  type Stream,
} from "../../src/collect/index.js";
import { entityKey, type GraphRecord } from "../../src/model/index.js";

/**
 * A small collector for the tests of the engine: it reads lists of users and groups over HTTP from whatever server a
 * test started, and can be told to misbehave.
 */
export class HttpError extends Error {
  constructor(
    readonly status: number,
    readonly headers: Headers,
  ) {
    super(`HTTP ${status}`);
  }
}

const config = z.strictObject({ url: z.string() });
type Config = z.infer<typeof config>;
interface Memo {
  readonly users: Set<string>;
}

const page = z.strictObject({
  account: z.string().optional(),
  items: z.array(z.strictObject({ id: z.string(), name: z.string().nullable().optional() })),
  next: z.string().optional(),
  total: z.number().optional(),
  more: z.boolean().optional(),
  at: z.number().optional(),
});

export interface SmallOptions {
  readonly now?: () => number;
  readonly convert?: (page: RawPage) => Iterable<GraphRecord>;
  readonly finish?: (users: ReadonlySet<string>) => Iterable<{ stream: string; record: GraphRecord }>;
  readonly read?: Stream<string, Memo, Config>["read"];
  readonly close?: () => unknown;
  readonly requestsPerSecond?: number;
  readonly concurrency?: number;
}

export function smallCollector(options: SmallOptions = {}) {
  const get = async (url: string, signal: AbortSignal): Promise<unknown> => {
    const response = await fetch(url, { signal });
    if (!response.ok) throw new HttpError(response.status, response.headers);
    const body: unknown = await response.json();
    return body;
  };
  const stream = (name: string, provider: string, optional: boolean): Stream<string, Memo, Config> => ({
    name,
    title: name,
    optional,
    produces: {
      nodes: [{ label: "Account", provider, properties: ["status", "tags", "size"] }],
      edges: [{ type: "OWNED_BY", properties: ["basis"] }],
    },
    read:
      (name === "users" ? options.read : undefined) ??
      async function* (url, partition, io) {
        io.scope(`account:${partition.id}`);
        yield* io.pages(`List ${name}`, async (cursor, signal) => {
          const query = cursor === undefined ? "" : `?cursor=${encodeURIComponent(cursor)}`;
          const body = page.parse(await get(`${url}/${partition.id}/${name}${query}`, signal));
          return { page: body, next: body.next };
        });
      },
    *convert(raw, context) {
      if (name === "users" && options.convert !== undefined) {
        yield* options.convert(raw);
        return;
      }
      const { items, total } = page.parse(raw);
      if (total !== undefined) context.total("users", "TestUser", total);
      for (const item of items) {
        if (item.id === "") {
          context.reject("an item", "it has no id");
          continue;
        }
        if (item.name === null) context.note("an item without a name");
        context.memo.users.add(item.id);
        yield {
          kind: "node",
          key: entityKey(
            context.source,
            provider === "TestUser" ? "user" : "group",
            `${context.partition}/${item.id}`,
          ),
          label: "Account",
          provider,
          props: { name: item.name ?? item.id },
        };
      }
    },
    partitionOf: (raw) => page.parse(raw).account,
    truncated: (raw) => page.parse(raw).more === true,
    dataTimeOf: (raw) => page.parse(raw).at,
  });
  return defineCollector<Config, string, Memo>({
    system: "test",
    title: "Test",
    version: "1",
    category: "access",
    config,
    permissions: [{ name: "test:ListUsers", why: "to list users", streams: ["users"] }],
    rateLimit: {
      requestsPerSecond: options.requestsPerSecond ?? 1_000,
      concurrency: options.concurrency ?? 4,
    },
    streams: [
      stream("summary", "TestSummary", true),
      stream("users", "TestUser", false),
      stream("groups", "TestGroup", false),
    ],
    close: async () => {
      await options.close?.();
    },
    open: async (context) => context.config.url,
    partitions: (url, context) =>
      context.call("List accounts", async (signal) => {
        const parsed = z.array(z.string()).parse(await get(`${url}/accounts`, signal));
        return parsed.map((id) => ({ id }));
      }),
    createMemo: () => ({ users: new Set() }),
    ...(options.finish === undefined ? {} : { finish: ({ memo }) => options.finish?.(memo.users) ?? [] }),
    classify: (error): Failure => {
      if (!(error instanceof HttpError)) return { kind: "fatal", message: "" };
      return failureOfStatus(error.status, (name) => error.headers.get(name), (options.now ?? Date.now)(), {
        permission: "test:ListUsers",
        message: "",
      });
    },
  });
}
