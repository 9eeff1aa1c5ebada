import type { LoadedConfig } from "../config/index.js";
import type { GraphStore } from "../graph/index.js";
import { readMarkers } from "../ingest/index.js";
import { DERIVED_SOURCE, type GraphRecord, type Log, parseKey, recordLine } from "../model/index.js";
import type { Manifest, SnapshotStore } from "../snapshot/index.js";
import { type AccountFacts, accountLinks } from "./accounts.js";
import { federatedAssumptions } from "./app-roles.js";
import { assumptionsOf } from "./assume.js";
import { type Mailbox, mailboxOf } from "./mailbox.js";
import { type Mappable, readMapping, resolveMapping } from "./mapping.js";
import { calledBy, type OwnerClaim, ownersOf } from "./owners.js";
import { PersonIndex, userNameIndex } from "./person-index.js";
import { personsOf } from "./persons.js";
import {
  readAccounts,
  readCreated,
  readEmployments,
  readNamed,
  readOwnerClaims,
  readPersons,
  readReferences,
} from "./read.js";
import { readAssumeFacts } from "./read-assume.js";
import { readRoleFacts, readSignInFacts } from "./read-crossing.js";
import { recordsOf } from "./records.js";
import { ReferenceTies } from "./references.js";
import type { Reader } from "./rows.js";
import { signInsOf } from "./sign-ins.js";
import { checkPattern } from "./user-names.js";
import type { Derived } from "./ways.js";

