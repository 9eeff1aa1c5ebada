import type { CellValue, GraphStore, Row } from "../../graph/index.js";
import { DERIVED_SOURCE, EDGE_TYPES, type NodeView, parseEdgeId, UNRESOLVED } from "../../model/index.js";

/** A node as findings need it. */
export interface KnownNode extends NodeView {
  /** `source|partition` of who asserts it; without what correlation says. Empty for references. */
  readonly heldBy: readonly string[];
}

/** An edge as findings need it. */
export interface KnownEdge {
  /** As of a node. */
  readonly heldBy: readonly string[];
  /** Ids of the edges that it follows from, where correlation says it. */
  readonly restsOn: readonly string[];
  /** By which rule correlation made it. */
  readonly rule: string | undefined;
}

const BATCH = 2_000;
const BOOKKEEPING = new Set(["key", "label", "provider", "name", "aliases", "assertions", "claims", "disc"]);

export const LOOKUP_QUERIES = {
  nodes: `UNWIND $keys AS k MATCH (n:Entity {key: k})
    RETURN n.key AS key, n.label AS label, n.provider AS provider, n.name AS name,
      n.aliases AS aliases, n.assertions AS assertions, properties(n) AS props`,
  edges: (type: string) => `UNWIND $rows AS row
    MATCH (a:Entity {key: row.from})-[e:${type}]->(b:Entity {key: row.to})
    WHERE coalesce(e.disc, '') = row.disc
    RETURN row.id AS id, e.assertions AS assertions, e.restsOn AS restsOn, e.rule AS rule`,
  edgeProps: (type: string) => `UNWIND $rows AS row
    MATCH (a:Entity {key: row.from})-[e:${type}]->(b:Entity {key: row.to})
    WHERE coalesce(e.disc, '') = row.disc
    RETURN row.id AS id, properties(e) AS props`,
  workers: `UNWIND $keys AS k MATCH (p:Person {key: k})-[:EMPLOYED_AS]->(w:Employment)
    RETURN p.key AS person, w.workerId AS worker`,
  live: `UNWIND $keys AS k MATCH (p:Person {key: k})-[e:EMPLOYED_AS]->(w:Employment)
    WHERE coalesce(e.left, false) = false AND coalesce(e.since, $now) <= $now
      AND coalesce(e.until, $now + 1) > $now
    RETURN DISTINCT p.key AS person`,
} as const;

/** Nodes by key; what the graph does not hold is absent. */
export async function lookUpNodes(
  store: GraphStore,
  keys: Iterable<string>,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, KnownNode>> {
  const found = new Map<string, KnownNode>();
  for (const batch of batches(new Set(keys))) {
    for (const row of await store.rows(LOOKUP_QUERIES.nodes, { keys: batch }, signal)) {
      const node = nodeOf(row);
      found.set(node.key, node);
    }
  }
  return found;
}

/** Edges by id; what the graph does not hold is absent. */
export async function lookUpEdges(
  store: GraphStore,
  ids: Iterable<string>,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, KnownEdge>> {
  const found = new Map<string, KnownEdge>();
  for (const [type, edges] of byType(ids)) {
    for (const rows of batches(edges)) {
      for (const row of await store.rows(LOOKUP_QUERIES.edges(type), { rows }, signal)) {
        found.set(textOf(row.id) ?? "", {
          heldBy: holders(row.assertions),
          restsOn: texts(row.restsOn),
          rule: textOf(row.rule),
        });
      }
    }
  }
  return found;
}

/** What edges say of themselves, by edge id. */
export async function lookUpEdgeProps(
  store: GraphStore,
  ids: Iterable<string>,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, Readonly<Record<string, unknown>>>> {
  const found = new Map<string, Readonly<Record<string, unknown>>>();
  for (const [type, edges] of byType(ids)) {
    for (const rows of batches(edges)) {
      for (const row of await store.rows(LOOKUP_QUERIES.edgeProps(type), { rows }, signal)) {
        found.set(textOf(row.id) ?? "", propsOf(row));
      }
    }
  }
  return found;
}

interface EdgeRow {
  readonly [name: string]: string;
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly disc: string;
}

function byType(ids: Iterable<string>): ReadonlyMap<string, readonly EdgeRow[]> {
  const found = new Map<string, EdgeRow[]>();
  for (const id of new Set(ids)) {
    const edge = parseEdgeId(id);
    if (edge === undefined || !EDGE_TYPES.some((type) => type === edge.type)) continue;
    const rows = found.get(edge.type) ?? [];
    // The store has the discriminator as it is, and ids have it encoded.
    rows.push({ id, from: edge.from, to: edge.to, disc: decodeURIComponent(edge.discriminator) });
    found.set(edge.type, rows);
  }
  return found;
}

/** Worker ids of persons, ordered. */
export async function lookUpWorkers(
  store: GraphStore,
  persons: Iterable<string>,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, Set<string>>();
  for (const keys of batches(new Set(persons))) {
    for (const row of await store.rows(LOOKUP_QUERIES.workers, { keys }, signal)) {
      const person = textOf(row.person);
      const worker = textOf(row.worker);
      if (person === undefined || worker === undefined) continue;
      const workers = found.get(person) ?? new Set();
      found.set(person, workers.add(worker));
    }
  }
  return new Map([...found].map(([person, workers]) => [person, [...workers].sort()]));
}

/** Which of these persons have a live employment at `now` (epoch ms). */
export async function lookUpEmployed(
  store: GraphStore,
  persons: Iterable<string>,
  now: number,
  signal?: AbortSignal,
): Promise<ReadonlySet<string>> {
  const employed = new Set<string>();
  for (const keys of batches(new Set(persons))) {
    for (const row of await store.rows(LOOKUP_QUERIES.live, { keys, now }, signal)) {
      const person = textOf(row.person);
      if (person !== undefined) employed.add(person);
    }
  }
  return employed;
}

/** A node that is only referred to stands for nothing that a source still sees. */
export function isDescribed(node: KnownNode | undefined): node is KnownNode {
  return node !== undefined && node.label !== UNRESOLVED;
}

function nodeOf(row: Row): KnownNode {
  const key = textOf(row.key) ?? "";
  return {
    key,
    label: textOf(row.label) ?? UNRESOLVED,
    provider: textOf(row.provider) ?? null,
    name: textOf(row.name) ?? key,
    aliases: texts(row.aliases),
    props: propsOf(row),
    heldBy: holders(row.assertions),
  };
}

function propsOf(row: Row): Readonly<Record<string, unknown>> {
  const props: Record<string, unknown> = {};
  if (typeof row.props === "object" && row.props !== null && !Array.isArray(row.props)) {
    for (const [name, value] of Object.entries(row.props)) if (!BOOKKEEPING.has(name)) props[name] = value;
  }
  return props;
}

/** `rank|source|stream|partition|hash` each; the hash is `-` where the last complete read no longer saw it. */
function holders(assertions: CellValue | undefined): readonly string[] {
  const held = new Set<string>();
  for (const assertion of texts(assertions)) {
    const [, source, , partition] = assertion.split("|");
    if (source !== undefined && partition !== undefined && source !== DERIVED_SOURCE) {
      held.add(`${source}|${partition}`);
    }
  }
  return [...held].sort();
}

function textOf(value: CellValue | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function texts(value: CellValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === "string") : [];
}

function* batches<T>(items: Iterable<T>): Generator<T[]> {
  let batch: T[] = [];
  for (const item of items) {
    batch.push(item);
    if (batch.length === BATCH) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}
