import { type Fault, FaultPlan } from "../servers/faults.js";
import { failure, type QueryAnswer, type QueryCall, QueryServer, success } from "./aws-query.js";

/**
 * IAM and STS of some accounts over the query protocol, with state: what moto cannot do (pages, denials, totals, more
 * than one region's worth of trouble) and the AWS documentation describes. It knows nothing of who reads it.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/welcome.html
 */

/** The actions that a reader of IAM calls, by the name under which faults are planned. */
export const LISTS = {
  GetAccountAuthorizationDetails: "authorization details",
  GenerateCredentialReport: "report generation",
  GetCredentialReport: "report",
  ListAccessKeys: "access keys",
  GetAccountSummary: "summary",
  AssumeRole: "assumed role",
} as const satisfies Record<string, string>;

type ListName = (typeof LISTS)[keyof typeof LISTS];

interface AccessKey {
  readonly id: string;
  readonly active: boolean;
}
export interface IamUser {
  readonly name: string;
  readonly password: boolean;
  readonly groups: readonly string[];
  readonly keys: readonly AccessKey[];
  readonly tags: Readonly<Record<string, string>>;
}
interface IamRole {
  readonly name: string;
  readonly trust: unknown;
  readonly tags: Readonly<Record<string, string>>;
}
export interface IamAccount {
  readonly users: Map<string, IamUser>;
  readonly groups: string[];
  readonly roles: Map<string, IamRole>;
  readonly policies: string[];
}

/** Objects in a page: IAM may return fewer than were asked for, and says that more follow. */
const PAGE = 3;
const NO_SECRET = "not-a-real-secret";
const CREATED = "2024-03-01T09:00:00Z";
const READ_ONLY = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }],
};
const trusting = (principal: unknown, more: Readonly<Record<string, unknown>> = {}) => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: principal, Action: "sts:AssumeRole", ...more }],
});

