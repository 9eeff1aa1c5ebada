import { entityKey, refKey } from "../../src/model/index.js";
import { accountsOf } from "./members.js";

/** `organizations/1`, `folders/2`, `projects/3`: the number is the immutable id; a project's id is a name only. */
export type ResourceName = string;

const KINDS: Readonly<Record<string, string>> = {
  organizations: "organization",
  folders: "folder",
  projects: "project",
};

/** `projects`, `3`. */
export function splitName(name: ResourceName): { readonly kind: string; readonly id: string } {
  const slash = name.indexOf("/");
  return { kind: KINDS[name.slice(0, slash)] ?? "", id: name.slice(slash + 1) };
}

export function resourceKey(source: string, name: ResourceName): string {
  const { kind, id } = splitName(name);
  return entityKey(source, `google-${kind}`, id);
}
export function roleKey(source: string, resource: ResourceName, role: string): string {
  const { kind, id } = splitName(resource);
  return entityKey(source, "google-role", `${kind}/${id}/${role}`);
}
export const accountKey = (source: string, uniqueId: string) =>
  entityKey(source, "google-service-account", uniqueId);
export const keyKey = (source: string, uniqueId: string, keyId: string) =>
  entityKey(source, "google-service-account-key", `${uniqueId}/${keyId}`);
export const poolKey = (source: string, name: string) => entityKey(source, "google-workload-pool", name);
export const publicKey = (source: string, member: string) => entityKey(source, "google-public", member);
export const basicRoleKey = (source: string, project: ResourceName, role: string) =>
  entityKey(source, "google-basic-role", `${splitName(project).id}/${role}`);
export const memberRef = (member: string) => refKey("google-member", member);
/** All service accounts of a resource and of what is below it, under the name that policies have for them. */
export const accountsKey = (resource: ResourceName) => memberRef(accountsOf(resource));
export const arnRef = (arn: string) => refKey("aws-arn", arn);

/** `ref/oidc/<issuer>#<subject>` (docs/crossing.md); undefined where the issuer is no address. */
export function oidcRef(issuer: string, subject: string): string | undefined {
  if (!URL.canParse(issuer)) return undefined;
  const { host, pathname } = new URL(issuer);
  return refKey("oidc", `${host}${pathname.replace(/\/$/, "")}#${subject}`);
}

/** A tenant of Entra by either form of its issuer. https://learn.microsoft.com/en-us/entra/identity-platform/access-token-claims-reference */
const ENTRA =
  /^https:\/\/(login\.microsoftonline\.com\/[0-9a-f-]{36}\/v2\.0|sts\.windows\.net\/[0-9a-f-]{36})\/?$/i;

/** `ref/entra-object/<id>`; undefined where the issuer is no tenant of Entra, or the name no object id. */
export function entraRef(issuer: string, id: string): string | undefined {
  return ENTRA.test(issuer) && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)
    ? refKey("entra-object", id.toLowerCase())
    : undefined;
}

/** Epoch ms of an instant; undefined for what is none, and for the year 9999, by which Google says never. */
export function instantOf(text: string | undefined): number | undefined {
  if (text === undefined || text.startsWith("9999-")) return undefined;
  const instant = Date.parse(text);
  return Number.isNaN(instant) ? undefined : instant;
}

export const lastPart = (name: string) => name.slice(name.lastIndexOf("/") + 1);
