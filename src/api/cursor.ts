import { GraphQLError } from "graphql";

/** Cursors are opaque to clients: the key of the row, so they stay good while rows come and go around it. */
export function toCursor(key: string): string {
  return Buffer.from(`k:${key}`).toString("base64url");
}

export function fromCursor(cursor: string): string {
  const text = Buffer.from(cursor, "base64url").toString("utf8");
  if (!text.startsWith("k:")) {
    throw new GraphQLError("This is not a cursor of this API.", { extensions: { code: "BAD_USER_INPUT" } });
  }
  return text.slice(2);
}
