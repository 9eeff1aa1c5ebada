import type { Verdict } from "../model/index.js";

/** What one stream's read of one partition amounted to. */
export interface PartitionRead {
  readonly stream: string;
  readonly partition: string;
  readonly verdict: Verdict;
  /** Why it is not complete; names the missing permission where one was denied. */
  readonly reason?: string;
  /** The instant the data speaks of, epoch ms: the start of the read, or what the system says (a report's own time). */
  readonly dataTime: number;
  /** Records by record type (provider's label or edge type). */
  readonly counts: Readonly<Record<string, number>>;
  /** The system's own totals by record type, where it states them. */
  readonly totals?: Readonly<Record<string, number>>;
  /** What was asked for, as tokens: a later read covers an earlier one when it has all of its tokens. */
  readonly scope: readonly string[];
  readonly calls: number;
  readonly errors: number;
  /** Rows that were rejected: where (line number) and why; never their content. The first 100. */
  readonly rejected?: readonly { readonly where: string; readonly reason: string }[];
  readonly rejectedCount?: number;
  /** What people should see and that leaves the verdict alone: unmapped values, by line. The first 100. */
  readonly notes?: readonly string[];
}

/** The immutable record of one read of one source. */
export interface Manifest {
  readonly schemaVersion: 1;
  /** Sorts by time: `<source>-<UTC compact instant>-<6 hex>`. Names the read everywhere. */
  readonly id: string;
  readonly source: string;
  /** The collector's system (`aws-iam`), or `derived`. */
  readonly system: string;
  readonly collectorVersion: string;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly partitions: readonly PartitionRead[];
  /**
   * Optional streams that could not be read. Where they never were, that is no gap, so they are not among `partitions`;
   * what was read of them before is from then on as old as that.
   */
  readonly notRead?: readonly {
    readonly stream: string;
    readonly partition: string;
    readonly reason: string;
  }[];
  /** One file per stream that yielded records. `sha256` is over the uncompressed canonical lines. */
  readonly streams: Readonly<
    Record<
      string,
      { readonly file: string; readonly sha256: string; readonly records: number; readonly bytes: number }
    >
  >;
}
