import type { FinishContext } from "../../src/collect/index.js";
import type { GraphRecord } from "../../src/model/index.js";
import type { AwsIamConfig } from "./config.js";
import { trustRecords } from "./emit-trust.js";
import type { Memo, Principal, Role, User } from "./memo.js";
import {
  accountKey,
  groupKey,
  groupNameRef,
  inlinePolicyKey,
  managedPolicyKey,
  parseArn,
  roleKey,
  sessionsArn,
  userKey,
} from "./names.js";
import type { PolicyDocument } from "./policy.js";
import { type Assessment, assess, type NamedPolicy } from "./privilege.js";
import { edge, node, unsureOf } from "./records.js";
import { emailsOf, ownersOf } from "./tags.js";
import { assumeTexts, boundaryTexts } from "./trust.js";

export type Finish = FinishContext<AwsIamConfig, Memo>;

/** What GetAccountAuthorizationDetails says, as records of `account-authorization`. */
export function* authorizationRecords(context: Finish): Iterable<GraphRecord> {
  const { memo, source, partition } = context;
  if (memo.authorization.pages === 0) return;
  yield node(
    "Resource",
    "AwsAccount",
    accountKey(source, partition),
    {
      name: `AWS account ${partition}`,
      accountId: partition,
    },
    [partition],
  );
  yield* entitlements(context);
  for (const group of memo.groups.values()) {
    yield node(
      "Group",
      "AwsGroup",
      groupKey(source, group.id),
      {
        name: group.name,
        path: group.path,
        arn: group.arn,
        accountId: partition,
        createdAt: group.createdAt,
      },
      [group.arn],
    );
    yield* holdings(groupKey(source, group.id), group, context);
  }
  const privileges = new PrivilegeCache(memo);
  const groupsByName = new Map([...memo.groups.values()].map((group) => [group.name, group]));
  for (const user of memo.users.values()) yield* userRecords(user, groupsByName, privileges, context);
  for (const role of memo.roles.values()) yield* roleRecords(role, privileges, context);
  yield* trustRecords(context);
}

function* userRecords(
  user: User,
  groupsByName: ReadonlyMap<string, Principal>,
  privileges: PrivilegeCache,
  context: Finish,
): Iterable<GraphRecord> {
  const { memo, source, config, partition } = context;
  const key = userKey(source, user.id);
  const emails = emailsOf(user, config);
  const groups = user.groups.map((name) => groupsByName.get(name));
  // A group that was not read may allow or deny anything.
  const effective = privileges.of(
    user,
    groups.filter((group) => group !== undefined),
    groups.includes(undefined),
  );
  const record = node(
    "Account",
    "AwsUser",
    key,
    {
      name: user.name,
      username: user.name,
      // Of several none is more theirs than the others: they are what it is also known by.
      email: emails.length === 1 ? emails[0] : undefined,
      path: user.path,
      arn: user.arn,
      accountId: partition,
      createdAt: user.createdAt,
      // The credential report and the listing of keys know better.
      status: "unknown",
      accountType: "unknown",
      ...effectiveProps(effective),
      ...boundaryProps(user, memo),
    },
    [user.arn, ...emails],
  );
  yield unsureOf(record, unsureEffective(effective, user, memo));
  for (const [index, name] of user.groups.entries()) {
    const group = groups[index];
    if (group !== undefined) yield edge("MEMBER_OF", key, groupKey(source, group.id));
    // On a read that was cut short the group is on a page that nobody saw: then its key is not known.
    else if (memo.authorization.complete) yield edge("MEMBER_OF", key, groupNameRef(partition, name));
  }
  yield* holdings(key, user, context);
  for (const owner of ownersOf(user, config.ownerTags)) {
    yield edge("OWNED_BY", key, owner.to, { basis: "tag", evidence: owner.evidence });
  }
}

function* roleRecords(role: Role, privileges: PrivilegeCache, context: Finish): Iterable<GraphRecord> {
  const { memo, source, config, partition } = context;
  const key = roleKey(source, role.id);
  const effective = privileges.of(role, [], false);
  const record = node(
    "NonHumanIdentity",
    "AwsRole",
    key,
    {
      name: role.name,
      nhiType: "role",
      // A role cannot be switched off: while it is there, whom its trust policy names can assume it.
      status: "enabled",
      managedBy: isProviderManaged(role) ? "provider" : "customer",
      path: role.path,
      arn: role.arn,
      accountId: partition,
      createdAt: role.createdAt,
      lastUsedAt: role.lastUsedAt,
      ...effectiveProps(effective),
      ...boundaryProps(role, memo),
    },
    [role.arn, sessionsArn(role)].filter((alias) => alias !== undefined),
  );
  yield unsureOf(record, unsureEffective(effective, role, memo));
  yield edge("CONTAINS", accountKey(source, partition), key);
  yield* holdings(key, role, context);
  // An address on a role is whom to ask about it: nobody signs in as a role.
  for (const owner of ownersOf(role, [...config.ownerTags, ...config.emailTags])) {
    yield edge("OWNED_BY", key, owner.to, { basis: "tag", evidence: owner.evidence });
  }
}

/** Service-linked roles and the roles of IAM Identity Center are made, changed and removed by AWS. */
const isProviderManaged = (role: Role) =>
  role.path.startsWith("/aws-service-role/") ||
  role.path.startsWith("/aws-reserved/") ||
  role.name.startsWith("AWSReservedSSO_");

