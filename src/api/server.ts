import { EnvelopArmorPlugin } from "@escape.tech/graphql-armor";
import { useCSRFPrevention } from "@graphql-yoga/plugin-csrf-prevention";
import { NoSchemaIntrospectionCustomRule } from "graphql";
import { createYoga, type Plugin, useExecutionCancellation } from "graphql-yoga";
import type { GraphStore } from "../graph/index.js";
import { type Log, messageOf } from "../model/index.js";
import { createContext } from "./context.js";
import { apiSchema } from "./schema/index.js";

/** The key `api` of the configuration, without the listener's. */
export interface ApiLimits {
  readonly introspection: boolean;
  readonly graphiql: boolean;
  readonly cors: readonly string[];
  readonly maxDepth: number;
  readonly maxCost: number;
  readonly maxPageSize: number;
  readonly timeoutMs: number;
}

export interface ApiOptions {
  readonly store: GraphStore;
  readonly limits: ApiLimits;
  /** The company's time zone. */
  readonly zone: string;
  /** Names of the configured sources: one that was never read is shown as such. */
  readonly sources?: readonly string[];
  readonly log: Log;
  readonly now: () => number;
}

export interface Api {
  fetch(request: Request): Promise<Response>;
  dispose(): Promise<void>;
}

/** A request carries this header or a JSON body; a form of another site can send neither. */
export const CSRF_HEADER = "x-exitgraph";

const READY_TIMEOUT_MS = 5_000;

/**
 * `/graphql`, `/health` and `/ready`, apart from the listener, so that tests need no port. What yoga allows by
 * default and a security tool should not is off.
 */
export function createApi(options: ApiOptions): Api {
  const { limits, log } = options;
  const yoga = createYoga<{ signal: AbortSignal }>({
    schema: apiSchema(limits),
    graphqlEndpoint: "/graphql",
    healthCheckEndpoint: "/health",
    landingPage: false,
    graphiql: limits.graphiql,
    multipart: false,
    batching: false,
    cors: (request) => corsFor(request, limits.cors),
    maskedErrors: { isDev: false },
    logging: {
      debug: (...message: unknown[]) => log.debug(described(message)),
      info: (...message: unknown[]) => log.debug(described(message)),
      warn: (...message: unknown[]) => log.warn(described(message)),
      error: (...message: unknown[]) => log.warn(`GraphQL: ${described(message)}`),
    },
    context: ({ signal }) =>
      createContext({
        store: options.store,
        now: options.now(),
        zone: options.zone,
        sources: options.sources ?? [],
        maxPageSize: limits.maxPageSize,
        signal,
      }),
    plugins: [
      useCSRFPrevention({ requestHeaders: [CSRF_HEADER] }),
      useExecutionCancellation(),
      EnvelopArmorPlugin({
        // Depth and cost are worked out by the schema, which knows how long each list is.
        costLimit: { enabled: false },
        maxDepth: { enabled: false },
        maxAliases: { n: 30 },
        maxDirectives: { n: 20 },
        maxTokens: { n: 2_000 },
        blockFieldSuggestion: { enabled: !limits.introspection },
      }),
      ...(limits.introspection ? [] : [refuseIntrospection()]),
    ],
  });

  return {
    async fetch(request) {
      switch (new URL(request.url).pathname) {
        case "/health":
          return plain(200);
        case "/ready":
          return plain((await isReady(options)) ? 200 : 503);
        case "/graphql":
          return withinTime(request, limits.timeoutMs, (timed, signal) => yoga.fetch(timed, { signal }));
        default:
          return plain(404);
      }
    },
    async dispose() {
      await yoga.dispose();
    },
  };
}

function plain(status: number): Response {
  return new Response(null, { status, headers: { "cache-control": "no-store" } });
}

/** Yes or no: what an error says (an address, a user) is nobody's business here. */
async function isReady({ store, log }: ApiOptions): Promise<boolean> {
  try {
    await store.rows("RETURN 1 AS one", {}, AbortSignal.timeout(READY_TIMEOUT_MS));
    return true;
  } catch (error) {
    log.warn(`not ready: ${messageOf(error)}`);
    return false;
  }
}

/**
 * Answers within the time, whatever the store does: the signal ends what listens to it, and the client does not
 * wait for what does not.
 */
async function withinTime(
  request: Request,
  timeoutMs: number,
  handle: (request: Request, signal: AbortSignal) => Response | Promise<Response>,
): Promise<Response> {
  const late = new AbortController();
  const signal = AbortSignal.any([request.signal, late.signal]);
  let timer: NodeJS.Timeout | undefined;
  const timedOut = new Promise<Response>((resolve) => {
    timer = setTimeout(() => {
      const message = `The answer took longer than ${timeoutMs} ms. Ask for less at a time.`;
      resolve(Response.json({ errors: [{ message, extensions: { code: "TIMEOUT" } }] }, { status: 504 }));
      late.abort(new Error("the time of the request is up"));
    }, timeoutMs);
  });
  try {
    const response = await Promise.race([handle(new Request(request, { signal }), signal), timedOut]);
    response.headers.set("cache-control", "no-store");
    response.headers.set("x-content-type-options", "nosniff");
    return response;
  } finally {
    clearTimeout(timer);
  }
}

/** Only what is configured, and only by name: yoga answers `null` to others, which a sandboxed frame matches. */
function corsFor(request: Request, allowed: readonly string[]) {
  const origin = request.headers.get("origin");
  if (origin === null || !allowed.includes(origin)) return false;
  return {
    origin: [origin],
    credentials: false,
    methods: ["GET", "POST"],
    allowedHeaders: ["content-type", CSRF_HEADER],
  };
}

function refuseIntrospection(): Plugin {
  return {
    onValidate({ addValidationRule }) {
      addValidationRule(NoSchemaIntrospectionCustomRule);
    },
  };
}

/** A message with its causes: what is masked for clients must be found in the log. */
function described(message: readonly unknown[]): string {
  return message.map((part) => (part instanceof Error ? causes(part).join(": ") : String(part))).join(" ");
}

function causes(error: Error): string[] {
  const inner =
    "originalError" in error && error.originalError instanceof Error ? error.originalError : error.cause;
  return inner instanceof Error ? [error.message, ...causes(inner)] : [error.message];
}
