import * as fc from "fast-check";
import type { GraphStore } from "../../src/graph/index.js";
import { edgeId } from "../../src/model/index.js";

import {
  CERTAINTIES,
  type Certainty,
  type PathEdge,
  type ReachEdge,
  type ReachedTarget,
  type ReachGraph,
  ReachGraphBuilder,
} from "../../src/reach/index.js";

/** What the tests of reach share: small random graphs, and an oracle that tries every path.*/

export interface World {
  readonly nodes: readonly { readonly key: string; readonly label: string }[];
  readonly edges: readonly ReachEdge[];
  readonly impersonating: readonly string[];
  readonly starts: readonly string[];
}

export const NOW = 1_000;

const POOL = {
  Account: ["s/user/a", "s/user/b", "s/user/c"],
  Group: ["s/group/a", "s/group/b", "s/group/c", "s/group/d"],
  NonHumanIdentity: ["s/role/a", "s/role/b", "s/role/c"],
  Unresolved: ["ref/x/a", "ref/x/b"],
  Entitlement: ["s/policy/a", "s/policy/b", "s/policy/c"],
  Resource: ["s/res/a", "s/res/b", "s/res/c"],
};

const endpoints = (
  type: ReachEdge["type"],
  from: readonly string[],
  to: readonly string[],
  toIdentity = false,
): fc.Arbitrary<ReachEdge> =>
  fc
    .record({
      from: fc.constantFrom(...from),
      to: fc.constantFrom(...to),
      discriminator: fc.constantFrom("", "", "x", "a%20b%7C"),
      directMembersOnly: fc.boolean(),
      certainty: fc.constantFrom<Certainty>("active", "active", "active", "conditional", "eligible"),
      startsAt: fc.constantFrom(undefined, undefined, undefined, NOW - 1, NOW, NOW + 1),
      endsAt: fc.constantFrom(undefined, undefined, undefined, NOW - 1, NOW, NOW + 1),
    })
    .map((edge) => {
      const passing = type !== "ON" && type !== "CONTAINS";
      return {
        ...edge,
        type,
        toIdentity,
        directMembersOnly: (type === "HAS_ENTITLEMENT" || type === "CAN_ASSUME") && edge.directMembersOnly,
        certainty: passing ? edge.certainty : "active",
        startsAt: passing ? edge.startsAt : undefined,
        endsAt: passing ? edge.endsAt : undefined,
      };
    });

interface Pool {
  readonly Account: readonly string[];
  readonly Group: readonly string[];
  readonly NonHumanIdentity: readonly string[];
  readonly Unresolved: readonly string[];
  readonly Entitlement: readonly string[];
  readonly Resource: readonly string[];
}

const anyEdge = (pool: Pool) => {
  const principals = [...pool.Account, ...pool.Group, ...pool.NonHumanIdentity, ...pool.Unresolved];
  return fc.oneof(
    { weight: 5, arbitrary: endpoints("MEMBER_OF", principals, pool.Group) },
    { weight: 3, arbitrary: endpoints("SAME_AS", principals, principals) },
    { weight: 1, arbitrary: endpoints("SIGNS_IN_AS", pool.Account, pool.Account) },
    { weight: 3, arbitrary: endpoints("CAN_ASSUME", principals, pool.NonHumanIdentity) },
    { weight: 1, arbitrary: endpoints("RUNS_AS", pool.Unresolved, pool.NonHumanIdentity) },
    { weight: 5, arbitrary: endpoints("HAS_ENTITLEMENT", principals, pool.Entitlement) },
    { weight: 3, arbitrary: endpoints("ON", pool.Entitlement, pool.Resource) },
    { weight: 2, arbitrary: endpoints("CONTAINS", pool.Resource, pool.Resource) },
    { weight: 2, arbitrary: endpoints("CONTAINS", pool.Resource, pool.NonHumanIdentity, true) },
  );
};

const worldOf = (pool: Pool, minLength: number, maxLength: number): fc.Arbitrary<World> =>
  fc
    .record({
      edges: fc.uniqueArray(anyEdge(pool), { minLength, maxLength, selector: idOf, size: "max" }),
      impersonating: fc.subarray([...pool.Entitlement]),
    })
    .map(({ edges, impersonating }) => ({
      nodes: Object.entries(pool).flatMap(([label, keys]: [string, readonly string[]]) =>
        keys.map((key) => ({ key, label })),
      ),
      edges,
      impersonating,
      starts: [...pool.Account, ...pool.Group, "s/user/nobody"],
    }));

const simple = (type: ReachEdge["type"], from: string, to: string, directMembersOnly = false): ReachEdge => ({
  type,
  from,
  to,
  discriminator: "",
  directMembersOnly,
  certainty: "active",
  startsAt: undefined,
  endsAt: undefined,
  toIdentity: false,
});

