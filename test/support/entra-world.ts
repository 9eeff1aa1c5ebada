import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { collector } from "../../collectors/entra/collector.js";
import { type CollectOptions, collectSource, describeAccess } from "../../src/collect/index.js";
import { StillClock } from "../../src/conformance/clock.js";
import { type GraphStore, openStore, type Row } from "../../src/graph/index.js";
import { type IngestReport, ingestProjectors, ingestSnapshot, knownGraph } from "../../src/ingest/index.js";
import { type Journal, openJournal } from "../../src/journal/index.js";
import { silentLog } from "../../src/model/index.js";
import { type Manifest, SnapshotFolder } from "../../src/snapshot/index.js";
import { GraphServer, type GraphTenant, smallTenant, TENANT_ID } from "../servers/graph/index.js";

export const SOURCE = "entra";

type Settings = Readonly<Record<string, unknown>>;

/** A tenant on a server, and a graph that its reads go into. */
export class EntraWorld {
  readonly server: GraphServer;
  readonly dir: string;
  readonly store: GraphStore;
  /** Waiting takes no time; what was waited for is kept. */
  clock = new StillClock();
  readonly #journal: Journal;
  readonly #snapshots: SnapshotFolder;
  #at = Date.UTC(2026, 10, 21, 8);

  private constructor(server: GraphServer, dir: string, store: GraphStore, journal: Journal) {
    this.server = server;
    this.dir = dir;
    this.store = store;
    this.#journal = journal;
    this.#snapshots = new SnapshotFolder(join(dir, "snapshots"));
  }

  static async create(): Promise<EntraWorld> {
    const server = await GraphServer.start(smallTenant());
    const dir = await mkdtemp(join(tmpdir(), "exitgraph-entra-"));
    const store = await openStore({ store: { engine: "embedded" }, dataDir: dir });
    const journal = await openJournal({ store, dataDir: dir, projectors: ingestProjectors });
    return new EntraWorld(server, dir, store, journal);
  }

  get tenant(): GraphTenant {
    return this.server.tenant;
  }

  /** Collects the server as it is now. */
  async collect(settings: Settings = {}, more: Partial<CollectOptions> = {}): Promise<Manifest> {
    this.#at += 3_600_000;
    const at = this.#at;
    return collectSource({
      ...(await this.#look(settings)),
      snapshots: this.#snapshots,
      now: () => at,
      ...more,
    });
  }

  /** Collects it and applies the read to the graph. */
  async read(settings: Settings = {}): Promise<Manifest> {
    const manifest = await this.collect(settings);
    await this.apply(manifest);
    return manifest;
  }

  /** What `doctor` would say is wrong. */
  async problem(settings: Settings = {}): Promise<string | undefined> {
    return (await describeAccess(await this.#look(settings))).problem;
  }

  async #look(settings: Settings) {
    return {
      source: {
        name: SOURCE,
        type: collector.system,
        recording: undefined,
        schedule: undefined,
        settings: { tenantId: TENANT_ID, endpoint: this.server.url, authority: this.server.url, ...settings },
      },
      collector,
      known: await knownGraph(this.store, SOURCE),
      signal: new AbortController().signal,
      log: silentLog,
      baseDir: this.dir,
      timeZone: "Europe/Berlin",
      clock: this.clock,
    };
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

  /** Properties and label of a node, by its key without the source; undefined where there is none. */
  async node(key: string): Promise<Readonly<Record<string, unknown>> | undefined> {
    const [row] = await this.rows(
      "MATCH (n:Entity {key: $key}) RETURN properties(n) AS props, n.label AS label, labels(n) AS labels",
      { key: key.startsWith("ref/") ? key : `${SOURCE}/${key}` },
    );
    const props = row?.props;
    return typeof props === "object" && props !== null ? { ...props, labels: row?.labels } : undefined;
  }

  /** `from -> to` of all edges of a type, without the name of the source, ordered; with what `say` names. */
  async edges(
    type:
      | "MEMBER_OF"
      | "HAS_ENTITLEMENT"
      | "USES_SEAT"
      | "CONSENTED"
      | "TO"
      | "ON"
      | "OWNED_BY"
      | "CAN_ASSUME",
    ...say: readonly ("assignment" | "endsAt" | "directMembersOnly" | "via")[]
  ): Promise<readonly string[]> {
    const said = say.map((name) => `, e.${name} AS ${name}`).join("");
    const rows = await this.rows(
      `MATCH (a:Entity)-[e:${type}]->(b:Entity) RETURN a.key AS a, b.key AS b${said}`,
    );
    const short = (key: unknown) => String(key).replace(`${SOURCE}/entra-`, "");
    return rows
      .map(({ a, b, ...more }) => {
        const values = say.flatMap((name) => (more[name] == null ? [] : [`${name}=${String(more[name])}`]));
        return [`${short(a)} -> ${short(b)}`, ...values].join(" ");
      })
      .sort();
  }

  /** Kinds of the changes of a record, in the order of the reads. */
  async changes(record: string): Promise<readonly unknown[]> {
    const query = "MATCH (c:Change {record: $record}) RETURN c.kind AS kind, c.readAt AS at ORDER BY at";
    return (await this.rows(query, { record })).map(({ kind }) => kind);
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

/** Why a stream is not complete, and what is to be noted of it. */
export function reasonOf(manifest: Manifest, stream: string): string {
  const read = manifest.partitions.find((one) => one.stream === stream);
  const unread = manifest.notRead?.find((one) => one.stream === stream);
  return [read?.reason ?? unread?.reason ?? "", ...(read?.notes ?? [])].join("; ");
}
