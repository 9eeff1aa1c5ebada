/**
 * The closed vocabulary of the access graph. Cypher text is built from these words only; every other
 * value reaches the store as a parameter. Names follow Cartography's ontology where it has one.
 */

/** Canonical labels: exactly one per node, beside `Entity` and the provider's own label. */
export const CANONICAL_LABELS = [
  "Person",
  "Employment",
  "Account",
  "NonHumanIdentity",
  "Group",
  "Entitlement",
  "Resource",
  "Application",
  "OAuthGrant",
  "Credential",
  "License",
] as const;
export type CanonicalLabel = (typeof CANONICAL_LABELS)[number];

/** The label of an endpoint that no source describes. */
export const UNRESOLVED = "Unresolved";
export type NodeLabel = CanonicalLabel | typeof UNRESOLVED;

/** Labels of records that a source can lose sight of but that are never deleted: they become `missing`. */
export const RETAINED_LABELS: ReadonlySet<NodeLabel> = new Set<NodeLabel>(["Person", "Employment"]);

/** What an edge type may join, and whether access passes along it. */
export interface EdgeRule {
  readonly from: readonly NodeLabel[];
  readonly to: readonly NodeLabel[];
  /** True where whoever stands at `from` also has what `to` has. */
  readonly passes: boolean;
}

const PRINCIPALS = ["Account", "NonHumanIdentity", "Group"] as const;
/** Sources may refer to things nobody lists, so either end of any edge may also be `Unresolved`. */
export const EDGE_RULES = {
  EMPLOYED_AS: { from: ["Person"], to: ["Employment"], passes: false },
  HAS_ACCOUNT: { from: ["Person"], to: ["Account"], passes: false },
  REPORTS_TO: { from: ["Person"], to: ["Person"], passes: false },
  MEMBER_OF: { from: [...PRINCIPALS, "Resource"], to: ["Group"], passes: true },
  SAME_AS: {
    from: [...PRINCIPALS, "Resource", "Application", "Entitlement"],
    to: [...PRINCIPALS, "Resource", "Application", "Entitlement"],
    passes: true,
  },
  SIGNS_IN_AS: { from: ["Account"], to: ["Account"], passes: true },
  CAN_ASSUME: { from: [...PRINCIPALS, "Resource", "Application"], to: ["NonHumanIdentity"], passes: true },
  HAS_ENTITLEMENT: { from: [...PRINCIPALS, "Application", "Resource"], to: ["Entitlement"], passes: true },
  ON: { from: ["Entitlement"], to: ["Resource"], passes: false },
  CONTAINS: { from: ["Resource"], to: ["Resource", "NonHumanIdentity", "Account"], passes: false },
  HAS_CREDENTIAL: { from: ["Account", "NonHumanIdentity", "Application"], to: ["Credential"], passes: false },
  CREATED: { from: ["Account"], to: ["Credential", "NonHumanIdentity"], passes: false },
  COULD_READ: { from: ["Person", "Account"], to: ["Credential"], passes: false },
  CONSENTED: { from: ["Account"], to: ["OAuthGrant"], passes: false },
  TO: { from: ["OAuthGrant"], to: ["Application"], passes: false },
  RUNS_AS: { from: ["Application"], to: ["NonHumanIdentity"], passes: true },
  OWNED_BY: {
    from: [
      "Account",
      "NonHumanIdentity",
      "Group",
      "Entitlement",
      "Resource",
      "Application",
      "OAuthGrant",
      "Credential",
      "License",
    ],
    // A directory lets software own what software is, and groups answer for guests.
    to: ["Account", "Person", "NonHumanIdentity", "Group"],
    passes: false,
  },
  USES_SEAT: { from: ["Account"], to: ["License"], passes: false },
} as const satisfies Record<string, EdgeRule>;
export type EdgeType = keyof typeof EDGE_RULES;
export const EDGE_TYPES = Object.keys(EDGE_RULES) as readonly EdgeType[];

/** A provider's own label (`AwsUser`): declared by a collector, checked by this form before it meets Cypher. */
export const PROVIDER_LABEL = /^[A-Z][A-Za-z0-9]{1,39}$/;

/** Names of sources, streams and properties. */
export const SOURCE_NAME = /^[a-z][a-z0-9-]{0,39}$/;
export const STREAM_NAME = /^[a-z][a-z0-9-]{0,59}$/;
export const PROPERTY_NAME = /^[a-z][A-Za-z0-9]{0,39}$/;
/** The source that correlation writes as. No configured source may use these names. */
export const DERIVED_SOURCE = "derived";
export const RESERVED_SOURCES: readonly string[] = [DERIVED_SOURCE, "ref"];

export const ACCOUNT_STATUSES = ["enabled", "disabled", "deleted", "unknown"] as const;
export type AccountStatus = (typeof ACCOUNT_STATUSES)[number];
export const ACCOUNT_TYPES = ["human", "service", "shared", "guest", "breakGlass", "unknown"] as const;
export type AccountType = (typeof ACCOUNT_TYPES)[number];
export const CREDENTIAL_STATUSES = ["active", "inactive", "deleted", "unknown"] as const;
export const PRIVILEGES = ["admin", "privileged", "write", "read", "unknown"] as const;
export type Privilege = (typeof PRIVILEGES)[number];
export const EMPLOYMENT_STATUSES = ["active", "leave", "terminated", "pending", "unknown"] as const;
export type EmploymentStatus = (typeof EMPLOYMENT_STATUSES)[number];
export const EMPLOYMENT_TYPES = ["employee", "contingent", "unknown"] as const;
export type EmploymentType = (typeof EMPLOYMENT_TYPES)[number];
/** Edge property `assignment` of MEMBER_OF, HAS_ENTITLEMENT and CAN_ASSUME; absent means `active`. */
export const ASSIGNMENTS = ["active", "eligible"] as const;
export const SEVERITIES = ["low", "medium", "high", "critical"] as const;
export type Severity = (typeof SEVERITIES)[number];
