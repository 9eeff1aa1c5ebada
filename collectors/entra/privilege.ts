import type { Privilege } from "../../src/model/index.js";
import type { KnownRole } from "./memo.js";
import type { RoleDefinitionShape } from "./shapes.js";

export interface Assessment {
  readonly privilege: Privilege;
  /** Why, in words. */
  readonly why: string;
}

/** Who holds one of these can give themselves any other. */
const ADMIN_ROLES: Readonly<Record<string, string>> = {
  "62e90394-69f5-4237-9190-012177145e10": "manages everything in the tenant",
  "e8611ab8-c189-46e8-94e1-60213ab1f814": "assigns any directory role, to itself too",
  "7be44c8a-adaf-4e2a-84d6-ab2649e08a13": "resets what any administrator signs in with",
  "e00e864a-17c5-4a4b-9c06-f5b95a8d5bd8": "resets what any administrator signs in with",
};

/**
 * Built-in roles that Microsoft labels PRIVILEGED; v1.0 does not give the label.
 * https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference#all-roles
 */
const LABELLED = new Set([
  "db506228-d27e-4b7d-95e5-295956d6615f", // Agent ID Administrator
  "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", // Application Administrator
  "cf1c38e5-3621-4004-a7cb-879624dced7c", // Application Developer
  "ecb2c6bf-0ab6-418e-bd87-7986f8d63bbe", // Attribute Provisioning Administrator
  "422218e4-db15-4ef9-bbe0-8afb41546d79", // Attribute Provisioning Reader
  "c4e39bd9-1100-46d3-8c65-fb160da0071f", // Authentication Administrator
  "25a516ed-2fa0-40ea-a2d0-12923a21473a", // Authentication Extensibility Administrator
  "aaf43236-0c0d-4d5f-883a-6955382ac081", // B2C IEF Keyset Administrator
  "158c047a-c907-4556-b7ef-446551a6b5f7", // Cloud Application Administrator
  "7698a772-787b-4ac8-901f-60d6b08affd2", // Cloud Device Administrator
  "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9", // Conditional Access Administrator
  "9360feb5-f418-4baa-8175-e2a00bac4301", // Directory Writers
  "8329153b-31d0-4727-b945-745eb3bc5f31", // Domain Name Administrator
  "be2f45a1-457d-42af-a067-6ec1fa63bc45", // External Identity Provider Administrator
  "f2ef992c-3afb-46b9-b7cf-a126ee74c451", // Global Reader
  "729827e3-9c14-49f7-bb1b-9608f156bbb8", // Helpdesk Administrator
  "8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2", // Hybrid Identity Administrator
  "3a2c62db-5318-420d-8d74-23affee5d9d5", // Intune Administrator
  "59d46f88-662b-457b-bceb-5c3809e5908f", // Lifecycle Workflows Administrator
  "4ba39ca4-527c-499a-b93d-d9b492c50246", // Partner Tier1 Support
  "966707d0-3269-4727-9be2-8c3a10f19b9d", // Password Administrator
  "194ae4cb-b126-40b2-bd5b-6091b380977d", // Security Administrator
  "5f2222b1-57c3-48ba-8ad5-d4759f1fde6f", // Security Operator
  "5d6b6bb7-de71-4623-b4af-96380a352509", // Security Reader
  "fe930be7-5e62-47db-91af-98c3a49a38b1", // User Administrator
]);

/** Actions of custom roles by which one takes another's place or another role. */
const PRIVILEGED_ACTION =
  /\/(credentials|password|authenticationMethods|strongAuthentication|roleAssignments|appRoleAssignedTo|owners|permissions)\/.*(update|create|allTasks)|\/allProperties\/allTasks$|^microsoft\.directory\/(applications|servicePrincipals)\/create|managePermissionGrants/i;

/** What a directory role allows. A role whose definition was not read is judged by its id. */
export function assessRole(id: string, definition: RoleDefinitionShape | undefined): Assessment {
  const admin = ADMIN_ROLES[id];
  if (admin !== undefined) return { privilege: "admin", why: admin };
  if (LABELLED.has(id)) return { privilege: "privileged", why: "Microsoft labels the role as privileged" };
  if (definition === undefined)
    return { privilege: "unknown", why: "the definition of the role was not read" };
  if (definition.isPrivileged === true)
    return { privilege: "privileged", why: "Microsoft labels the role as privileged" };
  const actions = (definition.rolePermissions ?? []).flatMap(
    ({ allowedResourceActions }) => allowedResourceActions ?? [],
  );
  if (actions.length === 0) return { privilege: "unknown", why: "the definition names no action" };
  if (definition.isBuiltIn !== true) {
    const found = actions.find((action) => PRIVILEGED_ACTION.test(action));
    if (found !== undefined) return { privilege: "privileged", why: `it allows ${found}` };
  }
  const writing = actions.find((action) => !/\/(?:[A-Za-z]*read[A-Za-z]*|basic\/read)$/i.test(action));
  return writing === undefined
    ? { privilege: "read", why: "it allows reading only" }
    : { privilege: "write", why: `it allows ${writing}` };
}

export function knownRole(definition: RoleDefinitionShape): KnownRole {
  return { name: definition.displayName ?? definition.id, ...assessRole(definition.id, definition) };
}

