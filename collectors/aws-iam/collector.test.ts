import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  ACCOUNT,
  ADMIN,
  adminPolicy,
  arnOf,
  attached,
  CREATED,
  document,
  GENERATED,
  group,
  IamFolder,
  inline,
  keys,
  OTHER,
  policy,
  report,
  role,
  root,
  row,
  statement,
  trusts,
  user,
} from "../../test/support/aws-iam.js";

let folder: IamFolder;
beforeEach(async () => {
  folder = await IamFolder.create();
});
afterEach(async () => {
  await folder.remove();
});

const ann = "aws/aws-user/AIDAANN";
const policyKey = (arn: string, account = ACCOUNT) => `aws/aws-policy/${account}/${arn}`;
const at = Date.parse;

describe("account-authorization, as the command line prints it", () => {
  const custom = arnOf("policy", "readers");
  const page = {
    UserDetailList: [
      user("ann", {
        GroupList: ["devs"],
        AttachedManagedPolicies: [attached(ADMIN)],
        UserPolicyList: [inline("mine", document(statement("Allow", "s3:GetObject")))],
        Tags: [
          { Key: "Email", Value: "Ann.Ames@Example.com" },
          { Key: "owner", Value: "team-platform" },
        ],
      }),
    ],
    GroupDetailList: [group("devs", { AttachedManagedPolicies: [attached(custom)] })],
    RoleDetailList: [role("deploy", trusts({ AWS: arnOf("user", "ann") }))],
    Policies: [
      adminPolicy,
      policy(custom, document(statement("Allow", ["s3:Get*"]))),
      policy("arn:aws:iam::aws:policy/NobodyHoldsThis", document(statement("Allow", "*"))),
    ],
  };

  it("becomes accounts, groups, roles, entitlements and their edges, in the partition that the ARNs name", async () => {
    const read = await folder.replay({ "account-authorization": page });
    expect(read.read("account-authorization")).toMatchObject({
      verdict: "complete",
      partition: ACCOUNT,
      counts: { AwsUser: 1, AwsGroup: 1, AwsRole: 1, AwsPolicy: 1, AwsManagedPolicy: 1, AwsInlinePolicy: 1 },
    });
    expect(read.props(ann)).toMatchObject({
      name: "ann",
      username: "ann",
      email: "ann.ames@example.com",
      status: "unknown",
      createdAt: at(CREATED),
      effectivePrivilege: "admin",
      effectivePrivilegeWhy: "AdministratorAccess allows * on *",
    });
    expect(read.aliases(ann)).toEqual(["ann.ames@example.com", arnOf("user", "ann")]);
    expect(read.edges("MEMBER_OF")).toEqual(["aws-user/AIDAANN -> aws-group/AGPADEVS"]);
    expect(read.edges("HAS_ENTITLEMENT")).toEqual([
      `aws-group/AGPADEVS -> aws-policy/${ACCOUNT}/${custom}`,
      `aws-user/AIDAANN -> aws-policy/${ACCOUNT}/${ADMIN}`,
      `aws-user/AIDAANN -> aws-policy/${ACCOUNT}/inline:AIDAANN:mine`,
    ]);
    expect(read.edges("ON")).toHaveLength(3);
    expect(read.edges("CONTAINS")).toEqual([`aws-account/${ACCOUNT} -> aws-role/AROADEPLOY`]);
    expect(read.edges("CAN_ASSUME")).toEqual(["aws-user/AIDAANN -> aws-role/AROADEPLOY"]);
    expect(read.edges("OWNED_BY")).toEqual(["aws-user/AIDAANN -> ref/owner-tag/team-platform"]);
    expect(read.props(policyKey(custom))).toMatchObject({ privilege: "read", policyType: "customerManaged" });
    expect(read.props(policyKey(custom))?.privilegeWhy).toMatch(/^readers allows s3:Get\w+: read access$/);
    expect(read.keys("AwsManagedPolicy")).toEqual([policyKey(ADMIN)]);
  });

  it("comes to the same from URL-encoded documents, and from pages", async () => {
    const encoded = (value: unknown) => encodeURIComponent(JSON.stringify(value));
    const whole = await folder.replay({ "account-authorization": page });
    const paged = await folder.replay({
      "account-authorization": [
        { UserDetailList: page.UserDetailList, IsTruncated: true, Marker: "m" },
        {
          GroupDetailList: page.GroupDetailList,
          RoleDetailList: [role("deploy", encoded(trusts({ AWS: arnOf("user", "ann") })))],
          IsTruncated: true,
          Marker: "n",
        },
        {
          Policies: [adminPolicy, policy(custom, encoded(document(statement("Allow", ["s3:Get*"]))))],
          IsTruncated: false,
        },
      ],
    });
    expect(paged.read("account-authorization").verdict).toBe("complete");
    expect(paged.records.map(({ record }) => JSON.stringify(record)).sort()).toEqual(
      whole.records.map(({ record }) => JSON.stringify(record)).sort(),
    );
  });

  it("is partial where the page says that more would follow, and names no group that it did not see", async () => {
    const read = await folder.replay({
      "account-authorization": { UserDetailList: page.UserDetailList, NextToken: "more" },
    });
    expect(read.read("account-authorization").verdict).toBe("partial");
    expect(read.edges("MEMBER_OF")).toEqual([]);
    // The group may hold a Deny; the managed policy was not seen at all.
    expect(read.props(ann)).toMatchObject({ effectivePrivilege: "unknown" });
  });

  it("keeps a group that a complete read does not list", async () => {
    const read = await folder.replay({
      "account-authorization": { UserDetailList: [user("ann", { GroupList: ["ghosts"] })] },
    });
    expect(read.edges("MEMBER_OF")).toEqual([`aws-user/AIDAANN -> ref/aws-arn/${arnOf("group", "ghosts")}`]);
  });

  it("reads the default version of a managed policy only", async () => {
    const versions = (...list: [string, unknown, boolean][]) => ({
      DefaultVersionId: list.find(([, , isDefault]) => isDefault)?.[0],
      PolicyVersionList: list.map(([VersionId, Document, IsDefaultVersion]) => ({
        VersionId,
        Document,
        IsDefaultVersion,
      })),
    });
    const strong = document(statement("Allow", "*"));
    const weak = document(statement("Allow", "s3:GetObject"));
    const read = await folder.replay({
      "account-authorization": {
        UserDetailList: [user("ann", { AttachedManagedPolicies: [attached(custom)] })],
        Policies: [policy(custom, undefined, versions(["v1", strong, false], ["v2", weak, true]))],
      },
    });
    expect(read.props(policyKey(custom))).toMatchObject({ privilege: "read" });
    expect(read.props(ann)).toMatchObject({ effectivePrivilege: "read" });
  });

  it("does not take Allow * with Deny * for an administrator, whoever says the Deny", async () => {
    const read = await folder.replay({
      "account-authorization": {
        UserDetailList: [
          user("ann", { AttachedManagedPolicies: [attached(ADMIN)], GroupList: ["stopped"] }),
          user("bob", {
            AttachedManagedPolicies: [attached(ADMIN)],
            PermissionsBoundary: { PermissionsBoundaryType: "Policy", PermissionsBoundaryArn: custom },
          }),
          user("cid", { AttachedManagedPolicies: [attached(ADMIN)] }),
        ],
        GroupDetailList: [
          group("stopped", { GroupPolicyList: [inline("stop", document(statement("Deny", "*")))] }),
        ],
        Policies: [adminPolicy, policy(custom, document(statement("Allow", "s3:Get*")))],
      },
    });
    expect(read.props(ann)).toMatchObject({
      effectivePrivilege: "unknown",
      limitedBy: ["explicit Deny in stop"],
    });
    expect(read.props("aws/aws-user/AIDABOB")).toMatchObject({
      effectivePrivilege: "read",
      limitedBy: [`permissions boundary ${custom}`],
    });
    expect(read.props("aws/aws-user/AIDACID")).toMatchObject({ effectivePrivilege: "admin" });
    // The policy itself stays what it is.
    expect(read.props(policyKey(ADMIN))).toMatchObject({ privilege: "admin" });
  });

  it("keeps two accounts apart: the same policy is two entitlements", async () => {
    const of = (account: string, name: string) => ({
      UserDetailList: [user(name, { AttachedManagedPolicies: [attached(ADMIN)] }, account)],
      Policies: [adminPolicy],
    });
    const read = await folder.replay({ "account-authorization": [of(ACCOUNT, "ann"), of(OTHER, "bob")] });
    expect(read.keys("AwsManagedPolicy")).toEqual([policyKey(ADMIN), policyKey(ADMIN, OTHER)]);
    expect(read.edges("ON")).toEqual([
      `aws-policy/${ACCOUNT}/${ADMIN} -> aws-account/${ACCOUNT}`,
      `aws-policy/${OTHER}/${ADMIN} -> aws-account/${OTHER}`,
    ]);
    expect(read.read("account-authorization", OTHER)).toMatchObject({
      verdict: "complete",
      counts: { AwsUser: 1 },
    });
  });

  it("reads every account of a page that holds several, each for itself", async () => {
    const read = await folder.replay({
      "account-authorization": {
        UserDetailList: [user("ann", { AttachedManagedPolicies: [attached(ADMIN)] }), user("bob", {}, OTHER)],
        RoleDetailList: [role("deploy", trusts({ AWS: arnOf("user", "ann") }), {}, OTHER)],
        Policies: [adminPolicy],
      },
      "credential-report": report([row("ann"), row("bob", {}, OTHER)]),
    });
    expect(read.keys("AwsUser")).toEqual([ann, "aws/aws-user/AIDABOB"]);
    expect(read.read("account-authorization")).toMatchObject({ verdict: "complete", counts: { AwsUser: 1 } });
    expect(read.read("account-authorization", OTHER)).toMatchObject({
      verdict: "complete",
      counts: { AwsUser: 1, AwsRole: 1 },
    });
    for (const account of [ACCOUNT, OTHER]) {
      expect(read.read("credential-report", account)).toMatchObject({ verdict: "complete" });
    }
  });

  it("rejects what is of another account than the one that the page says it is of", async () => {
    const read = await folder.replay({
      "account-authorization": { AccountId: ACCOUNT, UserDetailList: [user("ann"), user("bob", {}, OTHER)] },
    });
    expect(read.keys("AwsUser")).toEqual([ann]);
    expect(read.read("account-authorization")).toMatchObject({
      verdict: "partial",
      rejected: [{ where: "page 1, user 2", reason: `it is not of account ${ACCOUNT}` }],
    });
  });

  it("says which entry is malformed, and goes on; a policy that cannot be read makes the read partial", async () => {
    const read = await folder.replay({
      "account-authorization": {
        UserDetailList: [user("ann"), { UserName: "bad", Arn: arnOf("user", "bad") }],
        Policies: [policy(custom, "%7Bnot json")],
      },
    });
    expect(read.keys("AwsUser")).toEqual([ann]);
    expect(read.read("account-authorization")).toMatchObject({ verdict: "partial", rejectedCount: 1 });
    expect(read.read("account-authorization").reason).toContain(`policy ${custom} is not a policy document`);
    expect(read.props(policyKey(custom))).toMatchObject({
      privilege: "unknown",
      privilegeWhy: "not read: readers",
    });
  });

  it("takes owners and addresses from tags, in any case and under configured names", async () => {
    const recording = {
      "account-authorization": {
        UserDetailList: [
          user("ann", { Tags: [{ Key: "kontakt", Value: "ANN@example.com" }] }),
          user("Bo@Example.com"),
        ],
        RoleDetailList: [
          role("batch", trusts({ Service: "lambda.amazonaws.com" }), {
            Tags: [{ Key: "OWNER", Value: "Ann@Example.com / bob@example.com" }],
          }),
        ],
      },
    };
    const read = await folder.replay(recording, { settings: { emailTags: ["Kontakt"] } });
    expect(read.props(ann)).toMatchObject({ email: "ann@example.com" });
    expect(read.props("aws/aws-user/AIDABO@EXAMPLE.COM")).toMatchObject({ email: "bo@example.com" });
    expect(read.edges("OWNED_BY")).toEqual([
      "aws-role/AROABATCH -> ref/email/ann@example.com",
      "aws-role/AROABATCH -> ref/email/bob@example.com",
    ]);
    const owned = read.records.find(({ record }) => record.kind === "edge" && record.type === "OWNED_BY");
    expect(owned?.record.props).toEqual({
      basis: "tag",
      evidence: "tag OWNER=Ann@Example.com / bob@example.com",
    });
  });
});

