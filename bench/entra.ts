/**
 * Entra ID, a large tenant through a latency of 20 ms, as ratios:
 *
 * - the time of a read against its critical path: the same calls, cursor pages one after the other and batches as many
 *   at once as is allowed, with nothing done with what comes: at most 1.5;
 * - peak resident memory of the reader, for a tenant of that size and for one ten times as large: below 300 MB each. These
 *   are reads of their own, with a heap of 96 MB: what is kept has to fit, and what V8 has not collected yet is not
 *   counted;
 * - calls per 1,000 entities, and the number that reading object by object would need.
 *
 * Server, critical path and reader are processes of their own, and run compiled: the compiler is no part of the figures.
 * The latency is toxiproxy's where it is installed (test/servers/install.sh), else the server's own. Inbox rules are left
 * out (`mailForwarding: false`): they would be a request more for each mailbox, and most of all there is. A figure beyond
 * its limit ends it with exit code 1.
 *
 * Run: node --import ./test/child/register.mjs bench/entra.ts [users] [without-memory]
 */
import { type ChildProcess, fork } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { openSession } from "../collectors/entra/client.js";
import { collector } from "../collectors/entra/collector.js";
import { configSchema } from "../collectors/entra/config.js";
import { rateLimit } from "../collectors/entra/limits.js";
import { collectSource } from "../src/collect/index.js";
import { silentLog } from "../src/model/index.js";
import { SnapshotFolder } from "../src/snapshot/index.js";
import { CLIENT, GraphServer, TENANT_ID } from "../test/servers/graph/index.js";
import { LargeTenant } from "../test/servers/graph/large.js";
import { installTestCertificate } from "../test/servers/tls.js";
import { checkToxiproxy, startToxiproxy } from "../test/servers/toxiproxy.js";

const LATENCY_MS = 20;
/** Time of a read by that of its critical path. */
const MOST_TIMES = 1.5;
const MOST_MB = 300;
/** A heap that the reader's objects have to fit into. */
const SMALL_HEAP = ["--max-old-space-size=96", "--max-semi-space-size=4"];
const self = fileURLToPath(import.meta.url);
const [, , role = "50000", argument = ""] = process.argv;
const settings = (url: string) => ({
  tenantId: TENANT_ID,
  endpoint: url,
  authority: url,
  mailForwarding: false,
});

/** What the processes tell each other. */
type Told =
  | { readonly kind: "listening"; readonly port: number }
  | { readonly kind: "log"; readonly asked: readonly (readonly string[])[] }
  | { readonly kind: "walked"; readonly ms: number }
  | {
      readonly kind: "read";
      readonly ms: number;
      readonly cpuMs: number;
      readonly peakMb: number;
      readonly records: number;
      readonly gaps: readonly string[];
    };
type Asked =
  | { readonly kind: "address"; readonly url: string; readonly latencyMs: number }
  | { readonly kind: "log" }
  | { readonly kind: "walk"; readonly asked: readonly (readonly string[])[] };

const tell = (message: Told) => process.send?.(message);
const hear = (answer: (message: Asked) => void) => {
  process.on("message", (message: Asked) => answer(message));
};

async function serve(users: number): Promise<void> {
  const server = await GraphServer.start(new LargeTenant(users));
  const asked: (readonly string[])[] = [];
  server.asked = (paths) => {
    asked.push(paths);
    // Nobody looks at what was served, and it grows.
    server.plan.clear();
  };
  hear((message) => {
    if (message.kind === "address") {
      server.publicUrl = message.url;
      server.latencyMs = message.latencyMs;
    }
    if (message.kind === "log") tell({ kind: "log", asked });
  });
  tell({ kind: "listening", port: server.port });
}

/** Asks for the same again and drops the answers: what no reader can be faster than. */
async function walk(url: string): Promise<void> {
  const context = {
    config: configSchema.parse(settings(url)),
    source: "bench",
    baseDir: ".",
    signal: new AbortController().signal,
  };
  const session = openSession({
    ...context,
    log: silentLog,
    timeZone: "UTC",
    call: (_, run) => run(context.signal),
  });
  hear((message) => {
    if (message.kind !== "walk") return;
    const ask = (path: string) => ({ path, permission: "", eventual: path.includes("$count=true") });
    void (async () => {
      const began = performance.now();
      const running = new Set<Promise<unknown>>();
      for (const paths of message.asked) {
        if (paths.length === 1) {
          await Promise.all(running);
          await session.get(ask(paths[0] ?? ""), context.signal);
          continue;
        }
        while (running.size >= rateLimit.concurrency) await Promise.race(running);
        const call: Promise<unknown> = session
          .batch(paths.map(ask), context.signal)
          .finally(() => running.delete(call));
        running.add(call);
      }
      await Promise.all(running);
      tell({ kind: "walked", ms: performance.now() - began });
      session.close();
      process.disconnect();
    })();
  });
  tell({ kind: "listening", port: 0 });
}

async function read(url: string): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), "exitgraph-bench-"));
  const began = performance.now();
  const before = process.cpuUsage();
  const manifest = await collectSource({
    source: {
      name: "entra",
      type: "entra",
      recording: undefined,
      schedule: undefined,
      settings: settings(url),
    },
    collector,
    snapshots: new SnapshotFolder(dir),
    known: { partitions: [], edges: () => Promise.resolve([]) },
    signal: new AbortController().signal,
    log: silentLog,
    baseDir: dir,
    timeZone: "UTC",
  });
  const gaps = manifest.partitions
    .filter(({ verdict }) => verdict !== "complete")
    .map(({ stream, verdict, reason }) => `${stream} ${verdict}: ${reason ?? ""}`);
  const records = manifest.partitions
    .flatMap(({ counts }) => Object.values(counts))
    .reduce((sum, count) => sum + count, 0);
  const ms = performance.now() - began;
  const { user, system } = process.cpuUsage(before);
  tell({
    kind: "read",
    ms,
    cpuMs: (user + system) / 1000,
    peakMb: process.resourceUsage().maxRSS / 1024,
    records,
    gaps,
  });
  rmSync(dir, { recursive: true });
  process.disconnect();
}

