import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { GraphStore, Params, Row, WriteTransaction } from "../src/graph/index.js";
import { InputError, OperationError } from "../src/model/index.js";
import { clearStore } from "./differential.js";

/**
 * What every engine owes to those who use GraphStore. The same cases run on each: inside a `describe`, with a
 * function that opens a store. The store is emptied before each case.
 */
export function storeContract(open: () => Promise<GraphStore>): void {
  let store: GraphStore;
  beforeAll(async () => {
    store = await open();
  });
  afterAll(async () => await store?.close());
  beforeEach(async () => await clearStore(store));

  const run = async (cypher: string, params: Params = {}) =>
    await store.write(async (tx) => await tx.run(cypher, params));
  const one = async (cypher: string, params: Params = {}): Promise<Row> => {
    const [row, ...more] = await store.rows(cypher, params);
    if (row === undefined || more.length > 0) throw new Error(`${more.length + 1} rows instead of one`);
    return row;
  };
  const keys = async () =>
    (await store.rows("MATCH (n:Entity) RETURN n.key AS key ORDER BY key")).map((r) => r.key);

  test("the lock node is there, once", async () => {
    expect(await store.rows("MATCH (g:GraphLock) RETURN g.name AS name")).toEqual([{ name: "graph" }]);
  });

  test("a batch of rows is written with one statement, and again without a trace", async () => {
    const rows = Array.from({ length: 2_000 }, (_, i) => ({
      key: `k${i}`,
      props: { name: `n${i}`, rank: i },
    }));
    const merge = "UNWIND $rows AS r MERGE (n:Entity {key: r.key}) SET n += r.props";
    await run(merge, { rows });
    await run(merge, { rows });
    const counted = "MATCH (n:Entity) RETURN count(n) AS n, sum(n.rank) AS ranks, count(n.name) AS names";
    expect(await one(counted)).toEqual({ n: 2_000, ranks: 1_999_000, names: 2_000 });
  });

  test("edges are written in batches, found by their ends, and deleted", async () => {
    await run("UNWIND $keys AS key CREATE (n:Entity:Group {key: key})", { keys: ["a", "b", "c"] });
    await run(
      `UNWIND $rows AS r MATCH (f:Entity {key: r.from}) MATCH (t:Entity {key: r.to})
       MERGE (f)-[e:MEMBER_OF {disc: r.disc}]->(t) SET e += r.props`,
      {
        rows: [
          { from: "a", to: "b", disc: "", props: { assertions: ["x", "y"], since: 1 } },
          { from: "a", to: "b", disc: "2", props: {} },
          { from: "b", to: "c", disc: "", props: {} },
        ],
      },
    );
    const edges = `MATCH (f:Entity)-[e:MEMBER_OF]->(t:Entity)
       RETURN f.key AS source, t.key AS target, e.disc AS disc, e.assertions AS assertions, type(e) AS kind
       ORDER BY source, target, disc`;
    expect(await store.rows(edges)).toEqual([
      { source: "a", target: "b", disc: "", assertions: ["x", "y"], kind: "MEMBER_OF" },
      { source: "a", target: "b", disc: "2", assertions: null, kind: "MEMBER_OF" },
      { source: "b", target: "c", disc: "", assertions: null, kind: "MEMBER_OF" },
    ]);
    await run("MATCH (f:Entity {key: $from})-[e:MEMBER_OF {disc: $disc}]->(t:Entity) DELETE e", {
      from: "a",
      disc: "2",
    });
    expect(await store.rows(edges)).toHaveLength(2);
    await expect(run("MATCH (n:Entity {key: 'b'}) DELETE n")).rejects.toBeInstanceOf(OperationError);
    await run("MATCH (n:Entity {key: 'b'}) DETACH DELETE n");
    expect(await store.rows(edges)).toEqual([]);
  });

  test("values come back as they went: texts, numbers, booleans, instants, lists", async () => {
    const props = {
      text: "text",
      empty: "",
      whole: 42,
      negative: -7,
      fraction: 1.5,
      instant: 1_795_232_008_793,
      largest: Number.MAX_SAFE_INTEGER,
      huge: 1e300,
      yes: true,
      no: false,
      texts: ["a", "b"],
      wholes: [1, 2],
      fractions: [0.5, 2.25],
      mixed: [1, 2.5],
      none: [],
    };
    await run("UNWIND $rows AS r CREATE (n:Entity {key: r.key}) SET n += r.props", {
      rows: [{ key: "a", props }],
    });
    expect((await one("MATCH (n:Entity {key: 'a'}) RETURN properties(n) AS p")).p).toEqual({
      key: "a",
      ...props,
    });
  });

  test("whole numbers are integers and fractions are not", async () => {
    await run("CREATE (n:Entity {key: 'a', whole: $whole, fraction: $fraction})", {
      whole: 7,
      fraction: 7.5,
    });
    expect(
      await one(
        "MATCH (n:Entity {key: 'a'}) RETURN n.whole / 2 AS half, n.fraction / 2 AS part, $x / 2 AS x, [i IN $xs | i / 2] AS xs",
        { x: 3, xs: [5, 5.5] },
      ),
    ).toEqual({ half: 3, part: 3.75, x: 1, xs: [2, 2.75] });
    expect(
      await store.rows("UNWIND range(1, 10) AS i RETURN i ORDER BY i SKIP $skip LIMIT $limit", {
        skip: 2,
        limit: 3,
      }),
    ).toEqual([{ i: 3 }, { i: 4 }, { i: 5 }]);
  });

  test("null: absent properties, removed ones, comparisons, OPTIONAL MATCH, parameters", async () => {
    await run("UNWIND $rows AS r CREATE (n:Entity {key: r.key}) SET n += r.props", {
      rows: [
        { key: "a", props: { x: 1, gone: "soon" } },
        { key: "b", props: { x: null } },
      ],
    });
    await run("UNWIND $rows AS r MATCH (n:Entity {key: r.key}) SET n += r.props", {
      rows: [{ key: "a", props: { gone: null } }],
    });
    expect(
      await store.rows(
        `MATCH (n:Entity) OPTIONAL MATCH (n)-[:MEMBER_OF]->(g:Group)
         RETURN n.key AS key, n.x AS x, n.gone AS gone, n.x = 1 AS same, n.x IS NULL AS missing, g.key AS groupKey,
                coalesce(n.x, $none, 9) AS filled, $none AS none ORDER BY key`,
        { none: null },
      ),
    ).toEqual([
      { key: "a", x: 1, gone: null, same: true, missing: false, groupKey: null, filled: 1, none: null },
      { key: "b", x: null, gone: null, same: null, missing: true, groupKey: null, filled: 9, none: null },
    ]);
    expect((await one("MATCH (n:Entity {key: 'a'}) RETURN keys(n) AS k")).k).toHaveLength(2);
    expect(await store.rows("MATCH (n:Entity) WHERE NOT n.x = 1 RETURN n.key AS key")).toEqual([]);
    expect(await store.rows("MATCH (n:Entity) WHERE n.x <> 2 RETURN n.key AS key")).toEqual([{ key: "a" }]);
  });

  test("what neither engine can store is refused before it is sent, and nothing is changed", async () => {
    const create = "CREATE (n:Entity {key: 'a', x: $x})";
    for (const x of [Number.NaN, Number.POSITIVE_INFINITY, [1, Number.NaN]]) {
      await expect(run(create, { x })).rejects.toBeInstanceOf(InputError);
    }
    await expect(run(create, { x: { a: 1 } })).rejects.toThrow(/parameter x is a map/);
    const rows = "UNWIND $rows AS r CREATE (n:Entity {key: r.key}) SET n += r.props";
    await expect(run(rows, { rows: [{ key: "a", props: { deep: { a: 1 } } }] })).rejects.toThrow(
      /rows\[0\]\.props\.deep is a map/,
    );
    await expect(run(rows, { rows: [{ key: "a", props: { list: ["a", 1] } }] })).rejects.toThrow(/mixed/);
    await expect(run(rows, { rows: [{ key: "a", other: { a: 1 } }] })).rejects.toThrow(
      /rows\[0\]\.other is a map/,
    );
    // What types rule out but a caller may still do: the hole of an array is undefined.
    for (const x of new Array<string>(1)) {
      await expect(run(create, { x })).rejects.toThrow(/parameter x is undefined/);
      await expect(run(rows, { rows: [{ key: "a", props: { x } }] })).rejects.toThrow(
        /props\.x is undefined/,
      );
    }
    await expect(store.rows("RETURN $x AS x", { x: Number.NaN })).rejects.toBeInstanceOf(InputError);
    expect(await keys()).toEqual([]);
  });

  test("a parameter that is not given is an input error", async () => {
    await expect(store.rows("RETURN $nobody AS x")).rejects.toBeInstanceOf(InputError);
  });

  test("texts are values, whatever they hold", async () => {
    const hostile = [
      "'}) DETACH DELETE n //",
      '"; MATCH (n) DELETE n; //',
      "$key `MATCH` {{}} \\u0041 \\",
      "line\nbreak\ttab\r\u0000nul",
      "ünïcødé 日本語 🦊 \u2028\u2029",
      " ",
      "null",
      "1",
    ];
    await run("UNWIND $keys AS key CREATE (n:Entity {key: key, copy: key})", { keys: hostile });
    // Neo4j indexes no text above some 8,000 bytes: a key may not be longer, any other property may.
    const long = "ü".repeat(100_000);
    await run("MATCH (n:Entity {key: ' '}) SET n.long = $long", { long });
    expect(await one("MATCH (n:Entity {key: ' '}) RETURN n.long AS long")).toEqual({ long });
    expect(new Set(await keys())).toEqual(new Set(hostile));
    for (const key of hostile) {
      expect(await one("MATCH (n:Entity {key: $key}) RETURN n.copy AS copy", { key })).toEqual({ copy: key });
    }
    expect(
      await one("MATCH (n:Entity) WHERE n.key STARTS WITH $start RETURN n.key AS key", { start: "'})" }),
    ).toEqual({ key: hostile[0] });
  });

  test("reserved words are names where they are quoted", async () => {
    await run("UNWIND $rows AS r CREATE (n:Entity {key: r.key}) SET n += r.props", {
      rows: [{ key: "a", props: { type: "t", end: 1, order: 2, match: "m" } }],
    });
    expect(
      await one("MATCH (n:Entity {key: 'a'}) RETURN n.type AS type, n.`end` AS `end`, n.`order` AS `order`"),
    ).toEqual({ type: "t", end: 1, order: 2 });
  });

  test("a transaction that throws leaves nothing, and its error comes through", async () => {
    await run("CREATE (n:Entity {key: 'kept', x: 1})");
    const thrown = new InputError({ what: "mine" });
    const failing = store.write(async (tx) => {
      await tx.run("CREATE (n:Entity {key: 'new'})");
      await tx.run("MATCH (n:Entity {key: 'kept'}) SET n.x = 2");
      expect(await tx.run("MATCH (n:Entity) RETURN count(n) AS n")).toEqual([{ n: 2 }]);
      throw thrown;
    });
    await expect(failing).rejects.toBe(thrown);
    expect(await store.rows("MATCH (n:Entity) RETURN n.key AS key, n.x AS x")).toEqual([
      { key: "kept", x: 1 },
    ]);
  });

  test("a statement that fails takes the earlier ones with it, even where the error is swallowed", async () => {
    const swallowing = store.write(async (tx) => {
      await tx.run("CREATE (n:Entity {key: 'a'})");
      await tx.run("CREATE (n:Entity {key: 'a'})").catch(() => []);
    });
    await expect(swallowing).rejects.toThrow(/earlier statement of this transaction failed/);
    const refused = store.write(async (tx) => {
      await tx.run("CREATE (n:Entity {key: 'a'})");
      await tx.run("CREATE (n:Entity {key: 'b', x: $x})", { x: Number.NaN }).catch(() => []);
    });
    await expect(refused).rejects.toThrow(/earlier statement of this transaction failed/);
    const unheard = store.write(async (tx) => {
      await tx.run("CREATE (n:Entity {key: 'a'})");
      void tx.run("CREATE (n:Entity {key: 'a'})").catch(() => []);
    });
    await expect(unheard).rejects.toThrow(/earlier statement of this transaction failed/);
    const late = store.write(async (tx) => {
      await tx.run("CREATE (n:Entity {key: 'a'})");
      await tx.run("MATCH (n:Entity RETURN");
    });
    await expect(late).rejects.toBeInstanceOf(InputError);
    expect(await keys()).toEqual([]);
  });

  test("a key is unique: within a statement, a transaction and the store", async () => {
    const create = "UNWIND $keys AS key CREATE (n:Entity {key: key})";
    await expect(run(create, { keys: ["a", "b", "a"] })).rejects.toBeInstanceOf(OperationError);
    expect(await keys()).toEqual([]);
    await run(create, { keys: ["a", "b"] });
    await expect(run(create, { keys: ["c", "b"] })).rejects.toThrow(/b/);
    await expect(run("MATCH (n:Entity {key: 'a'}) SET n.key = 'b'")).rejects.toBeInstanceOf(OperationError);
    expect(await keys()).toEqual(["a", "b"]);
    for (const [label, property] of [
      ["ReadMarker", "key"],
      ["Lease", "name"],
      ["Change", "id"],
      ["Journal", "name"],
      ["Event", "seq"],
      ["Finding", "fingerprint"],
      ["ExceptionRecord", "id"],
      ["Run", "id"],
    ] as const) {
      const node = `CREATE (n:${label} {${property}: $value})`;
      await run(node, { value: 1 });
      await expect(run(node, { value: 1 }), label).rejects.toBeInstanceOf(OperationError);
    }
  });

  test("a deleted key is free again in the same transaction", async () => {
    await run("CREATE (n:Entity {key: 'a', x: 1})");
    await store.write(async (tx) => {
      await tx.run("MATCH (n:Entity {key: 'a'}) DETACH DELETE n");
      await tx.run("CREATE (n:Entity {key: 'a', x: 2})");
    });
    expect(await store.rows("MATCH (n:Entity) RETURN n.x AS x")).toEqual([{ x: 2 }]);
  });

  test("transactions one after the other see each other, and a read beside one does not", async () => {
    await run("CREATE (n:Entity {key: 'counter', x: 0})");
    const add = async (tx: WriteTransaction) => {
      await tx.run("MATCH (g:GraphLock {name: 'graph'}) SET g.at = timestamp()");
      const [row] = await tx.run("MATCH (n:Entity {key: 'counter'}) RETURN n.x AS x");
      await tx.run("MATCH (n:Entity {key: 'counter'}) SET n.x = $x", { x: Number(row?.x) + 1 });
    };
    await Promise.all(Array.from({ length: 10 }, async () => await store.write(add)));
    expect(await one("MATCH (n:Entity) RETURN n.x AS x")).toEqual({ x: 10 });
    await store.write(async (tx) => {
      await tx.run("MATCH (n:Entity {key: 'counter'}) SET n.x = -1");
      expect(await one("MATCH (n:Entity) RETURN n.x AS x")).toEqual({ x: 10 });
    });
    expect(await one("MATCH (n:Entity) RETURN n.x AS x")).toEqual({ x: -1 });
  });

  test("a read that writes is refused, and changes nothing", async () => {
    await expect(store.rows("CREATE (n:Entity {key: 'a'}) RETURN n.key AS key")).rejects.toBeInstanceOf(
      InputError,
    );
    await expect(store.rows("MERGE (n:Entity {key: 'a'}) RETURN n.key AS key")).rejects.toThrow(
      /read tried to write/,
    );
    expect(await keys()).toEqual([]);
  });

  test("nodes and relationships are refused as results", async () => {
    await run("CREATE (n:Entity {key: 'a'})-[e:MEMBER_OF]->(m:Entity {key: 'b'})");
    for (const returned of ["n", "e", "collect(n)", "{a: e}"]) {
      const query = `MATCH (n:Entity)-[e:MEMBER_OF]->(m:Entity) RETURN ${returned} AS x`;
      await expect(store.rows(query), returned).rejects.toThrow(/returned a node, a relationship/);
    }
    expect(await store.rows("MATCH (n:Entity {key: 'a'}) RETURN properties(n) AS p, labels(n) AS l")).toEqual(
      [{ p: { key: "a" }, l: ["Entity"] }],
    );
  });

  test("a wrong query is an input error that shows it", async () => {
    const wrong = store.rows("/* a rule */ MATCH (n:Entity) RETRUN n.key AS key");
    await expect(wrong).rejects.toBeInstanceOf(InputError);
    await expect(wrong).rejects.toThrow(/in: MATCH \(n:Entity\) RETRUN/);
  });

  test("comments, strings and an empty result", async () => {
    expect(await store.rows("/* id: X-001\n   title: 'quoted' */\n// more\nRETURN 'a // b' AS x")).toEqual([
      { x: "a // b" },
    ]);
    expect(await store.rows("MATCH (n:Entity) RETURN n.key AS key")).toEqual([]);
    const batches: unknown[] = [];
    for await (const batch of store.read("MATCH (n:Entity) RETURN n.key AS key")) batches.push(batch);
    expect(batches).toEqual([]);
  });

  test("a big result comes whole, in batches of the size that was asked for", async () => {
    const text = "UNWIND range(1, 50000) AS i RETURN i, 'row ' + toString(i) AS name";
    const sizes: number[] = [];
    let sum = 0;
    for await (const batch of store.read(text, { batchSize: 7_000 })) {
      sizes.push(batch.length);
      for (const row of batch) sum += Number(row.i);
    }
    expect(sizes).toEqual([7_000, 7_000, 7_000, 7_000, 7_000, 7_000, 7_000, 1_000]);
    expect(sum).toBe(1_250_025_000);
    const standard: number[] = [];
    for await (const batch of store.read(text)) standard.push(batch.length);
    expect(standard).toEqual(Array.from({ length: 10 }, () => 5_000));
  });

  test("two reads at once do not meet", async () => {
    const [a, b] = await Promise.all([
      store.rows("UNWIND range(1, 9000) AS i RETURN i"),
      store.rows("UNWIND range(1, 8000) AS i RETURN -i AS i"),
    ]);
    expect(a).toHaveLength(9_000);
    expect(b.every((row) => Number(row.i) < 0)).toBe(true);
  });

  test("an aborted signal ends a read: before, between its batches, and while it runs", async () => {
    const reason = new Error("given up");
    await expect(store.rows("RETURN 1 AS one", {}, AbortSignal.abort(reason))).rejects.toBe(reason);

    const between = new AbortController();
    let batches = 0;
    const reading = (async () => {
      const query = "UNWIND range(1, 30000) AS i RETURN i";
      for await (const _ of store.read(query, { signal: between.signal, batchSize: 1_000 })) {
        batches += 1;
        if (batches === 2) between.abort(reason);
      }
    })();
    await expect(reading).rejects.toBe(reason);
    expect(batches).toBe(2);

    const running = new AbortController();
    const slow =
      "UNWIND range(1, 3000) AS a UNWIND range(1, 3000) AS b WITH a WHERE a < 0 RETURN count(a) AS n";
    const started = performance.now();
    const waiting = store.rows(slow, {}, running.signal);
    setImmediate(() => running.abort(reason));
    await expect(waiting).rejects.toBe(reason);
    expect(performance.now() - started).toBeLessThan(2_000);
    expect(await one("RETURN 1 AS one")).toEqual({ one: 1 });
  });

  test("a read that is left early lets go", async () => {
    for (let i = 0; i < 5; i++) {
      for await (const _ of store.read("UNWIND range(1, 30000) AS i RETURN i", { batchSize: 10 })) break;
    }
    expect(await one("RETURN 1 AS one")).toEqual({ one: 1 });
  });

  test("the Cypher that ingest and rules rely on means the same", async () => {
    await run(
      "CREATE (n:Entity:Account:AwsUser {key: 'a', aliases: ['arn:1', 'x@y']}), (m:Entity:Group {key: 'g'})",
    );
    await run("MATCH (n:Entity {key: 'a'}) SET n:NonHumanIdentity REMOVE n:AwsUser");
    await run("MATCH (n:Account {key: 'a'}), (g:Group {key: 'g'}) CREATE (n)-[:MEMBER_OF {disc: ''}]->(g)");
    expect(
      await store.rows(
        `MATCH (n:Account)
         RETURN n.key AS key, size(n.aliases) AS size, any(a IN n.aliases WHERE a STARTS WITH 'arn:') AS arn,
                [a IN n.aliases WHERE a CONTAINS '@' | toUpper(a)] AS mails,
                EXISTS { MATCH (n)-[:MEMBER_OF]->(:Group) } AS member,
                NOT EXISTS { MATCH (:Person)-[:HAS_ACCOUNT]->(n) } AS orphan,
                COUNT { MATCH (n)-[:MEMBER_OF|HAS_ENTITLEMENT]->(:Entity) } AS edges,
                CASE WHEN n:NonHumanIdentity THEN 'nhi' ELSE 'account' END AS kind, n:AwsUser AS aws`,
      ),
    ).toEqual([
      {
        key: "a",
        size: 2,
        arn: true,
        mails: ["X@Y"],
        member: true,
        orphan: true,
        edges: 1,
        kind: "nhi",
        aws: false,
      },
    ]);
    expect(
      await store.rows(
        `MATCH (g:Group) CALL (g) { MATCH (m:Account)-[:MEMBER_OF]->(g) RETURN collect(m.key) AS members }
         RETURN g.key AS key, members UNION MATCH (n:Person) RETURN n.key AS key, [] AS members`,
      ),
    ).toEqual([{ key: "g", members: ["a"] }]);
  });

  test("the store's clock is in epoch milliseconds", async () => {
    const row = await one("RETURN timestamp() AS now");
    expect(Math.abs(Number(row.now) - Date.now())).toBeLessThan(60_000);
  });

  test("a checkpoint may be asked for at any time", async () => {
    await run("CREATE (n:Entity {key: 'a'})");
    await store.checkpoint();
    expect(await keys()).toEqual(["a"]);
  });

  test("a transaction inside another one is refused, and a closed store says so", async () => {
    await expect(store.write(async () => await store.write(async () => 1))).rejects.toThrow(/inside another/);
    const own = await open();
    if (own !== store) {
      await own.close();
      await expect(own.rows("RETURN 1 AS one")).rejects.toThrow(/closed/);
      await expect(own.write(async () => 1)).rejects.toThrow(/closed/);
    }
  });
}