it("takes none of several addresses of a user for the user's own", async () => {
  const two = { UserName: "team", UserId: "AIDATEAM", Arn: arnOf("user", "team"), Path: "/" };
  const tags = [{ Key: "email", Value: "ann@example.com, bob@example.com" }];
  const read = await folder.replay({
    "account-authorization": { UserDetailList: [{ ...two, Tags: tags }] },
  });
  expect(read.props("aws/aws-user/AIDATEAM")?.email).toBeUndefined();
  expect(read.aliases("aws/aws-user/AIDATEAM")).toEqual(
    expect.arrayContaining(["ann@example.com", "bob@example.com"]),
  );
});

describe("roles", () => {
  it("are the provider's where AWS makes them", async () => {
    const trust = trusts({ Service: "ec2.amazonaws.com" });
    const linked = { Path: "/aws-service-role/autoscaling.amazonaws.com/" };
    const sso = { Path: "/aws-reserved/sso.amazonaws.com/" };
    const read = await folder.replay({
      "account-authorization": {
        RoleDetailList: [
          role("AWSServiceRoleForAutoScaling", trust, linked),
          role("AWSReservedSSO_Admin_1a2b", trust, sso),
          role("plain", trust, {
            Path: "/service-role/",
            RoleLastUsed: { LastUsedDate: GENERATED, Region: "eu-west-1" },
          }),
        ],
      },
    });
    const managedBy = (id: string) => read.props(`aws/aws-role/AROA${id}`)?.managedBy;
    expect(managedBy("AWSSERVICEROLEFORAUTOSCALING")).toBe("provider");
    expect(managedBy("AWSRESERVEDSSO_ADMIN_1A2B")).toBe("provider");
    expect(managedBy("PLAIN")).toBe("customer");
    expect(read.props("aws/aws-role/AROAPLAIN")).toMatchObject({
      nhiType: "role",
      lastUsedAt: at(GENERATED),
    });
  });
});

