import type { RawPage } from "../../src/collect/index.js";
import type { GraphRecord } from "../../src/model/index.js";
import {
  addCount,
  type Context,
  enabledOf,
  entriesOf,
  flagOf,
  listed,
  mustKnow,
  noteTotal,
  present,
} from "./convert-directory.js";
import {
  appKey,
  appRoleKey,
  credentialKey,
  DEFAULT_ACCESS,
  grantKey,
  groupKey,
  instanceKey,
  instantOf,
  MICROSOFT_TENANTS,
  objectAlias,
  objectRef,
  oidcRef,
  spKey,
  userKey,
} from "./names.js";
import { assessPermission, assessScopes } from "./privilege.js";
import {
  APP_ROLE_ASSIGNMENTS,
  APPLICATIONS,
  edge,
  node,
  OAUTH_GRANTS,
  SERVICE_PRINCIPALS,
} from "./records.js";
import {
  applicationShape,
  appRoleAssignmentShape,
  federatedShape,
  grantShape,
  type KeyShape,
  listPage,
  objectsPage,
  type PasswordShape,
  type ServicePrincipalShape,
  servicePrincipalShape,
} from "./shapes.js";
import { lackOf } from "./whole.js";

export function* convertServicePrincipals(raw: RawPage, context: Context): Iterable<GraphRecord> {
  const page = listPage.parse(raw);
  noteTotal(page, SERVICE_PRINCIPALS, "EntraServicePrincipal", context);
  const list = { stream: SERVICE_PRINCIPALS, shape: servicePrincipalShape, what: "service principal" };
  for (const sp of listed(page, list, context)) {
    yield* servicePrincipalRecords(sp, context);
  }
}

function* servicePrincipalRecords(sp: ServicePrincipalShape, context: Context): Iterable<GraphRecord> {
  const { source, memo } = context;
  const managed = sp.servicePrincipalType === "ManagedIdentity";
  const appId = present(sp.appId)?.toLowerCase();
  const name = present(sp.displayName) ?? appId ?? sp.id;
  const owner = present(sp.appOwnerOrganizationId)?.toLowerCase();
  const key = spKey(source, sp.id);
  memo.nameOf.set(sp.id, name);
  memo.ownedPrincipals.add(sp.id);
  if (appId !== undefined) {
    memo.appIdOf.set(sp.id, appId);
    memo.spOf.set(appId, sp.id);
  }
  yield node(
    "NonHumanIdentity",
    "EntraServicePrincipal",
    key,
    {
      name,
      nhiType: managed ? "managedIdentity" : "servicePrincipal",
      status: enabledOf(sp.accountEnabled),
      managedBy: owner !== undefined && MICROSOFT_TENANTS.has(owner) ? "provider" : "customer",
      appId,
      // The Azure resource that a managed identity belongs to.
      purpose: managed ? sp.alternativeNames?.find((other) => other.startsWith("/")) : undefined,
    },
    [...(appId === undefined ? [] : [appId]), objectAlias(sp.id), ...tokenSubjects(sp.id, context)],
  );
  yield* credentialRecords(key, sp.id, sp, context);
  if (managed) return;
  memo.servicePrincipals.add(sp.id);
  if (appId !== undefined) {
    const app = appKey(source, appId);
    yield node("Application", "EntraApplication", app, { name, appId, ...makerOf(sp, context) });
    yield edge("RUNS_AS", app, key);
  }
  yield* instanceRecords(sp, name, appId, context);
}

/** Names by which other systems know the tokens of a service principal: docs/crossing.md. */
function tokenSubjects(id: string, { partition, config }: Context): readonly string[] {
  const host = new URL(config.authority).host;
  const china = host.endsWith("chinacloudapi.cn") || host.endsWith("partner.microsoftonline.cn");
  const first = china ? "sts.chinacloudapi.cn" : "sts.windows.net";
  const second = china
    ? "login.partner.microsoftonline.cn"
    : host === "login.microsoftonline.us"
      ? host
      : "login.microsoftonline.com";
  return [`oidc:${first}/${partition}#${id}`, `oidc:${second}/${partition}/v2.0#${id}`];
}

/** Who made an application: Microsoft and the company itself are no third parties, and are told apart by the publisher. */
function makerOf(sp: ServicePrincipalShape, { partition }: Context) {
  const owner = present(sp.appOwnerOrganizationId)?.toLowerCase();
  const verified = present(sp.verifiedPublisher?.displayName);
  if (owner === undefined)
    return { firstParty: undefined, publisher: verified, verifiedPublisher: verified !== undefined };
  const microsoft = MICROSOFT_TENANTS.has(owner);
  const own = owner === partition;
  return {
    firstParty: microsoft || own,
    publisher: microsoft ? "Microsoft" : own ? "own tenant" : (verified ?? `tenant ${owner}`),
    ownerTenant: owner,
    verifiedPublisher: verified !== undefined,
  };
}

