import type { PolicyDocument } from "./policy.js";
import type { AccessKeyShape } from "./shapes.js";

export interface InlinePolicy {
  readonly name: string;
  readonly document: PolicyDocument | undefined;
}
export interface AttachedPolicy {
  readonly arn: string;
  readonly name: string;
}
/** What users, groups and roles have in common. */
export interface Principal {
  readonly id: string;
  readonly name: string;
  readonly arn: string;
  readonly path: string;
  readonly createdAt: number | undefined;
  readonly inline: readonly InlinePolicy[];
  readonly attached: readonly AttachedPolicy[];
  readonly boundary: string | undefined;
  readonly tags: readonly { readonly name: string; readonly value: string }[];
}
export interface User extends Principal {
  readonly groups: readonly string[];
}
export interface Role extends Principal {
  readonly trust: PolicyDocument | undefined;
  readonly lastUsedAt: number | undefined;
}
export interface ManagedPolicy {
  readonly arn: string;
  readonly name: string;
  readonly createdAt: number | undefined;
  /** Of the default version; `undefined` where it was not there or could not be read. */
  readonly document: PolicyDocument | undefined;
}

export interface ReportSlot {
  readonly slot: number;
  /** `undefined` where the report does not say. */
  readonly active: boolean | undefined;
  readonly rotatedAt: number | undefined;
  readonly lastUsedAt: number | undefined;
  readonly service: string | undefined;
  readonly region: string | undefined;
}
export interface ReportRow {
  readonly line: number;
  readonly name: string;
  readonly arn: string;
  readonly root: boolean;
  readonly createdAt: number | undefined;
  readonly password: boolean | undefined;
  readonly passwordLastUsed: number | undefined;
  readonly passwordChangedAt: number | undefined;
  readonly mfa: boolean | undefined;
  readonly slots: readonly ReportSlot[];
  readonly certificates: readonly {
    readonly slot: number;
    readonly active: boolean | undefined;
    readonly rotatedAt: number | undefined;
  }[];
}

/** What the listing of one user's keys gave. */
export interface Listing {
  /** NoSuchEntity: the user is gone. */
  readonly gone: boolean;
  readonly keys: readonly AccessKeyShape[];
}

/** What the streams of one account tell each other. All of it is of one account, a few thousand entries. */
export interface Memo {
  /**
   * Pages of GetAccountAuthorizationDetails seen, whether a user in them could not be read, whether they name all users
   * as far as they say themselves, and when the read began.
   */
  authorization: { pages: number; complete: boolean; rejected: boolean; startedAt: number | undefined };
  readonly users: Map<string, User>;
  readonly groups: Map<string, Principal>;
  readonly roles: Map<string, Role>;
  readonly policies: Map<string, ManagedPolicy>;
  /** AWS's own count of users; `undefined` where the summary was not read. */
  totalUsers: number | undefined;
  report: { seen: boolean; generatedAt: number | undefined };
  readonly rows: ReportRow[];
  /** By user name. */
  readonly listings: Map<string, Listing>;
  /** Names of users whose keys should have been listed and could not. */
  readonly unlisted: Set<string>;
  /** Keys of credentials in the graph, by the key of their holder; from a live read only. */
  readonly knownCredentials: Map<string, readonly string[]>;
  /** The graph holds users of this account, so rows that match nobody must not become users of their own. */
  graphHasUsers: boolean;
}

export function createMemo(): Memo {
  return {
    authorization: { pages: 0, complete: false, rejected: false, startedAt: undefined },
    users: new Map(),
    groups: new Map(),
    roles: new Map(),
    policies: new Map(),
    totalUsers: undefined,
    report: { seen: false, generatedAt: undefined },
    rows: [],
    listings: new Map(),
    unlisted: new Set(),
    knownCredentials: new Map(),
    graphHasUsers: false,
  };
}

/** False also where it is not known: an older report knows nothing of keys made before the users were read. */
export function isFresh({ authorization: { startedAt }, report: { generatedAt } }: Memo): boolean {
  return generatedAt !== undefined && startedAt !== undefined && generatedAt >= startedAt;
}

/** Every user of the account was read, as far as AWS's own count can tell. */
export function knowsAllUsers({ authorization, users, totalUsers }: Memo): boolean {
  return authorization.complete && users.size >= (totalUsers ?? 0);
}
