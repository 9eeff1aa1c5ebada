import type { Params } from "../../graph/index.js";
import { DERIVED_SOURCE, EDGE_TYPES, UNRESOLVED } from "../../model/index.js";
import { DERIVED_RANK } from "../assertion.js";
import { allowedLabels, type Side, type Touched } from "./touched.js";
import type { InvariantId } from "./violation.js";

/** What an invariant must know besides the graph. */
export interface Scope {
  /** Provider labels whose ids name one thing wherever they are read. */
  readonly globalIds: ReadonlySet<string>;
  /** Sources that the graph knows, by the system they read. */
  readonly systems: ReadonlyMap<string, readonly string[]>;
}

export interface Statement {
  readonly cypher: string;
  readonly params?: Params;
}

/** What holds in the graph between two applies: a number, what it means, and how to find what violates it. */
export interface Invariant {
  readonly id: InvariantId;
  readonly holds: string;
  /** Asserted records are nodes or edges: correlation's remarks on a node are not whose read is at fault. */
  readonly of: "node" | "edge";
  /**
   * Whether anything that was written may violate it: a row where it may. They look keys up in batches, and may say yes
   * too often.
   */
  readonly touched: (touched: Touched, scope: Scope) => Iterable<Statement>;
  /** All that violates it: the text up to a `WITH record, held`, the record as a sample shows it and what asserts it. */
  readonly everything: (scope: Scope) => Iterable<Statement>;
}

/** Keys in one statement. */
const BATCH = 2_000;

/** One statement a batch, over `row` or its key `k`. */
function* inBatches<T extends Params | string>(
  rows: Iterable<T>,
  cypher: string,
  params: Params = {},
): Generator<Statement> {
  const all = [...rows];
  for (let at = 0; at < all.length; at += BATCH) {
    yield { cypher, params: { ...params, rows: all.slice(at, at + BATCH) } };
  }
}

const NODES = "UNWIND $rows AS k MATCH (n:Entity {key: k})";
const FOUND = "RETURN k AS key LIMIT 1";
const NODE_HELD = "WITH n.key AS record, n.assertions AS held";
const EDGE = "a.key + ' -' + type(e) + '-> ' + b.key AS record";

const unasserted = (v: string) => `size(coalesce(${v}.assertions, [])) = 0`;
/** Neither described by anything nor known by reference only. */
const isNothing = (v: string) => `(NOT ${v}:${UNRESOLVED} AND ${unasserted(v)})`;
/** A source describes it: remarks of correlation alone describe nothing. */
const isDescribed = (v: string) =>
  `any(x IN coalesce(${v}.assertions, []) WHERE NOT x STARTS WITH '${DERIVED_RANK}|${DERIVED_SOURCE}|')`;

const NO_RESOURCE = `${isDescribed("n")} AND NOT EXISTS { MATCH (n)-[:ON]->(r:Entity) }`;
const NO_HOLDER = `${isDescribed("n")} AND NOT EXISTS { MATCH (n)<-[:HAS_CREDENTIAL]-(h:Entity) }`;
const DANGLING = `${unasserted("e")} OR ${isNothing("a")} OR ${isNothing("b")}`;

const hasOne = (v: string, labels: readonly string[]) =>
  `(${labels.map((label) => `${v}:${label}`).join(" OR ")})`;
/** A CASE, because Neo4j multiplies a long OR of ANDs out before it plans, and the embedded engine works out all of it. */
const MISJOINED = `NOT (CASE type(e) ${EDGE_TYPES.map((type) => {
  const [from, to] = [hasOne("a", allowedLabels(type, "from")), hasOne("b", allowedLabels(type, "to"))];
  return `WHEN '${type}' THEN ${from} AND ${to}`;
}).join(" ")} ELSE false END)`;

const SIDES: readonly Side[] = ["from", "to"];

