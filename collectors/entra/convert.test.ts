import { expect, it } from "vitest";
import { Conversion, edgesOf, nodesOf, TENANT } from "../../test/support/entra-conversion.js";
import {
  applicationOf,
  convertApplications,
  convertAppRoleAssignments,
  convertFederatedCredentials,
  convertGrants,
  convertServicePrincipals,
} from "./convert-applications.js";
import {
  convertGroups,
  convertLicenses,
  convertMembers,
  convertSponsors,
  convertTenant,
  convertUsers,
  ownersOf,
} from "./convert-directory.js";
import { convertDeletedUsers, convertDevices, convertMailForwarding } from "./convert-rest.js";
import { convertDirectoryRoles, convertEligibility, convertSchedules } from "./convert-roles.js";
import { lackOf } from "./whole.js";

/** Payloads have the forms of the examples at the addresses that stand with them. */
const at = (text: string) => Date.parse(text);

it("reads users", () => {
  // https://learn.microsoft.com/graph/api/resources/user#json-representation
  const conversion = new Conversion();
  const records = conversion.of(convertUsers, {
    "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#users",
    "@odata.count": 2,
    value: [
      {
        id: "87d349ed-44d7-43e1-9a83-5f2406dee5bd",
        displayName: "Adele Vance",
        userPrincipalName: "AdeleV@contoso.com",
        mail: "AdeleV@contoso.com",
        proxyAddresses: ["SMTP:AdeleV@contoso.com", "smtp:adele@contoso.com", "X500:/o=First"],
        accountEnabled: true,
        userType: "Member",
        employeeId: "1234",
        employeeLeaveDateTime: "2026-12-31T23:59:59Z",
        createdDateTime: "2020-02-20T20:20:20Z",
        onPremisesImmutableId: "aW1tdXRhYmxl",
        onPremisesSyncEnabled: true,
        signInSessionsValidFromDateTime: "2024-05-06T07:08:09Z",
        lastPasswordChangeDateTime: "2024-05-06T07:08:09Z",
        assignedLicenses: [{ disabledPlans: [], skuId: "c7df2760-2c81-4ef7-b578-5b5392b571df" }],
        licenseAssignmentStates: [
          {
            skuId: "c7df2760-2c81-4ef7-b578-5b5392b571df",
            assignedByGroup: "e613be80-0000-4000-8000-000000000000",
          },
        ],
        signInActivity: {
          lastSignInDateTime: "2026-11-02T00:00:00Z",
          lastNonInteractiveSignInDateTime: "2026-11-03T00:00:00Z",
          lastSuccessfulSignInDateTime: null,
        },
        aboutMe: "never kept",
      },
      {
        id: "4562bcc8-c436-4f95-b7c0-4f8ce89dca5e",
        displayName: null,
        userPrincipalName: "gus#EXT#@x",
        mail: null,
        userType: "Guest",
        accountEnabled: false,
      },
    ],
  });
  expect(conversion.totals).toEqual(new Map([["users EntraUser", 2]]));
  const nodes = nodesOf(records);
  expect(nodes.get("entra-user/87d349ed-44d7-43e1-9a83-5f2406dee5bd")).toEqual({
    kind: "node",
    key: "e/entra-user/87d349ed-44d7-43e1-9a83-5f2406dee5bd",
    label: "Account",
    provider: "EntraUser",
    aliases: [
      "AdeleV@contoso.com",
      "adele@contoso.com",
      "adelev@contoso.com",
      "entra-object:87d349ed-44d7-43e1-9a83-5f2406dee5bd",
    ],
    props: {
      name: "Adele Vance",
      username: "AdeleV@contoso.com",
      email: "adelev@contoso.com",
      employeeId: "1234",
      status: "enabled",
      userType: "Member",
      createdAt: at("2020-02-20T20:20:20Z"),
      lastLoginAt: at("2026-11-03T00:00:00Z"),
      leaveAt: at("2026-12-31T23:59:59Z"),
      passwordChangedAt: at("2024-05-06T07:08:09Z"),
      sessionsValidFrom: at("2024-05-06T07:08:09Z"),
      immutableId: "aW1tdXRhYmxl",
      synced: true,
    },
  });
  expect(nodes.get("entra-user/4562bcc8-c436-4f95-b7c0-4f8ce89dca5e")?.props).toEqual({
    name: "gus#EXT#@x",
    username: "gus#EXT#@x",
    status: "disabled",
    userType: "Guest",
    accountType: "guest",
    accountTypeEvidence: "userType is Guest",
  });
  expect([...conversion.memo.guests]).toEqual(["4562bcc8-c436-4f95-b7c0-4f8ce89dca5e"]);
  expect(edgesOf(records)).toEqual(
    new Map([
      [
        `USES_SEAT entra-user/87d349ed-44d7-43e1-9a83-5f2406dee5bd entra-sku/${TENANT}/c7df2760-2c81-4ef7-b578-5b5392b571df`,
        { via: "group e613be80-0000-4000-8000-000000000000" },
      ],
    ]),
  );
});

