import type { ConformanceTarget, Rig, RigList, RigWait, Trouble } from "../../src/conformance/index.js";
import type { ServedCall } from "../servers/faults.js";
import {
  ALONE,
  type ApiError,
  DATA,
  ERRORS,
  GoogleCloudServer,
  LABS,
  ORGANIZATION,
  SHOP,
  VENDOR,
} from "../servers/google-cloud/index.js";

const STREAMS = [
  "resources",
  "service-accounts",
  "policies",
  "custom-roles",
  "service-account-policies",
  "service-account-keys",
  "workload-pools",
] as const;
const PROJECTS = [SHOP, DATA, LABS, ALONE];
const ROOTS = [ORGANIZATION, VENDOR];
const EVERYWHERE = [...ROOTS, SHOP, DATA, ALONE, LABS];
/** What every call takes, where it is counted for a quota project. */
const COUNTED = "quota project";
/** Of a folder that is a root nothing else is read; below an organisation the others are. */
const ROOT_POLICY = "folder policy of a root";

const list = (
  name: string,
  stream: (typeof STREAMS)[number],
  permission: string,
  more: Partial<RigList> & Pick<RigList, "whenDenied" | "partitions">,
): RigList => ({ name, stream, permission, paged: false, perPartition: true, ...more });

/** What is found in policies rests on every policy. */
const AFTER_POLICIES = ["custom-roles", "workload-pools"];
const AFTER_FOLDERS = ["policies", ...AFTER_POLICIES];

const lists: readonly RigList[] = [
  list("organization", "resources", "resourcemanager.organizations.get", {
    partitions: [ORGANIZATION],
    whenDenied: "partial",
  }),
  list("folder", "resources", "resourcemanager.folders.get", {
    partitions: [VENDOR],
    whenDenied: "failed",
    takesAlong: AFTER_FOLDERS,
  }),
  list("folders", "resources", "resourcemanager.folders.list", {
    paged: true,
    partitions: [VENDOR, ORGANIZATION],
    whenDenied: "partial",
    takesAlong: AFTER_FOLDERS,
  }),
  list("projects", "resources", "resourcemanager.projects.list", {
    paged: true,
    partitions: [VENDOR, ORGANIZATION],
    whenDenied: "partial",
  }),
  list("project", "resources", "resourcemanager.projects.get", {
    partitions: [ALONE],
    whenDenied: "failed",
    takesAlong: STREAMS,
  }),
  list("organization policy", "policies", "resourcemanager.organizations.getIamPolicy", {
    partitions: [ORGANIZATION],
    whenDenied: "partial",
    takesAlong: AFTER_POLICIES,
  }),
  list("folder policy", "policies", "resourcemanager.folders.getIamPolicy", {
    partitions: [ORGANIZATION],
    whenDenied: "partial",
    takesAlong: AFTER_POLICIES,
  }),
  list(ROOT_POLICY, "policies", "resourcemanager.folders.getIamPolicy", {
    partitions: [VENDOR],
    whenDenied: "failed",
    takesAlong: AFTER_POLICIES,
  }),
  list("project policy", "policies", "resourcemanager.projects.getIamPolicy", {
    partitions: PROJECTS,
    whenDenied: "failed",
    takesAlong: AFTER_POLICIES,
  }),
  list("service accounts", "service-accounts", "iam.serviceAccounts.list", {
    paged: true,
    partitions: PROJECTS,
    whenDenied: "failed",
    takesAlong: ["policies", "service-account-policies", "service-account-keys", ...AFTER_POLICIES],
  }),
  list("service account policies", "service-account-policies", "iam.serviceAccounts.getIamPolicy", {
    partitions: PROJECTS,
    whenDenied: "failed",
    takesAlong: ["workload-pools"],
  }),
  list("service account keys", "service-account-keys", "iam.serviceAccountKeys.list", {
    partitions: PROJECTS,
    whenDenied: "failed",
  }),
  list("custom roles", "custom-roles", "iam.roles.list", {
    paged: true,
    partitions: [ORGANIZATION, ...PROJECTS],
    whenDenied: "failed",
  }),
  // Asked once for all the projects that use it.
  list("custom role", "custom-roles", "iam.roles.get", {
    partitions: PROJECTS,
    perPartition: false,
    whenDenied: "partial",
  }),
  list("workload pools", "workload-pools", "iam.workloadIdentityPools.list", {
    paged: true,
    partitions: PROJECTS,
    whenDenied: "failed",
  }),
  // Of another project than the one whose policy names it.
  list("workload pool", "workload-pools", "iam.workloadIdentityPools.get", {
    partitions: [DATA],
    perPartition: false,
    whenDenied: "partial",
  }),
  list("workload pool providers", "workload-pools", "iam.workloadIdentityPoolProviders.list", {
    paged: true,
    partitions: PROJECTS,
    whenDenied: "failed",
  }),
  list(COUNTED, "resources", "serviceusage.services.use", {
    partitions: EVERYWHERE,
    perPartition: false,
    whenDenied: "failed",
    takesAlong: STREAMS,
    unmangled: "it is no list: every call takes it",
  }),
];

