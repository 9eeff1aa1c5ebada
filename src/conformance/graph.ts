import type { GraphStore } from "../graph/index.js";
import { UNRESOLVED } from "../model/index.js";

export interface PicturedEntity {
  readonly unresolved: boolean;
  readonly status: string | undefined;
  /** All of it, canonical. */
  readonly text: string;
}

/** What the access graph holds: everything but what keeps books of reads. */
export interface GraphPicture {
  /** Entities by key, those that nobody describes among them. */
  readonly entities: ReadonlyMap<string, PicturedEntity>;
  /** Edges, by type, ends and discriminator. */
  readonly edges: ReadonlyMap<string, string>;
  readonly changes: number;
}

export async function pictureOf(store: GraphStore): Promise<GraphPicture> {
  const entities = new Map<string, PicturedEntity>();
  for (const row of await store.rows(
    "MATCH (n:Entity) RETURN n.key AS key, n.status AS status, labels(n) AS labels, properties(n) AS props",
  )) {
    const unresolved = Array.isArray(row.labels) && row.labels.includes(UNRESOLVED);
    const status = typeof row.status === "string" ? row.status : undefined;
    entities.set(String(row.key), { unresolved, status, text: canonical(row) });
  }
  const edges = new Map<string, string>();
  for (const row of await store.rows(
    `MATCH (a:Entity)-[e]->(b:Entity)
     RETURN a.key AS start, type(e) AS type, b.key AS target, e.disc AS disc, properties(e) AS props`,
  )) {
    edges.set([row.type, row.start, row.target, row.disc ?? ""].map(String).join("|"), canonical(row));
  }
  const [count] = await store.rows("MATCH (c:Change) RETURN count(c) AS changes");
  return { entities, edges, changes: Number(count?.changes ?? 0) };
}

const OFF: ReadonlySet<string> = new Set(["disabled", "deleted", "inactive"]);

/** What `before` held and `after` lacks, or no longer describes. */
export function lostBetween(before: GraphPicture, after: GraphPicture): readonly string[] {
  const lost = [...before.entities].flatMap(([key, { unresolved }]) => {
    const now = after.entities.get(key);
    if (now === undefined) return [key];
    return now.unresolved && !unresolved ? [`${key} (nobody describes it any more)`] : [];
  });
  return [...lost, ...[...before.edges.keys()].filter((id) => !after.edges.has(id))];
}

/** What was there before and now counts as turned off, which would prove a finding removed. */
export function turnedOffBetween(before: GraphPicture, after: GraphPicture): readonly string[] {
  return [...before.entities].flatMap(([key, { status }]) => {
    const now = after.entities.get(key)?.status;
    return now !== status && now !== undefined && OFF.has(now) ? [`${key} is ${now}`] : [];
  });
}

/** What differs between two pictures, in words; nothing where they are the same. */
export function differences(before: GraphPicture, after: GraphPicture): readonly string[] {
  const found: string[] = [];
  const compare = (a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>) => {
    for (const [id, text] of a) {
      const now = b.get(id);
      if (now === undefined) found.push(`${id} is gone`);
      else if (now !== text) found.push(`${id} was ${text} and is ${now}`);
    }
    for (const id of b.keys()) if (!a.has(id)) found.push(`${id} is new`);
  };
  const texts = (picture: GraphPicture) =>
    new Map([...picture.entities].map(([key, { text }]) => [key, text] as const));
  compare(texts(before), texts(after));
  compare(before.edges, after.edges);
  return found;
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
