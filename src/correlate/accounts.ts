import type { AccountType } from "../model/index.js";
import type { Mailbox } from "./mailbox.js";
import type { PersonIndex } from "./person-index.js";

/** How an account came to its person, from the surest rule to the weakest. */
export const LINK_RULES = ["mapping", "employeeId", "email", "sso", "tag", "alias", "userName"] as const;
export type LinkRule = (typeof LINK_RULES)[number];

/** 0 to 1: how far the rule is to be trusted, not how often it was right. */
export const CONFIDENCE: Readonly<Record<LinkRule, number>> = {
  mapping: 1,
  employeeId: 0.95,
  email: 0.9,
  sso: 0.9,
  tag: 0.8,
  alias: 0.7,
  userName: 0.6,
};

/** An account as its own sources describe it: nothing that correlation said earlier is in it. */
export interface AccountFacts {
  readonly key: string;
  readonly provider: string | undefined;
  readonly username: string | undefined;
  readonly email: string | undefined;
  readonly employeeId: string | undefined;
  readonly aliases: readonly string[];
  readonly accountType: AccountType;
  /** As read: `enabled`, `disabled`, `deleted`, … */
  readonly status: string | undefined;
  /** Addresses that an owner tag on the account names. */
  readonly taggedEmails: readonly string[];
  /** Accounts from which this one is opened (SIGNS_IN_AS). */
  readonly openedFrom: readonly string[];
}

export interface Link {
  readonly account: string;
  readonly person: string;
  readonly rule: LinkRule;
  readonly confidence: number;
  readonly evidence: string;
}

export interface Dispute {
  readonly account: string;
  readonly rule: LinkRule;
  /** Two or more, ordered. */
  readonly persons: readonly string[];
  readonly evidence: string;
}

/** An account whose type correlation knows better. */
export interface Retyped {
  readonly account: string;
  readonly provider: string | undefined;
  readonly accountType: "human";
  readonly evidence: string;
}

export interface AccountLinks {
  readonly links: readonly Link[];
  readonly disputes: readonly Dispute[];
  readonly retyped: readonly Retyped[];
}

export interface AccountOptions {
  readonly mailbox: Mailbox;
  /** Persons by account key, from the mapping file, with the line. */
  readonly mapped: ReadonlyMap<string, { readonly persons: readonly string[]; readonly evidence: string }>;
  /** Persons by the user names that the configured patterns give them. */
  readonly userNames: ReadonlyMap<string, ReadonlySet<string>>;
  /** Mail domains of the company: a user name in one of them may follow a pattern. */
  readonly domains: readonly string[];
}

interface Candidates {
  readonly rule: LinkRule;
  readonly persons: ReadonlySet<string>;
  readonly evidence: string;
}

/** Types that stay what they are whoever uses the account. */
const KEPT: ReadonlySet<AccountType> = new Set(["shared", "guest", "breakGlass"]);

/**
 * Ties accounts to persons. The first rule that names anybody decides; where it names several, a later rule on
 * ids or addresses may narrow them to one, and else the account is disputed. Aliases are asked only where the
 * account's own addresses name nobody. A user name pattern never narrows and never makes a service account human.
 */
export function accountLinks(
  accounts: readonly AccountFacts[],
  persons: PersonIndex,
  options: AccountOptions,
): AccountLinks {
  const links = new Map<string, Link>();
  const disputes: Dispute[] = [];
  let waiting: readonly AccountFacts[] = accounts;
  // An account that is opened from another one waits until that one is linked; a cycle of them waits for nobody.
  for (let last = false; waiting.length > 0; ) {
    const pending = new Set(waiting.map(({ key }) => key));
    const ready = waiting.filter(({ openedFrom }) => last || !openedFrom.some((from) => pending.has(from)));
    if (ready.length === 0) {
      last = true;
      continue;
    }
    for (const account of ready) {
      const decided = decide(candidatesOf(account, persons, options, links), account.key);
      if (decided === undefined) continue;
      if ("person" in decided) links.set(account.key, decided);
      else disputes.push(decided);
    }
    const done = new Set(ready.map(({ key }) => key));
    waiting = waiting.filter(({ key }) => !done.has(key));
  }
  const byKey = <T extends { account: string }>(a: T, b: T) => (a.account < b.account ? -1 : 1);
  return {
    links: [...links.values()].sort(byKey),
    disputes: disputes.sort(byKey),
    retyped: retyped(accounts, links).sort(byKey),
  };
}

