import { type GraphRecord, type PropValue, RETAINED_LABELS, UNRESOLVED } from "../model/index.js";
import {
  type Assertion,
  assertionId,
  assertionText,
  byPrecedence,
  LOST,
  parseAssertion,
} from "./assertion.js";
import {
  type Content,
  claimText,
  damagedRecord,
  EDGE_BOOKKEEPING,
  isTexts,
  NODE_BOOKKEEPING,
  nameOfKey,
  parseClaim,
  propsOf,
  settled,
  sortedAliases,
  withoutMadeName,
} from "./content.js";

/**
 * A record is the set of what its assertions say. Everything that is stored of it is a function of that set, and
 * not of the order in which the assertions came (docs/graph.md).
 */
export interface Entry {
  readonly assertion: Assertion;
  readonly content: Content;
}

/** In order of precedence, highest first. */
export type Entries = readonly Entry[];

/** The merged record; `absent` where nothing asserts it, `missing` where all assertions are lost. */
export interface Merged extends Content {
  readonly state: "live" | "missing";
}

type Stored = Readonly<Record<string, unknown>>;

/** Adds what an assertion says of a record that was read, in place of what it said before. */
export function withRecord(entries: Entries, assertion: Assertion, record: GraphRecord): Entries {
  const others = entries.filter((other) => assertionId(other.assertion) !== assertionId(assertion));
  const entry = { assertion, content: settled(record, liveContent(entries, assertion)) };
  return [...others, entry].sort((a, b) => byPrecedence(a.assertion, b.assertion));
}

/** What an assertion says now; undefined where it says nothing, or its record was lost. */
export function liveContent(entries: Entries, of: Parameters<typeof assertionId>[0]): Content | undefined {
  const id = assertionId(of);
  const entry = entries.find(({ assertion }) => assertionId(assertion) === id);
  return entry === undefined || entry.assertion.hash === LOST ? undefined : entry.content;
}

/**
 * Takes assertions away. Where `retain` is set, a record that is never deleted keeps what they said, marked as
 * lost; once anything live asserts it again, the lost ones no longer count.
 */
export function withoutEntries(entries: Entries, ids: ReadonlySet<string>, retain: boolean): Entries {
  const next: Entry[] = [];
  for (const entry of entries) {
    if (!ids.has(assertionId(entry.assertion))) next.push(entry);
    else if (retain && isRetained(entry.content)) {
      next.push({ ...entry, assertion: { ...entry.assertion, hash: LOST } });
    }
  }
  return next;
}

export function isRetained(content: Content): boolean {
  for (const label of RETAINED_LABELS) if (label === content.label) return true;
  return false;
}

export function mergedOf(entries: Entries): Merged | undefined {
  const live = entries.filter((entry) => entry.assertion.hash !== LOST);
  const counted = live.length > 0 ? live : entries;
  const winner = counted[0];
  if (winner === undefined) return undefined;
  const state = live.length > 0 ? "live" : "missing";
  if (counted.length === 1) return { ...winner.content, state };
  const props: Record<string, PropValue> = {};
  // What only stands in, wherever it comes from, gives way to what anyone knows.
  const unsure = new Set<string>();
  for (const standsIn of [false, true]) {
    for (const { content } of counted) {
      for (const [name, value] of Object.entries(content.props)) {
        if (props[name] !== undefined || (content.unsure?.includes(name) ?? false) !== standsIn) continue;
        props[name] = value;
        if (standsIn) unsure.add(name);
      }
    }
  }
  // Correlation speaks of accounts without knowing their provider: as with any property, whoever gives one wins.
  const provider = counted.find((entry) => entry.content.provider !== undefined)?.content.provider;
  const aliases = sortedAliases(counted.flatMap((entry) => entry.content.aliases ?? []));
  return {
    label: winner.content.label,
    ...(provider === undefined ? {} : { provider }),
    ...(aliases.length === 0 ? {} : { aliases }),
    props,
    ...(unsure.size === 0 ? {} : { unsure: [...unsure].sort() }),
    state,
  };
}

