import { isMap, LineCounter, parseDocument } from "yaml";
import type { z } from "zod";
import { InputError, messageOf } from "../../model/index.js";
import { BUILT_IN_PARAMS, headerSchema, OUTCOME, REACH_COLUMNS, type RuleHeader } from "./header.js";
import { type CheckedQuery, checkQuery } from "./lint.js";
import { placesOf } from "./template.js";
import { CypherProblem } from "./tokens.js";

interface Place {
  readonly line: number;
  readonly column: number;
}

const OPEN = /^\uFEFF?\s*\/\*---[ \t]*\r?\n/;
const CLOSE = /^---\*\/[ \t]*$/m;

/**
 * Reads the text of a rule file: `/*---`, YAML, `---` and the end of the comment, then one Cypher query. Throws InputError that names file,
 * line and column, what is wrong and what to do.
 */
export function parseRule(file: string, text: string): RuleHeader & { readonly query: string } {
  const open = OPEN.exec(text);
  if (open === null) {
    throw problem(file, { line: 1, column: 1 }, "the file does not begin with a header", HEADER_HINT);
  }
  const close = CLOSE.exec(text.slice(open[0].length));
  if (close === null) {
    throw problem(file, { line: 1, column: 1 }, "the header is never closed", HEADER_HINT);
  }
  const headerStart = open[0].length;
  const headerEnd = headerStart + close.index;
  const header = text.slice(headerStart, headerEnd);
  if (header.includes("*/")) {
    const at = text.indexOf("*/", headerStart);
    throw problem(
      file,
      placeOf(text, at),
      "the header holds */, which would end the comment",
      "Write it apart.",
    );
  }
  const firstLine = placeOf(text, headerStart).line;
  const checked = readHeader(file, header, firstLine);
  const queryStart = headerEnd + close[0].length;
  const query = checkPart(file, text.slice(queryStart), placeOf(text, queryStart).line);
  const population = checkPart(
    file,
    checked.header.population.query,
    checked.place(["population", "query"]).line,
  );
  checkTogether(file, checked, query, population);
  return { ...checked.header, query: text.slice(queryStart).trim() };
}

const HEADER_HINT = "A rule begins with /*--- on a line, YAML, and ---*/ on a line: docs/rules.md.";

function problem(file: string, at: Place, what: string, fix?: string): InputError {
  return new InputError({
    what: `${file}:${at.line}:${at.column}: ${what}.`,
    means: "No rule was loaded.",
    ...(fix === undefined ? {} : { fix }),
  });
}

function placeOf(text: string, offset: number): Place {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

function checkPart(file: string, text: string, firstLine: number): CheckedQuery {
  try {
    return checkQuery(text, firstLine);
  } catch (error) {
    if (error instanceof CypherProblem) throw problem(file, error, error.message);
    throw error;
  }
}

interface ReadHeader {
  readonly header: RuleHeader;
  place(path: readonly PropertyKey[]): Place;
}

function readHeader(file: string, text: string, firstLine: number): ReadHeader {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, uniqueKeys: true });
  const at = (offset: number): Place => {
    const { line, col } = counter.linePos(offset);
    return { line: line + firstLine - 1, column: col };
  };
  const broken = document.errors[0];
  if (broken !== undefined) throw problem(file, at(broken.pos[0]), firstSentence(broken.message));
  const place = (path: readonly PropertyKey[]): Place => {
    for (let length = path.length; length > 0; length--) {
      const found = offsetOf(document, path.slice(0, length));
      if (found !== undefined) return at(found);
    }
    return { line: firstLine, column: 1 };
  };
  let value: unknown;
  try {
    value = document.toJS();
  } catch (error) {
    throw problem(file, { line: firstLine, column: 1 }, messageOf(error));
  }
  const parsed = headerSchema.safeParse(value);
  if (parsed.success) return { header: parsed.data, place };
  const issue = parsed.error.issues[0];
  const path = issue === undefined ? [] : [...issue.path, ...unknownKey(issue)];
  throw problem(file, place(path), describe(issue), "docs/rules.md lists the keys.");
}

function firstSentence(message: string): string {
  return message.split(/ at line |\n/)[0] ?? message;
}

function unknownKey(issue: z.core.$ZodIssue): readonly string[] {
  return issue.code === "unrecognized_keys" ? issue.keys.slice(0, 1) : [];
}

function describe(issue: z.core.$ZodIssue | undefined): string {
  if (issue === undefined) return "the header is not understood";
  const where = issue.path.map(String).join(".");
  if (issue.code === "unrecognized_keys") {
    return `unknown key ${issue.keys.join(", ")}${where === "" ? "" : ` in ${where}`}`;
  }
  return where === "" ? `the header: ${issue.message}` : `${where}: ${issue.message}`;
}

