import { collector } from "../../collectors/aws-iam/collector.js";
import { type QueryCall, QueryServer, success } from "../../test/support/aws-query.js";
import type { Estate } from "./estate.js";

const ACCOUNT = "123456789012";
const USERS = 10_000;
const GROUPS = 500;
const ROLES = 1_500;
const POLICIES = 300;
/** Three of ten users have an access key; each user is in two groups and has one policy of its own. */
const hasKey = (user: number) => user % 10 < 3;
const CREATED = "2024-03-01T09:00:00Z";
const TRUST = encodeURIComponent(
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }],
  }),
);
const READ = encodeURIComponent(
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }],
  }),
);

const arn = (kind: string, name: string) => `arn:aws:iam::${ACCOUNT}:${kind}/${name}`;
const common = (kind: string, name: string) =>
  `<Path>/</Path><Arn>${arn(kind, name)}</Arn><CreateDate>${CREATED}</CreateDate>`;

/** The account's entities in the order AWS lists them, each under the list of the answer that it belongs to. */
const entities: readonly { readonly list: string; readonly xml: string }[] = [
  ...Array.from({ length: USERS }, (_, i) => ({
    list: "UserDetailList",
    xml: `<member><UserName>u${i}</UserName><UserId>AIDA${String(i).padStart(17, "0")}</UserId>${common("user", `u${i}`)}<GroupList><member>g${i % GROUPS}</member><member>g${(i * 7 + 1) % GROUPS}</member></GroupList><UserPolicyList><member><PolicyName>own</PolicyName><PolicyDocument>${READ}</PolicyDocument></member></UserPolicyList><AttachedManagedPolicies/></member>`,
  })),
  ...Array.from({ length: GROUPS }, (_, i) => ({
    list: "GroupDetailList",
    xml: `<member><GroupName>g${i}</GroupName><GroupId>AGPA${String(i).padStart(17, "0")}</GroupId>${common("group", `g${i}`)}<GroupPolicyList/><AttachedManagedPolicies><member><PolicyName>p${i % POLICIES}</PolicyName><PolicyArn>${arn("policy", `p${i % POLICIES}`)}</PolicyArn></member></AttachedManagedPolicies></member>`,
  })),
  ...Array.from({ length: ROLES }, (_, i) => ({
    list: "RoleDetailList",
    xml: `<member><RoleName>r${i}</RoleName><RoleId>AROA${String(i).padStart(17, "0")}</RoleId>${common("role", `r${i}`)}<AssumeRolePolicyDocument>${TRUST}</AssumeRolePolicyDocument><RolePolicyList/><InstanceProfileList/><AttachedManagedPolicies><member><PolicyName>p${i % POLICIES}</PolicyName><PolicyArn>${arn("policy", `p${i % POLICIES}`)}</PolicyArn></member></AttachedManagedPolicies></member>`,
  })),
  ...Array.from({ length: POLICIES }, (_, i) => ({
    list: "Policies",
    xml: `<member><PolicyName>p${i}</PolicyName><PolicyId>ANPA${String(i).padStart(17, "0")}</PolicyId>${common("policy", `p${i}`)}<DefaultVersionId>v1</DefaultVersionId><PolicyVersionList><member><VersionId>v1</VersionId><IsDefaultVersion>true</IsDefaultVersion><Document>${READ}</Document></member></PolicyVersionList></member>`,
  })),
];

function authorization(call: QueryCall) {
  const from = Number(call.params.get("Marker") ?? "0");
  const size = Number(call.params.get("MaxItems") ?? "100");
  const page = entities.slice(from, from + size);
  const more = from + size < entities.length;
  const lists = ["UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"].map(
    (list) =>
      `<${list}>${page
        .filter((entity) => entity.list === list)
        .map(({ xml }) => xml)
        .join("")}</${list}>`,
  );
  return success(
    call.action,
    `<IsTruncated>${more}</IsTruncated>${more ? `<Marker>${from + size}</Marker>` : ""}${lists.join("")}`,
  );
}

function credentialReport(): string {
  const none = "N/A";
  const rows = Array.from({ length: USERS }, (_, i) => {
    const key = hasKey(i)
      ? `true,${CREATED},${none},${none},${none}`
      : `false,${none},${none},${none},${none}`;
    return `u${i},${arn("user", `u${i}`)},${CREATED},true,no_information,${none},${none},true,${key},false,${none},${none},${none},${none},false,${none},false,${none}`;
  });
  const header =
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated";
  return Buffer.from(`${[header, ...rows].join("\n")}\n`).toString("base64");
}

function answer(call: QueryCall) {
  switch (call.action) {
    case "GetCallerIdentity":
      return success(
        call.action,
        `<Account>${ACCOUNT}</Account><UserId>AIDAREADER</UserId><Arn>${arn("user", "reader")}</Arn>`,
      );
    case "GetAccountAuthorizationDetails":
      return authorization(call);
    case "GenerateCredentialReport":
      return success(call.action, "<State>COMPLETE</State>");
    case "GetCredentialReport":
      return success(
        call.action,
        `<Content>${credentialReport()}</Content><ReportFormat>text/csv</ReportFormat><GeneratedTime>${new Date(Date.now() + 60_000).toISOString()}</GeneratedTime>`,
      );
    case "ListAccessKeys": {
      const name = call.params.get("UserName") ?? "";
      return success(
        call.action,
        `<IsTruncated>false</IsTruncated><AccessKeyMetadata><member><UserName>${name}</UserName><AccessKeyId>AKIA${name.slice(1).padStart(16, "0")}</AccessKeyId><Status>Active</Status><CreateDate>${CREATED}</CreateDate></member></AccessKeyMetadata>`,
      );
    }
    case "GetAccountSummary": {
      const totals = { Users: USERS, Groups: GROUPS, Roles: ROLES, Policies: POLICIES };
      const entries = Object.entries(totals).map(
        ([key, value]) => `<entry><key>${key}</key><value>${value}</value></entry>`,
      );
      return success(call.action, `<SummaryMap>${entries.join("")}</SummaryMap>`);
    }
    default:
      return undefined;
  }
}

export async function startAws(): Promise<Estate> {
  const server = await QueryServer.start();
  server.answering = answer;
  const keys = Array.from({ length: USERS }, (_, i) => i).filter(hasKey).length;
  const perUser = [
    "groups",
    "inline policies",
    "attached policies",
    "access keys",
    "MFA devices",
    "login profile",
  ];
  return {
    collector,
    settings: { endpoint: server.url },
    environment: {
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
      AWS_ACCESS_KEY_ID: "AKIABENCH",
      AWS_SECRET_ACCESS_KEY: "bench",
    },
    holds: [
      { what: "users", count: USERS, asked: perUser },
      { what: "their inline policies", count: USERS, asked: [] },
      { what: "access keys", count: keys, asked: ["last use"] },
      { what: "groups", count: GROUPS, asked: ["inline policies", "attached policies"] },
      { what: "roles", count: ROLES, asked: ["inline policies", "attached policies"] },
      { what: "policies", count: POLICIES, asked: ["default version"] },
    ],
    calls: () => server.calls.length,
    stop: () => server.stop(),
  };
}