export const INVARIANTS: readonly Invariant[] = [
  {
    id: "INV-1",
    holds: "Every edge is asserted, and each of its ends is described or Unresolved.",
    of: "edge",
    touched: ({ nodes }) => inBatches(nodes, `${NODES} WHERE ${isNothing("n")} ${FOUND}`),
    everything: () => [
      {
        cypher: `MATCH (a:Entity)-[e]->(b:Entity) WHERE ${DANGLING}
          WITH ${EDGE}, CASE WHEN NOT ${unasserted("e")} THEN e.assertions WHEN NOT ${unasserted("a")} THEN a.assertions
            ELSE coalesce(b.assertions, []) END AS held`,
      },
    ],
  },
  {
    id: "INV-2",
    holds: "Every entitlement that a source describes is ON a resource.",
    of: "node",
    touched: ({ entitlements }) =>
      inBatches(entitlements, `${NODES} WHERE n:Entitlement AND ${NO_RESOURCE} ${FOUND}`),
    everything: () => [{ cypher: `MATCH (n:Entitlement) WHERE ${NO_RESOURCE} ${NODE_HELD}` }],
  },
  {
    id: "INV-3",
    holds: "Every credential that a source describes has a holder.",
    of: "node",
    touched: ({ credentials }) =>
      inBatches(credentials, `${NODES} WHERE n:Credential AND ${NO_HOLDER} ${FOUND}`),
    everything: () => [{ cypher: `MATCH (n:Credential) WHERE ${NO_HOLDER} ${NODE_HELD}` }],
  },
  {
    id: "INV-4",
    holds: "Every edge joins what its type may join.",
    of: "edge",
    *touched({ ends, relabelled }) {
      for (const [type, keys] of ends) {
        for (const side of SIDES) {
          const allowed = [...allowedLabels(type, side)];
          yield* inBatches(
            keys[side],
            `${NODES} WHERE NOT any(l IN labels(n) WHERE l IN $allowed) ${FOUND}`,
            { allowed },
          );
        }
      }
      for (const side of SIDES) {
        const rows = [...relabelled.values()].map((node) => ({ key: node.key, types: [...node[side]] }));
        const pattern = side === "from" ? "(n)-[e]->(x:Entity)" : "(n)<-[e]-(x:Entity)";
        yield* inBatches(
          rows,
          `UNWIND $rows AS row MATCH (n:Entity {key: row.key}) MATCH ${pattern} WHERE type(e) IN row.types
           RETURN row.key AS key LIMIT 1`,
        );
      }
    },
    everything: () => [
      { cypher: `MATCH (a:Entity)-[e]->(b:Entity) WHERE ${MISJOINED} WITH ${EDGE}, e.assertions AS held` },
    ],
  },
  {
    id: "INV-5",
    holds: "What has an id that is unique in the world is described by one source.",
    of: "node",
    touched: ({ global }, scope) =>
      inBatches(
        [...global].flatMap((key) => twinsOf(key, scope)),
        `${NODES} WHERE n.provider IN $providers AND ${isDescribed("n")} ${FOUND}`,
        { providers: [...scope.globalIds] },
      ),
    *everything({ globalIds, systems }) {
      for (const sources of systems.values()) {
        for (const source of sources) {
          const others = sources.filter((other) => other !== source);
          if (others.length === 0 || globalIds.size === 0) continue;
          yield {
            cypher: `MATCH (n:Entity) WHERE n.key STARTS WITH $prefix AND n.provider IN $providers AND ${isDescribed("n")}
              UNWIND $others AS other MATCH (m:Entity {key: other + substring(n.key, $length)})
              WHERE m.provider = n.provider AND ${isDescribed("m")}
              WITH DISTINCT n ${NODE_HELD}`,
            params: { prefix: `${source}/`, length: source.length, others, providers: [...globalIds] },
          };
        }
      }
    },
  },
];

/** The keys that the same thing would have if another source of the same system read it too. */
function twinsOf(key: string, { systems }: Scope): readonly string[] {
  const source = key.slice(0, key.indexOf("/"));
  for (const sources of systems.values()) {
    if (!sources.includes(source)) continue;
    return sources.filter((other) => other !== source).map((other) => `${other}${key.slice(source.length)}`);
  }
  return [];
}
