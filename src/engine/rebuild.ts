import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { LoadedConfig } from "../config/index.js";
import { type GraphStore, openStore, type StoreConfig, storeHolder } from "../graph/index.js";
import { type RebuildReport, rebuild } from "../ingest/index.js";
import { journalFileEvents } from "../journal/index.js";
import { LeaseError, type Log, OperationError } from "../model/index.js";
import { openSnapshots, projectors } from "./project.js";

/** Where the old embedded store is kept. */
const BEFORE = "graph.before-rebuild";

export interface RebuildInto {
  readonly store: StoreConfig;
  /** Data folder of the new store; the journal is copied there where it is another than the old one's. */
  readonly dataDir: string;
}

export interface RebuildTask {
  readonly config: LoadedConfig;
  /** The configured store, made anew, unless told. */
  readonly into?: RebuildInto;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/**
 * Makes a whole store from snapshots and journal. It reads neither the old store nor any system, so it also helps
 * where the store is lost. An embedded store is made beside the old one and takes its place only when it is whole;
 * the old one is kept as `graph.before-rebuild`.
 *
 * InputError: the other store is not empty, a snapshot is missing or edited, the chain breaks. LeaseError: another
 * process has the embedded store.
 */
export async function rebuildStore(task: RebuildTask): Promise<RebuildReport> {
  const { config, into } = task;
  if (into !== undefined) return make(task, into);
  if (config.config.store.engine === "neo4j")
    return make(task, { store: config.config.store, dataDir: config.dataDir });

  const beside = join(config.dataDir, "rebuild");
  const held = await holdStore(config.dataDir);
  try {
    await rm(beside, { recursive: true, force: true });
    await mkdir(beside, { recursive: true, mode: 0o700 });
    const makeIt = () => make(task, { store: { engine: "embedded" }, dataDir: beside });
    // Writers are serial: while this transaction is open, what others decide waits, and meets the new store.
    const report = held === undefined ? await makeIt() : await held.write(makeIt);
    await held?.close();
    await takePlace(config.dataDir, beside);
    if (held !== undefined) await refuseLate(config.dataDir);
    return report;
  } finally {
    await held?.close();
    await rm(beside, { recursive: true, force: true });
  }
}

/** The old store, in this process. Undefined where it is too damaged to open: no reason not to make it anew. */
async function holdStore(dataDir: string): Promise<GraphStore | undefined> {
  let store: GraphStore;
  try {
    store = await openStore({ store: { engine: "embedded" }, dataDir });
  } catch (error) {
    if (error instanceof OperationError) return undefined;
    throw error;
  }
  const holder = await storeHolder(dataDir);
  if (holder?.pid === process.pid) return store;
  await store.close();
  throw new LeaseError({
    what: `The store in ${store.location} is held by process ${holder?.pid ?? "unknown"}.`,
    means: "It cannot be replaced while somebody works with it. Nothing was changed.",
    fix: "End that process (`exitgraph serve`, or a run), and rebuild again.",
  });
}

async function takePlace(dataDir: string, beside: string): Promise<void> {
  const before = join(dataDir, BEFORE);
  await rm(before, { recursive: true, force: true });
  await rename(join(dataDir, "graph"), before).catch(ignoreMissing);
  await rename(join(beside, "graph"), join(dataDir, "graph"));
  await rm(join(dataDir, "baseline"), { recursive: true, force: true });
  await rename(join(beside, "baseline"), join(dataDir, "baseline")).catch(ignoreMissing);
}

/** Between letting the old store go and moving it away, a process that waited for it may have taken it. */
async function refuseLate(dataDir: string): Promise<void> {
  const late = await storeHolder(dataDir, join(dataDir, BEFORE));
  if (late === undefined) return;
  throw new LeaseError({
    what: `Process ${late.pid} opened the old store in the moment when it was replaced.`,
    means: "The new store is whole and in its place; what that process writes is not in it.",
    fix: "End that process, and rebuild once more.",
  });
}

async function make(task: RebuildTask, into: RebuildInto): Promise<RebuildReport> {
  const { config, log, signal } = task;
  const store = await openStore(into);
  try {
    return await rebuild({
      events: () => journalFileEvents(config.dataDir),
      snapshots: openSnapshots(config),
      into: { store, dataDir: into.dataDir },
      projectors,
      log,
      signal,
    });
  } finally {
    await store.close();
  }
}

function ignoreMissing(error: unknown): void {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return;
  throw error;
}
