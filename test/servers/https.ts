import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { Fault } from "./faults.js";
import { testCertificate } from "./tls.js";

/** A call as a server that speaks JSON sees it. */
export interface JsonCall {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage["headers"];
  /** Parsed where there is one. */
  readonly body: unknown;
}

export interface JsonAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** Sends it whole; `cut` sends a first part and then breaks the connection; `silent` never answers. */
export type Served = JsonAnswer | { readonly cut: JsonAnswer } | "silent";

/** A loopback server over TLS that speaks JSON; what it answers is the business of whoever starts it. */
export class JsonServer {
  readonly #server: Server;
  readonly #answer: (call: JsonCall) => Served | Promise<Served>;

  private constructor(server: Server, answer: (call: JsonCall) => Served | Promise<Served>) {
    this.#server = server;
    this.#answer = answer;
  }

  static async start(answer: (call: JsonCall) => Served | Promise<Served>): Promise<JsonServer> {
    const listener = createServer(testCertificate());
    const server = new JsonServer(listener, answer);
    listener.on("request", (request, response) => {
      server.#serve(request, response).catch((error: unknown) => {
        response.writeHead(500).end(JSON.stringify({ error: { message: String(error) } }));
      });
    });
    await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
    return server;
  }

  get port(): number {
    const address: AddressInfo | string | null = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the server does not listen");
    return address.port;
  }

  /** `https://localhost:PORT`, without a slash at the end. */
  get url(): string {
    return `https://localhost:${this.port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString("utf8");
    const body: unknown =
      text !== "" && /json/.test(request.headers["content-type"] ?? "") ? JSON.parse(text) : text;
    const served = await this.#answer({
      method: request.method ?? "GET",
      url: new URL(request.url ?? "/", this.url),
      headers: request.headers,
      body,
    });
    if (served === "silent") return;
    const { status = 200, headers, body: answer } = "cut" in served ? served.cut : served;
    const sent = Buffer.from(JSON.stringify(answer));
    response.writeHead(status, {
      "content-type": "application/json",
      "content-length": sent.length,
      ...headers,
    });
    if (!("cut" in served)) response.end(sent);
    else
      response.write(sent.subarray(0, Math.floor(sent.length / 2)), () => {
        request.socket.destroy();
      });
  }
}

/** What a fault of the transport makes of an answer; faults of paging are the server's own business. */
export function withFault(fault: Fault | undefined, answer: () => JsonAnswer): Served {
  switch (fault?.kind) {
    case "answer":
      return { status: fault.status, headers: fault.headers ?? {}, body: fault.body ?? {} };
    case "silent":
      return "silent";
    case "cut":
      return { cut: answer() };
    default:
      return answer();
  }
}
