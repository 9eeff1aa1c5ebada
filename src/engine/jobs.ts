import { DateTime } from "luxon";
import pLimit from "p-limit";
import { collectSource } from "../collect/index.js";
import type { SourceConfig } from "../config/index.js";
import { correlate } from "../correlate/index.js";
import { type IngestReport, ingestSnapshot, knownGraph, newestKnown } from "../ingest/index.js";
import { type RunReport, reconcile } from "../reconcile/index.js";
import type { Manifest } from "../snapshot/index.js";
import { type JobLeaseOptions, withJobLease } from "./job-lease.js";
import { sourcePlan } from "./plan.js";
import { collectorOf, globalIdsOf, type Project, projectRules, rankOf } from "./project.js";

/** Sources are read side by side; each keeps its own rate limit, so this bounds memory and sockets only. */
const SOURCES_AT_ONCE = 4;
/** A person waits a moment for a scheduled read of the same source to end, and longer for the judging after it. */
const WAIT_FOR_SOURCE_MS = 10_000;
const WAIT_FOR_RECONCILE_MS = 60_000;

export interface JobOptions {
  /** Who runs it, for the journal and for those who want the same job meanwhile. */
  readonly actor?: string;
  /** How long to wait for whoever does the same; a person's patience unless told. */
  readonly waitMs?: number;
}

export interface CollectOptions extends JobOptions {
  /** Folder that raw pages are kept in, one folder per source. */
  readonly record?: string;
}

export interface IngestJobOptions extends JobOptions {
  /** Lets exactly these snapshots past the guard. */
  readonly accept?: boolean;
  /** Compares and asks the guard, and writes nothing. */
  readonly dryRun?: boolean;
}

/** Reads sources and writes one snapshot each. A source that cannot be read yields a manifest that says so. */
export async function collectSources(
  project: Project,
  sources: readonly SourceConfig[],
  options: CollectOptions = {},
): Promise<readonly Manifest[]> {
  return withSources(project, namesOf(sources), options, (held) => collectAll(held, sources, options));
}

/** Applies snapshots, or all that are newer than the graph, oldest first. */
export async function ingestSnapshots(
  project: Project,
  wanted: { readonly ids: readonly string[] } | { readonly pendingOf: readonly SourceConfig[] },
  options: IngestJobOptions = {},
): Promise<readonly IngestReport[]> {
  if ("pendingOf" in wanted) {
    return withSources(project, namesOf(wanted.pendingOf), options, async (held) =>
      ingestAll(held, await pendingSnapshots(held, wanted.pendingOf), options),
    );
  }
  const sources = new Set<string>();
  for (const id of wanted.ids) sources.add((await project.snapshots.manifest(id)).source);
  return withSources(project, [...sources], options, (held) => ingestAll(held, wanted.ids, options));
}

/**
 * Reads sources and applies what was read, without letting go of them in between: another run of the same source
 * finds all of it done, or none. What an earlier run collected and could not apply comes first.
 */
export async function readSources(
  project: Project,
  sources: readonly SourceConfig[],
  options: CollectOptions = {},
): Promise<readonly IngestReport[]> {
  return withSources(project, namesOf(sources), options, async (held) => {
    await collectAll(held, sources, options);
    return ingestAll(held, await pendingSnapshots(held, sources), options);
  });
}

function namesOf(sources: readonly SourceConfig[]): readonly string[] {
  return sources.map(({ name }) => name);
}

async function withSources<T>(
  project: Project,
  names: readonly string[],
  options: JobOptions,
  work: (held: Project) => Promise<T>,
): Promise<T> {
  return withJobLease(
    project,
    names.map((name) => `source/${name}`),
    (signal) => work({ ...project, signal }),
    leaseOptions(options, WAIT_FOR_SOURCE_MS),
  );
}

function leaseOptions({ actor, waitMs }: JobOptions, patience: number): JobLeaseOptions {
  return { waitMs: waitMs ?? patience, ...(actor === undefined ? {} : { holder: actor }) };
}

