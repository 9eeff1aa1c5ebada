import { entityKey } from "../model/index.js";
import { byRelevance, type EmploymentFacts, surelyOverlap } from "./employment.js";
import { comparableName, type Mailbox } from "./mailbox.js";

/** A Person as the graph holds it: correlation keeps its key. */
export interface KnownPerson {
  readonly key: string;
  readonly aliases: readonly string[];
  /** When it was first written, epoch ms. */
  readonly storedAt: number;
  /** Keys of its employments. */
  readonly employments: readonly string[];
}

/** One human with all employments that the HR records have of them. */
export interface PersonFacts {
  readonly key: string;
  /** Former keys, ordered. */
  readonly aliases: readonly string[];
  readonly storedAt: number;
  readonly name: string;
  /** As the record writes them, ordered, each mailbox once. */
  readonly emails: readonly string[];
  readonly universalId: string | undefined;
  /** In the order of the employments. */
  readonly workerIds: readonly string[];
  /** The most telling first. */
  readonly employments: readonly EmploymentFacts[];
  /** Persons who share a mailbox with this one and could not be taken for the same. */
  readonly sharesMailboxWith: readonly string[];
}

/**
 * Decides which employments are of one human. Joined are: equal universal ids (unless several people
 * surely share one); the same worker id in one source (a re-hire); an e-mail AND the name where the periods allow
 * it (a contractor who became an employee). A name alone joins nobody, nor does a mailbox under another name, nor
 * anything that holds two universal ids apart.
 */
export function personsOf(
  employments: readonly EmploymentFacts[],
  known: readonly KnownPerson[],
  mailbox: Mailbox,
  now: number,
): readonly PersonFacts[] {
  const clusters = cluster(withoutSharedIds(employments, mailbox), mailbox);
  const keys = keysOf(clusters, known);
  const knownByKey = new Map(known.map((person) => [person.key, person]));
  const persons = clusters.map((members, i) => {
    const { key, former } = keys[i] ?? { key: "", former: [] };
    const same = knownByKey.get(key);
    const aliases = new Set([...(same?.aliases ?? []), ...former]);
    for (const old of former) for (const alias of knownByKey.get(old)?.aliases ?? []) aliases.add(alias);
    aliases.delete(key);
    return describe(key, [...aliases].sort(), same?.storedAt ?? now, members, mailbox);
  });
  persons.sort((a, b) => (a.key < b.key ? -1 : 1));
  // A Person that was split off again has its own name back.
  const current = new Set(persons.map(({ key }) => key));
  const named = persons.map((person) => ({
    ...person,
    aliases: person.aliases.filter((alias) => !current.has(alias)),
  }));
  return withSharedMailboxes(named, mailbox);
}

function describe(
  key: string,
  aliases: readonly string[],
  storedAt: number,
  members: readonly EmploymentFacts[],
  mailbox: Mailbox,
): PersonFacts {
  const employments = [...members].sort(byRelevance);
  const emails = new Map<string, string>();
  for (const { emails: written } of employments)
    for (const email of written) {
      const box = mailbox(email) ?? email;
      if (!emails.has(box)) emails.set(box, email);
    }
  const workerIds = [...new Set(employments.map(({ workerId }) => workerId))];
  return {
    key,
    aliases,
    storedAt,
    name: employments.find(({ name }) => name !== undefined)?.name ?? workerIds[0] ?? key,
    emails: [...emails.values()].sort(),
    universalId: employments.find(({ universalId }) => universalId !== undefined)?.universalId,
    workerIds,
    employments,
    sharesMailboxWith: [],
  };
}

/** Groups of employments; each group, and the list of them, in an order that the input's order does not change. */
function cluster(
  employments: readonly EmploymentFacts[],
  mailbox: Mailbox,
): readonly (readonly EmploymentFacts[])[] {
  const ordered = [...employments].sort(byBeginning);
  const groups = new Map<EmploymentFacts, EmploymentFacts[]>(ordered.map((one) => [one, [one]]));
  const join = (a: EmploymentFacts, b: EmploymentFacts, allowed: typeof mayJoin | undefined) => {
    const one = groups.get(a) ?? [];
    const other = groups.get(b) ?? [];
    if (one === other || (allowed !== undefined && !allowed(one, other))) return;
    const [larger, smaller] = one.length >= other.length ? [one, other] : [other, one];
    for (const member of smaller) {
      larger.push(member);
      groups.set(member, larger);
    }
  };
  const buckets = (ids: (one: EmploymentFacts) => readonly string[]) => {
    const found = new Map<string, EmploymentFacts[]>();
    for (const one of ordered)
      for (const id of ids(one)) {
        const bucket = found.get(id);
        if (bucket === undefined) found.set(id, [one]);
        else bucket.push(one);
      }
    return found.values();
  };
  const joinBuckets = (ids: (one: EmploymentFacts) => readonly string[], allowed?: typeof mayJoin) => {
    // By an id everybody joins the first; where joining has conditions, every pair may meet them.
    for (const bucket of buckets(ids))
      for (const [i, one] of bucket.entries())
        for (const earlier of allowed === undefined ? bucket.slice(0, Math.min(i, 1)) : bucket.slice(0, i))
          join(earlier, one, allowed);
  };
  joinBuckets(({ universalId }) => (universalId === undefined ? [] : [universalId]));
  joinBuckets(({ source, workerId }) => [`${source}|${workerId}`]);
  joinBuckets(({ emails, name }) => {
    if (name === undefined) return [];
    const boxes = new Set(emails.map((email) => mailbox(email)).filter((box) => box !== undefined));
    return [...boxes].map((box) => `${box}|${comparableName(name)}`);
  }, mayJoin);
  return [...new Set(ordered.map((one) => groups.get(one) ?? [one]))].map((group) => group.sort(byBeginning));
}