/** This project as JavaScript, in a folder of its own. */
function compile(): string {
  const root = join(dirname(self), "..");
  const out = mkdtempSync(join(tmpdir(), "exitgraph-compiled-"));
  const compilerOptions = {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.ESNext,
    verbatimModuleSyntax: true,
  };
  for (const folder of ["src", "collectors", "bench", "test/servers"]) {
    for (const file of readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })) {
      if (!file.endsWith(".ts") || file.endsWith(".test.ts")) continue;
      const to = join(out, folder, file.replace(/\.ts$/, ".js"));
      mkdirSync(dirname(to), { recursive: true });
      const text = readFileSync(join(root, folder, file), "utf8");
      writeFileSync(to, ts.transpileModule(text, { compilerOptions }).outputText);
    }
  }
  cpSync(join(root, "package.json"), join(out, "package.json"));
  symlinkSync(join(root, "node_modules"), join(out, "node_modules"));
  return out;
}

let compiled = "";

function start(args: readonly string[], execArgv: readonly string[] = []): ChildProcess {
  const env = {
    ...process.env,
    AZURE_CLIENT_ID: CLIENT.id,
    AZURE_TENANT_ID: TENANT_ID,
    AZURE_CLIENT_SECRET: CLIENT.secret,
  };
  return fork(join(compiled, "bench", "entra.js"), [...args], { execArgv: [...execArgv], env });
}

/** The next message of a kind from a process. */
function told<K extends Told["kind"]>(child: ChildProcess, kind: K): Promise<Extract<Told, { kind: K }>> {
  return new Promise((resolve, reject) => {
    const isIt = (message: Told): message is Extract<Told, { kind: K }> => message.kind === kind;
    child.on("message", (message: Told) => {
      if (isIt(message)) resolve(message);
    });
    child.once("exit", (code) =>
      reject(new Error(`a process of the benchmark ended with ${code ?? "a signal"}`)),
    );
  });
}

/** One read of a tenant of a size: for its time, with the critical path, or for its memory. */
async function measure(users: number, forTime: boolean) {
  const server = start(["serve", String(users)]);
  const { port } = await told(server, "listening");
  const toxi = checkToxiproxy().ok ? await startToxiproxy() : undefined;
  try {
    const proxy = await toxi?.proxy("graph", `127.0.0.1:${port}`);
    await proxy?.add("latency", { type: "latency", attributes: { latency: LATENCY_MS } });
    const url = `https://localhost:${proxy?.port ?? port}`;
    server.send({ kind: "address", url, latencyMs: proxy === undefined ? LATENCY_MS : 0 } satisfies Asked);
    const result = await told(start(["read", url], forTime ? [] : SMALL_HEAP), "read");
    if (result.gaps.length > 0) throw new Error(result.gaps.join("\n"));
    const logged = told(server, "log");
    server.send({ kind: "log" } satisfies Asked);
    const { asked } = await logged;
    if (!forTime) return { ...result, asked, path: undefined };
    const walker = start(["walk", url]);
    await told(walker, "listening");
    const walked = told(walker, "walked");
    walker.send({ kind: "walk", asked } satisfies Asked);
    return { ...result, asked, path: (await walked).ms };
  } finally {
    await toxi?.stop();
    server.kill();
  }
}

async function main(users: number, withMemory: boolean): Promise<void> {
  const remove = await installTestCertificate();
  compiled = compile();
  try {
    const tenant = new LargeTenant(users);
    const { ms, cpuMs, path = 1, records, asked } = await measure(users, true);
    const requests = asked.reduce((sum, paths) => sum + paths.length, 0);
    console.log(
      `${users} users, ${tenant.sizes.group ?? 0} groups, ${records} records, ${LATENCY_MS} ms each way back`,
    );
    console.log(
      `read ${(ms / 1000).toFixed(1)} s, critical path ${(path / 1000).toFixed(1)} s: ${(ms / path).toFixed(2)} times (at most ${MOST_TIMES}); its processor time ${(cpuMs / 1000).toFixed(1)} s`,
    );
    console.log(
      `calls ${asked.length}, per 1,000 entities ${((asked.length * 1_000) / tenant.entities).toFixed(1)}; object by object ${requests + tenant.entities}`,
    );
    if (ms / path > MOST_TIMES) process.exitCode = 1;
    if (!withMemory) return;
    const { peakMb } = await measure(users, false);
    console.log(`peak memory ${peakMb.toFixed(0)} MB (below ${MOST_MB})`);
    const larger = await measure(users * 10, false);
    console.log(
      `ten times as large: read ${(larger.ms / 1000).toFixed(1)} s, peak memory ${larger.peakMb.toFixed(0)} MB (below ${MOST_MB})`,
    );
    if (Math.max(peakMb, larger.peakMb) >= MOST_MB) process.exitCode = 1;
  } finally {
    remove();
    rmSync(compiled, { recursive: true });
  }
}

if (role === "serve") await serve(Number(argument));
else if (role === "walk") await walk(argument);
else if (role === "read") await read(argument);
else await main(Number(role), argument !== "without-memory");
