import { type GraphObject, GraphTenant } from "./tenant.js";

/** A GUID that says what it is of. */
export const guid = (kind: number, number: number): string =>
  `${String(kind).padStart(8, "0")}-0000-4000-8000-${String(number).padStart(12, "0")}`;

export const TENANT_ID = "7e570000-0000-4000-8000-000000000001";
export const user = (number: number) => guid(1, number);
export const group = (number: number) => guid(2, number);
export const sp = (number: number) => guid(3, number);
/** Object id of a registration; its application (client) id is another. */
export const app = (number: number) => guid(4, number);
export const clientId = (number: number) => guid(5, number);
export const device = (number: number) => guid(6, number);
export const contact = (number: number) => guid(7, number);
export const unit = (number: number) => guid(8, number);
export const sku = (number: number) => guid(9, number);
export const role = (number: number) => guid(10, number);

const GRAPH_APP = "00000003-0000-0000-c000-000000000000";
const MICROSOFT = "f8cdef31-a31e-4b4a-93e4-5f571e91255a";
const SLACK = "aaaa0000-0000-4000-8000-00000000510c";
export const GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10";
export const USER_ADMINISTRATOR = "fe930be7-5e62-47db-91af-98c3a49a38b1";
export const REPORTS_READER = "4a5d8f65-41da-4de4-8968-e035b65339cf";
const DEFAULT_ACCESS = "00000000-0000-0000-0000-000000000000";

/** All that the collector asks for. */
export const PERMISSIONS = [
  "Organization.Read.All",
  "User.Read.All",
  "AuditLog.Read.All",
  "User-LifeCycleInfo.Read.All",
  "GroupMember.Read.All",
  "Member.Read.Hidden",
  "Group.Read.All",
  "Application.Read.All",
  "Directory.Read.All",
  "AdministrativeUnit.Read.All",
  "RoleManagement.Read.Directory",
  "RoleEligibilitySchedule.Read.Directory",
  "RoleAssignmentSchedule.Read.Directory",
  "Device.Read.All",
  "MailboxSettings.Read",
] as const;

/** A small company, with more of everything than a page of two holds. */
export function smallTenant(): GraphTenant {
  const tenant = new GraphTenant(TENANT_ID);
  for (const permission of PERMISSIONS) tenant.granted.add(permission);
  tenant.organization = {
    id: TENANT_ID,
    displayName: "Contoso",
    createdDateTime: "2019-03-01T08:00:00Z",
    verifiedDomains: [
      { name: "contoso.example", isDefault: true, isInitial: false },
      { name: "contoso.onmicrosoft.com", isDefault: false, isInitial: true },
    ],
  };
  addUsers(tenant);
  addGroups(tenant);
  addApplications(tenant);
  addRoles(tenant);
  addDevices(tenant);
  addDeleted(tenant);
  return tenant;
}

const member = (
  number: number,
  name: string,
  values: Readonly<Record<string, unknown>> = {},
): GraphObject => ({
  id: user(number),
  displayName: name,
  userPrincipalName: `${name.toLowerCase()}@contoso.example`,
  mail: `${name.toLowerCase()}@contoso.example`,
  proxyAddresses: [
    `SMTP:${name}@contoso.example`,
    `smtp:${name.toLowerCase()}@contoso.onmicrosoft.com`,
    "SIP:nobody",
  ],
  accountEnabled: true,
  userType: "Member",
  employeeId: `E-${number}`,
  employeeLeaveDateTime: null,
  createdDateTime: "2021-05-03T07:30:00Z",
  onPremisesImmutableId: null,
  onPremisesSyncEnabled: null,
  signInSessionsValidFromDateTime: "2024-01-02T03:04:05Z",
  lastPasswordChangeDateTime: "2024-01-02T03:04:05Z",
  assignedLicenses: [],
  licenseAssignmentStates: [],
  signInActivity: null,
  ...values,
});

