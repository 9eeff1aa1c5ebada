import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { apiOver, ask, countingStore } from "../../test/support/api-client.js";
import { NOW, writeExportWorld } from "../../test/support/export-world.js";
import { type GraphStore, openStore } from "../graph/index.js";
import { InputError } from "../model/index.js";
import { type Api, type ApiLimits, CSRF_HEADER } from "./index.js";

let dir: string;
let store: GraphStore;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "exitgraph-api-"));
  store = await openStore({ store: { engine: "embedded" }, dataDir: dir });
  await writeExportWorld(store);
});
afterAll(async () => {
  await store.close();
  await rm(dir, { recursive: true, force: true });
});

const made: Api[] = [];
afterEach(async () => {
  for (const api of made.splice(0)) await api.dispose();
});
function over(of: GraphStore, limits: Partial<ApiLimits> = {}, log?: { warnings: string[] }): Api {
  const api = apiOver({
    store: of,
    now: NOW,
    limits,
    ...(log === undefined
      ? {}
      : {
          log: {
            debug() {},
            info() {},
            progress() {},
            warn: (message: string) => void log.warnings.push(message),
          },
        }),
  });
  made.push(api);
  return api;
}

/** A store that fails every read in its own way. */
function failing(error: () => unknown): GraphStore {
  return {
    ...countingStore(store).store,
    // biome-ignore lint/correctness/useYield: it fails before its first row
    async *read() {
      throw error();
    },
    rows: () => Promise.reject(error()),
  };
}

const get = (api: Api, url: string, headers: Record<string, string> = {}) =>
  api.fetch(new Request(`http://localhost${url}`, { headers }));
const post = (api: Api, body: string, headers: Record<string, string>) =>
  api.fetch(new Request("http://localhost/graphql", { method: "POST", body, headers }));
const JSON_BODY = { "content-type": "application/json" };
const TYPENAME = JSON.stringify({ query: "{ __typename }" });

/** Asks, and demands that it is refused with this message before anything was read. */
async function refused(query: string, message: RegExp, limits: Partial<ApiLimits> = {}): Promise<void> {
  const counting = countingStore(store);
  const answer = await ask(over(counting.store, limits), query);
  expect(answer.errors?.[0]?.message).toMatch(message);
  expect(answer.data ?? null).toBeNull();
  expect(counting.reads()).toBe(0);
}

