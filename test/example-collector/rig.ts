import type { ConformanceTarget, Rig, Trouble } from "../../src/conformance/index.js";
import { FaultPlan, type ServedCall } from "../servers/faults.js";
import { type JsonCall, JsonServer, type Served, withFault } from "../servers/https.js";

/** A whole rig, as small as one can be: the door system with its state, and what can go wrong with it. */

interface User {
  readonly id: string;
  readonly login: string;
  readonly active?: boolean;
  readonly groups: readonly string[];
  readonly note: string;
}

const PAGE = 2;
const USERS = "users";
const TOKEN = "not-a-real-token";

const everybody = (note: string): readonly User[] =>
  ["ann", "bob", "cy", "dee", "eve"].map((login, at) => ({
    id: String(at + 1),
    login,
    groups: at % 2 === 0 ? ["night"] : [],
    note,
    ...(at === 4 ? {} : { active: at !== 1 }),
  }));

/** Both forms of Retry-After: https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3 */
const RETRY_AFTER = "https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3";
const waits = [
  { name: "seconds", documentation: RETRY_AFTER, leastMs: 7_000, value: () => "7" },
  {
    name: "date",
    documentation: RETRY_AFTER,
    // A date has whole seconds.
    leastMs: 29_000,
    value: () => new Date(Date.now() + 30_000).toUTCString(),
  },
];

async function start(): Promise<Rig> {
  const plan = new FaultPlan();
  let users = everybody("-");
  let token = TOKEN;
  let canaries = 0;

  /** Refuses what the real one would refuse, and knows nothing of who asks. */
  function answer({ url, headers }: JsonCall): Served {
    if (url.pathname !== "/users") return { status: 404, body: {} };
    if (headers.authorization !== `Bearer ${token}`) return { status: 401, body: {} };
    const cursor = url.searchParams.get("cursor");
    const fault = plan.take({ list: USERS, next: cursor !== null });
    if (token !== TOKEN) canaries += 1;
    const from = Number.parseInt(cursor ?? "0", 10);
    const next = from + PAGE < users.length ? String(from + PAGE) : null;
    const page = (start: number, then: string | null, end = from + PAGE) => ({
      body: { users: users.slice(start, end), next: then },
    });
    if (fault?.kind === "emptyPage") return page(0, `${from} after nothing`, 0);
    if (fault?.kind === "sameCursor") return page(from, cursor);
    if (fault?.kind === "twice") return page(from - 1, next);
    if (fault?.kind === "mangled") {
      const [first, ...others] = users.slice(from, from + PAGE);
      return { body: { users: [{ ...first, id: undefined }, ...others], next } };
    }
    return withFault(fault, () => page(from, next));
  }

  async function arrange(trouble: Trouble): Promise<void> {
    const first = ({ list }: ServedCall) => list === USERS;
    const later = (call: ServedCall) => first(call) && call.next;
    switch (trouble.kind) {
      case "emptyPage":
        return plan.plan({ kind: "emptyPage" }, later, 1);
      case "twice":
      case "sameCursor":
        return plan.plan({ kind: trouble.kind }, later);
      case "throttled": {
        const value = waits.find(({ name }) => name === trouble.wait)?.value() ?? "";
        const headers = { "retry-after": value };
        return plan.plan({ kind: "answer", status: 429, headers }, first, trouble.times);
      }
      case "denied":
        return plan.plan({ kind: "answer", status: 403 }, first);
      case "cut":
      case "mangled":
        return plan.plan({ kind: trouble.kind }, first, 1);
      case "silent":
        return plan.plan({ kind: "silent" }, first);
      case "canary":
        token = trouble.secret;
        users = everybody(trouble.secret);
        return;
      case "stranger":
      case "shortfall":
        throw new Error(`the door system cannot be made to have ${trouble.kind}`);
    }
  }

  const server = await JsonServer.start(answer);
  return {
    settings: { url: server.url },
    get environment() {
      return { DOORS_TOKEN: token };
    },
    partitions: ["all"],
    lists: [
      {
        name: USERS,
        stream: "users",
        permission: "users.read",
        paged: true,
        perPartition: true,
        whenDenied: "failed",
      },
    ],
    waits,
    reset: () => {
      plan.clear();
      users = everybody("-");
      token = TOKEN;
      canaries = 0;
      return Promise.resolve();
    },
    arrange,
    reached: (list) => plan.silenced(list),
    calls: () => plan.served.length,
    troubled: () => plan.met + canaries,
    stop: () => server.stop(),
  };
}

export const target: ConformanceTarget = {
  start,
  notApplicable: {
    "denied in one partition": "the door system is one partition",
    "reference to something nobody lists": "a group is described by the users who are in it",
    "total that does not add up": "the door system states no totals",
  },
};
