/**
 * RES-001 over a large graph, as ratios:
 *
 * - from the first query to the rows in memory (leavers, edges, paths, cuts), against a bare read of the same edges
 *   from the same store, on both engines (Neo4j where test/servers can start it): at most 3;
 * - the walk alone against a breadth-first search over typed arrays that keeps nothing but what it visited: at most 5.
 *
 * Run: npx tsc --outDir .cache/bench && node .cache/bench/bench/reach.js
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type GraphStore, openStore } from "../src/graph/index.js";
import { packageRoot } from "../src/model/index.js";
import {
  loadReachGraph,
  PASSING_TYPES,
  type ReachedWithCuts,
  type ReachGraph,
  walkAll,
  walkAllWithCuts,
} from "../src/reach/index.js";
import { checkNeo4j, startNeo4j } from "../test/servers/neo4j.js";

const NOW = Date.parse("2026-11-21");
const LEAVERS = 2_000;
const ACCOUNTS = 60_000;
/** Groups by level: members are in the first, and every group is in groups of the next. */
const LEVELS = [20_000, 7_000, 2_500, 450, 50];
const ENTITLEMENTS = 9_900;
const RESOURCES = 100;
const DIVISIONS = 50;
const ROUNDS = 5;

interface Edges {
  readonly type: string;
  readonly from: string;
  readonly to: string;
  readonly rows: { readonly f: string; readonly t: string }[];
}

/** The same numbers every time. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 4_294_967_296) * below);
  };
}

const account = (i: number) => `aws/aws-user/AIDA${String(i).padStart(16, "0")}`;
const group = (level: number, i: number) => `aws/aws-group/AGPA${level}${String(i).padStart(15, "0")}`;
const policy = (i: number) => `aws/aws-policy/111122223333/arn:aws:iam::111122223333:policy/team-${i}`;
const resource = (i: number) => `aws/aws-account/${String(i).padStart(12, "0")}`;
const person = (i: number) => `hr/person/${i}`;
const employment = (i: number) => `hr/employment/${i}`;

function company(): { nodes: Map<string, string[]>; edges: Edges[] } {
  const below = random(7);
  const range = (length: number, key: (i: number) => string) => Array.from({ length }, (_, i) => key(i));
  const nodes = new Map([
    ["Account", range(ACCOUNTS, account)],
    ["Group", LEVELS.flatMap((size, level) => range(size, (i) => group(level, i)))],
    ["Entitlement", range(ENTITLEMENTS, policy)],
    ["Resource", range(RESOURCES, resource)],
    ["Person", range(LEAVERS, person)],
    ["Employment", range(LEAVERS, employment)],
  ]);
  const edges = (type: string, from: string, to: string): Edges => ({ type, from, to, rows: [] });
  const members = edges("MEMBER_OF", "Account", "Group");
  const nested = edges("MEMBER_OF", "Group", "Group");
  const grants = edges("HAS_ENTITLEMENT", "Group", "Entitlement");
  const own = edges("HAS_ENTITLEMENT", "Account", "Entitlement");
  const on = edges("ON", "Entitlement", "Resource");
  const links = edges("HAS_ACCOUNT", "Person", "Account");
  const jobs = edges("EMPLOYED_AS", "Person", "Employment");
  const inDivision = (size: number, i: number) => {
    const each = size / DIVISIONS;
    return Math.floor((i % DIVISIONS) * each + below(each));
  };
  const add = (list: Edges, f: string, t: string, seen: Set<string>) => {
    if (seen.has(`${f}|${t}`)) return;
    seen.add(`${f}|${t}`);
    list.rows.push({ f, t });
  };
  const seen = new Set<string>();
  for (let i = 0; i < ACCOUNTS; i++)
    for (let n = 0; n < 2; n++) add(members, account(i), group(0, inDivision(LEVELS[0] ?? 1, i)), seen);
  for (let level = 0; level + 1 < LEVELS.length; level++)
    for (let i = 0; i < (LEVELS[level] ?? 0); i++) {
      const division = Math.floor(i / ((LEVELS[level] ?? 1) / DIVISIONS));
      for (let n = 0; n < 5; n++)
        add(nested, group(level, i), group(level + 1, inDivision(LEVELS[level + 1] ?? 1, division)), seen);
    }
  for (let i = 0; i < ENTITLEMENTS; i++) {
    const level = below(3);
    add(grants, group(level, below(LEVELS[level] ?? 1)), policy(i), seen);
    add(own, account(below(ACCOUNTS)), policy(i), seen);
    add(on, policy(i), resource(i % RESOURCES), seen);
  }
  for (let i = 0; i < LEAVERS; i++) {
    add(links, person(i), account(i * 29), seen);
    add(jobs, person(i), employment(i), seen);
  }
  return { nodes, edges: [members, nested, grants, own, on, links, jobs] };
}

async function fill(store: GraphStore): Promise<void> {
  const { nodes, edges } = company();
  const batches = function* <T>(rows: readonly T[]) {
    for (let first = 0; first < rows.length; first += 5_000) yield rows.slice(first, first + 5_000);
  };
  for (const [label, keys] of nodes)
    for (const rows of batches(keys))
      await store.write((tx) =>
        tx.run(
          `UNWIND $rows AS k CREATE (n:Entity:${label}) SET n.key = k, n.label = '${label}', n.name = k`,
          {
            rows,
          },
        ),
      );
  for (const { type, from, to, rows } of edges)
    for (const batch of batches(rows))
      await store.write((tx) =>
        tx.run(
          `UNWIND $rows AS row MATCH (x:${from}:Entity {key: row.f}) MATCH (y:${to}:Entity {key: row.t}) CREATE (x)-[e:${type}]->(y) SET e.disc = ''`,
          { rows: batch },
        ),
      );
  await store.write((tx) =>
    tx.run("MATCH (p:Person)-[e:EMPLOYED_AS]->(w:Employment) SET e.until = $until", { until: NOW - 1 }),
  );
  await store.checkpoint();
  const total = edges.reduce((sum, { type, rows }) => sum + (type === "MEMBER_OF" ? rows.length : 0), 0);
  const all = [...nodes.values()].reduce((sum, keys) => sum + keys.length, 0);
  console.log(`${store.engine}: ${all} nodes, ${total} memberships, ${LEAVERS} leavers`);
}

/** The edges that a walk passes, read and kept, and nothing else. */
async function bareRead(store: GraphStore): Promise<number> {
  const kept: unknown[] = [];
  for (const type of [...PASSING_TYPES, "ON"])
    for await (const rows of store.read(
      `MATCH (x:Entity)-[e:${type}]->(y:Entity) RETURN x.key AS f, y.key AS t`,
      { batchSize: 10_000 },
    ))
      for (const row of rows) kept.push(row);
  return kept.length;
}

