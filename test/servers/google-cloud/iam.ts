import type { Fault } from "../faults.js";
import type { JsonAnswer, JsonCall, Served } from "../https.js";
import { type ApiError, ERRORS, jsonError } from "./errors.js";
import type { Account, Key, Pool, Project, Provider, Role } from "./estate.js";
import type { GoogleCloudServer } from "./index.js";
import { errorIn, isError } from "./manager.js";
import { pageOf, sizeOf } from "./paging.js";

/** https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts/list: no read-only scope is named. */
const SCOPES = ["https://www.googleapis.com/auth/cloud-platform", "https://www.googleapis.com/auth/iam"];

interface Route {
  readonly list: string;
  readonly permission: string;
  /** Project or organisation that is asked about, as the path names it. */
  readonly owner: string;
  answer(): object | ApiError;
}

/** The IAM API v1 in JSON. https://cloud.google.com/iam/docs/reference/rest */
export class IamApi {
  readonly #google: GoogleCloudServer;

  constructor(google: GoogleCloudServer) {
    this.#google = google;
  }

  answer(call: JsonCall): Served {
    const scopes = this.#google.tokens.scopesOf(call.headers.authorization);
    const next = (call.url.searchParams.get("pageToken") ?? "") !== "";
    let fault: Fault | undefined;
    const route = this.#route(call, () => fault);
    if (route === undefined) return jsonError(ERRORS.notFound("The method"));
    const served = { list: route.list, partition: this.#google.partitionOf(route.owner), next };
    fault = this.#google.take(served);
    if (fault?.kind === "silent") return "silent";
    const given = this.#google.gave(served, this.#given(route, scopes, fault));
    const answer: JsonAnswer = isError(given) ? jsonError(given) : { body: given };
    return fault?.kind === "cut" ? { cut: answer } : answer;
  }

  #given(route: Route, scopes: readonly string[] | undefined, fault: Fault | undefined): object | ApiError {
    if (scopes === undefined) return ERRORS.unauthenticated();
    if (!scopes.some((scope) => SCOPES.includes(scope))) return ERRORS.scopes();
    if (fault?.kind === "answer") return errorIn(fault);
    if (route.owner.startsWith("projects/")) {
      const project = this.#project(route.owner);
      if (project === undefined || project.hidden === true || project.state !== "ACTIVE")
        return ERRORS.denied(route.permission, route.owner);
    }
    return route.answer();
  }

