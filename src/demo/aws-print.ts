import type {
  AccountSpec,
  InlineSpec,
  KeySpec,
  PolicySpec,
  RoleSpec,
  Statement,
  UserSpec,
} from "./aws-model.js";
import { awsInstant as instant, type Printing } from "./instants.js";
import { awsId } from "./random.js";

/**
 * An account in the form that `aws iam … --output json` prints:
 * https://docs.aws.amazon.com/cli/latest/reference/iam/get-account-authorization-details.html
 */

const ENTRIES_PER_PAGE = 500;

export const userIdOf = (seed: string, account: string, name: string) => awsId("AIDA", seed, account, name);
export const roleIdOf = (seed: string, account: string, name: string) => awsId("AROA", seed, account, name);

const version = (statements: readonly Statement[]) => ({ Version: "2012-10-17", Statement: statements });

const named = (arn: string) => ({ PolicyName: arn.slice(arn.lastIndexOf("/") + 1), PolicyArn: arn });

const inlineList = (list: readonly InlineSpec[] = []) =>
  list.map(({ name, statements }) => ({ PolicyName: name, PolicyDocument: version(statements) }));

const tagList = (tags: Readonly<Record<string, string>> = {}) =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

function userDetail(user: UserSpec, account: string, printing: Printing): unknown {
  return {
    Path: "/",
    UserName: user.name,
    UserId: userIdOf(printing.seed, account, user.name),
    Arn: `arn:aws:iam::${account}:user/${user.name}`,
    CreateDate: instant(printing, user.createdDaysAgo),
    ...(user.inline === undefined ? {} : { UserPolicyList: inlineList(user.inline) }),
    GroupList: user.groups ?? [],
    AttachedManagedPolicies: (user.attached ?? []).map(named),
    ...(user.tags === undefined ? {} : { Tags: tagList(user.tags) }),
  };
}

function roleDetail(role: RoleSpec, account: string, printing: Printing): unknown {
  const path = role.path ?? "/";
  return {
    Path: path,
    RoleName: role.name,
    RoleId: roleIdOf(printing.seed, account, role.name),
    Arn: `arn:aws:iam::${account}:role${path}${role.name}`,
    CreateDate: instant(printing, 900),
    AssumeRolePolicyDocument: version(role.trust),
    InstanceProfileList: [],
    RolePolicyList: inlineList(role.inline),
    AttachedManagedPolicies: (role.attached ?? []).map(named),
    Tags: tagList(role.tags),
    RoleLastUsed:
      role.lastUsedDaysAgo === undefined
        ? {}
        : { LastUsedDate: instant(printing, role.lastUsedDaysAgo), Region: "eu-central-1" },
  };
}

function policyDetail(policy: PolicySpec, account: string, printing: Printing): unknown {
  return {
    PolicyName: policy.name,
    PolicyId: awsId("ANPA", policy.arn.includes("::aws:") ? "aws" : account, policy.name),
    Arn: policy.arn,
    Path: "/",
    DefaultVersionId: "v1",
    AttachmentCount: 1,
    PermissionsBoundaryUsageCount: 0,
    IsAttachable: true,
    CreateDate: instant(printing, 1_200),
    UpdateDate: instant(printing, 1_200),
    PolicyVersionList: [
      {
        Document: version(policy.statements),
        VersionId: "v1",
        IsDefaultVersion: true,
        CreateDate: instant(printing, 1_200),
      },
    ],
  };
}

