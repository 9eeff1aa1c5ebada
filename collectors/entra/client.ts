import { setTimeout as pause } from "node:timers/promises";
import {
  AuthenticationHandler,
  AuthenticationHandlerOptions,
  Client,
  type Context,
  type Middleware,
  type MiddlewareOptions,
  ResponseType,
} from "@microsoft/microsoft-graph-client";
import {
  CollectError,
  type HttpResponse,
  type OpenContext,
  type ProxyAgents,
  proxyAgents,
  request,
} from "../../src/collect/index.js";
import { openTokens } from "./auth.js";
import type { EntraConfig } from "./config.js";
import { GraphRefusal } from "./errors.js";
import { batchShape } from "./shapes.js";
import { rolesOf } from "./token-roles.js";

/** One list or object to ask for. */
export interface Ask {
  /** Below the version, `/users?$select=id`; or a whole nextLink. */
  readonly path: string;
  /** What Graph wants for it: named where it refuses. */
  readonly permission: string;
  /** Sends `ConsistencyLevel: eventual`, on each page. https://learn.microsoft.com/graph/aad-advanced-queries */
  readonly eventual?: boolean;
}

/** All of Graph that the collector uses. */
export interface Session {
  /** Throws GraphRefusal where the answer is no success. */
  get(ask: Ask, signal: AbortSignal): Promise<unknown>;
  /**
   * Up to 20 requests in one call. Answers come in the order of the requests, whatever Graph's is: a body, a refusal,
   * or undefined where none came. Throws where the batch as a whole is refused.
   */
  batch(asks: readonly Ask[], signal: AbortSignal): Promise<readonly (unknown | GraphRefusal | undefined)[]>;
  /** Whether all tokens that were used name an application permission; what a token does not say, it does not name. */
  holds(permission: string): boolean;
  /** Every later call fails with it. */
  end(error: CollectError): void;
  close(): void;
}

const VERSION = "v1.0";
const EVENTUAL = { ConsistencyLevel: "eventual" };

/** One request on its way through the SDK: the link that must not be rewritten, and what came of it. */
class Exchange implements MiddlewareOptions {
  readonly link: string | undefined;
  readonly signal: AbortSignal;
  response: HttpResponse | undefined;
  failure: Error | undefined;
  constructor(link: string | undefined, signal: AbortSignal) {
    this.link = link;
    this.signal = signal;
  }
}

/** The SDK's error handler keeps no cause, so what fails is kept from it. */
class KeepFailure implements Middleware {
  #next: Middleware | undefined;
  async execute(context: Context): Promise<void> {
    const exchange = exchangeOf(context);
    // The SDK takes a URL to its parts and puts them together again: a nextLink goes as Graph gave it.
    if (exchange.link !== undefined) context.request = exchange.link;
    try {
      await this.#next?.execute(context);
    } catch (error) {
      exchange.failure = error instanceof Error ? error : new Error(String(error));
    }
    context.response = new Response(null);
  }
  setNext(next: Middleware): void {
    this.#next = next;
  }
}

/** Sends a request as all collectors do: through the proxy that the environment names, and without following redirects. */
class Send implements Middleware {
  readonly #agents: ProxyAgents;
  constructor(agents: ProxyAgents) {
    this.#agents = agents;
  }
  async execute(context: Context): Promise<void> {
    const exchange = exchangeOf(context);
    const { body, headers, method } = context.options ?? {};
    const response = await request(this.#agents, {
      method: method === "POST" ? "POST" : "GET",
      url: String(context.request),
      headers: { accept: "application/json", ...Object.fromEntries(new Headers(headers)) },
      ...(typeof body === "string" ? { body } : {}),
      signal: exchange.signal,
    });
    await easeOff(response, exchange.signal);
    exchange.response = response;
  }
}

function exchangeOf(context: Context): Exchange {
  const found = context.middlewareControl?.getMiddlewareOptions(Exchange);
  if (!(found instanceof Exchange)) throw new Error("a request without its exchange");
  return found;
}

/** From this part of the limit on Graph says how much of it is used. */
const WARNED_FROM = 0.8;
const LONGEST_EASE_MS = 10_000;

/**
 * Waits a little where Graph says that the limit of application and tenant is nearly used up; the ten seconds over
 * which it counts are over then. https://learn.microsoft.com/graph/throttling-limits#regular-responses-requests
 */
async function easeOff(response: HttpResponse, signal: AbortSignal): Promise<void> {
  const used = Number(response.header("x-ms-throttle-limit-percentage") ?? Number.NaN);
  if (response.status !== 200 || !(used >= WARNED_FROM)) return;
  await pause(Math.min(LONGEST_EASE_MS, Math.ceil(used * 1_000)), undefined, { signal });
}

