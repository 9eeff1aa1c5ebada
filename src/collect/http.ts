import * as http from "node:http";
import * as https from "node:https";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { ProxyAgents } from "./proxy.js";

const unzip = promisify(gunzip);

export interface HttpRequest {
  readonly method?: "GET" | "POST";
  readonly url: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  /** By lower-case name; several values are joined with `, `. */
  header(name: string): string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** An answer that is not a success. It holds the body, which may hold data: `classify` reads it, and nobody prints it. */
export class HttpError extends Error {
  readonly response: HttpResponse;
  constructor(response: HttpResponse) {
    super(`HTTP ${response.status}`);
    this.name = "HttpError";
    this.response = response;
  }
}

/** Answers above it are no page of any API. Bytes, unpacked. */
const MOST_BYTES = 256 * 1024 * 1024;

/**
 * One request through the proxy that the environment names, if any. Redirects are not followed: an API that
 * redirects would be given the credentials of another. Rejects where the connection fails or is cut in the middle
 * of the body.
 */
export function request(agents: ProxyAgents, options: HttpRequest): Promise<HttpResponse> {
  const url = new URL(options.url);
  const secure = url.protocol === "https:";
  const settings: https.RequestOptions = {
    method: options.method ?? "GET",
    agent: secure ? agents.httpsAgent : agents.httpAgent,
    signal: options.signal,
    headers: {
      "accept-encoding": "gzip",
      ...options.headers,
      ...(options.body === undefined ? {} : { "content-length": String(Buffer.byteLength(options.body)) }),
    },
  };
  return new Promise((resolve, reject) => {
    const sent = (secure ? https : http).request(url, settings, (answer) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      answer.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MOST_BYTES) answer.destroy(new Error("the answer is larger than any page should be"));
        else chunks.push(chunk);
      });
      answer.once("error", reject);
      answer.once("aborted", () => {
        reject(cutInTheMiddle());
      });
      answer.once("end", () => {
        // A body that ends before its length was sent is not an answer.
        if (!answer.complete) reject(cutInTheMiddle());
        else responseOf(answer, Buffer.concat(chunks)).then(resolve, reject);
      });
    });
    sent.once("error", reject);
    sent.end(options.body);
  });
}

/** The same, for JSON: throws HttpError where the status is not 2xx, SyntaxError where the body is not JSON. */
export async function requestJson(
  agents: ProxyAgents,
  options: HttpRequest,
): Promise<{ readonly body: unknown; readonly response: HttpResponse }> {
  const response = await request(agents, {
    ...options,
    headers: {
      accept: "application/json",
      ...(options.body === undefined ? {} : { "content-type": "application/json" }),
      ...options.headers,
    },
  });
  if (response.status < 200 || response.status > 299) throw new HttpError(response);
  const body: unknown = JSON.parse(response.body.toString("utf8"));
  return { body, response };
}

async function responseOf(answer: http.IncomingMessage, raw: Buffer): Promise<HttpResponse> {
  const packed = answer.headers["content-encoding"] === "gzip" && raw.length > 0;
  const body = packed ? await unzip(raw, { maxOutputLength: MOST_BYTES }) : raw;
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return { status: answer.statusCode ?? 0, headers, body, header: (name) => headers[name.toLowerCase()] };
}

function cutInTheMiddle(): Error {
  return Object.assign(new Error("the connection was cut in the middle of an answer"), {
    code: "ECONNRESET",
  });
}
