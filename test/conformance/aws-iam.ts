import type { ConformanceTarget, Rig, RigList, RigWait, Trouble } from "../../src/conformance/index.js";
import type { ServedCall } from "../servers/faults.js";
import { IamAccounts, LISTS, tagWith, trustStranger } from "../support/iam-accounts.js";

const OWN = "111111111111";
const OTHER = "222222222222";

const list = (
  action: keyof typeof LISTS,
  stream: string,
  more: Partial<RigList> & Pick<RigList, "whenDenied">,
): RigList => ({
  name: LISTS[action],
  stream,
  permission: `iam:${action}`,
  paged: false,
  perPartition: true,
  ...more,
});

const lists: readonly RigList[] = [
  list("GetAccountAuthorizationDetails", "account-authorization", {
    paged: true,
    counted: true,
    whenDenied: "failed",
    // Whose the rows and keys are is not known without the users.
    takesAlong: ["credential-report", "access-keys"],
  }),
  list("GenerateCredentialReport", "credential-report", {
    whenDenied: "failed",
    unmangled: "it answers a state and no objects",
  }),
  list("GetCredentialReport", "credential-report", { whenDenied: "failed" }),
  list("ListAccessKeys", "access-keys", { paged: true, whenDenied: "partial" }),
  list("GetAccountSummary", "account-summary", {
    whenDenied: "none",
    unmangled: "it answers numbers and no objects",
  }),
  list("AssumeRole", "account-authorization", {
    permission: "sts:AssumeRole",
    partitions: [OTHER],
    whenDenied: "failed",
    unmangled: "it answers credentials and no objects",
    takesAlong: ["credential-report", "access-keys", "account-summary"],
  }),
];

/** AWS names no time: a caller backs off by itself, longer each time. */
const waits: readonly (RigWait & { readonly status: number; readonly code: string })[] = [
  {
    name: "Throttling",
    documentation: "https://repost.aws/knowledge-center/iam-sts-throttling-error",
    leastMs: 1,
    status: 400,
    code: "Throttling",
  },
  {
    name: "ServiceUnavailable",
    documentation: "https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html",
    leastMs: 1,
    status: 503,
    code: "ServiceUnavailable",
  },
];

async function start(): Promise<Rig> {
  const aws = await IamAccounts.start([OWN, OTHER]);
  let secret = "not-a-real-secret";

  function arrange(trouble: Trouble): void {
    const { plan, accounts } = aws;
    const named = "list" in trouble ? trouble.list : "";
    const first = (call: ServedCall) => call.list === named;
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
        if (wait === undefined) throw new Error(`AWS knows no ${trouble.wait}`);
        plan.plan({ kind: "answer", status: wait.status, body: wait.code }, first, trouble.times);
        return;
      }
      case "denied":
        plan.plan(
          { kind: "answer", status: 403, body: "AccessDenied" },
          (call) => first(call) && (trouble.partition === undefined || call.partition === trouble.partition),
        );
        return;
      case "cut":
        plan.plan({ kind: "cut" }, first, 1);
        return;
      case "silent":
        plan.plan({ kind: "silent" }, first);
        return;
      case "stranger":
        for (const account of accounts.values()) trustStranger(account);
        return;
      case "shortfall":
        if (lists.find(({ name }) => name === named)?.counted !== true)
          throw new Error(`AWS does not count ${named}`);
        plan.plan({ kind: "shortfall" }, first, 1);
        return;
      case "mangled": {
        const refused = lists.find(({ name }) => name === named)?.unmangled;
        if (refused !== undefined) throw new Error(`${named}: ${refused}`);
        plan.plan({ kind: "mangled" }, first, 1);
        return;
      }
      case "canary":
        secret = trouble.secret;
        aws.sessionSecret = trouble.secret;
        for (const account of accounts.values()) tagWith(account, trouble.secret);
        return;
    }
  }

  return {
    settings: { endpoint: aws.server.url, accounts: [{ id: OWN }, { id: OTHER, role: "exitgraph" }] },
    get environment() {
      return { AWS_ACCESS_KEY_ID: "AKIAREADER", AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: secret };
    },
    partitions: [OWN, OTHER],
    lists,
    waits,
    reset: () => {
      aws.reset();
      secret = "not-a-real-secret";
      return Promise.resolve();
    },
    arrange: async (trouble) => arrange(trouble),
    reached: (name) => aws.plan.silenced(name),
    calls: () => aws.calls,
    troubled: () => aws.plan.met + aws.secretsGiven,
    stop: () => aws.server.stop(),
  };
}

export const target: ConformanceTarget = { start, notApplicable: {} };