/** Nobody has had that many jobs: more rows of one universal id are of several people. */
const MOST_JOBS = 50;

function withoutSharedIds(
  employments: readonly EmploymentFacts[],
  mailbox: Mailbox,
): readonly EmploymentFacts[] {
  const byId = new Map<string, EmploymentFacts[]>();
  for (const one of employments) {
    if (one.universalId === undefined) continue;
    const bucket = byId.get(one.universalId);
    if (bucket === undefined) byId.set(one.universalId, [one]);
    else bucket.push(one);
  }
  const shared = new Set([...byId].filter(([, bucket]) => isOfSeveral(bucket, mailbox)).map(([id]) => id));
  if (shared.size === 0) return employments;
  return employments.map((one) =>
    one.universalId !== undefined && shared.has(one.universalId) ? { ...one, universalId: undefined } : one,
  );
}

/**
 * True for a universal id that is none: `N/A` or `0` on the rows of many people. Taken for one person they would all
 * be employed for as long as any of them is. Three at one time in one source, of one type, under different names and
 * without a common mailbox are not one human; two may be one who changed the name.
 */
function isOfSeveral(bucket: readonly EmploymentFacts[], mailbox: Mailbox): boolean {
  if (bucket.length > MOST_JOBS) return true;
  const boxes = new Map(
    bucket.map((one) => [one, new Set(one.emails.map((email) => mailbox(email) ?? email))]),
  );
  const apart = (a: EmploymentFacts, b: EmploymentFacts) =>
    a.source === b.source &&
    a.workerId !== b.workerId &&
    a.type === b.type &&
    a.name !== undefined &&
    b.name !== undefined &&
    comparableName(a.name) !== comparableName(b.name) &&
    ![...(boxes.get(a) ?? [])].some((box) => boxes.get(b)?.has(box) === true) &&
    surelyOverlap(a, b);
  return bucket.some((a, i) => {
    const others = bucket.slice(0, i).filter((b) => apart(a, b));
    return others.some((b, j) => others.slice(0, j).some((c) => apart(b, c)));
  });
}

/** The first stretch of work first; where the first day is unknown the last one stands for it. */
function byBeginning(a: EmploymentFacts, b: EmploymentFacts): number {
  const day = ({ startsAt, endsAt }: EmploymentFacts) => startsAt ?? endsAt ?? Number.MAX_SAFE_INTEGER;
  return day(a) - day(b) || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
}

/** E-mail and name join two groups unless a universal id, or two workers of one kind at one time, keep them apart. */
function mayJoin(one: readonly EmploymentFacts[], other: readonly EmploymentFacts[]): boolean {
  return one.every((a) => other.every((b) => compatible(a, b)));
}

function compatible(a: EmploymentFacts, b: EmploymentFacts): boolean {
  if (a.universalId !== undefined && b.universalId !== undefined && a.universalId !== b.universalId)
    return false;
  // Two HR systems may both list somebody, and a contractor may start as an employee before the contract ends.
  return a.source !== b.source || a.type !== b.type || !surelyOverlap(a, b);
}

/**
 * The key of each group: that of the Person who already holds one of its employments (the earliest stored, where
 * several do; the others become former keys), else one made from its first employment.
 */
function keysOf(
  clusters: readonly (readonly EmploymentFacts[])[],
  known: readonly KnownPerson[],
): readonly { key: string; former: readonly string[] }[] {
  const holder = new Map<string, KnownPerson>();
  for (const person of known) for (const employment of person.employments) holder.set(employment, person);
  const ownKey = (one: EmploymentFacts) => entityKey(one.source, "person", one.workerId);
  // A Person whose employments no longer belong together stays with the group its key was made from, or else with
  // the group that holds the first of them.
  const claims = new Map<string, { cluster: number; made: boolean }>();
  clusters.forEach((members, i) => {
    for (const one of members) {
      const person = holder.get(one.key);
      if (person === undefined) continue;
      const made = members.some((member) => ownKey(member) === person.key);
      const claim = claims.get(person.key);
      if (claim === undefined || (made && !claim.made)) claims.set(person.key, { cluster: i, made });
    }
  });
  const taken = new Set(claims.keys());
  return clusters.map((members, i) => {
    const held = new Map<string, KnownPerson>();
    for (const { key } of members) {
      const person = holder.get(key);
      if (person !== undefined && claims.get(person.key)?.cluster === i) held.set(person.key, person);
    }
    const [first, ...rest] = [...held.values()].sort(
      (a, b) => a.storedAt - b.storedAt || (a.key < b.key ? -1 : 1),
    );
    if (first !== undefined) return { key: first.key, former: rest.map(({ key }) => key) };
    const own = members.map(ownKey);
    const key = own.find((candidate) => !taken.has(candidate)) ?? own[0] ?? "";
    taken.add(key);
    return { key, former: [] };
  });
}

function withSharedMailboxes(persons: readonly PersonFacts[], mailbox: Mailbox): readonly PersonFacts[] {
  const byMailbox = new Map<string, Set<string>>();
  for (const { key, emails } of persons)
    for (const email of emails) {
      const box = mailbox(email) ?? email;
      byMailbox.set(box, (byMailbox.get(box) ?? new Set()).add(key));
    }
  return persons.map((person) => {
    const others = new Set<string>();
    for (const email of person.emails)
      for (const key of byMailbox.get(mailbox(email) ?? email) ?? []) if (key !== person.key) others.add(key);
    return others.size === 0 ? person : { ...person, sharesMailboxWith: [...others].sort() };
  });
}
