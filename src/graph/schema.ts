/** What is unique, and what is only looked up often. docs/graph.md says what each label is. */
const UNIQUE = [
  ["Entity", "key"],
  ["ReadMarker", "key"],
  ["Retirement", "source"],
  ["Lease", "name"],
  ["GraphLock", "name"],
  ["Change", "id"],
  ["Journal", "name"],
  ["Event", "seq"],
  ["Finding", "fingerprint"],
  ["ExceptionRecord", "id"],
  ["Run", "id"],
] as const;
const INDEXED = [
  ["Change", "record"],
  // What a date in the past needs: all Changes after it.
  ["Change", "readAt"],
] as const;

/** The node that every write transaction of ingest writes first. */
export const GRAPH_LOCK = "MERGE (g:GraphLock {name: 'graph'}) RETURN g.name AS name";

/**
 * Statements that create the schema, in order; running them again changes nothing. A uniqueness constraint brings
 * an index on Neo4j, which refuses it where one exists already. On the embedded engine it brings none, and MERGE
 * by key is quadratic without one, so the index comes first.
 */
export function schemaStatements(engine: "neo4j" | "embedded"): readonly string[] {
  const statements: string[] = [];
  for (const [label, property] of UNIQUE) {
    const name = `${label.toLowerCase()}_${property}`;
    if (engine === "embedded") statements.push(index(name, label, property));
    statements.push(
      `CREATE CONSTRAINT ${name}_unique IF NOT EXISTS FOR (n:${label}) REQUIRE n.${property} IS UNIQUE`,
    );
  }
  for (const [label, property] of INDEXED) {
    statements.push(index(`${label.toLowerCase()}_${property}`, label, property));
  }
  return statements;
}

function index(name: string, label: string, property: string): string {
  return `CREATE INDEX ${name} IF NOT EXISTS FOR (n:${label}) ON (n.${property})`;
}
