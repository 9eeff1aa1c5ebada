import type { z } from "zod";
import type { ConvertContext, RawPage } from "../../src/collect/index.js";
import type { AwsIamConfig } from "./config.js";
import type { InlinePolicy, ManagedPolicy, Memo, Principal } from "./memo.js";
import { accountIn, instantOf, lastSegment, parseArn } from "./names.js";
import { type PolicyDocument, parseDocument } from "./policy.js";
import {
  authorizationPage,
  type GroupShape,
  groupShape,
  type PolicyShape,
  policyShape,
  type RoleShape,
  roleShape,
  saysTruncated,
  type UserShape,
  userShape,
} from "./shapes.js";

type Context = ConvertContext<AwsIamConfig, Memo>;

/**
 * Reads one page of GetAccountAuthorizationDetails into the memo. Records come in `finish`: users name groups, and
 * groups name policies, that may stand on later pages.
 */
export function readAuthorizationPage(page: RawPage, context: Context): void {
  const { memo, partition } = context;
  const parsed = authorizationPage.safeParse(page);
  if (!parsed.success) {
    context.partial("a page of GetAccountAuthorizationDetails has not the documented form");
    return;
  }
  const at = `page ${memo.authorization.pages + 1}`;
  memo.authorization.pages += 1;

  // A page that names them is converted for each of them.
  const others = partitionsOfAuthorization(page);

  const entries = <T extends { Arn: string }>(
    list: readonly unknown[],
    shape: z.ZodType<T>,
    what: string,
    take: (entry: T) => void,
  ) => {
    for (const [index, raw] of list.entries()) {
      const where = `${at}, ${what} ${index + 1}`;
      const entry = shape.safeParse(raw);
      if (!entry.success) {
        const path = entry.error.issues[0]?.path.join(".") ?? "";
        context.reject(where, `not the documented form${path === "" ? "" : ` (${path})`}`);
        memo.authorization.rejected ||= what === "user";
      } else if (belongs(entry.data.Arn, partition, what)) {
        take(entry.data);
      } else if (!others.includes(accountIn(entry.data.Arn) ?? "")) {
        context.reject(where, `it is not of account ${partition}`);
      }
    }
  };
  entries(parsed.data.UserDetailList, userShape, "user", (user) =>
    memo.users.set(user.UserId, {
      ...principal(user, user.UserId, user.UserName, user.UserPolicyList, context),
      boundary: user.PermissionsBoundary?.PermissionsBoundaryArn,
      tags: tagsOf(user),
      groups: user.GroupList,
    }),
  );
  entries(parsed.data.GroupDetailList, groupShape, "group", (group) =>
    memo.groups.set(
      group.GroupId,
      principal(group, group.GroupId, group.GroupName, group.GroupPolicyList, context),
    ),
  );
  entries(parsed.data.RoleDetailList, roleShape, "role", (role) =>
    memo.roles.set(role.RoleId, {
      ...principal(role, role.RoleId, role.RoleName, role.RolePolicyList, context),
      boundary: role.PermissionsBoundary?.PermissionsBoundaryArn,
      tags: tagsOf(role),
      trust: documentOf(role.AssumeRolePolicyDocument, `the trust policy of role ${role.RoleName}`, context),
      lastUsedAt: instantOf(role.RoleLastUsed?.LastUsedDate),
    }),
  );
  entries(parsed.data.Policies, policyShape, "policy", (policy) =>
    memo.policies.set(policy.Arn, managedPolicy(policy, context)),
  );
  // A user who could not be read is one whose keys and row in the report cannot be tied to anybody.
  memo.authorization.complete = !saysTruncated(page) && !memo.authorization.rejected;
}

/** Which accounts a page speaks of: the one that we noted ourselves, or else those of its ARNs. */
export function partitionsOfAuthorization(page: RawPage): readonly string[] {
  const parsed = authorizationPage.safeParse(page);
  if (!parsed.success) return [];
  if (parsed.data.AccountId !== undefined) return [parsed.data.AccountId];
  const { UserDetailList, GroupDetailList, RoleDetailList, Policies } = parsed.data;
  const accounts = new Set<string>();
  for (const entry of [...UserDetailList, ...GroupDetailList, ...RoleDetailList, ...Policies]) {
    if (typeof entry !== "object" || entry === null || !("Arn" in entry) || typeof entry.Arn !== "string")
      continue;
    const account = accountIn(entry.Arn);
    if (account !== undefined) accounts.add(account);
  }
  return [...accounts];
}

function belongs(arn: string, account: string, what: string): boolean {
  const owner = parseArn(arn)?.account;
  return owner === account || (what === "policy" && owner === "aws");
}

function principal(
  shape: UserShape | GroupShape | RoleShape,
  id: string,
  name: string,
  inline: UserShape["UserPolicyList"],
  context: Context,
): Principal {
  return {
    id,
    name,
    arn: shape.Arn,
    path: shape.Path,
    createdAt: instantOf(shape.CreateDate),
    inline: inline.map(
      (policy): InlinePolicy => ({
        name: policy.PolicyName,
        document: documentOf(policy.PolicyDocument, `inline policy ${policy.PolicyName} of ${name}`, context),
      }),
    ),
    attached: shape.AttachedManagedPolicies.map(({ PolicyArn, PolicyName }) => ({
      arn: PolicyArn,
      name: PolicyName ?? lastSegment(PolicyArn),
    })),
    boundary: undefined,
    tags: [],
  };
}

const tagsOf = (shape: UserShape | RoleShape) =>
  shape.Tags.map(({ Key, Value }) => ({ name: Key, value: Value }));

/** Only the default version of a managed policy is in force, whatever else the list holds. */
function managedPolicy(policy: PolicyShape, context: Context): ManagedPolicy {
  const versions = policy.PolicyVersionList;
  const version =
    versions.find(({ IsDefaultVersion }) => IsDefaultVersion === true) ??
    versions.find(({ VersionId }) => VersionId === policy.DefaultVersionId);
  return {
    arn: policy.Arn,
    name: policy.PolicyName ?? lastSegment(policy.Arn),
    createdAt: instantOf(policy.CreateDate),
    document: documentOf(version?.Document, `policy ${policy.Arn}`, context),
  };
}

/** A document that is there and cannot be read makes the read partial: what it allows or denies is not known. */
function documentOf(raw: unknown, what: string, context: Context): PolicyDocument | undefined {
  if (raw === undefined) return undefined;
  const document = parseDocument(raw);
  if (document === undefined) context.partial(`${what} is not a policy document`);
  return document;
}
