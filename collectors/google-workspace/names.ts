import { entityKey, refKey } from "../../src/model/index.js";

/** Keys of what this collector describes: docs/crossing.md. Ids are Google's own, never an address. */
export const customerKey = (source: string, id: string) => entityKey(source, "workspace-customer", id);
export const orgUnitKey = (source: string, id: string) => entityKey(source, "workspace-org-unit", id);
export const domainKey = (source: string, domain: string) =>
  entityKey(source, "workspace-domain", domain.toLowerCase());
export const everyoneKey = (source: string, customer: string) =>
  entityKey(source, "workspace-everyone", customer);
export const userKey = (source: string, id: string) => entityKey(source, "workspace-user", id);
export const groupKey = (source: string, id: string) => entityKey(source, "workspace-group", id);
/** `scope` is `customer` or the id of an organisational unit. */
export const adminRoleKey = (source: string, roleId: string, scope: string) =>
  entityKey(source, "workspace-admin-role", `${roleId}/${scope}`);
export const tokenKey = (source: string, userId: string, clientId: string) =>
  entityKey(source, "workspace-token", `${userId}/${clientId}`);
export const clientKey = (source: string, clientId: string) =>
  entityKey(source, "workspace-client", clientId);
export const skuKey = (source: string, productId: string, skuId: string) =>
  entityKey(source, "workspace-sku", `${productId}/${skuId}`);
export const mailboxKey = (source: string, userId: string) => entityKey(source, "workspace-mailbox", userId);
export const mailboxDelegateKey = (source: string, userId: string) =>
  entityKey(source, "workspace-mailbox-delegate", userId);

/** As Google Cloud's policies write it, the address in lower case. */
export const memberRef = (type: "user" | "group" | "serviceAccount" | "customer", id: string) =>
  refKey("google-member", `${type}:${type === "customer" ? id : id.trim().toLowerCase()}`);

/**
 * Who has this id with Google, where nothing but the id is known: it is also the subject of their OpenID tokens, and
 * the unique id of a service account. https://developers.google.com/identity/openid-connect/openid-connect#an-id-tokens-payload
 */
export const googleIdRef = (id: string) => refKey("oidc", googleSubject(id));
export const googleSubject = (id: string) => `accounts.google.com#${id}`;

export const isServiceAccount = (address: string) => /\.gserviceaccount\.com$/i.test(address.trim());

export function domainOf(address: string | undefined): string | undefined {
  const at = address?.lastIndexOf("@") ?? -1;
  return address === undefined || at < 0 ? undefined : address.slice(at + 1).toLowerCase();
}

/** `id:03ph8a2z1` in lists of units, `03ph8a2z1` in role assignments. */
export const orgUnitId = (id: string) => id.replace(/^id:/, "");

/** Epoch ms of an instant as the Directory API prints it; undefined for what is none. */
export function instantOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{4}-\d\d-\d\d/.test(text)) return undefined;
  const instant = Date.parse(text);
  return Number.isNaN(instant) ? undefined : instant;
}
