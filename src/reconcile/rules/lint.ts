import { CypherProblem, type Token, tokenize } from "./tokens.js";

/** What a checked query gives and takes. */
export interface CheckedQuery {
  /** Names its RETURN gives, in order. */
  readonly columns: readonly string[];
  /** Parameters it uses. */
  readonly params: ReadonlySet<string>;
}

const WRITES = new Set(
  "CREATE MERGE SET DELETE DETACH REMOVE DROP FOREACH LOAD INSERT ALTER GRANT DENY REVOKE USE SHOW TERMINATE PROFILE EXPLAIN TRANSACTIONS".split(
    " ",
  ),
);
const CLOCK = new Set("TIMESTAMP DATE DATETIME LOCALDATETIME TIME LOCALTIME RAND RANDOMUUID".split(" "));
const PATH_FUNCTIONS = new Set("SHORTESTPATH ALLSHORTESTPATHS SHORTEST".split(" "));
const SUBQUERIES = new Set("EXISTS COUNT COLLECT".split(" "));
const CLOSING: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };

/**
 * Checks a rule's query: it only reads, every node in every pattern has a label, no path has a variable length, the
 * clock is not read, and what it returns has plain names. Throws CypherProblem with the place.
 */
export function checkQuery(text: string, firstLine = 1): CheckedQuery {
  return new Check(tokenize(text, firstLine), firstLine).run();
}

class Check {
  private readonly tokens: readonly Token[];
  private readonly closers: ReadonlyMap<number, number>;
  private readonly end: { readonly line: number; readonly column: number };
  /** Positions of names inside patterns: labels and types may be called anything. */
  private readonly names = new Set<number>();
  private readonly patterns = new Set<number>();

  constructor(tokens: readonly Token[], firstLine: number) {
    this.tokens = tokens;
    this.end = tokens.at(-1) ?? { line: firstLine, column: 1 };
    this.closers = this.pairs();
  }

  run(): CheckedQuery {
    for (let i = 0; i < this.tokens.length; i++) {
      if (this.isKeyword(i, "MATCH")) this.pattern(i + 1);
      else if (this.text(i) === "{" && SUBQUERIES.has(this.keyword(i - 1)) && this.text(i + 1) === "(") {
        this.pattern(i + 1);
      } else if (this.text(i) === "(" && !this.patterns.has(i) && this.relationFollows(this.close(i) + 1)) {
        this.part(i);
      }
    }
    for (let i = 0; i < this.tokens.length; i++) this.word(i);
    const params = new Set(this.tokens.filter((t) => t.kind === "param").map((t) => t.text));
    return { columns: this.returned(), params };
  }

  private text(i: number): string | undefined {
    const token = this.tokens[i];
    return token?.kind === "punct" ? token.text : undefined;
  }

  private keyword(i: number): string {
    return this.tokens[i]?.keyword ?? "";
  }

  /** A bare word that is this keyword, and not a property (`n.match`) or a key of a map. */
  private isKeyword(i: number, keyword: string): boolean {
    return this.keyword(i) === keyword && !this.isProperty(i);
  }

  private isProperty(i: number): boolean {
    if (this.text(i - 1) !== ".") return false;
    const before = this.tokens[i - 2];
    return (
      before?.kind === "word" || before?.kind === "quoted" || before?.text === ")" || before?.text === "]"
    );
  }

  private isName(i: number): boolean {
    const kind = this.tokens[i]?.kind;
    return kind === "word" || kind === "quoted";
  }

  private fail(message: string, i: number): never {
    throw new CypherProblem(message, this.tokens[i] ?? this.end);
  }

  private pairs(): ReadonlyMap<number, number> {
    const closers = new Map<number, number>();
    const open: number[] = [];
    for (let i = 0; i < this.tokens.length; i++) {
      const text = this.text(i);
      if (text === undefined) continue;
      if (text in CLOSING) open.push(i);
      else if (text === ")" || text === "]" || text === "}") {
        const opener = open.pop();
        if (opener === undefined || CLOSING[this.text(opener) ?? ""] !== text) {
          this.fail(`${text} closes nothing`, i);
        }
        closers.set(opener, i);
      }
    }
    const left = open.pop();
    if (left !== undefined) this.fail(`${this.text(left)} is opened here and never closed`, left);
    return closers;
  }

  private close(i: number): number {
    return this.closers.get(i) ?? this.fail("a bracket is missing", i);
  }

  /** True where a relationship begins at `i`: `-[`, `--`, `<-[`, `<--`. */
  private relationFollows(i: number): boolean {
    const dash = this.text(i) === "<" ? i + 1 : i;
    return this.text(dash) === "-" && (this.text(dash + 1) === "[" || this.text(dash + 1) === "-");
  }

  /** `part, part …` behind MATCH; then a clause, a closing brace or the end must follow. */
  private pattern(start: number): void {
    let i = start;
    for (;;) {
      if (this.isName(i) && this.text(i + 1) === "=") i += 2;
      i = this.part(i);
      if (this.text(i) !== ",") break;
      i++;
    }
    const next = this.tokens[i];
    if (next !== undefined && next.kind !== "word" && next.text !== "}" && next.text !== ";") {
      this.fail(`${next.text} is not understood in a pattern: paths of a variable length are refused`, i);
    }
  }

  /** `(node)-[relationship]->(node)…`; the index behind it. */
  private part(start: number): number {
    let i = this.node(start);
    while (this.relationFollows(i)) i = this.node(this.relation(i));
    return i;
  }

