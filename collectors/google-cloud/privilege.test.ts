import { describe, expect, it } from "vitest";
import { ofPermissions, ofPredefined } from "./privilege.js";

describe("privilege", () => {
  it.each([
    ["roles/owner", "admin", true],
    ["roles/editor", "write", true],
    ["roles/viewer", "read", false],
    ["roles/admin", "admin", true],
    ["roles/writer", "write", true],
    ["roles/reader", "read", false],
    ["roles/resourcemanager.projectIamAdmin", "admin", false],
    ["roles/iam.securityAdmin", "admin", false],
    ["roles/iam.serviceAccountUser", "privileged", true],
    ["roles/iam.serviceAccountTokenCreator", "privileged", true],
    ["roles/iam.workloadIdentityUser", "privileged", true],
    ["roles/iam.serviceAccountKeyAdmin", "privileged", true],
    ["roles/iam.serviceAccountAdmin", "privileged", false],
    ["roles/compute.admin", "privileged", false],
    ["roles/compute.networkAdmin", "privileged", false],
    ["roles/bigquery.dataOwner", "privileged", false],
    ["roles/storage.objectViewer", "read", false],
    ["roles/logging.viewer", "read", false],
    ["roles/storage.objectCreator", "write", false],
    ["roles/run.developer", "write", false],
    ["roles/bigquery.user", "unknown", false],
    ["roles/container.serviceAgent", "unknown", false],
  ])("%s is %s", (role, privilege, acts) => {
    expect(ofPredefined(role)).toMatchObject({ privilege, acts });
    expect(ofPredefined(role).why).not.toBe("");
  });

  it.each([
    [["resourcemanager.projects.setIamPolicy", "iam.serviceAccounts.actAs"], "admin", true],
    [["iam.roles.update"], "admin", false],
    [["iam.serviceAccounts.actAs", "run.services.get"], "privileged", true],
    [["iam.serviceAccountKeys.create"], "privileged", true],
    [["storage.buckets.setIamPolicy"], "privileged", false],
    [["secretmanager.versions.access"], "privileged", false],
    [["storage.objects.get", "storage.objects.delete"], "write", false],
    [["storage.objects.get", "storage.objects.list", "resourcemanager.projects.getIamPolicy"], "read", false],
    [[], "unknown", false],
  ] as const)("permissions %j are %s", (includedPermissions, privilege, acts) => {
    expect(ofPermissions({ includedPermissions })).toMatchObject({ privilege, acts });
  });

  it("takes nothing for granted of a role without its permissions, or that is switched off", () => {
    expect(ofPermissions({}).privilege).toBe("unknown");
    const acting = { includedPermissions: ["iam.serviceAccounts.actAs"] };
    expect(ofPermissions({ ...acting, deleted: true })).toMatchObject({ privilege: "unknown", acts: false });
    expect(ofPermissions({ ...acting, stage: "DISABLED" })).toMatchObject({
      privilege: "unknown",
      acts: false,
    });
  });
});
