import type { AccountStatus, AccountType, NodeRef } from "../model/index.js";
import type { Certainty } from "../reach/index.js";
import type { EdgeRef } from "../reconcile/index.js";

/** How a person stands at an instant; never stored, always worked out from the employments. */
export const STANDINGS = ["active", "leaver", "futureLeaver", "onLeave", "notYetStarted", "unknown"] as const;
export type Standing = (typeof STANDINGS)[number];

/** `noPastLastDay`: no HR status is mapped, and the dates alone say that somebody works. */
export const STANDING_BASES = ["noPastLastDay"] as const;
export type StandingBasis = (typeof STANDING_BASES)[number];

/** One stretch of work as the HR record and its link to the person say. */
export interface EmploymentView {
  readonly key: string;
  readonly workerId: string | null;
  readonly status: string;
  /** False where the source has no HR status at all. */
  readonly statusMapped: boolean;
  /** The status in the words of the HR record where nothing says what it means; empty where it gives none. */
  readonly statusText: string | null;
  readonly type: string;
  /** ISO dates as the record has them: first and last day. */
  readonly start: string | null;
  readonly end: string | null;
  /** Epoch ms, from correlation: `until` is exclusive. */
  readonly since: number | null;
  readonly until: number | null;
  /** The record says that it is over and gives no date. */
  readonly left: boolean;
  readonly department: string | null;
  readonly title: string | null;
  /** The last complete read no longer saw it. */
  readonly missing: boolean;
}

export interface PersonView {
  readonly key: string;
  readonly name: string;
  readonly emails: readonly string[];
  readonly workerIds: readonly string[];
  readonly standing: Standing;
  /** What the standing rests on where it is not what HR says of the person; else null. */
  readonly standingBasis: StandingBasis | null;
  /** Of the employment that decides the standing. */
  readonly lastDay: string | null;
  readonly department: string | null;
  readonly manager: NodeRef | null;
  readonly employments: readonly EmploymentView[];
}

export interface AccountView extends NodeRef {
  readonly provider: string | null;
  readonly source: string;
  readonly status: AccountStatus;
  readonly accountType: AccountType;
  /** Epoch ms. */
  readonly lastUsedAt: number | null;
}

/** One thing reached: an entitlement, with the best path to it. */
export interface ReachedView {
  readonly entitlement: NodeRef;
  readonly privilege: string;
  /** What the entitlement is on. */
  readonly resource: NodeRef | null;
  readonly certainty: Certainty;
  /** True where the account itself holds it. */
  readonly direct: boolean;
  /** The groups, roles and identities in between, in the order of the path. */
  readonly through: readonly NodeRef[];
  /** From the account to the entitlement. */
  readonly path: readonly EdgeRef[];
}

export interface AccountAccess {
  readonly account: AccountView;
  /** How the account was tied to the person. */
  readonly link: { readonly rule: string | null; readonly confidence: string | null };
  readonly credentials: readonly (NodeRef & { readonly status: string })[];
  readonly reached: readonly ReachedView[];
}

/** The document of `access PERSON --json`. */
export interface AccessDocument {
  readonly schemaVersion: 1;
  readonly person: PersonView;
  readonly accounts: readonly AccountAccess[];
}

/** Who reaches a resource or entitlement: one row per start. */
export interface WhoCanRow {
  readonly person: { readonly key: string; readonly name: string; readonly standing: Standing } | null;
  /** The account or non-human identity that reaches it. */
  readonly identity: NodeRef;
  readonly status: string;
  readonly target: NodeRef;
  readonly privilege: string;
  readonly certainty: Certainty;
  readonly path: readonly EdgeRef[];
}

/** The document of `who-can RESOURCE --json`. */
export interface WhoCanDocument {
  readonly schemaVersion: 1;
  readonly target: NodeRef;
  readonly rows: readonly WhoCanRow[];
}
