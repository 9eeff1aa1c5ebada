import { digest, type GraphRecord } from "../../src/model/index.js";
import type { Finish } from "./emit-authorization.js";
import { policiesOf } from "./emit-authorization.js";
import type { Principal, Role } from "./memo.js";
import {
  ANYONE_REF,
  accountKey,
  accountRef,
  arnRef,
  federatedRef,
  parseArn,
  roleKey,
  serviceRef,
  userKey,
} from "./names.js";
import type { Statement } from "./policy.js";
import { edge, node } from "./records.js";
import { mayAssume, speaksOfAssuming, type Trustee, trusteesOf } from "./trust.js";

/** Somebody of this account who acts under policies that were read. */
interface Actor {
  readonly key: string;
  readonly statements: readonly Statement[];
  readonly bounds: readonly Statement[] | undefined;
  readonly variables: Readonly<Record<string, string>>;
}

/** CAN_ASSUME edges from every trust policy, and the accounts outside that they name. */
export function* trustRecords(
  context: Finish,
  groupsByName: ReadonlyMap<string, Principal>,
): Iterable<GraphRecord> {
  const { memo, source, partition } = context;
  const names = new Names(context);
  const actors = [...actorsOf(context, groupsByName)];
  const outside = new Set<string>();
  for (const role of memo.roles.values()) {
    const to = roleKey(source, role.id);
    for (const trustee of role.trust === undefined ? [] : trusteesOf(role.trust)) {
      const { key, account } = names.keyOf(trustee);
      if (key.startsWith("ref/aws-account/")) outside.add(key);
      yield edge(
        "CAN_ASSUME",
        key,
        to,
        { condition: trustee.condition, trust: trustee.kind },
        hashOf(trustee.condition),
      );
      if (account === partition) yield* throughAccount(role, to, trustee, actors);
    }
  }
  for (const key of [...outside].sort()) {
    const id = key.slice("ref/aws-account/".length);
    yield node("Resource", "AwsAccount", key, { name: `AWS account ${id}`, accountId: id });
  }
}

/** Trust in the account's root lets in those principals of it whose own policies allow the assume. */
function* throughAccount(
  role: Role,
  to: string,
  trustee: Trustee,
  actors: readonly Actor[],
): Iterable<GraphRecord> {
  for (const actor of actors) {
    if (actor.key === to) continue;
    const own = mayAssume(actor.statements, actor.bounds, role.arn, actor.variables);
    if (!own.allowed) continue;
    const condition = both(trustee.condition, own.condition);
    yield edge(
      "CAN_ASSUME",
      actor.key,
      to,
      { condition, trust: "account" },
      condition === undefined ? "account" : `account:${hashOf(condition)}`,
    );
  }
}

function* actorsOf(context: Finish, groupsByName: ReadonlyMap<string, Principal>): Iterable<Actor> {
  const { memo, source, partition } = context;
  const statementsOf = (holder: Principal) =>
    policiesOf(holder, memo).flatMap(({ document }) => document?.statements ?? []);
  const ofGroup = new Map<string, readonly Statement[]>();
  for (const group of groupsByName.values()) ofGroup.set(group.name, statementsOf(group));
  const actor = (key: string, principal: Principal, statements: readonly Statement[]): Actor | undefined => {
    if (!speaksOfAssuming(statements)) return undefined;
    // An unread boundary allows nothing that we could know of.
    const bounds =
      principal.boundary === undefined
        ? undefined
        : (memo.policies.get(principal.boundary)?.document?.statements ?? []);
    const variables = {
      "aws:userid": principal.id,
      "aws:principalaccount": partition,
      ...(key === userKey(source, principal.id) ? { "aws:username": principal.name } : {}),
    };
    return { key, statements, bounds, variables };
  };
  for (const user of memo.users.values()) {
    const statements = [...statementsOf(user), ...user.groups.flatMap((name) => ofGroup.get(name) ?? [])];
    const found = actor(userKey(source, user.id), user, statements);
    if (found !== undefined) yield found;
  }
  for (const role of memo.roles.values()) {
    const found = actor(roleKey(source, role.id), role, statementsOf(role));
    if (found !== undefined) yield found;
  }
}

/** Principals of trust policies, as keys. */
class Names {
  readonly #context: Finish;
  readonly #byArn = new Map<string, string>();
  readonly #byId = new Map<string, string>();
  readonly #roleByName = new Map<string, string>();

  constructor(context: Finish) {
    this.#context = context;
    const { memo, source } = context;
    for (const user of memo.users.values()) {
      this.#byArn.set(user.arn, userKey(source, user.id));
      this.#byId.set(user.id, userKey(source, user.id));
    }
    for (const role of memo.roles.values()) {
      this.#byArn.set(role.arn, roleKey(source, role.id));
      this.#byId.set(role.id, roleKey(source, role.id));
      this.#roleByName.set(role.name, roleKey(source, role.id));
    }
  }

  /** The key of a principal; `account` is set where it means an account as a whole. */
  keyOf({ kind, principal }: Trustee): { readonly key: string; readonly account?: string } {
    if (kind === "Service") return { key: serviceRef(principal) };
    if (kind === "Federated")
      return { key: principal.startsWith("arn:") ? arnRef(principal) : federatedRef(principal) };
    if (kind !== "AWS") return { key: arnRef(`${kind}:${principal}`) };
    // Everybody includes everybody of this account.
    if (principal === "*") return { key: ANYONE_REF, account: this.#context.partition };
    const arn = parseArn(principal);
    if (/^\d{12}$/.test(principal)) return this.#account(principal);
    // A principal that was deleted since leaves its unique id behind.
    if (arn === undefined) return { key: this.#byId.get(principal) ?? arnRef(principal) };
    if (arn.service === "iam" && arn.resource === "root") return this.#account(arn.account);
    const direct = this.#byArn.get(principal);
    if (direct !== undefined) return { key: direct };
    const { partition } = this.#context;
    if (arn.service === "sts" && arn.account === partition && arn.resource.startsWith("assumed-role/")) {
      // assumed-role/<role name>/<session>: whoever holds a session of that name came through the role.
      const [, roleName = ""] = arn.resource.split("/");
      const role = this.#roleByName.get(roleName);
      if (role !== undefined) return { key: role };
    }
    return { key: arnRef(principal) };
  }

  #account(id: string): { readonly key: string; readonly account: string } {
    const { config, partition, source } = this.#context;
    const own = id === partition || (config.accounts ?? []).some((account) => account.id === id);
    return { key: own ? accountKey(source, id) : accountRef(id), account: id };
  }
}

const hashOf = (condition: string | undefined) =>
  condition === undefined ? "" : digest(condition).slice(0, 16);

function both(trust: string | undefined, own: string | undefined): string | undefined {
  if (trust === undefined || own === undefined) return trust ?? own;
  // Both are canonical already, and so is this.
  return `{"identity":${own},"trust":${trust}}`;
}
