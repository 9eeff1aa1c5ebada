import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** One call of IAM or STS as it came over the wire. */
export interface QueryCall {
  readonly action: string;
  readonly params: URLSearchParams;
  /** Access key id that signed it. */
  readonly signedBy: string;
}

export interface QueryAnswer {
  readonly status: number;
  readonly xml: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** `cut`: half of it is sent, and then the connection broken. `silent`: it is never sent. */
  readonly fault?: "cut" | "silent";
}

/** What a call gets; `undefined` passes it on to the server behind, if there is one. */
export type Answering = (call: QueryCall) => QueryAnswer | undefined;

/**
 * The AWS query protocol on a loopback port, in front of another server or alone: for what moto cannot do
 * (deny, throttle, page, make a report in the background). https://docs.aws.amazon.com/IAM/latest/APIReference/
 */
export class QueryServer {
  readonly calls: QueryCall[] = [];
  answering: Answering = () => undefined;
  /** Looks at what the server behind answered, and may complete it. */
  completing: (call: QueryCall, answer: QueryAnswer) => QueryAnswer = (_, answer) => answer;
  /** AWS's clock, epoch ms. */
  now: () => number = Date.now;
  readonly #server: Server;
  readonly #upstream: string | undefined;

  private constructor(upstream: string | undefined) {
    this.#upstream = upstream;
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => {
        response.statusCode = 500;
        response.end(String(error));
      });
    });
  }

  static async start(upstream?: string): Promise<QueryServer> {
    const server = new QueryServer(upstream);
    await new Promise<void>((resolve) => server.#server.listen(0, "127.0.0.1", resolve));
    return server;
  }

  get url(): string {
    const address: AddressInfo | string | null = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the server does not listen");
    return `http://127.0.0.1:${address.port}`;
  }

  count(action: string): number {
    return this.calls.filter((call) => call.action === action).length;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const params = new URLSearchParams(body.toString("utf8"));
    const signedBy = /Credential=([^/]+)\//.exec(request.headers.authorization ?? "")?.[1] ?? "";
    const call = { action: params.get("Action") ?? "", params, signedBy };
    this.calls.push(call);
    const answer = this.answering(call) ?? this.completing(call, await this.#forward(request, body));
    response.statusCode = answer.status;
    response.setHeader("content-type", "text/xml");
    response.setHeader("date", new Date(this.now()).toUTCString());
    for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
    if (answer.fault === "silent") return;
    if (answer.fault === undefined) {
      response.end(answer.xml);
      return;
    }
    const bytes = Buffer.from(answer.xml);
    response.setHeader("content-length", bytes.length);
    response.write(bytes.subarray(0, bytes.length / 2), () => request.socket.destroy());
  }

  async #forward(request: IncomingMessage, body: Buffer): Promise<QueryAnswer> {
    if (this.#upstream === undefined) return failure(400, "InvalidAction", "nobody answers this action");
    const headers = new Headers();
    for (const [name, value] of Object.entries(request.headers)) {
      if (typeof value === "string" && !["host", "connection", "content-length"].includes(name))
        headers.set(name, value);
    }
    const answer = await fetch(this.#upstream + (request.url ?? "/"), {
      method: "POST",
      headers,
      body: new Uint8Array(body),
    });
    return { status: answer.status, xml: await answer.text() };
  }
}

export function success(action: string, result: string): QueryAnswer {
  return {
    status: 200,
    xml: `<${action}Response xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><${action}Result>${result}</${action}Result><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></${action}Response>`,
  };
}

export function failure(
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): QueryAnswer {
  return {
    status,
    headers,
    xml: `<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>r</RequestId></ErrorResponse>`,
  };
}

/** AWS's own words for a denial. */
export const denied = (action: string, resource = "*"): QueryAnswer =>
  failure(
    403,
    "AccessDenied",
    `User: arn:aws:iam::123456789012:user/reader is not authorized to perform: iam:${action} on resource: ${resource} because no identity-based policy allows the iam:${action} action`,
  );
