import type {
  CanonicalLabel,
  EdgeRecord,
  EdgeType,
  NodeRecord,
  Props,
  PropValue,
} from "../../src/model/index.js";

/** Streams, in the order they are read: later ones tie what they name to what earlier ones listed. */
export const DOMAINS = "domains";
export const ORG_UNITS = "org-units";
export const USERS = "users";
export const DELETED_USERS = "deleted-users";
export const GROUPS = "groups";
export const GROUP_MEMBERS = "group-members";
export const ADMIN_ROLES = "admin-roles";
export const TOKENS = "oauth-tokens";
export const LICENSES = "licenses";
export const DELEGATES = "mail-delegates";

type Values = Readonly<Record<string, PropValue | undefined>>;

/** Leaves out what is unknown. */
function known(values: Values): Props {
  const props: Record<string, PropValue> = {};
  for (const [name, value] of Object.entries(values)) if (value !== undefined) props[name] = value;
  return props;
}

export function node(
  label: CanonicalLabel,
  provider: string,
  key: string,
  values: Values,
  aliases: readonly string[] = [],
  unsure: readonly string[] = [],
): NodeRecord {
  const named = [...new Set(aliases)].sort();
  const props = known(values);
  return {
    kind: "node",
    key,
    label,
    provider,
    ...(named.length === 0 ? {} : { aliases: named }),
    props,
    ...(unsure.length === 0 ? {} : { unsure }),
  };
}

export function edge(
  type: EdgeType,
  from: string,
  to: string,
  values: Values = {},
  discriminator = "",
): EdgeRecord {
  const apart = discriminator === "" ? {} : { discriminator };
  return { kind: "edge", type, from, to, ...apart, props: known(values) };
}