describe("what a query may ask for", () => {
  it("has a depth", async () => {
    const deep = (levels: number) =>
      `{ people(first: 1) { edges { node { ${"reports(first: 1) { edges { node { ".repeat(levels)} name ${"} } }".repeat(levels)} } } } }`;
    await refused(deep(3), /maximum depth \(depth: 13, max: 12\)/);
    expect((await ask(over(store), deep(2))).errors).toBeUndefined();
    await refused("{ people { edges { node { name } } } }", /maximum depth/, { maxDepth: 3 });
  });

  it("has a depth through fragments as well", async () => {
    const query = `{ people(first: 1) { ...P } }
      fragment P on QueryPeopleConnection { edges { node { ...A } } }
      fragment A on Person { reports(first: 1) { edges { node { ...B } } } }
      fragment B on Person { reports(first: 1) { edges { node { ...C } } } }
      fragment C on Person { reports(first: 1) { edges { node { name } } } }`;
    await refused(query, /maximum depth/);
  });

  it("has a cost, which knows how long lists are", async () => {
    const query = (first: number) =>
      `{ people(first: ${first}) { edges { node { accounts(first: ${first}) { edges { node { name } } } } } } }`;
    await refused(query(200), /maximum complexity/);
    expect((await ask(over(store), query(25))).errors).toBeUndefined();
    await refused(query(25), /maximum complexity/, { maxCost: 500 });
  });

  it("counts a page whose size is a variable", async () => {
    const query = `query($n: Int = 200) { people(first: $n) { edges { node { accounts(first: $n) { edges { node { name } } } } } } }`;
    await refused(query, /maximum complexity/);
  });

  it("counts what loads the whole graph", async () => {
    const many = Array.from(
      { length: 25 },
      (_, i) => `a${i}: whoCanReach(resource: "x", first: 1) { edges { cursor } }`,
    );
    await refused(`{ ${many.join(" ")} }`, /maximum complexity/);
  });

  it("has a page size, which is refused and not cut", async () => {
    const api = over(store);
    for (const args of ["first: 201", "last: 201", "first: -1", "last: -1"]) {
      for (const list of ["people", "findings", "runs", "sources"]) {
        const { errors } = await ask(api, `{ ${list}(${args}) { edges { cursor } } }`);
        expect(errors?.[0]?.message, `${list} ${args}`).toBe("A page holds 0 to 200.");
        expect(errors?.[0]?.extensions?.code).toBe("BAD_USER_INPUT");
      }
    }
    const nested = await ask(
      over(store, { maxPageSize: 5 }),
      `{ entity(key: "hr/person/1") { neighbours(edge: HAS_ACCOUNT, direction: out, first: 6) { edges { cursor } } } }`,
    );
    expect(nested.errors?.[0]?.message).toBe("A page holds 0 to 5.");
    const { data: found } = await ask(
      over(store, { maxPageSize: 2 }),
      "{ accounts { edges { cursor } pageInfo { hasNextPage } } }",
    );
    expect(found).toMatchObject({
      accounts: { edges: [{}, {}], pageInfo: { hasNextPage: true } },
    });
  });

  it("has a number of aliases, directives and tokens", async () => {
    const aliases = (n: number) =>
      `{ ${Array.from({ length: n }, (_, i) => `a${i}: entity(key: "x") { key }`).join(" ")} }`;
    await refused(aliases(31), /Aliases limit of 30 exceeded/);
    expect((await ask(over(store), aliases(30))).errors).toBeUndefined();
    await refused(`{ __typename ${"@include(if: true) ".repeat(21)} }`, /Directives limit of 20 exceeded/);
    await refused(`{ ${"__typename ".repeat(2_001)} }`, /Token limit of 2000 exceeded/);
  });

  it("cannot be blown up by fragments that spread each other", async () => {
    const levels = 40;
    const fragments = Array.from(
      { length: levels },
      (_, i) => `fragment F${i} on Person { ${i + 1 < levels ? `...F${i + 1} ...F${i + 1}` : "name"} }`,
    );
    const query = `{ people { edges { node { ...F0 } } } } ${fragments.join(" ")}`;
    const started = performance.now();
    await ask(over(store), query);
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it("refuses what is no cursor", async () => {
    const api = over(store);
    for (const list of ["people", "runs"]) {
      const { errors } = await ask(api, `{ ${list}(after: "MTIz") { edges { cursor } } }`);
      expect(errors?.[0]?.message).toBe("This is not a cursor of this API.");
    }
    const person = Buffer.from("k:hr/person/1").toString("base64url");
    const { errors } = await ask(api, `{ runs(after: "${person}") { edges { cursor } } }`);
    expect(errors?.[0]?.message).toBe("This is not a cursor of a list of runs.");
  });
});

describe("what is off unless configured", () => {
  it("introspection, and the names that errors would suggest", async () => {
    for (const query of ["{ __schema { types { name } } }", `{ __type(name: "Person") { name } }`]) {
      await refused(query, /introspection/);
      expect((await ask(over(store, { introspection: true }), query)).errors).toBeUndefined();
    }
    const wrong = "{ peopl { edges { cursor } } }";
    expect(JSON.stringify(await ask(over(store), wrong))).not.toMatch(/people/);
    expect(JSON.stringify(await ask(over(store, { introspection: true }), wrong))).toMatch(/people/);
  });

  it("GraphiQL", async () => {
    const page = { accept: "text/html" };
    const off = await get(over(store), "/graphql", page);
    expect(off.status).not.toBe(200);
    expect(await off.text()).not.toMatch(/<html/i);
    const on = await get(over(store, { graphiql: true }), "/graphql", page);
    expect(on.status).toBe(200);
    expect(await on.text()).toMatch(/<html/i);
    const form = await post(over(store, { graphiql: true }), "query={__typename}", {
      "content-type": "application/x-www-form-urlencoded",
    });
    expect(form.status).toBe(403);
  });

  it("CORS: only origins that are named, and never `null`", async () => {
    const allowed = async (api: Api, origin: string, method = "POST") => {
      const response = await api.fetch(
        new Request("http://localhost/graphql", {
          method,
          headers: { ...JSON_BODY, origin, "access-control-request-method": "POST" },
          ...(method === "POST" ? { body: TYPENAME } : {}),
        }),
      );
      expect(response.headers.get("access-control-allow-credentials")).toBeNull();
      return response.headers.get("access-control-allow-origin");
    };
    const some = { cors: ["https://a.example", "https://b.example"] };
    for (const method of ["POST", "OPTIONS"]) {
      expect(await allowed(over(store), "https://a.example", method)).toBeNull();
      expect(await allowed(over(store, some), "https://b.example", method)).toBe("https://b.example");
      for (const other of ["https://c.example", "null", "https://a.example.evil.example"]) {
        expect(await allowed(over(store, some), other, method)).toBeNull();
        expect(await allowed(over(store, { cors: ["https://a.example"] }), other, method)).toBeNull();
      }
    }
  });

  it("batches and multipart", async () => {
    const batch = await post(over(store), `[${TYPENAME},${TYPENAME}]`, JSON_BODY);
    expect(batch.status).toBe(400);
    const form = new FormData();
    form.set("operations", JSON.stringify({ query: "{ __typename }", variables: {} }));
    form.set("map", "{}");
    const multipart = await over(store).fetch(
      new Request("http://localhost/graphql", {
        method: "POST",
        body: form,
        headers: { [CSRF_HEADER]: "1" },
      }),
    );
    expect(multipart.status).toBeGreaterThanOrEqual(400);
    expect(await multipart.text()).not.toMatch(/"data"/);
  });
});

describe("requests of other sites", () => {
  const FORMS = ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"];

  it.each(FORMS)("as %s are refused", async (type) => {
    const response = await post(over(store), TYPENAME, { "content-type": type });
    expect(response.status).toBe(403);
  });

  it("need the header where the body is not JSON", async () => {
    const api = over(store);
    expect((await get(api, "/graphql?query={__typename}")).status).toBe(403);
    const response = await get(api, "/graphql?query={__typename}", { [CSRF_HEADER]: "1" });
    expect(await response.json()).toEqual({ data: { __typename: "Query" } });
    expect(response.headers.get("cache-control")).toBe("no-store");
  });
});

describe("writes", () => {
  it("are not there, whatever the method", async () => {
    const api = over(store);
    const { errors } = await ask(api, "mutation { deletePerson }");
    expect(errors?.[0]?.message).toMatch(/not configured to execute mutation/);
    const byGet = await get(api, "/graphql?query=mutation{x}", { [CSRF_HEADER]: "1" });
    expect(byGet.status).toBe(405);
  });
});

describe("errors", () => {
  const SECRET = "bolt://neo4j:hunter2@10.1.2.3:7687";
  const kinds: [string, () => unknown][] = [
    ["a plain error", () => new Error(`cannot reach ${SECRET}`)],
    ["an error of input", () => new InputError({ what: `wrong password for ${SECRET}` })],
    ["no error at all", () => SECRET],
  ];
  const asked = [
    "{ people { edges { node { name } } } }",
    `{ reach(identity: "1") { edges { cursor } } }`,
    `{ whoCanReach(resource: "x") { edges { cursor } } }`,
    `{ heldOn(person: "1", at: "2026-01-01") { at } }`,
    `{ search(text: "x") { edges { cursor } } }`,
    "{ findings { edges { cursor } } sources { edges { cursor } } runs { edges { cursor } } }",
  ];

  it.each(kinds)("of the store are masked: %s", async (_, error) => {
    for (const environment of ["production", "development"]) {
      vi.stubEnv("NODE_ENV", environment);
      try {
        const log = { warnings: [] as string[] };
        const api = over(failing(error), {}, log);
        for (const query of asked) {
          const answer = await ask(api, query);
          expect(JSON.stringify(answer)).not.toMatch(/hunter2|10\.1\.2\.3|stack/);
          expect(answer.errors?.[0]?.message, query).toBe("Unexpected error.");
        }
        expect(log.warnings.length).toBeGreaterThanOrEqual(asked.length);
        if (environment === "production")
          expect(log.warnings.join()).toMatch(/cannot reach|wrong|store failed/);
      } finally {
        vi.unstubAllEnvs();
      }
    }
  });

  it("of health and readiness say nothing", async () => {
    for (const [, error] of kinds) {
      const api = over(failing(error));
      const ready = await get(api, "/ready");
      expect(ready.status).toBe(503);
      expect(await ready.text()).toBe("");
      expect(JSON.stringify([...ready.headers])).not.toMatch(/hunter2/);
      const health = await get(api, "/health");
      expect([health.status, await health.text()]).toEqual([200, ""]);
    }
    const well = await get(over(store), "/ready");
    expect([well.status, await well.text()]).toEqual([200, ""]);
  });

  it("of other paths are 404, also where they end like one of ours", async () => {
    for (const path of ["/", "/graphql/x", "/x?y=/health", "/x/health", "/favicon.ico"]) {
      expect((await get(over(store), path)).status, path).toBe(404);
    }
  });
});

describe("time", () => {
  it("ends a request, and tells the store", async () => {
    let told: AbortSignal | undefined;
    const deaf: GraphStore = {
      ...countingStore(store).store,
      rows(_cypher, _params, signal) {
        told = signal;
        return new Promise(() => {});
      },
    };
    const answer = await ask(over(deaf, { timeoutMs: 100 }), "{ people { edges { cursor } } }");
    expect(answer.status).toBe(504);
    expect(answer.errors?.[0]?.extensions?.code).toBe("TIMEOUT");
    expect(told?.aborted).toBe(true);
  });

  it("ends with the client that goes away", async () => {
    let told: AbortSignal | undefined;
    let reading = () => {};
    const began = new Promise<void>((resolve) => {
      reading = resolve;
    });
    const deaf: GraphStore = {
      ...countingStore(store).store,
      rows(_cypher, _params, signal) {
        told = signal;
        reading();
        return new Promise(() => {});
      },
    };
    const gone = new AbortController();
    const body = JSON.stringify({ query: "{ people { edges { cursor } } }" });
    const answer = over(deaf).fetch(
      new Request("http://localhost/graphql", {
        method: "POST",
        headers: JSON_BODY,
        body,
        signal: gone.signal,
      }),
    );
    await began;
    gone.abort();
    await answer.catch(() => undefined);
    expect(told?.aborted).toBe(true);
  });
});
