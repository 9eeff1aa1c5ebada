import type { GraphStore } from "../graph/index.js";
import {
  DERIVED_SOURCE,
  EDGE_TYPES,
  type EdgeType,
  edgeId,
  type NodeRecord,
  parseEdgeId,
} from "../model/index.js";
import { unseenRecords } from "./baseline.js";
import type { DiffOptions } from "./diff.js";
import { HeadReader, recordOf } from "./line.js";
import type { Part } from "./part.js";

/**
 * Keys that were learned anew: a record that a read no longer sees, whose key is an alias of one that it does see,
 * of the same source and label. It is the same thing under another key, and its removal would be a lie. Correlation
 * says it of Persons: their keys are of the HR sources, and two who turn out to be one go on under one key.
 */
export class Rekeys {
  readonly #to = new Map<string, string>();
  readonly #from = new Map<string, string[]>();
  /** How many records of a part's type only changed their key, edges included. */
  readonly counts = new Map<Part, Map<string, number>>();

  get size(): number {
    return this.#to.size;
  }

  add(from: string, to: string): void {
    this.#to.set(from, to);
    this.#from.set(to, [...(this.#from.get(to) ?? []), from]);
  }

  /** The new key of a node, or what the id of an edge would be with the new keys of its ends. */
  newId(id: string): string | undefined {
    if (this.#to.size === 0) return undefined;
    const edge = parseEdgeId(id);
    if (edge === undefined) return this.#to.get(id);
    const from = this.#to.get(edge.from);
    const to = this.#to.get(edge.to);
    if (from === undefined && to === undefined) return undefined;
    return `${edge.type}|${from ?? edge.from}|${to ?? edge.to}|${edge.discriminator}`;
  }

  /** The ids that a record may have had before. */
  oldIds(id: string): readonly string[] {
    if (this.#from.size === 0) return [];
    const edge = parseEdgeId(id);
    if (edge === undefined) return this.#from.get(id) ?? [];
    const starts = [edge.from, ...(this.#from.get(edge.from) ?? [])];
    const ends = [edge.to, ...(this.#from.get(edge.to) ?? [])];
    return starts
      .flatMap((from) => ends.map((to) => `${edge.type}|${from}|${to}|${edge.discriminator}`))
      .filter((old) => old !== id);
  }
}

export function isEdgeType(text: string): text is EdgeType {
  return EDGE_TYPES.some((type) => type === text);
}

/** An edge id in its parts, with the discriminator as the store has it. */
export function edgeParts(
  id: string,
):
  | { readonly type: EdgeType; readonly from: string; readonly to: string; readonly disc: string }
  | undefined {
  const edge = parseEdgeId(id);
  if (edge === undefined || !isEdgeType(edge.type)) return undefined;
  const disc = decodeURIComponent(edge.discriminator);
  if (edgeId(edge.type, edge.from, edge.to, disc) !== id) return undefined;
  return { type: edge.type, from: edge.from, to: edge.to, disc };
}

/** Looks through the snapshot for aliases that are keys of records about to go. Costs nothing where no node goes. */
export async function findRekeys(store: GraphStore, options: DiffOptions): Promise<Rekeys> {
  const rekeys = new Rekeys();
  const losing = options.parts.filter((part) => part.mode === "replace");
  const going = new Map<string, { readonly part: Part; readonly type: string }[]>();
  for (const part of losing) {
    for await (const records of unseenRecords(part)) {
      for (const { id, type } of records) {
        if (!id.includes("|")) going.set(id, [...(going.get(id) ?? []), { part, type }]);
      }
    }
  }
  if (going.size === 0) return rekeys;
  const found = await aliasesAmong(options, new Set(going.keys()));
  if (found.size === 0) return rekeys;
  const labels = await labelsOfKeys(store, [...found.keys()]);
  for (const [key, record] of found) {
    if (labels.get(key) !== record.label || record.key === key) continue;
    rekeys.add(key, record.key);
    for (const { part, type } of going.get(key) ?? []) count(rekeys, part, type);
  }
  if (rekeys.size === 0) return rekeys;
  for (const part of losing) {
    for await (const records of unseenRecords(part)) {
      for (const { id, type } of records) {
        if (id.includes("|") && rekeys.newId(id) !== undefined) count(rekeys, part, type);
      }
    }
  }
  return rekeys;
}

function count(rekeys: Rekeys, part: Part, type: string): void {
  const counts = rekeys.counts.get(part) ?? new Map<string, number>();
  counts.set(type, (counts.get(type) ?? 0) + 1);
  rekeys.counts.set(part, counts);
}

/** Nodes of the snapshot by those of their aliases that are wanted. Only lines that may have one are parsed. */
async function aliasesAmong(
  options: DiffOptions,
  wanted: ReadonlySet<string>,
): Promise<ReadonlyMap<string, NodeRecord>> {
  const { manifest, snapshots } = options;
  const found = new Map<string, NodeRecord>();
  const isCorrelation = manifest.source === DERIVED_SOURCE;
  const quoted = isCorrelation ? '"' : `"${manifest.source}/`;
  for (const stream of Object.keys(manifest.streams)) {
    const reader = new HeadReader();
    for await (const lines of snapshots.lines(manifest.id, stream)) {
      for (const line of lines) {
        const at = line.indexOf(ALIASES);
        if (at < 0) continue;
        const alias = line.indexOf(quoted, at);
        // Keys of a canonical record are in order: aliases first, then key.
        if (alias < 0 || alias > line.indexOf('],"key":"', at)) continue;
        if (isCorrelation && !line.includes('"label":"Person"', at)) continue;
        const head = reader.read(line);
        const part = options.parts.find((p) => p.stream === stream && p.partition === head.partition);
        if (part === undefined || part.mode === "nothing") continue;
        const record = recordOf(line, head);
        if (record.kind !== "node") continue;
        for (const name of record.aliases ?? []) if (wanted.has(name)) found.set(name, record);
      }
      await options.tick(0);
    }
  }
  return found;
}
const ALIASES = '"record":{"aliases":[';

async function labelsOfKeys(
  store: GraphStore,
  keys: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await store.rows(
    "UNWIND $keys AS k MATCH (n:Entity {key: k}) RETURN k AS key, n.label AS label",
    { keys: [...keys] },
  );
  return new Map(rows.map((row) => [String(row.key), String(row.label)]));
}
