import { type ConvertContext, defineCollector, type RawPage, type Stream } from "../../src/collect/index.js";
import { accountsOf, classify, openSession, type Session } from "./client.js";
import { type AwsIamConfig, configSchema } from "./config.js";
import { partitionsOfAuthorization, readAuthorizationPage } from "./convert-authorization.js";
import { accountOf, readAccessKeysPage, readSummaryPage } from "./convert-keys.js";
import { dataTimeOfReport, partitionsOfReport, readReportPage } from "./convert-report.js";
import { authorizationRecords } from "./emit-authorization.js";
import { credentialRecords } from "./emit-credentials.js";
import { fields, notRead } from "./fields.js";
import { rateLimit } from "./limits.js";
import { createMemo, type Memo } from "./memo.js";
import { produces } from "./produces.js";
import { readAccessKeys, readAuthorization, readReport, readSummary } from "./read.js";
import { AUTHORIZATION, KEYS, REPORT, SUMMARY } from "./records.js";
import { remediate } from "./remediation.js";
import { saysTruncated } from "./shapes.js";

type IamStream = Stream<Session, Memo, AwsIamConfig>;

/** A page is read into the memo; what it amounts to needs the other pages and streams, and comes in `finish`. */
const into =
  (read: (page: RawPage, context: ConvertContext<AwsIamConfig, Memo>) => void): IamStream["convert"] =>
  (page, context) => {
    read(page, context);
    return [];
  };

const authorization: IamStream = {
  name: AUTHORIZATION,
  title: "users, groups, roles and policies",
  produces: produces[AUTHORIZATION],
  read: readAuthorization,
  convert: into(readAuthorizationPage),
  partitionOf: partitionsOfAuthorization,
  truncated: saysTruncated,
};

const report: IamStream = {
  name: REPORT,
  title: "passwords, MFA and the use of keys",
  produces: produces[REPORT],
  read: readReport,
  convert: into(readReportPage),
  partitionOf: partitionsOfReport,
  dataTimeOf: dataTimeOfReport,
};

const accessKeys: IamStream = {
  name: KEYS,
  title: "access keys by id",
  produces: produces[KEYS],
  read: readAccessKeys,
  convert: into(readAccessKeysPage),
  partitionOf: accountOf,
  truncated: saysTruncated,
};

const summary: IamStream = {
  name: SUMMARY,
  title: "AWS's own totals",
  produces: produces[SUMMARY],
  optional: true,
  read: readSummary,
  convert: into(readSummaryPage),
  partitionOf: accountOf,
};

export const collector = defineCollector<AwsIamConfig, Session, Memo>({
  system: "aws-iam",
  title: "AWS IAM",
  version: "2",
  category: "access",
  config: configSchema,
  permissions: [
    {
      name: "iam:GetAccountAuthorizationDetails",
      why: "users, groups, roles, policies and trust; nothing can be judged without it",
      streams: [AUTHORIZATION],
    },
    {
      name: "iam:GenerateCredentialReport",
      why: "makes the report of passwords, MFA and last use; without it nobody is known to be disabled",
      streams: [REPORT],
    },
    {
      name: "iam:GetCredentialReport",
      why: "reads that report",
      streams: [REPORT],
    },
    {
      name: "iam:ListAccessKeys",
      why: "access keys by id; without it no key is proved gone",
      streams: [KEYS],
    },
    {
      name: "iam:GetAccountSummary",
      why: "AWS's own totals, to hold the read against",
      streams: [SUMMARY],
      optional: true,
    },
    {
      name: "sts:AssumeRole",
      why: "only where `accounts` names roles in other accounts",
      streams: [AUTHORIZATION, REPORT, KEYS, SUMMARY],
      optional: true,
    },
  ],
  fields,
  notRead,
  streams: [authorization, report, accessKeys, summary],
  rateLimit,
  open: (context) => Promise.resolve(openSession(context)),
  close: (session) => {
    session.close();
    return Promise.resolve();
  },
  partitions: (session, { config }) => accountsOf(session, config),
  createMemo,
  *finish(context) {
    for (const record of authorizationRecords(context)) yield { stream: AUTHORIZATION, record };
    yield* credentialRecords(context);
  },
  remediate,
  classify,
});