function addUsers(tenant: GraphTenant): void {
  tenant.skus.push(
    {
      id: `${TENANT_ID}_${sku(1)}`,
      skuId: sku(1),
      skuPartNumber: "SPE_E5",
      capabilityStatus: "Enabled",
      appliesTo: "User",
      consumedUnits: 2,
      prepaidUnits: { enabled: 25, suspended: 0, warning: 0 },
    },
    {
      id: `${TENANT_ID}_${sku(2)}`,
      skuId: sku(2),
      skuPartNumber: "VISIOCLIENT",
      capabilityStatus: "Suspended",
      appliesTo: "User",
      consumedUnits: 1,
      prepaidUnits: { enabled: 5, suspended: 0, warning: 0 },
    },
  );
  const seat = (number: number, group: string | null) => ({
    assignedLicenses: [{ disabledPlans: [], skuId: sku(number) }],
    licenseAssignmentStates: [{ skuId: sku(number), assignedByGroup: group, state: "Active", error: "None" }],
  });
  tenant.add(
    "user",
    member(1, "Ann", {
      ...seat(1, null),
      signInActivity: {
        lastSignInDateTime: "2026-11-20T08:00:00Z",
        lastNonInteractiveSignInDateTime: "2026-11-20T09:00:00Z",
        lastSuccessfulSignInDateTime: "2026-11-20T07:00:00Z",
      },
    }),
  );
  tenant.add(
    "user",
    member(2, "Bob", {
      accountEnabled: false,
      onPremisesSyncEnabled: true,
      onPremisesImmutableId: "Ym9iLXdhcy1oZXJl",
      ...seat(1, group(1)),
    }),
  );
  tenant.add("user", member(3, "Carol", { employeeLeaveDateTime: "2026-10-31T22:59:59Z", ...seat(2, null) }));
  tenant.add(
    "user",
    member(4, "Dave", {
      mail: null,
      proxyAddresses: [],
      signInActivity: {
        lastSignInDateTime: "2026-01-01T00:00:00Z",
        lastNonInteractiveSignInDateTime: "0001-01-01T00:00:00Z",
      },
    }),
  );
  tenant.add(
    "user",
    member(5, "Gus", {
      userPrincipalName: "gus_partner.example#EXT#@contoso.onmicrosoft.com",
      mail: "gus@partner.example",
      proxyAddresses: [],
      userType: "Guest",
      employeeId: null,
    }),
  );
  tenant.relate("sponsors", user(5), user(1), group(1));
  const rule = (number: number, actions: unknown, isEnabled = true): GraphObject => ({
    id: `rule-${number}`,
    displayName: `rule ${number}`,
    sequence: number,
    isEnabled,
    conditions: { subjectContains: ["invoice"] },
    actions,
  });
  const to = (address: string) => [{ emailAddress: { name: "somebody", address } }];
  tenant.rules.set(user(1), [
    rule(1, { moveToFolder: "archive" }),
    rule(2, { forwardTo: to("Ann@Private.example") }),
    rule(3, { redirectTo: to("off@private.example") }, false),
  ]);
  tenant.rules.set(user(2), []);
}

function addGroups(tenant: GraphTenant): void {
  const of = (number: number, name: string, values: Readonly<Record<string, unknown>>): GraphObject => ({
    id: group(number),
    displayName: name,
    description: "what it is for",
    mail: null,
    mailEnabled: false,
    proxyAddresses: [],
    groupTypes: [],
    securityEnabled: true,
    isAssignableToRole: null,
    onPremisesSyncEnabled: null,
    visibility: null,
    createdDateTime: "2021-06-01T00:00:00Z",
    ...values,
  });
  tenant.add("group", of(1, "Staff", {}));
  tenant.add("group", of(2, "Developers", { onPremisesSyncEnabled: true }));
  tenant.add(
    "group",
    of(3, "Board", {
      mail: "board@contoso.example",
      mailEnabled: true,
      securityEnabled: false,
      groupTypes: ["Unified"],
      visibility: "HiddenMembership",
    }),
  );
  tenant.add("group", of(4, "Role holders", { isAssignableToRole: true }));
  tenant.add(
    "group",
    of(5, "All of Berlin", { groupTypes: ["DynamicMembership"], membershipRule: 'user.city -eq "Berlin"' }),
  );
  for (const number of [1, 2, 3])
    tenant.add("orgContact", { id: contact(number), displayName: `Contact ${number}` });
  // Every kind of member there is.
  tenant.relate("members", group(1), user(1), user(2), group(2), sp(2), device(1), contact(1));
  tenant.relate("members", group(2), user(3), user(4));
  tenant.relate("members", group(3), user(1));
  tenant.relate("members", group(4), user(3));
  tenant.relate("members", group(5), user(1));
  tenant.relate("owners", group(1), user(1), user(2), sp(2));
  tenant.relate("owners", group(3), user(3));
}

