import { type AssumeStatement, digest, hasVariables, speaksOf } from "../model/index.js";

/** A principal that acts under policies, or a group whose members do. */
export interface Actor {
  readonly key: string;
  readonly isGroup: boolean;
  /** Id of the account that it belongs to. */
  readonly account: string;
  /** By lower-case name: what policy variables stand for. */
  readonly variables: Readonly<Record<string, string>>;
  /** What its permissions boundary says; `undefined` where it has none. */
  readonly within: readonly AssumeStatement[] | undefined;
}

/** A policy that speaks of assuming roles, and who holds it. */
export interface Holding {
  readonly holder: string;
  /** Id of the edge. */
  readonly edge: string;
  readonly statements: readonly AssumeStatement[];
}

/** A role that trusts an account as a whole. */
export interface AccountTrust {
  /** Id of the edge. */
  readonly edge: string;
  /** Id of the account; `undefined` where it trusts everybody. */
  readonly account: string | undefined;
  readonly role: string;
  readonly roleArn: string;
  /** Canonical JSON. */
  readonly condition: string | undefined;
}

/** Somebody of a trusted account, who may assume the role because of its own policies. */
export interface Assumption {
  readonly from: string;
  readonly to: string;
  readonly discriminator: string;
  /** Canonical JSON of what must hold besides. */
  readonly condition: string | undefined;
  /** Ids of the edges that it follows from: the trust, and who holds the policies that allow it. Sorted. */
  readonly restsOn: readonly string[];
}

export interface AssumeFacts {
  readonly trusts: readonly AccountTrust[];
  readonly holdings: readonly Holding[];
  /** Of groups that hold such policies. */
  readonly members: readonly { readonly member: string; readonly group: string }[];
  readonly actors: ReadonlyMap<string, Actor>;
}

/**
 * Trust in an account's root lets in those principals of that account whose own policies allow the assume. What a
 * group's policies allow is said of the group, and of its members one by one only where it does not hold for all of
 * them alike. Of whom no policies were read nothing is said. Pure; the work is roles that trust an account, times
 * those of that account with a policy that allows to assume anything.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
 */
export function assumptionsOf(facts: AssumeFacts): readonly Assumption[] {
  const estate = new Estate(facts);
  const found = new Map<string, Assumption>();
  for (const trust of facts.trusts) {
    const accounts = trust.account === undefined ? estate.accounts() : [trust.account];
    for (const account of accounts) {
      for (const { actor, leave } of estate.of(account)?.letIn(trust.roleArn) ?? []) {
        if (actor.key === trust.role) continue;
        const made = assumption(actor, trust, leave);
        const id = [made.from, made.to, made.discriminator].join("|");
        const before = found.get(id)?.restsOn ?? [];
        found.set(id, { ...made, restsOn: [...new Set([...before, ...made.restsOn])].sort() });
      }
    }
  }
  return [...found.values()];
}

function assumption(actor: Actor, trust: AccountTrust, leave: Leave): Assumption {
  const condition = allOf({ trust: trust.condition, identity: leave.identity, boundary: leave.boundary });
  return {
    from: actor.key,
    to: trust.role,
    // Beside the edge of a trust policy that names the principal itself.
    discriminator: condition === undefined ? "allowed" : `allowed:${digest(condition).slice(0, 16)}`,
    condition,
    restsOn: [trust.edge, ...leave.edges],
  };
}

/** The only one as it is; of several which is whose. All are canonical, and so is this. */
function allOf(parts: Readonly<Record<string, string | undefined>>): string | undefined {
  const held = Object.entries(parts).flatMap(([name, text]) => (text === undefined ? [] : [{ name, text }]));
  const [only] = held;
  if (held.length < 2) return only?.text;
  const named = held.sort((a, b) => (a.name < b.name ? -1 : 1)).map(({ name, text }) => `"${name}":${text}`);
  return `{${named.join(",")}}`;
}

interface Grant {
  readonly statement: AssumeStatement;
  readonly edge: string;
}

/** That its policies let somebody assume a role: under which conditions, and by what they hold. */
interface Leave {
  readonly identity: string | undefined;
  readonly boundary: string | undefined;
  readonly edges: readonly string[];
}

/** Everybody whose policies speak of assuming roles, by account. */
class Estate {
  readonly #accounts = new Map<string, Principals>();

  constructor({ holdings, members, actors }: AssumeFacts) {
    const grants = new Map<string, Grant[]>();
    for (const { holder, edge, statements } of holdings) {
      const list = grants.get(holder) ?? [];
      for (const statement of statements) list.push({ statement, edge });
      grants.set(holder, list);
    }
    const groupsOf = new Map<string, string[]>();
    for (const { member, group } of members) groupsOf.set(member, [...(groupsOf.get(member) ?? []), group]);
    for (const key of new Set([...grants.keys(), ...groupsOf.keys()])) {
      const actor = actors.get(key);
      if (actor === undefined) continue;
      const account = this.#accounts.get(actor.account) ?? new Principals();
      this.#accounts.set(actor.account, account);
      const own = grants.get(key) ?? [];
      if (actor.isGroup) account.group(actor, own);
      else {
        const groups = groupsOf.get(key) ?? [];
        account.member(actor, own, new Map(groups.map((group) => [group, grants.get(group) ?? []])));
      }
    }
  }

