/**
 * Calls of each system's API per 1,000 entities, by the real collectors through the real SDKs, against a server of
 * the documented protocol, which counts them; beside it the number that reading object by object would need.
 *
 * Entities are the nodes of the graph that the read describes. Object by object is one call for each object that the
 * system holds, and one for each list of it that the collector reads: the formula stands below the table.
 *
 * Run: node --import ./test/child/register.mjs bench/calls.ts
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { collectors } from "../collectors/index.js";
import { collectSource } from "../src/collect/index.js";
import { parseEdgeId, silentLog } from "../src/model/index.js";
import { SnapshotFolder } from "../src/snapshot/index.js";
import { installTestCertificate } from "../test/servers/tls.js";
import { startAws } from "./calls/aws-iam.js";
import { startEntra } from "./calls/entra.js";
import type { Estate, Holding } from "./calls/estate.js";
import { startGoogleCloud } from "./calls/google-cloud.js";
import { startGoogleWorkspace } from "./calls/google-workspace.js";

const estates: ReadonlyMap<string, () => Promise<Estate>> = new Map([
  ["aws-iam", startAws],
  ["entra", startEntra],
  ["google-cloud", startGoogleCloud],
  ["google-workspace", startGoogleWorkspace],
]);
/** What reads files only. */
const WITHOUT_CALLS = ["hr-csv"];
const COLUMNS = [16, 10, 8, 11, 18, 7];

/** Reads all of an estate, and says how many nodes the snapshot describes. */
async function entitiesOf({ collector, settings, environment }: Estate, dir: string): Promise<number> {
  Object.assign(process.env, environment);
  const snapshots = new SnapshotFolder(dir);
  const { id, partitions, notRead, streams } = await collectSource({
    source: {
      name: "bench",
      type: collector.system,
      recording: undefined,
      schedule: undefined,
      settings,
    },
    collector,
    snapshots,
    known: { partitions: [], edges: () => Promise.resolve([]) },
    signal: new AbortController().signal,
    log: silentLog,
    baseDir: dir,
    timeZone: "UTC",
    // The wire is free here, and the rate limit is for systems that others share.
    clock: { now: Date.now, sleep: () => Promise.resolve(), random: () => 0.5 },
  });
  const gaps = [...partitions.filter(({ verdict }) => verdict !== "complete"), ...(notRead ?? [])];
  const [gap] = gaps;
  if (gap !== undefined) throw new Error(`${collector.system}, ${gap.stream}: ${gap.reason ?? ""}`);
  const nodes = new Set<string>();
  const line = z.object({ id: z.string() });
  for (const stream of Object.keys(streams)) {
    for await (const batch of snapshots.lines(id, stream)) {
      for (const text of batch) {
        const { id: record } = line.parse(JSON.parse(text));
        if (parseEdgeId(record) === undefined) nodes.add(record);
      }
    }
  }
  return nodes.size;
}

const oneByOne = (holds: readonly Holding[]) =>
  holds.reduce((sum, { count, asked }) => sum + count * (1 + asked.length), 0);

const formula = (holds: readonly Holding[]) =>
  holds
    .map(({ what, count, asked }) =>
      asked.length === 0
        ? `${count} ${what}`
        : `${count} ${what} x ${1 + asked.length} (${asked.join(", ")})`,
    )
    .join(" + ");

function printRow(...cells: readonly string[]): void {
  const text = cells.map((cell, at) =>
    at === 0 ? cell.padEnd(COLUMNS[at] ?? 0) : cell.padStart(COLUMNS[at] ?? 0),
  );
  console.log(text.join("  "));
}

async function table(): Promise<void> {
  const formulas: string[] = [];
  printRow("collector", "entities", "calls", "per 1,000", "object by object", "ratio");
  for (const system of [...collectors.keys()].sort()) {
    if (WITHOUT_CALLS.includes(system)) {
      printRow(system, "-", "none", "-", "-", "-");
      continue;
    }
    const estate = await estates.get(system)?.();
    if (estate === undefined) throw new Error(`the table has no estate for ${system}`);
    const dir = mkdtempSync(join(tmpdir(), "exitgraph-calls-"));
    try {
      const entities = await entitiesOf(estate, dir);
      const calls = estate.calls();
      const all = oneByOne(estate.holds);
      const per = ((calls * 1_000) / entities).toFixed(1);
      printRow(system, String(entities), String(calls), per, String(all), (all / calls).toFixed(1));
      formulas.push(`${system}: ${formula(estate.holds)}`);
    } finally {
      await estate.stop();
      rmSync(dir, { recursive: true, force: true });
    }
  }
  console.log(`\nobject by object, itself and what is asked of it:\n${formulas.join("\n")}`);
}

/** Node takes certificates when it starts: so the table is made by a process that finds the servers' own. */
async function withCertificate(): Promise<void> {
  const remove = await installTestCertificate();
  try {
    const args = [...process.execArgv, fileURLToPath(import.meta.url), "table"];
    process.exitCode = spawnSync(process.execPath, args, { stdio: "inherit" }).status ?? 1;
  } finally {
    remove();
  }
}

if (process.argv[2] === "table") await table();
else await withCertificate();
