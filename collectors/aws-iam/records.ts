import type {
  CanonicalLabel,
  EdgeRecord,
  EdgeType,
  GraphRecord,
  NodeRecord,
  Props,
  PropValue,
} from "../../src/model/index.js";

/** A record together with the stream that owns it. */
export interface Owned {
  readonly stream: string;
  readonly record: GraphRecord;
}

export const AUTHORIZATION = "account-authorization";
export const REPORT = "credential-report";
export const KEYS = "access-keys";
export const SUMMARY = "account-summary";

/** Leaves out what is unknown. */
export function known(values: Readonly<Record<string, PropValue | undefined>>): Props {
  const props: Record<string, PropValue> = {};
  for (const [name, value] of Object.entries(values)) if (value !== undefined) props[name] = value;
  return props;
}

export function node(
  label: CanonicalLabel,
  provider: string,
  key: string,
  values: Readonly<Record<string, PropValue | undefined>>,
  aliases: readonly string[] = [],
): NodeRecord {
  const named = [...new Set(aliases)].sort();
  return {
    kind: "node",
    key,
    label,
    provider,
    ...(named.length === 0 ? {} : { aliases: named }),
    props: known(values),
  };
}

/** The same record, with the properties that its read could not determine: what was said of them before holds on. */
export function unsureOf(record: NodeRecord, names: readonly string[]): NodeRecord {
  return names.length === 0 ? record : { ...record, unsure: [...names].sort() };
}

export function edge(
  type: EdgeType,
  from: string,
  to: string,
  values: Readonly<Record<string, PropValue | undefined>> = {},
  discriminator = "",
): EdgeRecord {
  return {
    kind: "edge",
    type,
    from,
    to,
    ...(discriminator === "" ? {} : { discriminator }),
    props: known(values),
  };
}