/** The service principal as what people and software are assigned to, with its roles. */
function* instanceRecords(
  sp: ServicePrincipalShape,
  name: string,
  appId: string | undefined,
  { source }: Context,
): Iterable<GraphRecord> {
  const instance = instanceKey(source, sp.id);
  const signsInTo = (sp.servicePrincipalNames ?? []).filter((other) => other.toLowerCase() !== appId).sort();
  yield node("Resource", "EntraAppInstance", instance, {
    name,
    appId,
    // Disabled, nobody can sign in to it, whoever is assigned.
    status: enabledOf(sp.accountEnabled),
    signsInTo: signsInTo.length === 0 ? undefined : signsInTo,
    assignmentRequired: flagOf(sp.appRoleAssignmentRequired),
  });
  for (const role of sp.appRoles ?? []) {
    const value = present(role.value);
    const { privilege, why } = assessPermission(appId, value ?? "");
    const key = appRoleKey(source, sp.id, role.id.toLowerCase());
    yield node("Entitlement", "EntraAppRole", key, {
      name: `${value ?? present(role.displayName) ?? role.id} (${name})`,
      value,
      enabled: flagOf(role.isEnabled),
      privilege,
      privilegeWhy: why,
    });
    yield edge("ON", key, instance);
  }
}

interface WithCredentials {
  readonly passwordCredentials?: readonly PasswordShape[] | null | undefined;
  readonly keyCredentials?: readonly KeyShape[] | null | undefined;
}

/**
 * Secrets and certificates by their ids and dates; nothing of what they are. What Entra made to sign SAML tokens with
 * opens nothing and its private key never leaves Entra: `signing`, both its halves. The password beside it, which
 * only guards that key, is known by the same id and left out.
 * https://learn.microsoft.com/graph/api/serviceprincipal-addtokensigningcertificate
 */
function* credentialRecords(
  holder: string,
  objectId: string,
  { passwordCredentials, keyCredentials }: WithCredentials,
  context: Context,
): Iterable<GraphRecord> {
  const signing = (keyCredentials ?? []).filter(({ usage }) => usage === "Sign");
  const signs = (keyId: unknown) => signing.some((one) => one.keyId === keyId);
  const endsWithOne = (end: unknown) => signing.some(({ endDateTime }) => endDateTime === end);
  const all = [
    ...(passwordCredentials ?? [])
      .filter(({ keyId }) => !signs(keyId))
      .map((one) => ({ ...one, kind: "secret", usage: undefined })),
    ...(keyCredentials ?? []).map((one) => ({
      ...one,
      kind: signs(one.keyId) || endsWithOne(one.endDateTime) ? "signing" : "certificate",
    })),
  ];
  for (const one of all) {
    const keyId = present(one.keyId);
    if (keyId === undefined) {
      context.reject("a credential", "it has no id");
      continue;
    }
    const key = credentialKey(context.source, objectId, keyId);
    yield node("Credential", "EntraCredential", key, {
      name: present(one.displayName) ?? `${one.kind} ${keyId}`,
      credentialType: one.kind,
      usage: present(one.usage),
      status: "active",
      createdAt: instantOf(one.startDateTime),
      expiresAt: instantOf(one.endDateTime),
    });
    yield edge("HAS_CREDENTIAL", holder, key);
  }
}

export function* convertApplications(raw: RawPage, context: Context): Iterable<GraphRecord> {
  const { source, memo } = context;
  const page = listPage.parse(raw);
  noteTotal(page, APPLICATIONS, "EntraApplication", context);
  const list = { stream: APPLICATIONS, shape: applicationShape, what: "application" };
  for (const app of listed(page, list, context)) {
    const appId = app.appId.toLowerCase();
    const key = appKey(source, appId);
    memo.applications.add(app.id);
    memo.appIdOfObject.set(app.id, appId);
    yield node(
      "Application",
      "EntraApplication",
      key,
      {
        name: present(app.displayName) ?? appId,
        appId,
        objectId: app.id,
        createdAt: instantOf(app.createdDateTime),
        audience: present(app.signInAudience),
        firstParty: true,
        publisher: "own tenant",
        ownerTenant: context.partition,
      },
      [objectAlias(app.id)],
    );
    yield* credentialRecords(key, app.id, app, context);
  }
}

/** The key of a registration, by its object id. */
export const applicationOf = (id: string, { source, memo }: Context): string | undefined => {
  const appId = memo.appIdOfObject.get(id);
  return appId === undefined ? undefined : appKey(source, appId);
};