it("says what it could not ask for, and lets what was known of it stand", () => {
  const conversion = new Conversion();
  const [record] = conversion.of(convertUsers, {
    without: [{ extra: "signIns", reason: "no licence" }],
    value: [{ id: "87d349ed-44d7-43e1-9a83-5f2406dee5bd" }],
  });
  expect(record).toMatchObject({ unsure: ["lastLoginAt"], props: { status: "unknown" } });
  expect(conversion.notes).toEqual(["no licence"]);
});

it("rejects what has no id, and goes on", () => {
  const conversion = new Conversion();
  const records = conversion.of(convertUsers, {
    value: [{ displayName: "nobody" }, { id: "a", displayName: "somebody" }],
  });
  expect(records).toHaveLength(1);
  expect(conversion.rejected).toEqual(["user 1 of a page: it has not the form that Graph documents"]);
});

it("reads the tenant and its seats, with what they cost", () => {
  const conversion = new Conversion({ seatCosts: { SPE_E5: { costPerSeat: 50, currency: "EUR" } } });
  // https://learn.microsoft.com/graph/api/organization-list#response-1
  const [tenant] = conversion.of(convertTenant, {
    value: [
      {
        id: TENANT,
        displayName: "Contoso",
        verifiedDomains: [
          { name: "contoso.onmicrosoft.com", isDefault: true },
          { name: "Contoso.com", isDefault: false },
        ],
      },
    ],
  });
  expect(tenant).toMatchObject({
    key: `e/entra-tenant/${TENANT}`,
    props: { name: "Contoso", domains: ["contoso.com", "contoso.onmicrosoft.com"] },
  });
  // https://learn.microsoft.com/graph/api/subscribedsku-list#response-1
  const [license] = conversion.of(convertLicenses, {
    value: [
      {
        capabilityStatus: "Enabled",
        consumedUnits: 14,
        id: "x",
        prepaidUnits: { enabled: 25, suspended: 0, warning: 0 },
        skuId: "06ebc4ee-1bb5-47dd-8120-11324bc54e06",
        skuPartNumber: "SPE_E5",
        appliesTo: "User",
      },
    ],
  });
  expect(license).toMatchObject({
    label: "License",
    props: { name: "SPE_E5", seats: 25, seatsUsed: 14, status: "enabled", costPerSeat: 50, currency: "EUR" },
  });
  conversion.of(convertTenant, { value: [{ id: "another" }] });
  expect(conversion.rejected).toEqual(["organisation: it is not the tenant that is read"]);
});

it("reads groups, and who decides who is in them", () => {
  const conversion = new Conversion();
  const group = (id: string, values: object) => ({ id, displayName: id, ...values });
  const records = conversion.of(convertGroups, {
    "@odata.count": 4,
    more: true,
    value: [
      group("a", {
        groupTypes: ["Unified", "DynamicMembership"],
        mailEnabled: true,
        securityEnabled: false,
        mail: "A@contoso.com",
      }),
      group("b", { groupTypes: [], mailEnabled: false, securityEnabled: true, onPremisesSyncEnabled: true }),
      group("c", {
        groupTypes: [],
        mailEnabled: true,
        securityEnabled: true,
        visibility: "HiddenMembership",
      }),
      group("d", { groupTypes: [], mailEnabled: true, securityEnabled: false }),
    ],
  });
  expect(
    [...nodesOf(records).values()].map(({ props }) => [
      props.groupKind,
      props.membership,
      props.hiddenMembers,
    ]),
  ).toEqual([
    ["microsoft365", "dynamic", false],
    ["security", "synced", false],
    ["mailSecurity", "assigned", true],
    ["distribution", "assigned", false],
  ]);
  expect([...conversion.memo.hiddenGroups]).toEqual(["c"]);
  expect(lackOf(conversion.memo.lists, "groups")).toBe("groups were not read to their end");
  conversion.of(convertGroups, { value: [] });
  expect(lackOf(conversion.memo.lists, "groups")).toBeUndefined();
});

it("does not take a list for whole that Graph counts more of, or of which something could not be read", () => {
  const lackAfter = (...pages: object[]) => {
    const conversion = new Conversion();
    for (const page of pages) conversion.of(convertGroups, page);
    return lackOf(conversion.memo.lists, "groups");
  };
  expect(lackAfter({ "@odata.count": 2, value: [{ id: "a" }, { id: "b" }] })).toBeUndefined();
  // The same object twice makes up for nothing.
  expect(lackAfter({ "@odata.count": 2, more: true, value: [{ id: "a" }] }, { value: [{ id: "a" }] })).toBe(
    "1 of groups came, and Graph counts 2",
  );
  expect(lackAfter({ value: [{ id: "a" }, { displayName: "no id" }] })).toBe("1 of groups could not be read");
});

