import { badInput } from "./errors.js";

/** Cursors are opaque to clients: the key of the row, so they stay good while rows come and go around it. */
export function toCursor(key: string): string {
  return Buffer.from(`k:${key}`).toString("base64url");
}

export function fromCursor(cursor: string): string {
  const text = Buffer.from(cursor, "base64url").toString("utf8");
  if (!text.startsWith("k:")) throw badInput("This is not a cursor of this API.");
  return text.slice(2);
}
