import { z } from "zod";

/**
 * The pages, as `aws iam … --output json` prints them. Unknown keys are ignored: AWS adds some now and then.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
 *
 * Pages that we read ourselves say besides which account they are of (`AccountId`), and a page of access keys says
 * whose they are (`UserName`), because an empty list is the proof that somebody has none.
 */

const instant = z.string();
/** The command line prints decoded JSON, the API URL-encoded text, and some emulators plain text. */
const document = z.union([z.string(), z.record(z.string(), z.unknown())]);

const tags = z.array(z.object({ Key: z.string(), Value: z.string() })).default([]);
const inline = z.array(z.object({ PolicyName: z.string(), PolicyDocument: document.optional() })).default([]);
const attached = z.array(z.object({ PolicyName: z.string().optional(), PolicyArn: z.string() })).default([]);
const boundary = z.object({ PermissionsBoundaryArn: z.string() }).optional();

export const userShape = z.object({
  Path: z.string().default("/"),
  UserName: z.string(),
  UserId: z.string().min(1),
  Arn: z.string(),
  CreateDate: instant.optional(),
  UserPolicyList: inline,
  GroupList: z.array(z.string()).default([]),
  AttachedManagedPolicies: attached,
  PermissionsBoundary: boundary,
  Tags: tags,
});
export type UserShape = z.infer<typeof userShape>;

export const groupShape = z.object({
  Path: z.string().default("/"),
  GroupName: z.string(),
  GroupId: z.string().min(1),
  Arn: z.string(),
  CreateDate: instant.optional(),
  GroupPolicyList: inline,
  AttachedManagedPolicies: attached,
});
export type GroupShape = z.infer<typeof groupShape>;

export const roleShape = z.object({
  Path: z.string().default("/"),
  RoleName: z.string(),
  RoleId: z.string().min(1),
  Arn: z.string(),
  CreateDate: instant.optional(),
  AssumeRolePolicyDocument: document.optional(),
  RolePolicyList: inline,
  AttachedManagedPolicies: attached,
  PermissionsBoundary: boundary,
  Tags: tags,
  RoleLastUsed: z.object({ LastUsedDate: instant.optional() }).optional(),
});
export type RoleShape = z.infer<typeof roleShape>;

export const policyShape = z.object({
  PolicyName: z.string().optional(),
  PolicyId: z.string().optional(),
  Arn: z.string(),
  Path: z.string().default("/"),
  DefaultVersionId: z.string().optional(),
  CreateDate: instant.optional(),
  PolicyVersionList: z
    .array(
      z.object({
        Document: document.optional(),
        VersionId: z.string(),
        IsDefaultVersion: z.boolean().optional(),
      }),
    )
    .default([]),
});
export type PolicyShape = z.infer<typeof policyShape>;

/** The entries stay unchecked here: one that is malformed is rejected by itself. */
export const authorizationPage = z.object({
  AccountId: z.string().optional(),
  UserDetailList: z.array(z.unknown()).default([]),
  GroupDetailList: z.array(z.unknown()).default([]),
  RoleDetailList: z.array(z.unknown()).default([]),
  Policies: z.array(z.unknown()).default([]),
  IsTruncated: z.boolean().optional(),
  NextToken: z.string().optional(),
});

export const reportPage = z.object({
  AccountId: z.string().optional(),
  Content: z.string(),
  ReportFormat: z.string().optional(),
  GeneratedTime: instant.optional(),
  /** Ours: when the read of the users began, by AWS's clock. */
  UsersReadFrom: instant.optional(),
  /** Ours: what the graph held of the account when the report was read. */
  GraphHasUsers: z.boolean().default(false),
  KnownCredentials: z.record(z.string(), z.array(z.string())).default({}),
});
export type InGraph = Pick<z.infer<typeof reportPage>, "GraphHasUsers" | "KnownCredentials">;

export const accessKeyShape = z.object({
  UserName: z.string().optional(),
  AccessKeyId: z.string().min(1),
  Status: z.string().optional(),
  CreateDate: instant.optional(),
});
export type AccessKeyShape = z.infer<typeof accessKeyShape>;

export const accessKeysPage = z.object({
  AccountId: z.string().optional(),
  UserName: z.string().optional(),
  /** AWS answered NoSuchEntity: the user is gone since it was listed. */
  UserIsGone: z.boolean().optional(),
  /** Ours: the keys of this user should have been listed, and could not. */
  NotListed: z.boolean().optional(),
  AccessKeyMetadata: z.array(accessKeyShape),
  IsTruncated: z.boolean().optional(),
  NextToken: z.string().optional(),
});

export const summaryPage = z.object({
  AccountId: z.string().optional(),
  SummaryMap: z.record(z.string(), z.number()),
});

/** Where a page says itself that more would follow. */
export function saysTruncated(page: unknown): boolean {
  const said = z
    .object({ IsTruncated: z.boolean().optional(), NextToken: z.string().optional() })
    .safeParse(page);
  return said.success && (said.data.IsTruncated === true || said.data.NextToken !== undefined);
}