async function residualAccess(store: GraphStore, cypher: string): Promise<number> {
  const accounts = new Set<string>();
  for await (const rows of store.read(cypher, { params: { now: NOW, today: "2026-11-21" } }))
    for (const row of rows) if (typeof row.account === "string") accounts.add(row.account);
  const graph = await loadReachGraph(store);
  const rows: ReachedWithCuts[] = [];
  for (const reached of walkAllWithCuts(graph, accounts, { now: NOW })) rows.push(reached);
  return rows.length;
}

/** What a walk cannot do without: a stamp per node, a queue, and the edges. It remembers no path. */
function floor(graph: ReachGraph, starts: readonly string[]): number {
  const { offsets, targets } = graph;
  const stamp = new Int32Array(graph.nodeCount);
  const queue = new Int32Array(graph.nodeCount);
  let visited = 0;
  let mark = 0;
  for (const key of starts) {
    mark += 1;
    let tail = 0;
    queue[tail++] = graph.indexOf(key) ?? 0;
    for (let head = 0; head < tail; head++) {
      const node = queue[head] ?? 0;
      const end = offsets[node + 1] ?? 0;
      for (let edge = offsets[node] ?? 0; edge < end; edge++) {
        const target = targets[edge] ?? 0;
        if (stamp[target] === mark) continue;
        stamp[target] = mark;
        queue[tail++] = target;
      }
    }
    visited += tail;
  }
  return visited;
}

async function median(run: () => Promise<number> | number): Promise<{ ms: number; result: number }> {
  const times: number[] = [];
  let result = await run();
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    result = await run();
    times.push(performance.now() - start);
  }
  return { ms: times.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? 0, result };
}

function ratio(what: string, one: number, other: number, limit: number): void {
  const value = one / other;
  const verdict = value <= limit ? "ok" : "TOO SLOW";
  console.log(
    `  ${what}: ${one.toFixed(0)} ms / ${other.toFixed(0)} ms = ${value.toFixed(2)} (at most ${limit}) ${verdict}`,
  );
}

async function measure(store: GraphStore): Promise<void> {
  await fill(store);
  const cypher = readFileSync(join(packageRoot(), "queries/leavers/residual-access.cypher"), "utf8");
  const whole = await median(() => residualAccess(store, cypher));
  const bare = await median(() => bareRead(store));
  console.log(`  ${whole.result} rows of RES-001 over ${bare.result} edges`);
  ratio("RES-001, first query to rows, against a bare read of its edges", whole.ms, bare.ms, 3);

  const graph = await loadReachGraph(store);
  const starts = Array.from({ length: LEAVERS }, (_, i) => account(i * 29));
  const count = (walk: Iterable<unknown>) => {
    let rows = 0;
    for (const _ of walk) rows += 1;
    return rows;
  };
  const bottom = await median(() => floor(graph, starts));
  const walked = await median(() => count(walkAll(graph, starts, { now: NOW })));
  const withCuts = await median(() => count(walkAllWithCuts(graph, starts, { now: NOW })));
  ratio(`walk with paths, against a bare search over ${bottom.result} visits`, walked.ms, bottom.ms, 5);
  console.log(
    `  walk with paths and cuts: ${withCuts.ms.toFixed(0)} ms = ${(withCuts.ms / bottom.ms).toFixed(2)}`,
  );
}

const dir = mkdtempSync(join(tmpdir(), "exitgraph-bench-"));
try {
  const embedded = await openStore({ store: { engine: "embedded" }, dataDir: dir });
  await measure(embedded);
  await embedded.close();
  const available = checkNeo4j();
  if (available.ok) {
    const server = await startNeo4j();
    try {
      const store = await openStore({ store: { engine: "neo4j", ...server }, dataDir: dir });
      await measure(store);
      await store.close();
    } finally {
      await server.stop();
    }
  } else console.log(`neo4j: skipped, ${available.why}`);
} finally {
  rmSync(dir, { recursive: true });
}
