import { guid } from "./ids.js";
import { SKETCHWALL, STAFF } from "./members.js";
import { DOMAIN } from "./people.js";

/** What the made-up tenant of Entra ID holds beside its people, before it is put into the form that Graph prints. */

export const TENANT = "3f8a1c52-7d94-4e06-9b2f-60c1d7a5e438";
/** The tenant that Microsoft's own applications are registered in. */
export const MICROSOFT = "f8cdef31-a31e-4b4a-93e4-5f571e91255a";
export const ENTRA_DOMAIN = "larkfield-example.onmicrosoft.com";

export interface SecretSpec {
  readonly name: string;
  readonly createdDaysAgo: number;
  readonly endsInDays: number;
}

export interface AppRoleSpec {
  readonly id: string;
  readonly name: string;
  readonly value?: string;
}

/** An application as this tenant knows it. */
export interface AppSpec {
  readonly name: string;
  /** `own` and `gallery` are registered here; of the others there is a service principal only. */
  readonly kind: "own" | "gallery" | "thirdParty" | "microsoft" | "managedIdentity";
  /** Worker ids of who owns it: the registration, where there is one, and the service principal. */
  readonly owners: readonly string[];
  readonly appId?: string;
  readonly publisher?: string;
  readonly createdDaysAgo?: number;
  readonly secrets?: readonly SecretSpec[];
  readonly federated?: readonly {
    readonly name: string;
    readonly issuer: string;
    readonly subject: string;
  }[];
  readonly appRoles?: readonly AppRoleSpec[];
  /** Its names as a party of single sign-on. */
  readonly signsInTo?: readonly string[];
  readonly assignmentRequired?: boolean;
  /** Groups of each site, or of the first only, that are assigned a role of it. */
  readonly assigned?: { readonly group: string; readonly sites: "all" | "first"; readonly role: AppRoleSpec };
  /** Permissions of Microsoft Graph that it has as itself. */
  readonly permissions?: readonly string[];
  /** Scopes of Microsoft Graph that an administrator let it use for everybody. */
  readonly adminConsent?: readonly string[];
  readonly resourceOf?: string;
}

export interface GuestSpec {
  readonly name: string;
  /** Address with their own employer. */
  readonly email: string;
  /** Worker ids. */
  readonly sponsors: readonly string[];
  readonly createdDaysAgo: number;
  readonly lastSignInDaysAgo: number;
}

/** What a story adds to the tenant. */
export interface EntraPart {
  readonly applications?: readonly AppSpec[];
  readonly guests?: readonly GuestSpec[];
}

export const entraIds = {
  user: (seed: string, id: string) => guid("entra-user", seed, id),
  guest: (seed: string, email: string) => guid("entra-guest", seed, email),
  group: (seed: string, site: string, name: string) => guid("entra-group", seed, site, name),
  unit: (seed: string, site: string) => guid("entra-unit", seed, site),
  registration: (seed: string, app: string) => guid("entra-registration", seed, app),
  appId: (seed: string, { name, appId }: Pick<AppSpec, "name" | "appId">) =>
    appId ?? guid("entra-app-id", seed, name),
  servicePrincipal: (seed: string, app: string) => guid("entra-service-principal", seed, app),
  secret: (seed: string, app: string, secret: string) => guid("entra-secret", seed, app, secret),
  grant: (seed: string, app: string, user: string) => guid("entra-grant", seed, app, user),
} as const;

/** https://learn.microsoft.com/entra/identity/users/licensing-service-plan-reference */
export const SKUS: Readonly<Record<string, { readonly id: string; readonly cost: number }>> = {
  SPE_E5: { id: "06ebc4ee-1bb5-47dd-8120-11324bc54e06", cost: 54.75 },
  SPE_E3: { id: "05e9a617-0261-4cee-bb44-138d3ef5d965", cost: 33.1 },
  POWER_BI_PRO: { id: "f8a1db68-be16-40ed-86d5-cb42ce701560", cost: 13.1 },
};

export const GLOBAL_ADMINISTRATOR = "Global Administrator";
/** https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference */
export const ROLES: Readonly<Record<string, { readonly id: string; readonly actions: readonly string[] }>> = {
  [GLOBAL_ADMINISTRATOR]: {
    id: "62e90394-69f5-4237-9190-012177145e10",
    actions: ["microsoft.directory/users/allProperties/allTasks"],
  },
  "User Administrator": {
    id: "fe930be7-5e62-47db-91af-98c3a49a38b1",
    actions: ["microsoft.directory/users/password/update"],
  },
  "Helpdesk Administrator": {
    id: "729827e3-9c14-49f7-bb1b-9608f156bbb8",
    actions: ["microsoft.directory/users/password/update"],
  },
  "Directory Readers": {
    id: "88d8e3e3-8f55-4a1e-953a-9b9898b8876b",
    actions: ["microsoft.directory/users/standard/read"],
  },
};

