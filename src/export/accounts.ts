import type { GraphStore, Row } from "../graph/index.js";
import { ACCOUNT_STATUSES, ACCOUNT_TYPES, parseKey } from "../model/index.js";
import { keyed, number, oneOf, slices, text } from "./cells.js";
import type { AccountView } from "./views.js";

/** Reads of accounts, also for the differential test over all reads. */
export const ACCOUNT_QUERIES = {
  keys: "MATCH (a:Account) RETURN a.key AS key",
  accounts:
    "UNWIND $keys AS k MATCH (a:Entity {key: k}) RETURN a.key AS key, a.label AS label, a.name AS name, a.provider AS provider, a.status AS status, a.accountType AS accountType, a.lastLoginAt AS lastLoginAt, a.lastUsedAt AS lastUsedAt",
  credentials:
    "UNWIND $keys AS k MATCH (a:Entity {key: k})-[:HAS_CREDENTIAL]->(c:Credential) RETURN a.key AS key, c.key AS credential, c.name AS name, c.status AS status, c.lastUsedAt AS lastUsedAt",
  holders:
    "UNWIND $keys AS k MATCH (a:Entity {key: k})<-[h:HAS_ACCOUNT]-(p:Person) RETURN a.key AS key, p.key AS person, h.rule AS rule, h.confidence AS confidence",
  ofPerson:
    "MATCH (p:Entity {key: $person})-[h:HAS_ACCOUNT]->(a:Account) RETURN a.key AS key, h.rule AS rule, h.confidence AS confidence",
} as const;

const BATCH = 2_000;

export interface CredentialView {
  readonly key: string;
  readonly label: "Credential";
  readonly name: string;
  readonly status: string;
  readonly lastUsedAt: number | null;
}

export interface HolderView {
  readonly person: string;
  readonly rule: string | null;
  readonly confidence: string | null;
}

/** Keys of all accounts, in order. The one read that a whole population needs before it goes batch by batch. */
export async function accountKeys(store: GraphStore, signal?: AbortSignal): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const rows of store.read(ACCOUNT_QUERIES.keys, signal === undefined ? {} : { signal })) {
    for (const [key] of keyed(rows)) keys.push(key);
  }
  return keys.sort();
}

/** Accounts by key; what is not in the graph is left out. Use of a credential is use of its account. */
export async function accountViews(
  store: GraphStore,
  keys: readonly string[],
  signal?: AbortSignal,
): Promise<{
  readonly accounts: ReadonlyMap<string, AccountView>;
  readonly credentials: ReadonlyMap<string, readonly CredentialView[]>;
}> {
  const accounts = new Map<string, AccountView>();
  const credentials = new Map<string, CredentialView[]>();
  for (const batch of slices(keys, BATCH)) {
    for (const [key, row] of keyed(await store.rows(ACCOUNT_QUERIES.credentials, { keys: batch }, signal))) {
      const list = credentials.get(key) ?? [];
      credentials.set(key, list);
      const credential = text(row.credential) ?? "";
      list.push({
        key: credential,
        label: "Credential",
        name: text(row.name) ?? credential,
        status: text(row.status) ?? "unknown",
        lastUsedAt: number(row.lastUsedAt),
      });
    }
    for (const [key, row] of keyed(await store.rows(ACCOUNT_QUERIES.accounts, { keys: batch }, signal))) {
      const used = (credentials.get(key) ?? []).map((one) => one.lastUsedAt);
      accounts.set(key, accountOf(key, row, used));
    }
  }
  for (const list of credentials.values()) list.sort((a, b) => (a.key < b.key ? -1 : 1));
  return { accounts, credentials };
}

function accountOf(key: string, row: Row, used: readonly (number | null)[]): AccountView {
  const times = [number(row.lastLoginAt), number(row.lastUsedAt), ...used].filter((time) => time !== null);
  return {
    key,
    label: text(row.label) ?? "Unresolved",
    name: text(row.name) ?? key,
    provider: text(row.provider),
    source: parseKey(key).source,
    status: oneOf(ACCOUNT_STATUSES, row.status, "unknown"),
    accountType: oneOf(ACCOUNT_TYPES, row.accountType, "unknown"),
    lastUsedAt: times.length === 0 ? null : Math.max(...times),
  };
}

/** Who holds each account; the smallest person key first where there are several. */
export async function holdersOf(
  store: GraphStore,
  keys: readonly string[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, readonly HolderView[]>> {
  const holders = new Map<string, HolderView[]>();
  for (const batch of slices(keys, BATCH)) {
    for (const [key, row] of keyed(await store.rows(ACCOUNT_QUERIES.holders, { keys: batch }, signal))) {
      const person = text(row.person);
      if (person === null) continue;
      const list = holders.get(key) ?? [];
      holders.set(key, list);
      list.push({ person, ...linkOf(row) });
    }
  }
  for (const list of holders.values()) list.sort((a, b) => (a.person < b.person ? -1 : 1));
  return holders;
}

export function linkOf(row: Row): { rule: string | null; confidence: string | null } {
  const confidence = number(row.confidence);
  return {
    rule: text(row.rule),
    confidence: confidence === null ? text(row.confidence) : String(confidence),
  };
}
