import { describe, expect, it } from "vitest";
import type { RawPage } from "../../src/collect/index.js";
import { type GraphRecord, recordId } from "../../src/model/index.js";
import { configSchema } from "./config.js";
import { convertAccountPolicies, convertAccounts, convertKeys } from "./convert-accounts.js";
import { convertPolicies } from "./convert-policies.js";
import { convertPools } from "./convert-pools.js";
import { convertResources } from "./convert-resources.js";
import { convertRoles } from "./convert-roles.js";
import {
  ACCOUNT_POLICIES,
  ACCOUNTS,
  createMemo,
  KEYS,
  POLICIES,
  POOLS,
  RESOURCES,
  ROLES,
  type StreamName,
} from "./memo.js";
import { type Context, converting } from "./page.js";

const CONVERT: Readonly<Record<StreamName, (page: RawPage, context: Context) => Iterable<GraphRecord>>> = {
  [RESOURCES]: convertResources,
  [ACCOUNTS]: convertAccounts,
  [POLICIES]: convertPolicies,
  [ROLES]: convertRoles,
  [ACCOUNT_POLICIES]: convertAccountPolicies,
  [KEYS]: convertKeys,
  [POOLS]: convertPools,
};

/** Converts pages of one partition in the order of the streams, as the engine does. */
class Conversion {
  readonly partials: string[] = [];
  readonly rejected: string[] = [];
  readonly notes: string[] = [];
  readonly memo = createMemo();
  readonly #partition: string;
  readonly #settings: object;

  constructor(partition: string, settings: object = {}) {
    this.#partition = partition;
    this.#settings = settings;
  }

