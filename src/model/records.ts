import { createHash } from "node:crypto";
import type { CanonicalLabel, EdgeType } from "./vocabulary.js";

/** A property value. What is unknown is left out (or says `unknown`); null and empty maps do not exist. */
export type PropValue = string | number | boolean | readonly string[] | readonly number[];
export type Props = Readonly<Record<string, PropValue>>;

/** What one stream says of one entity. `aliases` are other names it is known by (ARN, UPN, e-mails, a former key). */
export interface NodeRecord {
  readonly kind: "node";
  readonly key: string;
  readonly label: CanonicalLabel;
  /** The provider's own label, e.g. `AwsUser`. */
  readonly provider?: string;
  readonly aliases?: readonly string[];
  /** `name` is what people read; the rest is what the stream owns. Times are UTC epoch milliseconds. */
  readonly props: Props;
  /**
   * Names of properties that this read could not determine: it gives no value, or one that only stands in
   * (`unknown`). What the stream said of them before goes on to hold until it can say it again.
   */
  readonly unsure?: readonly string[];
}

/** What one stream says of one edge. Its identity is (type, from, to, discriminator). */
export interface EdgeRecord {
  readonly kind: "edge";
  readonly type: EdgeType;
  readonly from: string;
  readonly to: string;
  /** Keeps two bindings of one role apart (condition, scope). Absent is the empty string. */
  readonly discriminator?: string;
  readonly props: Props;
}

export type GraphRecord = NodeRecord | EdgeRecord;

/** A record's id within one store: a node's key, or `TYPE|from|to|discriminator` (keys hold no `|`). */
export function recordId(record: GraphRecord): string {
  return record.kind === "node"
    ? record.key
    : edgeId(record.type, record.from, record.to, record.discriminator);
}

export function edgeId(type: EdgeType, from: string, to: string, discriminator = ""): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not get through
  const encoded = discriminator.replace(/[\u0000-\u001f\u007f-\u009f%|"\\\s]/g, (c) => encodeURIComponent(c));
  return `${type}|${from}|${to}|${encoded}`;
}

/** Splits an edge id; `undefined` for a node's key. The discriminator stays encoded, as in the id. */
export function parseEdgeId(
  id: string,
): { type: string; from: string; to: string; discriminator: string } | undefined {
  const [type, from, to, discriminator] = id.split("|");
  if (type === undefined || from === undefined || to === undefined || discriminator === undefined)
    return undefined;
  return { type, from, to, discriminator };
}

/** The type that the guard and the counts speak of: the provider's label if there is one, or the edge's type. */
export function recordType(record: GraphRecord): string {
  return record.kind === "node" ? (record.provider ?? record.label) : record.type;
}

/** JSON with object keys in code-unit order and without undefined: equal values give equal text. */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const entries = Object.entries(value)
    .filter(([, v]) => v !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${entries.map(([k, v]) => `${JSON.stringify(k)}:${canonicalJson(v)}`).join(",")}}`;
}

/**
 * The canonical line of a record in a snapshot, without newline:
 * `{"id":"<recordId>","type":"<recordType>","partition":"…","record":{…}}`.
 * The id stands first and is free of escapes, so a reader can take it without parsing the line.
 */
export function recordLine(partition: string, record: GraphRecord): string {
  return `{"id":"${recordId(record)}","type":"${recordType(record)}","partition":${JSON.stringify(partition)},"record":${canonicalJson(record)}}`;
}

export interface RecordLine {
  readonly id: string;
  readonly type: string;
  readonly partition: string;
  readonly record: GraphRecord;
}

/** The record's hash: SHA-256 of its canonical line, first 16 bytes, hex. 128 bits are ample against accident. */
export function recordHash(line: string): string {
  return createHash("sha256").update(line).digest("hex").slice(0, 32);
}