/** Pages of GetAccountAuthorizationDetails: users over several, and the rest on the last. */
export function* authorizationPages(account: AccountSpec, printing: Printing): Generator<unknown> {
  const empty = { UserDetailList: [], GroupDetailList: [], RoleDetailList: [], Policies: [] };
  for (let from = 0; from < account.users.length; from += ENTRIES_PER_PAGE) {
    const users = account.users.slice(from, from + ENTRIES_PER_PAGE);
    yield {
      ...empty,
      UserDetailList: users.map((user) => userDetail(user, account.id, printing)),
      IsTruncated: true,
      Marker: `users-${from + users.length}`,
    };
  }
  yield {
    ...empty,
    GroupDetailList: account.groups.map((group) => ({
      Path: "/",
      GroupName: group.name,
      GroupId: awsId("AGPA", printing.seed, account.id, group.name),
      Arn: `arn:aws:iam::${account.id}:group/${group.name}`,
      CreateDate: instant(printing, 1_100),
      GroupPolicyList: [],
      AttachedManagedPolicies: group.attached.map(named),
    })),
    RoleDetailList: account.roles.map((role) => roleDetail(role, account.id, printing)),
    Policies: account.policies.map((policy) => policyDetail(policy, account.id, printing)),
    IsTruncated: false,
  };
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html */
const REPORT_HEADER =
  "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated";

function keyCells(key: KeySpec | undefined, printing: Printing): string[] {
  if (key === undefined) return ["false", "N/A", "N/A", "N/A", "N/A"];
  const used =
    key.lastUsedDaysAgo === undefined
      ? ["N/A", "N/A", "N/A"]
      : [instant(printing, key.lastUsedDaysAgo, 1), "eu-central-1", key.service ?? "s3"];
  return [String(key.active), instant(printing, key.createdDaysAgo), ...used];
}

/** The page of GetCredentialReport: a CSV in base64. `generatedAt` is epoch ms. */
export function reportPage(account: AccountSpec, printing: Printing, generatedAt: number): unknown {
  const rows = account.users.map((user) => {
    const { password } = user;
    const passwordCells =
      password === undefined
        ? ["false", "N/A", "N/A", "N/A"]
        : [
            "true",
            password.lastUsedDaysAgo === undefined
              ? "no_information"
              : instant(printing, password.lastUsedDaysAgo, 2),
            instant(printing, Math.min(user.createdDaysAgo, 200)),
            "N/A",
          ];
    return [
      user.name,
      `arn:aws:iam::${account.id}:user/${user.name}`,
      instant(printing, user.createdDaysAgo),
      ...passwordCells,
      String(user.mfa ?? password !== undefined),
      ...keyCells(user.keys?.[0], printing),
      ...keyCells(user.keys?.[1], printing),
      ...["false", "N/A", "false", "N/A"],
    ].join(",");
  });
  const root = [
    "<root_account>",
    `arn:aws:iam::${account.id}:root`,
    instant(printing, 1_300),
    ...["not_supported", instant(printing, 240), "not_supported", "not_supported", "true"],
    ...keyCells(undefined, printing),
    ...keyCells(undefined, printing),
    ...["false", "N/A", "false", "N/A"],
  ].join(",");
  const csv = [REPORT_HEADER, root, ...rows].join("\n");
  return {
    Content: Buffer.from(`${csv}\n`, "utf8").toString("base64"),
    ReportFormat: "text/csv",
    GeneratedTime: `${new Date(generatedAt).toISOString().slice(0, 19)}+00:00`,
  };
}

/** One page per user that has a key. */
export function* accessKeyPages(account: AccountSpec, printing: Printing): Generator<unknown> {
  for (const user of account.users) {
    if (user.keys === undefined || user.keys.length === 0) continue;
    yield {
      AccountId: account.id,
      UserName: user.name,
      AccessKeyMetadata: user.keys.map((key) => ({
        UserName: user.name,
        AccessKeyId: key.id,
        Status: key.active ? "Active" : "Inactive",
        CreateDate: instant(printing, key.createdDaysAgo),
      })),
      IsTruncated: false,
    };
  }
}

/** GetAccountSummary: the system's own totals. */
export function summaryPage(account: AccountSpec): unknown {
  return {
    AccountId: account.id,
    SummaryMap: {
      Users: account.users.length,
      UsersQuota: 5_000,
      Groups: account.groups.length,
      GroupsQuota: 300,
      Roles: account.roles.length,
      RolesQuota: 1_000,
      Policies: account.policies.filter((policy) => !policy.arn.includes("::aws:")).length,
      PoliciesQuota: 1_500,
      AccountMFAEnabled: 1,
      AccountAccessKeysPresent: 0,
    },
  };
}
