import { type LookOptions, SourceRun } from "./collect.js";
import type { Partition, Permission } from "./contract.js";

/** What `doctor` prints of one source. */
export interface AccessReport {
  readonly source: string;
  readonly system: string;
  readonly title: string;
  /** Undefined where it can be opened. */
  readonly problem: string | undefined;
  /** What the configuration leaves unseen though it works. */
  readonly warnings: readonly string[];
  readonly partitions: readonly Partition[];
  /** Least privilege, in the system's own words. */
  readonly permissions: readonly Permission[];
}

/**
 * Opens a source and lists what it could read, without reading it. Throws InputError where its configuration is
 * wrong; a system that does not answer is a `problem`.
 */
export function describeAccess(options: LookOptions): Promise<AccessReport> {
  return options.collector.with(async (collector) => {
    const run = new SourceRun(collector, options);
    const report = {
      source: options.source.name,
      system: collector.system,
      title: collector.title,
      warnings: run.advice(),
      permissions: collector.permissions,
    };
    try {
      const { partitions } = await run.look();
      return { ...report, problem: undefined, partitions };
    } catch (error) {
      return { ...report, problem: run.reasonOf(error), partitions: [] };
    }
  });
}
