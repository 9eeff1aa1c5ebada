import type { z } from "zod";
import { knownKeys, knownValues } from "./schema-walk.js";
import { suggest } from "./suggest.js";

/** One thing that is wrong: where (a path from the root of the file), and what, without the value. */
export interface Problem {
  readonly path: readonly PropertyKey[];
  /** For an unknown key: the key itself, for its line. */
  readonly key?: string;
  readonly text: string;
}

/**
 * What a schema's issues mean, in words. Zod's messages speak of types and options, never of the value; a
 * collector's own refinements are trusted to do the same, and the caller takes out what came from the environment.
 */
export function problemsOf(
  error: z.ZodError,
  schema: z.ZodType,
  prefix: readonly PropertyKey[] = [],
  extraKeys: readonly string[] = [],
): readonly Problem[] {
  return error.issues.flatMap((issue) => {
    const path = [...prefix, ...issue.path];
    if (issue.code === "unrecognized_keys") {
      const known = [...knownKeys(schema, issue.path), ...(issue.path.length === 0 ? extraKeys : [])];
      return issue.keys.map((key) => {
        const meant = suggest(key, known);
        const list = known.length > 0 ? ` (known: ${known.join(", ")})` : "";
        return {
          path: [...path, key],
          key,
          text: meant === undefined ? `is not known${list}` : `is not known; did you mean ${meant}?`,
        };
      });
    }
    if (issue.code === "invalid_key") return [{ path, text: keyRule(path) }];
    const values = knownValues(schema, issue.path);
    if (values.length > 0) return [{ path, text: `must be one of ${values.join(", ")}` }];
    if (/received undefined$/.test(issue.message)) return [{ path, text: "is missing" }];
    return [{ path, text: lower(issue.message.replace(/^Invalid input: |^Invalid string: /, "")) }];
  });
}

function keyRule(path: readonly PropertyKey[]): string {
  return path[0] === "sources"
    ? "is no name for a source: small letters, digits and -, beginning with a letter, at most 40"
    : "is no valid key";
}

function lower(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}

/** Dotted path for people: `sources.hr.columns.email`. */
export function pathText(path: readonly PropertyKey[]): string {
  return path.length === 0 ? "the file" : path.map(String).join(".");
}
