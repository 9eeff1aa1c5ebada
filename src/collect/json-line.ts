const BLANK = /[ \t\r\n]*/y;
const LITERAL = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/**
 * The line (from 1) on which a text stops being JSON (RFC 8259). Node's parser names no position for most mistakes,
 * and quotes the text instead, which a message may not do.
 */
export function jsonErrorLine(text: string): number {
  const open: string[] = [];
  let expect: "value" | "valueOrEnd" | "key" | "keyOrEnd" | "colon" | "commaOrEnd" = "value";
  let at = 0;
  for (;;) {
    at = matchEnd(BLANK, text, at) ?? at;
    const start = at;
    const mark = text[at];
    if (mark === undefined) return lineAt(text, text.trimEnd().length);
    const string = mark === '"';
    const end = string ? stringEnd(text, at) : (matchEnd(LITERAL, text, at) ?? at + 1);
    const isValue = string || end > at + 1 || /\d/.test(mark);
    const value = expect === "value" || expect === "valueOrEnd";
    const top = open.at(-1);
    at = end;
    if (isValue && value) expect = "commaOrEnd";
    else if (string && (expect === "key" || expect === "keyOrEnd")) expect = "colon";
    else if (mark === "[" && value) {
      open.push("]");
      expect = "valueOrEnd";
    } else if (mark === "{" && value) {
      open.push("}");
      expect = "keyOrEnd";
    } else if (mark === ":" && expect === "colon") expect = "value";
    else if (mark === "," && expect === "commaOrEnd" && top !== undefined)
      expect = top === "]" ? "value" : "key";
    else if (mark === top && expect.endsWith("End")) {
      open.pop();
      expect = "commaOrEnd";
    } else return lineAt(text, start);
    if (end > text.length) return lineAt(text, start);
  }
}

function matchEnd(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

/** Where the string that begins at `at` ends; beyond the text where it does not. Strings may be megabytes long. */
function stringEnd(text: string, at: number): number {
  for (let i = at + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 34) return i + 1;
    if (code < 32) break;
    if (code !== 92) continue;
    const end = matchEnd(ESCAPE, text, i);
    if (end === undefined) break;
    i = end - 1;
  }
  return text.length + 1;
}

function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at >= 0 && at < offset; at = text.indexOf("\n", at + 1)) line += 1;
  return line;
}
