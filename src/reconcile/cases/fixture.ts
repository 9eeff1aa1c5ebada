import type { GraphStore, ParamValue } from "../../graph/index.js";
import { DERIVED_SOURCE, isRef, parseKey } from "../../model/index.js";
import type { PartitionState, PlannedSource } from "../evaluate/partitions.js";
import { partitionOf } from "./plan.js";
import type { CaseFile, RuleCase } from "./schema.js";

/** The graph of one case, as docs/graph.md lays it out. */
export interface Fixture {
  readonly nodes: readonly FixtureNode[];
  readonly edges: readonly FixtureEdge[];
  /** The reads that the graph is made of: properties of ReadMarkers. */
  readonly markers: readonly Readonly<Record<string, ParamValue>>[];
}
interface FixtureNode {
  readonly key: string;
  readonly labels: readonly string[];
  readonly props: Readonly<Record<string, ParamValue>>;
}
interface FixtureEdge {
  readonly from: string;
  readonly type: string;
  readonly to: string;
  readonly props: Readonly<Record<string, ParamValue>>;
}

const OF_EMPLOYMENT = new Set([
  "end",
  "start",
  "workerId",
  "missing",
  "missingAt",
  "missingRead",
  "roster",
  "status",
  "statusText",
  "conflict",
  "conflictAt",
  "conflictEndsAt",
  "type",
]);
const DERIVED_EDGES = new Set(["EMPLOYED_AS", "HAS_ACCOUNT", "REPORTS_TO", "SAME_AS"]);

/** Makes one case's graph of what all cases of the file share and what is its own, and of what its reads were worth. */
export function fixtureOf(
  file: CaseFile,
  one: RuleCase,
  plan: readonly PlannedSource[],
  states: readonly PartitionState[],
): Fixture {
  const nodes: FixtureNode[] = [];
  const edges: FixtureEdge[] = [];
  const partitions = new Map<string, string>();
  for (const [name, employments] of Object.entries({ ...file.people, ...one.people })) {
    const person = `hr/person/${name}`;
    nodes.push(node(person, ["Person"], { name }, DERIVED_SOURCE, "all"));
    employments.forEach((given, i) => {
      const key = `hr/employment/${name}-${i + 1}`;
      const split = (mine: boolean) =>
        Object.fromEntries(
          Object.entries(given).filter(([property]) => OF_EMPLOYMENT.has(property) === mine),
        );
      const facts = { name, workerId: `${name}-${i + 1}`, ...instants(split(true)) };
      nodes.push(node(key, ["Employment"], facts, "hr", "all"));
      edges.push(edge(person, "EMPLOYED_AS", key, instants(split(false)), DERIVED_SOURCE, "all"));
    });
  }
  for (const { key, label, also, provider, by, partition, ...props } of [...file.nodes, ...one.nodes]) {
    const source = by ?? parseKey(key).source;
    const held = partition ?? partitionOf(source);
    partitions.set(key, held);
    const labels = [label, ...[also, provider].filter((more) => more !== undefined)];
    const own = {
      name: parseKey(key).id,
      ...(provider === undefined ? {} : { provider }),
      ...instants(props),
    };
    nodes.push(node(key, labels, own, label === "Unresolved" ? "" : source, held));
  }
  for (const [from, type, to, ...more] of [...file.edges, ...one.edges]) {
    const teller = isRef(from) ? to : from;
    const source = isDerived(type, from, to) ? DERIVED_SOURCE : parseKey(teller).source;
    const held = source === DERIVED_SOURCE ? "all" : (partitions.get(teller) ?? partitionOf(source));
    edges.push(edge(from, type, to, instants(more[0] ?? {}), source, held));
  }
  return { nodes, edges, markers: markersOf(plan, states) };
}

/** What a source says of a reference it says where the edge ends; of another source's records only correlation speaks. */
function isDerived(type: string, from: string, to: string): boolean {
  if (DERIVED_EDGES.has(type)) return true;
  const crosses = !isRef(from) && parseKey(from).source !== parseKey(to).source;
  return crosses && (type === "CAN_ASSUME" || type === "SIGNS_IN_AS");
}

function markersOf(
  plan: readonly PlannedSource[],
  states: readonly PartitionState[],
): readonly Readonly<Record<string, ParamValue>>[] {
  const types = new Map(plan.map(({ source, type }) => [source, type]));
  return states
    .filter(({ onceRead }) => onceRead)
    .map(({ source, stream, partition, verdict, gap }) => ({
      key: `${source}|${stream}|${partition}`,
      source,
      stream,
      partition,
      system: types.get(source) ?? source,
      verdict,
      state: gap?.endsWith("outOfScope") === true ? "outOfScope" : "applied",
    }));
}

/** Replaces what the store holds by the fixture. */
export async function writeFixture(store: GraphStore, { nodes, edges, markers }: Fixture): Promise<void> {
  await store.write(async (tx) => {
    await tx.run("MATCH (n:Entity) DETACH DELETE n");
    await tx.run("MATCH (n:ReadMarker) DETACH DELETE n");
    if (markers.length > 0)
      await tx.run("UNWIND $rows AS row CREATE (n:ReadMarker) SET n = row.props", {
        rows: markers.map((props) => ({ props })),
      });
    for (const [labels, group] of grouped(nodes, (n) => n.labels.join(":"))) {
      const rows = group.map(({ props }) => ({ props }));
      await tx.run(`UNWIND $rows AS row CREATE (n:Entity:${labels}) SET n = row.props`, { rows });
    }
    for (const [type, group] of grouped(edges, (e) => e.type)) {
      const rows = group.map(({ from, to, props }) => ({ from, to, props }));
      const made = await tx.run(
        `UNWIND $rows AS row MATCH (a:Entity {key: row.from}), (b:Entity {key: row.to})
         CREATE (a)-[e:${type}]->(b) SET e = row.props RETURN count(e) AS n`,
        { rows },
      );
      if (made[0]?.n !== rows.length) throw new Error(`an edge ${type} of the case names an unknown node`);
    }
  });
}

function node(
  key: string,
  labels: readonly string[],
  props: Readonly<Record<string, ParamValue>>,
  source: string,
  partition: string,
): FixtureNode {
  const assertions = source === "" ? [] : [`0|${source}|things|${partition}|0`];
  return {
    key,
    labels,
    props: { key, label: labels[0] ?? "", ...(assertions.length > 0 ? { assertions } : {}), ...props },
  };
}

function edge(
  from: string,
  type: string,
  to: string,
  props: Readonly<Record<string, ParamValue>>,
  source: string,
  partition: string,
): FixtureEdge {
  return { from, type, to, props: { disc: "", assertions: [`0|${source}|things|${partition}|0`], ...props } };
}

/** Instants are written as ISO text in cases and stored as epoch ms; dates stay dates. */
function instants(props: Readonly<Record<string, ParamValue>>): Readonly<Record<string, ParamValue>> {
  return Object.fromEntries(
    Object.entries(props).map(([name, value]) => {
      const is = /(At|^since|^until)$/.test(name) && typeof value === "string";
      return [name, is ? Date.parse(value) : value];
    }),
  );
}

function grouped<T>(items: readonly T[], by: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(by(item));
    if (group === undefined) groups.set(by(item), [item]);
    else group.push(item);
  }
  return groups;
}
