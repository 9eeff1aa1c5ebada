import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ListsServer } from "../../test/support/lists-server.js";
import { networkFailure } from "./failure.js";
import { HttpError, request, requestJson } from "./http.js";
import { type ProxyAgents, proxyAgents } from "./proxy.js";

describe("request", () => {
  let server: ListsServer;
  let agents: ProxyAgents;
  const signal = new AbortController().signal;
  beforeEach(async () => {
    server = await ListsServer.start();
    agents = proxyAgents();
  });
  afterEach(async () => {
    agents.destroy();
    await server.stop();
  });

  it("reads JSON, packed or not, and gives headers by any case", async () => {
    server.answers.set("/packed", (_, response) => {
      response.setHeader("content-encoding", "gzip");
      response.setHeader("X-Wait", "7");
      response.end(gzipSync(JSON.stringify({ a: "ä" })));
    });
    const { body, response } = await requestJson(agents, { url: `${server.url}/packed`, signal });
    expect(body).toEqual({ a: "ä" });
    expect(response.header("x-WAIT")).toBe("7");
  });

  it("sends a body with its type and length", async () => {
    let seen = "";
    server.answers.set("/post", async (sent, response) => {
      for await (const chunk of sent) seen += String(chunk);
      seen += `|${sent.method ?? ""}|${sent.headers["content-type"] ?? ""}|${sent.headers["content-length"] ?? ""}`;
      response.end("{}");
    });
    await requestJson(agents, { method: "POST", url: `${server.url}/post`, body: '{"ü":1}', signal });
    expect(seen).toBe('{"ü":1}|POST|application/json|8');
  });

  it("throws what the system said where it refused, and does not follow redirects", async () => {
    server.status("/denied", 403, { "retry-after": "3" });
    server.status("/moved", 302, { location: `${server.url}/denied` });
    const denied = await requestJson(agents, { url: `${server.url}/denied`, signal }).catch(
      (error: unknown) => error,
    );
    expect(denied).toBeInstanceOf(HttpError);
    expect(denied instanceof HttpError && denied.response.header("retry-after")).toBe("3");
    await expect(requestJson(agents, { url: `${server.url}/moved`, signal })).rejects.toThrow("HTTP 302");
    expect(server.requests.filter((path) => path === "/denied")).toHaveLength(1);
  });

  it("takes a body that was cut for a broken connection, never for an answer", async () => {
    server.answers.set("/cut", (_, response) => {
      response.setHeader("content-length", "100");
      response.write('{"value":[');
      response.socket?.destroy();
    });
    const error = await request(agents, { url: `${server.url}/cut`, signal }).catch(
      (caught: unknown) => caught,
    );
    expect(networkFailure(error)).toEqual({ kind: "transient" });
  });

  it("ends at once when it is aborted", async () => {
    const controller = new AbortController();
    server.answers.set("/silent", () => {
      controller.abort();
    });
    await expect(
      request(agents, { url: `${server.url}/silent`, signal: controller.signal }),
    ).rejects.toMatchObject({ name: "AbortError" });
  });
});
