import { parseKey } from "../model/index.js";
import { type Derived, derivedOf, type Ground, type Way } from "./ways.js";

/** An application of a directory that signs its users in to somewhere else. */
export interface AppInstance {
  readonly key: string;
  /** Its identifiers as a SAML or OIDC party. */
  readonly signsInTo: readonly string[];
  /** False where everybody in the directory may sign in; undefined where that is not known. */
  readonly assignmentRequired: boolean | undefined;
}

/** Who is assigned to an instance, or a member of a group that is. */
export interface Assigned {
  readonly holder: string;
  readonly to: string;
  readonly ground: Ground;
}

/** A user of the directory that signs people in. */
export interface DirectoryUser {
  readonly key: string;
  /** Names that its tokens may say: user name and e-mail. */
  readonly names: readonly (string | undefined)[];
}

/** A Google account that is read. */
export interface GoogleAccount {
  readonly key: string;
  /** The primary address. */
  readonly address: string;
}

export interface SignInFacts {
  readonly instances: readonly AppInstance[];
  /** To instances that sign in to Google. */
  readonly assignments: readonly Assigned[];
  /** Of groups that are assigned. */
  readonly members: readonly Assigned[];
  readonly users: readonly DirectoryUser[];
  readonly accounts: readonly GoogleAccount[];
  /** Domains of each Workspace that is read, by source. */
  readonly domains: ReadonlyMap<string, ReadonlySet<string>>;
  /** Google accounts that policies name and no source reads: references by address. */
  readonly references: ReadonlyMap<string, string>;
}

/** Which Google accounts an identifier means: those of one domain's organisation, or any. */
export type GoogleParty = { readonly domain: string | undefined };

/**
 * What Google calls itself to an identity provider: `google.com`, `google.com/a/<primary domain>`, and the entity id of a
 * SAML profile. Undefined for everybody else.
 * https://learn.microsoft.com/entra/identity/saas-apps/google-apps-tutorial
 * https://support.google.com/a/answer/6349809
 */
export function googleParty(identifier: string): GoogleParty | undefined {
  const bare = identifier
    .trim()
    .toLowerCase()
    .replace(/^https?:\/\//, "")
    .replace(/\/+$/, "");
  if (/^(www\.)?google\.com$/.test(bare) || /^accounts\.google\.com\/samlrp\/./.test(bare))
    return { domain: undefined };
  const domain = /^(?:www\.)?google\.com\/a\/([^/]+)$/.exec(bare)?.[1];
  return domain === undefined ? undefined : { domain };
}

/**
 * Which Google accounts the users of a directory open by single sign-on: those of the same address, for users who are
 * assigned to an application that signs in to Google, themselves or as direct members of an assigned group, or for
 * everybody where no assignment is asked for. Google takes the user's primary address for the name, and nothing else;
 * all domains of one Workspace use the issuer of its primary one. Pure; the work is that of the edges concerned.
 * https://support.google.com/a/answer/6330801
 */
export function signInsOf(facts: SignInFacts): readonly Derived[] {
  const instances = new Map<
    string,
    { readonly instance: AppInstance; readonly parties: readonly GoogleParty[] }
  >();
  for (const instance of facts.instances) {
    const parties = instance.signsInTo.flatMap((identifier) => googleParty(identifier) ?? []);
    if (parties.length > 0) instances.set(instance.key, { instance, parties });
  }
  if (instances.size === 0) return [];
  const opens = new Opener(facts);
  const users = new Map(facts.users.map((user) => [user.key, user]));
  const membersOf = groupBy(facts.members, ({ to }) => to);
  const assignedTo = groupBy(facts.assignments, ({ to }) => to);

  const ways = function* (): Generator<Way> {
    for (const [key, { instance, parties }] of instances) {
      const way = (user: DirectoryUser, grounds: readonly Ground[], how: string): readonly Way[] =>
        opens.accountsOf(user, parties).map(({ account, address }) => ({
          from: user.key,
          to: account,
          kind: parseKey(key).id,
          grounds,
          because: `e-mail ${address}, ${how} ${key}`,
        }));
      if (instance.assignmentRequired === false) {
        const { source } = parseKey(key);
        for (const user of facts.users)
          if (parseKey(user.key).source === source)
            yield* way(user, [{ id: key, limits: {} }], "no assignment is needed for");
        continue;
      }
      for (const { holder, ground } of assignedTo.get(key) ?? []) {
        const user = users.get(holder);
        if (user !== undefined) yield* way(user, [ground], "assigned to");
        for (const { holder: member, ground: membership } of membersOf.get(holder) ?? []) {
          const one = users.get(member);
          if (one !== undefined)
            yield* way(one, [ground, membership], `through the group ${holder} assigned to`);
        }
      }
    }
  };
  return derivedOf(ways());
}

/** Finds the Google accounts that a user's names mean. */
class Opener {
  readonly #byAddress: ReadonlyMap<string, readonly GoogleAccount[]>;
  readonly #domains: SignInFacts["domains"];
  readonly #read: ReadonlySet<string>;
  readonly #references: SignInFacts["references"];

  constructor({ accounts, domains, references }: SignInFacts) {
    this.#byAddress = groupBy(accounts, ({ address }) => address);
    this.#domains = domains;
    this.#read = new Set([...domains.values()].flatMap((of) => [...of]));
    this.#references = references;
  }

  accountsOf(
    { names }: DirectoryUser,
    parties: readonly GoogleParty[],
  ): readonly { readonly account: string; readonly address: string }[] {
    const found = new Map<string, string>();
    for (const name of names) {
      const address = name?.trim().toLowerCase() ?? "";
      const domain = address.slice(address.lastIndexOf("@") + 1);
      const accounts = this.#byAddress.get(address) ?? [];
      for (const { key } of accounts) {
        const own = this.#domains.get(parseKey(key).source);
        const isMeant = parties.some(
          (party) => party.domain === undefined || party.domain === domain || own?.has(party.domain) === true,
        );
        if (isMeant) found.set(key, address);
      }
      // Where the Workspace is read and has no such account, there is none.
      const reference = this.#read.has(domain) ? undefined : this.#references.get(address);
      const isNamed = parties.some((party) => party.domain === undefined || party.domain === domain);
      if (accounts.length === 0 && reference !== undefined && isNamed) found.set(reference, address);
    }
    return [...found].map(([account, address]) => ({ account, address }));
  }
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const found = new Map<string, T[]>();
  for (const item of items) {
    const list = found.get(keyOf(item));
    if (list === undefined) found.set(keyOf(item), [item]);
    else list.push(item);
  }
  return found;
}
