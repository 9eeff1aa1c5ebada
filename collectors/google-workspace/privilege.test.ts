import { expect, it } from "vitest";
import { assessScope, assessScopes } from "./privilege.js";

const auth = (name: string) => `https://www.googleapis.com/auth/${name}`;

it.each([
  ["https://mail.google.com/", "privileged"],
  [auth("gmail.modify"), "privileged"],
  [auth("gmail.settings.sharing"), "privileged"],
  [auth("drive"), "privileged"],
  [auth("cloud-platform"), "privileged"],
  [auth("admin.directory.user"), "privileged"],
  [auth("admin.directory.user.security"), "privileged"],
  [auth("admin.directory.group.member"), "privileged"],
  [auth("admin.directory.rolemanagement"), "privileged"],
  [auth("admin.datatransfer"), "privileged"],
  [auth("gmail.send"), "write"],
  [auth("drive.file"), "write"],
  [auth("spreadsheets"), "write"],
  [auth("calendar"), "write"],
  [auth("contacts"), "write"],
  [auth("apps.licensing"), "write"],
  ["https://www.google.com/m8/feeds/", "write"],
  [auth("gmail.readonly"), "read"],
  [auth("gmail.metadata"), "read"],
  [auth("drive.readonly"), "read"],
  [auth("admin.directory.user.readonly"), "read"],
  [auth("admin.reports.audit.readonly"), "read"],
  [auth("cloud-platform.read-only"), "read"],
  [auth("devstorage.read_only"), "read"],
  [auth("fitness.activity.read"), "read"],
  [auth("userinfo.email"), "read"],
  [auth("userinfo.profile"), "read"],
  ["openid", "read"],
  ["profile", "read"],
  ["email", "read"],
  [auth("something.new"), "unknown"],
  ["https://elsewhere.example/auth/drive", "unknown"],
  ["https://elsewhere.example/things.readonly", "unknown"],
  ["admin.everything", "unknown"],
  ["toString", "unknown"],
  ["", "unknown"],
])("takes %s for %s", (scope, privilege) => {
  expect(assessScope(scope).privilege).toBe(privilege);
});

it("takes the strongest of several scopes, and says which it is", () => {
  expect(assessScopes(["openid", auth("drive"), auth("calendar")])).toEqual({
    privilege: "privileged",
    why: "drive reads, changes and deletes all files",
  });
  expect(assessScopes(["openid", auth("calendar"), "https://elsewhere.example/x"]).privilege).toBe("write");
  // What nobody knows may do more than read.
  expect(assessScopes(["openid", "https://elsewhere.example/x"]).privilege).toBe("unknown");
  expect(assessScopes(["openid", "email"]).privilege).toBe("read");
  expect(assessScopes([])).toEqual({ privilege: "unknown", why: "it names no scope" });
});