it("takes members of every kind; contacts and what has no type are references", () => {
  // https://learn.microsoft.com/graph/api/group-list-members#response-1
  const conversion = new Conversion();
  const members = (...value: object[]) => ({ id: "g", "@odata.count": value.length, value });
  const records = conversion.of(convertMembers, {
    objects: [
      members(
        { "@odata.type": "#microsoft.graph.user", id: "u" },
        { "@odata.type": "#microsoft.graph.group", id: "n" },
        { "@odata.type": "#microsoft.graph.servicePrincipal", id: "s" },
        { "@odata.type": "#microsoft.graph.device", id: "d" },
        { "@odata.type": "#microsoft.graph.orgContact", id: "c" },
        { id: "x" },
      ),
      { ...members(), id: "h" },
    ],
  });
  expect([...edgesOf(records).keys()]).toEqual([
    "MEMBER_OF entra-user/u entra-group/g",
    "MEMBER_OF entra-group/n entra-group/g",
    "MEMBER_OF entra-sp/s entra-group/g",
    "MEMBER_OF entra-device/d entra-group/g",
    "MEMBER_OF ref/entra-object/c entra-group/g",
    "MEMBER_OF ref/entra-object/x entra-group/g",
  ]);
  expect(conversion.totals.get("group-members MEMBER_OF")).toBe(6);
  // As somebody put it together by hand.
  expect(
    conversion.of(convertMembers, { id: "k", value: [{ "@odata.type": "#microsoft.graph.user", id: "u" }] }),
  ).toHaveLength(1);
});

it("holds each object's list against its own count, over all its pages", () => {
  const user = (id: string) => ({ "@odata.type": "#microsoft.graph.user", id });
  const totals = (...pages: object[]) => {
    const conversion = new Conversion();
    const records = pages.flatMap((page) => conversion.of(convertMembers, page));
    return [conversion.totals.get("group-members MEMBER_OF"), edgesOf(records).size];
  };
  // One of two is missing, and the other group has one more than Graph counts.
  const short = { id: "g", "@odata.count": 2, value: [user("a")] };
  const over = { id: "h", "@odata.count": 1, value: [user("a"), user("b")] };
  expect(totals({ objects: [short, over] })).toEqual([4, 3]);
  expect(totals({ objects: [over, short] })).toEqual([4, 3]);
  // The same member twice makes up for none that is missing.
  expect(totals({ ...short, more: true }, { id: "g", value: [user("a")] })).toEqual([2, 1]);
  expect(totals({ ...over, more: true }, { id: "h", value: [user("b"), user("c")] })).toEqual([3, 3]);
  expect(totals({ ...short, "@odata.nextLink": "x" }, { id: "g", value: [user("b")] })).toEqual([2, 2]);
  // As the pages of one group stand in a recording that says nothing of what follows.
  expect(totals(short, { id: "g", value: [user("b")] })).toEqual([2, 2]);
  // A group that goes while it is read lacks nothing.
  expect(totals({ ...short, more: true }, { id: "g", value: [], gone: true })).toEqual([1, 1]);
  expect(totals({ id: "g", value: [user("a")] })).toEqual([undefined, 1]);
});

it("takes a hidden membership of nobody for one only where members would have been shown", () => {
  const partials = (...pages: object[]) => {
    const conversion = new Conversion();
    conversion.of(convertGroups, { value: [{ id: "h", visibility: "HiddenMembership" }, { id: "g" }] });
    for (const page of pages) conversion.of(convertMembers, page);
    return conversion.partials;
  };
  const member = { "@odata.type": "#microsoft.graph.user", id: "u" };
  expect(partials({ id: "h", "@odata.count": 0, value: [] })).toEqual([
    expect.stringContaining("Member.Read.Hidden"),
  ]);
  expect(partials({ id: "h", more: true, value: [] }, { id: "h", value: [] })).toHaveLength(1);
  expect(partials({ id: "h", more: true, value: [member] }, { id: "h", value: [] })).toEqual([]);
  expect(partials({ id: "h", more: true, value: [] }, { id: "h", value: [member] })).toEqual([]);
  expect(partials({ id: "h", value: [], seesHidden: true }, { id: "g", value: [] })).toEqual([]);
  expect(partials({ id: "h", value: [], gone: true })).toEqual([]);
});

it("ties sponsors and owners", () => {
  const conversion = new Conversion();
  // https://learn.microsoft.com/graph/api/user-list-sponsors#response-1
  const sponsors = conversion.of(convertSponsors, {
    objects: [
      {
        id: "guest",
        value: [
          { "@odata.type": "#microsoft.graph.user", id: "u" },
          { "@odata.type": "#microsoft.graph.group", id: "g" },
        ],
      },
    ],
  });
  expect([...edgesOf(sponsors)]).toEqual([
    ["OWNED_BY entra-user/guest entra-user/u", { basis: "declared", evidence: "sponsor" }],
    ["OWNED_BY entra-user/guest entra-group/g", { basis: "declared", evidence: "sponsor" }],
  ]);
  conversion.memo.appIdOfObject.set("object", "client");
  const owners = conversion.of(ownersOf("application-owners", applicationOf), {
    objects: [
      { id: "object", "@odata.count": 1, value: [{ "@odata.type": "#microsoft.graph.user", id: "u" }] },
      { id: "unknown", value: [] },
    ],
  });
  expect([...edgesOf(owners).keys()]).toEqual(["OWNED_BY entra-app/client entra-user/u"]);
  expect(conversion.rejected).toEqual(["an object with owners: it is in no list"]);
});

