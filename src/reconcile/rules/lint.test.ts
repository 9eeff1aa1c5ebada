import { describe, expect, it } from "vitest";
import { checkQuery } from "./lint.js";
import { CypherProblem } from "./tokens.js";

const BACK = " RETURN a.key AS k";

function problem(query: string): string {
  try {
    checkQuery(query);
  } catch (error) {
    if (!(error instanceof CypherProblem)) throw error;
    return error.message;
  }
  return "accepted";
}

describe("a rule that writes is refused", () => {
  it.each([
    "CREATE (b:Account)",
    "create (b:Account)",
    "CrEaTe (b:Account)",
    "CREATE\n\t(b:Account)",
    "CREATE/* it reads */(b:Account)",
    "/* only reads */ CREATE (b:Account)",
    "// only reads\nCREATE (b:Account)",
    "// only reads\r\nCREATE (b:Account)",
    "MERGE (b:Account)",
    "SET a.name = 'x'",
    "SET\u0020a:Gone",
    "SET`a`.name = 'x'",
    "SET a += {x: 1}",
    "WITH a, 'SET' AS word SET a.name = word",
    'WITH a, "it\'s" AS w SET a.name = w',
    "WITH a, 'it\\'s' AS w SET a.name = w",
    "WITH a, '// ' AS w SET a.name = w",
    "WITH a, '/*' AS w SET a.name = '*/'",
    "WITH a AS `b /*` SET `b /*`.x = 1",
    "WITH a, 1 AS n SET a.x = n",
    "WITH a WHERE a.x = 1.5SET a.x = 1",
    "DELETE a",
    "DETACH DELETE a",
    "detach/**/delete a",
    "NODETACH DELETE a",
    "REMOVE a.name",
    "FOREACH (x IN [1] | SET a.x = x)",
    "CALL { WITH a SET a.x = 1 RETURN 1 AS one }",
    "CALL (a) { DELETE a }",
    "CALL (a) { RETURN 1 AS one } IN TRANSACTIONS OF 1 ROWS",
    "LOAD CSV FROM 'file:///etc/passwd' AS line",
    "DROP INDEX x",
    "SHOW USERS YIELD user",
    "USE other",
  ])("%j", (clause) => {
    expect(problem(`MATCH (a:Account) ${clause}${BACK}`)).toMatch(/a rule only reads/);
  });

  it.each(["1SET a.x = 1", "0x1gSET a.x = 2", "1_SET a.x = 3"])("%j, hidden behind a number", (text) => {
    expect(problem(`MATCH (a:Account) WHERE a.x = ${text}${BACK}`)).toMatch(/number/);
  });

  it.each([
    "CALL db.labels()",
    "CALL db.labels",
    "call apoc.create.node(['X'], {}) YIELD node",
    "CALL `dbms`.`killQuery`('1')",
    "CALL\n// here\ndb.labels() YIELD label",
  ])("%j", (clause) => {
    expect(problem(`MATCH (a:Account) ${clause}${BACK}`)).toMatch(/CALL of a procedure/);
  });

  it("as a function of a library", () => {
    expect(problem("MATCH (a:Account) RETURN apoc.create.uuid() AS k")).toMatch(/function of a library/);
    expect(problem("MATCH (a:Account) RETURN apoc . create . uuid () AS k")).toMatch(/function of a library/);
  });

  it("and so is one that hides how it is read", () => {
    expect(problem("MATCH (a:Account) WHERE a.x = '\\u0027 SET a.x = 1 //' RETURN a.key AS k")).toMatch(
      /Unicode escape/,
    );
    expect(problem(`MATCH (a:Account)\u2014[:X]\u2014(b:Y)${BACK}`)).toMatch(/does not belong/);
    expect(problem(`MATCH (a:Account)\u00a0SET a.x = 1${BACK}`)).toMatch(/does not belong/);
    expect(problem(`MATCH (a:\`A\`\`B\`)${BACK}`)).toMatch(/doubled back-tick/);
    expect(problem(`MATCH (a:Account) WHERE a.x = 'open${BACK}`)).toMatch(/never closed/);
    expect(problem(`MATCH (a:Account) /* open${BACK}`)).toMatch(/never closed/);
    expect(problem(`MATCH (a:Account) WHERE a.x = \`open${BACK}`)).toMatch(/never closed/);
    expect(problem(`MATCH (a:Account) WHERE a.x = $\`p q\`${BACK}`)).toMatch(/plain name/);
    expect(problem(`MATCH (a:Account)${BACK}; MATCH (b:Account) RETURN b.key AS k`)).toMatch(/one query/);
  });
});