/** Two nodes joined both by membership and as the same: paths that tie on their keys and differ in what they may do. */
const TIED: readonly ReachEdge[] = [
  simple("MEMBER_OF", "s/user/a", "s/group/a"),
  simple("SAME_AS", "s/user/a", "s/group/a"),
  simple("MEMBER_OF", "s/user/a", "s/group/b"),
  simple("SAME_AS", "s/user/a", "s/group/b"),
  simple("MEMBER_OF", "s/group/a", "s/group/b"),
  simple("SAME_AS", "s/group/a", "s/group/b"),
  simple("MEMBER_OF", "s/group/b", "s/group/a"),
  simple("CAN_ASSUME", "s/group/a", "s/role/a"),
  simple("CAN_ASSUME", "s/group/b", "s/role/a"),
  { ...simple("CAN_ASSUME", "s/group/a", "s/role/a", true), discriminator: "direct" },
  simple("HAS_ENTITLEMENT", "s/group/a", "s/policy/b", true),
  simple("HAS_ENTITLEMENT", "s/group/b", "s/policy/a", true),
  simple("HAS_ENTITLEMENT", "s/role/a", "s/policy/a"),
  simple("HAS_ENTITLEMENT", "s/role/a", "s/policy/b"),
];
const tied: fc.Arbitrary<World> = fc.subarray([...TIED], { minLength: 5 }).map((edges) => ({
  nodes: [
    { key: "s/user/a", label: "Account" },
    { key: "s/group/a", label: "Group" },
    { key: "s/group/b", label: "Group" },
    { key: "s/role/a", label: "NonHumanIdentity" },
    { key: "s/policy/a", label: "Entitlement" },
    { key: "s/policy/b", label: "Entitlement" },
  ],
  edges,
  impersonating: [],
  starts: ["s/user/a", "s/group/a"],
}));

/** Typed graphs with cycles, hubs, parallel edges, windows, conditions and eligible assignments, sparse and dense. */
export const world: fc.Arbitrary<World> = fc.oneof(
  worldOf(POOL, 0, 24),
  worldOf(
    {
      Account: ["s/user/a"],
      Group: ["s/group/a", "s/group/b"],
      NonHumanIdentity: ["s/role/a"],
      Unresolved: ["ref/x/a"],
      Entitlement: ["s/policy/a", "s/policy/b"],
      Resource: ["s/res/a"],
    },
    6,
    18,
  ),
  tied,
);

export function idOf(edge: ReachEdge): string {
  return `${edgeId(edge.type, edge.from, edge.to)}${edge.discriminator}`;
}

export function graphOf({ nodes, edges, impersonating }: World): ReachGraph {
  const builder = new ReachGraphBuilder();
  for (const edge of edges) builder.edge(edge);
  for (const { key, label } of nodes) if (label === "Group") builder.group(key);
  for (const key of impersonating) builder.impersonates(key);
  return builder.build();
}

type Mode = "self" | "direct" | "nested" | "entitlement" | "inside";

/** One path that the rules of DESIGN section 7 allow, without a state twice. */
export interface TriedPath {
  readonly target: string;
  readonly certainty: Certainty;
  readonly edges: readonly ReachEdge[];
  /** It comes back to its start, and can do no more there than at first. */
  readonly returns: boolean;
}

/** Every allowed path from a start, by trying them all. Written from the rules, not from the code. */
export function tryAll(w: World, start: string, targets: "entitlements" | "all"): readonly TriedPath[] {
  const found: TriedPath[] = [];
  const isGroup = w.nodes.some(({ key, label }) => key === start && label === "Group");
  const walk = (
    node: string,
    mode: Mode,
    edges: readonly ReachEdge[],
    seen: ReadonlySet<string>,
    returned: boolean,
  ) => {
    for (const edge of w.edges) {
      if (edge.from !== node) continue;
      if (edge.endsAt !== undefined && edge.endsAt <= NOW) continue;
      if (edge.startsAt !== undefined && edge.startsAt > NOW) continue;
      const next = step(mode, edge, w.impersonating.includes(node));
      if (next === undefined || seen.has(`${edge.to} ${next}`)) continue;
      const path = [...edges, edge];
      const returns = returned || (edge.to === start && !(isGroup && next === "self"));
      const reported = next === "entitlement" || (targets === "all" && next !== "inside");
      if (reported && edge.to !== start) {
        const ranks = path.map(({ certainty }) => CERTAINTIES.indexOf(certainty));
        const certainty = CERTAINTIES[Math.max(...ranks)] ?? "eligible";
        found.push({ target: edge.to, certainty, edges: path, returns });
      }
      walk(edge.to, next, path, new Set([...seen, `${edge.to} ${next}`]), returns);
    }
  };
  const mode = isGroup ? "direct" : "self";
  walk(start, mode, [], new Set([`${start} ${mode}`]), false);
  return found;
}

