import { entityKey, refKey } from "../../src/model/index.js";

/** Keys of what this collector describes. Ids are immutable: never a name alone, never an e-mail. */
export const userKey = (source: string, userId: string) => entityKey(source, "aws-user", userId);
export const groupKey = (source: string, groupId: string) => entityKey(source, "aws-group", groupId);
export const roleKey = (source: string, roleId: string) => entityKey(source, "aws-role", roleId);
export const rootKey = (source: string, account: string) => entityKey(source, "aws-root", account);
export const accountKey = (source: string, account: string) => entityKey(source, "aws-account", account);

/** A user whom only the credential report knows: it gives no UserId, and an ARN alone can be used again. */
export function reportUserKey(source: string, arn: string, createdAt: number | undefined): string {
  const created = createdAt === undefined ? "unknown" : isoSecond(createdAt);
  return userKey(source, `${arn}~${created}`);
}

/** The same policy in two accounts is two entitlements. */
export const managedPolicyKey = (source: string, account: string, arn: string) =>
  entityKey(source, "aws-policy", `${account}/${arn}`);
export const inlinePolicyKey = (source: string, account: string, principalId: string, name: string) =>
  entityKey(source, "aws-policy", `${account}/inline:${principalId}:${name}`);

export const accessKeyKey = (source: string, accessKeyId: string) =>
  entityKey(source, "aws-access-key", accessKeyId);
/** A key of which only the report's slot is known. `holder` is the key of the node that holds it. */
export const slotKey = (source: string, holder: string, slot: number) =>
  entityKey(source, "aws-access-key", `${idOf(holder)}~${slot}`);
export const certificateKey = (source: string, holder: string, slot: number) =>
  entityKey(source, "aws-signing-certificate", `${idOf(holder)}~${slot}`);

function idOf(key: string): string {
  const parts = key.split("/");
  return decodeURIComponent(parts.slice(2).join("/"));
}

export const arnRef = (arn: string) => refKey("aws-arn", arn);
export const accountRef = (account: string) => refKey("aws-account", account);
export const serviceRef = (service: string) => refKey("aws-service", service);
/** A SAML or OIDC provider, by ARN or by the host that AWS knows without one. */
export const federatedRef = (provider: string) => refKey("aws-federated", provider);
/** Whose tokens an issuer gives this subject: docs/crossing.md. */
export const oidcRef = (issuer: string, subject: string) => refKey("oidc", `${issuer}#${subject}`);
/** Any AWS identity whatever: `Principal: "*"`. */
export const ANYONE_REF = refKey("aws-principal", "*");
export const userNameRef = (account: string, name: string) =>
  refKey("aws-arn", `arn:aws:iam::${account}:user/${name}`);
export const groupNameRef = (account: string, name: string) =>
  refKey("aws-arn", `arn:aws:iam::${account}:group/${name}`);

export interface Arn {
  readonly partition: string;
  readonly service: string;
  readonly account: string;
  /** `user/division/bob`, `root`, `saml-provider/Okta`. */
  readonly resource: string;
}

/** The parts of an ARN; `undefined` for anything else. `aws` stands for the account of AWS's own policies. */
export function parseArn(text: string): Arn | undefined {
  const match = /^arn:([a-z0-9-]+):([a-z0-9-]+):[^:]*:([^:]*):(.+)$/.exec(text);
  if (match === null) return undefined;
  const [, partition = "", service = "", account = "", resource = ""] = match;
  return { partition, service, account, resource };
}

/** What the sessions of a role begin with, its path left out. Other systems' policies name roles by it. */
export function sessionsArn({
  arn,
  name,
}: {
  readonly arn: string;
  readonly name: string;
}): string | undefined {
  const parsed = parseArn(arn);
  return parsed === undefined
    ? undefined
    : `arn:${parsed.partition}:sts::${parsed.account}:assumed-role/${name}`;
}

/** The name at the end of a resource: `bob` of `user/division/bob`. */
export const lastSegment = (resource: string) => resource.slice(resource.lastIndexOf("/") + 1);

/** Epoch ms of an instant as AWS prints it; `undefined` for `N/A`, `no_information`, `not_supported` and the like. */
export function instantOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{4}-\d\d-\d\d/.test(text)) return undefined;
  const instant = Date.parse(text);
  return Number.isNaN(instant) ? undefined : instant;
}

/** AWS prints instants to the second in some places and to the millisecond in others. */
export const sameSecond = (a: number | undefined, b: number | undefined) =>
  a !== undefined && b !== undefined && Math.floor(a / 1000) === Math.floor(b / 1000);

const isoSecond = (instant: number) => `${new Date(instant).toISOString().slice(0, 19)}Z`;

/** The account of an ARN; undefined where it has none, as what AWS itself provides. */
export function accountIn(arn: string): string | undefined {
  const account = parseArn(arn)?.account;
  return account !== undefined && /^\d{12}$/.test(account) ? account : undefined;
}
