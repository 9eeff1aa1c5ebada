import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import type { EdgeType, NodeView, PropValue } from "../../src/model/index.js";
import { remediate } from "./remediation.js";

const view = (
  provider: string | null,
  key: string,
  name: string,
  props: Record<string, PropValue> = {},
): NodeView => ({
  key,
  label: "Account",
  name,
  provider,
  aliases: [],
  props,
});
const ann = view("WorkspaceUser", "ws/workspace-user/1001", "Ann", { email: "ann@corp.example" });
const devs = view("WorkspaceGroup", "ws/workspace-group/00devs", "devs", { email: "devs@corp.example" });
const guest = view(null, "ref/google-member/user:guest@else.test", "guest");
const robot = view(null, "ref/oidc/accounts.google.com#2002", "robot");
const cut = (edge: EdgeType, from: NodeView, to: NodeView, props: Record<string, unknown> = {}) =>
  remediate({ action: "cut", edge, from, to, props });
const commands = (list: ReturnType<typeof remediate>) => list.map(({ command }) => command);
const CURL = (method: string) =>
  `curl --fail-with-body --request ${method} --header "Authorization: Bearer $TOKEN"`;
const JSON_BODY = '--header "Content-Type: application/json" --data';
const DIRECTORY = "https://admin.googleapis.com/admin/directory/v1";

describe("remediation", () => {
  it("takes members out of groups, by id or by address", () => {
    expect(cut("MEMBER_OF", ann, devs)).toEqual([
      {
        command: `${CURL("DELETE")} ${DIRECTORY}/groups/00devs/members/1001`,
        reversible: true,
        affects:
          "all that group devs gives to Ann; nobody else; TOKEN needs the scope https://www.googleapis.com/auth/admin.directory.group.member",
      },
    ]);
    expect(commands(cut("MEMBER_OF", guest, devs))).toEqual([
      `${CURL("DELETE")} ${DIRECTORY}/groups/00devs/members/guest%40else.test`,
    ]);
    expect(cut("MEMBER_OF", devs, devs)[0]?.affects).toContain("every member of group devs");
  });

  it("says in words what no call can end for one person", () => {
    const everyone = view("WorkspaceEveryone", "ws/workspace-everyone/C1", "everybody in corp.example");
    const domain = view("WorkspaceDomain", "ws/workspace-domain/corp.example", "everybody in corp.example");
    expect(commands(cut("MEMBER_OF", everyone, devs))[0]).toContain("All users in the organization");
    expect(commands(cut("MEMBER_OF", ann, domain))[0]).toMatch(/^Every account of corp\.example is in it/);
  });

  it("ends roles by their assignment, and super administrators by what they are", () => {
    const groups = view("WorkspaceAdminRole", "ws/workspace-admin-role/77/customer", "Groups", {
      superAdmin: false,
    });
    const superAdmin = view("WorkspaceAdminRole", "ws/workspace-admin-role/1/customer", "Super", {
      superAdmin: true,
    });
    const list = `${DIRECTORY}/customer/my_customer/roleassignments`;
    expect(commands(cut("HAS_ENTITLEMENT", ann, groups, { assignmentId: "555" }))).toEqual([
      `${CURL("DELETE")} ${list}/555`,
    ]);
    expect(commands(cut("HAS_ENTITLEMENT", robot, groups))).toEqual([
      `${CURL("GET")} '${list}?roleId=77&userKey=2002'`,
      `${CURL("DELETE")} ${list}/ROLE_ASSIGNMENT_ID`,
    ]);
    expect(commands(cut("HAS_ENTITLEMENT", ann, superAdmin))).toEqual([
      `${CURL("POST")} ${JSON_BODY} '{"status":false}' ${DIRECTORY}/users/1001/makeAdmin`,
    ]);
  });

  it("revokes tokens, seats and delegations", () => {
    const token = view("WorkspaceToken", "ws/workspace-token/1001/1.apps", "Diagrams", {
      clientId: "1.apps",
    });
    expect(commands(cut("CONSENTED", ann, token))).toEqual([
      `${CURL("DELETE")} ${DIRECTORY}/users/1001/tokens/1.apps`,
    ]);
    expect(cut("CONSENTED", ann, token)[0]?.reversible).toBe(false);
    const seat = view("WorkspaceLicense", "ws/workspace-sku/Google-Apps/1010", "Plus", {
      productId: "Google-Apps",
      skuId: "1010",
    });
    expect(commands(cut("USES_SEAT", ann, seat))).toEqual([
      `${CURL("DELETE")} https://licensing.googleapis.com/apps/licensing/v1/product/Google-Apps/sku/1010/user/ann%40corp.example`,
    ]);
    const delegate = view(
      "WorkspaceMailboxDelegate",
      "ws/workspace-mailbox-delegate/3003",
      "mail delegate of x",
    );
    expect(commands(cut("HAS_ENTITLEMENT", ann, delegate))).toEqual([
      `${CURL("DELETE")} https://gmail.googleapis.com/gmail/v1/users/3003/settings/delegates/ann%40corp.example`,
    ]);
  });

  it("suspends users and ends their sessions", () => {
    expect(commands(remediate({ action: "disableAccount", account: ann }))).toEqual([
      `${CURL("PUT")} ${JSON_BODY} '{"suspended":true}' ${DIRECTORY}/users/1001`,
      `${CURL("POST")} ${DIRECTORY}/users/1001/signOut`,
    ]);
  });

  it("is nothing for what is another system's", () => {
    const aws = view("AwsUser", "aws/aws-user/1", "ann");
    expect(remediate({ action: "disableAccount", account: aws })).toEqual([]);
    expect(cut("HAS_ENTITLEMENT", ann, view("AwsPolicy", "aws/aws-policy/1", "p"))).toEqual([]);
    expect(cut("MEMBER_OF", ann, view("AwsGroup", "aws/aws-group/1", "g"))).toEqual([]);
    expect(remediate({ action: "deactivateCredential", credential: aws, holder: ann })).toEqual([]);
    expect(remediate({ action: "assignOwner", subject: ann })).toEqual([]);
  });

  it("lets a hostile name inject nothing", () => {
    const hostile = "x'; touch /tmp/owned; $(id) `id` \"";
    const evil = view(
      null,
      `ref/google-member/user:${hostile.replaceAll(" ", "%20").replaceAll('"', "%22")}`,
      hostile,
    );
    const [one] = cut("MEMBER_OF", evil, devs);
    const words = execFileSync(
      "bash",
      ["-c", `curl() { printf '%s\\n' "$@"; }; TOKEN=t; ${one?.command ?? ""}`],
      {
        encoding: "utf8",
      },
    )
      .trim()
      .split("\n");
    expect(words).toEqual([
      "--fail-with-body",
      "--request",
      "DELETE",
      "--header",
      "Authorization: Bearer t",
      `${DIRECTORY}/groups/00devs/members/${encodeURIComponent(hostile)}`,
    ]);
  });
});
