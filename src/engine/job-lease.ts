import { acquireLease, type Lease } from "../ingest/index.js";
import { LeaseError } from "../model/index.js";
import type { Project } from "./project.js";

/** Long enough that a busy machine does not lose it, short enough that a crashed run does not block the next for long. */
const LEASE_MS = 60_000;

export interface JobLeaseOptions {
  /** Named to those who want the same job meanwhile. */
  readonly holder?: string;
  /** How long to wait for whoever does it. Not at all unless told. */
  readonly waitMs?: number;
}

/**
 * Runs `work` while this process holds the leases on jobs, so that a scheduled and a manual run of the same thing,
 * in this or another process, never overlap. All leases are taken, in one order, before the work begins. A held one
 * is a LeaseError that says who holds it. The signal is aborted when a lease is lost or the project stops.
 */
export async function withJobLease<T>(
  project: Pick<Project, "store" | "signal" | "log">,
  names: string | readonly string[],
  work: (signal: AbortSignal) => Promise<T>,
  options: JobLeaseOptions = {},
): Promise<T> {
  const wanted = typeof names === "string" ? [names] : [...new Set(names)].sort();
  const leases: Lease[] = [];
  const lost = new AbortController();
  const timer = setInterval(() => {
    for (const lease of leases) keep(lease, lost, project);
  }, LEASE_MS / 4);
  try {
    for (const name of wanted) {
      leases.push(
        await acquireLease(project.store, `job/${name}`, {
          leaseMs: LEASE_MS,
          signal: project.signal,
          ...options,
        }),
      );
    }
    return await work(AbortSignal.any([project.signal, lost.signal]));
  } finally {
    clearInterval(timer);
    for (const lease of leases) {
      // It runs out by itself; an error that is on its way says more than this one would.
      await lease.release().catch(() => project.log.debug(`${lease.name} could not be given back`));
    }
  }
}

/** A store that cannot be reached for a moment is no lost lease: the next renewal, or the work itself, will tell. */
function keep(lease: Lease, lost: AbortController, project: Pick<Project, "log">): void {
  lease.keepAlive().catch((error: unknown) => {
    if (error instanceof LeaseError) lost.abort(error);
    else project.log.debug(`${lease.name} could not be renewed; trying again`);
  });
}