/** Since when, and by which read, a record that is never deleted is no longer seen. */
export interface MissingSince {
  readonly at: number;
  readonly read: string;
}

/** A node as it stands in the store. */
export interface StoredNode {
  readonly entries: Entries;
  readonly missing: MissingSince | undefined;
  /** All labels but `Entity`. */
  readonly labels: readonly string[];
}

/** Labels of a node beside `Entity`: the canonical one, the provider's, and NonHumanIdentity for software. */
export function labelsOf(
  label: string,
  provider: string | undefined,
  accountType: unknown,
): readonly string[] {
  const labels = new Set([label]);
  if (provider !== undefined) labels.add(provider);
  if (label === "Account" && accountType === "service") labels.add("NonHumanIdentity");
  return [...labels];
}

export function parseNode(key: string, stored: Stored): StoredNode {
  const label = typeof stored.label === "string" ? stored.label : UNRESOLVED;
  const provider = typeof stored.provider === "string" ? stored.provider : undefined;
  const aliases = isTexts(stored.aliases) && stored.aliases.length > 0 ? stored.aliases : undefined;
  const entries = entriesOf(stored, () => ({
    label,
    ...(provider === undefined ? {} : { provider }),
    ...(aliases === undefined ? {} : { aliases }),
    props: withoutMadeName(key, propsOf(stored, NODE_BOOKKEEPING)),
    ...(isTexts(stored.unsure) && stored.unsure.length > 0 ? { unsure: stored.unsure } : {}),
  }));
  const missing =
    stored.missing === true && typeof stored.missingAt === "number" && typeof stored.missingRead === "string"
      ? { at: stored.missingAt, read: stored.missingRead }
      : undefined;
  return { entries, missing, labels: labelsOf(label, provider, stored.accountType) };
}

export function parseEdge(type: string, stored: Stored): Entries {
  return entriesOf(stored, () => ({ label: type, props: propsOf(stored, EDGE_BOOKKEEPING) }));
}

/** `claims` are kept only where several assertions meet; of a single one, the record itself says what it said. */
function entriesOf(stored: Stored, alone: () => Content): Entries {
  if (!isTexts(stored.assertions) || stored.assertions.length === 0) return [];
  const assertions = stored.assertions.map((text) => {
    const assertion = parseAssertion(text);
    if (assertion === undefined) throw damagedRecord(`an assertion ${JSON.stringify(text)}`);
    return assertion;
  });
  const [first] = assertions;
  if (assertions.length === 1 && first !== undefined) return [{ assertion: first, content: alone() }];
  const claims = isTexts(stored.claims) ? stored.claims : [];
  return assertions.map((assertion, at) => {
    const claim = claims[at];
    if (claim === undefined) throw damagedRecord("fewer claims than assertions");
    return { assertion, content: parseClaim(claim) };
  });
}

/** All properties of a node, to be set in place of what is there. */
export function nodeProps(
  key: string,
  entries: Entries,
  merged: Merged,
  missing: MissingSince | undefined,
): Record<string, PropValue> {
  return {
    ...merged.props,
    key,
    label: merged.label,
    name: merged.props.name ?? nameOfKey(key),
    ...(merged.provider === undefined ? {} : { provider: merged.provider }),
    ...(merged.aliases === undefined ? {} : { aliases: merged.aliases }),
    ...(merged.unsure === undefined ? {} : { unsure: merged.unsure }),
    ...(merged.state === "missing" && missing !== undefined
      ? { missing: true, missingAt: missing.at, missingRead: missing.read }
      : {}),
    ...bookkeeping(entries),
  };
}

export function unresolvedProps(key: string): Record<string, PropValue> {
  return { key, label: UNRESOLVED, name: nameOfKey(key) };
}

export function edgeProps(disc: string, entries: Entries, merged: Merged): Record<string, PropValue> {
  return { ...merged.props, disc, ...bookkeeping(entries) };
}

function bookkeeping(entries: Entries): Record<string, PropValue> {
  return {
    assertions: entries.map((entry) => assertionText(entry.assertion)),
    ...(entries.length > 1 ? { claims: entries.map((entry) => claimText(entry.content)) } : {}),
  };
}
