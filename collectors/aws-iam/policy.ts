import { z } from "zod";
import { canonicalJson, globMatches } from "../../src/model/index.js";

/**
 * A policy document, read as far as reach and privilege need it.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
export interface Statement {
  readonly allow: boolean;
  /** Patterns, lower case; `inverted` where the document says NotAction. */
  readonly actions: readonly string[];
  readonly actionsInverted: boolean;
  readonly resources: readonly string[];
  readonly resourcesInverted: boolean;
  /** Canonical JSON of the Condition block; absent where the statement has none. */
  readonly condition?: string;
  /** Trust policies only: principals by kind (`AWS`, `Service`, `Federated`, …). */
  readonly principals: Readonly<Record<string, readonly string[]>>;
  readonly principalsInverted: boolean;
}

export interface PolicyDocument {
  readonly statements: readonly Statement[];
}

const words = z.union([z.string(), z.array(z.string())]).transform((v) => (typeof v === "string" ? [v] : v));
const principal = z
  .union([z.literal("*"), z.record(z.string(), words)])
  .transform((v): Record<string, string[]> => (v === "*" ? { AWS: ["*"] } : v));
const statementShape = z.object({
  Effect: z.enum(["Allow", "Deny"]),
  Action: words.optional(),
  NotAction: words.optional(),
  Resource: words.optional(),
  NotResource: words.optional(),
  Principal: principal.optional(),
  NotPrincipal: principal.optional(),
  Condition: z.record(z.string(), z.unknown()).optional(),
});
const documentShape = z.object({
  Statement: z
    .union([statementShape, z.array(statementShape)])
    .transform((v) => (Array.isArray(v) ? v : [v])),
});

/**
 * Reads a document given as JSON, as text, or as URL-encoded text (RFC 3986, as the API sends it). Plain text is
 * tried first: decoding a plain document that holds a `%` would change it.
 * Returns `undefined` where it is none of these, so that nobody takes an unread policy for an empty one.
 */
export function parseDocument(raw: unknown): PolicyDocument | undefined {
  const json = typeof raw === "string" ? parseText(raw) : raw;
  const parsed = documentShape.safeParse(json);
  if (!parsed.success) return undefined;
  return {
    statements: parsed.data.Statement.map((s): Statement => {
      const condition = s.Condition === undefined ? "{}" : canonicalJson(s.Condition);
      return {
        allow: s.Effect === "Allow",
        actions: (s.Action ?? s.NotAction ?? []).map((action) => action.toLowerCase()),
        actionsInverted: s.Action === undefined && s.NotAction !== undefined,
        resources: s.Resource ?? s.NotResource ?? [],
        resourcesInverted: s.Resource === undefined && s.NotResource !== undefined,
        ...(condition === "{}" ? {} : { condition }),
        principals: s.Principal ?? s.NotPrincipal ?? {},
        principalsInverted: s.Principal === undefined && s.NotPrincipal !== undefined,
      };
    }),
  };
}

function parseText(text: string): unknown {
  for (const read of [(t: string) => t, decodeURIComponent]) {
    try {
      return JSON.parse(read(text));
    } catch {
      // The next reading, or none.
    }
  }
  return undefined;
}

/** `action` in lower case. */
export function matchesAction(statement: Statement, action: string): boolean {
  return statement.actions.some((pattern) => globMatches(pattern, action)) !== statement.actionsInverted;
}

export const isEveryResource = (statement: Statement) =>
  !statement.resourcesInverted && statement.resources.includes("*");
