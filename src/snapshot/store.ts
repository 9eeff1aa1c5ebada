import type { GraphRecord } from "../model/index.js";
import type { Manifest, PartitionRead } from "./manifest.js";

export interface SnapshotMeta {
  readonly source: string;
  readonly system: string;
  readonly collectorVersion: string;
  /** Epoch ms. */
  readonly startedAt: number;
}

/** Where snapshots live: a folder, or later S3-compatible storage. */
export interface SnapshotStore {
  /** OperationError where nothing can be written. */
  begin(meta: SnapshotMeta): SnapshotWriter;
  /** Manifests, oldest first; of one source where told. InputError names the first that is malformed or edited. */
  list(source?: string): Promise<readonly Manifest[]>;
  /** InputError when it is missing, malformed or edited. */
  manifest(id: string): Promise<Manifest>;
  /**
   * Canonical lines of a stream (src/model `recordLine`), in batches. A stream the snapshot does not hold has none.
   * InputError, naming snapshot and stream, where bytes do not match the manifest: before the last batch is handed
   * over, so that whoever sees all batches has seen what was written.
   */
  lines(id: string, stream: string): AsyncIterable<readonly string[]>;
  /** Checks the hashes of all streams; InputError names the stream. */
  verify(id: string): Promise<Manifest>;
  /** SHA-256 (hex) of the manifest as stored, for the journal. */
  digestOf(id: string): Promise<string>;
}

export interface SnapshotWriter {
  readonly id: string;
  /**
   * Appends a record; concurrent calls are fine. False where the stream and partition already hold this id: the
   * first one wins. OperationError when it cannot be written.
   */
  write(stream: string, partition: string, record: GraphRecord): Promise<boolean>;
  /** How many records of a stream and partition came again with other content. */
  conflicts(stream: string, partition: string): number;
  /** Records by record type written so far to a stream and partition. */
  counts(stream: string, partition: string): Readonly<Record<string, number>>;
  /**
   * Makes the snapshot appear whole and durable, or not at all. The counts are the writer's own; what was written
   * to a partition whose verdict is `failed` is taken out again, so that a failed read asserts nothing.
   */
  finish(
    partitions: readonly PartitionRead[],
    finishedAt: number,
    notRead?: Manifest["notRead"],
  ): Promise<Manifest>;
  /** Leaves nothing behind. Harmless after `finish`. */
  abort(): Promise<void>;
}
