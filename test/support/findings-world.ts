import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { configSchema, type LoadedConfig } from "../../src/config/index.js";
import { correlate } from "../../src/correlate/index.js";
import { type GraphStore, openStore, type StoreConfig } from "../../src/graph/index.js";
import { ingestProjectors, ingestSnapshot, rebuild } from "../../src/ingest/index.js";
import { type Journal, journalFileEvents, openJournal } from "../../src/journal/index.js";
import {
  DERIVED_SOURCE,
  entityKey,
  type GraphRecord,
  packageRoot,
  silentLog,
  type Verdict,
} from "../../src/model/index.js";
import {
  approveException,
  type ExceptionRecord,
  endException,
  type Finding,
  listExceptions,
  loadRules,
  type PlannedSource,
  type RunReport,
  readFindings,
  reconcile,
  reconcileProjectors,
  requestException,
} from "../../src/reconcile/index.js";
import { SnapshotFolder } from "../../src/snapshot/index.js";
import { node } from "./workbench.js";

export const DAY_MS = 86_400_000;
const projectors = { ...ingestProjectors, ...reconcileProjectors };
const rankOf = (source: string) => (source === DERIVED_SOURCE ? 999 : 0);

/** One HR row. Days are UTC; `to` is the last one. */
export interface Worker {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly universalId?: string;
  readonly from?: string;
  readonly to?: string;
}

/**
 * A small company from reads to findings: HR and one system with accounts, on the embedded engine. Every step says
 * its instant (epoch ms); reads are complete unless told.
 */
export class FindingsWorld {
  private constructor(
    readonly dir: string,
    readonly store: GraphStore,
    readonly journal: Journal,
    private readonly snapshots: SnapshotFolder,
  ) {}

  /** The store of `config` must be empty. */
  static async open(config: StoreConfig = { engine: "embedded" }): Promise<FindingsWorld> {
    const dir = mkdtempSync(join(tmpdir(), "exitgraph-findings-"));
    const store = await openStore({ store: config, dataDir: dir });
    const journal = await openJournal({ store, dataDir: dir, projectors });
    return new FindingsWorld(dir, store, journal, new SnapshotFolder(join(dir, "snapshots")));
  }

  async close(): Promise<void> {
    await this.journal.close();
    await this.store.close();
    rmSync(this.dir, { recursive: true, force: true });
  }

  async hr(at: number, workers: readonly Worker[], o: { source?: string; verdict?: Verdict } = {}) {
    const source = o.source ?? "hr";
    const records = workers.map(({ id, name, email, universalId, from, to }) =>
      node("Employment", entityKey(source, "employment", id), {
        workerId: id,
        name,
        emails: [email],
        status: to === undefined ? "active" : "terminated",
        type: "employee",
        ...(universalId === undefined ? {} : { universalId }),
        startsAt: Date.parse(from ?? "2020-01-01"),
        ...(to === undefined ? {} : { end: to, endsAt: Date.parse(to) + DAY_MS }),
      }),
    );
    await this.read(source, "people", records, at, o.verdict ?? "complete");
  }

  /** Enabled accounts `id: e-mail`. */
  async accounts(at: number, accounts: Readonly<Record<string, string>>, verdict: Verdict = "complete") {
    const records = Object.entries(accounts).map(([id, email]) =>
      node("Account", `aws/user/${id}`, { username: id, email, status: "enabled" }),
    );
    await this.things(at, records, verdict);
  }

  /** Whatever the system with accounts has. */
  async things(at: number, records: readonly GraphRecord[], verdict: Verdict = "complete") {
    await this.read("aws", "things", records, at, verdict);
  }

  private async read(
    source: string,
    stream: string,
    records: readonly GraphRecord[],
    at: number,
    verdict: Verdict,
  ): Promise<void> {
    const writer = this.snapshots.begin({ source, system: "test", collectorVersion: "1", startedAt: at });
    for (const record of records) await writer.write(stream, "all", record);
    const counts = writer.counts(stream, "all");
    const read = { stream, partition: "all", verdict, dataTime: at, counts, scope: [], calls: 1, errors: 0 };
    await this.apply((await writer.finish([read], at)).id);
  }

  private async apply(snapshot: string): Promise<void> {
    await ingestSnapshot({
      store: this.store,
      snapshots: this.snapshots,
      journal: this.journal,
      dataDir: this.dir,
      snapshot,
      rankOf,
      guard: { removals: { percent: 100 }, newlyLeft: { percent: 100 } },
      accept: true,
    });
  }

