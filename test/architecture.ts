import { dirname, posix } from "node:path";
import ts from "typescript";

/** A source file: its path from the project's folder, with `/`, and its text. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

export interface Rules {
  /** Folders under src/, lowest first: each may import those before it. */
  readonly order: readonly string[];
  /** Packages that an installation brings; others are for tests and tools only. */
  readonly dependencies: ReadonlySet<string>;
}

/** What a collector may know of src/: the vocabulary and its contract. */
const COLLECTORS_MAY_IMPORT: readonly string[] = ["model", "collect"];
/** Who hands the collectors to the engine. */
const KNOWS_COLLECTORS = "cli";

/** The order of the table in docs/architecture.md: the word in backquotes that opens each row. */
export function orderOf(architecture: string): readonly string[] {
  return [...architecture.matchAll(/^\| `([a-z]+)` +\|/gm)].map(([, folder]) => folder ?? "");
}

/** One line per import that the rules forbid: file, import, rule. */
export function violations(files: readonly SourceFile[], rules: Rules): readonly string[] {
  return files.flatMap((file) => {
    const place = placeOf(file.path);
    if (place.kind === "src" && !rules.order.includes(place.folder)) {
      return [`${file.path}: the folder "${place.folder}" is not in the table of docs/architecture.md`];
    }
    return importsOf(file).flatMap((specifier) => {
      const why = forbidden(file.path, place, specifier, rules);
      return why === undefined ? [] : [`${file.path} imports "${specifier}": ${why}`];
    });
  });
}

/** What a file imports: import and export-from statements, type imports and `import("…")`. */
function importsOf(file: SourceFile): readonly string[] {
  return ts.preProcessFile(file.text, true, true).importedFiles.map((found) => found.fileName);
}

type Place =
  | { readonly kind: "src"; readonly folder: string; readonly inside: string }
  | { readonly kind: "collectors"; readonly folder: string; readonly inside: string }
  | { readonly kind: "elsewhere" };

function placeOf(path: string): Place {
  const [top, folder, ...rest] = path.split("/");
  if (top !== "src" && top !== "collectors") return { kind: "elsewhere" };
  // A file that stands in no folder has only its own name.
  if (rest.length === 0) return { kind: top, folder: "", inside: folder ?? "" };
  return { kind: top, folder: folder ?? "", inside: rest.join("/") };
}

function forbidden(path: string, from: Place, specifier: string, rules: Rules): string | undefined {
  const isTest = path.endsWith(".test.ts");
  if (!specifier.startsWith(".")) return isTest ? undefined : forbiddenPackage(specifier, rules);
  const to = placeOf(posix.join(dirname(path), specifier));
  if (to.kind === "elsewhere") {
    return isTest ? undefined : "src/ and collectors/ import nothing that stands beside them";
  }
  if (from.kind === to.kind && from.folder === to.folder) return undefined;
  if (to.kind === "collectors") return forbiddenCollector(from, to);
  // A unit test may look inside a folder that its own may import: for what only tests are to have.
  if (to.inside !== "index.js" && !isTest) {
    return `a folder is entered through its index.ts: import from src/${to.folder}/index.js`;
  }
  if (from.kind === "collectors") {
    // Their tests collect into a snapshot: they may have what stands above the contract.
    const above = rules.order.slice(0, rules.order.indexOf("collect"));
    return COLLECTORS_MAY_IMPORT.includes(to.folder) || (isTest && above.includes(to.folder))
      ? undefined
      : `collectors import only src/${COLLECTORS_MAY_IMPORT.join(" and src/")}`;
  }
  const [mine, theirs] = [
    rules.order.indexOf(from.kind === "src" ? from.folder : ""),
    rules.order.indexOf(to.folder),
  ];
  if (theirs >= 0 && theirs < mine) return undefined;
  return `"${to.folder}" does not stand above "${from.kind === "src" ? from.folder : path}" in docs/architecture.md`;
}

function forbiddenCollector(from: Place, to: Place & { kind: "collectors" }): string | undefined {
  if (from.kind === "collectors") {
    return from.folder === "" && to.inside === "collector.js"
      ? undefined
      : "a collector knows its own folder only; the registry imports each collector.ts";
  }
  if (from.kind === "src" && from.folder === KNOWS_COLLECTORS) {
    return to.folder === "" && to.inside === "index.js"
      ? undefined
      : "collectors are reached through collectors/index.ts";
  }
  return `only src/${KNOWS_COLLECTORS} knows the collectors`;
}

function forbiddenPackage(specifier: string, rules: Rules): string | undefined {
  if (specifier.startsWith("node:")) return undefined;
  const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
  return rules.dependencies.has(name) ? undefined : `"${name}" is not among the dependencies in package.json`;
}