/** Those of Resource Manager, which speak gRPC; the others speak JSON. */
const HTTP = lists.flatMap(({ name, permission = "" }) => (permission.startsWith("iam.") ? [name] : []));
const RPC = lists.flatMap(({ name, permission = "" }) =>
  permission.startsWith("resourcemanager.") ? [name] : [],
);
const ALL = [...RPC, ...HTTP];
const ERROR_MODEL = "https://cloud.google.com/apis/design/errors";
const QUOTA = "https://cloud.google.com/service-usage/docs/troubleshooting";
const exhausted = (more: Partial<ApiError> = {}): ApiError => ({
  http: 429,
  code: 8,
  status: "RESOURCE_EXHAUSTED",
  message: "Quota exceeded for quota metric 'Read requests'.",
  reason: "RATE_LIMIT_EXCEEDED",
  ...more,
});
const unavailable = (more: Partial<ApiError> = {}): ApiError => ({
  http: 503,
  code: 14,
  status: "UNAVAILABLE",
  message: "The service is currently unavailable.",
  ...more,
});
const httpDate = (inMs: number) => new Date(Date.now() + inMs).toUTCString();

const waits: readonly (RigWait & { readonly error: () => ApiError })[] = [
  {
    name: "RESOURCE_EXHAUSTED with RetryInfo",
    documentation: ERROR_MODEL,
    leastMs: 7_500,
    lists: ALL,
    error: () => exhausted({ retrySeconds: 7.5 }),
  },
  {
    name: "RESOURCE_EXHAUSTED with RetryInfo in a trailer of its own",
    documentation: "https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto",
    leastMs: 12_250,
    lists: RPC,
    error: () => exhausted({ retryTrailerSeconds: 12.25 }),
  },
  {
    name: "RESOURCE_EXHAUSTED",
    documentation: QUOTA,
    leastMs: 30_000,
    lists: ALL,
    error: () => exhausted(),
  },
  {
    name: "UNAVAILABLE with RetryInfo",
    documentation: ERROR_MODEL,
    leastMs: 4_000,
    lists: ALL,
    error: () => unavailable({ retrySeconds: 4 }),
  },
  {
    name: "429 with Retry-After in seconds",
    documentation: "https://cloud.google.com/iam/docs/retry-strategy",
    leastMs: 9_000,
    lists: HTTP,
    error: () => exhausted({ headers: { "retry-after": "9" } }),
  },
  {
    name: "503 with Retry-After as a date",
    documentation: "https://datatracker.ietf.org/doc/html/rfc9110#section-10.2.3",
    leastMs: 19_000,
    lists: HTTP,
    error: () => unavailable({ headers: { "retry-after": httpDate(21_000) } }),
  },
  ...["rateLimitExceeded", "userRateLimitExceeded"].map((legacyReason) => ({
    name: `403 ${legacyReason}`,
    documentation: "https://cloud.google.com/apis/design/errors#handling_errors",
    leastMs: 30_000,
    lists: HTTP,
    error: (): ApiError => ({
      http: 403,
      code: 7,
      status: "PERMISSION_DENIED",
      message: "Rate Limit Exceeded",
      legacyReason,
    }),
  })),
];