function step(mode: Mode, edge: ReachEdge, impersonating: boolean): Mode | undefined {
  if (mode === "entitlement") return edge.type === "ON" && impersonating ? "inside" : undefined;
  if (mode === "inside") {
    if (edge.type !== "CONTAINS") return undefined;
    return edge.toIdentity ? "self" : "inside";
  }
  switch (edge.type) {
    case "MEMBER_OF":
      return mode === "self" ? "direct" : "nested";
    case "SAME_AS":
      return mode;
    case "HAS_ENTITLEMENT":
      return edge.directMembersOnly && mode === "nested" ? undefined : "entitlement";
    case "CAN_ASSUME":
      return edge.directMembersOnly && mode === "nested" ? undefined : "self";
    case "SIGNS_IN_AS":
    case "RUNS_AS":
      return "self";
    default:
      return undefined;
  }
}

function order(a: TriedPath, b: TriedPath): number {
  const byCertainty = CERTAINTIES.indexOf(a.certainty) - CERTAINTIES.indexOf(b.certainty);
  if (byCertainty !== 0) return byCertainty;
  if (a.edges.length !== b.edges.length) return a.edges.length - b.edges.length;
  return (
    compareLists(
      a.edges.map(({ to }) => to),
      b.edges.map(({ to }) => to),
    ) || compareLists(a.edges.map(idOf), b.edges.map(idOf))
  );
}

function compareLists(a: readonly string[], b: readonly string[]): number {
  for (const [i, value] of a.entries()) {
    const other = b[i] ?? "";
    if (value !== other) return value < other ? -1 : 1;
  }
  return 0;
}

/** The best path to each target, chosen among all. */
export function bestOf(w: World, start: string, targets: "entitlements" | "all"): readonly ReachedTarget[] {
  const best = new Map<string, TriedPath>();
  for (const path of tryAll(w, start, targets)) {
    const known = best.get(path.target);
    if (known === undefined || order(path, known) < 0) best.set(path.target, path);
  }
  return [...best.values()].sort(order).map(({ target, certainty, edges }) => ({
    start,
    target,
    certainty,
    path: [...edges.map(shown), ...resourceOf(w, target)],
  }));
}

function shown(edge: ReachEdge): PathEdge {
  return { id: idOf(edge), type: edge.type, from: edge.from, to: edge.to };
}

function resourceOf(w: World, target: string): readonly PathEdge[] {
  const on = w.edges
    .filter(({ type, from }) => type === "ON" && from === target)
    .map(shown)
    .sort((a, b) => (a.to < b.to ? -1 : a.to > b.to ? 1 : a.id < b.id ? -1 : 1));
  return on.slice(0, 1);
}

/** Writes a world into a store as ingest lays it out: what the reads of reach look at. */
export async function storeWorld(store: GraphStore, w: World): Promise<void> {
  await store.write(async (tx) => {
    for (const label of new Set(w.nodes.map((node) => node.label)))
      await tx.run(
        `UNWIND $rows AS row CREATE (n:Entity:${label}) SET n.key = row.key, n.label = row.label, n.name = row.key`,
        {
          rows: w.nodes
            .filter((node) => node.label === label)
            .map(({ key, label: l }) => ({ key, label: l })),
        },
      );
    if (w.impersonating.length > 0)
      await tx.run("UNWIND $keys AS k MATCH (n:Entitlement {key: k}) SET n.confers = 'impersonate'", {
        keys: w.impersonating,
      });
    for (const type of new Set(w.edges.map((edge) => edge.type)))
      await tx.run(
        `UNWIND $rows AS row MATCH (x:Entity {key: row.from}) MATCH (y:Entity {key: row.to}) CREATE (x)-[e:${type}]->(y) SET e += row.props`,
        { rows: w.edges.filter((edge) => edge.type === type).map(rowOf) },
      );
  });
}

function rowOf(edge: ReachEdge) {
  return {
    from: edge.from,
    to: edge.to,
    props: {
      disc: decodeURIComponent(edge.discriminator),
      ...(edge.directMembersOnly ? { directMembersOnly: true } : {}),
      ...(edge.certainty === "eligible" ? { assignment: "eligible" } : {}),
      ...(edge.certainty === "conditional" ? { condition: "ip in office" } : {}),
      ...(edge.startsAt === undefined ? {} : { startsAt: edge.startsAt }),
      ...(edge.endsAt === undefined ? {} : { endsAt: edge.endsAt }),
    },
  };
}