export const GRAPH = "Microsoft Graph";
export const GOOGLE_APP = "Google Cloud / G Suite Connector by Microsoft";
export const VAULT_BACKUP = "vault-backup";
export const AWS_APP = "AWS Single-Account Access";

/** https://learn.microsoft.com/graph/permissions-reference */
const GRAPH_ROLES: readonly AppRoleSpec[] = [
  {
    id: "df021288-bdef-4463-88db-98f22de89214",
    name: "Read all users' full profiles",
    value: "User.Read.All",
  },
  { id: "810c84a8-4a9e-49e6-bf7d-12d183f40d01", name: "Read mail in all mailboxes", value: "Mail.Read" },
  { id: "7ab1d382-f21e-4acd-a863-ba3e13f7da61", name: "Read directory data", value: "Directory.Read.All" },
];
export const graphRole = (value: string): AppRoleSpec => {
  const role = GRAPH_ROLES.find((one) => one.value === value);
  if (role === undefined) throw new Error(`no permission ${value}`);
  return role;
};

/** The role that applications of the gallery have for people. */
export const USER_ROLE: AppRoleSpec = { id: "18d14569-c3bd-439b-9a66-3a2aee01d14f", name: "User" };

/** The AWS role that people of the first site take on through Entra ID. */
export const ENTRA_AWS_ROLE = "EntraReadOnly";
export const ENTRA_AWS_PROVIDER = "EntraID";

/** Applications of the whole tenant. `owner` answers for them; `prod` is an AWS account id. */
export function tenantApps(owner: string, prod: string): readonly AppSpec[] {
  const arn = (resource: string) => `arn:aws:iam::${prod}:${resource}`;
  const awsRole: AppRoleSpec = {
    id: "8774f594-1d59-4279-b9d9-59ef09a23530",
    name: `${ENTRA_AWS_ROLE},${ENTRA_AWS_PROVIDER}`,
    value: `${arn(`role/${ENTRA_AWS_ROLE}`)},${arn(`saml-provider/${ENTRA_AWS_PROVIDER}`)}`,
  };
  return [
    {
      name: GRAPH,
      kind: "microsoft",
      appId: "00000003-0000-0000-c000-000000000000",
      owners: [],
      appRoles: GRAPH_ROLES,
    },
    {
      name: GOOGLE_APP,
      kind: "gallery",
      owners: [owner],
      appRoles: [USER_ROLE],
      signsInTo: [`google.com/a/${DOMAIN}`],
      assignmentRequired: true,
      assigned: { group: STAFF, sites: "all", role: USER_ROLE },
    },
    {
      name: AWS_APP,
      kind: "gallery",
      owners: [owner],
      appRoles: [awsRole],
      signsInTo: ["https://signin.aws.amazon.com/saml"],
      assignmentRequired: true,
      assigned: { group: "Platform Engineering", sites: "first", role: awsRole },
    },
    { name: SKETCHWALL, kind: "thirdParty", publisher: "Sketchwall Ltd", owners: [owner] },
    {
      name: VAULT_BACKUP,
      kind: "managedIdentity",
      owners: [],
      resourceOf: `/subscriptions/5a0c7f1e-93b4-4d28-8e61-b7f20d9c4a13/resourcegroups/backup/providers/Microsoft.Compute/virtualMachines/${VAULT_BACKUP}`,
    },
  ];
}

/** Applications that each site has made for itself. */
export const siteApps = (site: string, owner: string, googleSubject: string): readonly AppSpec[] => [
  {
    name: `Warehouse API (${site})`,
    kind: "own",
    owners: [owner],
    secrets: [{ name: "2026", createdDaysAgo: 120, endsInDays: 245 }],
    federated: [{ name: "warehouse-jobs", issuer: "https://accounts.google.com", subject: googleSubject }],
    permissions: ["User.Read.All"],
  },
  {
    name: `Intranet (${site})`,
    kind: "own",
    owners: [owner],
    adminConsent: ["openid", "profile", "User.Read"],
  },
];
