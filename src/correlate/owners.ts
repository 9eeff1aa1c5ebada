import { isRef, parseKey } from "../model/index.js";
import type { PersonIndex } from "./person-index.js";

/** OWNED_BY as a source says it: to an account, or to a reference that somebody wrote into a tag. */
export interface OwnerClaim {
  readonly subject: string;
  readonly owner: string;
  readonly basis: string;
  readonly evidence: string | undefined;
}

/** OWNED_BY {basis, evidence} to the person who is meant. */
export interface Owner {
  readonly subject: string;
  readonly person: string;
  readonly basis: string;
  readonly evidence: string;
}

export interface OwnerNames {
  /** Persons by account key. */
  readonly personOf: (account: string) => string | undefined;
  /** Keys of accounts of this ARN or other name, and of this user name (lower case). */
  readonly accountsCalled: (name: string) => readonly string[];
  readonly persons: PersonIndex;
}

export interface OwnerResult {
  readonly owners: readonly Owner[];
  /** Claims that name nobody, or more than one. */
  readonly unresolved: number;
}

/**
 * Says of everything that has an owner which person that is. The mapping file wins over what tags and records say,
 * and those over who created it. A name that could mean two persons means nobody.
 */
export function ownersOf(
  claims: readonly OwnerClaim[],
  created: readonly { readonly subject: string; readonly account: string }[],
  mapped: ReadonlyMap<string, { readonly persons: readonly string[]; readonly evidence: string }>,
  names: OwnerNames,
): OwnerResult {
  const found = new Map<string, Owner>();
  const owned = new Set<string>();
  let unresolved = 0;
  const add = (owner: Owner) => {
    const id = `${owner.subject}|${owner.person}`;
    const known = found.get(id);
    if (known === undefined || compare(owner, known) < 0) found.set(id, owner);
    owned.add(owner.subject);
  };
  for (const [subject, { persons, evidence }] of mapped)
    for (const person of persons) add({ subject, person, basis: "mapping", evidence });
  for (const { subject, owner, basis, evidence } of claims) {
    if (mapped.has(subject)) continue;
    const meant = personOf(owner, names);
    if (meant === undefined) {
      unresolved += 1;
      continue;
    }
    const because = [evidence, meant.how].filter((part) => part !== undefined).join(": ");
    add({ subject, person: meant.person, basis, evidence: because });
  }
  const said = new Set(owned);
  for (const { subject, account } of created) {
    const person = said.has(subject) ? undefined : names.personOf(account);
    if (person !== undefined) add({ subject, person, basis: "creator", evidence: `created by ${account}` });
  }
  return { owners: [...found.values()].sort(compare), unresolved };
}

function compare(a: Owner, b: Owner): number {
  const order = (owner: Owner) => [owner.subject, owner.person, owner.basis, owner.evidence];
  const other = order(b);
  for (const [i, text] of order(a).entries()) {
    const against = other[i] ?? "";
    if (text !== against) return text < against ? -1 : 1;
  }
  return 0;
}

/** What an account is called that a reference to an owner names. */
export function calledBy(owner: string): string {
  const { kind, id } = parseKey(owner);
  return kind === "entra-object" ? `entra-object:${id}` : id;
}

function personOf(owner: string, names: OwnerNames): { person: string; how: string | undefined } | undefined {
  if (!isRef(owner)) {
    const person = names.personOf(owner);
    return person === undefined ? undefined : { person, how: `the account ${owner}` };
  }
  const { kind, id } = parseKey(owner);
  const called = calledBy(owner);
  const attempts: readonly (readonly [string, () => Iterable<string>])[] = [
    [`e-mail ${id}`, () => names.persons.byEmail(id)],
    [`worker id ${id}`, () => (kind === "owner-tag" ? names.persons.byWorkerId(id) : [])],
    [
      `the account ${id}`,
      () =>
        kind === "email"
          ? []
          : names.accountsCalled(called).flatMap((account) => names.personOf(account) ?? []),
    ],
    [`the name ${id}`, () => (kind === "owner-tag" ? names.persons.byName(id) : [])],
  ];
  for (const [how, attempt] of attempts) {
    const [person, another] = new Set(attempt());
    if (person === undefined) continue;
    return another === undefined ? { person, how } : undefined;
  }
  return undefined;
}
