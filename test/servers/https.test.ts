import { afterAll, beforeAll, expect, it } from "vitest";
import { networkFailure, proxyAgents, request, requestJson } from "../../src/collect/index.js";
import { FaultPlan } from "./faults.js";
import { JsonServer, withFault } from "./https.js";

const plan = new FaultPlan();
const agents = proxyAgents();
const signal = new AbortController().signal;
let server: JsonServer;
beforeAll(async () => {
  server = await JsonServer.start(({ url, method, body }) =>
    withFault(plan.take({ list: url.pathname, next: false }), () => ({ body: { method, body } })),
  );
});
afterAll(async () => {
  agents.destroy();
  await server.stop();
});

it("is trusted by clients that were told nothing of it", async () => {
  const post = { method: "POST", url: `${server.url}/a`, body: '{"x":1}', signal } as const;
  expect((await requestJson(agents, post)).body).toEqual({ method: "POST", body: { x: 1 } });
  const fetched: unknown = await (await fetch(`${server.url}/a`)).json();
  expect(fetched).toEqual({ method: "GET", body: "" });
});

it("cuts an answer in the middle, once, and refuses as planned", async () => {
  plan.plan({ kind: "cut" }, ({ list }) => list === "/cut", 1);
  plan.plan({ kind: "answer", status: 429, headers: { "Retry-After": "4" } }, ({ list }) => list === "/slow");
  const cut = { url: `${server.url}/cut`, signal };
  expect(networkFailure(await request(agents, cut).catch((error: unknown) => error))).toEqual({
    kind: "transient",
  });
  expect((await request(agents, cut)).status).toBe(200);
  const slow = await request(agents, { url: `${server.url}/slow`, signal });
  expect([slow.status, slow.header("retry-after")]).toEqual([429, "4"]);
});

it("says when a call hangs", async () => {
  plan.plan({ kind: "silent" }, ({ list }) => list === "/silent");
  const controller = new AbortController();
  const hanging = request(agents, { url: `${server.url}/silent`, signal: controller.signal });
  const ended = hanging.catch((error: unknown) => (error instanceof Error ? error.name : ""));
  await plan.silenced("/silent");
  controller.abort();
  expect(await ended).toBe("AbortError");
});
