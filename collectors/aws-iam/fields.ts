import type { Field } from "../../src/collect/index.js";

/** Lists of GetAccountAuthorizationDetails. */
const USER = "UserDetailList[]";
const GROUP = "GroupDetailList[]";
const ROLE = "RoleDetailList[]";
const POLICY = "Policies[]";
/** A column of the credential report. */
const report = (column: string) => `credential report: ${column}`;
const KEY = "AccessKeyMetadata[]";

/** Where each property comes from, and what those are for that only AWS has. */
export const fields = {
  arn: {
    from: "Arn",
    use: "names the thing in AWS's own words: in findings, commands and the trust of other accounts",
  },
  accountId: { from: "the account that was read", use: "which AWS account it belongs to; shown beside it" },
  path: { from: "Path", use: "tells what AWS made itself (/aws-service-role/) from what the company made" },

  "AwsAccount.name": { from: "the account's id" },
  "AwsAccount.aliases": { from: "the account's id" },

  "AwsUser.name": { from: `${USER}.UserName` },
  "AwsUser.username": { from: `${USER}.UserName` },
  "AwsUser.email": { from: `${USER}.Tags named in emailTags, or UserName where it is an address` },
  "AwsUser.createdAt": { from: `${USER}.CreateDate` },
  "AwsUser.status": {
    from: `${report("password_enabled, access_key_1_active, access_key_2_active")}; ${KEY}.Status`,
  },
  "AwsUser.accountType": { from: report("password_enabled, access_key_1_active, access_key_2_active") },
  "AwsUser.aliases": { from: "Arn, and the addresses" },

  "AwsRoot.name": { from: report("user") },
  "AwsRoot.aliases": { from: "Arn" },
  "AwsRoot.status": { from: report("password_enabled, access_key_1_active, access_key_2_active") },
  "AwsRoot.createdAt": { from: report("user_creation_time") },
  "AwsRoot.accountType": { from: "it is the root user" },

  accountTypeEvidence: { from: report("password_enabled, access_key_1_active, access_key_2_active") },
  mfa: { from: report("mfa_active") },
  consolePassword: {
    from: report("password_enabled"),
    use: "whether it can sign in to the console; a part of its status",
  },
  passwordChangedAt: { from: report("password_last_changed") },
  lastLoginAt: { from: report("password_last_used, access_key_N_last_used_date") },

  "AwsGroup.name": { from: `${GROUP}.GroupName` },
  "AwsGroup.aliases": { from: "Arn" },
  "AwsGroup.createdAt": { from: `${GROUP}.CreateDate` },

  "AwsRole.name": { from: `${ROLE}.RoleName` },
  "AwsRole.aliases": { from: "Arn, and the ARN that its sessions begin with" },
  "AwsRole.createdAt": { from: `${ROLE}.CreateDate` },
  "AwsRole.status": { from: "it is there: a role cannot be switched off" },
  "AwsRole.lastUsedAt": { from: `${ROLE}.RoleLastUsed.LastUsedDate` },
  nhiType: { from: "it is a role" },
  managedBy: { from: `${ROLE}.Path and RoleName` },
  effectivePrivilege: { from: "all policies of it and of its groups, and its boundary" },
  effectivePrivilegeWhy: { from: "all policies of it and of its groups, and its boundary" },
  assumesWithin: {
    from: "the document of its PermissionsBoundary",
    use: "which roles its permissions boundary lets it assume at most; correlation derives who can assume what",
  },
  limitedBy: { from: "PermissionsBoundary, and Deny statements" },

  "AwsPolicy.name": { from: `${POLICY}.PolicyName` },
  "AwsPolicy.aliases": { from: "Arn" },
  "AwsManagedPolicy.name": { from: "AttachedManagedPolicies[].PolicyName" },
  "AwsInlinePolicy.arn": { from: "nothing: an inline policy has none" },
  "AwsInlinePolicy.name": { from: "UserPolicyList[], GroupPolicyList[], RolePolicyList[]: PolicyName" },
  policyType: {
    from: "in which list it stands",
    use: "AWS's own, the company's, or written into one principal: decides how it is taken away",
  },
  "AwsPolicy.createdAt": { from: `${POLICY}.CreateDate` },
  "AwsManagedPolicy.createdAt": { from: `${POLICY}.CreateDate` },
  "AwsInlinePolicy.createdAt": { from: "nothing: AWS does not say" },
  assumes: {
    from: "the document of the default version: statements on sts:AssumeRole",
    use: "which roles it lets its holders assume; correlation derives who can assume what, across accounts too",
  },
  privilege: { from: "the document of the default version" },
  privilegeWhy: { from: "the document of the default version" },

  "AwsAccessKey.name": { from: `${KEY}.AccessKeyId` },
  "AwsAccessKey.createdAt": { from: `${KEY}.CreateDate` },
  "AwsAccessKey.status": { from: `${KEY}.Status; ${report("access_key_N_active")}` },
  "AwsAccessKey.rotatedAt": { from: report("access_key_N_last_rotated") },
  "AwsAccessKey.aliases": { from: "the slot in the report" },
  "AwsSigningCertificate.name": { from: report("cert_N_active") },
  "AwsSigningCertificate.status": { from: report("cert_N_active") },
  "AwsSigningCertificate.rotatedAt": { from: report("cert_N_last_rotated") },
  credentialType: { from: "in which list it stands" },
  slot: {
    from: "the report's number of it",
    use: "tells two keys of one user apart where their ids are not known",
  },
  lastUsedAt: { from: report("access_key_N_last_used_date") },
  lastUsedService: {
    from: report("access_key_N_last_used_service"),
    use: "what it was used for; shown to whoever must end it",
  },
  lastUsedRegion: {
    from: report("access_key_N_last_used_region"),
    use: "where it was used; shown to whoever must end it",
  },

  "HAS_ENTITLEMENT.via": { from: "in which list the policy stands: attached or inline" },
  "CAN_ASSUME.condition": {
    from: `${ROLE}.AssumeRolePolicyDocument, and the policies that allow the assume`,
  },
  "CAN_ASSUME.needs": {
    from: "the account in the trustee's ARN",
    use: "that the caller's own policies must allow it as well: without that the path is not certain",
  },
  "CAN_ASSUME.trust": { from: `${ROLE}.AssumeRolePolicyDocument: kind of principal` },
  "CAN_ASSUME.evidence": { from: `${ROLE}.AssumeRolePolicyDocument: the Condition that names the subject` },
  "OWNED_BY.basis": { from: "it is a tag" },
  "OWNED_BY.evidence": { from: "Tags named in ownerTags (of roles in emailTags too)" },
} as const satisfies Readonly<Record<string, Field>>;

export const notRead = [
  "service and resource control policies, session policies, and policies of resources (buckets, keys, queues)",
  "IAM Identity Center: its users, groups and assignments",
  "service-specific credentials and SSH keys",
  "last-accessed details of services",
  "instance profiles",
] as const;
