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

describe("trust policies", () => {
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
        `ref/aws-arn/${arnOf("saml-provider", "Okta")} -> aws-role/AROAALL`,
        `ref/aws-arn/${oidc} -> aws-role/AROAALL`,
        `ref/aws-arn/${arnOf("user", "far", OTHER)} -> aws-role/AROAALL`,
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
    const [web] = edgeOf(read, `ref/aws-arn/${oidc}`, "aws/aws-role/AROAALL");
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

describe("trust in the account's root", () => {
  const custom = arnOf("policy", "assume");
  const trust = trusts({ AWS: `arn:aws:iam::${ACCOUNT}:root` });
  const may = (resource: string, more = {}) => document(statement("Allow", "sts:AssumeRole", resource, more));
  const authorization = {
    UserDetailList: [
      user("admin", { AttachedManagedPolicies: [attached(ADMIN)] }),
      user("named", { UserPolicyList: [inline("p", may(arnOf("role", "target")))] }),
      user("viagroup", { GroupList: ["assumers"] }),
      user("mfa", {
        UserPolicyList: [
          inline("p", may("*", { Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } } })),
        ],
      }),
      user("othername", { UserPolicyList: [inline("p", may(arnOf("role", "elsewhere")))] }),
      user("denied", {
        AttachedManagedPolicies: [attached(ADMIN)],
        UserPolicyList: [inline("no", document(statement("Deny", "sts:AssumeRole")))],
      }),
      user("bounded", {
        AttachedManagedPolicies: [attached(ADMIN)],
        PermissionsBoundary: { PermissionsBoundaryType: "Policy", PermissionsBoundaryArn: custom },
      }),
      user("nothing"),
    ],
    GroupDetailList: [group("assumers", { GroupPolicyList: [inline("g", may("arn:aws:iam::*:role/tar*"))] })],
    RoleDetailList: [
      role("target", trust),
      role("jump", trusts({ Service: "ec2.amazonaws.com" }), { RolePolicyList: [inline("j", may("*"))] }),
    ],
    Policies: [adminPolicy, policy(custom, document(statement("Allow", "s3:*")))],
  };

  it("lets in those principals of it whose own policies allow the assume, and stays on the account", async () => {
    const read = await folder.replay({ "account-authorization": authorization });
    expect(read.edges("CAN_ASSUME").filter((edge) => edge.endsWith("TARGET"))).toEqual([
      `aws-account/${ACCOUNT} -> aws-role/AROATARGET`,
      "aws-role/AROAJUMP -> aws-role/AROATARGET",
      "aws-user/AIDAADMIN -> aws-role/AROATARGET",
      "aws-user/AIDAMFA -> aws-role/AROATARGET",
      "aws-user/AIDANAMED -> aws-role/AROATARGET",
      "aws-user/AIDAVIAGROUP -> aws-role/AROATARGET",
    ]);
    const [mfa] = edgeOf(read, "aws/aws-user/AIDAMFA", "aws/aws-role/AROATARGET");
    expect(mfa?.props).toEqual({
      trust: "account",
      condition: '{"Bool":{"aws:MultiFactorAuthPresent":"true"}}',
    });
  });

  it("of another account stays on that account's node, the configured one's own where it is read too", async () => {
    const recording = {
      "account-authorization": [
        { ...authorization, RoleDetailList: [role("target", trusts({ AWS: OTHER }))] },
        {
          UserDetailList: [user("far", { AttachedManagedPolicies: [attached(ADMIN)] }, OTHER)],
          Policies: [adminPolicy],
        },
      ],
    };
    const read = await folder.replay(recording);
    expect(read.edges("CAN_ASSUME")).toEqual([`ref/aws-account/${OTHER} -> aws-role/AROATARGET`]);
    const settings = { accounts: [{ id: ACCOUNT }, { id: OTHER, role: "exitgraph" }] };
    const both = await folder.replay(recording, { settings });
    expect(both.edges("CAN_ASSUME")).toEqual([`aws-account/${OTHER} -> aws-role/AROATARGET`]);
  });
});
