import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { configSchema, type LoadedConfig } from "../../src/config/index.js";
import { computeLinks, correlate } from "../../src/correlate/index.js";
import { type GraphStore, openStore, type StoreConfig } from "../../src/graph/index.js";
import { ingestProjectors, ingestSnapshot } from "../../src/ingest/index.js";
import { type Journal, openJournal } from "../../src/journal/index.js";
import { DERIVED_SOURCE, type GraphRecord, type Log, silentLog } from "../../src/model/index.js";
import { type Manifest, SnapshotFolder } from "../../src/snapshot/index.js";

/** A store with everything that reads go through, in a folder of its own: whole reads in, links out. */
export interface Workbench {
  readonly store: GraphStore;
  readonly dir: string;
  /** Applies one complete read of a source's one stream and partition, as of an instant (epoch ms). */
  read(source: string, records: readonly GraphRecord[], at: number): Promise<Manifest>;
  /** Correlates and applies; undefined where the graph holds it already. */
  link(at: number, settings?: Settings): Promise<Manifest | undefined>;
  /** What correlation would say. */
  links(at: number, settings?: Settings): Promise<readonly GraphRecord[]>;
  close(): Promise<void>;
}

export interface Settings {
  readonly correlate?: { mapping?: string; userNames?: string[]; plusAddresses?: boolean };
  readonly domains?: string[];
  readonly log?: Log;
}

export async function openWorkbench(config: StoreConfig = { engine: "embedded" }): Promise<Workbench> {
  const dir = mkdtempSync(join(tmpdir(), "exitgraph-test-"));
  const store = await openStore({ store: config, dataDir: dir });
  const snapshots = new SnapshotFolder(join(dir, "snapshots"));
  const journal = await openJournal({ store, dataDir: dir, projectors: ingestProjectors });
  const apply = async (manifest: Manifest) => {
    await ingestSnapshot({
      store,
      snapshots,
      journal,
      dataDir: dir,
      snapshot: manifest.id,
      rankOf: (source) => (source === DERIVED_SOURCE ? 999 : 0),
      guard: { removals: { percent: 100 }, newlyLeft: { percent: 100 } },
      accept: true,
    });
    return manifest;
  };
  return {
    store,
    dir,
    async read(source, records, at) {
      const writer = snapshots.begin({ source, system: "test", collectorVersion: "1", startedAt: at });
      for (const record of records) await writer.write("things", "all", record);
      const read = {
        stream: "things",
        partition: "all",
        verdict: "complete" as const,
        dataTime: at,
        counts: {},
        scope: [],
        calls: 1,
        errors: 0,
      };
      return apply(await writer.finish([read], at));
    },
    async link(at, settings = {}) {
      const manifest = await correlate(options(at, settings, store, snapshots, dir));
      return manifest === undefined ? undefined : apply(manifest);
    },
    links: (at, settings = {}) => computeLinks(options(at, settings, store, snapshots, dir)),
    close: () => closeAll(journal, store, dir),
  };
}

function options(now: number, settings: Settings, store: GraphStore, snapshots: SnapshotFolder, dir: string) {
  const config: LoadedConfig = {
    file: join(dir, "exitgraph.yaml"),
    baseDir: dir,
    dataDir: dir,
    config: configSchema.parse({
      company: { domains: settings.domains ?? [] },
      correlate: settings.correlate ?? {},
    }),
    sources: [],
  };
  const signal = new AbortController().signal;
  return { store, snapshots, config, now, log: settings.log ?? silentLog, signal };
}

async function closeAll(journal: Journal, store: GraphStore, dir: string): Promise<void> {
  await journal.close();
  await store.close();
  rmSync(dir, { recursive: true });
}

/** Records in short. */
export const node = (
  label: Extract<GraphRecord, { kind: "node" }>["label"],
  key: string,
  props: GraphRecord["props"] = {},
  aliases: readonly string[] = [],
): GraphRecord => ({ kind: "node", key, label, ...(aliases.length === 0 ? {} : { aliases }), props });

export const edge = (
  type: Extract<GraphRecord, { kind: "edge" }>["type"],
  from: string,
  to: string,
  props: GraphRecord["props"] = {},
  discriminator?: string,
): GraphRecord => ({
  kind: "edge",
  type,
  from,
  to,
  ...(discriminator === undefined ? {} : { discriminator }),
  props,
});
