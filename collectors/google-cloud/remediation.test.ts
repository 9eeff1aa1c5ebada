import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import type { NodeView, RemediationRequest } from "../../src/model/index.js";
import { remediate } from "./remediation.js";

const view = (key: string, provider: string | null, props: NodeView["props"] = {}): NodeView => ({
  key,
  label: "x",
  name: key,
  provider,
  aliases: [],
  props,
});
const ann = view("ref/google-member/user:ann@lark.example", null);
const editor = view("gcp/google-role/project/12/roles/editor", "GoogleRole", {
  role: "roles/editor",
  resource: "projects/12",
});
const account = view("gcp/google-service-account/1", "GoogleServiceAccount", {
  email: "build@lark.iam.gserviceaccount.com",
  projectId: "lark",
});
const commands = (request: RemediationRequest) => remediate(request).map(({ command }) => command);
/** The words that a shell makes of a command. */
const words = (command: string) =>
  execFileSync("sh", ["-c", `gcloud() { printf '%s\\n' "$@"; }; ${command}`], { encoding: "utf8" })
    .trimEnd()
    .split("\n");

describe("remediation", () => {
  it("removes one binding of a role, where it is", () => {
    expect(commands({ action: "cut", edge: "HAS_ENTITLEMENT", from: ann, to: editor })).toEqual([
      "gcloud projects remove-iam-policy-binding 12 --member=user:ann@lark.example --role=roles/editor --condition=None",
    ]);
    const onFolder = view("x", "GoogleRole", { role: "roles/viewer", resource: "folders/7" });
    expect(commands({ action: "cut", edge: "HAS_ENTITLEMENT", from: account, to: onFolder })).toEqual([
      "gcloud resource-manager folders remove-iam-policy-binding 7 --member=serviceAccount:build@lark.iam.gserviceaccount.com --role=roles/viewer --condition=None",
    ]);
    const onTop = view("x", "GoogleRole", { role: "organizations/1/roles/x", resource: "organizations/1" });
    const everybody = view("gcp/google-public/allUsers", "GooglePublic", { member: "allUsers" });
    expect(commands({ action: "cut", edge: "HAS_ENTITLEMENT", from: everybody, to: onTop })[0]).toContain(
      "gcloud organizations remove-iam-policy-binding 1 --member=allUsers",
    );
  });

  it("names the condition of the binding, whatever is in it", () => {
    const condition = `request.time < timestamp("2027-01-01T00:00:00Z") && resource.name.startsWith('a, b')`;
    const props = { condition, conditionTitle: "it's limited" };
    const [command = ""] = commands({ action: "cut", edge: "HAS_ENTITLEMENT", from: ann, to: editor, props });
    const said = words(command);
    expect(said.slice(0, 3)).toEqual(["projects", "remove-iam-policy-binding", "12"]);
    expect(said.at(-1)).toBe(`--condition=^|^expression=${condition}|title=it's limited`);
    const plain = { condition: "true", conditionTitle: "t" };
    expect(
      commands({ action: "cut", edge: "HAS_ENTITLEMENT", from: ann, to: editor, props: plain })[0],
    ).toContain("--condition=expression=true,title=t");
  });

  it("has the policy edited where a description would have to match", () => {
    const props = { condition: "true", conditionTitle: "t", conditionDescribed: true };
    const list = commands({ action: "cut", edge: "HAS_ENTITLEMENT", from: ann, to: editor, props });
    expect(list[0]).toBe("gcloud projects get-iam-policy 12 --format=json > policy.json");
    expect(list.at(-1)).toBe("gcloud projects set-iam-policy 12 policy.json");
  });

  it("ends acting as an account on the account", () => {
    const props = { role: "roles/iam.serviceAccountTokenCreator" };
    expect(commands({ action: "cut", edge: "CAN_ASSUME", from: ann, to: account, props })).toEqual([
      "gcloud iam service-accounts remove-iam-policy-binding build@lark.iam.gserviceaccount.com --member=user:ann@lark.example --role=roles/iam.serviceAccountTokenCreator --condition=None",
    ]);
  });

  it("disables accounts and keys, and deletes a key last", () => {
    expect(commands({ action: "disableAccount", account })).toEqual([
      "gcloud iam service-accounts disable build@lark.iam.gserviceaccount.com --project=lark",
    ]);
    const key = view("k", "GoogleServiceAccountKey", {
      keyId: "0a1b",
      account: "build@lark.iam.gserviceaccount.com",
      projectId: "lark",
    });
    const both = remediate({ action: "deactivateCredential", credential: key, holder: account });
    expect(both.map(({ command, reversible }) => [command, reversible])).toEqual([
      [
        "gcloud iam service-accounts keys disable 0a1b --iam-account=build@lark.iam.gserviceaccount.com --project=lark",
        true,
      ],
      [
        "gcloud iam service-accounts keys delete 0a1b --iam-account=build@lark.iam.gserviceaccount.com --project=lark --quiet",
        false,
      ],
    ]);
  });

  it("ends a federation at its provider, and a basic role at the project", () => {
    const props = { providerName: "projects/12/locations/global/workloadIdentityPools/ci/providers/github" };
    const principal = view("ref/google-member/principal://x", null);
    const workload = view("ref/oidc/token.actions.githubusercontent.com#s", null);
    expect(commands({ action: "cut", edge: "SAME_AS", from: workload, to: principal, props })).toEqual([
      "gcloud iam workload-identity-pools providers delete github --workload-identity-pool=ci --location=global --project=12",
    ]);
    const owners = view("gcp/google-basic-role/12/roles/owner", "GoogleBasicRole", {
      role: "roles/owner",
      project: "projects/12",
    });
    expect(commands({ action: "cut", edge: "MEMBER_OF", from: ann, to: owners })[0]).toContain(
      "--role=roles/owner",
    );
  });

  it("says whom it is taken from where a policy names all service accounts of a resource", () => {
    const member = "principalSet://cloudresourcemanager.googleapis.com/folders/7/type/ServiceAccount";
    const all = view(`ref/google-member/${member}`, "GoogleServiceAccounts", { member });
    const [first] = remediate({ action: "cut", edge: "HAS_ENTITLEMENT", from: all, to: editor, props: {} });
    expect(words(first?.command ?? "")).toContain(`--member=${member}`);
    expect(first?.affects).toContain("every service account of folders/7");
  });

  it("lets no name run anything", () => {
    const hostile = view("ref/google-member/user:$(touch%20x);'`@x", null);
    const [command = ""] = commands({ action: "cut", edge: "HAS_ENTITLEMENT", from: hostile, to: editor });
    expect(words(command)).toContain("--member=user:$(touch x);'`@x");
  });

  it("says nothing of what is not its own", () => {
    expect(remediate({ action: "disableAccount", account: ann })).toEqual([]);
    expect(remediate({ action: "cut", edge: "HAS_ACCOUNT", from: ann, to: account })).toEqual([]);
    expect(remediate({ action: "assignOwner", subject: account })).toEqual([]);
  });
});
