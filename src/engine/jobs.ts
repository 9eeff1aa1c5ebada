import { DateTime } from "luxon";
import pLimit from "p-limit";
import { collectSource } from "../collect/index.js";
import type { SourceConfig } from "../config/index.js";
import { correlate } from "../correlate/index.js";
import { type IngestReport, ingestSnapshot, knownGraph, readMarkers } from "../ingest/index.js";
import { type RunReport, reconcile } from "../reconcile/index.js";
import type { Manifest } from "../snapshot/index.js";
import { withJobLease } from "./job-lease.js";
import { sourcePlan } from "./plan.js";
import { collectorOf, type Project, projectRules, rankOf } from "./project.js";

/** Sources are read side by side; each keeps its own rate limit, so this bounds memory and sockets only. */
const SOURCES_AT_ONCE = 4;

export interface CollectOptions {
  /** Folder that raw pages are kept in, one folder per source. */
  readonly record?: string;
}

/** Reads sources and writes one snapshot each. A source that cannot be read yields a manifest that says so. */
export async function collectSources(
  project: Project,
  sources: readonly SourceConfig[],
  options: CollectOptions = {},
): Promise<readonly Manifest[]> {
  const limit = pLimit(SOURCES_AT_ONCE);
  return Promise.all(
    sources.map((source) =>
      limit(() =>
        withJobLease(project, `collect/${source.name}`, async (signal) =>
          collectSource({
            source,
            collector: collectorOf(project.collectors, source),
            snapshots: project.snapshots,
            known: await knownGraph(project.store, source.name),
            ...(options.record === undefined ? {} : { record: `${options.record}/${source.name}` }),
            signal,
            log: project.log,
            baseDir: project.config.baseDir,
            timeZone: project.config.config.company.timeZone,
            now: project.now,
          }),
        ),
      ),
    ),
  );
}

/** Applies snapshots to the graph, oldest first. `accept` lets exactly these past the guard. */
export async function ingestSnapshots(
  project: Project,
  ids: readonly string[],
  options: { readonly accept?: boolean; readonly actor?: string } = {},
): Promise<readonly IngestReport[]> {
  const reports: IngestReport[] = [];
  for (const snapshot of ids) {
    reports.push(
      await ingestSnapshot({
        store: project.store,
        snapshots: project.snapshots,
        journal: project.journal,
        dataDir: project.config.dataDir,
        snapshot,
        rankOf: rankOf(project),
        guard: project.config.config.guard,
        ...(options.accept === undefined ? {} : { accept: options.accept }),
        ...(options.actor === undefined ? {} : { holder: options.actor }),
        log: project.log,
        signal: project.signal,
      }),
    );
  }
  return reports;
}

/** Snapshots of these sources that are newer than what the graph names, oldest first. */
export async function pendingSnapshots(
  project: Project,
  sources: readonly SourceConfig[],
): Promise<readonly string[]> {
  const pending: string[] = [];
  for (const source of sources) {
    const markers = await readMarkers(project.store, source.name);
    const newest =
      markers
        .map((marker) => marker.read)
        .sort()
        .at(-1) ?? "";
    for (const manifest of await project.snapshots.list(source.name)) {
      if (manifest.id > newest) pending.push(manifest.id);
    }
  }
  return pending.sort((a, b) => (timeOf(a) < timeOf(b) ? -1 : timeOf(a) > timeOf(b) ? 1 : 0));
}

/** The time part of a snapshot id; ids of different sources sort by it. */
function timeOf(id: string): string {
  const parts = id.split("-");
  return parts.slice(-2).join("-");
}

/** Links what was read (who is one person, whose account is whose), as reads of the source `derived`. */
export async function linkGraph(project: Project): Promise<IngestReport | undefined> {
  return withJobLease(project, "correlate", async (signal) => {
    const manifest = await correlate({
      store: project.store,
      snapshots: project.snapshots,
      config: project.config,
      now: project.now(),
      log: project.log,
      signal,
    });
    if (manifest === undefined) return undefined;
    // Links follow from what was read and what is configured: the guard has already judged the reads.
    const [report] = await ingestSnapshots(project, [manifest.id], { accept: true });
    return report;
  });
}

export interface ReconcileOptions {
  /** ISO date on which HR status is judged; now unless told. */
  readonly asOf?: string;
  readonly actor?: string;
}

/** Correlates, runs the rules, and records what became of every finding. */
export async function judge(project: Project, options: ReconcileOptions = {}): Promise<RunReport> {
  await linkGraph(project);
  const zone = project.config.config.company.timeZone;
  const rules = await projectRules(project.config);
  return withJobLease(project, "reconcile", async (signal) =>
    reconcile({
      store: project.store,
      journal: project.journal,
      rules,
      params: project.config.config.rules.params,
      now: project.now(),
      zone,
      ...(options.asOf === undefined ? {} : { asOf: endOfDay(options.asOf, zone) }),
      plan: sourcePlan(project),
      collectors: project.collectors,
      actor: options.actor ?? "exitgraph",
      log: project.log,
      signal,
    }),
  );
}

/** The last millisecond of a day in a zone: whatever happened on the day has happened. */
export function endOfDay(day: string, zone: string): number {
  return DateTime.fromISO(day, { zone }).endOf("day").toMillis();
}
