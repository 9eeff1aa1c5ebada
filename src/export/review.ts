import type { GraphStore } from "../graph/index.js";
import type { AccountStatus, AccountType, NodeRef } from "../model/index.js";
import {
  type Certainty,
  loadReachGraph,
  type ReachedTarget,
  type ReachGraph,
  walkAll,
} from "../reach/index.js";
import type { EdgeRef } from "../reconcile/index.js";
import { accountKeys, accountViews, type HolderView, holdersOf } from "./accounts.js";
import { slices } from "./cells.js";
import { type FindingIndex, loadFindingIndex } from "./finding-index.js";
import { NodeLookup } from "./nodes.js";
import { personViews } from "./people.js";
import { byTarget, keysOfPath, reachedView } from "./reached.js";
import type { AccountView, PersonView, ReachedView, Standing, StandingBasis } from "./views.js";

/** One row of the access-review list: an account, and one entitlement that it reaches (null where it reaches none). */
export interface AccessRow {
  readonly person: {
    readonly key: string;
    readonly workerIds: readonly string[];
    readonly name: string;
  } | null;
  /** The person's standing; null where the account has no person. */
  readonly status: Standing | null;
  /** What the status rests on where it is not what HR says; else null. */
  readonly statusBasis: StandingBasis | null;
  readonly lastDay: string | null;
  readonly manager: NodeRef | null;
  readonly department: string | null;
  readonly account: NodeRef;
  readonly source: string;
  readonly accountStatus: AccountStatus;
  readonly accountType: AccountType;
  readonly entitlement: NodeRef | null;
  readonly resource: NodeRef | null;
  readonly privilege: string | null;
  readonly certainty: Certainty | null;
  /** True where the account itself holds it; false where it comes through something. */
  readonly direct: boolean | null;
  readonly through: readonly NodeRef[];
  /** From the person (or the account, where there is none) to the resource. */
  readonly path: readonly EdgeRef[];
  /** When the account was last used, with a password or a key; ISO. */
  readonly lastUsed: string | null;
  /** Rules of the findings that stand about this access. */
  readonly findings: readonly string[];
}

/** What a list was drawn from: its denominator. */
export interface AccessPopulation {
  accounts: number;
  accountsWithPerson: number;
  accountsWithoutPerson: number;
  people: number;
  /** Accounts that reach no entitlement: one row each. */
  accountsWithoutEntitlement: number;
}

export interface ReviewOptions {
  /** Epoch ms at which standing and assignments are judged. */
  readonly now: number;
  readonly signal?: AbortSignal;
  /** Only accounts whose person stands so. */
  readonly standing?: readonly Standing[];
  /** Only accounts of these sources. */
  readonly sources?: readonly string[];
  /** Accounts at a time; 1,000 unless told. */
  readonly batch?: number;
}

/**
 * The access-review list, batch by batch, ordered by account and entitlement: every account, also those without a
 * person, for they are the population. Edges and account keys are loaded once; the rest in a few queries per batch.
 * `population` is filled while rows are drawn.
 */
export async function* accessRows(
  store: GraphStore,
  options: ReviewOptions,
  population: AccessPopulation,
): AsyncGenerator<readonly AccessRow[], void, undefined> {
  const { now, signal } = options;
  const graph = await loadReachGraph(store, signal === undefined ? {} : { signal });
  const findings = await loadFindingIndex(store, signal);
  const nodes = new NodeLookup(store, signal);
  const people = new Set<string>();
  for (const keys of slices(await accountKeys(store, signal), options.batch ?? 1_000)) {
    const { accounts } = await accountViews(store, keys, signal);
    const holders = await holdersOf(store, keys, signal);
    const persons = await personViews(store, holderKeys(holders), now, signal);
    const wanted = keys.flatMap((key) => {
      const account = accounts.get(key);
      const holder = holders.get(key)?.[0];
      const person = holder === undefined ? undefined : persons.get(holder.person);
      return account !== undefined && isWanted(account, person, options) ? [{ account, person }] : [];
    });
    const starts = wanted.map(({ account }) => account.key);
    const reached = byStart(
      byTarget(walkAll(graph, starts, { now, ...(signal === undefined ? {} : { signal }) })),
    );
    const touched = [...reached.values()].flat().flatMap(({ path }) => [...keysOfPath(path)]);
    await nodes.load(touched);
    const rows: AccessRow[] = [];
    for (const { account, person } of wanted) {
      count(population, people, person);
      const found = reached.get(account.key) ?? [];
      if (found.length === 0) {
        population.accountsWithoutEntitlement += 1;
        rows.push(rowOf(account, person, undefined, findings, graph));
      }
      for (const one of found) rows.push(rowOf(account, person, reachedView(one, nodes), findings, graph));
    }
    nodes.forget(keys);
    yield rows;
  }
}

export function emptyPopulation(): AccessPopulation {
  return {
    accounts: 0,
    accountsWithPerson: 0,
    accountsWithoutPerson: 0,
    people: 0,
    accountsWithoutEntitlement: 0,
  };
}

function count(population: AccessPopulation, people: Set<string>, person: PersonView | undefined): void {
  population.accounts += 1;
  if (person === undefined) {
    population.accountsWithoutPerson += 1;
    return;
  }
  population.accountsWithPerson += 1;
  people.add(person.key);
  population.people = people.size;
}

function* holderKeys(holders: ReadonlyMap<string, readonly HolderView[]>): Generator<string> {
  for (const list of holders.values()) for (const { person } of list) yield person;
}

function isWanted(account: AccountView, person: PersonView | undefined, options: ReviewOptions): boolean {
  if (options.sources !== undefined && !options.sources.includes(account.source)) return false;
  if (options.standing === undefined) return true;
  return person !== undefined && options.standing.includes(person.standing);
}

function byStart(reached: Iterable<ReachedTarget>): ReadonlyMap<string, readonly ReachedTarget[]> {
  const found = new Map<string, ReachedTarget[]>();
  for (const one of reached) {
    const list = found.get(one.start);
    if (list === undefined) found.set(one.start, [one]);
    else list.push(one);
  }
  return found;
}

function rowOf(
  account: AccountView,
  person: PersonView | undefined,
  reached: ReachedView | undefined,
  findings: FindingIndex,
  graph: ReachGraph,
): AccessRow {
  const isEntitlement = (key: string) => {
    const node = graph.indexOf(key);
    return node !== undefined && graph.entitlements[node] === 1;
  };
  const own: NodeRef = { key: account.key, label: account.label, name: account.name };
  const link: readonly EdgeRef[] =
    person === undefined
      ? []
      : [{ from: { key: person.key, label: "Person", name: person.name }, edge: "HAS_ACCOUNT", to: own }];
  return {
    person: person === undefined ? null : { key: person.key, workerIds: person.workerIds, name: person.name },
    status: person?.standing ?? null,
    statusBasis: person?.standingBasis ?? null,
    lastDay: person?.lastDay ?? null,
    manager: person?.manager ?? null,
    department: person?.department ?? null,
    account: own,
    source: account.source,
    accountStatus: account.status,
    accountType: account.accountType,
    entitlement: reached?.entitlement ?? null,
    resource: reached?.resource ?? null,
    privilege: reached?.privilege ?? null,
    certainty: reached?.certainty ?? null,
    direct: reached?.direct ?? null,
    through: reached?.through ?? [],
    path: [...link, ...(reached?.path ?? [])],
    lastUsed: account.lastUsedAt === null ? null : new Date(account.lastUsedAt).toISOString(),
    findings: findings.rules(account.key, reached?.entitlement.key, isEntitlement),
  };
}
