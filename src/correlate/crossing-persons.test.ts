import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { described, entraUser, workspaceUser } from "../../test/support/crossing-world.js";
import { edge, node, openWorkbench, type Settings, type Workbench } from "../../test/support/workbench.js";
import type { GraphRecord } from "../model/index.js";

/** One human in a directory and in Google Workspace, by whatever the two say of them. */
let bench: Workbench;
beforeEach(async () => {
  bench = await openWorkbench();
});
afterEach(async () => {
  await bench.close();
});

const T1 = Date.parse("2026-06-01");
const DAY = 86_400_000;
const ann = node("Employment", "hr/employment/7", {
  name: "Ann Lee",
  workerId: "7",
  emails: ["ann.lee@x.example"],
  status: "active",
  type: "employee",
});

async function linked(
  entra: readonly GraphRecord[],
  ws: readonly GraphRecord[],
  settings: Settings = {},
): Promise<readonly (readonly unknown[])[]> {
  await bench.read("hr", [ann], T1);
  await bench.read("entra", entra, T1);
  await bench.read("ws", ws, T1);
  await bench.link(T1, settings);
  expect(await bench.link(T1, settings), "said at once").toBeUndefined();
  return links();
}

async function links(): Promise<readonly (readonly unknown[])[]> {
  const rows = await bench.store.rows(
    "MATCH (p:Person)-[e:HAS_ACCOUNT]->(a:Account) RETURN p.key AS p, a.key AS a, e.rule AS rule, a.accountType AS type ORDER BY a",
  );
  return rows.map(({ p, a, rule, type }) => [p, a, rule, type]);
}

const app = [
  described("Resource", "EntraAppInstance", "entra/entra-app-instance/g", {
    signsInTo: ["google.com"],
    assignmentRequired: true,
  }),
  described("Entitlement", "EntraAppRole", "entra/entra-app-role/g/0"),
  edge("ON", "entra/entra-app-role/g/0", "entra/entra-app-instance/g"),
];
const assigned = edge("HAS_ENTITLEMENT", "entra/entra-user/u", "entra/entra-app-role/g/0");

const PERSON = "hr/person/7";
const BOTH = (entraRule: string, workspaceRule: string) => [
  [PERSON, "entra/entra-user/u", entraRule, "human"],
  [PERSON, "ws/workspace-user/1", workspaceRule, "human"],
];

describe("one person in a directory and in Google Workspace", () => {
  it("by the employee ids of both, whatever their addresses", async () => {
    const found = await linked(
      [entraUser("u", "a1@tenant.example", { employeeId: "7" })],
      [workspaceUser("1", "a2@x.example", { employeeId: "7" })],
    );
    expect(found).toEqual(BOTH("employeeId", "employeeId"));
  });

  it("by mail, and by an alias of the Workspace account", async () => {
    const found = await linked(
      [entraUser("u", "Ann.Lee@X.example")],
      [workspaceUser("1", "ann@x.example", {}, ["ann.lee@x.example"])],
    );
    expect(found).toEqual(BOTH("email", "alias"));
  });

  it("by a user principal name where no mail is set", async () => {
    const upn = "ann.lee@x.example";
    const user = described("Account", "EntraUser", "entra/entra-user/u", { username: upn }, [upn]);
    expect(await linked([user], [])).toEqual(BOTH("email", "").slice(0, 1));
  });

  it("by what signs her in, said in the same run, and no longer when that ends", async () => {
    const user = entraUser("u", "ann@brand.example", { employeeId: "7" });
    const google = workspaceUser("1", "ann@brand.example");
    expect(await linked([user, ...app, assigned], [google])).toEqual(BOTH("employeeId", "sso"));
    await bench.read("entra", [user, ...app], T1 + DAY);
    await bench.link(T1 + DAY);
    expect(await links()).toEqual(BOTH("employeeId", "sso").slice(0, 1));
    expect(await bench.link(T1 + 2 * DAY), "nothing is left of it").toBeUndefined();
  });

  it("when the account is deleted, which stays hers", async () => {
    const found = await linked([entraUser("u", "ann.lee@x.example", { status: "deleted" })], []);
    expect(found).toEqual(BOTH("email", "").slice(0, 1));
  });

  const guest = (mail: string) =>
    described(
      "Account",
      "EntraUser",
      "entra/entra-user/u",
      {
        name: "Ann Lee",
        username: `${mail.replace("@", "_")}#EXT#@x.example`,
        email: mail,
        userType: "Guest",
        accountType: "guest",
      },
      ["entra-object:u", mail],
    );
  const byName: Settings = { correlate: { userNames: ["{first}.{last}"] }, domains: ["x.example"] };

  it("is not a guest from another company who has her name", async () => {
    expect(await linked([guest("ann.lee@other.example")], [], byName)).toEqual([]);
    const plain = { ...guest("ann.lee@other.example"), props: { username: "ann.lee", accountType: "guest" } };
    await bench.read("entra", [plain], T1 + DAY);
    await bench.link(T1 + DAY, byName);
    expect(await links()).toEqual([]);
  });

  it("is a guest whose address HR has, and who stays a guest", async () => {
    expect(await linked([guest("ann.lee@x.example")], [])).toEqual([
      [PERSON, "entra/entra-user/u", "email", "guest"],
    ]);
  });
});