describe("words that write are harmless as", () => {
  it.each([
    "MATCH (a:Account) WHERE a.set = 1 RETURN a.delete AS k",
    "MATCH (a:Account) WHERE a . create = 1 RETURN a.key AS k",
    "MATCH (a:Account)-[:SET]->(b:Delete) RETURN b.key AS k",
    "MATCH (a:Account)-[r:`SET`|MERGE]->(b:Delete) RETURN b.key AS k",
    "MATCH (a:Account) WHERE a.name = 'SET x' OR a.name = \"CREATE\" RETURN a.key AS k",
    "/* SET it */ MATCH (a:Account) // DELETE it\nRETURN a.key AS k",
    "MATCH (a:Account) WITH a, a.x AS `SET` RETURN a.key AS k",
    "MATCH (a:Account) WHERE a.created = true AND a.settings = 1 RETURN a.key AS k",
    "MATCH (a:Account) WHERE a.x > 1.5e3 AND a.y = 0x1F AND a.z < 10 RETURN a.key AS k",
  ])("%s", (query) => {
    expect(problem(query)).toBe("accepted");
  });
});

describe("every node needs a label", () => {
  it.each([
    "MATCH (a)",
    "MATCH ()",
    "MATCH (a:Account)-->(b)",
    "MATCH (a:Account)-[:X]->()",
    "MATCH (a:Account)<-[:X]-(b)",
    "MATCH (a:Account), (b {key: 1})",
    "OPTIONAL MATCH (a:Account)--(b)",
    "MATCH (a:Account) WHERE (a)-[:X]->(b:Y)",
    "MATCH (a:Account) WHERE NOT (a:Account)-[:X]->()",
    "MATCH (a:Account) WHERE EXISTS { (a)-[:X]->(b:Y) }",
    "MATCH (a:Account) WHERE EXISTS { MATCH (a:Account)-[:X]->(b) }",
    "MATCH (a:Account) WHERE COUNT { (a:Account)-[:X]->(b) } > 1",
    "MATCH (a:Account) WHERE size([(a)-[:X]->(b:Y) | b.key]) > 1",
    "MATCH (a:Account) CALL (a) { MATCH (b) RETURN b.key AS other }",
    "MATCH p = (a:Account)-[:X]->(b)",
  ])("%s", (query) => {
    expect(problem(`${query}${BACK}`)).toMatch(/needs a label/);
  });

  it("a plain one, and nothing beside it", () => {
    expect(problem(`MATCH (a:Account|Group)${BACK}`)).toMatch(/and nothing more/);
    expect(problem(`MATCH (a:Account WHERE a.x = 1)${BACK}`)).toMatch(/and nothing more/);
    expect(problem(`MATCH (a:%)${BACK}`)).toMatch(/plain label/);
    expect(problem(`MATCH (a:!Account)${BACK}`)).toMatch(/plain label/);
    expect(problem(`MATCH (a:$(x))${BACK}`)).toMatch(/plain name|plain label/);
  });
});

