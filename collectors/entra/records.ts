import type {
  CanonicalLabel,
  EdgeRecord,
  EdgeType,
  NodeRecord,
  Props,
  PropValue,
} from "../../src/model/index.js";

/** Streams, in the order they are read: later ones ask for each object of earlier ones, and name them. */
export const TENANT = "tenant";
export const LICENSES = "licenses";
export const ADMINISTRATIVE_UNITS = "administrative-units";
export const USERS = "users";
export const SPONSORS = "guest-sponsors";
export const GROUPS = "groups";
export const GROUP_MEMBERS = "group-members";
export const GROUP_OWNERS = "group-owners";
export const SERVICE_PRINCIPALS = "service-principals";
export const SERVICE_PRINCIPAL_OWNERS = "service-principal-owners";
export const APPLICATIONS = "applications";
export const APPLICATION_OWNERS = "application-owners";
export const FEDERATED_CREDENTIALS = "federated-credentials";
export const APP_ROLE_ASSIGNMENTS = "app-role-assignments";
export const OAUTH_GRANTS = "oauth-grants";
export const ROLE_SCHEDULES = "role-schedules";
export const DIRECTORY_ROLES = "directory-roles";
export const ROLE_ELIGIBILITY = "role-eligibility";
export const DEVICES = "devices";
export const DELETED_USERS = "deleted-users";
export const DELETED_GROUPS = "deleted-groups";
export const DELETED_APPLICATIONS = "deleted-applications";
export const DELETED_SERVICE_PRINCIPALS = "deleted-service-principals";
export const MAIL_FORWARDING = "mail-forwarding";

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
  return {
    kind: "node",
    key,
    label,
    provider,
    ...(named.length === 0 ? {} : { aliases: named }),
    props: known(values),
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
