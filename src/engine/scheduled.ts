import type { SourceConfig } from "../config/index.js";
import { judge, readSources } from "./jobs.js";
import type { Project } from "./project.js";

/** Whoever does the same meanwhile has done it: the slot is skipped, not waited for. */
const SCHEDULED = { actor: "schedule", waitMs: 0 } as const;

/** A job as `src/schedule` takes it: when, when last, and what. */
export interface ScheduledJob {
  readonly name: string;
  readonly expression: string;
  readonly timeZone: string;
  lastStarted(): Promise<number | undefined>;
  run(signal: AbortSignal): Promise<void>;
}

/**
 * What the configuration asks to run by itself: each source on its own schedule or the common one, and
 * reconciliation. When a job last began is read from what it leaves behind (snapshots, runs), so that a run by hand
 * or by another instance counts as well.
 */
export function scheduledJobs(project: Project): readonly ScheduledJob[] {
  const { schedule, company } = project.config.config;
  const timeZone = schedule.timeZone ?? company.timeZone;
  const jobs: ScheduledJob[] = [];
  for (const source of project.config.sources) {
    const expression = source.schedule ?? schedule.collect;
    if (expression === undefined) continue;
    jobs.push({
      name: `collect ${source.name}`,
      expression,
      timeZone,
      lastStarted: async () => (await project.snapshots.list(source.name)).at(-1)?.startedAt,
      run: (signal) => readOne({ ...project, signal: both(project.signal, signal) }, source),
    });
  }
  if (schedule.reconcile !== undefined) {
    jobs.push({
      name: "reconcile",
      expression: schedule.reconcile,
      timeZone,
      lastStarted: () => lastRun(project),
      run: async (signal) => {
        const report = await judge({ ...project, signal: both(project.signal, signal) }, SCHEDULED);
        project.log.info(
          `reconciled: ${report.opened.length} opened, ${report.reopened.length} reopened, ${report.removed.length} removed`,
          { run: report.run },
        );
      },
    });
  }
  return jobs;
}

async function readOne(project: Project, source: SourceConfig): Promise<void> {
  const reports = await readSources(project, [source], SCHEDULED);
  for (const { partitions } of reports) {
    for (const { partition, stream, verdict, state, reason } of partitions) {
      if (verdict === "complete" && state === "applied") continue;
      project.log.warn(`${source.name} ${stream} ${partition}: ${state === "applied" ? verdict : state}`, {
        reason: reason ?? undefined,
      });
    }
  }
}

async function lastRun(project: Project): Promise<number | undefined> {
  const [row] = await project.store.rows("MATCH (r:Run) RETURN max(r.startedAt) AS at");
  return typeof row?.at === "number" ? row.at : undefined;
}

function both(a: AbortSignal, b: AbortSignal): AbortSignal {
  return AbortSignal.any([a, b]);
}