const escaped = (text: string) => text.replace(/[&<>"']/g, (char) => `&#${char.codePointAt(0) ?? 0};`);
const document = (value: unknown) => encodeURIComponent(JSON.stringify(value));
const tagsXml = (tags: Readonly<Record<string, string>>) =>
  `<Tags>${Object.entries(tags)
    .map(([key, value]) => `<member><Key>${escaped(key)}</Key><Value>${escaped(value)}</Value></member>`)
    .join("")}</Tags>`;

export class IamAccounts {
  readonly plan = new FaultPlan();
  readonly server: QueryServer;
  readonly accounts = new Map<string, IamAccount>();
  /** What STS hands out besides the key id: the secret and the session token. */
  sessionSecret = NO_SECRET;
  /** Answers in which another than that stood. */
  secretsGiven = 0;
  /** Calls of any account. */
  calls = 0;
  readonly #ids: readonly string[];
  #generated = 0;

  private constructor(server: QueryServer, ids: readonly string[]) {
    this.server = server;
    this.#ids = ids;
    this.server.answering = (call) => this.#answer(call);
    this.reset();
  }

  /** The first account is the caller's own; the others let it assume a role. */
  static async start(ids: readonly string[]): Promise<IamAccounts> {
    return new IamAccounts(await QueryServer.start(), ids);
  }

  reset(): void {
    this.plan.clear();
    this.calls = 0;
    this.sessionSecret = NO_SECRET;
    this.secretsGiven = 0;
    for (const id of this.#ids) this.accounts.set(id, newAccount(id));
  }

  #answer(call: QueryCall): QueryAnswer | undefined {
    this.calls += 1;
    const { action, params } = call;
    if (call.signedBy === "") return failure(403, "MissingAuthenticationToken", "the request is not signed");
    const assumed = /^ASIA(\d{12})$/.exec(call.signedBy)?.[1];
    const id = (action === "AssumeRole" ? accountIn(params.get("RoleArn")) : assumed) ?? this.#ids[0] ?? "";
    const account = this.accounts.get(id);
    if (account === undefined) return failure(403, "AccessDenied", "there is no such account");
    if (action === "GetCallerIdentity") return success(action, callerIdentity(id));
    const list = listOf(action);
    if (list === undefined) return undefined;
    const next = params.get("Marker") !== null;
    const fault = this.plan.take({ list, partition: id, next });
    if (fault?.kind === "answer") {
      const { code, message } = refusal(fault, action);
      return failure(fault.status, code, message, fault.headers);
    }
    const answer = this.#result(action, params, id, account, fault);
    return fault?.kind === "cut" || fault?.kind === "silent" ? { ...answer, fault: fault.kind } : answer;
  }

  #result(
    action: string,
    params: URLSearchParams,
    id: string,
    account: IamAccount,
    fault: Fault | undefined,
  ): QueryAnswer {
    switch (action) {
      case "AssumeRole":
        return success(action, this.#session(id, params.get("RoleArn") ?? ""));
      case "GetAccountAuthorizationDetails": {
        const { objects, end } = paged(entitiesOf(id, account), params, fault, PAGE);
        const lists = ["UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"].map((list) => {
          const members = objects
            .filter((object) => object.list === list)
            .map(({ xml }) => mangledBy(fault, xml));
          return `<${list}>${members.join("")}</${list}>`;
        });
        return success(action, `${end}${lists.join("")}`);
      }
      case "GenerateCredentialReport":
        return success(action, "<State>COMPLETE</State>");
      case "GetCredentialReport": {
        // Made after the users were read, so by its own word it is not older than they are.
        this.#generated += 1;
        const at = new Date(Date.now() + 60_000 + this.#generated * 1000).toISOString();
        return success(
          action,
          `<Content>${report(id, account, fault)}</Content><ReportFormat>text/csv</ReportFormat><GeneratedTime>${at}</GeneratedTime>`,
        );
      }
      case "ListAccessKeys": {
        const name = params.get("UserName") ?? "";
        const user = account.users.get(name);
        if (user === undefined)
          return failure(404, "NoSuchEntity", `The user with name ${name} cannot be found.`);
        const { objects, end } = paged(user.keys, params, fault, 1);
        const members = objects.map((key) =>
          mangledBy(
            fault,
            `<member><UserName>${name}</UserName><AccessKeyId>${key.id}</AccessKeyId><Status>${key.active ? "Active" : "Inactive"}</Status><CreateDate>${CREATED}</CreateDate></member>`,
          ),
        );
        return success(action, `${end}<AccessKeyMetadata>${members.join("")}</AccessKeyMetadata>`);
      }
      default: {
        const totals = {
          Users: account.users.size,
          Groups: account.groups.length,
          Roles: account.roles.size,
          Policies: account.policies.length,
        };
        const entries = Object.entries(totals).map(
          ([key, value]) => `<entry><key>${key}</key><value>${value}</value></entry>`,
        );
        return success(action, `<SummaryMap>${entries.join("")}</SummaryMap>`);
      }
    }
  }

  /** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
  #session(account: string, role: string): string {
    if (this.sessionSecret !== NO_SECRET) this.secretsGiven += 1;
    const expires = new Date(Date.now() + 3_600_000).toISOString();
    return `<Credentials><AccessKeyId>ASIA${account}</AccessKeyId><SecretAccessKey>${this.sessionSecret}</SecretAccessKey><SessionToken>${this.sessionSecret}</SessionToken><Expiration>${expires}</Expiration></Credentials><AssumedRoleUser><AssumedRoleId>AROA:exitgraph</AssumedRoleId><Arn>${escaped(role)}</Arn></AssumedRoleUser>`;
  }
}

function newAccount(id: string): IamAccount {
  const users = ["ann", "bob", "cy", "dee", "eve"].map(
    (name, at): IamUser => ({
      name,
      password: at % 2 === 0,
      groups: at === 4 ? [] : [at % 2 === 0 ? "developers" : "operators"],
      keys: [0, 1].slice(0, at % 3).map((slot) => ({
        id: uniqueId("AKIA", id, `${name}${"ab"[slot] ?? ""}`),
        active: slot === 0,
      })),
      tags: { owner: `${name}@corp.example` },
    }),
  );
  const roles: IamRole[] = [
    { name: "deploy", trust: trusting({ Service: "ec2.amazonaws.com" }), tags: {} },
    { name: "audit", trust: trusting({ Service: "lambda.amazonaws.com" }), tags: {} },
  ];
  return {
    users: new Map(users.map((user) => [user.name, user])),
    groups: ["developers", "operators"],
    roles: new Map(roles.map((role) => [role.name, role])),
    policies: ["read", "write"],
  };
}

/** A principal of another company's account, which no list of this one has. */
export function trustStranger(account: IamAccount): void {
  const trust = trusting({ AWS: "arn:aws:iam::999999999999:role/vendor" });
  account.roles.set("vendor-access", { name: "vendor-access", trust, tags: {} });
}

/**
 * A secret where people put some although they should not: in tags. A role's external id is none, by
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html
 */
export function tagWith(account: IamAccount, secret: string): void {
  for (const user of account.users.values())
    account.users.set(user.name, { ...user, tags: { ...user.tags, "console-login": secret } });
  for (const role of account.roles.values())
    account.roles.set(role.name, { ...role, tags: { ...role.tags, note: secret } });
}

/** Without its id. */
const mangledBy = (fault: Fault | undefined, xml: string) =>
  fault?.kind === "mangled"
    ? xml.replace(/<(UserId|GroupId|RoleId|PolicyId|AccessKeyId)>[^<]*<\/\1>/, "")
    : xml;

/** A page of a list, and what says whether more follow. https://docs.aws.amazon.com/IAM/latest/UserGuide/iam-query-pagination.html */
function paged<T>(
  all: readonly T[],
  params: URLSearchParams,
  fault: Fault | undefined,
  size: number,
): { readonly objects: readonly T[]; readonly end: string } {
  const marker = params.get("Marker") ?? "0";
  const from = Number.parseInt(marker, 10);
  const page = all.slice(from, from + size);
  const more = (next: string) => `<IsTruncated>true</IsTruncated><Marker>${next}</Marker>`;
  const after = from + size < all.length ? more(String(from + size)) : "<IsTruncated>false</IsTruncated>";
  if (fault?.kind === "emptyPage") return { objects: [], end: more(`${from} after nothing`) };
  if (fault?.kind === "sameCursor") return { objects: page, end: more(marker) };
  if (fault?.kind === "shortfall") return { objects: page.slice(1), end: after };
  if (fault?.kind === "twice") return { objects: all.slice(from - 1, from + size), end: after };
  return { objects: page, end: after };
}

const arnOf = (account: string, kind: string, name: string) => `arn:aws:iam::${account}:${kind}/${name}`;
/** Unique in all accounts, as AWS's ids are. */
const uniqueId = (prefix: string, account: string, name: string) =>
  `${prefix}${account.slice(-6)}${name
    .toUpperCase()
    .replace(/[^A-Z]/g, "")
    .padEnd(11, "0")}`;

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html */
function entitiesOf(id: string, account: IamAccount): readonly { list: string; xml: string }[] {
  const common = (kind: string, name: string) =>
    `<Path>/</Path><Arn>${arnOf(id, kind, name)}</Arn><CreateDate>${CREATED}</CreateDate>`;
  const attached = (policy: string) =>
    `<AttachedManagedPolicies><member><PolicyName>${policy}</PolicyName><PolicyArn>${arnOf(id, "policy", policy)}</PolicyArn></member></AttachedManagedPolicies>`;
  return [
    ...[...account.users.values()].map(({ name, groups, tags }) => ({
      list: "UserDetailList",
      xml: `<member><UserName>${name}</UserName><UserId>${uniqueId("AIDA", id, name)}</UserId>${common("user", name)}<GroupList>${groups.map((group) => `<member>${group}</member>`).join("")}</GroupList><UserPolicyList><member><PolicyName>own</PolicyName><PolicyDocument>${document(READ_ONLY)}</PolicyDocument></member></UserPolicyList><AttachedManagedPolicies/>${tagsXml(tags)}</member>`,
    })),
    ...account.groups.map((name) => ({
      list: "GroupDetailList",
      xml: `<member><GroupName>${name}</GroupName><GroupId>${uniqueId("AGPA", id, name)}</GroupId>${common("group", name)}<GroupPolicyList/>${attached("read")}</member>`,
    })),
    ...[...account.roles.values()].map(({ name, trust, tags }) => ({
      list: "RoleDetailList",
      xml: `<member><RoleName>${name}</RoleName><RoleId>${uniqueId("AROA", id, name)}</RoleId>${common("role", name)}<AssumeRolePolicyDocument>${document(trust)}</AssumeRolePolicyDocument><RolePolicyList/><InstanceProfileList/>${attached("write")}${tagsXml(tags)}</member>`,
    })),
    ...account.policies.map((name) => ({
      list: "Policies",
      xml: `<member><PolicyName>${name}</PolicyName><PolicyId>${uniqueId("ANPA", id, name)}</PolicyId>${common("policy", name)}<DefaultVersionId>v1</DefaultVersionId><PolicyVersionList><member><VersionId>v1</VersionId><IsDefaultVersion>true</IsDefaultVersion><Document>${document(READ_ONLY)}</Document></member></PolicyVersionList></member>`,
    })),
  ];
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html */
function report(id: string, account: IamAccount, fault?: Fault): string {
  const slot = (key: AccessKey | undefined) =>
    key === undefined ? "false,N/A,N/A,N/A,N/A" : `${key.active},${CREATED},N/A,N/A,N/A`;
  const rows = [...account.users.values()].map(
    ({ name, password, keys }) =>
      `${name},${fault?.kind === "mangled" ? "" : arnOf(id, "user", name)},${CREATED},${password},no_information,N/A,N/A,${password},${slot(keys[0])},${slot(keys[1])},false,N/A,false,N/A`,
  );
  const root = `<root_account>,arn:aws:iam::${id}:root,${CREATED},not_supported,no_information,not_supported,not_supported,true,${slot(undefined)},${slot(undefined)},false,N/A,false,N/A`;
  const header =
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated";
  return Buffer.from(`${[header, root, ...rows].join("\n")}\n`).toString("base64");
}

const callerIdentity = (id: string) =>
  `<Account>${id}</Account><UserId>AIDAREADER</UserId><Arn>${arnOf(id, "user", "reader")}</Arn>`;
const accountIn = (arn: string | null) => arn?.split(":")[4];

function listOf(action: string): ListName | undefined {
  for (const [known, list] of Object.entries(LISTS)) if (known === action) return list;
  return undefined;
}

/** The code is planned; a denial names the action, as AWS does. */
function refusal(fault: Fault & { readonly kind: "answer" }, action: string) {
  const code = typeof fault.body === "string" ? fault.body : "InternalFailure";
  const service = action === "AssumeRole" ? "sts" : "iam";
  const message =
    code === "AccessDenied"
      ? `User: arn:aws:iam::111111111111:user/reader is not authorized to perform: ${service}:${action} on resource: * because no identity-based policy allows the ${service}:${action} action`
      : "Rate exceeded";
  return { code, message };
}