export function* convertFederatedCredentials(raw: RawPage, context: Context): Iterable<GraphRecord> {
  const { source, memo } = context;
  for (const { id: objectId, value } of objectsPage.parse(raw).objects) {
    const appId = memo.appIdOfObject.get(objectId);
    if (appId === undefined) {
      context.reject("an application with federated credentials", "it is in no list");
      continue;
    }
    for (const one of entriesOf(value, federatedShape, "federated credential", context)) {
      const key = credentialKey(source, objectId, one.id);
      const issuer = present(one.issuer);
      const subject = present(one.subject);
      yield node("Credential", "EntraCredential", key, {
        name: present(one.name) ?? `federated credential ${one.id}`,
        credentialType: "federation",
        status: "active",
        issuer,
        subject,
      });
      yield edge("HAS_CREDENTIAL", appKey(source, appId), key);
      const sp = memo.spOf.get(appId);
      if (sp === undefined) mustKnow(SERVICE_PRINCIPALS, "as whom applications act", context);
      // An application without a service principal here acts nowhere in this tenant.
      if (sp === undefined || issuer === undefined || subject === undefined) continue;
      yield edge("CAN_ASSUME", oidcRef(issuer, subject), spKey(source, sp), {
        trust: "federated credential",
        credentialId: one.id,
      });
    }
  }
}

export function* convertAppRoleAssignments(raw: RawPage, context: Context): Iterable<GraphRecord> {
  const { source, memo } = context;
  for (const page of objectsPage.parse(raw).objects) {
    const resource = page.id;
    const assigned: string[] = [];
    for (const one of entriesOf(page.value, appRoleAssignmentShape, "assignment", context)) {
      const roleId = one.appRoleId.toLowerCase();
      const role = appRoleKey(source, resource, roleId);
      if (roleId === DEFAULT_ACCESS) {
        yield node("Entitlement", "EntraAppRole", role, {
          name: `default access (${memo.nameOf.get(resource) ?? resource})`,
          privilege: "unknown",
          privilegeWhy: "assigned without a role: what it allows, only the application knows",
        });
        yield edge("ON", role, instanceKey(source, resource));
      }
      const principal = principalKey(source, one.principalType, one.principalId);
      assigned.push(`${principal} ${role}`);
      yield edge("HAS_ENTITLEMENT", principal, role, {
        // https://learn.microsoft.com/entra/identity/enterprise-apps/assign-user-or-group-access-portal: no nested groups
        directMembersOnly: one.principalType === "Group" ? true : undefined,
        assignmentId: one.id,
      });
    }
    addCount(page, assigned, { stream: APP_ROLE_ASSIGNMENTS, type: "HAS_ENTITLEMENT" }, context);
  }
}

function principalKey(source: string, type: string | null | undefined, id: string): string {
  switch (type) {
    case "User":
      return userKey(source, id);
    case "Group":
      return groupKey(source, id);
    case "ServicePrincipal":
      return spKey(source, id);
    default:
      return objectRef(id);
  }
}

export function* convertGrants(raw: RawPage, context: Context): Iterable<GraphRecord> {
  const { source, memo } = context;
  const page = listPage.parse(raw);
  noteTotal(page, OAUTH_GRANTS, "EntraOAuthGrant", context);
  for (const grant of entriesOf(page.value, grantShape, "grant", context)) {
    const everybody = grant.consentType === "AllPrincipals";
    const appId = memo.appIdOf.get(grant.clientId);
    const api = grant.resourceId ?? undefined;
    const scopes = [...new Set((grant.scope ?? "").split(/\s+/).filter((scope) => scope !== ""))].sort();
    const { privilege, why } = assessScopes(api === undefined ? undefined : memo.appIdOf.get(api), scopes);
    if (appId === undefined) mustKnow(SERVICE_PRINCIPALS, "which applications were consented to", context);
    // What an API's scopes are worth follows from which API it is.
    const unread = lackOf(memo.lists, SERVICE_PRINCIPALS) !== undefined;
    const unsure = [
      ...(unread && appId === undefined ? ["name"] : []),
      ...(unread && api !== undefined && !memo.appIdOf.has(api) ? ["api", "privilege", "privilegeWhy"] : []),
    ];
    const client = memo.nameOf.get(grant.clientId) ?? appId ?? grant.clientId;
    const key = grantKey(source, grant.id);
    const props = {
      name: `${client} for ${everybody ? "everybody" : "one user"}`,
      scopes,
      consentType: everybody ? "admin" : grant.consentType === "Principal" ? "user" : "unknown",
      api: api === undefined ? undefined : (memo.nameOf.get(api) ?? api),
      privilege,
      privilegeWhy: why,
    };
    yield node("OAuthGrant", "EntraOAuthGrant", key, props, [], unsure);
    yield edge("TO", key, appId === undefined ? objectRef(grant.clientId) : appKey(source, appId));
    if (!everybody && grant.principalId) yield edge("CONSENTED", userKey(source, grant.principalId), key);
  }
}
