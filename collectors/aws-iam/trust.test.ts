import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  ACCOUNT,
  ADMIN,
  adminPolicy,
  arnOf,
  attached,
  document,
  group,
  IamFolder,
  inline,
  OTHER,
  policy,
  type ReadResult,
  role,
  statement,
  trusts,
  user,
} from "../../test/support/aws-iam.js";
import { sessionsArn } from "./names.js";
import { parseDocument } from "./policy.js";
import { trusteesOf } from "./trust.js";

let folder: IamFolder;
beforeEach(async () => {
  folder = await IamFolder.create();
});
afterEach(async () => {
  await folder.remove();
});

const trustees = (raw: unknown) => {
  const parsed = parseDocument(raw);
  return parsed === undefined ? undefined : trusteesOf(parsed);
};
const edgeOf = (read: ReadResult, from: string, to: string) =>
  read.records.flatMap(({ record }) =>
    record.kind === "edge" && record.type === "CAN_ASSUME" && record.from === from && record.to === to
      ? [record]
      : [],
  );

describe("the ARN of a role's sessions", () => {
  it.each([
    ["arn:aws:iam::1:role/team/x/deploy", "arn:aws:sts::1:assumed-role/deploy"],
    ["arn:aws-us-gov:iam::1:role/deploy", "arn:aws-us-gov:sts::1:assumed-role/deploy"],
    ["deploy", undefined],
  ])("of %s", (arn, expected) => {
    expect(sessionsArn({ arn, name: "deploy" })).toBe(expected);
  });
});