  #route(call: JsonCall, fault: () => Fault | undefined): Route | undefined {
    const { pathname, searchParams: query } = call.url;
    const path = pathname
      .replace(/^\/v1\//, "")
      .split("/")
      .map(decodeURIComponent)
      .join("/");
    const listed = (all: readonly object[], field: string) => this.#listed(all, field, path, query, fault());
    const match = (method: string, pattern: RegExp) =>
      call.method === method ? (pattern.exec(path) ?? undefined) : undefined;

    const accounts = match("GET", /^(projects\/[^/]+)\/serviceAccounts$/);
    if (accounts !== undefined) {
      const [, owner = ""] = accounts;
      return {
        list: "service accounts",
        permission: "iam.serviceAccounts.list",
        owner,
        // At most 100 a page.
        answer: () =>
          Number(query.get("pageSize") ?? "20") > 100
            ? ERRORS.invalid("page_size is too large")
            : listed(this.#accountsOf(owner).map(accountJson(this.#project(owner))), "accounts"),
      };
    }
    const policy = match("POST", /^(projects\/[^/]+)\/serviceAccounts\/([^/]+):getIamPolicy$/);
    if (policy !== undefined) {
      const [, owner = "", name = ""] = policy;
      return {
        list: "service account policies",
        permission: "iam.serviceAccounts.getIamPolicy",
        owner,
        answer: () => {
          const account = this.#account(owner, name);
          const version = Number(query.get("options.requestedPolicyVersion") ?? "0");
          return account === undefined
            ? ERRORS.notFound(`Service account ${name}`)
            : this.#google.policyOf(`serviceAccounts/${account.uniqueId}`, version);
        },
      };
    }
    const keys = match("GET", /^(projects\/[^/]+)\/serviceAccounts\/([^/]+)\/keys$/);
    if (keys !== undefined) {
      const [, owner = "", name = ""] = keys;
      return {
        list: "service account keys",
        permission: "iam.serviceAccountKeys.list",
        owner,
        answer: () => {
          const account = this.#account(owner, name);
          if (account === undefined) return ERRORS.notFound(`Service account ${name}`);
          const types = query.getAll("keyTypes");
          const asked = account.keys.filter(({ keyType }) => types.length === 0 || types.includes(keyType));
          // This list has no pages, and is {} where there is nothing in it.
          return asked.length === 0 ? {} : { keys: asked.map(keyJson(account, this.#project(owner))) };
        },
      };
    }
    return this.#routeOfRoles(path, query, match, listed) ?? this.#routeOfPools(path, query, match, listed);
  }

  #routeOfRoles(
    path: string,
    query: URLSearchParams,
    match: (method: string, pattern: RegExp) => RegExpExecArray | undefined,
    listed: (all: readonly object[], field: string) => object | ApiError,
  ): Route | undefined {
    const roles = match("GET", /^((?:projects|organizations)\/[^/]+)\/roles$/);
    if (roles !== undefined) {
      const [, owner = ""] = roles;
      return {
        list: "custom roles",
        permission: "iam.roles.list",
        owner,
        answer: () => {
          const all = this.#google.estate.roles.filter(({ name }) => name.startsWith(`${owner}/roles/`));
          const shown = all.filter(({ deleted }) => deleted !== true || query.get("showDeleted") === "true");
          return listed(shown.map(roleJson(query.get("view") === "FULL")), "roles");
        },
      };
    }
    const role = match("GET", /^((?:projects|organizations)\/[^/]+)\/roles\/[^/]+$/);
    if (role === undefined) return undefined;
    const [, owner = ""] = role;
    return {
      list: "custom role",
      permission: "iam.roles.get",
      owner,
      answer: () => {
        const found = this.#google.estate.roles.find(({ name }) => name === path);
        return found === undefined ? ERRORS.notFound(`The role ${path}`) : roleJson(true)(found);
      },
    };
  }

  #routeOfPools(
    path: string,
    query: URLSearchParams,
    match: (method: string, pattern: RegExp) => RegExpExecArray | undefined,
    listed: (all: readonly object[], field: string) => object | ApiError,
  ): Route | undefined {
    const pools = match("GET", /^(projects\/[^/]+)\/locations\/global\/workloadIdentityPools$/);
    if (pools !== undefined) {
      const [, owner = ""] = pools;
      return {
        list: "workload pools",
        permission: "iam.workloadIdentityPools.list",
        owner,
        answer: () => {
          const all = this.#poolsOf(owner);
          const shown = all.filter(({ state }) => state !== "DELETED" || query.get("showDeleted") === "true");
          return listed(shown.map(poolJson), "workloadIdentityPools");
        },
      };
    }
    const pool = match("GET", /^(projects\/[^/]+)\/locations\/global\/workloadIdentityPools\/([^/]+)$/);
    if (pool !== undefined) {
      const [, owner = "", id] = pool;
      return {
        list: "workload pool",
        permission: "iam.workloadIdentityPools.get",
        owner,
        answer: () => {
          const found = this.#poolsOf(owner).find((one) => one.id === id);
          return found === undefined ? ERRORS.notFound(path) : poolJson(found);
        },
      };
    }
    const providers = match(
      "GET",
      /^(projects\/[^/]+)\/locations\/global\/workloadIdentityPools\/([^/]+)\/providers$/,
    );
    if (providers === undefined) return undefined;
    const [, owner = "", id] = providers;
    return {
      list: "workload pool providers",
      permission: "iam.workloadIdentityPoolProviders.list",
      owner,
      answer: () => {
        const found = this.#poolsOf(owner).find((one) => one.id === id && one.state !== "DELETED");
        return found === undefined
          ? ERRORS.notFound(path)
          : listed(found.providers.map(providerJson(found)), "workloadIdentityPoolProviders");
      },
    };
  }

  #listed(
    all: readonly object[],
    field: string,
    list: string,
    query: URLSearchParams,
    fault: Fault | undefined,
  ): object | ApiError {
    const size = sizeOf(Number(query.get("pageSize") ?? "0"), this.#google.pageSize);
    const page = pageOf(all, list, query.get("pageToken") ?? "", size, fault);
    if (page === undefined) return ERRORS.invalid("page_token is invalid");
    // Empty fields are left out.
    return {
      ...(page.items.length === 0 ? {} : { [field]: page.items }),
      ...(page.next === "" ? {} : { nextPageToken: page.next }),
    };
  }

  /** Paths name a project by its id or its number. */
  #project(owner: string): Project | undefined {
    const id = owner.slice("projects/".length);
    return this.#google.estate.projects.find(({ name, projectId }) => projectId === id || name === owner);
  }
  #accountsOf(owner: string): readonly Account[] {
    const number = this.#project(owner)?.name.slice("projects/".length);
    return this.#google.estate.accounts.filter(({ project }) => project === number);
  }
  #account(owner: string, name: string): Account | undefined {
    return this.#accountsOf(owner).find(({ email, uniqueId }) => email === name || uniqueId === name);
  }
  #poolsOf(owner: string): readonly Pool[] {
    const number = this.#project(owner)?.name.slice("projects/".length);
    return this.#google.estate.pools.filter(({ project }) => project === number);
  }
}

