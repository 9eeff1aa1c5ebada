import { permissions } from "../../collectors/google-workspace/permissions.js";
import type { ConformanceTarget, Rig, RigList, RigWait, Trouble } from "../../src/conformance/index.js";
import type { Fault, ServedCall } from "../servers/faults.js";
import { apiError, forbidden, tokenError } from "../servers/google-workspace/errors.js";
import {
  CUSTOMER,
  GoogleWorkspaceServer,
  hideSecret,
  nameStrangers,
  smallCompany,
} from "../servers/google-workspace/index.js";
import type { JsonAnswer } from "../servers/https.js";

const DELEGATES = "mail delegates";
const LICENCES = "licences";
const STREAMS = [
  "domains",
  "org-units",
  "users",
  "deleted-users",
  "groups",
  "group-members",
  "admin-roles",
  "oauth-tokens",
  "licenses",
  "mail-delegates",
];

const auth = (name: string) => `https://www.googleapis.com/auth/${name}`;
const list = (
  name: string,
  stream: string,
  scope: string,
  more: Partial<RigList> & Pick<RigList, "whenDenied">,
): RigList => ({ name, stream, permission: auth(scope), paged: false, perPartition: true, ...more });
/** Without it nobody knows which Workspace it is. */
const first = { perPartition: false, whenDenied: "failed", takesAlong: STREAMS } as const;

const lists: readonly RigList[] = [
  list("domains", "domains", "admin.directory.domain.readonly", { whenDenied: "failed" }),
  list("organisational units", "org-units", "admin.directory.orgunit.readonly", { whenDenied: "failed" }),
  list("users", "users", "admin.directory.user.readonly", {
    paged: true,
    whenDenied: "failed",
    takesAlong: ["group-members", "admin-roles", "oauth-tokens", "licenses", "mail-delegates"],
  }),
  list("deleted users", "deleted-users", "admin.directory.user.readonly", {
    paged: true,
    whenDenied: "failed",
  }),
  list("groups", "groups", "admin.directory.group.readonly", {
    paged: true,
    whenDenied: "failed",
    takesAlong: ["group-members"],
  }),
  list("group members", "group-members", "admin.directory.group.member.readonly", {
    paged: true,
    counted: true,
    whenDenied: "failed",
  }),
  list("roles", "admin-roles", "admin.directory.rolemanagement.readonly", {
    paged: true,
    whenDenied: "failed",
  }),
  // The roles are read by then.
  list("role assignments", "admin-roles", "admin.directory.rolemanagement.readonly", {
    paged: true,
    whenDenied: "partial",
  }),
  list("tokens", "oauth-tokens", "admin.directory.user.security", { whenDenied: "failed" }),
  list(LICENCES, "licenses", "apps.licensing", { paged: true, whenDenied: "none" }),
  list("mailbox token", "mail-delegates", "gmail.settings.basic", { whenDenied: "none" }),
  list(DELEGATES, "mail-delegates", "gmail.settings.basic", { whenDenied: "none" }),
  list("customer", "domains", "admin.directory.customer.readonly", first),
  list("administrator's token", "domains", "admin.directory.customer.readonly", first),
];
const isToken = (name: string) => name.endsWith("token");
const ofDirectory = lists
  .map(({ name }) => name)
  .filter((name) => !isToken(name) && name !== LICENCES && name !== DELEGATES);

const DIRECTORY_LIMITS = "https://developers.google.com/workspace/admin/directory/v1/limits";
const GMAIL_ERRORS = "https://developers.google.com/workspace/gmail/api/guides/handle-errors";
const RETRY_AFTER_MS = 20_000;
const usage = { domain: "usageLimits" };

/** Google names no time but in one message of Gmail: a caller backs off by itself, longer each time. */
const waits: readonly (RigWait & { readonly answer: () => JsonAnswer })[] = [
  {
    name: "403 userRateLimitExceeded",
    documentation: DIRECTORY_LIMITS,
    leastMs: 1,
    lists: [...ofDirectory, DELEGATES],
    answer: () => apiError(403, "userRateLimitExceeded", "User Rate Limit Exceeded", usage),
  },
  {
    name: "403 quotaExceeded",
    documentation: DIRECTORY_LIMITS,
    leastMs: 1,
    lists: ofDirectory,
    answer: () => apiError(403, "quotaExceeded", "Quota exceeded", usage),
  },
  {
    name: "429 rateLimitExceeded",
    documentation: DIRECTORY_LIMITS,
    leastMs: 1,
    lists: [...ofDirectory, LICENCES, DELEGATES],
    answer: () =>
      apiError(429, "rateLimitExceeded", "Too many concurrent requests", {
        ...usage,
        status: "RESOURCE_EXHAUSTED",
      }),
  },
  {
    name: "429 with the instant in its message",
    documentation: GMAIL_ERRORS,
    leastMs: RETRY_AFTER_MS - 1_000,
    lists: [DELEGATES],
    answer: () => {
      const at = new Date(Date.now() + RETRY_AFTER_MS).toISOString();
      return apiError(429, "rateLimitExceeded", `User-rate limit exceeded.  Retry after ${at}`, usage);
    },
  },
  {
    name: "503 of the Licensing API",
    documentation: "https://developers.google.com/workspace/admin/licensing/v1/limits",
    leastMs: 1,
    lists: [LICENCES],
    answer: () => apiError(503, "backendError", "Service unavailable"),
  },
];

