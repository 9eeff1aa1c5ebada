import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { collector as courteous } from "../../collectors/google-workspace/collector.js";
import { permissions } from "../../collectors/google-workspace/permissions.js";
import {
  type AnyCollector,
  type CollectOptions,
  collectSource,
  defineCollector,
} from "../../src/collect/index.js";
import { type GraphStore, openStore, type Row } from "../../src/graph/index.js";
import { type IngestReport, ingestProjectors, ingestSnapshot, knownGraph } from "../../src/ingest/index.js";
import { type Journal, openJournal } from "../../src/journal/index.js";
import { silentLog } from "../../src/model/index.js";
import { type Manifest, SnapshotFolder } from "../../src/snapshot/index.js";
import { GoogleWorkspaceServer, smallCompany } from "../servers/google-workspace/index.js";

export const SOURCE = "ws";
/** The server is nobody else's: no courtesy in the rate. */
const collector: AnyCollector = courteous.with((one) =>
  defineCollector({ ...one, rateLimit: { requestsPerSecond: 1_000, concurrency: 8 } }),
);

/** A Workspace on a server, and a graph that its reads go into. */
export class WorkspaceWorld {
  readonly server: GoogleWorkspaceServer;
  readonly dir: string;
  readonly store: GraphStore;
  readonly #journal: Journal;
  readonly #snapshots: SnapshotFolder;
  #at = Date.UTC(2026, 10, 21, 8);

  private constructor(server: GoogleWorkspaceServer, dir: string, store: GraphStore, journal: Journal) {
    this.server = server;
    this.dir = dir;
    this.store = store;
    this.#journal = journal;
    this.#snapshots = new SnapshotFolder(join(dir, "snapshots"));
  }

  static async create(): Promise<WorkspaceWorld> {
    const server = await GoogleWorkspaceServer.start(smallCompany());
    for (const { name } of permissions) server.grants.authorised.add(name);
    const dir = await mkdtemp(join(tmpdir(), "exitgraph-workspace-"));
    const store = await openStore({ store: { engine: "embedded" }, dataDir: dir });
    const journal = await openJournal({ store, dataDir: dir, projectors: ingestProjectors });
    return new WorkspaceWorld(server, dir, store, journal);
  }

  /** Collects the server as it is now. */
  async collect(
    settings: Readonly<Record<string, unknown>> = {},
    more: Partial<CollectOptions> = {},
  ): Promise<Manifest> {
    this.#at += 3_600_000;
    const at = this.#at;
    return collectSource({
      source: {
        name: SOURCE,
        type: collector.system,
        recording: undefined,
        schedule: undefined,
        settings: { ...this.server.settings, ...settings },
      },
      collector,
      snapshots: this.#snapshots,
      known: await knownGraph(this.store, SOURCE),
      signal: new AbortController().signal,
      log: silentLog,
      baseDir: this.dir,
      timeZone: "Europe/Berlin",
      now: () => at,
      limits: { attempts: 2, baseMs: 1, maxMs: 1 },
      ...more,
    });
  }

  /** Collects it and applies the read to the graph. */
  async read(settings: Readonly<Record<string, unknown>> = {}): Promise<Manifest> {
    const manifest = await this.collect(settings);
    await this.apply(manifest);
    return manifest;
  }

  async apply(manifest: Manifest): Promise<IngestReport> {
    return ingestSnapshot({
      store: this.store,
      journal: this.#journal,
      snapshots: this.#snapshots,
      dataDir: this.dir,
      snapshot: manifest.id,
      rankOf: (_, stream) => collector.streams.findIndex(({ name }) => name === stream),
      guard: { removals: { percent: 100 }, newlyLeft: { percent: 100 } },
      accept: true,
    });
  }

  async rows(cypher: string, params: Readonly<Record<string, string>> = {}): Promise<readonly Row[]> {
    return this.store.rows(cypher, params);
  }

  /** Properties of a node; undefined where there is none. */
  async node(key: string): Promise<Readonly<Record<string, unknown>> | undefined> {
    const [row] = await this.rows(
      "MATCH (n:Entity {key: $key}) RETURN properties(n) AS props, n.label AS label",
      {
        key,
      },
    );
    const props = row?.props;
    return typeof props === "object" && props !== null ? { ...props, label: row?.label } : undefined;
  }

  /** `from -> to` of all edges of a type, without the name of the source, ordered. */
  async edges(type: "MEMBER_OF" | "HAS_ENTITLEMENT" | "USES_SEAT" | "CONSENTED" | "TO" | "ON" | "CONTAINS") {
    const rows = await this.rows(`MATCH (a:Entity)-[e:${type}]->(b:Entity) RETURN a.key AS a, b.key AS b`);
    const short = (key: unknown) => String(key).replace(`${SOURCE}/workspace-`, "");
    return rows.map(({ a, b }) => `${short(a)} -> ${short(b)}`).sort();
  }

  async close(): Promise<void> {
    await this.#journal.close();
    await this.store.close();
    await this.server.stop();
    await rm(this.dir, { recursive: true, force: true });
  }
}

/** `stream verdict` of each stream that is not complete, and of each that was not read. */
export function gaps(manifest: Manifest): readonly string[] {
  return [
    ...manifest.partitions
      .filter(({ verdict }) => verdict !== "complete")
      .map((one) => `${one.stream} ${one.verdict}`),
    ...(manifest.notRead ?? []).map(({ stream }) => `${stream} not read`),
  ];
}

/** Why a stream is not complete. */
export function reasonOf(manifest: Manifest, stream: string): string {
  const found =
    manifest.partitions.find((one) => one.stream === stream) ??
    manifest.notRead?.find((one) => one.stream === stream);
  return found?.reason ?? "";
}
