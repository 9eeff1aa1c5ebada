import { acquireLease } from "../ingest/index.js";
import type { Project } from "./project.js";

/** Long enough that a busy machine does not lose it, short enough that a crashed run does not block the next for long. */
const LEASE_MS = 60_000;

/**
 * Runs `work` while this process holds the lease on a job, so that a scheduled and a manual run of the same thing,
 * in this or another process, never overlap. A held lease is a LeaseError that says who holds it. The signal is
 * aborted when the lease is lost or the project stops.
 */
export async function withJobLease<T>(
  project: Pick<Project, "store" | "signal">,
  name: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const lease = await acquireLease(project.store, `job/${name}`, { leaseMs: LEASE_MS });
  const lost = new AbortController();
  const timer = setInterval(() => {
    lease.keepAlive().catch((error: unknown) => lost.abort(error));
  }, LEASE_MS / 4);
  try {
    return await work(AbortSignal.any([project.signal, lost.signal]));
  } finally {
    clearInterval(timer);
    await lease.release();
  }
}