const effectiveProps = ({ privilege, why, limitedBy }: Assessment) => ({
  effectivePrivilege: privilege,
  effectivePrivilegeWhy: why,
  limitedBy: limitedBy.length === 0 ? undefined : limitedBy,
});

/** Roles beyond a permissions boundary cannot be assumed, whatever the policies say. */
const boundaryProps = ({ boundary }: Principal, memo: Memo) =>
  boundary === undefined
    ? {}
    : { assumesWithin: boundaryTexts(boundary, memo.policies.get(boundary)?.document) };

/** Of a principal whose policies were read in part, what follows from all of them is not known. */
function unsureEffective(
  { partly, privilege }: Assessment,
  { boundary }: Principal,
  memo: Memo,
): readonly string[] {
  const unbounded = boundary !== undefined && memo.policies.get(boundary)?.document === undefined;
  return [
    ...(partly ? ["limitedBy"] : []),
    ...(partly && privilege === "unknown" ? ["effectivePrivilege", "effectivePrivilegeWhy"] : []),
    ...(unbounded ? ["assumesWithin"] : []),
  ];
}

/** Policies that are attached to a principal or written into it. */
function* holdings(key: string, principal: Principal, context: Finish): Iterable<GraphRecord> {
  const { source, partition } = context;
  for (const { arn } of principal.attached) {
    yield edge("HAS_ENTITLEMENT", key, managedPolicyKey(source, partition, arn), { via: "attached" });
  }
  for (const { name } of principal.inline) {
    yield edge("HAS_ENTITLEMENT", key, inlinePolicyKey(source, partition, principal.id, name), {
      via: "inline",
    });
  }
}

/** Customer managed policies, those of AWS that somebody holds, and inline ones. */
function* entitlements(context: Finish): Iterable<GraphRecord> {
  const { memo, source, partition } = context;
  const account = accountKey(source, partition);
  const principals = [...memo.users.values(), ...memo.groups.values(), ...memo.roles.values()];
  const attached = new Map(principals.flatMap((p) => p.attached.map((a) => [a.arn, a.name] as const)));
  const managed = new Map(attached);
  for (const policy of memo.policies.values()) {
    if (!isAwsManaged(policy.arn)) managed.set(policy.arn, policy.name);
  }
  for (const [arn, name] of managed) {
    const policy = memo.policies.get(arn);
    const key = managedPolicyKey(source, partition, arn);
    const aws = isAwsManaged(arn);
    const record = node(
      "Entitlement",
      aws ? "AwsManagedPolicy" : "AwsPolicy",
      key,
      {
        name: policy?.name ?? name,
        arn,
        accountId: partition,
        policyType: aws ? "awsManaged" : "customerManaged",
        createdAt: policy?.createdAt,
        ...policyProps({ name: policy?.name ?? name, document: policy?.document }),
      },
      aws ? [] : [arn],
    );
    yield unsureOf(record, [
      ...unsurePolicy(policy?.document),
      ...(policy === undefined ? ["createdAt"] : []),
    ]);
    yield edge("ON", key, account);
  }
  for (const principal of principals) {
    for (const { name, document } of principal.inline) {
      const key = inlinePolicyKey(source, partition, principal.id, name);
      const record = node("Entitlement", "AwsInlinePolicy", key, {
        name,
        accountId: partition,
        policyType: "inline",
        ...policyProps({ name, document }),
      });
      yield unsureOf(record, unsurePolicy(document));
      yield edge("ON", key, account);
    }
  }
}

const isAwsManaged = (arn: string) => parseArn(arn)?.account === "aws";

function policyProps(policy: NamedPolicy) {
  const { privilege, why } = assess([policy]);
  const assumes = assumeTexts(policy.document);
  return { privilege, privilegeWhy: why, assumes: assumes.length === 0 ? undefined : assumes };
}

const unsurePolicy = (document: PolicyDocument | undefined): readonly string[] =>
  document === undefined ? ["privilege", "privilegeWhy", "assumes"] : [];

/** Principals with the same managed policies, groups and boundary are judged once. */
class PrivilegeCache {
  readonly #memo: Memo;
  readonly #seen = new Map<string, Assessment>();

  constructor(memo: Memo) {
    this.#memo = memo;
  }

  of(principal: Principal, groups: readonly Principal[], groupUnread: boolean): Assessment {
    const boundary = principal.boundary;
    const key = JSON.stringify([
      principal.inline.length > 0 ? principal.id : "",
      principal.attached.map(({ arn }) => arn).sort(),
      groups.map(({ id }) => id).sort(),
      groupUnread,
      boundary ?? "",
    ]);
    const seen = this.#seen.get(key);
    if (seen !== undefined) return seen;
    const policies = [principal, ...groups].flatMap((holder) => policiesOf(holder, this.#memo));
    if (groupUnread) policies.push({ name: "a group's policies", document: undefined });
    const result = assess(
      policies,
      boundary === undefined
        ? undefined
        : { arn: boundary, name: boundary, document: this.#memo.policies.get(boundary)?.document },
    );
    this.#seen.set(key, result);
    return result;
  }
}

function policiesOf(holder: Principal, memo: Memo): NamedPolicy[] {
  return [
    ...holder.inline,
    ...holder.attached.map(({ arn, name }) => ({ name, document: memo.policies.get(arn)?.document })),
  ];
}
