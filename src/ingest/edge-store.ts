import type { Row, WriteTransaction } from "../graph/index.js";
import { type EdgeType, edgeId, type PropValue } from "../model/index.js";
import { mapOf, textOf } from "./baseline.js";
import type { ApplyTransaction } from "./invariants/index.js";
import { type Entries, parseEdge } from "./merge.js";

/** Where an edge runs; `disc` as the store has it. */
export interface EdgeEnds {
  readonly type: EdgeType;
  readonly from: string;
  readonly to: string;
  readonly disc: string;
}

export interface EdgePlan extends EdgeEnds {
  readonly isNew: boolean;
  readonly props: Readonly<Record<string, PropValue>>;
}

type Side = "from" | "to";
/**
 * Finds the edge of a row from one of its ends. Both engines must start there, because the other end may be a hub:
 * the aggregation is a barrier that Neo4j's planner does not look through (it would seek both ends and then expand
 * whichever it likes, or scan all edges of the type), and `coalesce` keeps it from seeking the other end.
 */
const MATCH: Readonly<Record<Side, (type: EdgeType) => string>> = {
  from: (type) => `MATCH (a:Entity {key: row.start}) WITH row, head(collect(a)) AS a
    MATCH (a)-[e:${type}]->(b:Entity) WHERE coalesce(b.key, '') = row.target AND e.disc = row.disc`,
  to: (type) => `MATCH (b:Entity {key: row.target}) WITH row, head(collect(b)) AS b
    MATCH (b)<-[e:${type}]-(a:Entity) WHERE coalesce(a.key, '') = row.start AND e.disc = row.disc`,
};

export function idOf(edge: EdgeEnds): string {
  return edgeId(edge.type, edge.from, edge.to, edge.disc);
}

/** The edges that exist among these, with what asserts them. */
export async function edgesIn(
  tx: WriteTransaction,
  edges: readonly EdgeEnds[],
): Promise<ReadonlyMap<string, Entries>> {
  const found = new Map<string, Entries>();
  for (const { type, side, group } of statements(edges)) {
    const rows = await tx.run(
      `UNWIND $rows AS row ${MATCH[side](type)}
       RETURN row.start AS start, row.target AS target, row.disc AS disc, properties(e) AS props`,
      { rows: group.map(rowOf) },
    );
    for (const row of rows) {
      found.set(idOfRow(type, row), parseEdge(type, mapOf(row.props)));
    }
  }
  return found;
}

/** Creates and updates edges whose ends exist. */
export async function writeEdges(tx: ApplyTransaction, plans: readonly EdgePlan[]): Promise<void> {
  for (const plan of plans) tx.touched.edge(plan);
  const withProps = (plan: EdgePlan) => ({ ...rowOf(plan), props: { ...plan.props } });
  for (const { type, group } of statements(plans.filter((plan) => plan.isNew))) {
    await tx.run(
      `UNWIND $rows AS row MATCH (a:Entity {key: row.start}), (b:Entity {key: row.target})
       CREATE (a)-[e:${type}]->(b) SET e = row.props`,
      { rows: group.map(withProps) },
    );
  }
  for (const { type, side, group } of statements(plans.filter((plan) => !plan.isNew))) {
    await tx.run(`UNWIND $rows AS row ${MATCH[side](type)} SET e = row.props`, {
      rows: group.map(withProps),
    });
  }
}

export async function deleteEdges(tx: ApplyTransaction, edges: readonly EdgeEnds[]): Promise<void> {
  for (const edge of edges) tx.touched.edgeGone(edge);
  for (const { type, side, group } of statements(edges)) {
    await tx.run(`UNWIND $rows AS row ${MATCH[side](type)} DELETE e`, {
      rows: group.map(rowOf),
    });
  }
}

function rowOf(edge: EdgeEnds): { start: string; target: string; disc: string } {
  return { start: edge.from, target: edge.to, disc: edge.disc };
}

function idOfRow(type: EdgeType, row: Row): string {
  return edgeId(type, textOf(row, "start"), textOf(row, "target"), textOf(row, "disc"));
}

/**
 * Groups edges into statements: by type, and by the end from which the store should look for them. A hub has as
 * many edges as a batch has rows, and the embedded engine walks all edges of the end it starts from, so it starts
 * from the end that fewer rows share.
 */
function* statements<T extends EdgeEnds>(
  edges: readonly T[],
): Generator<{ readonly type: EdgeType; readonly side: Side; readonly group: readonly T[] }> {
  const shared = new Map<string, number>();
  const use = (key: string) => shared.set(key, (shared.get(key) ?? 0) + 1);
  for (const edge of edges) {
    use(`${edge.type}>${edge.from}`);
    use(`${edge.type}<${edge.to}`);
  }
  const groups = new Map<string, { type: EdgeType; side: Side; group: T[] }>();
  for (const edge of edges) {
    const { type } = edge;
    const froms = shared.get(`${type}>${edge.from}`) ?? 0;
    const tos = shared.get(`${type}<${edge.to}`) ?? 0;
    const side: Side = froms <= tos ? "from" : "to";
    const group = groups.get(`${type} ${side}`);
    if (group === undefined) groups.set(`${type} ${side}`, { type, side, group: [edge] });
    else group.group.push(edge);
  }
  yield* groups.values();
}
