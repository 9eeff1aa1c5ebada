import { describe, expect, it } from "vitest";
import { refKey } from "../model/index.js";
import { mailboxOf } from "./mailbox.js";
import { ReferenceTies } from "./references.js";

const mailbox = mailboxOf({ plusAddresses: true, domains: [] });

interface Real {
  readonly key: string;
  readonly provider?: string;
  readonly aliases: readonly string[];
}

function tie(references: readonly string[], reals: readonly Real[]) {
  const ties = new ReferenceTies(references, mailbox);
  for (const real of reals) ties.look({ provider: undefined, ...real });
  return ties.ties().map(({ real, reference, rule }) => [real, reference, rule]);
}

describe("ReferenceTies", () => {
  const arn = "arn:aws:iam::1:user/ann";
  const session = "arn:aws:sts::1:assumed-role/ci/build";
  const pool = "principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/subject/s";
  it.each<[string, string, Real, string]>([
    ["an ARN", refKey("aws-arn", arn), { key: "a/user/1", aliases: [arn] }, "arn"],
    [
      "an AWS account",
      "ref/aws-account/111122223333",
      { key: "a/aws-account/111122223333", aliases: ["111122223333"] },
      "accountId",
    ],
    [
      "an address in another case",
      refKey("email", "ANN@x.example"),
      { key: "a/user/1", aliases: ["ann@X.example"] },
      "email",
    ],
    [
      "a session of a role",
      refKey("aws-arn", session),
      { key: "a/aws-role/1", aliases: ["arn:aws:iam::1:role/x/ci", "arn:aws:sts::1:assumed-role/ci"] },
      "arn",
    ],
    [
      "a role by the name its sessions have",
      refKey("aws-arn", "arn:aws:sts::1:assumed-role/ci"),
      { key: "a/aws-role/1", aliases: ["arn:aws:sts::1:assumed-role/ci"] },
      "arn",
    ],
    [
      "a user of a Google policy, whatever the case",
      refKey("google-member", "user:ann@x.example"),
      { key: "g/workspace-user/1", provider: "WorkspaceUser", aliases: ["Ann@x.example"] },
      "member",
    ],
    [
      "a group of a Google policy by another address of it",
      refKey("google-member", "group:ops@old.example"),
      {
        key: "g/workspace-group/1",
        provider: "WorkspaceGroup",
        aliases: ["ops@x.example", "ops@old.example"],
      },
      "member",
    ],
    [
      "a service account of another project",
      refKey("google-member", "serviceAccount:ci@p.iam.gserviceaccount.com"),
      {
        key: "c/google-service-account/1",
        provider: "GoogleServiceAccount",
        aliases: ["ci@p.iam.gserviceaccount.com", "serviceAccount:ci@p.iam.gserviceaccount.com"],
      },
      "member",
    ],
    [
      "everybody in a domain",
      refKey("google-member", "domain:x.example"),
      { key: "g/workspace-domain/x.example", provider: "WorkspaceDomain", aliases: ["domain:x.example"] },
      "member",
    ],
    [
      "a deleted user by the id that stays",
      refKey("google-member", "deleted:user:ann@x.example?uid=1"),
      {
        key: "g/workspace-user/1",
        provider: "WorkspaceUser",
        aliases: ["deleted:user:ann@x.example?uid=1"],
      },
      "member",
    ],
    [
      "a subject of an issuer",
      refKey("oidc", "accounts.google.com#1"),
      { key: "c/google-service-account/1", aliases: ["oidc:accounts.google.com#1"] },
      "oidc",
    ],
    [
      "an object that a tenant's lists lack",
      refKey("entra-object", "0a"),
      { key: "e/entra-sp/0a", aliases: ["entra-object:0a"] },
      "objectId",
    ],
    ["any other name", refKey("okta-login", "ann"), { key: "o/user/1", aliases: ["ann"] }, "name"],
  ])("%s", (_, reference, real, rule) => {
    expect(tie([reference], [real])).toEqual([[real.key, reference, rule]]);
  });

  const user = (address: string, provider: string): Real => ({
    key: "s/user/1",
    provider,
    aliases: [address],
  });
  it.each<[string, string, Real]>([
    ["an ARN in another case", refKey("aws-arn", arn), { key: "a/user/1", aliases: [arn.toUpperCase()] }],
    [
      "twelve digits that are no account",
      "ref/aws-account/111122223333",
      { key: "a/user/1", aliases: ["111122223333"] },
    ],
    ["a reference itself", refKey("aws-arn", arn), { key: refKey("aws-arn", arn), aliases: [arn] }],
    [
      "an account elsewhere that has a Google member's address",
      refKey("google-member", "user:ann@x.example"),
      user("ann@x.example", "EntraUser"),
    ],
    [
      "a group elsewhere that has a Google group's address",
      refKey("google-member", "group:ops@x.example"),
      user("ops@x.example", "EntraGroup"),
    ],
    [
      "a Google group that a policy names as a user",
      refKey("google-member", "user:ops@x.example"),
      user("ops@x.example", "WorkspaceGroup"),
    ],
    [
      "another Google account of the same letters",
      refKey("google-member", "user:ann+admin@x.example"),
      user("ann@x.example", "WorkspaceUser"),
    ],
    [
      "the live user of a deleted one's address",
      refKey("google-member", "deleted:user:ann@x.example?uid=1"),
      user("ann@x.example", "WorkspaceUser"),
    ],
    [
      "somebody deleted, for the live one of the address",
      refKey("google-member", "user:ann@x.example"),
      user("deleted:user:ann@x.example?uid=1", "WorkspaceUser"),
    ],
    [
      "a service account that a system other than Google calls so",
      refKey("google-member", "serviceAccount:ci@p.iam.gserviceaccount.com"),
      user("serviceAccount:ci@p.iam.gserviceaccount.com", "EntraUser"),
    ],
    [
      "a subject of another issuer",
      refKey("oidc", "accounts.google.com#1"),
      { key: "e/sp/1", aliases: ["oidc:sts.windows.net/t#1"] },
    ],
    [
      "a subject that somebody has for a name",
      refKey("oidc", "accounts.google.com#1"),
      { key: "e/sp/1", aliases: ["accounts.google.com#1"] },
    ],
    [
      "a subject in another case",
      refKey("oidc", "idp.example#Ann"),
      { key: "e/sp/1", aliases: ["oidc:idp.example#ann"] },
    ],
    [
      "who may use a provider",
      refKey("aws-federated", "accounts.google.com"),
      { key: "g/x/1", provider: "GoogleX", aliases: ["accounts.google.com"] },
    ],
    [
      "the principal of a pool by its subject",
      refKey("google-member", pool),
      { key: "e/sp/1", provider: "EntraServicePrincipal", aliases: ["oidc:idp.example#s"] },
    ],
    ["what is no reference", "a/user/1", { key: "a/user/2", aliases: ["1"] }],
  ])("not %s", (_, reference, real) => {
    expect(tie([reference], [real])).toEqual([]);
  });

  it("ties both descriptions of one identity, in order", () => {
    const reference = refKey("aws-arn", arn);
    expect(
      tie(
        [reference],
        [
          { key: "b/user/1", aliases: [arn] },
          { key: "a/user/1", aliases: [arn] },
        ],
      ),
    ).toEqual([
      ["a/user/1", reference, "arn"],
      ["b/user/1", reference, "arn"],
    ]);
  });
});
