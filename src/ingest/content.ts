import {
  CANONICAL_LABELS,
  canonicalJson,
  EDGE_TYPES,
  type GraphRecord,
  OperationError,
  type Props,
  type PropValue,
  parseKey,
} from "../model/index.js";

/** What one assertion says of a record. For an edge `label` is its type, and there is neither provider nor alias. */
export interface Content {
  readonly label: string;
  readonly provider?: string;
  /** Sorted, each once. */
  readonly aliases?: readonly string[];
  readonly props: Props;
  /** Properties whose value only stands in, because no read could determine it yet. Sorted; each has a value. */
  readonly unsure?: readonly string[];
}

/** Properties of a node that are the store's own; no record may have one. */
export const NODE_BOOKKEEPING: ReadonlySet<string> = new Set([
  "key",
  "label",
  "provider",
  "aliases",
  "assertions",
  "claims",
  "missing",
  "missingAt",
  "missingRead",
  "unsure",
]);
export const EDGE_BOOKKEEPING: ReadonlySet<string> = new Set(["disc", "assertions", "claims"]);

const LABELS: ReadonlySet<string> = new Set([...CANONICAL_LABELS, ...EDGE_TYPES]);

/** The name of what nothing names: the id in its key. */
export function nameOfKey(key: string): string {
  try {
    const { id } = parseKey(key);
    return id === "" ? key : id;
  } catch {
    return key;
  }
}

/**
 * What a record says, in the one form that everything else compares. A name that only repeats the key is no name,
 * because a stored name that was made from the key could not be told from it.
 */
export function contentOf(record: GraphRecord): Content {
  if (record.kind === "edge") return { label: record.type, props: record.props };
  const aliases = sortedAliases(record.aliases ?? []);
  const props = withoutMadeName(record.key, record.props);
  return {
    label: record.label,
    ...(record.provider === undefined ? {} : { provider: record.provider }),
    ...(aliases.length === 0 ? {} : { aliases }),
    props,
    ...unsureOf(record.unsure ?? [], props),
  };
}

function unsureOf(names: Iterable<string>, props: Props): { readonly unsure?: readonly string[] } {
  const unsure = [...new Set(names)].filter((name) => props[name] !== undefined).sort();
  return unsure.length === 0 ? {} : { unsure };
}

/**
 * What an assertion says once a record was read whose `unsure` names what the read could not determine: of these it
 * goes on to say what it said before, unless that only stood in as well. Doing it again changes nothing, so a read
 * that says the same again, or is applied again after a crash, leaves everything as it is.
 */
export function settled(record: GraphRecord, before: Content | undefined): Content {
  const content = contentOf(record);
  if (record.kind === "edge" || record.unsure === undefined || before === undefined) return content;
  const props: Record<string, PropValue> = { ...content.props };
  const open = new Set(record.unsure);
  for (const name of record.unsure) {
    const value = before.props[name];
    if (value === undefined || before.unsure?.includes(name) === true) continue;
    props[name] = value;
    open.delete(name);
  }
  const { unsure: _, ...rest } = content;
  return { ...rest, props, ...unsureOf(open, props) };
}

export function withoutMadeName(key: string, props: Props): Props {
  if (props.name === undefined || props.name !== nameOfKey(key)) return props;
  const { name: _, ...rest } = props;
  return rest;
}

export function sortedAliases(aliases: Iterable<string>): readonly string[] {
  return [...new Set(aliases)].sort();
}

/** The record type of a content, as in the lines of a snapshot. */
export function typeOf(content: Content): string {
  return content.provider ?? content.label;
}

/** A content as kept in `claims`. */
export function claimText(content: Content): string {
  return canonicalJson(content);
}

export function parseClaim(text: string): Content {
  const value: unknown = JSON.parse(text);
  if (!isMap(value) || typeof value.label !== "string" || !LABELS.has(value.label) || !isMap(value.props)) {
    throw damagedRecord("a claim that is none");
  }
  return {
    label: value.label,
    ...(typeof value.provider === "string" ? { provider: value.provider } : {}),
    ...(isTexts(value.aliases) ? { aliases: value.aliases } : {}),
    props: propsOf(value.props, new Set()),
    ...(isTexts(value.unsure) ? { unsure: value.unsure } : {}),
  };
}

/** Domain properties of a stored map: everything but the store's own. */
export function propsOf(
  stored: Readonly<Record<string, unknown>>,
  own: ReadonlySet<string>,
): Record<string, PropValue> {
  const props: Record<string, PropValue> = {};
  for (const name of Object.keys(stored)) {
    const value = stored[name];
    if (own.has(name) || value === null || value === undefined) continue;
    if (!isPropValue(value)) throw damagedRecord(`a property ${name} that is neither a scalar nor a list`);
    props[name] = value;
  }
  return props;
}

export function isPropValue(value: unknown): value is PropValue {
  if (Array.isArray(value)) {
    return value.every((item) => typeof item === "string") || value.every((item) => typeof item === "number");
  }
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

export function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function damagedRecord(what: string): OperationError {
  return new OperationError({
    what: `The store holds ${what}, where ingest never writes such a thing.`,
    means: "Nothing more was changed.",
    fix: "Run `exitgraph rebuild` into an empty store.",
  });
}