describe("trust policies", () => {
  it("name workloads by the subjects of their tokens, instead of the provider", async () => {
    const condition = { StringEquals: { "accounts.google.com:sub": ["2", "1"] } };
    const read = await folder.replay({
      "account-authorization": {
        UserDetailList: [],
        RoleDetailList: [
          role(
            "deploy",
            document({
              Effect: "Allow",
              Principal: { Federated: "accounts.google.com" },
              Action: "sts:AssumeRoleWithWebIdentity",
              Condition: condition,
            }),
          ),
        ],
      },
    });
    expect(read.edges("CAN_ASSUME")).toEqual([
      "ref/oidc/accounts.google.com#1 -> aws-role/AROADEPLOY",
      "ref/oidc/accounts.google.com#2 -> aws-role/AROADEPLOY",
    ]);
    const [pinned] = edgeOf(read, "ref/oidc/accounts.google.com#1", "aws/aws-role/AROADEPLOY");
    // What it names is no condition any more; what it rests on is said.
    expect(pinned?.props).toEqual({ trust: "Federated", evidence: JSON.stringify(condition) });
    expect(pinned?.discriminator).toBeUndefined();
    const deploy = read.records.find(
      ({ record }) => record.kind === "node" && record.key.endsWith("AROADEPLOY"),
    );
    expect(deploy?.record).toMatchObject({
      aliases: [arnOf("role", "deploy"), `arn:aws:sts::${ACCOUNT}:assumed-role/deploy`],
    });
  });

  it("keep every kind of principal", async () => {
    const oidc = arnOf("oidc-provider", "token.actions.githubusercontent.com");
    const condition = {
      StringEquals: { "token.actions.githubusercontent.com:aud": "sts.amazonaws.com" },
      StringLike: { "token.actions.githubusercontent.com:sub": "repo:acme/*" },
    };
    const read = await folder.replay({
      "account-authorization": {
        UserDetailList: [user("ann")],
        RoleDetailList: [
          role(
            "all",
            document(
              {
                Effect: "Allow",
                Principal: { AWS: [arnOf("user", "ann"), `arn:aws:iam::${OTHER}:root`] },
                Action: "sts:AssumeRole",
              },
              {
                Effect: "Allow",
                Principal: { Service: ["lambda.amazonaws.com", "ec2.amazonaws.com"] },
                Action: "sts:AssumeRole",
              },
              {
                Effect: "Allow",
                Principal: { Federated: arnOf("saml-provider", "Okta") },
                Action: "sts:AssumeRoleWithSAML",
              },
              {
                Effect: "Allow",
                Principal: { Federated: oidc },
                Action: "sts:AssumeRoleWithWebIdentity",
                Condition: condition,
              },
              {
                Effect: "Allow",
                Principal: { Federated: "accounts.google.com" },
                Action: "sts:AssumeRoleWithWebIdentity",
              },
              {
                Effect: "Allow",
                Principal: "*",
                Action: "sts:AssumeRole",
                Condition: { StringEquals: { "aws:PrincipalOrgID": "o-1" } },
              },
              {
                Effect: "Allow",
                Principal: { AWS: [OTHER, "AIDADELETED", arnOf("user", "far", OTHER)] },
                Action: "sts:*",
              },
            ),
          ),
          role(
            "deploy",
            trusts({ AWS: [arnOf("role", "all"), `arn:aws:sts::${ACCOUNT}:assumed-role/all/build`] }),
          ),
        ],
      },
    });
    expect(read.edges("CAN_ASSUME")).toEqual(
      [
        "aws-role/AROAALL -> aws-role/AROADEPLOY",
        "aws-user/AIDAANN -> aws-role/AROAALL",
        "ref/aws-account/210987654321 -> aws-role/AROAALL",
        "ref/aws-arn/AIDADELETED -> aws-role/AROAALL",
        `ref/aws-arn/${arnOf("user", "far", OTHER)} -> aws-role/AROAALL`,
        `ref/aws-federated/${arnOf("saml-provider", "Okta")} -> aws-role/AROAALL`,
        `ref/aws-federated/${oidc} -> aws-role/AROAALL`,
        "ref/aws-federated/accounts.google.com -> aws-role/AROAALL",
        "ref/aws-principal/* -> aws-role/AROAALL",
        "ref/aws-service/ec2.amazonaws.com -> aws-role/AROAALL",
        "ref/aws-service/lambda.amazonaws.com -> aws-role/AROAALL",
      ].sort(),
    );
    expect(read.props(`ref/aws-account/${OTHER}`)).toEqual({
      name: `AWS account ${OTHER}`,
      accountId: OTHER,
    });
    const [web] = edgeOf(read, `ref/aws-federated/${oidc}`, "aws/aws-role/AROAALL");
    expect(web?.props).toEqual({
      trust: "Federated",
      condition:
        '{"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"},"StringLike":{"token.actions.githubusercontent.com:sub":"repo:acme/*"}}',
    });
    expect(read.read("account-authorization").verdict).toBe("complete");
  });

  it("give one principal under two conditions two edges", async () => {
    const under = (ip: string) => ({
      Effect: "Allow",
      Principal: { AWS: arnOf("user", "ann") },
      Action: "sts:AssumeRole",
      Condition: { IpAddress: { "aws:SourceIp": ip } },
    });
    const read = await folder.replay({
      "account-authorization": {
        UserDetailList: [user("ann")],
        RoleDetailList: [role("r", document(under("10.0.0.0/8"), under("192.0.2.0/24")))],
      },
    });
    const edges = edgeOf(read, "aws/aws-user/AIDAANN", "aws/aws-role/AROAR");
    expect(edges).toHaveLength(2);
    expect(new Set(edges.map((edge) => edge.discriminator)).size).toBe(2);
  });

  it("heed a Deny, and keep one under a condition as a condition", () => {
    const ann = arnOf("user", "ann");
    const bob = arnOf("user", "bob");
    const allow = { Effect: "Allow", Principal: { AWS: [ann, bob] }, Action: "sts:AssumeRole" };
    expect(trustees(document(allow, { Effect: "Deny", Principal: { AWS: ann }, Action: "sts:*" }))).toEqual([
      { kind: "AWS", principal: bob },
    ]);
    expect(trustees(document(allow, { Effect: "Deny", Principal: "*", Action: "*" }))).toEqual([]);
    const condition = { Bool: { "aws:MultiFactorAuthPresent": "false" } };
    expect(
      trustees(
        document(allow, { Effect: "Deny", Principal: { AWS: bob }, Action: "*", Condition: condition }),
      ),
    ).toEqual([
      { kind: "AWS", principal: ann },
      { kind: "AWS", principal: bob, condition: `{"deny":[${JSON.stringify(condition)}]}` },
    ]);
  });

  it("read NotPrincipal as everybody else, and pass over what assumes nothing", () => {
    const ann = arnOf("user", "ann");
    expect(
      trustees(document({ Effect: "Allow", NotPrincipal: { AWS: ann }, Action: "sts:AssumeRole" })),
    ).toEqual([{ kind: "AWS", principal: "*", condition: `{"notPrincipal":{"AWS":["${ann}"]}}` }]);
    expect(
      trustees(document({ Effect: "Allow", Principal: { AWS: ann }, Action: "sts:TagSession" })),
    ).toEqual([]);
  });
});