describe("a path of a variable length is refused", () => {
  it.each([
    "MATCH (a:Account)-[:MEMBER_OF*]->(b:Group)",
    "MATCH (a:Account)-[*1..3]->(b:Group)",
    "MATCH (a:Account)-[r:MEMBER_OF*..5]->(b:Group)",
    "MATCH (a:Account)-[:MEMBER_OF]->+(b:Group)",
    "MATCH (a:Account)-[:MEMBER_OF]->{1,3}(b:Group)",
    "MATCH (a:Account)((x:Group)-[:MEMBER_OF]->(y:Group))+(b:Group)",
    "MATCH ((x:Group)-[:MEMBER_OF]->(y:Group))+",
    "MATCH p = shortestPath((a:Account)-[:MEMBER_OF*]->(b:Group))",
    "MATCH p = SHORTEST 1 (a:Account)-[:X]->(b:Group)",
    "MATCH p = ANY (a:Account)-[:X]->+(b:Group)",
    "MATCH (a:Account) WHERE EXISTS { (a:Account)-[:MEMBER_OF*]->(b:Group) }",
    "MATCH (a:Account), (b:Group) WITH a, shortestPath((a:Account)-[:X*]->(b:Group)) AS p",
  ])("%s", (query) => {
    expect(problem(`${query}${BACK}`)).toMatch(
      /variable length|path functions and selectors|every node in a pattern|node in brackets/,
    );
  });
});

describe("what a rule returns", () => {
  it.each<[string, readonly string[]]>([
    ["MATCH (a:Account) RETURN a.key AS k, a.name AS n", ["k", "n"]],
    ["MATCH (a:Account) WITH a.key AS k RETURN k", ["k"]],
    ["MATCH (a:Account) RETURN DISTINCT a.key AS k ORDER BY k", ["k"]],
    ["MATCH (a:Account) RETURN [x IN [1, 2] | x] AS list, {a: 1, b: 2} AS map;", ["list", "map"]],
    ["MATCH (a:Account) RETURN a.key AS k UNION MATCH (b:Group) RETURN b.key AS k", ["k"]],
    ["MATCH (a:Account) CALL (a) { RETURN 1 AS inner } RETURN inner AS outer", ["outer"]],
    ["MATCH (a:Account) RETURN CASE WHEN a.x = 1 THEN 'AS b' ELSE 'c' END AS k", ["k"]],
  ])("%s", (query, columns) => {
    expect(checkQuery(query).columns).toEqual(columns);
  });

  it.each<[string, RegExp]>([
    ["MATCH (a:Account)", /no RETURN/],
    ["MATCH (a:Account) RETURN a.key", /plain name/],
    ["MATCH (a:Account) RETURN *", /plain name/],
    ["MATCH (a:Account) RETURN a.key AS `k`", /plain name/],
    ["MATCH (a:Account) RETURN a.key AS k, a.name AS k", /returned twice/],
    ["MATCH (a:Account) RETURN a.key AS k LIMIT 5", /all of its rows/],
    ["MATCH (a:Account) RETURN a.key AS k ORDER BY k SKIP 5", /all of its rows/],
    ["MATCH (a:Account) RETURN a.key AS k UNION MATCH (b:Group) RETURN b.key AS g", /different columns/],
    ["MATCH (a:Account RETURN a.key AS k", /closed|closes|nothing more/],
  ])("is refused: %s", (query, message) => {
    expect(problem(query)).toMatch(message);
  });
});

describe("the clock", () => {
  it.each(["timestamp()", "datetime()", "date ()", "DATE()", "rand()", "randomUUID()", "localtime()"])(
    "%s is never read",
    (call) => {
      expect(problem(`MATCH (a:Account) WHERE a.x < ${call}${BACK}`)).toMatch(/never read the clock/);
    },
  );

  it("comes as a parameter, and names are free", () => {
    const { params } = checkQuery(`MATCH (a:Account) WHERE a.date < $today AND a.time < $now${BACK}`);
    expect([...params].sort()).toEqual(["now", "today"]);
  });
});

it("says where, counted in the whole file", () => {
  expect(() => checkQuery("MATCH (a:Account)\n  SET a.x = 1\nRETURN a.key AS k", 10)).toThrow(
    expect.objectContaining({ line: 11, column: 3 }),
  );
});