/** Whether a call is one of a list, by the rig's name of it. */
function isOf(named: string, { list: served, partition }: ServedCall): boolean {
  if (named === COUNTED) return served !== "token";
  if (served === "folder policy") return named === (partition === VENDOR ? ROOT_POLICY : served);
  return served === named;
}

async function start(): Promise<Rig> {
  const google = await GoogleCloudServer.start();
  let bent = 0;

  function arrange(trouble: Trouble): void {
    const { plan, estate, tokens } = google;
    const named = "list" in trouble ? trouble.list : "";
    const any = (call: ServedCall) => isOf(named, call);
    const later = (call: ServedCall) => any(call) && call.next;
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
        const body = wait.error();
        plan.plan({ kind: "answer", status: body.http, body }, any, trouble.times);
        return;
      }
      case "denied": {
        const permission = lists.find(({ name }) => name === named)?.permission ?? "";
        const body =
          named === COUNTED
            ? ERRORS.notCounted()
            : ERRORS.denied(permission, trouble.partition ?? "a resource");
        plan.plan(
          { kind: "answer", status: body.http, body },
          (call) => any(call) && (trouble.partition === undefined || isIn(trouble.partition, call)),
        );
        return;
      }
      case "cut":
        plan.plan({ kind: "cut" }, any, 1);
        return;
      case "silent":
        plan.plan({ kind: "silent" }, any);
        return;
      case "stranger":
        for (const policy of estate.policies.values())
          for (const { members } of policy.bindings) members.push("user:nobody@elsewhere.example");
        return;
      case "shortfall":
        throw new Error("neither API states how many there are");
      case "mangled": {
        const refused = lists.find(({ name }) => name === named)?.unmangled;
        if (refused !== undefined) throw new Error(`${named}: ${refused}`);
        google.mangled = any;
        return;
      }
      case "canary":
        tokens.mark = trouble.secret;
        google.errorNote = trouble.secret;
        hide(google, trouble.secret);
        google.onAnswer = (given) => {
          if (JSON.stringify(given).includes(trouble.secret)) bent += 1;
        };
        return;
    }
  }

  /** The organisation's partition is that of its folders too. */
  const isIn = (partition: string, call: ServedCall) =>
    partition === ORGANIZATION
      ? call.partition === undefined || !(call.partition.startsWith("projects/") || call.partition === VENDOR)
      : call.partition === partition;

  return {
    settings: {
      ...google.settings,
      organization: ORGANIZATION.slice("organizations/".length),
      folders: [VENDOR.slice("folders/".length)],
      projects: [ALONE.slice("projects/".length)],
    },
    get environment() {
      return google.environment;
    },
    partitions: EVERYWHERE,
    lists,
    waits,
    reset: () => {
      google.reset();
      bent = 0;
      return Promise.resolve();
    },
    arrange: async (trouble) => arrange(trouble),
    reached: (name) =>
      name === COUNTED
        ? Promise.race(lists.map((one) => google.plan.silenced(one.name)))
        : google.plan.silenced(name === ROOT_POLICY ? "folder policy" : name),
    calls: () => google.plan.served.length,
    troubled: () => google.plan.met + google.mangles + bent,
    secrets: () => google.tokens.secrets,
    stop: () => google.stop(),
  };
}

/** In every field that people write notes into, or that could hold a key. */
function hide({ estate }: GoogleCloudServer, secret: string): void {
  for (const project of estate.projects) project.labels = { note: secret, owner: secret };
  for (const account of estate.accounts) {
    account.description = secret;
    for (const key of account.keys) Object.assign(key, { privateKeyData: secret, publicKeyData: secret });
  }
  for (const role of estate.roles) role.description = secret;
  for (const pool of estate.pools) {
    pool.description = secret;
    for (const provider of pool.providers) {
      provider.description = secret;
      Object.assign(provider.oidc ?? {}, { jwksJson: secret, allowedAudiences: [secret] });
    }
  }
  for (const policy of estate.policies.values())
    for (const { condition } of policy.bindings) if (condition !== undefined) condition.description = secret;
}

export const target: ConformanceTarget = {
  start,
  notApplicable: {
    "total that does not add up":
      "neither Resource Manager nor the IAM API states how many objects a list has",
  },
};
