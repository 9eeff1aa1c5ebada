import {
  type Document,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from "yaml";
import { InputError, messageOf } from "../model/index.js";
import { expandReferences, hasReference, shieldReferences, unshield } from "./env.js";

/** The parser's errors in our words: its own may quote the file, and a file may hold what no error may show. */
const PROBLEMS: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: "the same key stands twice",
  MULTIPLE_DOCS: "there is a second document (---) in the file",
  TAB_AS_INDENT: "a tab is used to indent; YAML wants spaces",
  BAD_INDENT: "the indentation does not fit, or a bracket is not closed",
  MISSING_CHAR: "a closing quote, bracket or colon is missing",
  UNEXPECTED_TOKEN: "something stands here that does not belong (a missing quote or line break?)",
  BLOCK_AS_IMPLICIT_KEY: "a value holds `: `; put it in quotes",
  BAD_DQ_ESCAPE: "a backslash in double quotes begins no known escape; use single quotes",
  BAD_SCALAR_START: "a value begins with a character that YAML reserves; put it in quotes",
  MULTILINE_IMPLICIT_KEY: "a key goes over several lines",
  TAG_RESOLVE_FAILED: "a tag (!name) is not known",
};

export interface YamlFile {
  /** What the file says, with references expanded. */
  readonly value: unknown;
  /** Values taken from the environment: no message may repeat them. */
  readonly fromEnvironment: ReadonlySet<string>;
  /** Dotted paths of text values that stand in the file as they are. */
  readonly literals: readonly { readonly path: readonly string[]; readonly value: string }[];
  /** `line 4` of what stands at a path (or of its nearest ancestor that is there). */
  lineOf(path: readonly PropertyKey[], key?: string): string | undefined;
}

/**
 * Parses a YAML file: one document, keys unique, references to the environment expanded in values.
 * @throws InputError with the line, for each problem.
 */
export function parseYaml(
  text: string,
  file: string,
  env: Readonly<Record<string, string | undefined>>,
): YamlFile {
  const counter = new LineCounter();
  const doc = parseDocument(shieldReferences(text), {
    lineCounter: counter,
    prettyErrors: false,
    uniqueKeys: true,
    schema: "core",
  });
  const problems = [...doc.errors, ...doc.warnings];
  if (problems.length > 0) {
    const lines = problems.slice(0, 10).map((problem) => {
      const { line, col } = counter.linePos(problem.pos[0]);
      return `\n  line ${line}, column ${col}: ${PROBLEMS[problem.code] ?? problem.code}`;
    });
    throw new InputError({
      what: `${file} is not valid YAML:${lines.join("")}`,
      fix: "\nCorrect the file; nothing was read and nothing changed.",
    });
  }

  const fromEnvironment = new Set<string>();
  const literals: { path: readonly string[]; value: string }[] = [];
  visit(doc, {
    Scalar(key, node, ancestors) {
      if (typeof node.value !== "string") return;
      if (key === "key") {
        node.value = unshield(node.value);
        return;
      }
      const path = pathOf(key, ancestors);
      const at = node.range ? `, line ${counter.linePos(node.range[0]).line}` : "";
      if (hasReference(node.value)) {
        node.value = expandReferences(node.value, `${file}${at}, ${path.join(".")}`, env, fromEnvironment);
      } else {
        const value = expandReferences(node.value, "", env, fromEnvironment);
        node.value = value;
        literals.push({ path, value });
      }
    },
  });

  let value: unknown;
  try {
    value = doc.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw new InputError({
      what: `${file} uses an alias (*name) that has no anchor, or too many of them.`,
      fix: "Write the value out.",
      cause: messageOf(error),
    });
  }
  return { value, fromEnvironment, literals, lineOf: (path, key) => lineOf(doc, counter, path, key) };
}

/** The path of a node from what stands above it. */
function pathOf(key: unknown, ancestors: readonly unknown[]): string[] {
  const path: string[] = [];
  let above: unknown;
  for (const ancestor of ancestors) {
    if (isPair(ancestor)) path.push(keyText(ancestor.key));
    else if (isSeq(above)) path.push(String(above.items.indexOf(ancestor)));
    above = ancestor;
  }
  if (typeof key === "number") path.push(String(key));
  return path;
}

function keyText(key: unknown): string {
  return unshield(isScalar(key) ? String(key.value) : String(key));
}

function lineOf(
  doc: Document.Parsed,
  counter: LineCounter,
  path: readonly PropertyKey[],
  key?: string,
): string | undefined {
  let node: unknown = doc.contents;
  let at: Node | null = isNode(node) ? node : null;
  for (const part of key === undefined ? path : [...path, key]) {
    if (isMap(node)) {
      const pair = node.items.find((item) => keyText(item.key) === String(part));
      if (pair === undefined) break;
      at = isNode(pair.key) ? pair.key : at;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(part)];
      at = isNode(node) ? node : at;
    } else {
      break;
    }
  }
  return at?.range ? `line ${counter.linePos(at.range[0]).line}` : undefined;
}
