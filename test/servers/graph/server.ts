import { setTimeout as pause } from "node:timers/promises";
import type { Fault, FaultPlan, ServedCall } from "../faults.js";
import { FaultPlan as Plan } from "../faults.js";
import { type JsonAnswer, type JsonCall, JsonServer, type Served } from "../https.js";
import { listAt, type ServedList } from "./lists.js";
import { DEFAULTS, PROPERTIES } from "./schema.js";
import type { GraphObject, GraphTenant } from "./tenant.js";

/** One request as this server understood it. */
export interface GraphCall extends ServedCall {
  /** Path and query below the version. */
  readonly path: string;
  /** Which request for this list within one batch; 0 outside of batches. */
  readonly index: number;
}

export const isGraphCall = (call: ServedCall): call is GraphCall => "path" in call && "index" in call;

/** The application that reads the tenant. */
export const CLIENT = { id: "0a0a0a0a-1111-4222-8333-444444444444", secret: "not-a-real-secret" } as const;

interface Token {
  readonly list: string;
  readonly offset: number;
  /** The query of the first page: that of the next must hold all of it. */
  readonly query: string;
  readonly advanced: boolean;
}

interface Inner {
  readonly id: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Microsoft Graph v1.0 and the token endpoint of Entra ID over TLS, for one tenant whose state tests change. It refuses
 * what Graph refuses: no token, unknown properties, pages too large, options that a list does not offer.
 */
export class GraphServer {
  tenant: GraphTenant;
  readonly plan: FaultPlan = new Plan();
  /** HTTP calls of Graph; a batch is one. */
  calls = 0;
  /** Answers that held `canary`. */
  sung = 0;
  /** Stands in every error's message and, as the token, in every call. */
  canary: string | undefined;
  /** Before each answer. */
  latencyMs = 0;
  publicUrl: string | undefined;
  /** Called for each call of Graph: the paths that are asked for, several in a batch. */
  asked: ((paths: readonly string[]) => void) | undefined;
  /** Tokens are in no form that a client could read; else they name what was granted. */
  opaqueTokens = false;
  /** The secret that the token endpoint accepts. */
  secret: string = CLIENT.secret;
  /**
   * What is wrong with the answers for one list: the first object is left out, and counted all the same, or it lacks
   * what names it. Of lists that objects have each it is the first one asked for that holds anything.
   */
  bent: { readonly list: string; readonly how: "leftOut" | "nameless" } | undefined;
  /** Answers that were bent. */
  bends = 0;
  /** Headers of each answer of Graph that is a success. */
  headers: Readonly<Record<string, string>> = {};
  readonly #tokens = new Map<string, Token>();
  /** The path whose list is bent. */
  #bentPath: string | undefined;
  readonly #server: JsonServer;
  #issued = 0;
  #bearer = "";

  private constructor(tenant: GraphTenant, server: JsonServer) {
    this.tenant = tenant;
    this.#server = server;
  }

  static async start(tenant: GraphTenant): Promise<GraphServer> {
    let answering: ((call: JsonCall) => Promise<Served>) | undefined;
    const server = await JsonServer.start((call) => answering?.(call) ?? "silent");
    const graph = new GraphServer(tenant, server);
    answering = (call) => graph.#answer(call);
    return graph;
  }

  /** Where callers find it: another address where something stands between. */
  get url(): string {
    return this.publicUrl ?? this.#server.url;
  }

  get port(): number {
    return this.#server.port;
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }

  /** Back to no trouble; the tenant's state is the business of whoever changed it. */
  calm(): void {
    this.plan.clear();
    this.calls = 0;
    this.sung = 0;
    this.canary = undefined;
    this.bent = undefined;
    this.bends = 0;
    this.#bentPath = undefined;
    this.secret = CLIENT.secret;
    this.opaqueTokens = false;
    this.headers = {};
    this.#tokens.clear();
    this.#bearer = "";
  }

  async #answer(call: JsonCall): Promise<Served> {
    if (this.latencyMs > 0) await pause(this.latencyMs);
    const path = call.url.pathname;
    if (!path.startsWith("/v1.0/")) return this.#authority(call);
    this.calls += 1;
    if (this.#bearer === "" || call.headers.authorization !== `Bearer ${this.#bearer}`) {
      return this.#error(401, "InvalidAuthenticationToken");
    }
    if (path !== "/v1.0/$batch") this.asked?.([`${path.slice(5)}${call.url.search}`]);
    const served =
      path === "/v1.0/$batch"
        ? this.#batch(call)
        : this.#get(`${path.slice(5)}${call.url.search}`, call.method, headersOf(call), 0);
    if (served !== "silent") this.#listen("cut" in served ? served.cut : served);
    return served;
  }