  /** `(name:Label:Label {…})`; the index behind it. */
  private node(start: number): number {
    if (this.text(start) !== "(") {
      this.fail("a node in brackets is expected here: path functions and selectors are refused", start);
    }
    this.patterns.add(start);
    const end = this.close(start);
    let i = start + 1;
    if (this.isName(i)) this.names.add(i++);
    if (this.text(i) !== ":") this.fail("every node in a pattern needs a label", start);
    while (this.text(i) === ":") {
      if (!this.isName(i + 1)) this.fail("a plain label is expected here", i + 1);
      this.names.add(i + 1);
      i += 2;
    }
    if (this.text(i) === "{") i = this.close(i) + 1;
    if (i !== end) this.fail("a node is (name:Label {property: value}) and nothing more", i);
    return end + 1;
  }

  /** `-[name:TYPE|TYPE {…}]->` and its like; the index behind it. */
  private relation(start: number): number {
    let i = this.text(start) === "<" ? start + 2 : start + 1;
    if (this.text(i) === "[") {
      const end = this.close(i);
      i++;
      if (this.isName(i)) this.names.add(i++);
      if (this.text(i) === ":") {
        do {
          if (!this.isName(i + 1)) this.fail("a relationship type is expected here", i + 1);
          this.names.add(i + 1);
          i += 2;
        } while (this.text(i) === "|");
      }
      if (this.text(i) === "{") i = this.close(i) + 1;
      if (i !== end) this.fail("a path of a variable length: use reach, it does not enumerate trails", i);
      i++;
    }
    if (this.text(i) !== "-") this.fail("a relationship is expected here", i);
    i++;
    return this.text(i) === ">" ? i + 1 : i;
  }

  private word(i: number): void {
    const keyword = this.keyword(i);
    if (keyword === "" || this.names.has(i) || this.isProperty(i)) {
      if (keyword !== "" && this.isProperty(i) && this.text(i + 1) === "(") {
        this.fail("a function of a library: rules run on both engines", i);
      }
      return;
    }
    if (WRITES.has(keyword)) this.fail(`${keyword}: a rule only reads`, i);
    if (keyword === "CALL" && !this.isSubqueryCall(i)) this.fail("CALL of a procedure: a rule only reads", i);
    if (this.text(i + 1) !== "(") return;
    if (CLOCK.has(keyword)) this.fail(`${keyword}(): rules never read the clock; take $now or $today`, i);
    if (PATH_FUNCTIONS.has(keyword)) this.fail("a path of a variable length: use reach", i);
  }

  /** `CALL { … }` or `CALL (a, b) { … }`. */
  private isSubqueryCall(i: number): boolean {
    if (this.text(i + 1) === "{") return true;
    return this.text(i + 1) === "(" && this.text(this.close(i + 1) + 1) === "{";
  }

  /** Names of the columns of the last RETURN; with UNION every part must give the same. */
  private returned(): readonly string[] {
    let columns: readonly string[] | undefined;
    for (let i = 0; i < this.tokens.length; i++) {
      const text = this.text(i);
      if (text === ";" && i < this.tokens.length - 1) this.fail("one file holds one query", i);
      if (text !== undefined && text in CLOSING) i = this.close(i);
      else if (this.isKeyword(i, "RETURN")) {
        const [found, next] = this.items(i);
        if (columns !== undefined && found.join() !== columns.join()) {
          this.fail("the parts of a UNION return different columns", i);
        }
        columns = found;
        i = next - 1;
      }
    }
    return columns ?? this.fail("the query has no RETURN", this.tokens.length - 1);
  }

  private items(start: number): [readonly string[], number] {
    const columns: string[] = [];
    let i = this.isKeyword(start + 1, "DISTINCT") ? start + 2 : start + 1;
    let first = i;
    for (; ; i++) {
      const text = this.text(i);
      const ends = i >= this.tokens.length || text === ";" || this.endsReturn(i);
      if (ends || text === ",") {
        columns.push(this.alias(first, i));
        first = i + 1;
      }
      if (ends) break;
      if (text !== undefined && text in CLOSING) i = this.close(i);
    }
    for (; i < this.tokens.length && !this.isKeyword(i, "UNION") && this.text(i) !== ";"; i++) {
      if (this.isKeyword(i, "LIMIT") || this.isKeyword(i, "SKIP") || this.isKeyword(i, "OFFSET")) {
        this.fail("a rule returns all of its rows: no LIMIT or SKIP behind RETURN", i);
      }
    }
    const twice = columns.find((name, at) => columns.indexOf(name) !== at);
    if (twice !== undefined) this.fail(`the column ${twice} is returned twice`, start);
    return [columns, i];
  }

  private endsReturn(i: number): boolean {
    return (
      this.isKeyword(i, "UNION") ||
      (this.isKeyword(i, "ORDER") && this.keyword(i + 1) === "BY") ||
      this.isKeyword(i, "LIMIT") ||
      this.isKeyword(i, "SKIP") ||
      this.isKeyword(i, "OFFSET")
    );
  }

  private alias(first: number, end: number): string {
    const last = this.tokens[end - 1];
    const named = end - first >= 3 && this.isKeyword(end - 2, "AS");
    if (last !== undefined && end > first && last.kind === "word" && (named || end - first === 1)) {
      return last.text;
    }
    return this.fail(
      "what is returned needs a plain name: … AS name",
      Math.min(first, this.tokens.length - 1),
    );
  }
}