  /** Correlates and reconciles. */
  async run(at: number, o: { asOf?: number; sources?: readonly string[]; only?: readonly string[] } = {}) {
    const signal = new AbortController().signal;
    const links = await correlate({
      store: this.store,
      snapshots: this.snapshots,
      config: this.config(),
      now: at,
      log: silentLog,
      signal,
    });
    if (links !== undefined) await this.apply(links.id);
    const rules = await loadRules([join(packageRoot(), "queries")]);
    const report: RunReport = await reconcile({
      store: this.store,
      journal: this.journal,
      rules: rules.filter(({ id }) => (o.only ?? ["LVR-001"]).includes(id)),
      params: {},
      now: at,
      zone: "UTC",
      ...(o.asOf === undefined ? {} : { asOf: o.asOf }),
      plan: [...(o.sources ?? ["hr"]).map(hrPlan), ACCESS_PLAN],
      collectors: new Map(),
      actor: "tester",
      log: silentLog,
      signal,
    });
    return report;
  }

  async findings(): Promise<readonly Finding[]> {
    return (await readFindings(this.store, { all: true })).findings;
  }

  /** The one finding about an account that is not closed, or else the one that is. */
  async about(account: string): Promise<Finding> {
    const all = (await this.findings()).filter(({ subject }) => subject.key === `aws/user/${account}`);
    const found = all.find(({ status }) => status !== "closed") ?? all[0];
    if (found === undefined) throw new Error(`there is no finding about ${account}`);
    return found;
  }

  /** Asks and approves. */
  async except(at: number, fingerprint: string, until: string): Promise<string> {
    const id = await this.request(at, fingerprint, until);
    await approveException({ ...this.deps(at, "eve"), id });
    return id;
  }

  async request(at: number, fingerprint: string, until: string): Promise<string> {
    const { id } = await requestException({ ...this.deps(at, "ada"), fingerprint, until, reason: "moving" });
    return id;
  }

  async end(at: number, id: string): Promise<ExceptionRecord> {
    return endException({ ...this.deps(at, "eve"), id, reason: "moved" });
  }

  async exceptions(): Promise<readonly ExceptionRecord[]> {
    return listExceptions(this.store);
  }

  /** Findings, exceptions and runs of a store made anew from snapshots and journal, as `said` gives them here. */
  async rebuilt(): Promise<Awaited<ReturnType<typeof saidBy>>> {
    const dir = mkdtempSync(join(tmpdir(), "exitgraph-rebuilt-"));
    const store = await openStore({ store: { engine: "embedded" }, dataDir: dir });
    try {
      await rebuild({
        events: () => journalFileEvents(this.dir),
        snapshots: this.snapshots,
        into: { store, dataDir: dir },
        projectors,
      });
      return await saidBy(store);
    } finally {
      await store.close();
      rmSync(dir, { recursive: true, force: true });
    }
  }

  async said(): Promise<Awaited<ReturnType<typeof saidBy>>> {
    return saidBy(this.store);
  }

  private deps(now: number, actor: string) {
    const rules = { selfApproval: false, maxDays: 365 };
    return { store: this.store, journal: this.journal, rules, zone: "UTC", now, actor };
  }

  private config(): LoadedConfig {
    return {
      file: join(this.dir, "exitgraph.yaml"),
      baseDir: this.dir,
      dataDir: this.dir,
      config: configSchema.parse({}),
      sources: [],
    };
  }
}

async function saidBy(store: GraphStore) {
  const runs = await store.rows("MATCH (r:Run) RETURN properties(r) AS props ORDER BY r.id");
  const { findings } = await readFindings(store, { all: true });
  return { findings, exceptions: await listExceptions(store), runs: runs.map(({ props }) => props) };
}

const hrPlan = (source: string): PlannedSource => ({
  source,
  type: "hr-csv",
  category: "hr",
  streams: [
    {
      name: "people",
      title: "people",
      optional: false,
      produces: { nodes: [{ label: "Employment", properties: [] }], edges: [] },
    },
  ],
});

const ACCESS_PLAN: PlannedSource = {
  source: "aws",
  type: "aws-iam",
  category: "access",
  streams: [
    {
      name: "things",
      title: "things",
      optional: false,
      produces: {
        nodes: [{ label: "Account", properties: ["status"] }],
        edges: [
          { type: "OWNED_BY", properties: [] },
          { type: "HAS_ENTITLEMENT", properties: ["assignment"] },
        ],
      },
    },
  ],
};
