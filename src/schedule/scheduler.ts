import { createTask, type ScheduledTask, setLogger } from "node-cron";
import { LeaseError, type Log, messageOf } from "../model/index.js";
import { checkCron, missedSlot } from "./cron.js";

/** One thing that runs on a schedule. */
export interface Job {
  readonly name: string;
  readonly expression: string;
  /** IANA. */
  readonly timeZone: string;
  /** When it last began, in this or another process (epoch ms); undefined when it never did. */
  lastStarted(): Promise<number | undefined>;
  /** Does the work. A LeaseError means that somebody else is doing it. */
  run(signal: AbortSignal): Promise<void>;
}

export interface Scheduler {
  /** Resolves when the running jobs have ended; no new one starts. */
  stop(): Promise<void>;
  /** Name and next slot (epoch ms) of each job. */
  upcoming(): readonly { readonly name: string; readonly at: number | null }[];
}

/**
 * Starts jobs on their schedules. node-cron says when; what it does not do is done here: a run missed while the
 * service was down is caught up once, jobs of this process never overlap each other (they share the graph), and
 * stopping aborts the running job and waits for it.
 */
export async function startScheduler(
  jobs: readonly Job[],
  options: { readonly log: Log; readonly now: () => number },
): Promise<Scheduler> {
  const { log, now } = options;
  setLogger({
    debug: (message) => log.debug(String(message)),
    info: (message) => log.debug(message),
    warn: (message) => log.warn(message),
    error: (message) => log.warn(String(message)),
  });
  for (const job of jobs) checkCron(job.expression, `schedule of ${job.name}`);
  const stopping = new AbortController();
  let queue: Promise<void> = Promise.resolve();
  const waiting = new Set<string>();

  /** Puts a job in line. One that already waits is not put there twice. */
  const enqueue = (job: Job): Promise<void> => {
    if (stopping.signal.aborted || waiting.has(job.name)) return Promise.resolve();
    waiting.add(job.name);
    queue = queue.then(async () => {
      waiting.delete(job.name);
      if (stopping.signal.aborted) return;
      const started = now();
      try {
        await job.run(stopping.signal);
        log.info(`${job.name} done`, { job: job.name, ms: now() - started });
      } catch (error) {
        if (stopping.signal.aborted) log.info(`${job.name} stopped`, { job: job.name });
        else if (error instanceof LeaseError)
          log.info(`${job.name} skipped: ${error.message}`, { job: job.name });
        else log.warn(`${job.name} failed: ${messageOf(error)}`, { job: job.name });
      }
    });
    return queue;
  };

  const tasks: ScheduledTask[] = [];
  for (const job of jobs) {
    const task = createTask(job.expression, () => enqueue(job), {
      name: job.name,
      timezone: job.timeZone,
      noOverlap: true,
      suppressMissedWarning: true,
    });
    // A slot that passed while this process was busy is reported by node-cron and never run.
    task.on("execution:missed", () => void enqueue(job));
    tasks.push(task);
  }
  for (const job of jobs) {
    if (missedSlot(job.expression, job.timeZone, await job.lastStarted(), now())) {
      log.info(`${job.name} was missed while nothing ran; it runs now`, { job: job.name });
      void enqueue(job);
    }
  }
  for (const task of tasks) await task.start();

  return {
    async stop() {
      stopping.abort(new Error("the service is stopping"));
      for (const task of tasks) await task.destroy();
      await queue;
    },
    upcoming: () =>
      tasks.map((task) => ({ name: task.name ?? "", at: task.getNextRun()?.getTime() ?? null })),
  };
}