describe("trust in an account's root", () => {
  const custom = arnOf("policy", "assume");
  const may = (resource: unknown, more = {}) =>
    document(statement("Allow", "sts:AssumeRole", resource, more));
  const bounded = (arn: string) => ({
    PermissionsBoundary: { PermissionsBoundaryType: "Policy", PermissionsBoundaryArn: arn },
  });

  it("stays on that account's node, the configured one's own where it is read too", async () => {
    const recording = {
      "account-authorization": [
        {
          UserDetailList: [user("near", { AttachedManagedPolicies: [attached(ADMIN)] })],
          RoleDetailList: [
            role("own", trusts({ AWS: `arn:aws:iam::${ACCOUNT}:root` })),
            role("target", trusts({ AWS: OTHER })),
          ],
          Policies: [adminPolicy],
        },
        {
          UserDetailList: [user("far", { AttachedManagedPolicies: [attached(ADMIN)] }, OTHER)],
          Policies: [adminPolicy],
        },
      ],
    };
    const own = `aws-account/${ACCOUNT} -> aws-role/AROAOWN`;
    const read = await folder.replay(recording);
    expect(read.edges("CAN_ASSUME")).toEqual([own, `ref/aws-account/${OTHER} -> aws-role/AROATARGET`]);
    const settings = { accounts: [{ id: ACCOUNT }, { id: OTHER, role: "exitgraph" }] };
    const both = await folder.replay(recording, { settings });
    expect(both.edges("CAN_ASSUME")).toEqual([own, `aws-account/${OTHER} -> aws-role/AROATARGET`]);
  });

  it("is held against what each policy says of assuming, and the boundary of each principal", async () => {
    const mfa = { Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } } };
    const read = await folder.replay({
      "account-authorization": {
        UserDetailList: [
          user("ann", {
            AttachedManagedPolicies: [attached(ADMIN)],
            UserPolicyList: [
              inline("mine", document(statement("Deny", "sts:*", "arn:aws:iam::*:role/secret"))),
              inline("other", document(statement("Allow", "s3:GetObject"))),
            ],
            ...bounded(custom),
          }),
          user("bo", bounded(arnOf("policy", "unseen"))),
        ],
        RoleDetailList: [role("idle", trusts({ Service: "ec2.amazonaws.com" }), bounded(ADMIN))],
        GroupDetailList: [
          group("assumers", {
            GroupPolicyList: [
              inline("g", may([`arn:aws:iam::*:role/b-\${aws:username}`, "arn:aws:iam::*:role/a"], mfa)),
              inline(
                "h",
                document({ Effect: "Allow", NotAction: "iam:*", NotResource: arnOf("role", "not-this") }),
              ),
            ],
          }),
        ],
        Policies: [adminPolicy, policy(custom, document(statement("Allow", "s3:*")))],
      },
    });
    const assumes = (id: string) => read.props(`aws/aws-policy/${ACCOUNT}/${id}`)?.assumes;
    expect(assumes(ADMIN)).toEqual(['{"allow":["*"]}']);
    expect(assumes(custom)).toBeUndefined();
    expect(assumes("inline:AIDAANN:mine")).toEqual(['{"deny":["arn:aws:iam::*:role/secret"]}']);
    expect(assumes("inline:AIDAANN:other")).toBeUndefined();
    expect(assumes("inline:AGPAASSUMERS:g")).toEqual([
      `{"allow":["arn:aws:iam::*:role/a","arn:aws:iam::*:role/b-\${aws:username}"],"if":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}`,
    ]);
    expect(assumes("inline:AGPAASSUMERS:h")).toEqual([`{"allowAllBut":["${arnOf("role", "not-this")}"]}`]);
    const within = (key: string) => read.props(key)?.assumesWithin;
    // A boundary that does not speak of assuming allows none.
    expect(within("aws/aws-user/AIDAANN")).toEqual(['{"allow":[]}']);
    expect(within("aws/aws-role/AROAIDLE")).toEqual(['{"allow":["*"]}']);
    expect(within("aws/aws-user/AIDABO")).toEqual([
      `{"allow":["*"],"if":{"boundaryNotRead":"${arnOf("policy", "unseen")}"}}`,
    ]);
    expect(read.props("aws/aws-group/AGPAASSUMERS")).toMatchObject({ accountId: ACCOUNT });
  });
});

