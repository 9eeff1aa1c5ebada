import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { OperationError } from "../model/index.js";
import { namesLoopback, requireLoopback } from "./loopback.js";

/** Answers one request, as `fetch` would. */
export type Handler = (request: Request) => Response | Promise<Response>;

export interface Listening {
  readonly url: string;
  /** Stops taking requests and waits for those under way, ten seconds at most. */
  close(): Promise<void>;
}

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  readonly maxBodyBytes: number;
  /** For a request to arrive whole, in milliseconds. */
  readonly timeoutMs: number;
}

const CLOSE_MS = 10_000;

/**
 * Serves `handle` over HTTP on this machine only, with the body and the time of a request limited before anything
 * parses it. InputError for another address; OperationError where the port cannot be had.
 */
export async function listen(handle: Handler, options: ListenOptions): Promise<Listening> {
  requireLoopback(options.host);
  const underWay = new Set<Promise<void>>();
  const server = createServer(
    {
      requestTimeout: options.timeoutMs,
      headersTimeout: Math.min(10_000, options.timeoutMs),
      // Node looks for late requests this often; its 30 seconds would make a shorter limit meaningless.
      connectionsCheckingInterval: Math.max(50, Math.min(1_000, options.timeoutMs / 4)),
    },
    (request, response) => {
      // A response is closed when it was handed over whole, or its client has gone.
      const closed = new Promise<void>((resolve) => response.once("close", resolve)).finally(() =>
        underWay.delete(closed),
      );
      underWay.add(closed);
      answer(handle, request, response, options).catch(() => response.destroy());
    },
  );
  await bound(server, options);
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : options.port;
  const host = options.host.includes(":") ? `[${options.host}]` : options.host;
  return {
    url: `http://${host}:${port}`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await atMost(CLOSE_MS, Promise.all(underWay));
      // What is left stands idle, or has had its time.
      server.closeAllConnections();
      await closed;
    },
  };
}

async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}

async function answer(
  handle: Handler,
  request: IncomingMessage,
  response: ServerResponse,
  limits: ListenOptions,
): Promise<void> {
  if (!namesLoopback(request.headers.host)) {
    refuse(response, 421);
    return;
  }
  const url = urlOf(request.url);
  if (url === undefined) {
    refuse(response, 400);
    return;
  }
  const body = await readBody(request, limits.maxBodyBytes);
  if (body === undefined) {
    refuse(response, 413);
    return;
  }
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  const method = request.method ?? "GET";
  const result = await handle(
    new Request(url, {
      method,
      headers: headersOf(request),
      signal: gone.signal,
      ...(method === "GET" || method === "HEAD" ? {} : { body }),
    }),
  );
  response.writeHead(result.status, Object.fromEntries(result.headers));
  if (result.body !== null) for await (const chunk of result.body) response.write(chunk);
  response.end();
}

/** Answers without reading on; Node throws what still arrives of the request away. */
function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { "content-length": "0" }).end();
}

/** Only the path and the query count: neither the Host header nor an absolute URL decides where anything goes. */
function urlOf(target: string | undefined): URL | undefined {
  if (target?.startsWith("/") !== true || target.startsWith("//")) return undefined;
  return URL.canParse(target, "http://localhost") ? new URL(target, "http://localhost") : undefined;
}

function headersOf(request: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(", ") : value);
  }
  return headers;
}

/** The whole body, or undefined where it is larger than allowed, whatever length it claims. */
function readBody(request: IncomingMessage, limit: number): Promise<Buffer<ArrayBuffer> | undefined> {
  if (Number(request.headers["content-length"] ?? 0) > limit) return Promise.resolve(undefined);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const take = (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) {
        chunks.push(chunk);
        return;
      }
      request.off("data", take);
      resolve(undefined);
    };
    request.on("data", take);
    request.once("end", () => resolve(Buffer.concat(chunks)));
    request.once("error", reject);
    request.once("close", () => reject(new Error("the client went away")));
  });
}

function bound(server: Server, { host, port }: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(
        error.code === "EADDRINUSE"
          ? new OperationError({
              what: `Port ${port} on ${host} is taken.`,
              fix: "Choose another with --port; 0 takes any that is free.",
              cause: error,
            })
          : new OperationError({ what: `Cannot listen on ${host}:${port}: ${error.message}.`, cause: error }),
      );
    });
    server.listen(port, host, resolve);
  });
}