/** https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts#ServiceAccount */
export const accountJson = (project: Project | undefined) => (account: Account) => ({
  name: `projects/${project?.projectId ?? ""}/serviceAccounts/${account.email}`,
  projectId: project?.projectId,
  uniqueId: account.uniqueId,
  email: account.email,
  displayName: account.displayName,
  ...(account.description === undefined ? {} : { description: account.description }),
  etag: "MDEwMjE5MjA=",
  oauth2ClientId: account.uniqueId,
  ...(account.disabled === true ? { disabled: true } : {}),
});

/** https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts.keys#ServiceAccountKey */
export const keyJson =
  (account: Account, project: Project | undefined) =>
  ({ id, ...key }: Key) => ({
    ...key,
    name: `projects/${project?.projectId ?? ""}/serviceAccounts/${account.email}/keys/${id}`,
    keyAlgorithm: "KEY_ALG_RSA_2048",
    keyOrigin: "GOOGLE_PROVIDED",
  });

/** https://cloud.google.com/iam/docs/reference/rest/v1/organizations.roles#Role: without FULL no permissions. */
export const roleJson =
  (isFull: boolean) =>
  ({ name, title, description, includedPermissions, deleted }: Role) => ({
    name,
    title,
    ...(description === undefined ? {} : { description }),
    stage: "GA",
    etag: "BwX=",
    ...(isFull && includedPermissions.length > 0 ? { includedPermissions } : {}),
    ...(deleted === true ? { deleted } : {}),
  });

const poolName = ({ project, id }: Pool) =>
  `projects/${project}/locations/global/workloadIdentityPools/${id}`;
/** https://cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools */
export const poolJson = (pool: Pool) => ({
  name: poolName(pool),
  displayName: pool.displayName,
  ...(pool.description === undefined ? {} : { description: pool.description }),
  state: pool.state ?? "ACTIVE",
  ...(pool.disabled === true ? { disabled: true } : {}),
});
export const providerJson =
  (pool: Pool) =>
  ({ id, ...provider }: Provider) => ({
    name: `${poolName(pool)}/providers/${id}`,
    state: "ACTIVE",
    ...provider,
  });
