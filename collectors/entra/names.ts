import { entityKey, parseKey, refKey } from "../../src/model/index.js";

/** Keys of what this collector describes: Entra ID's own object ids, which never come again. */
export const tenantKey = (source: string, tenant: string) => entityKey(source, "entra-tenant", tenant);
export const userKey = (source: string, id: string) => entityKey(source, "entra-user", id);
export const groupKey = (source: string, id: string) => entityKey(source, "entra-group", id);
export const deviceKey = (source: string, id: string) => entityKey(source, "entra-device", id);
export const unitKey = (source: string, id: string) => entityKey(source, "entra-administrative-unit", id);
/** By the application's id, which all tenants know, since only its own tenant has the registration. */
export const appKey = (source: string, appId: string) => entityKey(source, "entra-app", appId);
export const spKey = (source: string, id: string) => entityKey(source, "entra-sp", id);
export const instanceKey = (source: string, spId: string) => entityKey(source, "entra-app-instance", spId);
export const appRoleKey = (source: string, spId: string, roleId: string) =>
  entityKey(source, "entra-app-role", `${spId}/${roleId}`);
export const credentialKey = (source: string, objectId: string, keyId: string) =>
  entityKey(source, "entra-credential", `${objectId}/${keyId}`);
export const grantKey = (source: string, id: string) => entityKey(source, "entra-grant", id);
export const skuKey = (source: string, tenant: string, skuId: string) =>
  entityKey(source, "entra-sku", `${tenant}/${skuId}`);
const MAILBOX = "entra-mailbox";
export const mailboxKey = (source: string, userId: string) => entityKey(source, MAILBOX, userId);
/** Whose mailbox a key means; undefined where it means something else. */
export const mailboxOf = (key: string): string | undefined => {
  const { kind, id } = parseKey(key);
  return kind === MAILBOX ? id : undefined;
};
/** `scope` is what a directory role is limited to: `tenant`, `administrativeUnits/<id>`, or an object's id. */
export const directoryRoleKey = (source: string, roleId: string, scope: string) =>
  entityKey(source, "entra-directory-role", `${roleId}/${scope}`);

export const objectRef = (id: string) => refKey("entra-object", id);
/** What `ref/entra-object/…` is answered by. */
export const objectAlias = (id: string) => `entra-object:${id}`;

/**
 * An object that another one names, by the type Graph gives with it. Contacts, and what comes without a type, are
 * references. https://learn.microsoft.com/graph/api/resources/directoryobject
 */
export function objectKey(source: string, type: string | undefined, id: string): string {
  switch (type?.replace(/^#/, "")) {
    case "microsoft.graph.user":
      return userKey(source, id);
    case "microsoft.graph.group":
      return groupKey(source, id);
    case "microsoft.graph.servicePrincipal":
      return spKey(source, id);
    case "microsoft.graph.device":
      return deviceKey(source, id);
    default:
      return objectRef(id);
  }
}

/** `https://Token.Example/x/` becomes `token.example/x`: the form in which docs/crossing.md names issuers. */
export function issuerName(issuer: string): string {
  const bare = issuer.replace(/^https:\/\//i, "").replace(/\/+$/, "");
  const slash = bare.indexOf("/");
  return slash < 0 ? bare.toLowerCase() : bare.slice(0, slash).toLowerCase() + bare.slice(slash);
}

export const oidcRef = (issuer: string, subject: string) =>
  refKey("oidc", `${issuerName(issuer)}#${subject}`);

/** Epoch ms of an instant as Graph prints it; undefined where there is none. Year 1 is how it writes "never". */
export function instantOf(text: string | null | undefined): number | undefined {
  if (text === null || text === undefined) return undefined;
  const instant = Date.parse(text);
  return Number.isNaN(instant) || instant <= 0 ? undefined : instant;
}

/** The tenant that Microsoft's own applications are registered in. https://learn.microsoft.com/troubleshoot/entra/entra-id/governance/verify-first-party-apps-sign-in */
export const MICROSOFT_TENANTS: ReadonlySet<string> = new Set([
  "f8cdef31-a31e-4b4a-93e4-5f571e91255a",
  "72f988bf-86f1-41af-91ab-2d7cd011db47",
]);

/** What Graph gives for an assignment to an application without naming a role. https://learn.microsoft.com/graph/api/resources/approleassignment */
export const DEFAULT_ACCESS = "00000000-0000-0000-0000-000000000000";
