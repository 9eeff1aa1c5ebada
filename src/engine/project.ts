import { join } from "node:path";
import type { AnyCollector } from "../collect/index.js";
import type { LoadedConfig, SourceConfig } from "../config/index.js";
import { type GraphStore, openStore, type StoreConfig } from "../graph/index.js";
import { ingestProjectors } from "../ingest/index.js";
import { type Journal, openJournal, type Projectors } from "../journal/index.js";
import { InputError, type Log, packageRoot } from "../model/index.js";
import { loadRules, type Rule, reconcileProjectors } from "../reconcile/index.js";
import { SnapshotFolder, type SnapshotStore } from "../snapshot/index.js";

export type Collectors = ReadonlyMap<string, AnyCollector>;

export interface ProjectOptions {
  readonly config: LoadedConfig;
  readonly collectors: Collectors;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Epoch ms. Nothing below the engine reads the clock. */
  readonly now?: () => number;
}

/** A configuration with everything that stands on it open: what every command and job works with. */
export interface Project {
  readonly config: LoadedConfig;
  readonly collectors: Collectors;
  readonly store: GraphStore;
  readonly snapshots: SnapshotStore;
  readonly journal: Journal;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly now: () => number;
  close(): Promise<void>;
}

/** What is done to the store when an event is: the same at work, at open and at a rebuild. */
export const projectors: Projectors = { ...ingestProjectors, ...reconcileProjectors };

export async function openProject(options: ProjectOptions): Promise<Project> {
  const { config } = options;
  const store = await openStore({ store: storeConfig(config), dataDir: config.dataDir });
  try {
    const now = options.now ?? Date.now;
    const journal = await openJournal({ store, dataDir: config.dataDir, projectors, now });
    return {
      config,
      collectors: options.collectors,
      store,
      snapshots: openSnapshots(config),
      journal,
      log: options.log,
      signal: options.signal,
      now,
      async close() {
        await journal.close();
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

export function storeConfig(config: LoadedConfig): StoreConfig {
  return config.config.store;
}

export function openSnapshots(config: LoadedConfig): SnapshotStore {
  return new SnapshotFolder(join(config.dataDir, "snapshots"));
}

/** The built-in rules and those of the configured folders. */
export async function allRules(config: LoadedConfig): Promise<readonly Rule[]> {
  return loadRules([join(packageRoot(), "queries"), ...config.config.rules.folders]);
}

/** The same, without the disabled ones. */
export async function projectRules(config: LoadedConfig): Promise<readonly Rule[]> {
  const rules = await allRules(config);
  const known = new Set(rules.map((rule) => rule.id));
  for (const id of [...config.config.rules.disable, ...Object.keys(config.config.rules.params)]) {
    if (!known.has(id)) {
      throw new InputError({
        what: `${config.file}: rules names ${id}, and there is no such rule.`,
        fix: "`exitgraph rules` lists the rules there are.",
      });
    }
  }
  return rules.filter((rule) => !config.config.rules.disable.includes(rule.id));
}

/** The configured sources of these names, or all; an unknown name is an error of the call. */
export function chooseSources(config: LoadedConfig, names: readonly string[]): readonly SourceConfig[] {
  for (const name of names) {
    if (!config.sources.some((source) => source.name === name)) {
      const known = config.sources.map((source) => source.name).join(", ") || "none";
      throw new InputError({
        what: `There is no source named ${name} in ${config.file}.`,
        fix: `Configured sources: ${known}.`,
      });
    }
  }
  return names.length === 0 ? config.sources : config.sources.filter((source) => names.includes(source.name));
}

/** The collector of a source; the configuration was checked, so a miss is a fault of ours. */
export function collectorOf(collectors: Collectors, source: SourceConfig): AnyCollector {
  const collector = collectors.get(source.type);
  if (collector === undefined) throw new Error(`no collector for the type ${source.type}`);
  return collector;
}

/** Provider labels whose ids name one thing wherever they are read, as the collectors declare. */
export function globalIdsOf(collectors: Collectors): ReadonlySet<string> {
  const labels = new Set<string>();
  for (const { streams } of collectors.values()) {
    for (const { provider, globalId } of streams.flatMap(({ produces }) => produces.nodes)) {
      if (globalId === true && provider !== undefined) labels.add(provider);
    }
  }
  return labels;
}

/** Which claim wins where two streams give one property, in what collectors there are: see docs/graph.md. */
export function rankOf(collectors: Collectors): (system: string, stream: string) => number | undefined {
  const ranks = new Map<string, number>();
  for (const [system, { streams }] of collectors) {
    for (const [index, { name }] of streams.entries()) ranks.set(`${system}|${name}`, index);
  }
  return (system, stream) => ranks.get(`${system}|${stream}`);
}
