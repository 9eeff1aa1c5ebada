import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { LoadedConfig } from "../config/index.js";
import { type GraphStore, openStore, type StoreConfig } from "../graph/index.js";
import { type RebuildReport, rebuild } from "../ingest/index.js";
import { journalFileEvents } from "../journal/index.js";
import { DERIVED_SOURCE, InputError, type Log } from "../model/index.js";
import { type Collectors, openSnapshots, projectors, rankOf } from "./project.js";

export interface RebuildInto {
  readonly store: StoreConfig;
  /** Data folder of the new store; the journal is copied there where it is another than the old one's. */
  readonly dataDir: string;
}

export interface RebuildTask {
  readonly config: LoadedConfig;
  readonly collectors: Collectors;
  /** The configured store, made anew, unless told. */
  readonly into?: RebuildInto;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/**
 * Makes a whole store from snapshots and journal. It reads neither the old store nor any system, so it also helps
 * where the store is lost. An embedded store is made beside the old one and takes its place only when it is whole;
 * the old one is kept as `graph.before-rebuild`.
 */
export async function rebuildStore(task: RebuildTask): Promise<RebuildReport> {
  const { config, into } = task;
  if (into !== undefined) return make(task, into);
  if (config.config.store.engine === "neo4j")
    return make(task, { store: config.config.store, dataDir: config.dataDir });

  const beside = join(config.dataDir, "rebuild");
  await rm(beside, { recursive: true, force: true });
  await mkdir(beside, { recursive: true, mode: 0o700 });
  // Holding the old store while it is replaced keeps every other command away from it.
  const held = await openHeld(config);
  try {
    const report = await make(task, { store: { engine: "embedded" }, dataDir: beside });
    const before = join(config.dataDir, "graph.before-rebuild");
    await held?.close();
    await rm(before, { recursive: true, force: true });
    await rename(join(config.dataDir, "graph"), before).catch(ignoreMissing);
    await rename(join(beside, "graph"), join(config.dataDir, "graph"));
    await rm(join(config.dataDir, "baseline"), { recursive: true, force: true });
    await rename(join(beside, "baseline"), join(config.dataDir, "baseline")).catch(ignoreMissing);
    return report;
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
}

/** A store that is too damaged to open is no reason not to make it anew. */
async function openHeld(config: LoadedConfig): Promise<GraphStore | undefined> {
  try {
    return await openStore({ store: { engine: "embedded" }, dataDir: config.dataDir });
  } catch (error) {
    if (error instanceof InputError) throw error;
    return undefined;
  }
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
      rankOf: await ranksOfAll(task),
      log,
      signal,
    });
  } finally {
    await store.close();
  }
}

/** Sources that the configuration no longer names still have their ranks: their snapshots say which system they are. */
async function ranksOfAll({
  config,
  collectors,
}: RebuildTask): Promise<(source: string, stream: string) => number> {
  const configured = rankOf({ config, collectors });
  const names = new Set(config.sources.map(({ name }) => name));
  const systems = new Map<string, string>();
  for (const { source, system } of await openSnapshots(config).list()) systems.set(source, system);
  return (source, stream) => {
    if (names.has(source) || source === DERIVED_SOURCE) return configured(source, stream);
    const streams = collectors.get(systems.get(source) ?? "")?.streams ?? [];
    return Math.max(
      0,
      streams.findIndex(({ name }) => name === stream),
    );
  };
}

function ignoreMissing(error: unknown): void {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return;
  throw error;
}