function addApplications(tenant: GraphTenant): void {
  const of = (number: number, name: string, values: Readonly<Record<string, unknown>>): GraphObject => ({
    id: sp(number),
    appId: clientId(number),
    displayName: name,
    accountEnabled: true,
    alternativeNames: [],
    appOwnerOrganizationId: TENANT_ID,
    appRoleAssignmentRequired: false,
    appRoles: [],
    servicePrincipalNames: [clientId(number)],
    servicePrincipalType: "Application",
    verifiedPublisher: { displayName: null, verifiedPublisherId: null, addedDateTime: null },
    passwordCredentials: [],
    keyCredentials: [],
    notes: null,
    ...values,
  });
  const appRole = (number: number, value: string) => ({
    id: role(number),
    displayName: value,
    value,
    isEnabled: true,
    allowedMemberTypes: ["Application"],
    origin: "Application",
  });
  tenant.add(
    "servicePrincipal",
    of(1, "Microsoft Graph", {
      appId: GRAPH_APP,
      appOwnerOrganizationId: MICROSOFT,
      servicePrincipalNames: [GRAPH_APP, "https://graph.microsoft.com"],
      appRoles: [
        appRole(1, "RoleManagement.ReadWrite.Directory"),
        appRole(2, "User.Read.All"),
        appRole(3, "Mail.Send"),
      ],
    }),
  );
  tenant.add(
    "servicePrincipal",
    of(2, "Payroll", { appRoleAssignmentRequired: true, appRoles: [appRole(4, "Payroll.Approve")] }),
  );
  tenant.add(
    "servicePrincipal",
    of(3, "Slack", {
      appOwnerOrganizationId: SLACK,
      verifiedPublisher: {
        displayName: "Slack Technologies",
        verifiedPublisherId: "510c",
        addedDateTime: "2021-01-01T00:00:00Z",
      },
    }),
  );
  tenant.add(
    "servicePrincipal",
    of(4, "AWS", {
      appOwnerOrganizationId: TENANT_ID,
      servicePrincipalNames: [clientId(4), "https://signin.aws.amazon.com/saml"],
      appRoles: [
        appRole(5, "arn:aws:iam::111111111111:role/Admin,arn:aws:iam::111111111111:saml-provider/Entra"),
      ],
      keyCredentials: [
        {
          keyId: guid(11, 4),
          displayName: "CN=saml",
          type: "AsymmetricX509Cert",
          usage: "Sign",
          startDateTime: "2025-01-01T00:00:00Z",
          endDateTime: "2028-01-01T00:00:00Z",
          customKeyIdentifier: "dGh1bWI=",
          key: null,
        },
      ],
    }),
  );
  tenant.add(
    "servicePrincipal",
    of(5, "vm-backup", {
      appOwnerOrganizationId: null,
      servicePrincipalType: "ManagedIdentity",
      alternativeNames: [
        "isExplicit=False",
        "/subscriptions/s/resourcegroups/r/providers/Microsoft.Compute/virtualMachines/vm-backup",
      ],
    }),
  );
  const registered = (
    number: number,
    name: string,
    values: Readonly<Record<string, unknown>>,
  ): GraphObject => ({
    id: app(number),
    appId: clientId(number),
    displayName: name,
    createdDateTime: "2022-02-02T00:00:00Z",
    signInAudience: "AzureADMyOrg",
    verifiedPublisher: null,
    passwordCredentials: [],
    keyCredentials: [],
    notes: null,
    ...values,
  });
  const password = (number: number, until: string) => ({
    keyId: guid(11, number),
    displayName: `secret ${number}`,
    hint: "abc",
    secretText: null,
    customKeyIdentifier: null,
    startDateTime: "2024-01-01T00:00:00Z",
    endDateTime: until,
  });
  tenant.add(
    "application",
    registered(2, "Payroll", { passwordCredentials: [password(1, "2027-01-01T00:00:00Z")] }),
  );
  tenant.add("application", registered(4, "AWS", {}));
  tenant.add(
    "application",
    registered(6, "Build", {
      signInAudience: "AzureADMultipleOrgs",
      keyCredentials: [
        {
          keyId: guid(11, 6),
          displayName: "CN=build",
          type: "AsymmetricX509Cert",
          usage: "Verify",
          startDateTime: "2025-01-01T00:00:00Z",
          endDateTime: "2026-01-01T00:00:00Z",
          customKeyIdentifier: "dGh1bWI=",
          key: null,
        },
      ],
    }),
  );
  tenant.add("servicePrincipal", of(6, "Build", {}));
  tenant.relate("owners", app(2), user(3), user(1), user(2));
  tenant.relate("owners", sp(2), user(3), user(1), sp(6));
  tenant.federated.set(
    app(6),
    ["main", "release", "dev"].map((branch, index) => ({
      id: guid(12, index),
      name: branch,
      issuer: "https://Token.actions.githubusercontent.com/",
      subject: `repo:contoso/app:ref:refs/heads/${branch}`,
      audiences: ["api://AzureADTokenExchange"],
      description: "what it is for",
    })),
  );
  const assignment = (
    number: number,
    principal: string,
    type: string,
    resource: number,
    roleId: string,
  ): GraphObject => ({
    id: `assignment-${number}`,
    appRoleId: roleId,
    createdDateTime: "2023-01-01T00:00:00Z",
    deletedDateTime: null,
    principalDisplayName: "somebody",
    principalId: principal,
    principalType: type,
    resourceDisplayName: "something",
    resourceId: sp(resource),
  });
  tenant.appRoleAssignments.push(
    assignment(1, sp(2), "ServicePrincipal", 1, role(2)),
    assignment(2, sp(6), "ServicePrincipal", 1, role(1)),
    assignment(3, sp(5), "ServicePrincipal", 1, role(3)),
    assignment(4, group(1), "Group", 2, role(4)),
    assignment(5, user(3), "User", 2, DEFAULT_ACCESS),
    assignment(6, group(2), "Group", 4, role(5)),
  );
  const grant = (number: number, client: number, principal: string | null, scope: string): GraphObject => ({
    id: `grant-${number}`,
    clientId: sp(client),
    consentType: principal === null ? "AllPrincipals" : "Principal",
    principalId: principal,
    resourceId: sp(1),
    scope,
  });
  tenant.grants.push(
    grant(1, 3, null, " User.Read Group.ReadWrite.All"),
    grant(2, 3, user(3), "Mail.ReadWrite offline_access"),
    grant(3, 2, user(1), "User.Read"),
  );
}

