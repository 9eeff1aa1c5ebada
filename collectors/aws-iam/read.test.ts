import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Clock, KnownGraph } from "../../src/collect/index.js";
import { ACCOUNT, CREATED, IamFolder, type IamRun, report, row } from "../../test/support/aws-iam.js";
import {
  denied,
  failure,
  type QueryAnswer,
  type QueryCall,
  QueryServer,
  success,
} from "../../test/support/aws-query.js";

/** The real SDK against the query protocol: what moto answers otherwise than AWS does. */
let server: QueryServer;
let folder: IamFolder;
let clock: Clock & { readonly waits: number[] };
/** What AWS says, by action; a test replaces some. */
let answers: Record<string, (call: QueryCall) => QueryAnswer>;

const NOW = Date.parse("2026-11-21T06:00:00Z");
const FRESH = "2026-11-21T06:00:05Z";
const STALE = "2026-11-21T05:59:59Z";

const member = (name: string) =>
  `<member><Path>/</Path><UserName>${name}</UserName><UserId>AIDA${name.toUpperCase()}</UserId><Arn>arn:aws:iam::${ACCOUNT}:user/${name}</Arn><CreateDate>${CREATED}</CreateDate><GroupList/><AttachedManagedPolicies/></member>`;
const details = (names: readonly string[], marker?: string) =>
  success(
    "GetAccountAuthorizationDetails",
    `<IsTruncated>${marker !== undefined}</IsTruncated>${marker === undefined ? "" : `<Marker>${marker}</Marker>`}<UserDetailList>${names.map(member).join("")}</UserDetailList><GroupDetailList/><RoleDetailList/><Policies/>`,
  );
const generated = (state: string) => success("GenerateCredentialReport", `<State>${state}</State>`);
const reportOf = (rows: Parameters<typeof report>[0], at = FRESH) =>
  success(
    "GetCredentialReport",
    `<Content>${String(report(rows).Content)}</Content><ReportFormat>text/csv</ReportFormat><GeneratedTime>${at}</GeneratedTime>`,
  );
const keysOf = (call: QueryCall, ...ids: readonly string[]) => {
  const name = call.params.get("UserName") ?? "";
  const members = ids.map(
    (id) =>
      `<member><UserName>${name}</UserName><AccessKeyId>${id}</AccessKeyId><Status>Active</Status><CreateDate>${CREATED}</CreateDate></member>`,
  );
  return success(
    "ListAccessKeys",
    `<IsTruncated>false</IsTruncated><AccessKeyMetadata>${members.join("")}</AccessKeyMetadata>`,
  );
};
const summaryOf = (users: number) =>
  success(
    "GetAccountSummary",
    `<SummaryMap><entry><key>Users</key><value>${users}</value></entry></SummaryMap>`,
  );

beforeEach(async () => {
  server = await QueryServer.start();
  folder = await IamFolder.create();
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIATEST");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "not-a-real-secret");
  let now = NOW;
  const waits: number[] = [];
  clock = {
    waits,
    now: () => now,
    random: () => 0.5,
    sleep: async (ms) => {
      waits.push(ms);
      now += ms;
    },
  };
  answers = {
    GetCallerIdentity: () => ({
      status: 200,
      xml: `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::${ACCOUNT}:user/reader</Arn><UserId>AIDAREADER</UserId><Account>${ACCOUNT}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`,
    }),
    GetAccountAuthorizationDetails: () => details(["ann", "bob"]),
    GenerateCredentialReport: () => generated("COMPLETE"),
    GetCredentialReport: () => reportOf([row("ann"), row("bob")]),
    ListAccessKeys: (call) => keysOf(call),
    GetAccountSummary: () => summaryOf(2),
  };
  server.now = () => NOW;
  server.answering = (call) => answers[call.action]?.(call);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await server.stop();
  await folder.remove();
});

const read = (run: IamRun = {}) =>
  folder.read({ clock, attempts: 4, ...run, settings: { endpoint: server.url, ...run.settings } });
const listed = () =>
  server.calls
    .filter(({ action }) => action === "ListAccessKeys")
    .map(({ params }) => params.get("UserName"));
const knowing = (edges: readonly { readonly from: string; readonly to: string }[]): KnownGraph => ({
  partitions: [ACCOUNT],
  edges: async (type) => (type === "HAS_CREDENTIAL" ? edges : []),
});
const ann = "aws/aws-user/AIDAANN";