const GRAPH = "00000003-0000-0000-c000-000000000000";
/** https://learn.microsoft.com/graph/api/serviceprincipal-get#response-1 */
const graphPrincipal = {
  id: "943603e4-e787-4fe9-93d1-e30f749aae39",
  accountEnabled: true,
  appDisplayName: "Microsoft Graph",
  appId: GRAPH,
  appOwnerOrganizationId: "f8cdef31-a31e-4b4a-93e4-5f571e91255a",
  appRoleAssignmentRequired: false,
  displayName: "Microsoft Graph",
  servicePrincipalNames: ["https://graph.microsoft.com", GRAPH],
  servicePrincipalType: "Application",
  appRoles: [
    {
      id: "df021288-bdef-4463-88db-98f22de89214",
      displayName: "Read all users' full profiles",
      value: "User.Read.All",
      isEnabled: true,
    },
    {
      id: "9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8",
      displayName: "Read and write all directory RBAC settings",
      value: "RoleManagement.ReadWrite.Directory",
      isEnabled: true,
    },
  ],
  passwordCredentials: [],
  keyCredentials: [],
};

it("tells an application, what it acts as, and what people are assigned to", () => {
  const conversion = new Conversion();
  const records = conversion.of(convertServicePrincipals, { "@odata.count": 1, value: [graphPrincipal] });
  const nodes = nodesOf(records);
  const id = graphPrincipal.id;
  expect(nodes.get(`entra-sp/${id}`)).toMatchObject({
    label: "NonHumanIdentity",
    aliases: [
      GRAPH,
      `entra-object:${id}`,
      `oidc:login.microsoftonline.com/${TENANT}/v2.0#${id}`,
      `oidc:sts.windows.net/${TENANT}#${id}`,
    ],
    props: { nhiType: "servicePrincipal", status: "enabled", managedBy: "provider", appId: GRAPH },
  });
  expect(nodes.get(`entra-app/${GRAPH}`)?.props).toMatchObject({ firstParty: true, publisher: "Microsoft" });
  expect(nodes.get(`entra-app-instance/${id}`)?.props).toMatchObject({
    signsInTo: ["https://graph.microsoft.com"],
    assignmentRequired: false,
    status: "enabled",
  });
  expect(nodes.get(`entra-app-role/${id}/df021288-bdef-4463-88db-98f22de89214`)?.props).toMatchObject({
    value: "User.Read.All",
    privilege: "read",
  });
  expect(nodes.get(`entra-app-role/${id}/9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8`)?.props).toMatchObject({
    privilege: "admin",
  });
  const edges = edgesOf(records);
  expect(edges.has(`RUNS_AS entra-app/${GRAPH} entra-sp/${id}`)).toBe(true);
  expect(
    edges.has(`ON entra-app-role/${id}/df021288-bdef-4463-88db-98f22de89214 entra-app-instance/${id}`),
  ).toBe(true);
});

it("knows who made an application, and managed identities", () => {
  const conversion = new Conversion();
  const principal = (id: string, values: object) => ({
    id,
    appId: `app-${id}`,
    displayName: id,
    servicePrincipalType: "Application",
    ...values,
  });
  const nodes = nodesOf(
    conversion.of(convertServicePrincipals, {
      value: [
        principal("own", { appOwnerOrganizationId: TENANT.toUpperCase() }),
        principal("verified", {
          appOwnerOrganizationId: "1111",
          verifiedPublisher: { displayName: "Slack Technologies" },
        }),
        principal("other", { appOwnerOrganizationId: "1111", accountEnabled: false }),
        principal("nobody", { appOwnerOrganizationId: null }),
        principal("vm", {
          servicePrincipalType: "ManagedIdentity",
          alternativeNames: ["isExplicit=False", "/subscriptions/s/vm"],
        }),
      ],
    }),
  );
  const made = (id: string) => {
    const props = nodes.get(`entra-app/app-${id}`)?.props;
    return [props?.firstParty, props?.publisher];
  };
  expect([made("own"), made("verified"), made("other"), made("nobody")]).toEqual([
    [true, "own tenant"],
    [false, "Slack Technologies"],
    [false, "tenant 1111"],
    [undefined, undefined],
  ]);
  expect(nodes.get("entra-sp/other")?.props).toMatchObject({ status: "disabled", managedBy: "customer" });
  expect(nodes.get("entra-app-instance/other")?.props).toMatchObject({ status: "disabled" });
  expect(nodes.get("entra-sp/vm")?.props).toMatchObject({
    nhiType: "managedIdentity",
    purpose: "/subscriptions/s/vm",
  });
  expect(nodes.has("entra-app/app-vm")).toBe(false);
  expect(nodes.has("entra-app-instance/vm")).toBe(false);
});

it("names the tokens of national clouds by their own issuers", () => {
  const aliases = (authority: string) =>
    nodesOf(new Conversion({ authority }).of(convertServicePrincipals, { value: [{ id: "s" }] })).get(
      "entra-sp/s",
    )?.aliases;
  expect(aliases("https://login.microsoftonline.us")).toContain(
    `oidc:login.microsoftonline.us/${TENANT}/v2.0#s`,
  );
  expect(aliases("https://login.chinacloudapi.cn")).toEqual([
    "entra-object:s",
    `oidc:login.partner.microsoftonline.cn/${TENANT}/v2.0#s`,
    `oidc:sts.chinacloudapi.cn/${TENANT}#s`,
  ]);
});

