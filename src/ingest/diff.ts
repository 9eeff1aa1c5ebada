import { hash } from "node:crypto";
import type { GraphRecord } from "../model/index.js";
import { InputError } from "../model/index.js";
import type { Manifest, SnapshotStore } from "../snapshot/index.js";
import { nextBaseline } from "./baseline.js";
import { idDigest } from "./key-table.js";
import { HeadReader, type LineHead, recordOf } from "./line.js";
import type { Part } from "./part.js";

const SKIP = 0;
const NODE = 1;
const EDGE = 2;

/** Which lines of a stream must be written, by their place: two bits would do, a byte is simple. */
class LineFlags {
  #bytes = new Uint8Array(1 << 12);
  #length = 0;
  readonly #counts = [0, 0, 0];

  push(flag: number): void {
    this.#counts[flag] = this.count(flag) + 1;
    if (this.#length === this.#bytes.length) {
      const more = new Uint8Array(this.#length * 2);
      more.set(this.#bytes);
      this.#bytes = more;
    }
    this.#bytes[this.#length++] = flag;
  }

  /** How many lines have it. */
  count(flag: number): number {
    return this.#counts[flag] ?? 0;
  }

  at(line: number): number {
    return this.#bytes[line] ?? SKIP;
  }
}

/** What comparing a snapshot with the baselines found. */
export interface Difference {
  /** In the order in which they are applied: by rank. */
  readonly streams: readonly { readonly stream: string; readonly flags: LineFlags }[];
  /** Records of employments that the graph knows otherwise. */
  readonly employments: readonly { readonly part: Part; readonly record: GraphRecord }[];
}

/** A record to be written. */
export interface Upsert {
  readonly part: Part;
  readonly id: string;
  readonly hash: string;
  readonly record: GraphRecord;
}

export interface DiffOptions {
  readonly snapshots: SnapshotStore;
  readonly manifest: Manifest;
  readonly parts: readonly Part[];
  /** Called between batches: renews the lease, reports progress, throws when cancelled. */
  readonly tick: (lines: number) => Promise<void>;
}

/**
 * Compares every line with its part's baseline, without parsing lines that are known. All lines are read, and
 * their hash is checked by the snapshot store, before anything is written to the graph.
 */
export async function diffSnapshot(options: DiffOptions): Promise<Difference> {
  const { snapshots, manifest, parts } = options;
  const employments: { part: Part; record: GraphRecord }[] = [];
  const streams: { stream: string; flags: LineFlags }[] = [];
  for (const stream of orderedStreams(manifest, parts)) {
    const flags = new LineFlags();
    const reader = new HeadReader();
    const lookup = new PartLookup(parts, stream, manifest.id);
    for await (const lines of snapshots.lines(manifest.id, stream)) {
      for (const line of lines) {
        const head = reader.read(line);
        const part = lookup.get(head.partition);
        const flag = part.mode === "nothing" ? SKIP : compare(part, line, head);
        flags.push(flag);
        if (flag === NODE && line.includes('"label":"Employment"', head.at) && isKnown(part, head.id)) {
          employments.push({ part, record: recordOf(line, head) });
        }
      }
      await options.tick(lines.length);
    }
    streams.push({ stream, flags });
  }
  return { streams, employments };
}

function compare(part: Part, line: string, head: LineHead): number {
  // The first half of the line's SHA-256, as `recordHash` of src/model gives it in hex.
  const recordHash = hash("sha256", line, "binary");
  const same = part.table.findUnchanged(recordHash);
  if (same >= 0) {
    part.table.markSeen(same);
    part.unchanged += 1;
    return SKIP;
  }
  const entry = part.table.size === 0 ? -1 : part.table.find(idDigest(head.id));
  if (entry >= 0) {
    part.table.markSeen(entry);
    part.table.update(entry, Buffer.from(recordHash, "binary"), head.type);
    part.changed += 1;
  } else {
    part.added += 1;
  }
  return head.id.includes("|") ? EDGE : NODE;
}

function isKnown(part: Part, id: string): boolean {
  return part.table.find(idDigest(id)) >= 0;
}

/** The records that must be written, in batches: of one kind, streams by rank, lines in their order. */
export async function* upserts(
  options: DiffOptions,
  difference: Difference,
  kind: "node" | "edge",
  batchSize: number,
): AsyncGenerator<readonly Upsert[]> {
  const wanted = kind === "node" ? NODE : EDGE;
  for (const { stream, flags } of difference.streams) {
    let batch: Upsert[] = [];
    for await (const upsert of flagged(options, stream, flags, wanted)) {
      batch.push(upsert);
      if (batch.length < batchSize) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0) yield batch;
  }
}

/** The flagged records of a stream. It reads no further than the last of them. */
async function* flagged(
  options: DiffOptions,
  stream: string,
  flags: LineFlags,
  wanted: number,
): AsyncGenerator<Upsert> {
  const { snapshots, manifest, parts } = options;
  const reader = new HeadReader();
  const lookup = new PartLookup(parts, stream, manifest.id);
  let left = flags.count(wanted);
  let at = 0;
  if (left === 0) return;
  for await (const lines of snapshots.lines(manifest.id, stream)) {
    for (const line of lines) {
      if (flags.at(at++) !== wanted) continue;
      left -= 1;
      const head = reader.read(line);
      const part = lookup.get(head.partition);
      if (part.mode === "nothing") continue;
      const recordHash = hash("sha256", line, "buffer");
      noteNew(part, head, recordHash);
      const record = recordOf(line, head);
      yield { part, id: head.id, hash: recordHash.toString("hex", 0, 16), record };
    }
    if (left === 0) return;
    await options.tick(0);
  }
}

/** New records enter the next baseline when they are written; all others are in the last one. */
function noteNew(part: Part, head: LineHead, recordHash: Buffer): void {
  const id = idDigest(head.id);
  if (part.table.find(id) >= 0) return;
  nextBaseline(part).add(Buffer.from(head.id, "utf8"), id, head.type, recordHash);
}

function orderedStreams(manifest: Manifest, parts: readonly Part[]): readonly string[] {
  const rank = (stream: string) => parts.find((part) => part.stream === stream)?.rank ?? 0;
  return Object.keys(manifest.streams).sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

class PartLookup {
  readonly #parts: ReadonlyMap<string, Part>;
  readonly #where: string;
  #last: Part | undefined;

  constructor(parts: readonly Part[], stream: string, snapshot: string) {
    this.#parts = new Map(
      parts.filter((part) => part.stream === stream).map((part) => [part.partition, part]),
    );
    this.#where = `${snapshot}, stream ${stream}`;
  }

  get(partition: string): Part {
    if (this.#last?.partition === partition) return this.#last;
    const part = this.#parts.get(partition);
    if (part === undefined) {
      throw new InputError({
        what: `The snapshot ${this.#where} holds a record of ${JSON.stringify(partition)}, which its manifest does not name.`,
        means: "The snapshot was not applied.",
        fix: "Collect again.",
      });
    }
    this.#last = part;
    return part;
  }
}