describe("account-authorization", () => {
  it("follows the marker to the end, in the caller's own account", async () => {
    answers.GetAccountAuthorizationDetails = ({ params }) => {
      const marker = params.get("Marker");
      if (marker === null) return details(["ann"], "one");
      return marker === "one" ? details([], "two") : details(["bob"]);
    };
    const result = await read();
    expect(result.read("account-authorization")).toMatchObject({ verdict: "complete", calls: 3 });
    expect(result.keys("AwsUser")).toHaveLength(2);
    expect(result.manifest.partitions.map(({ partition }) => partition)).toEqual([
      ACCOUNT,
      ACCOUNT,
      ACCOUNT,
      ACCOUNT,
    ]);
  });

  it("takes a marker that comes again for a failure, not a loop", async () => {
    answers.GetAccountAuthorizationDetails = () => details(["ann"], "again");
    const result = await read();
    expect(result.read("account-authorization")).toMatchObject({ verdict: "partial" });
    expect(result.read("account-authorization").reason).toContain("the same cursor twice");
  });

  it("is not at its end where AWS says that more follows and the marker is empty", async () => {
    answers.GetAccountAuthorizationDetails = () => details(["ann"], "");
    const result = await read();
    expect(result.read("account-authorization").verdict).not.toBe("complete");
    expect(result.read("account-authorization").reason).toContain("more follows and not where");
  });

  it("fails with the permission's name where it is denied, and what the others read stays", async () => {
    answers.GetAccountAuthorizationDetails = () => denied("GetAccountAuthorizationDetails");
    const result = await read();
    expect(result.read("account-authorization").verdict).toBe("failed");
    expect(result.read("account-authorization").reason).toContain(
      "access denied: the permission iam:GetAccountAuthorizationDetails is missing",
    );
    expect(result.read("credential-report").verdict).toBe("complete");
  });

  it("adds no second user to those the graph holds when it is denied", async () => {
    answers.GetAccountAuthorizationDetails = () => denied("GetAccountAuthorizationDetails");
    const result = await read({ known: knowing([{ from: ann, to: "aws/aws-access-key/AKIA1" }]) });
    expect(result.keys("AwsUser")).toEqual([]);
    expect(result.read("credential-report").verdict).toBe("partial");
    expect(result.read("access-keys").verdict).toBe("failed");
  });

  it("waits when it is throttled, and retries what broke", async () => {
    let tries = 0;
    answers.GetAccountAuthorizationDetails = () => {
      tries += 1;
      if (tries === 1) return failure(400, "Throttling", "Rate exceeded");
      if (tries === 2) return failure(503, "ServiceUnavailable", "try again", { "retry-after": "7" });
      return details(["ann", "bob"]);
    };
    const result = await read();
    expect(result.read("account-authorization")).toMatchObject({ verdict: "complete", calls: 3, errors: 2 });
    expect(clock.waits.some((wait) => wait >= 7_000)).toBe(true);
  });

  it("does not ask again with credentials that expired", async () => {
    answers.GetAccountAuthorizationDetails = () =>
      failure(403, "ExpiredToken", "The security token included in the request is expired");
    const result = await read();
    expect(server.count("GetAccountAuthorizationDetails")).toBe(1);
    expect(result.read("account-authorization").reason).toContain("the credentials were not accepted");
  });

  it("does not repeat what AWS repeats of a request that was signed wrongly", async () => {
    const message = "The Canonical String should have been 'POST / x-amz-security-token:CANARY'";
    answers.GetAccountAuthorizationDetails = () => failure(403, "SignatureDoesNotMatch", message);
    const result = await read();
    expect(result.read("account-authorization").reason).toContain("SignatureDoesNotMatch");
    expect(JSON.stringify(result.manifest)).not.toContain("CANARY");
  });

  it("is partial where AWS counts more than it gave", async () => {
    answers.GetAccountSummary = () => summaryOf(3);
    const result = await read();
    expect(result.read("account-authorization").reason).toBe("the system counts 3 AwsUser, and 2 were read");
  });

  it("stands without totals where the summary is denied", async () => {
    answers.GetAccountSummary = () => denied("GetAccountSummary");
    const result = await read();
    expect(result.manifest.partitions.map(({ verdict }) => verdict)).toEqual([
      "complete",
      "complete",
      "complete",
    ]);
    expect(result.manifest.notRead?.[0]?.reason).toContain("iam:GetAccountSummary");
  });
});