/** Offset of a key of a map, or of an item of a list. */
function offsetOf(
  document: ReturnType<typeof parseDocument>,
  path: readonly PropertyKey[],
): number | undefined {
  const key = path.at(-1);
  const parent: unknown = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (isMap(parent)) {
    for (const pair of parent.items) {
      if (isRanged(pair.key) && String(pair.key) === String(key)) return pair.key.range[0];
    }
    return undefined;
  }
  const node: unknown = document.getIn([...path], true);
  return isRanged(node) ? node.range[0] : undefined;
}

function isRanged(value: unknown): value is { readonly range: readonly [number, number, number] } {
  return typeof value === "object" && value !== null && "range" in value && Array.isArray(value.range);
}

/** What only shows when header and queries are held against each other. */
function checkTogether(file: string, read: ReadHeader, query: CheckedQuery, population: CheckedQuery): void {
  const { header, place } = read;
  const reach = header.reach === undefined ? [] : Object.keys(REACH_COLUMNS);
  const known = new Set([...Object.keys(header.columns), ...reach]);
  const fail = (path: readonly PropertyKey[], what: string): never => {
    throw problem(file, place(path), what);
  };

  for (const column of Object.keys(header.columns)) {
    if (reach.includes(column)) fail(["columns", column], `reach adds the column ${column} itself`);
    if (!query.columns.includes(column)) {
      fail(["columns", column], `the column ${column} is declared, and RETURN does not give it`);
    }
  }
  for (const column of query.columns) {
    if (column === OUTCOME && header.unknown !== undefined) continue;
    if (!known.has(column)) {
      fail(["columns"], `RETURN gives the column ${column}, and the header does not say what it is`);
    }
  }
  if (header.unknown !== undefined && !query.columns.includes(OUTCOME)) {
    fail(["unknown"], "unknown needs RETURN to give the column outcome: 'finding' or 'unknown'");
  }

  const named = (path: readonly PropertyKey[], column: string, types?: readonly string[]) => {
    if (!known.has(column)) fail(path, `there is no column ${column}`);
    const type = header.columns[column]?.type ?? REACH_COLUMNS[column]?.type ?? "";
    if (types !== undefined && !types.includes(type)) {
      fail(path, `the column ${column} must be of the type ${types.join(" or ")}`);
    }
  };
  named(["subject"], header.subject, ["key"]);
  if (header.person !== undefined) named(["person"], header.person, ["key"]);
  header.identity.forEach((column, i) => {
    named(["identity", i], column, ["key", "text", "date", "number"]);
    const optional = (header.columns[column] ?? REACH_COLUMNS[column])?.optional;
    if (optional === true) fail(["identity", i], `${column} is part of the identity and may not be optional`);
  });
  if (typeof header.severity === "object") named(["severity", "column"], header.severity.column);
  header.evidence.forEach((item, i) => {
    named(["evidence", i, "column"], item.column, ["key", "keys", "edge", "edges"]);
  });
  header.path.forEach((column, i) => {
    named(["path", i], column, ["edge"]);
  });
  if (header.reach !== undefined) named(["reach", "start"], header.reach.start, ["key"]);
  header.needs.absenceOf.forEach(({ scope, by, once }, i) => {
    const at = ["needs", "absenceOf", i];
    if (scope === "named" && by === undefined) fail(at, "the scope named needs the column that names: by");
    if (scope === "named" && once) fail(at, "once goes with reads that are needed for every row");
    if (by === undefined) return;
    if (scope !== "named") fail([...at, "by"], "by goes with the scope named");
    named([...at, "by"], by, ["texts"]);
  });
  header.remediation.forEach((item, i) => {
    if ("say" in item) {
      for (const column of placesOf(item.say)) named(["remediation", i, "say"], column);
    } else if (item.action === "cut") {
      if (item.edge !== undefined) named(["remediation", i, "edge"], item.edge, ["edge", "edges"]);
      else if (header.reach === undefined) fail(["remediation", i], "cut needs an edge, or reach");
    } else {
      const { action, ...columns } = item;
      for (const [key, column] of Object.entries(columns)) named(["remediation", i, key], column, ["key"]);
    }
  });
  for (const column of placesOf(header.reason)) named(["reason"], column);
  for (const column of placesOf(header.unknown ?? "")) named(["unknown"], column);

  const params = new Set([...query.params, ...population.params]);
  for (const param of params) {
    if (!BUILT_IN_PARAMS.has(param) && header.params[param] === undefined) {
      fail(["params"], `the parameter $${param} is used and not declared`);
    }
  }
  for (const param of Object.keys(header.params)) {
    if (BUILT_IN_PARAMS.has(param)) fail(["params", param], `$${param} is given to every rule`);
    if (!params.has(param)) fail(["params", param], `the parameter ${param} is declared and not used`);
  }
  if (!population.columns.includes("population")) {
    fail(["population", "query"], "the population's RETURN lacks the column population");
  }
  const extra = population.columns.find((column) => column !== "population" && column !== "excluded");
  if (extra !== undefined) fail(["population", "query"], `the population's RETURN gives ${extra} as well`);
}