  /** Counts the answers in which the canary stands. */
  #listen({ body }: JsonAnswer): void {
    if (this.canary !== undefined && JSON.stringify(body).includes(this.canary)) this.sung += 1;
  }

  /** https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow */
  #authority({ method, url, body }: JsonCall): JsonAnswer {
    const tenant = `${this.url}/${this.tenant.id}`;
    if (method === "GET" && url.pathname.endsWith("/v2.0/.well-known/openid-configuration")) {
      return {
        body: {
          issuer: `${tenant}/v2.0`,
          authorization_endpoint: `${tenant}/oauth2/v2.0/authorize`,
          token_endpoint: `${tenant}/oauth2/v2.0/token`,
          jwks_uri: `${tenant}/discovery/v2.0/keys`,
        },
      };
    }
    if (method !== "POST" || url.pathname !== `/${this.tenant.id}/oauth2/v2.0/token`) {
      return { status: 404, body: { error: "invalid_request" } };
    }
    const asked = new URLSearchParams(String(body));
    const fault = this.plan.take({ list: "token", next: false });
    if (fault?.kind === "answer")
      return { status: fault.status, headers: fault.headers ?? {}, body: fault.body ?? {} };
    const refused =
      asked.get("client_id") !== CLIENT.id
        ? { code: 700016, error: "unauthorized_client" }
        : asked.get("client_secret") !== this.secret
          ? { code: 7000215, error: "invalid_client" }
          : /:\d+\/\.default/.test(asked.get("scope") ?? "") === false
            ? { code: 70011, error: "invalid_scope" }
            : undefined;
    if (refused !== undefined) {
      const error_description = `AADSTS${refused.code}: refused. ${asked.get("client_secret") ?? ""}`;
      return { status: 401, body: { error: refused.error, error_description, error_codes: [refused.code] } };
    }
    this.#issued += 1;
    const named = this.opaqueTokens ? `token-${this.#issued}` : tokenOf(this.tenant, this.#issued);
    this.#bearer = this.canary ?? named;
    return {
      body: { token_type: "Bearer", expires_in: 3599, ext_expires_in: 3599, access_token: this.#bearer },
    };
  }

  /** https://learn.microsoft.com/graph/json-batching */
  #batch({ method, body }: JsonCall): Served {
    const fault = this.plan.take({ list: "batch", next: false });
    const transport = faulted(fault, () => ({ body: {} }));
    if (transport !== undefined) return transport;
    const inner = requestsOf(body);
    if (method !== "POST" || inner === undefined) return this.#error(400, "BadRequest");
    this.asked?.(inner.map(({ url }) => url));
    // Batch size limitations, and unique ids.
    if (inner.length > 20 || new Set(inner.map(({ id }) => id.toLowerCase())).size < inner.length) {
      return this.#error(400, "BadRequest");
    }
    const asked = new Map<string, number>();
    const responses: unknown[] = [];
    let broken = false;
    for (const { id, method: innerMethod, url, headers } of inner) {
      const list = listAt(this.tenant, url.split("?")[0] ?? "")?.name ?? "";
      const index = asked.get(list) ?? 0;
      asked.set(list, index + 1);
      const served = this.#get(url, innerMethod, lowered(headers), index);
      if (served === "silent") return "silent";
      broken ||= "cut" in served;
      const answer = "cut" in served ? served.cut : served;
      responses.push({ id, status: answer.status ?? 200, headers: answer.headers ?? {}, body: answer.body });
    }
    // Answers come in another order than the requests.
    const answer = { body: { responses: responses.reverse() } };
    return broken ? { cut: answer } : answer;
  }

  #get(
    target: string,
    method: string,
    headers: Readonly<Record<string, string | undefined>>,
    index: number,
  ): Served {
    const url = new URL(target.startsWith("/") ? target : `/${target}`, this.url);
    const list = listAt(this.tenant, url.pathname);
    if (method !== "GET") return this.#error(405, "Request_BadRequest");
    if (list === undefined) return this.#error(400, "BadRequest");
    const select = (url.searchParams.get("$select") ?? "").split(",");
    const names = [
      ...(list.name === "users" && select.includes("signInActivity") ? ["sign-in activity"] : []),
      ...(list.name === "users" && select.includes("employeeLeaveDateTime") ? ["leave dates"] : []),
      list.name,
    ];
    let fault: Fault | undefined;
    for (const name of names) {
      const call: GraphCall = { list: name, next: url.searchParams.has("$skiptoken"), path: target, index };
      fault ??= this.plan.take(call);
    }
    const answer = () => this.#page(list, url, headers, fault);
    return this.#sing(faulted(fault, answer) ?? answer());
  }

  /** An error that a fault makes says what Graph's own would. */
  #sing(served: Served): Served {
    if (this.canary === undefined || served === "silent" || "cut" in served) return served;
    if ((served.status ?? 200) < 400) return served;
    const code = property(property(served.body, "error"), "code");
    return {
      ...this.#error(served.status ?? 500, typeof code === "string" ? code : ""),
      headers: served.headers ?? {},
    };
  }

  #page(
    list: ServedList,
    url: URL,
    headers: Readonly<Record<string, string | undefined>>,
    fault: Fault | undefined,
  ): JsonAnswer {
    const query = url.searchParams;
    const select = query.get("$select")?.split(",");
    const refused = this.#refusal(list, query, select);
    if (refused !== undefined) return refused;
    const consistent = headers.consistencylevel === "eventual";
    const advanced = consistent && query.get("$count") === "true";
    // https://learn.microsoft.com/graph/query-parameters#expand-parameter: not with advanced queries
    if (advanced && query.has("$expand")) return this.#error(400, "Request_UnsupportedQuery");
    const whole = list.items({ advanced });
    if (whole === undefined) {
      const { status, code } = list.missing ?? { status: 404, code: "Request_ResourceNotFound" };
      return this.#error(status, code);
    }
    const how = this.#bendOf(list, url.pathname, whole.length);
    const items = how === "leftOut" ? whole.slice(1, whole.length) : whole;
    if (how === "leftOut") this.bends += 1;
    const at = query.get("$skiptoken");
    const token = at === null ? undefined : this.#tokens.get(at);
    if (at !== null && !isWhole(token, list, query, advanced))
      return this.#error(400, "Directory_ExpiredPageToken");
    const offset = token?.offset ?? 0;
    const size = Math.min(Number(query.get("$top") ?? 100), this.tenant.pageSize);
    const from = fault?.kind === "twice" ? Math.max(0, offset - 1) : offset;
    const until = fault?.kind === "emptyPage" ? from : Math.min(from + size, items.length);
    const paged = list.options.has("$skiptoken");
    const end = paged ? until : items.length;
    const value = items.slice(from, end).map((item, at) => {
      const answer = this.#projected(item, list, select, query.get("$expand"));
      return how === "nameless" && from + at === 0 ? this.#nameless(answer, list) : answer;
    });
    if (list.single === true) return { headers: this.headers, body: value[0] };
    const more = end < items.length;
    return {
      headers: this.headers,
      body: {
        "@odata.context": `${this.url}/v1.0/$metadata#${list.name}`,
        // On the first page only. https://learn.microsoft.com/graph/paging
        ...(advanced && at === null ? { "@odata.count": whole.length } : {}),
        ...(fault?.kind === "sameCursor"
          ? { "@odata.nextLink": `${this.url}/v1.0${url.pathname}${url.search}` }
          : more
            ? { "@odata.nextLink": this.#nextLink(list, url, end, advanced) }
            : {}),
        value,
      },
    };
  }

  /** What is wrong with an answer. */
  #bendOf(list: ServedList, path: string, length: number): "leftOut" | "nameless" | undefined {
    if (this.bent?.list !== list.name || length === 0) return undefined;
    this.#bentPath ??= path;
    return this.#bentPath === path ? this.bent.how : undefined;
  }

  /** The object without what it cannot be without. */
  #nameless(answer: Readonly<Record<string, unknown>>, list: ServedList): unknown {
    this.bends += 1;
    const name = list.named ?? "id";
    return Object.fromEntries(Object.entries(answer).filter(([other]) => other !== name));
  }

  /** What Graph refuses before it looks for anything. */
  #refusal(
    list: ServedList,
    query: URLSearchParams,
    select: readonly string[] | undefined,
  ): JsonAnswer | undefined {
    const { granted, licensed } = this.tenant;
    if (!list.permissions.some((permission) => granted.has(permission))) {
      return this.#error(403, "Authorization_RequestDenied");
    }
    // PIM needs Entra ID P2 or Governance.
    if (list.licence === "p2" && !licensed.p2) return this.#error(400, "AadPremiumLicenseRequired");
    for (const name of query.keys())
      if (!list.options.has(name)) return this.#error(400, "Request_UnsupportedQuery");
    const known = list.type === undefined ? undefined : PROPERTIES[list.type];
    if (select !== undefined && known !== undefined && !select.every((name) => known.includes(name))) {
      return this.#error(400, "Request_BadRequest");
    }
    const signIns = select?.includes("signInActivity") === true;
    if (signIns && !granted.has("AuditLog.Read.All")) return this.#error(403, "Authorization_RequestDenied");
    if (signIns && !licensed.p1)
      return this.#error(403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant");
    // https://learn.microsoft.com/graph/api/resources/user#properties
    if (select?.includes("employeeLeaveDateTime") === true && !granted.has("User-LifeCycleInfo.Read.All")) {
      return this.#error(403, "Authorization_RequestDenied");
    }
    const top = Number(query.get("$top") ?? 1);
    // https://learn.microsoft.com/graph/api/user-list: 500 with signInActivity, else 999
    const most = signIns ? 500 : (list.most ?? 999);
    if (!Number.isInteger(top) || top < 1 || top > most) return this.#error(400, "Request_BadRequest");
    return undefined;
  }

  #nextLink(list: ServedList, url: URL, offset: number, advanced: boolean): string {
    const query = url.search.replace(/^\?/, "").replace(/&?\$skiptoken=[^&]*/, "");
    const token = `X${Buffer.from(`${list.name}/${this.#tokens.size}`).toString("hex")}`;
    this.#tokens.set(token, { list: list.name, offset, query, advanced });
    return `${this.url}/v1.0${url.pathname}?${query}${query === "" ? "" : "&"}$skiptoken=${token}`;
  }

  #projected(
    item: GraphObject,
    list: ServedList,
    select: readonly string[] | undefined,
    expand: string | null,
  ): Readonly<Record<string, unknown>> {
    const asked = select ?? (list.type === undefined ? undefined : DEFAULTS[list.type]) ?? Object.keys(item);
    // Whoever looks for what gets through is given all that there is: an answer may hold more than was selected.
    const names = this.canary === undefined ? asked : [...new Set([...asked, ...Object.keys(item)])];
    const kept: Record<string, unknown> = {};
    if (list.polymorphic === true && item["@odata.type"] !== undefined)
      kept["@odata.type"] = item["@odata.type"];
    for (const name of names) if (!name.startsWith("@")) kept[name] = item[name] ?? null;
    const relation = expand?.split("(")[0];
    if (relation !== undefined && list.expand?.[relation] !== undefined)
      kept[relation] = list.expand[relation](item);
    return kept;
  }

  /** https://learn.microsoft.com/graph/errors#error-resource-type */
  #error(status: number, code: string): JsonAnswer {
    const message = this.canary ?? "what went wrong, in words for developers";
    return {
      status,
      body: { error: { code, message, innerError: { "request-id": "r", date: "2026-01-01T00:00:00" } } },
    };
  }
}