describe("credential-report", () => {
  it("waits until the report is made", async () => {
    const states = ["STARTED", "INPROGRESS", "COMPLETE"];
    answers.GenerateCredentialReport = () => generated(states.shift() ?? "COMPLETE");
    const result = await read();
    expect(server.count("GenerateCredentialReport")).toBe(3);
    expect(server.count("GetCredentialReport")).toBe(1);
    expect(clock.waits.filter((wait) => wait >= 3_000)).toHaveLength(2);
    expect(result.read("credential-report")).toMatchObject({
      verdict: "complete",
      dataTime: Date.parse(FRESH),
    });
  });

  it("waits longer than one call is tried, and gives up in the end", async () => {
    answers.GenerateCredentialReport = () => generated("INPROGRESS");
    const result = await read();
    expect(server.count("GenerateCredentialReport")).toBe(40);
    expect(server.count("GetCredentialReport")).toBe(0);
    expect(result.read("credential-report").verdict).toBe("failed");
    expect(result.read("credential-report").reason).toContain("the credential report is still being made");
  });

  it.each(["ReportExpired", "ReportNotPresent", "ReportInProgress"])("goes on after %s", async (code) => {
    let tries = 0;
    answers.GetCredentialReport = () => {
      tries += 1;
      return tries === 1
        ? failure(code === "ReportInProgress" ? 404 : 410, code, "not now")
        : reportOf([row("ann")]);
    };
    const result = await read();
    expect(result.read("credential-report").verdict).toBe("complete");
    expect(tries).toBe(2);
  });
});

describe("a row of a user who was deleted since", () => {
  const gone = () => failure(404, "NoSuchEntity", "The user with name eve cannot be found.");
  it.each([
    ["AWS says that she is gone", gone],
    ["her keys may not be listed", () => denied("ListAccessKeys")],
  ])("opens no account where the report is older than the users: %s", async (_, answer) => {
    answers.GetCredentialReport = () =>
      reportOf([row("ann"), row("bob"), row("eve", { password_enabled: "true" })], STALE);
    answers.ListAccessKeys = (call) => (call.params.get("UserName") === "eve" ? answer() : keysOf(call));
    const live = await read({ record: "kept" });
    expect(live.keys("AwsUser")).toEqual([ann, "aws/aws-user/AIDABOB"]);
    expect((await folder.read({ clock }, "kept")).records).toEqual(live.records);
  });

  it("is a user of its own where the report is younger than the users", async () => {
    answers.GetCredentialReport = () =>
      reportOf([row("ann"), row("bob"), row("eve", { password_enabled: "true" })]);
    expect((await read()).keys("AwsUser")).toHaveLength(3);
  });
});

