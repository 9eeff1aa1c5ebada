import { rmSync } from "node:fs";
import type { CellValue, GraphStore, Row } from "../graph/index.js";
import { EDGE_TYPES, edgeId } from "../model/index.js";
import { type Assertion, assertionId, LOST } from "./assertion.js";
import { type BaselineEntry, BaselineSum, BaselineWriter, readBaseline } from "./baseline-file.js";
import { isMap, typeOf } from "./content.js";
import { idDigest, KeyTable } from "./key-table.js";
import { type Entries, parseEdge, parseNode } from "./merge.js";
import type { Part } from "./part.js";

/**
 * Fills the tables of parts with what the graph holds of them: from the local file where it is the one the marker
 * names and no apply is under way, else from the graph itself.
 */
export async function loadBaselines(
  store: GraphStore,
  source: string,
  parts: readonly Part[],
): Promise<void> {
  const unknown: Part[] = [];
  for (const part of parts) {
    const { marker } = part;
    if (part.mode === "nothing" || marker === undefined) continue;
    if (marker.intent === null && marker.firstRead === null) continue;
    part.reranks = marker.rank !== part.rank;
    if (marker.intent === null && (await loadFile(part, marker.baseline))) continue;
    unknown.push(part);
  }
  if (unknown.length > 0) await rereadGraph(store, source, unknown);
}

async function loadFile(part: Part, id: string | null): Promise<boolean> {
  if (id === null) return false;
  const counts = Object.values(part.marker?.counts ?? {});
  const table = new KeyTable(counts.reduce((sum, count) => sum + count, 0));
  const sum = new BaselineSum();
  for await (const entries of readBaseline(part.baselinePath)) {
    for (const entry of entries) {
      table.add(entry.digest, entry.hash, entry.type);
      sum.add(entry.digest, entry.hash, entry.type);
    }
  }
  if (sum.id() !== id) return false;
  part.table = table;
  part.known = part.baselinePath;
  return true;
}

/** Reads keys, types and hashes of some parts of a source from the assertions in the graph: one pass for all. */
async function rereadGraph(store: GraphStore, source: string, parts: readonly Part[]): Promise<void> {
  const byId = new Map<string, Reread>();
  try {
    for (const part of parts) byId.set(part.id, new Reread(part));
    for (const records of [assertedNodes(store, source), assertedEdges(store, source)]) {
      for await (const { id, entries } of records) {
        for (const { assertion, content } of entries) {
          byId.get(assertionId(assertion))?.add(id, typeOf(content), assertion);
        }
      }
    }
    for (const reread of byId.values()) reread.finish();
  } catch (error) {
    for (const reread of byId.values()) reread.discard();
    throw error;
  }
}

/** A record of the graph with what asserts it. */
export interface AssertedRecord {
  readonly id: string;
  readonly entries: Entries;
}

/** All nodes of the graph that a source asserts something of. */
export async function* assertedNodes(store: GraphStore, source: string): AsyncGenerator<AssertedRecord> {
  const params = { mark: `|${source}|` };
  const nodes = `MATCH (n:Entity) WHERE any(a IN n.assertions WHERE a CONTAINS $mark)
    RETURN n.key AS key, properties(n) AS props`;
  for await (const rows of store.read(nodes, { params })) {
    for (const row of rows) {
      const key = textOf(row, "key");
      yield { id: key, entries: parseNode(key, mapOf(row.props)).entries };
    }
  }
}

/** All edges of the graph that a source asserts something of. */
export async function* assertedEdges(store: GraphStore, source: string): AsyncGenerator<AssertedRecord> {
  const params = { mark: `|${source}|` };
  for (const type of EDGE_TYPES) {
    const edges = `MATCH (a:Entity)-[e:${type}]->(b:Entity) WHERE any(x IN e.assertions WHERE x CONTAINS $mark)
      RETURN a.key AS start, b.key AS target, e.disc AS disc, properties(e) AS props`;
    for await (const rows of store.read(edges, { params })) {
      for (const row of rows) {
        const id = edgeId(type, textOf(row, "start"), textOf(row, "target"), textOf(row, "disc"));
        yield { id, entries: parseEdge(type, mapOf(row.props)) };
      }
    }
  }
}

