import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "vitest";
import { InputError, OperationError } from "../model/index.js";
import { type Handler, isLoopback, type Listening, type ListenOptions, listen } from "./index.js";
import { namesLoopback } from "./loopback.js";

const open: Listening[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

const echo: Handler = async (request) => {
  const { pathname, search } = new URL(request.url);
  return Response.json({ method: request.method, path: pathname + search, body: await request.text() });
};

async function serve(handler: Handler, options: Partial<ListenOptions> = {}): Promise<Listening> {
  const listening = await listen(handler, {
    host: "127.0.0.1",
    port: 0,
    maxBodyBytes: 1_000,
    timeoutMs: 5_000,
    ...options,
  });
  open.push(listening);
  return listening;
}

/** Sends bytes as they are, and gives all that comes back until the server closes. */
async function raw({ url }: Listening, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.write(bytes);
  return text(socket);
}

describe("where it listens", () => {
  it.each([
    "0.0.0.0",
    "::",
    "192.168.1.5",
    "example.com",
    "127.0.0.1.example.com",
    "localhost.example.com",
    "",
    "128.0.0.1",
  ])("never on %j", async (host) => {
    const refusal = serve(echo, { host });
    await expect(refusal).rejects.toBeInstanceOf(InputError);
    await expect(refusal).rejects.toMatchObject({ exitCode: 2 });
    await expect(refusal).rejects.toThrow(/loopback only/);
  });

  it("on loopback addresses", async () => {
    expect(["localhost", "127.0.0.1", "127.9.9.9", "::1"].every(isLoopback)).toBe(true);
    const { url } = await serve(echo, { host: "localhost" });
    expect((await fetch(`${url}/a?b=c`)).status).toBe(200);
  });

  it("says so where the port is taken", async () => {
    const { url } = await serve(echo);
    const second = serve(echo, { port: Number(new URL(url).port) });
    await expect(second).rejects.toBeInstanceOf(OperationError);
    await expect(second).rejects.toThrow(/is taken/);
  });
});

describe("who may ask", () => {
  it("only who asks this machine by a name of its own", () => {
    for (const host of ["localhost", "LOCALHOST:4180", "127.0.0.1", "127.0.0.1:4180", "[::1]:4180", "[::1]"])
      expect(namesLoopback(host), host).toBe(true);
    for (const host of [
      undefined,
      "",
      "evil.example",
      "evil.example:4180",
      "127.0.0.1.evil.example",
      "localhost:x",
      "a@localhost",
      "[::]",
      "::1:2",
    ])
      expect(namesLoopback(host), String(host)).toBe(false);
  });

  it("a page whose name was made to point here is turned away", async () => {
    let asked = 0;
    const listening = await serve(() => {
      asked += 1;
      return new Response("secret");
    });
    const answer = await raw(
      listening,
      "GET /graphql HTTP/1.1\r\nHost: evil.example:4180\r\nConnection: close\r\n\r\n",
    );
    expect(answer).toMatch(/^HTTP\/1\.1 421 /);
    expect(asked).toBe(0);
  });

  it.each(["//evil.example/graphql", "http://evil.example/graphql", "graphql", "*"])(
    "nobody for %s",
    async (target) => {
      const answer = await raw(
        await serve(echo),
        `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    },
  );
});

describe("bodies", () => {
  it("arrive whole up to the limit", async () => {
    const { url } = await serve(echo);
    const body = "x".repeat(1_000);
    const response = await fetch(url, { method: "POST", body });
    expect(await response.json()).toEqual({ method: "POST", path: "/", body });
  });

  it("are refused by the length that they claim, before they arrive", async () => {
    const answer = await raw(
      await serve(echo),
      "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1001\r\nConnection: close\r\n\r\n",
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  });

  it("are refused by what arrives, where they claim no length", async () => {
    let asked = 0;
    const { url } = await serve(() => {
      asked += 1;
      return new Response("");
    });
    const request = httpRequest(url, { method: "POST", headers: { "transfer-encoding": "chunked" } });
    request.on("error", () => {});
    const answered = new Promise<IncomingMessage>((resolve) => request.once("response", resolve));
    request.write("x".repeat(600));
    request.write("x".repeat(600));
    expect((await answered).statusCode).toBe(413);
    expect(asked).toBe(0);
    request.destroy();
  });

  it("that are far too large leave a connection that answers again", async () => {
    const { url } = await serve(echo);
    const refused = await fetch(url, { method: "POST", body: "x".repeat(3_000_000) });
    expect(refused.status).toBe(413);
    expect((await fetch(url, { method: "POST", body: "x" })).status).toBe(200);
  });
});

describe("time", () => {
  it("ends a request that does not arrive", async () => {
    const listening = await serve(echo, { timeoutMs: 300 });
    const answer = await raw(
      listening,
      "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc",
    );
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  });

  it("tells the handler that the client has gone", async () => {
    let aborted = () => {};
    const told = new Promise<void>((resolve) => {
      aborted = resolve;
    });
    let began = () => {};
    const begun = new Promise<void>((resolve) => {
      began = resolve;
    });
    const { url } = await serve((request) => {
      request.signal.addEventListener("abort", aborted);
      began();
      return new Promise(() => {});
    });
    const client = new AbortController();
    const asking = fetch(url, { signal: client.signal });
    await begun;
    client.abort();
    await expect(asking).rejects.toThrow();
    await told;
  });
});

describe("close", () => {
  it("waits for requests under way, and takes no more", async () => {
    let answer = (_: Response) => {};
    let began = () => {};
    const begun = new Promise<void>((resolve) => {
      began = resolve;
    });
    const listening = await serve(() => {
      began();
      return new Promise<Response>((resolve) => {
        answer = resolve;
      });
    });
    const asking = fetch(listening.url);
    await begun;
    let closed = false;
    const closing = listening.close().then(() => {
      closed = true;
    });
    await expect(fetch(listening.url)).rejects.toThrow();
    expect(closed).toBe(false);
    answer(new Response("late, and whole"));
    expect(await (await asking).text()).toBe("late, and whole");
    await closing;
    expect(closed).toBe(true);
    open.length = 0;
  });

  it("does not wait for connections that nobody asks on", async () => {
    const listening = await serve(echo);
    const socket: Socket = connect(Number(new URL(listening.url).port), "127.0.0.1");
    await once(socket, "connect");
    const response = await fetch(listening.url);
    await response.text();
    const gone = once(socket, "close");
    await listening.close();
    await gone;
    open.length = 0;
  });

  it("keeps the server up where a handler fails", async () => {
    let first = true;
    const { url } = await serve(() => {
      if (!first) return new Response("well");
      first = false;
      throw new Error("broken");
    });
    await expect(fetch(url)).rejects.toThrow();
    expect(await (await fetch(url)).text()).toBe("well");
  });
});