describe("access-keys", () => {
  it("are asked of those who have, had, or are known to have one, where the report is new enough", async () => {
    answers.GetAccountAuthorizationDetails = () => details(["active", "graph", "never", "rotated", "unseen"]);
    answers.GetCredentialReport = () =>
      reportOf([
        row("active", { access_key_1_active: "true" }),
        row("rotated", { access_key_2_last_rotated: CREATED }),
        row("graph"),
        row("never"),
      ]);
    const known = knowing([{ from: "aws/aws-user/AIDAGRAPH", to: "aws/aws-access-key/AKIA1" }]);
    const result = await read({ known });
    expect(listed().sort()).toEqual(["active", "graph", "rotated", "unseen"]);
    expect(result.read("access-keys")).toMatchObject({ verdict: "complete", calls: 4 });
  });

  it("are asked of everybody where the report is older than the read of the users", async () => {
    answers.GetCredentialReport = () => reportOf([row("ann"), row("bob")], STALE);
    await read();
    expect(listed().sort()).toEqual(["ann", "bob"]);
  });

  it("go by AWS's clock, and not by ours, when they tell an old report", async () => {
    answers.GetCredentialReport = () => reportOf([row("ann"), row("bob")], STALE);
    // Ours is slow: by it the report of a second ago would be one of the future.
    server.now = () => NOW;
    const slow = { ...clock, now: () => NOW - 120_000 };
    await read({ clock: slow });
    expect(listed()).toHaveLength(2);
  });

  it("are asked of everybody where there is no report", async () => {
    answers.GetCredentialReport = () => denied("GetCredentialReport");
    answers.ListAccessKeys = (call) => keysOf(call, `AKIA${call.params.get("UserName") ?? ""}`);
    const result = await read();
    expect(result.keys("AwsAccessKey")).toEqual(["aws/aws-access-key/AKIAann", "aws/aws-access-key/AKIAbob"]);
    expect(result.props(ann)?.status).toBe("enabled");
  });

  it("prove a key gone that the graph knew: its user is asked, and has none", async () => {
    const result = await read({ known: knowing([{ from: ann, to: "aws/aws-access-key/AKIA1" }]) });
    expect(listed()).toEqual(["ann"]);
    expect(result.keys("AwsAccessKey")).toEqual([]);
    expect(result.read("access-keys").verdict).toBe("complete");
  });

  it("are partial where they are denied for some, and say how many", async () => {
    answers.GetCredentialReport = () =>
      reportOf([row("ann", { access_key_1_active: "true" }), row("bob")], STALE);
    answers.ListAccessKeys = (call) =>
      call.params.get("UserName") === "ann" ? denied("ListAccessKeys", "user ann") : keysOf(call, "AKIABOB");
    const result = await read();
    expect(result.read("access-keys").verdict).toBe("partial");
    expect(result.read("access-keys").reason).toContain(
      "the keys of 1 of 2 users could not be listed (iam:ListAccessKeys is missing)",
    );
    // Her key is known from the report, by its slot; and the report's word stands for her status.
    expect(result.keys("AwsAccessKey")).toEqual([
      "aws/aws-access-key/AIDAANN~1",
      "aws/aws-access-key/AKIABOB",
    ]);
    expect(result.props(ann)?.status).toBe("enabled");
  });

  it("are partial with the permission's name where they are denied for all, without asking for all", async () => {
    const names = Array.from({ length: 50 }, (_, index) => `user${index}`);
    answers.GetAccountAuthorizationDetails = () => details(names);
    answers.GetCredentialReport = () =>
      reportOf(names.map((name) => row(name, { access_key_1_active: "true" })));
    answers.ListAccessKeys = () => denied("ListAccessKeys");
    const result = await read();
    expect(result.read("access-keys").verdict).toBe("partial");
    expect(result.read("access-keys").reason).toContain(
      "the keys of 50 of 50 users could not be listed (iam:ListAccessKeys is missing)",
    );
    expect(server.count("ListAccessKeys")).toBeLessThan(10);
    expect(result.keys("AwsAccessKey")).toHaveLength(50);
  });

  it("fail where they are denied for all and there is no report either", async () => {
    answers.GetCredentialReport = () => denied("GetCredentialReport");
    answers.ListAccessKeys = () => denied("ListAccessKeys");
    const result = await read();
    expect(result.read("access-keys").verdict).toBe("failed");
    expect(result.read("access-keys").reason).toContain(
      "access denied: the permission iam:ListAccessKeys is missing",
    );
  });

  describe("that cannot be listed any more leave the last word to the report", () => {
    const known = knowing([{ from: ann, to: "aws/aws-access-key/AKIA1" }]);
    const one = { access_key_1_last_rotated: CREATED };
    const said = async (cells: Readonly<Record<string, string>>, at = FRESH) => {
      answers.GetCredentialReport = () => reportOf([row("ann", { ...one, ...cells }), row("bob")], at);
      answers.ListAccessKeys = () => denied("ListAccessKeys");
      const live = await read({ known, record: `kept-${Object.values(cells).join("")}-${at.slice(-3, -1)}` });
      const claims: Record<string, unknown> = {};
      for (const { stream, record } of live.records)
        if (stream === "access-keys" && record.kind === "node") claims[record.key] = record.props.status;
      return claims;
    };
    const key = "aws/aws-access-key/AKIA1";

    it("where it knows them active", async () => {
      expect(await said({ access_key_1_active: "true" })).toEqual({ [ann]: "enabled", [key]: "active" });
    });
    it("where only the password is on", async () => {
      expect(await said({ password_enabled: "true" })).toEqual({ [ann]: "enabled", [key]: "inactive" });
    });
    it("where it knows all of it off, and is new enough to know that", async () => {
      expect(await said({ access_key_1_active: "false" })).toEqual({ [ann]: "disabled", [key]: "inactive" });
      const old = await said({ access_key_1_active: "false" }, STALE);
      expect(old).toEqual({ [ann]: "unknown", [key]: "unknown" });
    });
    it("where it does not say which of two keys is active", async () => {
      const two = { access_key_1_active: "true", access_key_2_last_rotated: CREATED };
      expect(await said(two)).toMatchObject({ [key]: "unknown" });
    });
  });

  it("say again what the listing says of a user where others could not be listed", async () => {
    answers.GetCredentialReport = () =>
      reportOf([row("ann", { access_key_1_active: "true" }), row("bob")], STALE);
    answers.ListAccessKeys = (call) =>
      call.params.get("UserName") === "bob" ? denied("ListAccessKeys") : keysOf(call, "AKIA1");
    const result = await read();
    const said = result.records.filter(
      ({ stream, record }) => stream === "access-keys" && record.kind === "node",
    );
    expect(said.map(({ record }) => record.props.status)).toEqual(["enabled", "active"]);
  });

  it("do not keep a user alive who is gone, where they cannot be listed any more", async () => {
    answers.ListAccessKeys = () => denied("ListAccessKeys");
    answers.GetCredentialReport = () => reportOf([row("ann", { access_key_1_active: "true" }), row("bob")]);
    const eve = "aws/aws-user/AIDAEVE";
    const known = knowing([{ from: eve, to: "aws/aws-access-key/AKIAEVE" }]);
    expect((await read({ known })).props(eve)).toEqual({ status: "deleted" });
    // Where not all users were read she may be among the others.
    answers.GetAccountSummary = () => summaryOf(3);
    expect((await read({ known })).props(eve)).toBeUndefined();
  });

  it("do not double a key that the graph knows by id when they are denied, nor drop one known by slot", async () => {
    answers.GetCredentialReport = () => reportOf([row("ann", { access_key_1_active: "true" }), row("bob")]);
    answers.ListAccessKeys = () => denied("ListAccessKeys");
    const known = knowing([
      { from: ann, to: "aws/aws-access-key/AKIA1" },
      { from: "aws/aws-user/AIDABOB", to: "aws/aws-access-key/AIDABOB~1" },
    ]);
    const result = await read({ known });
    expect(result.keys("AwsAccessKey")).toEqual(["aws/aws-access-key/AIDABOB~1", "aws/aws-access-key/AKIA1"]);
    expect(result.props("aws/aws-access-key/AIDABOB~1")?.status).toBe("inactive");
    expect(result.edges("HAS_CREDENTIAL")).toEqual(["aws-user/AIDABOB -> aws-access-key/AIDABOB~1"]);
  });

  it("tell that a user is gone since it was listed", async () => {
    answers.GetCredentialReport = () =>
      reportOf([row("ann", { password_enabled: "true" }), row("bob")], STALE);
    answers.ListAccessKeys = (call) =>
      call.params.get("UserName") === "ann"
        ? failure(404, "NoSuchEntity", "The user with name ann cannot be found.")
        : keysOf(call);
    const result = await read();
    expect(result.read("access-keys").verdict).toBe("complete");
    expect(result.props(ann)?.status).toBe("deleted");
  });

  it("take 100 users in 100 calls, and entities beside them in a page each", async () => {
    const names = Array.from({ length: 100 }, (_, index) => `user${index}`);
    answers.GetAccountAuthorizationDetails = () => details(names);
    answers.GetCredentialReport = () => reportOf(names.map((name) => row(name)));
    answers.GetAccountSummary = () => summaryOf(100);
    await read();
    // Nobody has a key, and the report is new: no listing at all.
    expect(server.calls.map(({ action }) => action).sort()).toEqual([
      "GenerateCredentialReport",
      "GetAccountAuthorizationDetails",
      "GetAccountSummary",
      "GetCallerIdentity",
      "GetCredentialReport",
    ]);
  });
});