export function textOf(row: Row, name: string): string {
  const value = row[name];
  return typeof value === "string" ? value : "";
}

export function mapOf(value: CellValue | undefined): Readonly<Record<string, unknown>> {
  return isMap(value) ? value : {};
}

/** The table and the file of one part, made from the graph. The file lives as long as the ingest. */
class Reread {
  readonly #part: Part;
  readonly #table = new KeyTable();
  readonly #path: string;
  readonly #writer: BaselineWriter;

  constructor(part: Part) {
    this.#part = part;
    this.#path = `${part.baselinePath}.graph`;
    this.#writer = new BaselineWriter(this.#path);
  }

  add(id: string, type: string, { hash, rank }: Assertion): void {
    const digest = idDigest(id);
    const bytes = hash === LOST ? undefined : Buffer.from(hash, "hex");
    // A crash may have left ranks of two versions.
    if (rank !== this.#part.rank) this.#part.reranks = true;
    this.#table.add(digest, bytes, type);
    this.#writer.add(Buffer.from(id, "utf8"), digest, type, bytes);
  }

  finish(): void {
    this.#writer.finish();
    this.#writer.publish();
    this.#part.table = this.#table;
    this.#part.known = this.#path;
  }

  discard(): void {
    this.#writer.discard();
  }
}

/** Removes what an ingest needed beside the baselines themselves. */
export function discardWorking(parts: readonly Part[]): void {
  for (const part of parts) {
    part.next?.discard();
    part.next = undefined;
    if (part.known !== undefined && part.known !== part.baselinePath) rmSync(part.known, { force: true });
  }
}

/** A record that the baseline holds. */
export interface KnownRecord {
  readonly id: string;
  readonly type: string;
}

/** Live records that the baseline holds and the read did not see, in batches. */
export function unseenRecords(part: Part): AsyncGenerator<readonly KnownRecord[]> {
  return knownRecords(part, (entry) => part.table.isUnseen(part.table.find(entry.digest)));
}

/** All records that the baseline holds, lost ones included, or some of them, in batches. */
export async function* knownRecords(
  part: Part,
  isWanted: (entry: BaselineEntry) => boolean = () => true,
): AsyncGenerator<readonly KnownRecord[]> {
  if (part.known === undefined) return;
  for await (const entries of readBaseline(part.known)) {
    const records: KnownRecord[] = [];
    for (const entry of entries) {
      if (isWanted(entry)) records.push({ id: entry.id.toString("utf8"), type: entry.type });
    }
    if (records.length > 0) yield records;
  }
}

/**
 * Makes the next baseline of a part whose read was applied, out of the last one: what the read saw, as it is now,
 * and what it did not see but must be kept: everything where it only overlays, else what is kept as lost. The
 * records that are new were added to `next` when they were written. Returns what the baseline is; a part that did
 * not change keeps the one it has.
 */
export async function finishBaseline(
  part: Part,
  lost: ReadonlySet<string>,
): Promise<{ readonly id: string; readonly counts: ReadonlyMap<string, number> }> {
  const { table, marker } = part;
  if (part.next === undefined && part.known === part.baselinePath && marker?.baseline != null) {
    return { id: marker.baseline, counts: table.countByType("all") };
  }
  const next = nextBaseline(part);
  if (part.known !== undefined) {
    for await (const entries of readBaseline(part.known)) {
      for (const { id, digest, type, hash } of entries) {
        const entry = table.find(digest);
        if (table.isSeen(entry)) {
          const now = table.at(entry);
          next.add(id, digest, now.type, now.hash);
        } else if (part.mode === "overlay" || table.isLost(entry)) {
          next.add(id, digest, type, hash);
        } else if (lost.has(id.toString("utf8"))) {
          next.add(id, digest, type, undefined);
        }
      }
    }
  }
  return next.finish();
}

/** The next baseline of a part, begun when it is first needed. */
export function nextBaseline(part: Part): BaselineWriter {
  part.next ??= new BaselineWriter(part.baselinePath);
  return part.next;
}