const answered = ({ status = 200, headers, body }: JsonAnswer): Fault => ({
  kind: "answer",
  status,
  ...(headers === undefined ? {} : { headers }),
  body,
});

async function start(): Promise<Rig> {
  const server = await GoogleWorkspaceServer.start(smallCompany());
  for (const { name } of permissions) server.grants.authorised.add(name);
  let bent = 0;
  let secret: string | undefined;
  server.onAnswer = ({ body }) => {
    const text = JSON.stringify(body ?? null);
    if (secret !== undefined && text.includes(secret)) bent += 1;
  };

  function arrange(trouble: Trouble): void {
    const { plan, state } = server;
    const named = "list" in trouble ? trouble.list : "";
    const any = (call: ServedCall) => call.list === named;
    const later = (call: ServedCall) => call.list === named && call.next;
    switch (trouble.kind) {
      case "emptyPage":
      case "twice":
      case "sameCursor":
        if (!lists.some(({ name, paged }) => name === named && paged))
          throw new Error(`${named} has no pages`);
        plan.plan({ kind: trouble.kind }, later, trouble.kind === "emptyPage" ? 1 : undefined);
        return;
      case "throttled": {
        const wait = waits.find(({ name }) => name === trouble.wait);
        if (wait === undefined) throw new Error(`Google knows no ${trouble.wait}`);
        if (wait.lists?.includes(named) === false) throw new Error(`${named} is not answered so`);
        plan.plan(answered(wait.answer()), any, trouble.times);
        return;
      }
      case "denied":
        if (trouble.partition !== undefined && trouble.partition !== CUSTOMER)
          throw new Error(`there is no ${trouble.partition}`);
        plan.plan(
          answered(
            isToken(named)
              ? tokenError(401, "unauthorized_client", "Client is unauthorized to retrieve access tokens")
              : forbidden(),
          ),
          any,
        );
        return;
      case "cut":
        plan.plan({ kind: "cut" }, any, 1);
        return;
      case "silent":
        plan.plan({ kind: "silent" }, any);
        return;
      case "stranger":
        nameStrangers(state);
        return;
      case "shortfall":
        // Google counts the direct members of a group, and nothing else.
        if (lists.find(({ name }) => name === named)?.counted !== true)
          throw new Error(`Google does not count ${named}`);
        server.spoil = { list: named, kind: "shortfall" };
        return;
      case "mangled":
        if (!lists.some(({ name }) => name === named)) throw new Error(`there is no ${named}`);
        server.spoil = { list: named, kind: "mangled" };
        return;
      case "canary":
        secret = trouble.secret;
        // Not only what is asked for: what a server adds must not be kept either.
        server.wholeObjects = true;
        server.grants.mark = trouble.secret;
        hideSecret(state, trouble.secret);
        return;
    }
  }

  return {
    settings: server.settings,
    get environment() {
      return server.environment(secret);
    },
    partitions: [CUSTOMER],
    lists,
    waits,
    reset: () => {
      server.plan.clear();
      server.state = smallCompany();
      server.wholeObjects = false;
      server.spoil = undefined;
      server.spoilt = 0;
      server.grants.mark = "";
      secret = undefined;
      bent = 0;
      return Promise.resolve();
    },
    arrange: async (trouble) => arrange(trouble),
    reached: (name) => server.plan.silenced(name),
    calls: () => server.plan.served.length,
    troubled: () => server.plan.met + server.spoilt + bent,
    secrets: () => [server.grants.privateKey, ...server.grants.tokens],
    stop: () => server.stop(),
  };
}

export const target: ConformanceTarget = {
  start,
  notApplicable: {
    "denied in one partition": "a source reads one Google Workspace account, and that is its only partition",
  },
};