  accounts(): readonly string[] {
    return [...this.#accounts.keys()];
  }

  of(account: string): Principals | undefined {
    return this.#accounts.get(account);
  }
}

interface Member {
  readonly actor: Actor;
  readonly own: readonly Grant[];
  readonly groups: ReadonlyMap<string, readonly Grant[]>;
  /** Unconditional denials, its own and its groups'. */
  readonly denies: readonly AssumeStatement[];
}

interface GroupOf {
  readonly actor: Actor;
  readonly allows: readonly Grant[];
  readonly denies: readonly AssumeStatement[];
  readonly members: Member[];
}

const isHard = ({ statement }: Grant) => !statement.allow && statement.condition === undefined;
const allowing = (grants: readonly Grant[]) => grants.filter(({ statement }) => statement.allow);

class Principals {
  readonly #members: Member[] = [];
  readonly #groups = new Map<string, GroupOf>();

  group(actor: Actor, grants: readonly Grant[]): void {
    const denies = grants.filter(isHard).map(({ statement }) => statement);
    this.#groups.set(actor.key, { actor, allows: allowing(grants), denies, members: [] });
  }

  member(actor: Actor, own: readonly Grant[], groups: ReadonlyMap<string, readonly Grant[]>): void {
    const denies = [own, ...groups.values()]
      .flat()
      .filter(isHard)
      .map(({ statement }) => statement);
    this.#members.push({ actor, own: allowing(own), groups, denies });
  }

  /** Who of this account may assume a role that trusts it. */
  *letIn(roleArn: string): Generator<{ readonly actor: Actor; readonly leave: Leave }> {
    const apart = new Set<string>();
    for (const { actor, allows, denies } of this.#groups.values()) {
      const forAll = allows.filter(({ statement }) => !hasVariables(statement));
      const leave = leaveOf(forAll, denies, actor, roleArn);
      const some = allows.some((grant) => !forAll.includes(grant));
      if (leave === undefined && !some) continue;
      if (
        leave !== undefined &&
        !some &&
        this.#limited(actor.key).every((m) => isAlike(m, leave, forAll, roleArn))
      )
        yield { actor, leave };
      else apart.add(actor.key);
    }
    for (const { actor, own, groups, denies } of this.#members) {
      const through = [...groups].flatMap(([group, grants]) => (apart.has(group) ? allowing(grants) : []));
      const allows = through.length === 0 ? own : [...own, ...through];
      const leave = allows.length === 0 ? undefined : leaveOf(allows, denies, actor, roleArn);
      if (leave !== undefined) yield { actor, leave };
    }
  }

  readonly #limitedOf = new Map<string, readonly Member[]>();

  /** Members of a group whom something holds back that need not hold back the others. */
  #limited(group: string): readonly Member[] {
    const known = this.#limitedOf.get(group);
    if (known !== undefined) return known;
    const found = this.#members.filter(
      ({ actor, groups, denies }) => groups.has(group) && (actor.within !== undefined || denies.length > 0),
    );
    this.#limitedOf.set(group, found);
    return found;
  }
}

/** The group's leave is the member's as well, no more and no less. */
function isAlike(
  { actor, denies }: Member,
  leave: Leave,
  allows: readonly Grant[],
  roleArn: string,
): boolean {
  const own = leaveOf(allows, denies, actor, roleArn);
  return own !== undefined && own.identity === leave.identity && own.boundary === leave.boundary;
}

/**
 * An Allow speaks of the role, no unconditional Deny does, and the boundary (where there is one) allows it too. A Deny
 * under a condition takes nothing away, because it may not apply.
 */
function leaveOf(
  allows: readonly Grant[],
  denies: readonly AssumeStatement[],
  { variables, within }: Actor,
  roleArn: string,
): Leave | undefined {
  const speaks = (statement: AssumeStatement) => speaksOf(statement, roleArn, variables);
  const matching = allows.filter(({ statement }) => speaks(statement));
  if (matching.length === 0 || denies.some(speaks)) return undefined;
  const bounds = within?.filter(speaks);
  if (bounds !== undefined) {
    const isOut = bounds.some(({ allow, condition }) => !allow && condition === undefined);
    if (isOut || !bounds.some(({ allow }) => allow)) return undefined;
  }
  const free = matching.filter(({ statement }) => statement.condition === undefined);
  return {
    identity: anyOf(matching.map(({ statement }) => statement)),
    boundary: bounds === undefined ? undefined : anyOf(bounds.filter(({ allow }) => allow)),
    edges: (free.length > 0 ? free : matching).map(({ edge }) => edge),
  };
}

/** The condition of statements of which one is enough: none where one of them has none. */
function anyOf(statements: readonly AssumeStatement[]): string | undefined {
  const conditions = new Set<string>();
  for (const { condition } of statements) {
    if (condition === undefined) return undefined;
    conditions.add(condition);
  }
  const [only, ...others] = [...conditions].sort();
  return only === undefined || others.length === 0 ? only : `[${[only, ...others].join(",")}]`;
}
