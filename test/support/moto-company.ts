import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse as parseCsv } from "csv-parse/sync";
import { z } from "zod";
import type { MotoAccount, MotoSeed } from "../servers/moto.js";
import type { QueryAnswer, QueryCall } from "./aws-query.js";

/**
 * What the AWS command line printed of some accounts, as a seed of moto: the same users, groups, roles, policies, keys
 * and ids, so that a read of moto and a replay of the files must come to the same.
 */

const document = z.record(z.string(), z.unknown());
const inline = z.array(z.object({ PolicyName: z.string(), PolicyDocument: document })).default([]);
const attached = z.array(z.object({ PolicyArn: z.string() })).default([]);
const tags = z.array(z.object({ Key: z.string(), Value: z.string() })).default([]);
const authorization = z.object({
  UserDetailList: z.array(
    z.object({
      UserName: z.string(),
      UserId: z.string(),
      Arn: z.string(),
      Path: z.string(),
      CreateDate: z.string(),
      UserPolicyList: inline,
      GroupList: z.array(z.string()),
      AttachedManagedPolicies: attached,
      Tags: tags,
    }),
  ),
  GroupDetailList: z.array(
    z.object({ GroupName: z.string(), Path: z.string(), Arn: z.string(), AttachedManagedPolicies: attached }),
  ),
  RoleDetailList: z.array(
    z.object({
      RoleName: z.string(),
      RoleId: z.string(),
      Arn: z.string(),
      Path: z.string(),
      AssumeRolePolicyDocument: document,
      RolePolicyList: inline,
      AttachedManagedPolicies: attached,
      Tags: tags,
    }),
  ),
  Policies: z.array(
    z.object({
      PolicyName: z.string(),
      Arn: z.string(),
      Path: z.string(),
      PolicyVersionList: z.array(z.object({ Document: document, IsDefaultVersion: z.boolean() })),
    }),
  ),
});
const report = z.object({ Content: z.string() });
const reportRows = z.array(z.object({ arn: z.string(), password_enabled: z.string() }));
const keyPage = z.object({
  AccountId: z.string(),
  UserName: z.string(),
  AccessKeyMetadata: z.array(z.object({ AccessKeyId: z.string(), Status: z.enum(["Active", "Inactive"]) })),
});

const accountOf = (arn: string) => arn.split(":")[4] ?? "";
const byName = (list: z.infer<typeof inline>) =>
  Object.fromEntries(list.map(({ PolicyName, PolicyDocument }) => [PolicyName, PolicyDocument]));
const arns = (list: z.infer<typeof attached>) => list.map(({ PolicyArn }) => PolicyArn);
const tagMap = (list: z.infer<typeof tags>) => Object.fromEntries(list.map(({ Key, Value }) => [Key, Value]));

/** Reads a folder of recordings of `aws-iam`. */
export async function motoSeedOf(recordings: string): Promise<MotoSeed> {
  const read = async <T>(stream: string, shape: z.ZodType<T>): Promise<readonly T[]> =>
    (await readFile(join(recordings, `${stream}.ndjson`), "utf8"))
      .trimEnd()
      .split("\n")
      .map((line) => shape.parse(JSON.parse(line)));
  const pages = await read("account-authorization", authorization);
  const withPassword = new Set(
    (await read("credential-report", report))
      .flatMap(({ Content }) =>
        reportRows.parse(parseCsv(Buffer.from(Content, "base64").toString("utf8"), { columns: true })),
      )
      .filter((row) => row.password_enabled === "true")
      .map((row) => row.arn),
  );
  const keys = new Map(
    (await read("access-keys", keyPage)).map((page) => [
      `${page.AccountId} ${page.UserName}`,
      page.AccessKeyMetadata.map(({ AccessKeyId, Status }) => ({ id: AccessKeyId, status: Status })),
    ]),
  );
  const users = pages.flatMap((page) => page.UserDetailList);
  const accounts = [...new Set(users.map(({ Arn }) => accountOf(Arn)))];
  return Object.fromEntries(
    accounts.map((account): [string, MotoAccount] => {
      const own = <T extends { readonly Arn: string }>(list: readonly T[]) =>
        list.filter(({ Arn }) => accountOf(Arn) === account);
      return [
        account,
        {
          policies: own(pages.flatMap((page) => page.Policies)).map((policy) => ({
            name: policy.PolicyName,
            path: policy.Path,
            document: policy.PolicyVersionList.find((one) => one.IsDefaultVersion)?.Document ?? {},
          })),
          groups: own(pages.flatMap((page) => page.GroupDetailList)).map((group) => ({
            name: group.GroupName,
            path: group.Path,
            attached: arns(group.AttachedManagedPolicies),
          })),
          roles: own(pages.flatMap((page) => page.RoleDetailList)).map((role) => ({
            name: role.RoleName,
            id: role.RoleId,
            path: role.Path,
            trust: role.AssumeRolePolicyDocument,
            tags: tagMap(role.Tags),
            attached: arns(role.AttachedManagedPolicies),
            inline: byName(role.RolePolicyList),
          })),
          users: own(users).map((user) => ({
            name: user.UserName,
            id: user.UserId,
            path: user.Path,
            tags: tagMap(user.Tags),
            createdAt: Date.parse(user.CreateDate),
            password: withPassword.has(user.Arn),
            accessKeys: keys.get(`${account} ${user.UserName}`) ?? [],
            groups: user.GroupList,
            attached: arns(user.AttachedManagedPolicies),
            inline: byName(user.UserPolicyList),
          })),
        },
      ];
    }),
  );
}

/**
 * What AWS puts into a credential report and moto leaves out: the row of the root user, and the time at which the
 * report was made. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
 */
export function completeReport(
  { action }: QueryCall,
  answer: QueryAnswer,
  account: string,
  at: number,
): QueryAnswer {
  if (action !== "GetCredentialReport" || answer.status !== 200) return answer;
  const xml = answer.xml
    .replace(
      /<GeneratedTime>[^<]*<\/GeneratedTime>/,
      `<GeneratedTime>${new Date(at).toISOString().slice(0, 19)}Z</GeneratedTime>`,
    )
    .replace(/<Content>([^<]*)<\/Content>/, (_, content: string) => {
      const [header = "", ...rows] = Buffer.from(content, "base64").toString("utf8").split("\n");
      const root = header.split(",").map((column) => ROOT[column] ?? `arn:aws:iam::${account}:root`);
      const csv = [header, root.join(","), ...rows].join("\n");
      return `<Content>${Buffer.from(csv).toString("base64")}</Content>`;
    });
  return { ...answer, xml };
}

/** Every column but `arn`. */
const ROOT: Readonly<Record<string, string>> = {
  user: "<root_account>",
  user_creation_time: "2023-01-02T03:04:05+00:00",
  password_enabled: "not_supported",
  password_last_used: "2025-01-02T03:04:05+00:00",
  password_last_changed: "not_supported",
  password_next_rotation: "not_supported",
  mfa_active: "true",
  access_key_1_active: "false",
  access_key_1_last_rotated: "N/A",
  access_key_1_last_used_date: "N/A",
  access_key_1_last_used_region: "N/A",
  access_key_1_last_used_service: "N/A",
  access_key_2_active: "false",
  access_key_2_last_rotated: "N/A",
  access_key_2_last_used_date: "N/A",
  access_key_2_last_used_region: "N/A",
  access_key_2_last_used_service: "N/A",
  cert_1_active: "false",
  cert_1_last_rotated: "N/A",
  cert_2_active: "false",
  cert_2_last_rotated: "N/A",
};