it.each([
  [[null], "direct"],
  [["g-2", "g-1"], "group g-1, g-2"],
  [["g-1", null], "direct and group g-1"],
  [[], undefined],
])("says every way by which a seat is held: %j", (assigned, via) => {
  const skuId = "c7df2760-2c81-4ef7-b578-5b5392b571df";
  const id = "87d349ed-44d7-43e1-9a83-5f2406dee5bd";
  const licenseAssignmentStates = assigned.map((assignedByGroup) => ({ skuId, assignedByGroup }));
  const user = { id, accountEnabled: true, assignedLicenses: [{ skuId }], licenseAssignmentStates };
  const seat = edgesOf(new Conversion().of(convertUsers, { value: [user] })).get(
    `USES_SEAT entra-user/${id} entra-sku/${TENANT}/${skuId}`,
  );
  expect(seat?.via).toBe(via);
});

/** https://learn.microsoft.com/graph/api/application-list#response-1, resources/passwordcredential, resources/keycredential */
const application = {
  id: "bcd7c908-1c4d-4d48-93ee-ff38349a75c8",
  appId: "ACC848E9-E8EC-4FEB-A521-8D58B5482E09",
  displayName: "Payroll",
  signInAudience: "AzureADMyOrg",
  createdDateTime: "2020-01-01T00:00:00Z",
  notes: "password: hunter2",
  passwordCredentials: [
    {
      customKeyIdentifier: null,
      displayName: "deploy",
      endDateTime: "2027-01-01T00:00:00Z",
      hint: "hun",
      keyId: "f0b0b335-1d71-4883-8f98-567911bfdca6",
      secretText: "hunter2",
      startDateTime: "2026-01-01T00:00:00Z",
    },
  ],
  keyCredentials: [
    {
      customKeyIdentifier: "dGh1bWI=",
      displayName: "CN=payroll",
      endDateTime: "2028-01-01T00:00:00Z",
      key: "a2V5",
      keyId: "e35a7d11-fef0-49ad-9f3e-aacbe0a42c42",
      startDateTime: "2026-01-01T00:00:00Z",
      type: "AsymmetricX509Cert",
      usage: "Verify",
    },
  ],
};

it("keeps of credentials which they are and until when they work, and nothing of what they are", () => {
  const conversion = new Conversion();
  const records = conversion.of(convertApplications, { value: [application] });
  const app = "entra-app/acc848e9-e8ec-4feb-a521-8d58b5482e09";
  const nodes = nodesOf(records);
  expect(nodes.get(app)).toMatchObject({
    props: { objectId: application.id, audience: "AzureADMyOrg", firstParty: true },
  });
  expect(nodes.get(`entra-credential/${application.id}/f0b0b335-1d71-4883-8f98-567911bfdca6`)?.props).toEqual(
    {
      name: "deploy",
      credentialType: "secret",
      status: "active",
      createdAt: at("2026-01-01T00:00:00Z"),
      expiresAt: at("2027-01-01T00:00:00Z"),
    },
  );
  expect(
    nodes.get(`entra-credential/${application.id}/e35a7d11-fef0-49ad-9f3e-aacbe0a42c42`)?.props,
  ).toMatchObject({ credentialType: "certificate", usage: "Verify" });
  expect(
    edgesOf(records).has(
      `HAS_CREDENTIAL ${app} entra-credential/${application.id}/f0b0b335-1d71-4883-8f98-567911bfdca6`,
    ),
  ).toBe(true);
  expect(JSON.stringify(records)).not.toMatch(/hunter2|"hun"|a2V5|dGh1bWI/);
});

/** https://learn.microsoft.com/graph/api/serviceprincipal-addtokensigningcertificate: a pair, and a password that guards it. */
it("tells what Entra signs SAML tokens with from a certificate that a program signs in with", () => {
  const id = "bcd7c908-1c4d-4d48-93ee-ff38349a75c8";
  const [signs, verifies, own] = [
    "f0b0b335-1d71-4883-8f98-567911bfdca6",
    "e35a7d11-fef0-49ad-9f3e-aacbe0a42c42",
    "0f5ff9a2-93ec-4f1f-9c36-3b8bd0a2ba26",
  ];
  const pair = { startDateTime: "2024-01-01T00:00:00Z", endDateTime: "2027-01-01T08:15:30Z" };
  const records = new Conversion().of(convertServicePrincipals, {
    value: [
      {
        id,
        appId: "acc848e9-e8ec-4feb-a521-8d58b5482e09",
        displayName: "Salesforce",
        accountEnabled: true,
        servicePrincipalType: "Application",
        passwordCredentials: [{ ...pair, keyId: signs }],
        keyCredentials: [
          { ...pair, keyId: signs, type: "X509CertAndPassword", usage: "Sign" },
          { ...pair, keyId: verifies, type: "AsymmetricX509Cert", usage: "Verify" },
          { ...pair, endDateTime: "2026-12-01T00:00:00Z", keyId: own, usage: "Verify" },
        ],
      },
    ],
  });
  const types = [...nodesOf(records).values()]
    .filter(({ label }) => label === "Credential")
    .map(({ key, props }) => [key.replace("e/", ""), props.credentialType]);
  expect(types).toEqual([
    [`entra-credential/${id}/${signs}`, "signing"],
    [`entra-credential/${id}/${verifies}`, "signing"],
    [`entra-credential/${id}/${own}`, "certificate"],
  ]);
});