export interface CorrelateOptions {
  readonly store: GraphStore;
  readonly snapshots: SnapshotStore;
  readonly config: LoadedConfig;
  /** Epoch ms. */
  readonly now: number;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** The one stream and partition that correlation writes. */
export const LINKS_STREAM = "links";
export const LINKS_PARTITION = "all";
/** Raised when correlation decides differently, so that a snapshot says which reading of the graph it is. */
const VERSION = "3";

/**
 * Says who is one person, whose account is whose, who owns what, what references mean, which accounts are opened by
 * single sign-on, and who may assume a role that trusts an account as a whole or an identity provider, from all that
 * the graph holds; and writes it as a snapshot of the source `derived`. `undefined` where the graph already holds exactly that. InputError where the mapping file or a user name pattern is wrong.
 */
export async function correlate(options: CorrelateOptions): Promise<Manifest | undefined> {
  for (const pattern of options.config.config.correlate.userNames) checkPattern(pattern);
  const records = await computeLinks(options);
  if (await alreadyHeld(options, records)) return undefined;
  return writeLinks(options, records);
}

/** What correlation has to say of the graph as it stands, ordered by record id. Reads only. */
export async function computeLinks(
  options: Omit<CorrelateOptions, "snapshots">,
): Promise<readonly GraphRecord[]> {
  const { config, log, now } = options;
  const { correlate: settings, company } = config.config;
  const reader: Reader = { store: options.store, signal: options.signal };
  const mailbox = mailboxOf({ plusAddresses: settings.plusAddresses, domains: company.domains });
  const persons = personsOf(await readEmployments(reader), await readPersons(reader), mailbox, now);
  const index = new PersonIndex(persons, mailbox);
  const claims = await readOwnerClaims(reader);
  const described = await readAccounts(reader, taggedEmails(claims));
  const references = await readReferences(reader);
  const ties = await tieReferences(reader, references, mailbox);
  const signIns = signInsOf(await readSignInFacts(reader, { accounts: described, references, ties }));
  const accounts = withOrigins(described, signIns);

  const lines = settings.mapping === undefined ? [] : await readMapping(settings.mapping);
  const mapping = resolveMapping(lines, await mappables(reader, accounts, lines.length > 0), index, mailbox);
  for (const { line, reason } of mapping.problems)
    log.warn(`mapping file, line ${line}: ${reason}; the line says nothing`, { file: settings.mapping });

  const linked = accountLinks(accounts, index, {
    mailbox,
    mapped: mapping.accounts,
    userNames: userNameIndex(persons, settings.userNames),
    domains: company.domains,
  });
  const personOfAccount = new Map(linked.links.map(({ account, person }) => [account, person]));
  const { owners, unresolved } = ownersOf(claims, await readCreated(reader), mapping.owners, {
    personOf: (account) => personOfAccount.get(account),
    accountsCalled: accountNames(accounts, claims),
    persons: index,
  });
  const assumptions = assumptionsOf(await readAssumeFacts(reader));
  const roles = await readRoleFacts(reader);
  const federated = federatedAssumptions(roles.trusts, roles.assignments);
  log.info("correlated", {
    persons: persons.length,
    accounts: accounts.length,
    linked: linked.links.length,
    disputed: linked.disputes.length,
    owners: owners.length,
    ownersUnresolved: unresolved,
    references: ties.length,
    assumptions: assumptions.length + federated.length,
    signIns: signIns.length,
  });
  return recordsOf({ persons, index, accounts: linked, owners, ties, assumptions, signIns, federated });
}

/** The accounts with what opens them, as sources and correlation say. */
function withOrigins(
  accounts: readonly AccountFacts[],
  signIns: readonly Derived[],
): readonly AccountFacts[] {
  const origins = new Map<string, string[]>();
  for (const { from, to } of signIns) origins.set(to, [...(origins.get(to) ?? []), from]);
  return accounts.map((account) => {
    const found = origins.get(account.key);
    if (found === undefined) return account;
    return { ...account, openedFrom: [...new Set([...account.openedFrom, ...found])].sort() };
  });
}

/** Addresses that owner tags name, by the account they stand on. */
function taggedEmails(claims: readonly OwnerClaim[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const { subject, owner } of claims) {
    if (!owner.startsWith("ref/email/")) continue;
    const list = found.get(subject);
    if (list === undefined) found.set(subject, [parseKey(owner).id]);
    else list.push(parseKey(owner).id);
  }
  return found;
}

/** What the mapping file may speak of. Identities of software are read only where there is a file. */
async function mappables(
  reader: Reader,
  accounts: readonly AccountFacts[],
  withSoftware: boolean,
): Promise<readonly Mappable[]> {
  if (!withSoftware) return [];
  const found: Mappable[] = accounts.map((account) => ({ ...account, isAccount: true }));
  const known = new Set(accounts.map(({ key }) => key));
  for await (const { key, aliases } of readNamed(reader, "NonHumanIdentity"))
    if (!known.has(key))
      found.push({ key, aliases, isAccount: false, username: undefined, email: undefined });
  return found;
}

/** Finds accounts by what owner claims call them: an ARN or another name, or a user name. */
function accountNames(
  accounts: readonly AccountFacts[],
  claims: readonly OwnerClaim[],
): (name: string) => readonly string[] {
  const wanted = new Set(claims.map(({ owner }) => calledBy(owner).toLowerCase()));
  const found = new Map<string, Set<string>>();
  for (const { key, username, aliases } of accounts)
    for (const name of [username, ...aliases]) {
      const lower = name?.toLowerCase();
      if (lower !== undefined && wanted.has(lower))
        found.set(lower, (found.get(lower) ?? new Set()).add(key));
    }
  return (name) => [...(found.get(name.toLowerCase()) ?? [])];
}

async function tieReferences(reader: Reader, references: ReadonlySet<string>, mailbox: Mailbox) {
  const ties = new ReferenceTies(references, mailbox);
  if (ties.size > 0)
    for (const label of ["Account", "NonHumanIdentity", "Group", "Resource", "Application"])
      for await (const one of readNamed(reader, label)) ties.look(one);
  return ties.ties();
}

/** True where the newest read of `derived` is whole in the graph and says the same, line by line. */
async function alreadyHeld(options: CorrelateOptions, records: readonly GraphRecord[]): Promise<boolean> {
  const markers = await readMarkers(options.store, DERIVED_SOURCE);
  const marker = markers.find(
    ({ stream, partition }) => stream === LINKS_STREAM && partition === LINKS_PARTITION,
  );
  if (marker === undefined || marker.intent !== null || marker.state !== "applied") return false;
  const held = (await options.snapshots.list(DERIVED_SOURCE)).find(({ id }) => id === marker.read);
  if (held === undefined || held.collectorVersion !== VERSION) return false;
  if ((held.streams[LINKS_STREAM]?.records ?? 0) !== records.length) return false;
  let at = 0;
  for await (const lines of options.snapshots.lines(held.id, LINKS_STREAM))
    for (const line of lines) {
      const record = records[at];
      if (record === undefined || recordLine(LINKS_PARTITION, record) !== line) return false;
      at += 1;
    }
  return at === records.length;
}

async function writeLinks(options: CorrelateOptions, records: readonly GraphRecord[]): Promise<Manifest> {
  const writer = options.snapshots.begin({
    source: DERIVED_SOURCE,
    system: DERIVED_SOURCE,
    collectorVersion: VERSION,
    startedAt: options.now,
  });
  try {
    for (const record of records) {
      options.signal.throwIfAborted();
      await writer.write(LINKS_STREAM, LINKS_PARTITION, record);
    }
    const read = {
      stream: LINKS_STREAM,
      partition: LINKS_PARTITION,
      verdict: "complete" as const,
      dataTime: options.now,
      counts: writer.counts(LINKS_STREAM, LINKS_PARTITION),
      scope: ["links"],
      calls: 0,
      errors: 0,
    };
    return await writer.finish([read], options.now);
  } catch (error) {
    await writer.abort();
    throw error;
  }
}
