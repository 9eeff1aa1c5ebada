import type { CellValue, GraphStore, Row } from "../graph/index.js";
import { readMarkers } from "../ingest/index.js";
import { parseEdgeId } from "../model/index.js";
import { type Flat, type Past, type PastChange, pastOf } from "./past.js";
import { REACH_TYPES } from "./types.js";

/** Records whose past decides what somebody could reach. */
const LABELS = [...REACH_TYPES, "HAS_ACCOUNT", "Entitlement", "NonHumanIdentity"];

/** The Changes after an instant, also for the differential test over all reads. */
export const CHANGES_QUERY =
  "MATCH (c:Change) WHERE c.readAt > $at AND c.label IN $labels RETURN c.kind AS kind, c.record AS record, c.label AS label, c.source AS source, c.stream AS stream, c.partition AS partition, c.previousReadAt AS previousReadAt, c.readAt AS readAt, c.before AS before, c.after AS after, c.to AS renamed";

/** What reads after an instant tell about that instant: Changes by record, and since when each read is known. */
export class PastReads {
  readonly at: number;
  readonly #changes = new Map<string, PastChange[]>();
  /** Edges that are no longer, or have changed, by where they begin. */
  readonly #byFrom = new Map<string, Set<string>>();
  readonly #goneIdentities = new Set<string>();
  readonly #knownSince = new Map<string, number>();

  private constructor(at: number) {
    this.at = at;
  }

  static async load(store: GraphStore, at: number, signal?: AbortSignal): Promise<PastReads> {
    const reads = new PastReads(at);
    for (const marker of await readMarkers(store))
      if (marker.firstReadAt !== null)
        reads.#knownSince.set(`${marker.source}|${marker.stream}|${marker.partition}`, marker.firstReadAt);
    const options = { params: { at, labels: LABELS }, ...(signal === undefined ? {} : { signal }) };
    for await (const rows of store.read(CHANGES_QUERY, options)) for (const row of rows) reads.#note(row);
    return reads;
  }

  #note(row: Row): void {
    const { kind, record, label, readAt } = row;
    if (typeof kind !== "string" || typeof record !== "string" || typeof readAt !== "number") return;
    const change: PastChange = {
      kind,
      record,
      reads: [row.source, row.stream, row.partition].map(String).join("|"),
      previousReadAt: typeof row.previousReadAt === "number" ? row.previousReadAt : undefined,
      readAt,
      before: flat(row.before),
      after: flat(row.after),
      to: typeof row.renamed === "string" ? row.renamed : undefined,
    };
    this.#add(record, change);
    // Under its new id it only stands since then: before, it stood under the old one.
    if (change.to !== undefined)
      this.#add(change.to, { ...change, kind: "added", record: change.to, before: undefined, to: undefined });
    if (label === "NonHumanIdentity" && change.before !== undefined) this.#goneIdentities.add(record);
    const from = parseEdgeId(record)?.from;
    if (from === undefined) return;
    const edges = this.#byFrom.get(from);
    if (edges === undefined) this.#byFrom.set(from, new Set([record]));
    else edges.add(record);
  }

  #add(record: string, change: PastChange): void {
    const list = this.#changes.get(record);
    if (list === undefined) this.#changes.set(record, [change]);
    else list.push(change);
  }

  /** How a record stood then. `assertions` are those of what is there now, as docs/graph.md has them. */
  past(record: string, current: Flat | undefined, assertions: readonly string[]): Past {
    const later = this.#changes.get(record) ?? [];
    const reads = [...assertions.map(readsOf), ...later.map((change) => change.reads)];
    const since = reads.flatMap((one) => this.#knownSince.get(one) ?? []);
    const knownSince = since.length === 0 ? undefined : Math.min(...since);
    return pastOf(current, later, this.at, knownSince);
  }

  /** Ids of edges of a type that begin at a node and have changed since: some may be gone. */
  changedEdges(from: string, type: string): readonly string[] {
    return [...(this.#byFrom.get(from) ?? [])].filter((id) => id.startsWith(`${type}|`));
  }

  /** Changed records that are entitlements or other nodes: their keys. */
  hasChanged(record: string): boolean {
    return this.#changes.has(record);
  }

  wasIdentity(key: string): boolean {
    return this.#goneIdentities.has(key);
  }
}

/** `source|stream|partition` of an assertion `rank|source|stream|partition|hash`. */
function readsOf(assertion: string): string {
  return assertion.split("|").slice(1, 4).join("|");
}

export function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function flat(text: CellValue | undefined): Flat | undefined {
  if (typeof text !== "string") return undefined;
  const value: unknown = JSON.parse(text);
  return typeof value === "object" && value !== null ? { ...value } : undefined;
}
