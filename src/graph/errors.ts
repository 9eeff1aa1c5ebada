import { type ErrorDetail, ExitgraphError, InputError, messageOf, OperationError } from "../model/index.js";

/** GQLSTATUS classes of the embedded engine that blame the text of the query or its values. */
const EMBEDDED_QUERY_FAULT = /^(22|42)/;

/** An error of the embedded engine, in our terms. The statement's first line says which query it was. */
export function embeddedError(error: unknown, cypher: string): Error {
  if (error instanceof ExitgraphError) return error;
  const status = gqlStatus(error);
  const detail: ErrorDetail = {
    what: `The embedded store refused a statement: ${messageOf(error).trim()} (in: ${gist(cypher)}).`,
    cause: error,
  };
  if (status !== undefined && EMBEDDED_QUERY_FAULT.test(status)) {
    return new InputError({ ...detail, means: "The query is wrong, and nothing was changed." });
  }
  return new OperationError({ ...detail, means: "The transaction was rolled back." });
}

export function gqlStatus(error: unknown): string | undefined {
  if (typeof error === "object" && error !== null && "gqlStatus" in error) {
    return typeof error.gqlStatus === "string" ? error.gqlStatus : undefined;
  }
  return undefined;
}

/** Enough of a statement to recognise it: its comments and line breaks are left out. */
export function gist(cypher: string): string {
  const text = cypher
    .replace(/\/\*[\s\S]*?\*\//g, " ")
    .replace(/\/\/[^\n]*/g, " ")
    .replace(/\s+/g, " ")
    .trim();
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}

export function storeClosed(): OperationError {
  return new OperationError({
    what: "The graph store was closed.",
    means: "The statement was not run.",
    fix: "Open the store again.",
  });
}

/** A failed statement is never committed around, also where the caller did not mind it. */
export function statementFailed(cause: unknown): OperationError {
  return new OperationError({
    what: "An earlier statement of this transaction failed, so it can only be rolled back.",
    means: "Nothing of the transaction was changed.",
    cause,
  });
}

/** A read must not write; the engines notice it at different moments, and both refuse it. */
export function readWrote(cypher: string): InputError {
  return new InputError({
    what: `A read tried to write (in: ${gist(cypher)}).`,
    means: "Nothing was changed.",
    fix: "Use a query that only reads.",
  });
}
