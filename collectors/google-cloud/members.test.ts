import { describe, expect, it } from "vitest";
import { accountsOf, belongsTo, isServiceAgent, parseMember } from "./members.js";

describe("members", () => {
  it.each([
    ["user:Ann.Lee@Larkfield.example", "user:ann.lee@larkfield.example"],
    ["group:SRE@larkfield.example", "group:sre@larkfield.example"],
    ["domain:Larkfield.Example", "domain:larkfield.example"],
    [
      "serviceAccount:Build@Lark-Shop.iam.gserviceaccount.com",
      "serviceAccount:build@lark-shop.iam.gserviceaccount.com",
    ],
    ["serviceAccount:lark-shop.svc.id.goog[prod/Web]", "serviceAccount:lark-shop.svc.id.goog[prod/Web]"],
    ["deleted:user:Ann@x.example?uid=123", "deleted:user:ann@x.example?uid=123"],
    [
      "deleted:serviceAccount:x@p.iam.gserviceaccount.com?uid=1",
      "deleted:serviceAccount:x@p.iam.gserviceaccount.com?uid=1",
    ],
    ["deleted:group:G@x.example?uid=9", "deleted:group:g@x.example?uid=9"],
    [
      "deleted:principal://iam.googleapis.com/locations/global/workforcePools/P/subject/Ann",
      "deleted:principal://iam.googleapis.com/locations/global/workforcePools/P/subject/Ann",
    ],
    ["allUsers", "allUsers"],
    ["allAuthenticatedUsers", "allAuthenticatedUsers"],
    ["projectOwner:lark-shop", "projectOwner:lark-shop"],
    [
      "principal://iam.googleapis.com/locations/global/workforcePools/P/subject/Ann@X",
      "principal://iam.googleapis.com/locations/global/workforcePools/P/subject/Ann@X",
    ],
    [
      "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/attribute.repo/Lark/App",
      "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/attribute.repo/Lark/App",
    ],
    [
      "principalSet://cloudresourcemanager.googleapis.com/folders/7/type/ServiceAccount",
      "principalSet://cloudresourcemanager.googleapis.com/folders/7/type/ServiceAccount",
    ],
    ["principalSet://goog/public:all", "principalSet://goog/public:all"],
  ])("%s is kept as %s", (member, form) => {
    expect(parseMember(member).form).toBe(form);
  });

  it("tells the kinds apart", () => {
    const pool = "iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p";
    expect(parseMember(`principal://${pool}/subject/s/1`)).toMatchObject({
      kind: "federated",
      pool: "projects/1/locations/global/workloadIdentityPools/p",
      rest: "subject/s/1",
      one: true,
    });
    expect(parseMember(`principalSet://${pool}/*`)).toMatchObject({ kind: "federated", one: false });
    for (const resource of ["projects/1", "folders/7", "organizations/1"])
      expect(parseMember(accountsOf(resource))).toMatchObject({ kind: "serviceAccounts", resource });
    expect(parseMember(accountsOf("projects/1").replace("Account", "Agent")).kind).toBe("other");
    expect(parseMember("projectViewer:p")).toMatchObject({ kind: "basicRole", role: "roles/viewer" });
    // A deleted account is never the live one of the same address.
    expect(parseMember("deleted:serviceAccount:x@p.iam.gserviceaccount.com?uid=1").kind).toBe("other");
  });

  it("knows Google's own accounts by their domain", () => {
    const agents = [
      "service-12@gcp-sa-pubsub.iam.gserviceaccount.com",
      "service-12@compute-system.iam.gserviceaccount.com",
      "12@cloudservices.gserviceaccount.com",
      "12@cloudbuild.gserviceaccount.com",
    ];
    for (const email of agents) expect(isServiceAgent(email), email).toBe(true);
    const customers = [
      "build@lark-shop.iam.gserviceaccount.com",
      "12-compute@developer.gserviceaccount.com",
      "lark-shop@appspot.gserviceaccount.com",
      // A name of their choice in a project of their own.
      "service-12@lark-shop.iam.gserviceaccount.com",
    ];
    for (const email of customers) expect(isServiceAgent(email), email).toBe(false);
  });

  it("knows which accounts a project would list", () => {
    const project = { name: "projects/12", id: "lark-shop" };
    expect(belongsTo("a@lark-shop.iam.gserviceaccount.com", project)).toBe(true);
    expect(belongsTo("12-compute@developer.gserviceaccount.com", project)).toBe(true);
    expect(belongsTo("lark-shop@appspot.gserviceaccount.com", project)).toBe(true);
    expect(belongsTo("a@lark-data.iam.gserviceaccount.com", project)).toBe(false);
    expect(belongsTo("13-compute@developer.gserviceaccount.com", project)).toBe(false);
    const scoped = { name: "projects/13", id: "larkfield.example:old" };
    expect(belongsTo("a@old.larkfield.example.iam.gserviceaccount.com", scoped)).toBe(true);
  });
});