/** All end before this does: nothing reads on behind an error's back. The first error stops the others. */
async function collectAll(
  project: Project,
  sources: readonly SourceConfig[],
  options: CollectOptions,
): Promise<readonly Manifest[]> {
  const failed = new AbortController();
  const held = { ...project, signal: AbortSignal.any([project.signal, failed.signal]) };
  const limit = pLimit(SOURCES_AT_ONCE);
  const manifests: Manifest[] = [];
  await Promise.all(
    sources.map((source, at) =>
      limit(async () => {
        if (held.signal.aborted) return;
        try {
          manifests[at] = await collectOne(held, source, options);
        } catch (error) {
          failed.abort(error);
        }
      }),
    ),
  );
  held.signal.throwIfAborted();
  return manifests;
}

async function collectOne(
  project: Project,
  source: SourceConfig,
  options: CollectOptions,
): Promise<Manifest> {
  return collectSource({
    source,
    collector: collectorOf(project.collectors, source),
    snapshots: project.snapshots,
    known: await knownGraph(project.store, source.name),
    ...(options.record === undefined ? {} : { record: `${options.record}/${source.name}` }),
    signal: project.signal,
    log: project.log,
    baseDir: project.config.baseDir,
    timeZone: project.config.config.company.timeZone,
    now: project.now,
  });
}

async function ingestAll(
  project: Project,
  ids: readonly string[],
  options: IngestJobOptions,
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
        rankOf: rankOf(project.collectors),
        guard: project.config.config.guard,
        globalIds: globalIdsOf(project.collectors),
        ...(options.accept === undefined ? {} : { accept: options.accept }),
        ...(options.dryRun === undefined ? {} : { dryRun: options.dryRun }),
        ...(options.actor === undefined ? {} : { holder: options.actor }),
        log: project.log,
        signal: project.signal,
      }),
    );
  }
  return reports;
}

/** Snapshots of these sources that are newer than what the graph names, oldest first. */
async function pendingSnapshots(
  project: Project,
  sources: readonly SourceConfig[],
): Promise<readonly string[]> {
  const pending: string[] = [];
  for (const source of sources) {
    const newest = await newestKnown(project.store, source.name);
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

/** Links what was read (who is one person, whose account is whose), as a read of the source `derived`. */
async function linkGraph(project: Project, actor: string): Promise<void> {
  const manifest = await correlate({
    store: project.store,
    snapshots: project.snapshots,
    config: project.config,
    now: project.now(),
    log: project.log,
    signal: project.signal,
  });
  // Links follow from what was read and what is configured: the guard has already judged the reads.
  if (manifest !== undefined) await ingestAll(project, [manifest.id], { accept: true, actor });
}

export interface ReconcileOptions extends JobOptions {
  /** ISO date on which HR status is judged; now unless told. */
  readonly asOf?: string;
}

/** Correlates, runs the rules, and records what became of every finding. */
export async function judge(project: Project, options: ReconcileOptions = {}): Promise<RunReport> {
  const actor = options.actor ?? "exitgraph";
  const zone = project.config.config.company.timeZone;
  const rules = await projectRules(project.config);
  return withJobLease(
    project,
    "reconcile",
    async (signal) => {
      await linkGraph({ ...project, signal }, actor);
      return reconcile({
        store: project.store,
        journal: project.journal,
        rules,
        params: project.config.config.rules.params,
        now: project.now(),
        zone,
        ...(options.asOf === undefined ? {} : { asOf: endOfDay(options.asOf, zone) }),
        plan: sourcePlan(project),
        collectors: project.collectors,
        actor,
        log: project.log,
        signal,
      });
    },
    leaseOptions(options, WAIT_FOR_RECONCILE_MS),
  );
}

/** The last millisecond of a day in a zone: whatever happened on the day has happened. */
export function endOfDay(day: string, zone: string): number {
  return DateTime.fromISO(day, { zone }).endOf("day").toMillis();
}