  page(stream: StreamName, page: object): readonly GraphRecord[] {
    const context: Context = {
      source: "gcp",
      partition: this.#partition,
      config: configSchema.parse(this.#settings),
      timeZone: "UTC",
      memo: this.memo,
      reject: (where, reason) => this.rejected.push(`${where}: ${reason}`),
      partial: (reason) => this.partials.push(reason),
      note: (text) => this.notes.push(text),
      total: () => {},
    };
    return [...converting(stream, CONVERT[stream])({ partition: this.#partition, ...page }, context)];
  }
}

const P = "projects/415104041262";
const shop = {
  name: P,
  parent: "folders/7",
  projectId: "lark-shop",
  state: "ACTIVE",
  labels: { owner: "ann-lee", team: "x" },
};
const project = (settings: object = {}) => {
  const conversion = new Conversion(P, settings);
  conversion.page(RESOURCES, { project: shop });
  return conversion;
};
/** https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts#ServiceAccount */
const build = {
  name: "projects/lark-shop/serviceAccounts/build@lark-shop.iam.gserviceaccount.com",
  projectId: "lark-shop",
  uniqueId: "103271949540120710052",
  email: "build@lark-shop.iam.gserviceaccount.com",
  displayName: "Builds",
  etag: "BwUp3rVlzes=",
  description: "never kept",
  oauth2ClientId: "103271949540120710052",
};
/** https://cloud.google.com/iam/docs/principal-identifiers */
const allOf = (resource: string) =>
  `ref/google-member/principalSet://cloudresourcemanager.googleapis.com/${resource}/type/ServiceAccount`;
const ids = (records: readonly GraphRecord[]) => records.map(recordId);
const find = (records: readonly GraphRecord[], id: string) =>
  records.find((record) => recordId(record) === id);

describe("resources", () => {
  it("are organisation, folders and projects, each within its parent", () => {
    const top = new Conversion("organizations/1");
    // https://cloud.google.com/resource-manager/reference/rest/v3/organizations
    const records = top.page(RESOURCES, {
      organization: {
        name: "organizations/1",
        displayName: "larkfield.example",
        directoryCustomerId: "C012ab",
        state: "ACTIVE",
        createTime: { seconds: "1709280000", nanos: 0 },
        etag: "x",
      },
      folders: [
        { name: "folders/7", parent: "organizations/1", displayName: "Products", state: "ACTIVE" },
        { name: "folders/8", parent: "folders/7", displayName: "Old", state: "DELETE_REQUESTED" },
        { name: "wrong" },
      ],
    });
    expect(ids(records)).toEqual([
      "gcp/google-organization/1",
      allOf("organizations/1"),
      "gcp/google-folder/7",
      "CONTAINS|gcp/google-organization/1|gcp/google-folder/7|",
      allOf("folders/7"),
      `MEMBER_OF|${allOf("folders/7")}|${allOf("organizations/1")}|`,
      "gcp/google-folder/8",
      "CONTAINS|gcp/google-folder/7|gcp/google-folder/8|",
    ]);
    expect(records[0]).toMatchObject({
      provider: "GoogleOrganization",
      props: { name: "larkfield.example", customerId: "C012ab", status: "active", createdAt: 1709280000000 },
    });
    expect(find(records, "gcp/google-folder/8")).toMatchObject({ props: { status: "deleteRequested" } });
    expect(find(records, allOf("folders/7"))).toMatchObject({
      label: "Group",
      props: { name: "every service account of Products", resource: "folders/7" },
    });
    expect(top.rejected).toEqual(["folder 3 of a page: name"]);
  });

  it("have owners only by labels that were agreed on", () => {
    expect(ids(new Conversion(P).page(RESOURCES, { project: shop }))).toEqual([
      "gcp/google-project/415104041262",
      "CONTAINS|gcp/google-folder/7|gcp/google-project/415104041262|",
      allOf(P),
      `MEMBER_OF|${allOf(P)}|${allOf("folders/7")}|`,
    ]);
    const owned = project({ ownerLabels: ["Owner"] });
    expect(
      find(
        owned.page(RESOURCES, { project: shop }),
        "OWNED_BY|gcp/google-project/415104041262|ref/owner-tag/ann-lee|",
      ),
    ).toMatchObject({ props: { basis: "tag", evidence: "label owner=ann-lee" } });
    expect(ids(owned.page(ACCOUNTS, { accounts: [build] }))).toContain(
      "OWNED_BY|gcp/google-service-account/103271949540120710052|ref/owner-tag/ann-lee|",
    );
  });

  it("leave nothing below a project whose deletion was requested", () => {
    const gone = new Conversion(P);
    const [node] = gone.page(RESOURCES, {
      project: { ...shop, state: "DELETE_REQUESTED" },
      gone: "its deletion was requested",
    });
    expect(node).toMatchObject({ props: { status: "deleteRequested", projectId: "lark-shop" } });
    expect(gone.page(ACCOUNTS, { accounts: [build] })).toEqual([]);
    expect(
      gone.page(POLICIES, {
        resource: P,
        policy: { bindings: [{ role: "roles/owner", members: ["allUsers"] }] },
      }),
    ).toEqual([]);
    expect(gone.notes).toEqual(["the project is gone: its deletion was requested"]);
  });
});

describe("service accounts", () => {
  it("answer to their address in policies and to their id in tokens", () => {
    const records = project().page(ACCOUNTS, {
      accounts: [{ ...build, email: "Build@lark-shop.iam.gserviceaccount.com" }],
    });
    expect(records[0]).toEqual({
      kind: "node",
      key: "gcp/google-service-account/103271949540120710052",
      label: "NonHumanIdentity",
      provider: "GoogleServiceAccount",
      aliases: [
        "build@lark-shop.iam.gserviceaccount.com",
        "oidc:accounts.google.com#103271949540120710052",
        "serviceAccount:build@lark-shop.iam.gserviceaccount.com",
      ],
      props: {
        name: "build@lark-shop.iam.gserviceaccount.com",
        displayName: "Builds",
        email: "build@lark-shop.iam.gserviceaccount.com",
        uniqueId: "103271949540120710052",
        projectId: "lark-shop",
        nhiType: "serviceAccount",
        managedBy: "customer",
        status: "enabled",
      },
    });
    expect(ids(records)[1]).toBe(
      "CONTAINS|gcp/google-project/415104041262|gcp/google-service-account/103271949540120710052|",
    );
    const [off] = project().page(ACCOUNTS, { accounts: [{ ...build, disabled: true }] });
    expect(off).toMatchObject({ props: { status: "disabled" } });
  });

  it("have keys that people made, with their dates and without last use", () => {
    const conversion = project();
    // https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts.keys#ServiceAccountKey
    const key = (id: string, more: object) => ({
      name: `${build.name}/keys/${id}`,
      validAfterTime: "2025-01-10T09:00:00Z",
      validBeforeTime: "9999-12-31T23:59:59Z",
      keyAlgorithm: "KEY_ALG_RSA_2048",
      keyOrigin: "GOOGLE_PROVIDED",
      keyType: "USER_MANAGED",
      ...more,
    });
    const records = conversion.page(KEYS, {
      account: { email: build.email, uniqueId: build.uniqueId },
      keys: [
        key("aa", { privateKeyData: "never", publicKeyData: "never" }),
        key("bb", {
          validBeforeTime: "2026-01-10T09:00:00Z",
          disabled: true,
          disableReason: "SERVICE_ACCOUNT_KEY_DISABLE_REASON_EXPOSED",
        }),
        key("cc", { keyType: "SYSTEM_MANAGED" }),
      ],
    });
    expect(records).toHaveLength(4);
    expect(records[0]).toEqual({
      kind: "node",
      key: "gcp/google-service-account-key/103271949540120710052/aa",
      label: "Credential",
      provider: "GoogleServiceAccountKey",
      props: {
        name: "aa",
        keyId: "aa",
        credentialType: "key",
        status: "active",
        origin: "GOOGLE_PROVIDED",
        createdAt: Date.UTC(2025, 0, 10, 9),
        account: build.email,
        projectId: "lark-shop",
      },
    });
    expect(records[2]).toMatchObject({
      props: {
        status: "inactive",
        expiresAt: Date.UTC(2026, 0, 10, 9),
        disableReason: "SERVICE_ACCOUNT_KEY_DISABLE_REASON_EXPOSED",
      },
    });
    expect(ids(records)[1]).toBe(
      "HAS_CREDENTIAL|gcp/google-service-account/103271949540120710052|gcp/google-service-account-key/103271949540120710052/aa|",
    );
  });

  it("are acted as by roles on themselves: predefined, and custom ones by their permissions", () => {
    const conversion = project();
    conversion.page(ACCOUNTS, { accounts: [build] });
    conversion.page(POLICIES, { resource: P, policy: { bindings: [] } });
    conversion.page(ROLES, {
      roles: [
        { name: "projects/lark-shop/roles/runner", includedPermissions: ["iam.serviceAccounts.actAs"] },
        { name: "projects/lark-shop/roles/looker", includedPermissions: ["iam.serviceAccounts.get"] },
      ],
    });
    const condition = { expression: "request.time < timestamp('2027-01-01T00:00:00Z')", title: "until 2027" };
    const bind = (role: string, member: string, more: object = {}) => ({ role, members: [member], ...more });
    const records = conversion.page(ACCOUNT_POLICIES, {
      account: { email: build.email, uniqueId: build.uniqueId },
      policy: {
        version: 3,
        bindings: [
          bind("roles/iam.serviceAccountTokenCreator", "user:ann@lark.example"),
          bind("roles/iam.serviceAccountTokenCreator", "user:ann@lark.example", { condition }),
          bind("roles/iam.serviceAccountUser", "user:ann@lark.example"),
          bind("projects/lark-shop/roles/runner", "group:runners@lark.example"),
          bind("projects/lark-shop/roles/looker", "group:lookers@lark.example"),
          bind("roles/iam.serviceAccountViewer", "user:bo@lark.example"),
        ],
      },
    });
    expect(new Set(ids(records)).size).toBe(4);
    expect(records.every((record) => record.kind === "edge" && record.type === "CAN_ASSUME")).toBe(true);
    expect(records[1]).toMatchObject({
      from: "ref/google-member/user:ann@lark.example",
      to: "gcp/google-service-account/103271949540120710052",
      props: {
        role: "roles/iam.serviceAccountTokenCreator",
        condition: condition.expression,
        conditionTitle: "until 2027",
      },
    });
    expect(conversion.partials).toEqual([]);
  });

  it("prove nothing of keys and of who acts as them where one of them was not understood", () => {
    const conversion = project();
    conversion.page(ACCOUNTS, { accounts: [build, { email: "deploy@lark-shop.iam.gserviceaccount.com" }] });
    const account = { email: build.email, uniqueId: build.uniqueId };
    for (const stream of [KEYS, ACCOUNT_POLICIES, POOLS] as const) {
      const before = conversion.partials.length;
      conversion.page(stream, { account, policy: { bindings: [] } });
      expect(conversion.partials.slice(before), stream).toHaveLength(1);
    }
    expect(conversion.partials[0]).toContain("service accounts were not all read");
    expect(conversion.rejected).toHaveLength(1);
  });

  it("are not all of a project that was not understood itself", () => {
    const conversion = new Conversion(P);
    conversion.page(ACCOUNTS, { accounts: [build] });
    expect(conversion.partials[0]).toContain("the project itself was not read");
  });

  it("are not said to be safe from a custom role that nobody could read", () => {
    const conversion = project();
    conversion.page(ACCOUNTS, { accounts: [build] });
    const policy = {
      bindings: [{ role: "organizations/1/roles/hidden", members: ["user:ann@lark.example"] }],
    };
    expect(
      conversion.page(ACCOUNT_POLICIES, {
        account: { email: build.email, uniqueId: build.uniqueId },
        policy,
      }),
    ).toEqual([]);
    expect(conversion.partials[0]).toContain("organizations/1/roles/hidden");
  });
});

/** The example of https://cloud.google.com/iam/docs/reference/rest/v1/Policy, with its conditional binding. */
const policy = {
  bindings: [
    {
      role: "roles/resourcemanager.organizationAdmin",
      members: [
        "user:mike@example.com",
        "group:admins@example.com",
        "domain:google.com",
        "serviceAccount:my-project-id@appspot.gserviceaccount.com",
      ],
    },
    {
      role: "roles/resourcemanager.organizationViewer",
      members: ["user:eve@example.com"],
      condition: {
        title: "expirable access",
        description: "Does not grant access after Sep 2020",
        expression: "request.time < timestamp('2020-10-01T00:00:00.000Z')",
      },
    },
  ],
  etag: "BwWWja0YfJA=",
  version: 3,
};

describe("policies", () => {
  it("are roles on their resource, with conditions on the edges", () => {
    const records = new Conversion("organizations/1").page(POLICIES, { resource: "organizations/1", policy });
    expect(
      ids(records)
        .filter((id) => id.startsWith("HAS_ENTITLEMENT"))
        .map((id) => id.split("|")[1]),
    ).toEqual([
      "ref/google-member/user:mike@example.com",
      "ref/google-member/group:admins@example.com",
      "ref/google-member/domain:google.com",
      "ref/google-member/serviceAccount:my-project-id@appspot.gserviceaccount.com",
      "ref/google-member/user:eve@example.com",
    ]);
    expect(
      find(records, "gcp/google-role/organization/1/roles/resourcemanager.organizationAdmin"),
    ).toMatchObject({
      label: "Entitlement",
      props: { privilege: "admin", roleType: "predefined", resource: "organizations/1" },
    });
    expect(records.at(-1)).toMatchObject({
      props: {
        condition: "request.time < timestamp('2020-10-01T00:00:00.000Z')",
        conditionTitle: "expirable access",
        conditionDescribed: true,
      },
    });
    expect(JSON.stringify(records)).not.toContain("Does not grant");
  });

  it.each([
    ["roles/owner", "basic"],
    ["roles/editor", "basic"],
    ["roles/viewer", "basic"],
    ["roles/admin", "basic"],
    ["roles/writer", "basic"],
    ["roles/reader", "basic"],
    ["roles/browser", "predefined"],
    ["roles/iam.roleAdmin", "predefined"],
    ["organizations/1/roles/reader", "custom"],
  ])("tell what kind of role %s is", (role, roleType) => {
    const [record] = project().page(POLICIES, { resource: P, policy: { bindings: [{ role }] } });
    expect(record).toMatchObject({ provider: "GoogleRole", props: { roleType } });
  });

  it("prove nothing of custom roles and pools where one was not understood, or none was read", () => {
    const conversion = project();
    conversion.page(ACCOUNTS, { accounts: [] });
    expect(() =>
      conversion.page(POLICIES, { resource: P, policy: { bindings: [{ members: ["user:a@b.example"] }] } }),
    ).toThrow();
    conversion.page(ROLES, { roles: [] });
    conversion.page(POOLS, {});
    expect(conversion.partials).toEqual([
      "not every policy was read, so where custom roles are held is not known",
      "not every policy was read, so whom they let in through pools is not known",
    ]);
    const unread = project();
    unread.page(ROLES, { roles: [] });
    expect(unread.partials).toEqual([conversion.partials[0]]);
  });

  it("keep two bindings of one role under two conditions apart", () => {
    const bind = (expression: string | undefined) => ({
      role: "roles/editor",
      members: ["user:ann@lark.example"],
      ...(expression === undefined ? {} : { condition: { expression, title: "t" } }),
    });
    const records = project().page(POLICIES, {
      resource: P,
      policy: { version: 3, bindings: [bind(undefined), bind("a"), bind("b")] },
    });
    const edges = ids(records).filter((id) => id.startsWith("HAS_ENTITLEMENT"));
    expect(new Set(edges).size).toBe(3);
    expect(edges[0]?.endsWith("|")).toBe(true);
  });

  it("say where a role lets one act as every account inside", () => {
    const conversion = project();
    const bindings = [
      "roles/owner",
      "roles/editor",
      "roles/viewer",
      "roles/iam.serviceAccountUser",
      "projects/lark-shop/roles/x",
    ].map((role) => ({ role, members: ["user:ann@lark.example"] }));
    const records = conversion.page(POLICIES, { resource: P, policy: { version: 1, bindings } });
    const confers = records.flatMap((record) =>
      record.kind === "node" && record.provider === "GoogleRole"
        ? [`${String(record.props.role)} ${String(record.props.confers)}`]
        : [],
    );
    expect(confers).toEqual([
      "roles/owner impersonate",
      "roles/editor impersonate",
      "roles/viewer undefined",
      "roles/iam.serviceAccountUser impersonate",
      "projects/lark-shop/roles/x undefined",
    ]);
    const [refined] = conversion.page(ROLES, {
      roles: [
        {
          name: "projects/lark-shop/roles/x",
          title: "Runner",
          includedPermissions: ["iam.serviceAccounts.actAs"],
        },
      ],
    });
    expect(refined).toMatchObject({
      key: "gcp/google-role/project/415104041262/projects/lark-shop/roles/x",
      props: {
        title: "Runner",
        privilege: "privileged",
        confers: "impersonate",
        privilegeWhy: "it includes iam.serviceAccounts.actAs",
      },
    });
  });

  it("know the project's own accounts, and describe whom Google owns and everybody", () => {
    const conversion = project();
    conversion.page(ACCOUNTS, { accounts: [build] });
    const members = [
      "serviceAccount:BUILD@lark-shop.iam.gserviceaccount.com",
      "serviceAccount:other@lark-data.iam.gserviceaccount.com",
      "serviceAccount:service-415104041262@gcp-sa-pubsub.iam.gserviceaccount.com",
      "deleted:serviceAccount:build@lark-shop.iam.gserviceaccount.com?uid=1",
      "allUsers",
    ];
    const records = conversion.page(POLICIES, {
      resource: P,
      policy: { bindings: [{ role: "roles/viewer", members }] },
    });
    const holders = ids(records)
      .filter((id) => id.startsWith("HAS_ENTITLEMENT"))
      .map((id) => id.split("|")[1]);
    expect(holders).toEqual([
      "gcp/google-service-account/103271949540120710052",
      "ref/google-member/serviceAccount:other@lark-data.iam.gserviceaccount.com",
      "ref/google-member/serviceAccount:service-415104041262@gcp-sa-pubsub.iam.gserviceaccount.com",
      "ref/google-member/deleted:serviceAccount:build@lark-shop.iam.gserviceaccount.com?uid=1",
      "gcp/google-public/allUsers",
    ]);
    expect(find(records, holders[2] ?? "")).toMatchObject({
      label: "NonHumanIdentity",
      provider: "GoogleServiceAgent",
      props: { managedBy: "provider" },
    });
    expect(find(records, "gcp/google-public/allUsers")).toMatchObject({
      label: "Group",
      provider: "GooglePublic",
    });
  });

  it("name nobody wrongly where the accounts could not be listed", () => {
    const conversion = project();
    const bindings = [
      {
        role: "roles/viewer",
        members: ["serviceAccount:build@lark-shop.iam.gserviceaccount.com", "user:ann@lark.example"],
      },
    ];
    const records = conversion.page(POLICIES, { resource: P, policy: { bindings } });
    expect(ids(records).filter((id) => id.startsWith("HAS_ENTITLEMENT"))).toHaveLength(1);
    expect(conversion.partials[0]).toContain("service accounts were not all listed");
  });

  it("make a group of the holders of a basic role where a policy speaks of them", () => {
    const conversion = project();
    conversion.page(ACCOUNTS, { accounts: [build] });
    const bindings = [
      { role: "roles/owner", members: ["user:ann@lark.example"] },
      { role: "roles/viewer", members: ["projectOwner:lark-shop", "projectOwner:lark-data"] },
    ];
    const records = conversion.page(POLICIES, { resource: P, policy: { bindings } });
    const owners = "gcp/google-basic-role/415104041262/roles/owner";
    expect(find(records, owners)).toMatchObject({
      provider: "GoogleBasicRole",
      aliases: ["projectOwner:lark-shop"],
    });
    expect(ids(records)).toContain(`MEMBER_OF|ref/google-member/user:ann@lark.example|${owners}|`);
    expect(ids(records)).toContain(
      `HAS_ENTITLEMENT|${owners}|gcp/google-role/project/415104041262/roles/viewer|`,
    );
    expect(ids(records)).toContain(
      "HAS_ENTITLEMENT|ref/google-member/projectOwner:lark-data|gcp/google-role/project/415104041262/roles/viewer|",
    );
  });

  it("are not taken for whole where Google masked the conditions", () => {
    const conversion = project();
    conversion.page(POLICIES, {
      resource: P,
      policy: {
        version: 1,
        bindings: [{ role: "roles/editor_withcond_0123", members: ["user:a@x.example"] }],
      },
    });
    expect(conversion.partials).toHaveLength(1);
  });
});

describe("workload identity pools", () => {
  const POOL = `${P}/locations/global/workloadIdentityPools/ci`;
  const principal = (rest: string, set = false) =>
    `principal${set ? "Set" : ""}://iam.googleapis.com/${POOL}/${rest}`;
  const sameAs = (members: readonly string[], providers: readonly object[], pool: object = {}) => {
    const conversion = project();
    conversion.page(ACCOUNT_POLICIES, {
      account: { email: build.email, uniqueId: build.uniqueId },
      policy: { bindings: [{ role: "roles/iam.workloadIdentityUser", members }] },
    });
    // https://cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools.providers
    const records = conversion.page(POOLS, {
      pool: { name: POOL, displayName: "CI", state: "ACTIVE", ...pool },
      providers: providers.map((provider, at) => ({
        name: `${POOL}/providers/p${at}`,
        state: "ACTIVE",
        ...provider,
      })),
    });
    return {
      records,
      edges: records.flatMap((r) =>
        r.kind === "edge" && r.type === "SAME_AS" ? [`${r.from} -> ${r.to}`] : [],
      ),
    };
  };
  const github = {
    oidc: { issuerUri: "https://Token.Actions.GithubUserContent.com/" },
    attributeMapping: { "google.subject": "assertion.sub", "attribute.repo": "assertion.repository" },
  };

  it("tie a subject to the identity whose token it is", () => {
    const member = principal("subject/repo:lark/app:ref:refs/heads/main");
    const { records, edges } = sameAs(
      [member],
      [{ ...github, attributeCondition: "assertion.repository_owner == 'lark'" }],
    );
    expect(edges).toEqual([
      `ref/oidc/token.actions.githubusercontent.com#repo:lark/app:ref:refs/heads/main -> ref/google-member/${member}`,
    ]);
    expect(records.at(-1)).toMatchObject({
      props: { condition: "assertion.repository_owner == 'lark'", providerName: `${POOL}/providers/p0` },
    });
    expect(records[0]).toMatchObject({
      label: "Resource",
      provider: "GoogleWorkloadPool",
      props: {
        name: "CI",
        status: "enabled",
        providers: ["p0: OIDC https://Token.Actions.GithubUserContent.com/"],
      },
    });
  });

  it("keep the path of an issuer, as tenants of Entra have one", () => {
    const entra = { ...github, oidc: { issuerUri: "https://sts.windows.net/0f1e-22/" } };
    expect(sameAs([principal("subject/77")], [entra]).edges[0]).toMatch(
      /^ref\/oidc\/sts\.windows\.net\/0f1e-22#77 /,
    );
  });

  it("tie a group of Entra to those whose tokens name it, and no group of another issuer", () => {
    const id = "3F2504E0-4f89-41d3-9a0c-0305e82c3301";
    const group = principal(`group/${id}`, true);
    const tenant = "9f0c7a3e-1111-4222-8333-444455556666";
    const entra = (issuerUri: string, groups = "assertion.groups") => ({
      oidc: { issuerUri },
      attributeMapping: { "google.subject": "assertion.sub", "google.groups": groups },
    });
    for (const issuer of [
      `https://login.microsoftonline.com/${tenant}/v2.0`,
      `https://sts.windows.net/${tenant}/`,
    ])
      expect(sameAs([group], [entra(issuer)]).edges).toEqual([
        `ref/entra-object/${id.toLowerCase()} -> ref/google-member/${group}`,
      ]);
    const own = `https://login.microsoftonline.com/${tenant}/v2.0`;
    expect(sameAs([group], [entra("https://gitlab.example")]).edges).toEqual([]);
    expect(sameAs([group], [entra("https://login.microsoftonline.com/common/v2.0")]).edges).toEqual([]);
    expect(sameAs([group], [entra(own, "assertion.roles")]).edges).toEqual([]);
    expect(sameAs([principal("group/engineering", true)], [entra(own)]).edges).toEqual([]);
    expect(sameAs([group], [github]).edges).toEqual([]);
  });

  it("tie an AWS role by the default mapping of its account's provider", () => {
    const arn = "arn:aws:sts::111122223333:assumed-role/deploy";
    const role = principal(`attribute.aws_role/${arn}`, true);
    const aws = { aws: { accountId: "111122223333" } };
    expect(sameAs([role], [aws]).edges).toEqual([`ref/aws-arn/${arn} -> ref/google-member/${role}`]);
    expect(sameAs([role], [{ aws: { accountId: "999900001111" } }]).edges).toEqual([]);
    expect(
      sameAs([role], [{ ...aws, attributeMapping: { "google.subject": "assertion.arn" } }]).edges,
    ).toEqual([]);
    const user = "arn:aws:iam::111122223333:user/ann";
    expect(sameAs([principal(`subject/${user}`)], [aws]).edges[0]).toContain(`ref/aws-arn/${user} -> `);
    // A session's name is whatever its maker says.
    expect(sameAs([principal(`subject/${arn}/session`)], [aws]).edges).toEqual([]);
  });

  it("guess nothing of other mappings and sets, and tie nothing that is switched off", () => {
    const member = principal("subject/s");
    expect(
      sameAs([member], [{ ...github, attributeMapping: { "google.subject": "'x' + assertion.sub" } }]).edges,
    ).toEqual([]);
    expect(
      sameAs([principal("attribute.repo/lark/app", true), principal("*", true)], [github]).edges,
    ).toEqual([]);
    expect(sameAs([member], [{ ...github, disabled: true }]).edges).toEqual([]);
    expect(sameAs([member], [github], { disabled: true }).edges).toEqual([]);
    expect(sameAs([member], [github], { state: "DELETED" }).edges).toEqual([]);
  });
});