it("lets the workload of a federated credential act as the application's service principal", () => {
  const conversion = new Conversion();
  conversion.of(convertServicePrincipals, { value: [{ id: "sp", appId: application.appId }] });
  conversion.of(convertApplications, { value: [application] });
  // https://learn.microsoft.com/graph/api/application-list-federatedidentitycredentials#response
  const records = conversion.of(convertFederatedCredentials, {
    objects: [
      {
        id: application.id,
        value: [
          {
            id: "bdad0963-4a7a-43ae-b569-e67e1da3f2c0",
            name: "testing",
            issuer: "https://Login.microsoftonline.com/3d1e2be9-a10a-4a0c-8380-7ce190f98ed9/v2.0/",
            subject: "a7d388c3-5e3f-4959-ac7d-786b3383006a",
            description: "a test",
            audiences: ["api://AzureADTokenExchange"],
          },
          { id: "flexible", name: "no subject", issuer: "https://x.example", subject: null },
        ],
      },
    ],
  });
  expect([...edgesOf(records)].filter(([id]) => id.startsWith("CAN_ASSUME"))).toEqual([
    [
      "CAN_ASSUME ref/oidc/login.microsoftonline.com/3d1e2be9-a10a-4a0c-8380-7ce190f98ed9/v2.0#a7d388c3-5e3f-4959-ac7d-786b3383006a entra-sp/sp",
      { trust: "federated credential", credentialId: "bdad0963-4a7a-43ae-b569-e67e1da3f2c0" },
    ],
  ]);
  expect(nodesOf(records).get(`entra-credential/${application.id}/flexible`)?.props).toMatchObject({
    credentialType: "federation",
  });
});

it("lets an application's role reach direct members only", () => {
  const conversion = new Conversion();
  // https://learn.microsoft.com/graph/api/serviceprincipal-list-approleassignedto#response
  const assignment = (values: object) => ({
    deletedDateTime: null,
    createdDateTime: "2021-02-02T04:22:45.9480566Z",
    resourceId: "sp",
    ...values,
  });
  const none = "00000000-0000-0000-0000-000000000000";
  const records = conversion.of(convertAppRoleAssignments, {
    objects: [
      {
        id: "sp",
        "@odata.count": 4,
        value: [
          assignment({ id: "41W1", appRoleId: none, principalId: "u", principalType: "User" }),
          assignment({ id: "2", appRoleId: "R", principalId: "g", principalType: "Group" }),
          assignment({ id: "3", appRoleId: "R", principalId: "s", principalType: "ServicePrincipal" }),
          assignment({ id: "4", appRoleId: "R", principalId: "x" }),
        ],
      },
    ],
  });
  expect([...edgesOf(records)]).toEqual([
    [`ON entra-app-role/sp/${none} entra-app-instance/sp`, {}],
    [`HAS_ENTITLEMENT entra-user/u entra-app-role/sp/${none}`, { assignmentId: "41W1" }],
    ["HAS_ENTITLEMENT entra-group/g entra-app-role/sp/r", { directMembersOnly: true, assignmentId: "2" }],
    ["HAS_ENTITLEMENT entra-sp/s entra-app-role/sp/r", { assignmentId: "3" }],
    ["HAS_ENTITLEMENT ref/entra-object/x entra-app-role/sp/r", { assignmentId: "4" }],
  ]);
  expect(nodesOf(records).get(`entra-app-role/sp/${none}`)?.props.name).toBe("default access (sp)");
  expect(conversion.totals.get("app-role-assignments HAS_ENTITLEMENT")).toBe(4);
});

it("reads consents of users and of administrators", () => {
  const conversion = new Conversion();
  conversion.of(convertServicePrincipals, {
    value: [
      graphPrincipal,
      { id: "263a5b01-03e5-408e-8557-bab681df104c", appId: "client", displayName: "Slack" },
    ],
  });
  // https://learn.microsoft.com/graph/api/oauth2permissiongrant-list#response
  const grant = { clientId: "263a5b01-03e5-408e-8557-bab681df104c", resourceId: graphPrincipal.id };
  const records = conversion.of(convertGrants, {
    value: [
      {
        ...grant,
        id: "a",
        consentType: "AllPrincipals",
        principalId: null,
        scope: " User.Read Group.ReadWrite.All User.Read",
      },
      { ...grant, id: "b", consentType: "Principal", principalId: "u", scope: "openid profile" },
      {
        ...grant,
        id: "c",
        clientId: "unknown",
        consentType: "Principal",
        principalId: "u",
        scope: "Mail.Send",
      },
    ],
  });
  const nodes = nodesOf(records);
  expect(nodes.get("entra-grant/a")?.props).toEqual({
    name: "Slack for everybody",
    scopes: ["Group.ReadWrite.All", "User.Read"],
    consentType: "admin",
    api: "Microsoft Graph",
    privilege: "privileged",
    privilegeWhy: "Group.ReadWrite.All changes who is in any group",
  });
  expect(nodes.get("entra-grant/b")?.props).toMatchObject({ consentType: "user", privilege: "read" });
  expect([...edgesOf(records).keys()]).toEqual([
    "TO entra-grant/a entra-app/client",
    "TO entra-grant/b entra-app/client",
    "CONSENTED entra-user/u entra-grant/b",
    "TO entra-grant/c ref/entra-object/unknown",
    "CONSENTED entra-user/u entra-grant/c",
  ]);
  // All service principals were read, so nobody lists that one.
  expect(conversion.partials).toEqual([]);
  const halfway = new Conversion();
  halfway.of(convertGrants, { value: [{ ...grant, id: "a", consentType: "AllPrincipals" }] });
  expect(halfway.partials).toHaveLength(1);
});

