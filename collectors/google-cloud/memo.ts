import type { Assessment } from "./privilege.js";

export const RESOURCES = "resources";
export const ACCOUNTS = "service-accounts";
export const POLICIES = "policies";
export const ROLES = "custom-roles";
export const ACCOUNT_POLICIES = "service-account-policies";
export const KEYS = "service-account-keys";
export const POOLS = "workload-pools";
/** In the order they are read: each may look at what those before it found. */
export const STREAMS = [RESOURCES, ACCOUNTS, POLICIES, ROLES, ACCOUNT_POLICIES, KEYS, POOLS] as const;
export type StreamName = (typeof STREAMS)[number];

/** What the streams of one organisation, folder or project tell each other: names and ids, no whole objects. */
export interface Memo {
  /** Of a project's partition. */
  project:
    | { readonly name: string; readonly id: string | undefined; readonly owners: readonly string[] }
    | undefined;
  /** The project is gone: there is nothing below it. */
  gone: boolean;
  /** uniqueId by e-mail, in lower case. */
  readonly accounts: Map<string, string>;
  /** Every page of the accounts was seen, and every account on them understood. */
  accountsWhole: boolean;
  /** Resources on which somebody holds a custom role, by role. */
  readonly customBindings: Map<string, Set<string>>;
  /** What a custom role lets one do, by its name. */
  readonly roles: Map<string, Assessment>;
  /** Normalised members of the project's own basic roles. */
  readonly basicMembers: Map<string, readonly string[]>;
  /** The project's own policy was seen. */
  policiesWhole: boolean;
  /** Every policy of the partition was read, and every one of its accounts: known while reading only. */
  policiesRead: boolean;
  accountPoliciesRead: boolean;
  /** Streams of which a page was converted. */
  readonly seen: Set<StreamName>;
  /** Streams of which something was there and not understood, or is known to be missing: they prove no absence. */
  readonly short: Set<StreamName>;
  /** `principal://` and `principalSet://` that policies name, by pool. */
  readonly federated: Map<string, Set<string>>;
}

export function createMemo(): Memo {
  return {
    project: undefined,
    gone: false,
    accounts: new Map(),
    accountsWhole: false,
    customBindings: new Map(),
    roles: new Map(),
    basicMembers: new Map(),
    policiesWhole: false,
    policiesRead: false,
    accountPoliciesRead: false,
    seen: new Set(),
    short: new Set(),
    federated: new Map(),
  };
}

/** The list of a map's key, begun where there is none. */
export function setOf<K, V>(map: Map<K, Set<V>>, key: K): Set<V> {
  const found = map.get(key) ?? new Set<V>();
  map.set(key, found);
  return found;
}