function addRoles(tenant: GraphTenant): void {
  for (const number of [1, 2, 3])
    tenant.add("administrativeUnit", { id: unit(number), displayName: `Unit ${number}`, description: null });
  const definition = (
    id: string,
    displayName: string,
    isBuiltIn: boolean,
    ...actions: readonly string[]
  ): GraphObject => ({
    id,
    displayName,
    description: "what it is for",
    isBuiltIn,
    isEnabled: true,
    templateId: id,
    version: "1",
    rolePermissions: [{ allowedResourceActions: actions, condition: null }],
  });
  tenant.roleDefinitions.push(
    definition(
      GLOBAL_ADMINISTRATOR,
      "Global Administrator",
      true,
      "microsoft.directory/applications/allProperties/allTasks",
    ),
    definition(USER_ADMINISTRATOR, "User Administrator", true, "microsoft.directory/users/create"),
    definition(REPORTS_READER, "Reports Reader", true, "microsoft.directory/auditLogs/allProperties/read"),
    definition(role(20), "Secret keeper", false, "microsoft.directory/applications/credentials/update"),
  );
  const assignment = (number: number, principal: string, roleId: string, scope: string): GraphObject => ({
    id: `role-assignment-${number}`,
    principalId: principal,
    roleDefinitionId: roleId,
    directoryScopeId: scope,
    appScopeId: null,
  });
  tenant.roleAssignments.push(
    assignment(1, user(1), GLOBAL_ADMINISTRATOR, "/"),
    assignment(2, user(3), USER_ADMINISTRATOR, `/administrativeUnits/${unit(1)}`),
    assignment(3, group(4), REPORTS_READER, "/"),
    assignment(4, sp(2), role(20), `/${app(6)}`),
  );
  const instance = (
    number: number,
    principal: string,
    roleId: string,
    values: Readonly<Record<string, unknown>>,
  ): GraphObject => ({
    id: `instance-${number}`,
    principalId: principal,
    roleDefinitionId: roleId,
    directoryScopeId: "/",
    appScopeId: null,
    startDateTime: "2026-01-01T00:00:00Z",
    endDateTime: null,
    memberType: "Direct",
    ...values,
  });
  tenant.eligibility.push(
    instance(1, user(3), GLOBAL_ADMINISTRATOR, {
      endDateTime: "2027-01-01T00:00:00Z",
      roleEligibilityScheduleId: "schedule-1",
    }),
    instance(2, group(4), USER_ADMINISTRATOR, { roleEligibilityScheduleId: "schedule-2" }),
    instance(3, user(4), REPORTS_READER, { roleEligibilityScheduleId: "schedule-3" }),
  );
  tenant.schedules.push(
    instance(4, user(1), GLOBAL_ADMINISTRATOR, { assignmentType: "Assigned" }),
    instance(5, user(3), USER_ADMINISTRATOR, {
      directoryScopeId: `/administrativeUnits/${unit(1)}`,
      assignmentType: "Activated",
      endDateTime: "2026-11-21T16:00:00Z",
    }),
    instance(6, group(4), REPORTS_READER, {
      assignmentType: "Assigned",
      endDateTime: "2027-06-30T00:00:00Z",
    }),
  );
}