const ADMIN = "62e90394-69f5-4237-9190-012177145e10";
const definitions = {
  list: "definitions",
  value: [
    { id: ADMIN, displayName: "Global Administrator", isBuiltIn: true, rolePermissions: [] },
    {
      id: "custom",
      displayName: "Custom",
      isBuiltIn: false,
      rolePermissions: [{ allowedResourceActions: ["microsoft.directory/groups/basic/update"] }],
    },
  ],
};

it("reads directory roles with their scope, and until when they are held", () => {
  const conversion = new Conversion();
  conversion.memo.appIdOfObject.set("object", "client");
  conversion.memo.spOf.set("client", "sp");
  const instance = { principalId: "u", roleDefinitionId: ADMIN, directoryScopeId: "/" };
  // https://learn.microsoft.com/graph/api/resources/unifiedroleassignmentscheduleinstance#json-representation
  conversion.of(convertSchedules, {
    value: [
      {
        ...instance,
        id: "1",
        assignmentType: "Assigned",
        startDateTime: "2026-01-01T00:00:00Z",
        endDateTime: "2026-06-01T00:00:00Z",
      },
      {
        ...instance,
        id: "2",
        assignmentType: "Activated",
        startDateTime: "2026-05-01T00:00:00Z",
        endDateTime: "2026-07-01T00:00:00Z",
      },
      {
        ...instance,
        id: "3",
        principalId: "g",
        assignmentType: "Assigned",
        endDateTime: "2026-06-01T00:00:00Z",
      },
      { ...instance, id: "4", principalId: "g", assignmentType: "Assigned", endDateTime: null },
    ],
  });
  conversion.of(convertDirectoryRoles, definitions);
  // https://learn.microsoft.com/graph/api/rbacapplication-list-roleassignments#response-1
  const assignment = (id: string, principalId: string, type: string, values: object = {}) => ({
    ...instance,
    id,
    principalId,
    principal: type === "" ? null : { "@odata.type": `#microsoft.graph.${type}`, id: principalId },
    ...values,
  });
  const records = conversion.of(convertDirectoryRoles, {
    value: [
      assignment("lAPp-1", "u", "user"),
      assignment("lAPp-2", "g", "group"),
      assignment("lAPp-3", "s", "servicePrincipal", {
        roleDefinitionId: "custom",
        directoryScopeId: "/administrativeUnits/unit",
      }),
      assignment("lAPp-4", "x", "", { directoryScopeId: "/object" }),
    ],
  });
  expect(conversion.notes).toEqual([]);
  expect([...edgesOf(records)]).toEqual([
    [`ON entra-directory-role/${ADMIN}/tenant entra-tenant/${TENANT}`, {}],
    [
      `HAS_ENTITLEMENT entra-user/u entra-directory-role/${ADMIN}/tenant`,
      {
        assignmentId: "lAPp-1",
        startsAt: at("2026-01-01T00:00:00Z"),
        endsAt: at("2026-07-01T00:00:00Z"),
        via: "activated and assigned",
      },
    ],
    [
      `HAS_ENTITLEMENT entra-group/g entra-directory-role/${ADMIN}/tenant`,
      { directMembersOnly: true, assignmentId: "lAPp-2", via: "assigned" },
    ],
    ["ON entra-directory-role/custom/administrativeUnits/unit entra-administrative-unit/unit", {}],
    [
      "HAS_ENTITLEMENT entra-sp/s entra-directory-role/custom/administrativeUnits/unit",
      { assignmentId: "lAPp-3" },
    ],
    [`ON entra-directory-role/${ADMIN}/object entra-app-instance/sp`, {}],
    [`HAS_ENTITLEMENT ref/entra-object/x entra-directory-role/${ADMIN}/object`, { assignmentId: "lAPp-4" }],
  ]);
  const nodes = nodesOf(records);
  expect(nodes.get(`entra-directory-role/${ADMIN}/tenant`)?.props).toMatchObject({
    name: "Global Administrator",
    privilege: "admin",
  });
  expect(nodes.get("entra-directory-role/custom/administrativeUnits/unit")?.props).toMatchObject({
    name: "Custom (administrativeUnits/unit)",
    privilege: "write",
    privilegeWhy: "it allows microsoft.directory/groups/basic/update, within its scope only",
  });
});

