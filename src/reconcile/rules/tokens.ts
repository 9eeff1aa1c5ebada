/** One token of a Cypher text. Comments and white space are gone; strings are kept as one token. */
export interface Token {
  readonly kind: "word" | "quoted" | "string" | "number" | "param" | "punct";
  /** As written; for `quoted` and `param` without the marks around the name. */
  readonly text: string;
  /** Upper case of a bare word; empty for everything else, so that quoting a name never makes it a keyword. */
  readonly keyword: string;
  readonly line: number;
  readonly column: number;
}

/** What is wrong with a rule's text, and where (1-based, in the file). */
export class CypherProblem extends Error {
  readonly line: number;
  readonly column: number;
  constructor(message: string, at: { readonly line: number; readonly column: number }) {
    super(message);
    this.name = "CypherProblem";
    this.line = at.line;
    this.column = at.column;
  }
}

const WORD = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /\d[A-Za-z0-9_]*(?:\.\d+(?:[eE][+-]?\d+)?)?/y;
/** A parser may end a number where a word begins (`1SET`): such a number is refused. */
const PLAIN_NUMBER = /^(?:\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|0x[0-9A-Fa-f]+|0o[0-7]+)$/;
const PUNCTUATION = new Set("()[]{}<>-=+*/%^.,:|;!&");

/**
 * Splits Cypher into tokens, so that a check of the text is not fooled by strings, comments, back-ticks, case or
 * white space. What the two engines may read differently is refused here: Unicode escapes (Neo4j resolves `\u0027`
 * before it parses, so that it ends a string), characters outside ASCII in the text itself (Neo4j takes several of
 * them for dashes and arrow heads), and doubled back-ticks.
 */
export function tokenize(text: string, firstLine = 1): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let line = firstLine;
  let lineStart = 0;
  const here = () => ({ line, column: at - lineStart + 1 });
  const escaped = /\\u/i.exec(text);
  if (escaped !== null) {
    const before = text.slice(0, escaped.index).split("\n");
    throw new CypherProblem("a Unicode escape: write the character itself", {
      line: firstLine + before.length - 1,
      column: (before.at(-1)?.length ?? 0) + 1,
    });
  }
  /** Moves to `end`, counting lines. */
  const skipTo = (end: number) => {
    for (; at < end; at++) {
      if (text[at] === "\n") {
        line++;
        lineStart = at + 1;
      }
    }
  };
  const push = (kind: Token["kind"], shown: string, end: number) => {
    tokens.push({ kind, text: shown, keyword: kind === "word" ? shown.toUpperCase() : "", ...here() });
    skipTo(end);
  };
  const match = (pattern: RegExp, from: number): string | undefined => {
    pattern.lastIndex = from;
    return pattern.exec(text)?.[0];
  };
  /** Index just behind the closing quote. */
  const endOfQuote = (quote: string, escapes: boolean): number => {
    for (let i = at + 1; i < text.length; i++) {
      if (escapes && text[i] === "\\") i++;
      else if (text[i] === quote) return i + 1;
    }
    throw new CypherProblem(`${quote} is opened here and never closed`, here());
  };

  while (at < text.length) {
    const c = text.charAt(at);
    if (c === " " || c === "\t" || c === "\n" || c === "\r") skipTo(at + 1);
    else if (text.startsWith("//", at)) {
      const end = text.indexOf("\n", at);
      skipTo(end < 0 ? text.length : end);
    } else if (text.startsWith("/*", at)) {
      const end = text.indexOf("*/", at + 2);
      if (end < 0) throw new CypherProblem("a comment is opened here and never closed", here());
      skipTo(end + 2);
    } else if (c === "'" || c === '"') {
      const end = endOfQuote(c, true);
      push("string", text.slice(at, end), end);
    } else if (c === "`") {
      const end = endOfQuote(c, false);
      if (text[end] === "`") throw new CypherProblem("a doubled back-tick in a name", here());
      push("quoted", text.slice(at + 1, end - 1), end);
    } else if (c === "$") {
      const name = match(WORD, at + 1);
      if (name === undefined) throw new CypherProblem("a parameter is $ and a plain name", here());
      push("param", name, at + 1 + name.length);
    } else {
      const word = match(WORD, at);
      const number = word === undefined ? match(NUMBER, at) : undefined;
      if (word !== undefined) push("word", word, at + word.length);
      else if (number !== undefined) {
        if (!PLAIN_NUMBER.test(number)) throw new CypherProblem(`${number} is not a plain number`, here());
        push("number", number, at + number.length);
      } else if (PUNCTUATION.has(c)) push("punct", c, at + 1);
      else throw new CypherProblem(`${JSON.stringify(c)} does not belong outside a string`, here());
    }
  }
  return tokens;
}