function decide(candidates: readonly Candidates[], account: string): Link | Dispute | undefined {
  const [best, ...others] = candidates;
  if (best === undefined) return undefined;
  const link = (person: string, evidence: string, confidence: number): Link => ({
    account,
    person,
    rule: best.rule,
    confidence,
    evidence,
  });
  const [only, second] = best.persons;
  if (only !== undefined && second === undefined) return link(only, best.evidence, CONFIDENCE[best.rule]);
  for (const other of best.rule === "mapping" ? [] : others) {
    if (other.rule === "userName") continue;
    const both = [...other.persons].filter((person) => best.persons.has(person));
    const [one, more] = both;
    if (one !== undefined && more === undefined)
      return link(
        one,
        `${best.evidence} (${best.persons.size} persons), ${other.evidence}`,
        CONFIDENCE[other.rule],
      );
  }
  return { account, rule: best.rule, persons: [...best.persons].sort(), evidence: best.evidence };
}

/** What each rule says, the surest first; rules that name nobody are left out. */
function candidatesOf(
  account: AccountFacts,
  persons: PersonIndex,
  options: AccountOptions,
  links: ReadonlyMap<string, Link>,
): readonly Candidates[] {
  const found: Candidates[] = [];
  const add = (rule: LinkRule, people: Iterable<string>, evidence: string) => {
    const set = new Set(people);
    if (set.size > 0) found.push({ rule, persons: set, evidence });
  };
  const mapped = options.mapped.get(account.key);
  if (mapped !== undefined) add("mapping", mapped.persons, mapped.evidence);
  if (account.employeeId !== undefined)
    add("employeeId", persons.byWorkerId(account.employeeId), `employee id ${account.employeeId}`);
  const own = addresses([account.email, account.username], options.mailbox);
  const byOwn = persons.byMailboxes(own);
  add("email", byOwn, `e-mail ${own.join(", ")}`);
  const opened = account.openedFrom.map((from) => links.get(from)).filter((link) => link !== undefined);
  add(
    "sso",
    opened.map(({ person }) => person),
    `opened from ${opened.map((link) => link.account).join(", ")}`,
  );
  // On a service account the tag says who owns it, not who it is.
  const tagged = account.accountType === "service" ? [] : addresses(account.taggedEmails, options.mailbox);
  add("tag", persons.byMailboxes(tagged), `owner tag ${tagged.join(", ")}`);
  // Whoever takes over from somebody is given their address as an alias: it says less than the account's own.
  const named = byOwn.size > 0 ? [] : namingAliases(account, persons, options.mailbox);
  add("alias", persons.byMailboxes(named), `alias ${named.join(", ")}`);
  const name = userNameOf(account.username, options.domains);
  if (name !== undefined && !KEPT.has(account.accountType))
    add("userName", options.userNames.get(name) ?? [], `user name ${name}`);
  return found;
}

/** Those of its aliases that are somebody's address; what else it is known by would only clutter the evidence. */
function namingAliases(account: AccountFacts, persons: PersonIndex, mailbox: Mailbox): readonly string[] {
  return addresses(account.aliases, mailbox).filter((box) => persons.byMailboxes([box]).size > 0);
}

function addresses(values: readonly (string | undefined)[], mailbox: Mailbox): readonly string[] {
  const found = new Set<string>();
  for (const value of values) {
    const box = value === undefined ? undefined : mailbox(value);
    if (box !== undefined) found.add(box);
  }
  return [...found].sort();
}

/** What a pattern is compared with: the user name, or what stands before the @ of the company's own domains. */
function userNameOf(username: string | undefined, domains: readonly string[]): string | undefined {
  const text = username?.trim().toLowerCase();
  if (text === undefined || text === "") return undefined;
  const split = text.lastIndexOf("@");
  if (split < 0) return text;
  return domains.some((domain) => domain.toLowerCase() === text.slice(split + 1))
    ? text.slice(0, split)
    : undefined;
}

function retyped(accounts: readonly AccountFacts[], links: ReadonlyMap<string, Link>): Retyped[] {
  return accounts.flatMap(({ key, provider, accountType }) => {
    const link = links.get(key);
    if (link === undefined || accountType === "human" || KEPT.has(accountType)) return [];
    if (link.rule === "userName" && accountType === "service") return [];
    const evidence = `linked to a person by ${link.rule}: ${link.evidence}`;
    return [{ account: key, provider, accountType: "human" as const, evidence }];
  });
}
