import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { openStore } from "../src/graph/index.js";
import { acquireLease } from "../src/ingest/index.js";
import { CliProcess } from "./child/cliProcess.js";
import { exitgraph } from "./support/cli.js";

/** Commands as processes of their own, beside each other on one embedded store. */

let root: string;
let company: string;
let copies = 0;
const processes: CliProcess[] = [];

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "exitgraph-processes-"));
  company = join(root, "company");
  expect((await exitgraph(["demo", "--keep", company], { cwd: root })).code).toBe(0);
});
afterEach(async () => {
  await Promise.all(processes.splice(0).map((one) => one.kill()));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function start(cwd: string, ...argv: string[]): CliProcess {
  const started = CliProcess.start(cwd, ...argv);
  processes.push(started);
  return started;
}

function copy(): string {
  const dir = join(root, `copy-${copies++}`);
  cpSync(company, dir, { recursive: true, preserveTimestamps: true });
  return dir;
}

const listening = z.strictObject({
  schemaVersion: z.literal(1),
  graphql: z.url(),
  jobs: z.array(z.strictObject({ name: z.string(), at: z.iso.datetime().nullable() })),
});

async function serve(dir: string): Promise<{ process: CliProcess; url: string; jobs: number }> {
  const child = start(dir, "serve", "--port", "0", "--json");
  const { graphql, jobs } = await child.said((out) =>
    out.endsWith("}\n") ? listening.parse(JSON.parse(out)) : undefined,
  );
  return { process: child, url: new URL(graphql).origin, jobs: jobs.length };
}

describe("serve", () => {
  test("answers, lets other commands work through it, and ends cleanly", async () => {
    const dir = copy();
    const text = readFileSync(join(dir, "exitgraph.yaml"), "utf8");
    writeFileSync(join(dir, "exitgraph.yaml"), `${text}schedule:\n  reconcile: "0 3 1 1 *"\n`);
    const { process: server, url, jobs } = await serve(dir);
    expect(jobs).toBe(1);
    expect((await fetch(`${url}/health`)).status).toBe(200);
    expect((await fetch(`${url}/ready`)).status).toBe(200);
    const answer = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: "{ findings(first: 3) { edges { node { rule severity } } } }" }),
    });
    const { data } = z
      .object({ data: z.object({ findings: z.object({ edges: z.array(z.unknown()) }) }) })
      .parse(await answer.json());
    expect(data.findings.edges).toHaveLength(3);

    // The server holds the store; these work through its socket, and behave the same.
    expect(statSync(join(dir, ".exitgraph", "store.sock")).mode & 0o777).toBe(0o600);
    const direct = await exitgraph(["findings", "--json"], { cwd: company });
    const through = await exitgraph(["findings", "--json"], { cwd: dir });
    expect(through).toMatchObject({ code: 0, err: "", out: direct.out });
    const ran = await exitgraph(["run", "--fail-on", "critical"], { cwd: dir });
    expect(ran.code).toBe(3);
    const replaced = await exitgraph(["rebuild"], { cwd: dir });
    expect(replaced).toMatchObject({ code: 1, out: "" });
    expect(replaced.err).toContain(`held by process ${server.pid}`);
    expect((await exitgraph(["audit", "verify"], { cwd: dir })).code).toBe(0);

    server.signal("SIGTERM");
    expect(await server.ended()).toBe(0);
    expect(server.err).toContain("Stopping.");
    expect(server.err).not.toContain("error");
    expect(existsSync(join(dir, ".exitgraph", "store.sock"))).toBe(false);
    expect((await exitgraph(["findings"], { cwd: dir })).code).toBe(0);
  });

  test("says that its port is taken, and holds nothing after", async () => {
    const dir = copy();
    const { url } = await serve(dir);
    const second = await exitgraph(["serve", "--port", new URL(url).port], { cwd: copy() });
    expect(second).toMatchObject({ code: 1, out: "" });
    expect(second.err).toContain(new URL(url).port);
  });
});

describe("two of the same", () => {
  test("a run does not overlap another one, and a killed one blocks nobody", async () => {
    const dir = copy();
    const dataDir = join(dir, ".exitgraph");
    const store = await openStore({ store: { engine: "embedded" }, dataDir });
    const lease = await acquireLease(store, "job/source/aws", { holder: "nightly" });
    const snapshots = () => exitgraph(["collect", "--source", "hr"], { cwd: dir });
    // Another source is free meanwhile.
    expect((await snapshots()).code).toBe(0);
    const waiting = start(dir, "run");
    const code = await waiting.ended();
    expect({ code, out: waiting.out }).toEqual({ code: 1, out: "" });
    expect(waiting.err).toContain(`job/source/aws is held by nightly (process ${process.pid})`);
    expect(waiting.err).not.toContain("collect");
    await lease.release();
    await store.close();

    const killed = start(dir, "run");
    await killed.said((_out, err) => (err.includes("collect hr") ? true : undefined));
    await killed.kill();
    const next = await exitgraph(["run", "--json"], { cwd: dir });
    expect(next.code).toBe(0);
    expect(next.json()).toMatchObject({ incomplete: false, run: { removed: [], opened: [] } });
    expect((await exitgraph(["audit", "verify"], { cwd: dir })).code).toBe(0);
  });
});