describe("a principal of another account that a trust policy names", () => {
  it("is kept, and the edge says that the caller's own policies have to allow it too", async () => {
    const named = [arnOf("user", "far", OTHER), arnOf("role", "far", OTHER), arnOf("user", "ann")];
    const read = await folder.replay({
      "account-authorization": {
        UserDetailList: [user("ann")],
        RoleDetailList: [role("r", trusts({ AWS: [...named, OTHER] }))],
      },
    });
    const needs = (from: string) => edgeOf(read, from, "aws/aws-role/AROAR").map(({ props }) => props.needs);
    expect(needs(`ref/aws-arn/${arnOf("user", "far", OTHER)}`)).toEqual(["callerPolicy"]);
    expect(needs(`ref/aws-arn/${arnOf("role", "far", OTHER)}`)).toEqual(["callerPolicy"]);
    // In the account itself the trust policy is enough; of the whole account only those with leave get an edge.
    expect(needs("aws/aws-user/AIDAANN")).toEqual([undefined]);
    expect(needs(`ref/aws-account/${OTHER}`)).toEqual([undefined]);
  });
});

describe("what was not read of policies", () => {
  const custom = arnOf("policy", "p");
  const unsure = (read: ReadResult, key: string) =>
    read.records.flatMap(({ record }) =>
      record.kind === "node" && record.key === key ? (record.unsure ?? []) : [],
    );

  it("leaves undetermined what follows from it", async () => {
    const read = await folder.replay({
      "account-authorization": {
        UserDetailList: [
          user("ann", { AttachedManagedPolicies: [attached(custom)] }),
          user("bo", { GroupList: ["later"] }),
          user("cy", {
            PermissionsBoundary: { PermissionsBoundaryType: "Policy", PermissionsBoundaryArn: custom },
          }),
          user("di", { UserPolicyList: [inline("i", document(statement("Allow", "s3:GetObject")))] }),
        ],
        RoleDetailList: [
          role("r", trusts({ Service: "ec2.amazonaws.com" }), {
            AttachedManagedPolicies: [attached(custom)],
          }),
        ],
        NextToken: "more",
      },
    });
    const effective = ["effectivePrivilege", "effectivePrivilegeWhy", "limitedBy"];
    expect(unsure(read, "aws/aws-user/AIDAANN")).toEqual(effective);
    expect(unsure(read, "aws/aws-user/AIDABO")).toEqual(effective);
    expect(unsure(read, "aws/aws-user/AIDACY")).toEqual(["assumesWithin", ...effective]);
    expect(unsure(read, "aws/aws-user/AIDADI")).toEqual([]);
    expect(unsure(read, "aws/aws-role/AROAR")).toEqual(effective);
    expect(unsure(read, `aws/aws-policy/${ACCOUNT}/${custom}`)).toEqual([
      "assumes",
      "createdAt",
      "privilege",
      "privilegeWhy",
    ]);
  });

  it("is no doubt about what holds whatever else there is", async () => {
    const read = await folder.replay({
      "account-authorization": {
        UserDetailList: [
          user("ann", { AttachedManagedPolicies: [attached(ADMIN), attached(custom)] }),
          user("bo", { AttachedManagedPolicies: [attached(ADMIN)] }),
        ],
        Policies: [adminPolicy],
        NextToken: "more",
      },
    });
    expect(read.props("aws/aws-user/AIDAANN")?.effectivePrivilege).toBe("admin");
    expect(unsure(read, "aws/aws-user/AIDAANN")).toEqual(["limitedBy"]);
    expect(unsure(read, "aws/aws-user/AIDABO")).toEqual([]);
  });
});
