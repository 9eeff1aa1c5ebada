import { Neo4jError } from "neo4j-driver";
import { ExitgraphError, InputError, messageOf, OperationError } from "../../model/index.js";
import { gist, readWrote } from "../errors.js";

const UNREACHABLE =
  /^(ServiceUnavailable|SessionExpired|N\/A)$|Neo\.TransientError\.General\.DatabaseUnavailable/;

/**
 * An error of the driver or the server, in our terms: what the configuration or the query has to answer for is an
 * InputError, the rest an OperationError. `location` names the server without a credential. Codes:
 * https://neo4j.com/docs/status-codes/5/errors/all-errors/
 */
export function neo4jError(error: unknown, location: string, cypher = ""): Error {
  if (error instanceof ExitgraphError) return error;
  if (!(error instanceof Neo4jError)) return error instanceof Error ? error : new Error(messageOf(error));
  const { code } = error;
  const said = error.message.trim();
  if (code.startsWith("Neo.ClientError.Security.")) return refusedCredentials(code, said, location);
  if (code === "Neo.ClientError.Database.DatabaseNotFound") {
    return new InputError({
      what: `The database that the configuration names does not exist on ${location}: ${said}`,
      means: "Nothing was read or changed.",
      fix: "Correct `database` under `store`, or leave it out to use the server's default.",
      cause: error,
    });
  }
  if (UNREACHABLE.test(code)) {
    return new OperationError({
      what: `Neo4j at ${location} cannot be reached: ${said}`,
      means: "What was not committed before is not done.",
      fix: "Check that it runs and that the address, port and scheme (neo4j://, bolt://, +s for TLS) are right.",
      cause: error,
    });
  }
  if (code === "Neo.ClientError.Statement.AccessMode") return readWrote(cypher);
  const what = `Neo4j refused a statement: ${said} (in: ${gist(cypher)}).`;
  if (code.startsWith("Neo.ClientError.Statement.")) {
    return new InputError({ what, means: "The query is wrong, and nothing was changed.", cause: error });
  }
  return new OperationError({ what, means: "The transaction was rolled back.", cause: error });
}

function refusedCredentials(code: string, said: string, location: string): InputError {
  if (code === "Neo.ClientError.Security.Forbidden") {
    return new InputError({
      what: `The user of the store may not do this on ${location}: ${said}`,
      means: "Nothing was changed.",
      fix: "Grant it, or configure a user who may read, write and create constraints and indexes.",
    });
  }
  return new InputError({
    what: `Neo4j at ${location} refused the user name or the password.`,
    means: "Nothing was read or changed.",
    fix: "Check `user` and `password` under `store`, and the environment variable that the password comes from.",
  });
}