/** Microsoft's own APIs, by application id. https://learn.microsoft.com/graph/permissions-reference */
const MICROSOFT_APIS: ReadonlySet<string> = new Set([
  "00000003-0000-0000-c000-000000000000", // Microsoft Graph
  "00000002-0000-0000-c000-000000000000", // Azure AD Graph
  "00000002-0000-0ff1-ce00-000000000000", // Exchange Online
  "00000003-0000-0ff1-ce00-000000000000", // SharePoint Online
]);

/** With these an application can give itself everything else. */
const ADMIN_PERMISSIONS: Readonly<Record<string, string>> = {
  "RoleManagement.ReadWrite.Directory": "assigns any directory role, to itself too",
  "RoleAssignmentSchedule.ReadWrite.Directory": "assigns any directory role, to itself too",
  "RoleEligibilitySchedule.ReadWrite.Directory": "makes anybody eligible for any directory role",
  "PrivilegedAccess.ReadWrite.AzureAD": "assigns any directory role and makes eligible for it, to itself too",
  "AppRoleAssignment.ReadWrite.All": "grants any application permission, to itself too",
};
/** With these it can take the place of other identities, or reach what everybody has. */
const PRIVILEGED_PERMISSIONS: Readonly<Record<string, string>> = {
  "Application.ReadWrite.All": "adds secrets to any application",
  "Application.ReadWrite.OwnedBy": "adds secrets to applications it owns",
  "Directory.ReadWrite.All": "changes users, groups and applications",
  "Directory.AccessAsUser.All": "does in the directory whatever the user may",
  "DelegatedPermissionGrant.ReadWrite.All": "consents for users",
  "Domain.ReadWrite.All": "changes how a domain signs in",
  "Device.ReadWrite.All": "changes devices",
  "Group.ReadWrite.All": "changes who is in any group",
  "GroupMember.ReadWrite.All": "changes who is in any group",
  "PrivilegedAccess.ReadWrite.AzureADGroup": "changes who is in privileged groups",
  "PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup": "changes who is in privileged groups",
  "PrivilegedEligibilitySchedule.ReadWrite.AzureADGroup": "changes who is in privileged groups",
  "User.ReadWrite.All": "changes users",
  "User-PasswordProfile.ReadWrite.All": "resets passwords",
  "UserAuthenticationMethod.ReadWrite.All": "changes what users sign in with",
  "Policy.ReadWrite.ConditionalAccess": "changes conditional access",
  // It gives no role, but takes approval and MFA away from whoever is eligible for one.
  "RoleManagementPolicy.ReadWrite.Directory": "changes what activating a directory role asks for",
  "RoleManagementPolicy.ReadWrite.AzureADGroup": "changes what activating a membership asks for",
  // https://learn.microsoft.com/graph/api/certificatebasedauthconfiguration-post-certificatebasedauthconfiguration
  "Organization.ReadWrite.All": "changes which certificates users can sign in with",
  "Policy.ReadWrite.PermissionGrant": "changes what may be consented to",
  "Sites.FullControl.All": "controls every site",
  full_access_as_app: "opens every mailbox",
  "Exchange.ManageAsApp": "administers Exchange",
};
/** Of the signed-in user's profile only. https://learn.microsoft.com/entra/identity-platform/scopes-oidc */
const OPENID = new Set(["openid", "profile", "email", "offline_access", "User.Read"]);

/** What a permission of an API allows: an application role, or a scope. */
export function assessPermission(apiAppId: string | undefined, value: string): Assessment {
  if (apiAppId === undefined || !MICROSOFT_APIS.has(apiAppId)) {
    return { privilege: "unknown", why: "what a role of this application allows, only its makers know" };
  }
  const admin = ADMIN_PERMISSIONS[value];
  if (admin !== undefined) return { privilege: "admin", why: `${value} ${admin}` };
  const privileged = PRIVILEGED_PERMISSIONS[value];
  if (privileged !== undefined) return { privilege: "privileged", why: `${value} ${privileged}` };
  if (OPENID.has(value)) return { privilege: "read", why: `${value} reads the user's own profile` };
  if (/FullControl|PrivilegedOperations/.test(value))
    return { privilege: "privileged", why: `${value} controls it fully` };
  if (/Write|Manage|Send|Create|Delete|Invite|Initiate|Join|Update|AccessAsUser|Import/.test(value)) {
    return { privilege: "write", why: `${value} changes data` };
  }
  if (/\.Read|ReadBasic|Selected|\.Export|^Read/.test(value))
    return { privilege: "read", why: `${value} reads data` };
  return { privilege: "unknown", why: `nothing is known of ${value}` };
}

const ORDER: readonly Privilege[] = ["admin", "privileged", "write", "unknown", "read"];

/** The strongest of several scopes. */
export function assessScopes(apiAppId: string | undefined, scopes: readonly string[]): Assessment {
  const all = scopes.map((scope) => assessPermission(apiAppId, scope));
  const strongest = ORDER.flatMap((privilege) => all.filter((one) => one.privilege === privilege))[0];
  return strongest ?? { privilege: "unknown", why: "it names no scope" };
}
