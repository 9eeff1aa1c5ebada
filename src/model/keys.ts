import { createHash } from "node:crypto";

/**
 * Keys: `<source>/<kind>/<immutable id>` for what a source describes, `ref/<kind>/<id>` for what is known
 * by reference only. Characters that would need escaping in a canonical line, or that separate the parts of
 * a record id, are percent-encoded, so a key can be sliced out of a line without parsing it.
 */
function encodeId(id: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not get through
  return id.replace(/[\u0000-\u0020%|"\\\u007f-\u009f\u2028\u2029]/g, (c) => encodeURIComponent(c));
}

/** Key of an entity that `source` describes. `id` must be immutable: never an e-mail, never a display name. */
export function entityKey(source: string, kind: string, id: string): string {
  return `${source}/${kind}/${encodeId(id)}`;
}

/** Key of something known by name only. `kind` says how the name is to be read: `aws-arn`, `google-member`. */
export function refKey(kind: string, id: string): string {
  return `ref/${kind}/${encodeId(id)}`;
}

export function isRef(key: string): boolean {
  return key.startsWith("ref/");
}

/** The parts of a key. The id is decoded. */
export function parseKey(key: string): { source: string; kind: string; id: string } {
  const first = key.indexOf("/");
  const second = key.indexOf("/", first + 1);
  if (first < 1 || second < 0) return { source: "", kind: "", id: key };
  return {
    source: key.slice(0, first),
    kind: key.slice(first + 1, second),
    id: decodeURIComponent(key.slice(second + 1)),
  };
}

/** SHA-256 over the parts, each with its length before it, so that no two lists of parts collide. Hex. */
export function digest(...parts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest("hex");
}