describe("accounts", () => {
  it("without a role must be the caller's own", async () => {
    const result = await read({ settings: { accounts: [{ id: "210987654321" }] } });
    expect(result.manifest.partitions.every(({ verdict }) => verdict === "failed")).toBe(true);
    expect(result.manifest.partitions[0]?.reason).toContain("the credentials are of account 123456789012");
  });

  it.each([
    [{ accounts: [{ id: "1" }] }, "12 digits"],
    [{ accounts: [{ id: ACCOUNT, role: "arn:aws:iam::210987654321:role/x" }] }, "not a role of the account"],
    [{ accounts: [{ id: ACCOUNT }, { id: ACCOUNT }] }, "names an account twice"],
    [{ secretAccessKey: "x" }, "secretAccessKey"],
  ])("refuse the configuration %j", async (settings, message) => {
    await expect(read({ settings })).rejects.toThrow(message);
  });
});

describe("a recording of a live read", () => {
  it("comes to the same records and verdicts", async () => {
    answers.GetCredentialReport = () =>
      reportOf([row("ann", { access_key_1_active: "true" }), row("bob")], STALE);
    answers.ListAccessKeys = (call) =>
      call.params.get("UserName") === "ann" ? keysOf(call, "AKIA1") : denied("ListAccessKeys");
    const live = await read({ record: "kept" });
    const again = await folder.read({ clock }, "kept");
    expect(again.records).toEqual(live.records);
    expect(again.manifest.partitions).toEqual(live.manifest.partitions);
  });
});
