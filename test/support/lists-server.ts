import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type Answer = (
  request: IncomingMessage,
  response: ServerResponse,
  count: number,
) => void | Promise<void>;

/** A real HTTP server on loopback that answers by path; a path it does not know is 404. */
export class ListsServer {
  readonly answers = new Map<string, Answer>();
  /** Requests by path with query. */
  readonly requests: string[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<ListsServer> {
    const server = createServer();
    const lists = new ListsServer(server);
    server.on("request", (request, response) => {
      const path = request.url ?? "/";
      lists.requests.push(path);
      const answer = lists.answers.get(path) ?? lists.answers.get(path.split("?")[0] ?? path);
      const count = lists.requests.filter((seen) => seen === path).length;
      if (answer === undefined) response.writeHead(404).end("{}");
      else void answer(request, response, count);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return lists;
  }

  get port(): number {
    const address: AddressInfo | string | null = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  json(path: string, body: unknown): void {
    this.answers.set(path, (_, response) => {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(body));
    });
  }

  status(path: string, status: number, headers: Record<string, string> = {}): void {
    this.answers.set(path, (_, response) => {
      response.writeHead(status, headers).end("{}");
    });
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
  }
}