function addDevices(tenant: GraphTenant): void {
  for (const number of [1, 2, 3]) {
    tenant.add("device", {
      id: device(number),
      displayName: `LAPTOP-${number}`,
      deviceId: guid(13, number),
      accountEnabled: number !== 3,
      operatingSystem: "Windows",
      trustType: "AzureAd",
      approximateLastSignInDateTime: "2026-11-01T00:00:00Z",
    });
    tenant.relate("registeredOwners", device(number), user(number));
  }
}

function addDeleted(tenant: GraphTenant): void {
  const at = "2026-11-10T00:00:00Z";
  for (const number of [91, 92, 93]) {
    tenant.add("user", member(number, `Former${number}`));
    tenant.delete("user", user(number), at);
    tenant.add("group", {
      id: group(number),
      displayName: `Team ${number}`,
      mail: `team${number}@contoso.example`,
      groupTypes: ["Unified"],
    });
    tenant.delete("group", group(number), at);
    tenant.add("application", { id: app(number), appId: clientId(number), displayName: `Tool ${number}` });
    tenant.delete("application", app(number), at);
    tenant.add("servicePrincipal", {
      id: sp(number),
      appId: clientId(number),
      displayName: `Tool ${number}`,
      servicePrincipalType: "Application",
    });
    tenant.delete("servicePrincipal", sp(number), at);
  }
}
