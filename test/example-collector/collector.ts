import { z } from "zod";
import {
  CollectError,
  defineCollector,
  failureOfStatus,
  type OpenContext,
  type Stream,
} from "../../src/collect/index.js";
import { entityKey } from "../../src/model/index.js";

/** A whole collector, as small as one can be: CONTRIBUTING.md explains it part by part. */

const config = z.strictObject({ url: z.url() });
type Config = z.infer<typeof config>;
interface Session {
  readonly url: string;
  readonly token: string;
}

/** What this collector relies on in a page; whatever else the system sends is ignored and never stored. */
const page = z.object({
  users: z.array(
    z.object({
      id: z.string().min(1),
      login: z.string(),
      active: z.boolean().optional(),
      groups: z.array(z.string()),
    }),
  ),
  next: z.string().nullable(),
});

async function get(url: string, token: string, signal: AbortSignal): Promise<unknown> {
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` }, signal });
  if (response.ok) return response.json();
  const message = `the door system answered HTTP ${response.status}`;
  // 429 and 5xx are tried again by the engine, 403 names the permission that is missing.
  const failure = failureOfStatus(response.status, (name) => response.headers.get(name), Date.now(), {
    permission: "users.read",
    message,
  });
  throw new CollectError(failure, message);
}

const users: Stream<Session, undefined, Config> = {
  name: "users",
  title: "users and their groups",
  produces: {
    nodes: [
      { label: "Account", provider: "DoorUser", properties: ["username", "status"] },
      { label: "Group", provider: "DoorGroup", properties: [] },
    ],
    edges: [{ type: "MEMBER_OF", properties: [] }],
  },
  async *read(session, _partition, io) {
    io.scope("users");
    yield* io.pages("ListUsers", async (cursor, signal) => {
      const query = cursor === undefined ? "" : `?cursor=${encodeURIComponent(cursor)}`;
      // Only what was parsed goes on: a page is kept where it is recorded, and the rest may hold anything.
      const body = page.parse(await get(`${session.url}/users${query}`, session.token, signal));
      return { page: body, next: body.next ?? undefined };
    });
  },
  *convert(raw, { source }) {
    for (const user of page.parse(raw).users) {
      const key = entityKey(source, "user", user.id);
      // What the system does not say is unknown, and never enabled.
      const status = user.active === undefined ? "unknown" : user.active ? "enabled" : "disabled";
      yield {
        kind: "node",
        key,
        label: "Account",
        provider: "DoorUser",
        props: { name: user.login, username: user.login, status },
      };
      for (const group of user.groups) {
        const to = entityKey(source, "group", group);
        yield { kind: "node", key: to, label: "Group", provider: "DoorGroup", props: { name: group } };
        yield { kind: "edge", type: "MEMBER_OF", from: key, to, props: {} };
      }
    }
  },
};

export const collector = defineCollector<Config, Session, undefined>({
  system: "doors",
  title: "Door system",
  version: "1",
  category: "access",
  config,
  permissions: [{ name: "users.read", why: "to list users and their groups", streams: ["users"] }],
  fields: {
    name: { from: "login, or the group's name" },
    username: { from: "login" },
    status: { from: "active; unknown where it is not said" },
  },
  notRead: ["which door was opened when"],
  streams: [users],
  rateLimit: { requestsPerSecond: 5, concurrency: 2 },
  async open({ config: { url } }: OpenContext<Config>) {
    const token = process.env.DOORS_TOKEN;
    if (!token) {
      const message = "the environment variable DOORS_TOKEN is not set";
      throw new CollectError({ kind: "unauthenticated", message }, message);
    }
    return { url, token };
  },
  async partitions() {
    return [{ id: "all" }];
  },
  createMemo: () => undefined,
});