it("keeps eligible roles apart from active ones", () => {
  const conversion = new Conversion();
  conversion.of(convertDirectoryRoles, definitions);
  // https://learn.microsoft.com/graph/api/rbacapplication-list-roleeligibilityscheduleinstances#response
  const instance = {
    id: "8MYk-1-e",
    roleDefinitionId: ADMIN,
    directoryScopeId: "/",
    appScopeId: null,
    startDateTime: "2022-04-12T14:44:50.287Z",
    endDateTime: "2024-04-10T00:00:00Z",
    memberType: "Direct",
    roleEligibilityScheduleId: "77f71919",
  };
  const records = conversion.of(convertEligibility, {
    value: [
      { ...instance, principalId: "u", principal: { "@odata.type": "#microsoft.graph.user" } },
      {
        ...instance,
        principalId: "v",
        principal: { "@odata.type": "#microsoft.graph.group" },
        memberType: "Group",
        endDateTime: null,
        roleDefinitionId: "unread",
      },
    ],
  });
  expect(records.filter(({ kind }) => kind === "edge")).toMatchObject([
    { type: "ON" },
    {
      type: "HAS_ENTITLEMENT",
      discriminator: "eligible 77f71919",
      props: {
        assignment: "eligible",
        startsAt: at("2022-04-12T14:44:50.287Z"),
        endsAt: at("2024-04-10T00:00:00Z"),
      },
    },
    { type: "ON" },
    { type: "HAS_ENTITLEMENT", props: { assignment: "eligible", directMembersOnly: true, via: "group" } },
  ]);
  expect(nodesOf(records).get("entra-directory-role/unread/tenant")).toMatchObject({
    unsure: ["name", "privilege", "privilegeWhy"],
  });
});

it("says where the ends of roles are not known, because their schedules were not read", () => {
  const conversion = new Conversion();
  conversion.of(convertDirectoryRoles, definitions);
  expect(conversion.notes).toEqual([]);
  const one = { id: "1", principalId: "u", roleDefinitionId: ADMIN, directoryScopeId: "/" };
  conversion.of(convertDirectoryRoles, { value: [one] });
  expect(conversion.notes).toEqual([expect.stringMatching(/^until when.*role-schedules were not read/)]);
  expect(conversion.partials).toEqual([]);
});

it("does not take an application for unlisted where not all were read", () => {
  const conversion = new Conversion();
  conversion.of(convertDirectoryRoles, {
    value: [{ id: "1", principalId: "u", roleDefinitionId: ADMIN, directoryScopeId: "/object" }],
  });
  expect(conversion.partials.length).toBeGreaterThan(0);
});

it("reads devices, what was deleted, and mail that goes on", () => {
  const conversion = new Conversion();
  // https://learn.microsoft.com/graph/api/resources/device#json-representation
  const devices = conversion.of(convertDevices, {
    "@odata.count": 1,
    value: [
      {
        id: "d",
        displayName: "LAPTOP",
        deviceId: "x",
        accountEnabled: false,
        operatingSystem: "Windows",
        trustType: "AzureAd",
        approximateLastSignInDateTime: "2026-01-01T00:00:00Z",
        registeredOwners: [{ "@odata.type": "#microsoft.graph.user", id: "u" }],
      },
    ],
  });
  expect(devices).toMatchObject([
    {
      label: "Resource",
      provider: "EntraDevice",
      props: { name: "LAPTOP", status: "disabled", lastUsedAt: at("2026-01-01T00:00:00Z") },
    },
    { type: "OWNED_BY", to: "e/entra-user/u", props: { evidence: "registered owner" } },
  ]);
  // https://learn.microsoft.com/graph/api/directory-deleteditems-list
  const [former] = conversion.of(convertDeletedUsers, {
    value: [
      {
        id: "87d349ed-44d7-43e1-9a83-5f2406dee5bd",
        displayName: "Adele",
        userPrincipalName: "87d349ed44d743e19a835f2406dee5bdAdeleV@contoso.com",
        mail: "AdeleV@contoso.com",
        deletedDateTime: "2026-11-01T00:00:00Z",
      },
    ],
  });
  expect(former).toMatchObject({
    props: { status: "deleted", username: "AdeleV@contoso.com", deletedAt: at("2026-11-01T00:00:00Z") },
  });
  // https://learn.microsoft.com/graph/api/mailfolder-list-messagerules#response-1
  const to = (address: string) => [{ emailAddress: { name: "Alex", address } }];
  const rules = conversion.of(convertMailForwarding, {
    objects: [
      {
        id: "u",
        value: [
          {
            id: "1",
            isEnabled: true,
            actions: { forwardTo: to("Alex@X.example"), redirectTo: to("b@x.example") },
          },
          { id: "2", isEnabled: false, actions: { forwardTo: to("off@x.example") } },
        ],
      },
      {
        id: "v",
        value: [
          { id: "3", isEnabled: true, actions: { moveToFolder: "f" } },
          { id: "4", isEnabled: true, actions: null },
        ],
      },
      { id: "w", value: [], gone: true },
    ],
  });
  expect(rules).toMatchObject([
    { key: "e/entra-mailbox/u", props: { forwardsTo: ["alex@x.example", "b@x.example"] } },
    { type: "OWNED_BY", to: "e/entra-user/u" },
  ]);
});
