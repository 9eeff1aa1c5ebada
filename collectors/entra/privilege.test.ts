import { expect, it } from "vitest";
import { assessPermission, assessRole, assessScopes } from "./privilege.js";

const GRAPH = "00000003-0000-0000-c000-000000000000";
const definition = (isBuiltIn: boolean, ...actions: readonly string[]) => ({
  id: "x",
  isBuiltIn,
  rolePermissions: [{ allowedResourceActions: [...actions] }],
});

it("knows the roles that Microsoft names, whatever their definition says", () => {
  expect(assessRole("62e90394-69f5-4237-9190-012177145e10", undefined).privilege).toBe("admin");
  expect(assessRole("7be44c8a-adaf-4e2a-84d6-ab2649e08a13", undefined).privilege).toBe("admin");
  expect(assessRole("f2ef992c-3afb-46b9-b7cf-a126ee74c451", definition(true, "a/read")).privilege).toBe(
    "privileged",
  );
});

it("judges the others by their actions", () => {
  expect(assessRole("x", undefined).privilege).toBe("unknown");
  expect(assessRole("x", definition(true)).privilege).toBe("unknown");
  expect(
    assessRole(
      "x",
      definition(true, "microsoft.directory/auditLogs/allProperties/read", "microsoft.x/y/standard/read"),
    ),
  ).toEqual({
    privilege: "read",
    why: "it allows reading only",
  });
  expect(
    assessRole("x", definition(true, "microsoft.azure.supportTickets/allEntities/allTasks")).privilege,
  ).toBe("write");
  expect(
    assessRole("x", definition(false, "microsoft.directory/applications/credentials/update")).privilege,
  ).toBe("privileged");
  expect(assessRole("x", definition(false, "microsoft.directory/groups/basic/update")).privilege).toBe(
    "write",
  );
  expect(assessRole("x", { ...definition(false, "a/read"), isPrivileged: true }).privilege).toBe(
    "privileged",
  );
});

it.each([
  ["RoleManagement.ReadWrite.Directory", "admin"],
  ["AppRoleAssignment.ReadWrite.All", "admin"],
  ["PrivilegedAccess.ReadWrite.AzureAD", "admin"],
  ["RoleManagementPolicy.ReadWrite.Directory", "privileged"],
  ["Organization.ReadWrite.All", "privileged"],
  ["Application.ReadWrite.All", "privileged"],
  ["Group.ReadWrite.All", "privileged"],
  ["Sites.FullControl.All", "privileged"],
  ["Mail.Send", "write"],
  ["Calendars.ReadWrite", "write"],
  ["User.Invite.All", "write"],
  ["Mail.ReadBasic.All", "read"],
  ["Directory.Read.All", "read"],
  ["offline_access", "read"],
  ["Something", "unknown"],
])("takes %s for %s", (value, privilege) => {
  expect(assessPermission(GRAPH, value).privilege).toBe(privilege);
});

it("says nothing of other APIs, and takes the strongest of several scopes", () => {
  expect(assessPermission("11111111-0000-4000-8000-000000000000", "User.Read").privilege).toBe("unknown");
  expect(assessPermission(undefined, "User.Read").privilege).toBe("unknown");
  expect(assessScopes(GRAPH, ["User.Read", "Mail.Send", "openid"])).toMatchObject({ privilege: "write" });
  expect(assessScopes(GRAPH, [])).toMatchObject({ privilege: "unknown" });
});
