import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import type { NodeView, PropValue } from "../../src/model/index.js";
import { remediate } from "./remediation.js";

const view = (
  provider: string,
  key: string,
  name: string,
  props: Record<string, PropValue> = {},
): NodeView => ({
  key,
  label: "Account",
  name,
  provider,
  aliases: [],
  props: { accountId: "123456789012", ...props },
});
const ann = view("AwsUser", "aws/aws-user/AIDA1", "ann", { username: "ann" });
const devs = view("AwsGroup", "aws/aws-group/AGPA1", "devs");
const deploy = view("AwsRole", "aws/aws-role/AROA1", "deploy", { managedBy: "customer" });
const sso = view("AwsRole", "aws/aws-role/AROA2", "AWSReservedSSO_x", { managedBy: "provider" });
const admin = view(
  "AwsManagedPolicy",
  "aws/aws-policy/1/arn:aws:iam::aws:policy/AdministratorAccess",
  "AdministratorAccess",
  {
    policyType: "awsManaged",
    arn: "arn:aws:iam::aws:policy/AdministratorAccess",
  },
);
const written = view("AwsInlinePolicy", "aws/aws-policy/1/inline:AIDA1:mine", "mine", {
  policyType: "inline",
});
const cut = (
  edge: "MEMBER_OF" | "HAS_ENTITLEMENT" | "CAN_ASSUME" | "OWNED_BY",
  from: NodeView,
  to: NodeView,
) => remediate({ action: "cut", edge, from, to });
const commands = (list: ReturnType<typeof remediate>) => list.map(({ command }) => command);

describe("remediation", () => {
  it("cuts memberships and policies with the exact command", () => {
    expect(commands(cut("MEMBER_OF", ann, devs))).toEqual([
      "aws iam remove-user-from-group --user-name ann --group-name devs",
    ]);
    expect(commands(cut("HAS_ENTITLEMENT", ann, admin))).toEqual([
      "aws iam detach-user-policy --user-name ann --policy-arn arn:aws:iam::aws:policy/AdministratorAccess",
    ]);
    expect(commands(cut("HAS_ENTITLEMENT", ann, written))).toEqual([
      "aws iam delete-user-policy --user-name ann --policy-name mine",
    ]);
    expect(cut("HAS_ENTITLEMENT", ann, written)[0]?.reversible).toBe(false);
    expect(cut("HAS_ENTITLEMENT", devs, admin)[0]).toEqual({
      command:
        "aws iam detach-group-policy --group-name devs --policy-arn arn:aws:iam::aws:policy/AdministratorAccess",
      reversible: true,
      affects: "every member of group devs",
    });
    expect(commands(cut("HAS_ENTITLEMENT", deploy, admin))[0]).toMatch(
      /^aws iam detach-role-policy --role-name deploy /,
    );
  });

  it("sends people to the trust policy of a role, and to Identity Center where the role is AWS's", () => {
    expect(commands(cut("CAN_ASSUME", ann, deploy))).toEqual([
      "aws iam get-role --role-name deploy --query Role.AssumeRolePolicyDocument --output json > trust.json",
      expect.stringContaining("remove what lets ann in"),
      "aws iam update-assume-role-policy --role-name deploy --policy-document file://trust.json",
    ]);
    expect(commands(cut("CAN_ASSUME", ann, sso))).toEqual([expect.stringContaining("Identity Center")]);
    expect(commands(cut("HAS_ENTITLEMENT", sso, admin))).toEqual([expect.stringContaining("permission set")]);
  });

  it("disables an account: password and keys, or keys alone", () => {
    const keys =
      "for key in $(aws iam list-access-keys --user-name ann --query 'AccessKeyMetadata[].AccessKeyId' --output text); do aws iam update-access-key --user-name ann --access-key-id \"$key\" --status Inactive; done";
    expect(commands(remediate({ action: "disableAccount", account: ann }))).toEqual([
      "aws iam delete-login-profile --user-name ann",
      keys,
    ]);
    const robot = { ...ann, props: { ...ann.props, consolePassword: false } };
    expect(commands(remediate({ action: "disableAccount", account: robot }))).toEqual([keys]);
    const root = view("AwsRoot", "aws/aws-root/123456789012", "root");
    expect(commands(remediate({ action: "disableAccount", account: root }))[0]).toMatch(
      /^Sign in as the root user/,
    );
  });

  it("deactivates a key by its id, and looks the id up where it was not read", () => {
    const key = (id: string) => view("AwsAccessKey", `aws/aws-access-key/${id}`, id);
    const of = (id: string) =>
      commands(remediate({ action: "deactivateCredential", credential: key(id), holder: ann }));
    expect(of("AKIA1")).toEqual([
      "aws iam update-access-key --user-name ann --access-key-id AKIA1 --status Inactive",
    ]);
    expect(of("AIDA1~1")[0]).toBe("aws iam list-access-keys --user-name ann");
  });

  it("assigns an owner by tag where AWS has tags", () => {
    const of = (subject: NodeView) => commands(remediate({ action: "assignOwner", subject }));
    expect(of(ann)).toEqual(["aws iam tag-user --user-name ann --tags Key=owner,Value=OWNER_EMAIL"]);
    expect(of(deploy)[0]).toMatch(/^aws iam tag-role --role-name deploy /);
    expect(of(sso)).toEqual([]);
    expect(of(devs)).toEqual([]);
  });

  it("has nothing to say of what is not of AWS", () => {
    const alien = view("GitHubUser", "gh/user/1", "x");
    expect(cut("MEMBER_OF", alien, devs)).toEqual([]);
    expect(cut("OWNED_BY", ann, devs)).toEqual([]);
    expect(remediate({ action: "disableAccount", account: alien })).toEqual([]);
  });

  it.each(["$(touch /tmp/x)", "a'; touch /tmp/x; '", "`id`", "a b", "-rf", "--query", "a\nb", 'é"\\'])(
    "hands the hostile name %j to the command as one word",
    (name) => {
      const hostile = view("AwsUser", "aws/aws-user/AIDA1", name, { username: name });
      for (const { command } of [
        ...cut("MEMBER_OF", hostile, { ...devs, name }),
        ...cut("HAS_ENTITLEMENT", hostile, { ...written, name }),
        ...remediate({ action: "assignOwner", subject: hostile }),
      ]) {
        // `aws` prints its words, a NUL after each.
        const script = `aws() { printf '%s\\0' "$@"; }; ${command}`;
        const words = execFileSync("sh", ["-c", script], { encoding: "utf8" }).split("\0");
        const given = words.map((word) => word.replace(/^--[a-z-]+=/, ""));
        expect(given).toContain(name);
        expect(words.length).toBeLessThanOrEqual(7);
      }
    },
  );
});