export function openSession(context: OpenContext<EntraConfig>): Session {
  const { config, source, baseDir, signal: ended } = context;
  const agents = proxyAgents();
  const tokens = openTokens({ config, agents, signal: ended, source, baseDir });
  const origin = new URL(config.endpoint).origin;
  const root = `${config.endpoint}/${VERSION}`;
  const client = Client.initWithMiddleware({
    baseUrl: `${config.endpoint}/`,
    defaultVersion: VERSION,
    customHosts: new Set([new URL(config.endpoint).hostname]),
    // No retry, and no redirects: the engine does the one, and the other would take the token elsewhere.
    middleware: [
      new KeepFailure(),
      new AuthenticationHandler({
        getAccessToken: () => Promise.reject(new Error("a request without its token")),
      }),
      new Send(agents),
    ],
  });
  let end: CollectError | undefined;
  let newest: string | undefined;
  let granted: readonly string[] = [];

  const sent = async (
    path: string,
    headers: Readonly<Record<string, string>>,
    permission: string,
    signal: AbortSignal,
    body?: unknown,
  ): Promise<unknown> => {
    if (end !== undefined) throw end;
    const token = await tokens.get();
    if (token !== newest) {
      const roles = rolesOf(token);
      granted = newest === undefined ? roles : granted.filter((role) => roles.includes(role));
      newest = token;
    }
    const link = path.startsWith("https://") ? path : undefined;
    if (link !== undefined) mustBeOurs(link, origin);
    const exchange = new Exchange(link, signal);
    const asking = client
      .api(path)
      .headers({ ...headers })
      .responseType(ResponseType.RAW)
      .middlewareOptions([
        exchange,
        new AuthenticationHandlerOptions({ getAccessToken: () => Promise.resolve(token) }),
      ]);
    await (body === undefined ? asking.get() : asking.post(body));
    if (exchange.failure !== undefined) throw exchange.failure;
    const { response } = exchange;
    if (response === undefined) throw new Error("the SDK sent nothing");
    const text = response.body.toString("utf8");
    if (response.status < 200 || response.status > 299) {
      throw new GraphRefusal(response.status, parsedOr(text), (name) => response.header(name), permission);
    }
    const answer: unknown = JSON.parse(text);
    return answer;
  };

  return {
    get: ({ path, permission, eventual = false }, signal) =>
      sent(path, eventual ? EVENTUAL : {}, permission, signal),
    async batch(asks, signal) {
      const requests = asks.map(({ path, eventual = false }, index) => ({
        id: String(index),
        method: "GET",
        url: relative(path, root, origin),
        ...(eventual ? { headers: EVENTUAL } : {}),
      }));
      const permission = asks[0]?.permission ?? "";
      const { responses } = batchShape.parse(await sent("/$batch", {}, permission, signal, { requests }));
      const byId = new Map(responses.map((answer) => [answer.id, answer]));
      return asks.map((ask, index) => {
        const answer = byId.get(String(index));
        if (answer === undefined) return undefined;
        if (answer.status >= 200 && answer.status <= 299) return answer.body ?? {};
        const headers = new Map(
          Object.entries(answer.headers).map(([name, value]) => [name.toLowerCase(), value]),
        );
        return new GraphRefusal(answer.status, answer.body, (name) => headers.get(name), ask.permission);
      });
    },
    holds: (permission) => granted.includes(permission),
    end(error) {
      end ??= error;
    },
    close() {
      agents.destroy();
    },
  };
}

/** A link to another host would take the token there. */
function mustBeOurs(link: string, origin: string): void {
  if (URL.canParse(link) && new URL(link).origin === origin) return;
  const message = "Graph named another host for the next page, which was not asked";
  throw new CollectError({ kind: "fatal", message }, message);
}

/** In a batch a URL stands without host and version. https://learn.microsoft.com/graph/json-batching#creating-a-batch-request */
function relative(path: string, root: string, origin: string): string {
  if (!path.startsWith("https://")) return path;
  mustBeOurs(path, origin);
  if (path.startsWith(`${root}/`)) return path.slice(root.length);
  const message = "Graph named another version for the next page, which a batch cannot ask";
  throw new CollectError({ kind: "fatal", message }, message);
}

function parsedOr(text: string): unknown {
  try {
    const parsed: unknown = JSON.parse(text);
    return parsed;
  } catch {
    return undefined;
  }
}