describe("the credential report and the listing of keys", () => {
  const authorization = { UserDetailList: [user("ann")] };
  const slot1 = (active: string, rotated = CREATED, used = "N/A") => ({
    access_key_1_active: active,
    access_key_1_last_rotated: rotated,
    access_key_1_last_used_date: used,
  });
  const status = async (cells: Readonly<Record<string, string>>) =>
    (
      await folder.replay({
        "account-authorization": authorization,
        "credential-report": report([row("ann", cells)]),
      })
    ).props(ann)?.status;

  it("say enabled with a password or an active key, disabled when neither is there, else unknown", async () => {
    expect(await status({ password_enabled: "true" })).toBe("enabled");
    expect(await status(slot1("true"))).toBe("enabled");
    expect(await status(slot1("false"))).toBe("disabled");
    expect(await status({ password_enabled: "TRUE", ...slot1("FALSE") })).toBe("enabled");
    expect(await status({ password_enabled: "not_supported" })).toBe("unknown");
    expect(await status({ access_key_2_active: "N/A" })).toBe("unknown");
    const unread = await folder.replay({ "account-authorization": authorization });
    expect(unread.props(ann)?.status).toBe("unknown");
  });

  it("take the latest of password and all keys as the last use", async () => {
    const read = await folder.replay({
      "account-authorization": authorization,
      "credential-report": report([
        row("ann", {
          password_enabled: "true",
          password_last_used: "2026-01-05T00:00:00+00:00",
          mfa_active: "true",
          ...slot1("true", CREATED, "2026-03-09T10:00:00+00:00"),
          access_key_2_last_used_date: "2026-02-01T00:00:00+00:00",
        }),
      ]),
    });
    expect(read.props(ann)).toMatchObject({
      lastLoginAt: at("2026-03-09T10:00:00Z"),
      mfa: true,
      consolePassword: true,
      accountType: "unknown",
    });
    expect(read.read("credential-report")).toMatchObject({ verdict: "complete", dataTime: at(GENERATED) });
  });

  it("take N/A, no_information and not_supported for unknown, never for a date", async () => {
    const read = await folder.replay({
      "account-authorization": authorization,
      "credential-report": report([
        row("ann", { password_last_used: "no_information", ...slot1("true", "not_supported", "N/A") }),
      ]),
    });
    expect(read.props(ann)).not.toHaveProperty("lastLoginAt");
    expect(read.props("aws/aws-access-key/AIDAANN~1")).toEqual({
      name: "access key 1 of ann",
      credentialType: "accessKey",
      status: "active",
      slot: 1,
    });
  });

  it("make keys without a console password evidence for a service account, and no more", async () => {
    const read = await folder.replay({
      "account-authorization": authorization,
      "credential-report": report([row("ann", slot1("true"))]),
    });
    expect(read.props(ann)).toMatchObject({
      accountType: "service",
      accountTypeEvidence: "it has access keys and no console password",
    });
    const gone = await folder.replay({
      "account-authorization": authorization,
      "credential-report": report([row("ann", slot1("true"))]),
      "access-keys": [{ UserName: "ann", AccessKeyMetadata: [] }],
    });
    expect(gone.props(ann)?.accountType).toBe("unknown");
  });

  it("tie a row to the user with its ARN and its creation time, and pass over one whose name was used again", async () => {
    const read = await folder.replay({
      "account-authorization": { UserDetailList: [user("ann", { CreateDate: "2026-11-20T00:00:00Z" })] },
      "credential-report": report([row("ann", { password_enabled: "true", ...slot1("true") })]),
    });
    // Its name belongs to a younger user by now, so it cannot be there any more, and is no account beside her.
    expect(read.keys("AwsUser")).toEqual([ann]);
    expect(read.props(ann)).toMatchObject({ status: "unknown" });
    expect(read.props(ann)).not.toHaveProperty("consolePassword");
    expect(read.keys("AwsAccessKey")).toEqual([]);
    expect(read.read("credential-report").verdict).toBe("complete");
  });

  it("know by a row of a younger user with its ARN that a user is gone, and keep the younger one", async () => {
    const read = await folder.replay({
      "account-authorization": authorization,
      "credential-report": report([
        row("ann", { user_creation_time: "2026-11-20T00:00:00+00:00", password_enabled: "true" }),
      ]),
      "access-keys": [keys("ann", ["AKIANEW", "Active", "2026-11-20T01:00:00+00:00"])],
    });
    const younger = `aws/aws-user/${arnOf("user", "ann")}~2026-11-20T00:00:00Z`;
    expect(read.keys("AwsUser")).toEqual([ann, younger]);
    expect(read.props(ann)).toMatchObject({ status: "deleted" });
    expect(read.props(younger)).toMatchObject({ status: "enabled", consolePassword: true });
    // Who has the name now has the keys that are listed by it.
    expect(read.edges("HAS_CREDENTIAL")).toEqual([
      `${younger.slice("aws/".length)} -> aws-access-key/AKIANEW`,
    ]);
  });

  it("keep a user that only the report knows, and know it again when it is listed", async () => {
    const rows = report([row("ann", slot1("true")), row("eve", { password_enabled: "true" })]);
    const eve = `aws/aws-user/${arnOf("user", "eve")}~2024-03-01T09:00:00Z`;
    const both = await folder.replay({ "account-authorization": authorization, "credential-report": rows });
    expect(both.keys("AwsUser")).toEqual([ann, eve]);
    expect(both.props(eve)).toMatchObject({
      name: "eve",
      username: "eve",
      status: "enabled",
      createdAt: at(CREATED),
    });
    expect(both.aliases(eve)).toEqual([arnOf("user", "eve")]);
    const later = await folder.replay({
      "account-authorization": { UserDetailList: [user("ann"), user("eve")] },
      "credential-report": rows,
    });
    expect(later.keys("AwsUser")).toEqual([ann, "aws/aws-user/AIDAEVE"]);
    expect(later.aliases("aws/aws-user/AIDAEVE")).toContain(eve);
    const alone = await folder.replay({ "credential-report": rows });
    expect(alone.read("account-authorization").verdict).toBe("failed");
    expect(alone.keys("AwsUser")).toHaveLength(2);
  });

  it("do not make users of rows whose users may stand on a page that was not read", async () => {
    const read = await folder.replay({
      "account-authorization": { ...authorization, NextToken: "more" },
      "credential-report": report([row("ann", { password_enabled: "true" }), row("eve")]),
    });
    expect(read.keys("AwsUser")).toEqual([ann]);
    expect(read.props(ann)?.status).toBe("enabled");
    expect(read.read("credential-report")).toMatchObject({ verdict: "partial" });
  });

  it("key a credential by user and slot, and by its id once that is read: the same key", async () => {
    const rows = report([row("ann", slot1("true", CREATED, GENERATED))]);
    const slot = "aws/aws-access-key/AIDAANN~1";
    const before = await folder.replay({ "account-authorization": authorization, "credential-report": rows });
    expect(before.keys("AwsAccessKey")).toEqual([slot]);
    expect(before.props(slot)).toMatchObject({
      status: "active",
      rotatedAt: at(CREATED),
      lastUsedAt: at(GENERATED),
    });
    expect(before.edges("HAS_CREDENTIAL")).toEqual(["aws-user/AIDAANN -> aws-access-key/AIDAANN~1"]);

    const after = await folder.replay({
      "account-authorization": authorization,
      "credential-report": rows,
      "access-keys": [keys("ann", ["AKIA1", "Active"])],
    });
    expect(after.keys("AwsAccessKey")).toEqual(["aws/aws-access-key/AKIA1"]);
    expect(after.aliases("aws/aws-access-key/AKIA1")).toContain(slot);
    expect(after.props("aws/aws-access-key/AKIA1")).toMatchObject({
      status: "active",
      createdAt: at(CREATED),
      lastUsedAt: at(GENERATED),
    });
    expect(after.edges("HAS_CREDENTIAL")).toEqual(["aws-user/AIDAANN -> aws-access-key/AKIA1"]);
  });

  it("let the listing win over an older report, both ways", async () => {
    const off = await folder.replay({
      "account-authorization": authorization,
      "credential-report": report([row("ann", slot1("true"))]),
      "access-keys": [keys("ann", ["AKIA1", "Inactive"])],
    });
    expect(off.props(ann)?.status).toBe("disabled");
    expect(off.props("aws/aws-access-key/AKIA1")?.status).toBe("inactive");
    const on = await folder.replay({
      "account-authorization": authorization,
      "credential-report": report([row("ann")]),
      "access-keys": [keys("ann", ["AKIA2", "Active"])],
    });
    expect(on.props(ann)?.status).toBe("enabled");
  });

  it("do not say disabled without having read the password", async () => {
    const read = await folder.replay({
      "account-authorization": authorization,
      "access-keys": [keys("ann", ["AKIA1", "Inactive"])],
    });
    expect(read.props(ann)?.status).toBe("unknown");
    const active = await folder.replay({
      "account-authorization": authorization,
      "access-keys": [keys("ann", ["AKIA1", "Active"])],
    });
    expect(active.props(ann)?.status).toBe("enabled");
  });

  it("read root as a break-glass account with its keys and MFA", async () => {
    const read = await folder.replay({
      "account-authorization": authorization,
      "credential-report": report([
        root({ mfa_active: "true", ...slot1("true"), password_last_used: "2026-05-01T00:00:00+00:00" }),
        row("ann"),
      ]),
    });
    const key = `aws/aws-root/${ACCOUNT}`;
    expect(read.props(key)).toMatchObject({
      accountType: "breakGlass",
      mfa: true,
      status: "enabled",
      lastLoginAt: at("2026-05-01T00:00:00Z"),
    });
    expect(read.props(key)).not.toHaveProperty("consolePassword");
    expect(read.edges("HAS_CREDENTIAL")).toEqual([`aws-root/${ACCOUNT} -> aws-access-key/${ACCOUNT}~1`]);
    const quiet = await folder.replay({
      "account-authorization": authorization,
      "credential-report": report([root()]),
    });
    expect(quiet.props(key)?.status).toBe("unknown");
  });

  it("reject a row of another account than the one they are of, and say which line", async () => {
    const read = await folder.replay({
      "account-authorization": authorization,
      "credential-report": { AccountId: ACCOUNT, ...report([row("ann"), row("bob", {}, OTHER)]) },
    });
    expect(read.read("credential-report")).toMatchObject({
      verdict: "partial",
      rejected: [{ where: "line 3", reason: `it is not of account ${ACCOUNT}` }],
    });
  });

  it("do not take a report that is none for an empty one", async () => {
    const read = await folder.replay({
      "account-authorization": authorization,
      "credential-report": { AccountId: ACCOUNT, Content: Buffer.from("<html>").toString("base64") },
    });
    expect(read.read("credential-report").verdict).toBe("partial");
    expect(read.props(ann)?.status).toBe("unknown");
  });

  it("keep signing certificates too", async () => {
    const read = await folder.replay({
      "account-authorization": authorization,
      "credential-report": report([row("ann", { cert_1_active: "true", cert_1_last_rotated: CREATED })]),
    });
    expect(read.keys("AwsSigningCertificate")).toEqual(["aws/aws-signing-certificate/AIDAANN~1"]);
  });

  it("keep keys of a user who is known by name only", async () => {
    const read = await folder.replay({
      "account-authorization": authorization,
      "access-keys": [keys("zoe", ["AKIA9", "Active"])],
    });
    expect(read.edges("HAS_CREDENTIAL")).toEqual([
      `ref/aws-arn/${arnOf("user", "zoe")} -> aws-access-key/AKIA9`,
    ]);
  });
});

describe("account-summary", () => {
  const authorization = { UserDetailList: [user("ann")], RoleDetailList: [role("r", trusts({ AWS: "*" }))] };

  it("is held against what was read", async () => {
    const read = await folder.replay({
      "account-authorization": authorization,
      "account-summary": { SummaryMap: { Users: 2, Roles: 1, Groups: 0, Policies: 0, UsersQuota: 5000 } },
    });
    expect(read.read("account-authorization")).toMatchObject({
      verdict: "partial",
      reason: "the system counts 2 AwsUser, and 1 were read",
      totals: { AwsUser: 2, AwsRole: 1, AwsGroup: 0, AwsPolicy: 0 },
    });
  });

  it("leaves totals unchecked where it is missing", async () => {
    const read = await folder.replay({ "account-authorization": authorization });
    expect(read.read("account-authorization").verdict).toBe("complete");
    expect(read.manifest.notRead).toMatchObject([{ stream: "account-summary", partition: ACCOUNT }]);
  });
});