/** A token is good with the whole of its link, and with the header that the first page had. */
function isWhole(
  token: Token | undefined,
  list: ServedList,
  query: URLSearchParams,
  advanced: boolean,
): token is Token {
  if (token === undefined || token.list !== list.name || token.advanced !== advanced) return false;
  return [...new URLSearchParams(token.query)].every(([name, value]) => query.get(name) === value);
}

function faulted(fault: Fault | undefined, answer: () => JsonAnswer): Served | undefined {
  switch (fault?.kind) {
    case "answer":
      return { status: fault.status, headers: fault.headers ?? {}, body: fault.body ?? {} };
    case "silent":
      return "silent";
    case "cut":
      return { cut: answer() };
    default:
      return undefined;
  }
}

/** An access token as Entra ID gives applications: https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference */
function tokenOf({ id, granted }: GraphTenant, issued: number): string {
  const parts = [
    { typ: "JWT", alg: "RS256" },
    { tid: id, appid: CLIENT.id, idtyp: "app", roles: [...granted], uti: String(issued) },
    "signed by nobody",
  ];
  return parts.map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
}

const lowered = (headers: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

const headersOf = ({ headers }: JsonCall): Readonly<Record<string, string | undefined>> => ({
  consistencylevel: typeof headers.consistencylevel === "string" ? headers.consistencylevel : undefined,
});

function property(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? Object.entries(value).find(([other]) => other === name)?.[1]
    : undefined;
}

function requestsOf(body: unknown): readonly Inner[] | undefined {
  const requests = property(body, "requests");
  if (!Array.isArray(requests)) return undefined;
  return requests.map((request: unknown) => {
    const headers = property(request, "headers");
    return {
      id: String(property(request, "id")),
      method: String(property(request, "method")),
      url: String(property(request, "url")),
      headers:
        typeof headers === "object" && headers !== null
          ? Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
          : {},
    };
  });
}
