import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  AddUserToGroupCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateLoginProfileCommand,
  CreateRoleCommand,
  DeleteAccessKeyCommand,
  DeleteLoginProfileCommand,
  DeleteRolePolicyCommand,
  DeleteUserPolicyCommand,
  DetachUserPolicyCommand,
  type IAMClient,
  ListAccessKeysCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  RemoveUserFromGroupCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { afterAll, beforeAll, beforeEach, expect, inject, it, vi } from "vitest";
import { packageRoot } from "../src/model/index.js";
import { describeWith, startToxiproxy, type ToxiproxyServer } from "./servers/index.js";
import { denied, failure, success } from "./support/aws-query.js";
import {
  Amazon,
  documentOf,
  type Findings,
  inShort,
  type RunDocument,
  standing,
  World,
} from "./support/company-world.js";

/**
 * The main job, end to end: one company, read by the real collectors from an AWS that changes, judged on both engines
 * by the command line. The tests are one story, in order; whatever happens, both engines must say the same.
 */
describeWith(["moto", "toxiproxy"], "a company and its access", () => {
  let amazon: Amazon;
  let toxiproxy: ToxiproxyServer;
  let proxy: Awaited<ReturnType<ToxiproxyServer["proxy"]>>;
  let worlds: readonly World[];
  let prod: IAMClient;
  let sandbox: IAMClient;
  /** What stood at the end of the last step. */
  let before: readonly string[] = [];

  beforeAll(async () => {
    amazon = await Amazon.start();
    toxiproxy = await startToxiproxy();
    proxy = await toxiproxy.proxy("aws", new URL(amazon.front.url).host);
    vi.stubEnv("AWS_ACCESS_KEY_ID", amazon.moto.credentials.accessKeyId);
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", amazon.moto.credentials.secretAccessKey);
    prod = amazon.iam(amazon.prod);
    sandbox = amazon.iam(amazon.sandbox);
    const clock = () => amazon.now;
    worlds = [await World.create("embedded", { engine: "embedded" }, clock)];
    // Where no Neo4j can be started, the set-up has said so, and one engine is better than none.
    if (inject("servers").neo4j.ok) worlds = [...worlds, await World.onNeo4j(clock)];
    await readAccounts(amazon.prod, amazon.sandbox);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    for (const world of worlds) await world.remove();
    await toxiproxy.stop();
    await amazon.stop();
  });
  beforeEach(() => amazon.later());

  const readAccounts = async (...accounts: readonly string[]) => {
    for (const world of worlds) await world.readAws(`http://${proxy.address}`, accounts);
  };
  const editHr = async (change: (rows: readonly string[]) => readonly string[]) => {
    for (const world of worlds) await world.editHr(change);
  };
  const each = async <T>(work: (world: World) => Promise<T>): Promise<readonly T[]> => {
    const results: T[] = [];
    for (const world of worlds) results.push(await work(world));
    return results;
  };

  interface Step {
    readonly document: RunDocument;
    readonly findings: Findings;
    /** Identities. */
    readonly removed: readonly string[];
    readonly noLongerApplies: readonly string[];
    readonly opened: readonly string[];
    readonly reopened: readonly string[];
    readonly unchecked: readonly string[];
  }
  /** Runs a command of the daily job in every world, and holds what it came to against each other. */
  const step = async (argv: readonly string[] = ["run"], code = 0): Promise<Step> => {
    const steps = await each(async (world) => {
      const result = await world.run(...argv, "--json");
      const document = documentOf(result);
      expect(result.code, `${world.name}: ${result.err}`).toBe(code);
      expect(document.incomplete).toBe(code === 4);
      const findings = await world.findings();
      const named = (fingerprints: readonly string[]) =>
        [...findings].flatMap(([id, one]) => (fingerprints.includes(one.fingerprint) ? [id] : [])).sort();
      const { run } = document;
      const removed = named(run.removed);
      // A removal names the read that proves it: one of this run, of the partition that held the record.
      const snapshots = document.ingested.map(({ snapshot }) => snapshot);
      for (const id of removed) {
        const finding = findings.get(id);
        expect(snapshots, id).toContain(finding?.proof?.read);
        expect(finding?.proof?.source).toBe("aws");
        expect(finding?.proof?.at).toBe(new Date(amazon.now).toISOString());
        expect(finding?.evidence.map(({ record }) => record)).toContain(finding?.proof?.record);
        expect(finding?.closedReason).toContain(finding?.proof?.read);
      }
      const noLongerApplies = named(run.noLongerApplies);
      for (const id of noLongerApplies) expect(findings.get(id)?.proof, id).toBeNull();
      return {
        document,
        findings,
        removed,
        noLongerApplies,
        opened: named(run.opened),
        reopened: named(run.reopened),
        unchecked: [...findings].flatMap(([id, f]) => (f.status === "open" && !f.checked ? [id] : [])).sort(),
      };
    });
    const [first, ...others] = steps;
    if (first === undefined) throw new Error("no world");
    for (const other of others) {
      expect(inShort(other.findings)).toEqual(inShort(first.findings));
      const said = ({ notEvaluated, sources }: RunDocument) =>
        JSON.stringify({ notEvaluated, sources })
          .replaceAll(/(?<=-\d{8}T\d{9}Z-)[0-9a-f]{6}/g, "…")
          // How long trying took.
          .replaceAll(/ in \d+ s/g, "");
      expect(said(other.document)).toBe(said(first.document));
    }
    return first;
  };

  const world = (): World => {
    const [first] = worlds;
    if (first === undefined) throw new Error("no world");
    return first;
  };
  /** Identities of a story's findings, of one rule or all. */
  const told = (story: string, rule?: string): readonly string[] => {
    const found = amazon.company.stories.find(({ id }) => id === story);
    if (found === undefined) throw new Error(`no story ${story}`);
    return found.expects
      .filter((one) => rule === undefined || one.rule === rule)
      .map((one) => world().identityOf(one.rule, one.identity))
      .sort();
  };
  const workerIn = (story: string, name: string): string => {
    const worker = amazon.company.stories
      .find(({ id }) => id === story)
      ?.workers.find((one) => one.name === name);
    if (worker === undefined) throw new Error(`no ${name} in ${story}`);
    return worker.workerId;
  };
  const without = (list: readonly string[], ...gone: readonly (readonly string[])[]) =>
    list.filter((id) => !gone.flat().includes(id));
  const sorted = (...lists: readonly (readonly string[])[]) => lists.flat().sort();

  it("finds what the stories tell, and nothing else", async () => {
    const { document, findings, opened } = await step();
    before = standing(findings);
    expect(before).toEqual(world().expected());
    expect(opened).toEqual(before);
    expect([...findings.values()].every(({ status, checked }) => status === "open" && checked)).toBe(true);
    const isHere = ({ name }: { name: string }) => name === "aws" || name === "hr";
    const said = document.sources.map((s) => `${s.name} ${isHere(s) ? `${s.partition} ` : ""}${s.verdict}`);
    expect([...new Set(said)].sort()).toEqual([
      `aws ${amazon.prod} complete`,
      `aws ${amazon.sandbox} complete`,
      "entra complete",
      "google-cloud complete",
      "google-workspace complete",
      "hr all complete",
    ]);
    expect(document.sources.every(({ state }) => state === "applied")).toBe(true);
    expect(document.notEvaluated).toEqual([]);
    // A Neo4j that was just started takes its time.
  }, 180_000);

  it("shows the way through three roles into the other account, and where to cut it", async () => {
    const findings = await world().findings();
    const admin = told("leaver-through-roles", "RES-001").find((id) => id.includes("AdministratorAccess"));
    const finding = findings.get(admin ?? "");
    expect(finding?.severity).toBe("critical");
    expect(finding?.path.map(({ edge, to }) => `${edge} ${to.name}`)).toEqual([
      "HAS_ACCOUNT dmitri.volkov",
      "CAN_ASSUME release-entry",
      "CAN_ASSUME release-runner",
      // The other account's trust policy names the role by its ARN.
      `SAME_AS arn:aws:iam::${amazon.sandbox}:role/release-runner`,
      "CAN_ASSUME production-breakout",
      "HAS_ENTITLEMENT AdministratorAccess",
      `ON AWS account ${amazon.prod}`,
    ]);
    expect(finding?.cuts.map(({ edge, to }) => `${edge} ${to.name}`)).toEqual(["CAN_ASSUME release-entry"]);
    expect(finding?.person?.name).toBe("Dmitri Volkov");
  });

  it("changes nothing when nothing changed", async () => {
    const { document, findings } = await step();
    expect(standing(findings)).toEqual(before);
    expect(document.run).toMatchObject({
      opened: [],
      reopened: [],
      updated: [],
      removed: [],
      noLongerApplies: [],
    });
    for (const { source, partitions } of document.ingested) {
      for (const part of partitions) {
        // Reading is a use of the role that it is done by.
        const changed = part.stream === "account-authorization" ? 1 : 0;
        const nothing = { added: 0, changed, removed: 0, missing: 0 };
        expect(part, `${source} ${part.stream}`).toMatchObject(nothing);
      }
    }
  });

  /** Rewrites who may become the last role of the chain. */
  const trustBreakout = (Principal: Readonly<Record<string, string>>) =>
    prod.send(
      new UpdateAssumeRolePolicyCommand({
        RoleName: "production-breakout",
        PolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: [{ Effect: "Allow", Principal, Action: "sts:AssumeRole" }],
        }),
      }),
    );
  let oldKey = "";
  const chain = () =>
    told("leaver-through-roles", "RES-001").filter((id) => !/inline:[^:]+:(enter|run)/.test(id));

  it("proves removal by the read that no longer sees it", async () => {
    const keys = await prod.send(new ListAccessKeysCommand({ UserName: "bruno.keller" }));
    oldKey = keys.AccessKeyMetadata?.[0]?.AccessKeyId ?? "";
    const readOnly = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    await prod.send(new DeleteLoginProfileCommand({ UserName: "ada.park" }));
    await prod.send(new DetachUserPolicyCommand({ UserName: "ada.park", PolicyArn: readOnly }));
    await prod.send(new DeleteAccessKeyCommand({ UserName: "bruno.keller", AccessKeyId: oldKey }));
    await prod.send(new RemoveUserFromGroupCommand({ UserName: "emeka.obi", GroupName: "data-engineers" }));
    await sandbox.send(
      new DeleteRolePolicyCommand({ RoleName: "release-runner", PolicyName: "reach-production" }),
    );
    await trustBreakout({ Service: "ec2.amazonaws.com" });
    const { findings, removed, noLongerApplies, opened } = await step();
    expect(removed).toEqual(
      sorted(
        told("leaver-with-password"),
        told("leaver-with-key", "LVR-001"),
        told("leaver-with-key", "LVR-002"),
        told("disabled-in-group"),
        chain(),
      ),
    );
    expect({ noLongerApplies, opened }).toEqual({ noLongerApplies: [], opened: [] });
    for (const id of removed) {
      const partition = id.includes("reach-production") ? amazon.sandbox : amazon.prod;
      expect(findings.get(id)?.proof?.partition, id).toBe(partition);
    }
    expect(standing(findings)).toEqual(without(before, removed));
    expect(chain()).toHaveLength(2);
  });

  it("reopens what returns", async () => {
    const readOnly = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    await prod.send(new CreateLoginProfileCommand({ UserName: "ada.park", Password: "not-a-real-one-2!" }));
    await prod.send(new AttachUserPolicyCommand({ UserName: "ada.park", PolicyArn: readOnly }));
    const made = await prod.send(new CreateAccessKeyCommand({ UserName: "bruno.keller" }));
    await prod.send(new AddUserToGroupCommand({ UserName: "emeka.obi", GroupName: "data-engineers" }));
    const target = `arn:aws:iam::${amazon.prod}:role/production-breakout`;
    await sandbox.send(
      new PutRolePolicyCommand({
        RoleName: "release-runner",
        PolicyName: "reach-production",
        PolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Resource: target }],
        }),
      }),
    );
    await trustBreakout({ AWS: `arn:aws:iam::${amazon.sandbox}:role/release-runner` });
    const { findings, reopened, opened } = await step();
    expect(reopened).toEqual(
      sorted(
        told("leaver-with-password"),
        told("leaver-with-key", "LVR-001"),
        told("disabled-in-group"),
        chain(),
      ),
    );
    for (const id of reopened) {
      expect(findings.get(id)).toMatchObject({ status: "open", reopened: 1, closedAs: null, proof: null });
    }
    // Another key is another finding; the old one stays gone.
    const [oldId = ""] = told("leaver-with-key", "LVR-002");
    expect(opened).toEqual([oldId.replace(oldKey, made.AccessKey?.AccessKeyId ?? "")]);
    expect(findings.get(oldId)).toMatchObject({ status: "closed", closedAs: "removed" });
    before = standing(findings);
    expect(before).toEqual(sorted(without(world().expected(), [oldId]), opened));
  });

  it("follows trust in a whole account into the other one, and proves that it ended", async () => {
    const readOnly = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    const RoleName = "shared-support";
    const trusting = (Principal: Readonly<Record<string, string>>) =>
      JSON.stringify({
        Version: "2012-10-17",
        Statement: { Effect: "Allow", Principal, Action: "sts:AssumeRole" },
      });
    const own = { UserName: "dmitri.volkov", PolicyName: "support" };
    const Statement = { Effect: "Allow", Action: "sts:*", Resource: `arn:aws:iam::*:role/${RoleName}` };
    await prod.send(
      new CreateRoleCommand({
        RoleName,
        AssumeRolePolicyDocument: trusting({ AWS: `arn:aws:iam::${amazon.sandbox}:root` }),
        Tags: [{ Key: "Owner", Value: "yuki.sorensen@larkfield.example" }],
      }),
    );
    await prod.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: readOnly }));
    expect((await step()).opened).toEqual([]);

    amazon.later();
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
    await sandbox.send(new PutUserPolicyCommand({ ...own, PolicyDocument }));
    const { opened, findings } = await step();
    const [, person, account] = (told("leaver-through-roles", "LVR-001")[0] ?? "").split(" ");
    const entitlement = `aws/aws-policy/${amazon.prod}/${readOnly}`;
    const far = world().identityOf("RES-001", { person, account, entitlement });
    expect(opened).toHaveLength(2);
    expect(opened).toContain(far);
    expect(findings.get(far)?.path.map(({ edge, to }) => `${edge} ${to.name}`)).toEqual([
      "HAS_ACCOUNT dmitri.volkov",
      `CAN_ASSUME ${RoleName}`,
      "HAS_ENTITLEMENT ReadOnlyAccess",
      `ON AWS account ${amazon.prod}`,
    ]);
    expect(findings.get(far)?.remediation.map(({ command }) => command)).toContain(
      `aws iam get-role --role-name ${RoleName} --query Role.AssumeRolePolicyDocument --output json > trust.json`,
    );

    const trustIn = async (Principal: Readonly<Record<string, string>>) => {
      amazon.later();
      await prod.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: trusting(Principal) }));
      return step();
    };
    const ended = await trustIn({ Service: "ec2.amazonaws.com" });
    expect(ended.removed).toEqual([far]);
    expect(ended.findings.get(far)?.proof).toMatchObject({ partition: amazon.prod });
    expect((await trustIn({ AWS: amazon.sandbox })).reopened).toEqual([far]);

    // Or his own account takes the leave away.
    amazon.later();
    await sandbox.send(new DeleteUserPolicyCommand(own));
    const taken = await step();
    expect(taken.removed).toEqual(opened);
    expect(taken.findings.get(far)?.proof).toMatchObject({ partition: amazon.sandbox });
  }, 180_000);

  const cells = (row: string, change: Readonly<Record<number, string>>) =>
    row
      .split(";")
      .map((cell, at) => change[at] ?? cell)
      .join(";");
  const STATUS = 4;
  const HIRED = 6;
  const LAST_DAY = 7;

  it("does not take a row that vanished for a removal", async () => {
    const ada = workerIn("leaver-with-password", "Ada Park");
    let row = "";
    await editHr((rows) => {
      row = rows.find((one) => one.startsWith(`${ada};`)) ?? "";
      return rows.filter((one) => one !== row);
    });
    const gone = await step();
    expect(gone.removed).toEqual([]);
    expect(gone.noLongerApplies).toEqual([]);
    expect(gone.opened.map((id) => id.split(" ")[0])).toEqual(["DQ-002"]);
    expect(standing(gone.findings)).toEqual(sorted(before, gone.opened));

    amazon.later();
    await editHr((rows) => [...rows, row]);
    const back = await step();
    expect(back.noLongerApplies).toEqual(gone.opened);
    expect(standing(back.findings)).toEqual(before);
  });

  it("no longer reports who is employed again, and proves nothing by it", async () => {
    const chiara = workerIn("leaver-in-group", "Chiara Rossi");
    const mine = told("leaver-in-group");
    await editHr((rows) =>
      rows.flatMap((row) =>
        row.startsWith(`${chiara};`)
          ? [row, cells(row, { [STATUS]: "Active - Regular", [HIRED]: world().day(-2), [LAST_DAY]: "" })]
          : [row],
      ),
    );
    const { removed, noLongerApplies, findings } = await step();
    expect(removed).toEqual([]);
    expect(noLongerApplies).toEqual(mine);
    expect(standing(findings)).toEqual(without(before, mine));
    for (const id of mine) expect(findings.get(id)?.closedReason).toContain("employed");

    amazon.later();
    await editHr((rows) =>
      rows.map((row) =>
        row.startsWith(`${chiara};`) && row.includes("Active - Regular")
          ? cells(row, { [STATUS]: "Terminated - Vol.", [LAST_DAY]: world().day(-1) })
          : row,
      ),
    );
    const left = await step();
    expect(left.reopened).toEqual(mine);
    expect(standing(left.findings)).toEqual(before);
  });

  it("closes by a parameter or a revision of a rule, and proves nothing by it", async () => {
    const builtIn = join(packageRoot(), "queries", "leavers");
    const write = async (to: World, change: (text: string) => string) => {
      const folder = join(to.dir, "own", "leavers");
      await mkdir(folder, { recursive: true });
      for (const end of [".md", ".test.yaml"]) {
        await cp(join(builtIn, `enabled-account${end}`), join(folder, `own${end}`));
      }
      const text = await readFile(join(builtIn, "enabled-account.cypher"), "utf8");
      await writeFile(join(folder, "own.cypher"), change(text.replace("id: LVR-001", "id: OWN-001")));
      await to.configure((config) => ({ ...config, rules: { folders: ["own"] } }));
    };
    const only = "WHERE NOT coalesce(a.status, 'unknown') IN ['disabled', 'deleted']";
    const withParameter = (text: string) =>
      text
        .replace(
          "reason:",
          'params:\n  least: { type: text, default: "", means: The privilege to report. }\nreason:',
        )
        .replace(only, `${only} AND ($least = '' OR a.effectivePrivilege = $least)`);
    await each((to) => write(to, withParameter));
    const own = await step(["reconcile"]);
    const leavers = before.filter((id) => id.startsWith("LVR-001"));
    expect(own.opened).toHaveLength(leavers.length);

    amazon.later();
    await each((to) =>
      to.configure((config) => ({
        ...config,
        rules: { folders: ["own"], params: { "OWN-001": { least: "admin" } } },
      })),
    );
    const narrowed = await step(["reconcile"]);
    expect(narrowed.removed).toEqual([]);
    expect(narrowed.noLongerApplies.length).toBeGreaterThan(0);
    expect(narrowed.noLongerApplies.length).toBeLessThan(leavers.length);
    for (const id of narrowed.noLongerApplies) {
      expect(narrowed.findings.get(id)?.closedReason).toBe("The rule's least is now admin.");
    }

    amazon.later();
    await each(async (to) => {
      await write(to, (text) =>
        text.replace("revision: 1", "revision: 2").replace(only, `${only} AND a.effectivePrivilege = 'read'`),
      );
    });
    const revised = await step(["reconcile"]);
    expect(revised.removed).toEqual([]);
    expect(revised.noLongerApplies.length).toBeGreaterThan(0);
    for (const id of revised.noLongerApplies) {
      expect(revised.findings.get(id)?.closedReason).toMatch(/^The rule was revised \(1 to 2\)/);
    }

    amazon.later();
    await each((to) => to.configure((config) => ({ ...config, rules: {} })));
    const unused = await step(["reconcile"]);
    expect(unused.removed).toEqual([]);
    expect(standing(unused.findings)).toEqual(before);
  });

  it("judges as of another day without proving anything", async () => {
    const past = await step(["reconcile", "--as-of", "2026-10-20"]);
    expect(past.removed).toEqual([]);
    const stillHere = sorted(
      told("leaver-with-password"),
      told("leaver-in-group"),
      told("leaver-through-roles"),
    );
    expect(past.noLongerApplies).toEqual(expect.arrayContaining([...stillHere]));
    expect(standing(past.findings)).toEqual(expect.arrayContaining([...told("disabled-in-group")]));
    amazon.later();
    const future = await step(["reconcile", "--as-of", "2026-12-31"]);
    const ines = world().identityOf("LVR-001", {
      person: `hr/person/${workerIn("future-leaver", "Ines Duarte")}`,
      account: [...future.findings.values()].find((f) => f.columns.accountName === "ines.duarte")?.columns
        .account,
    });
    expect(future.opened).toContain(ines);
    expect(future.removed).toEqual([]);
    amazon.later();
    const now = await step(["reconcile"]);
    expect(now.removed).toEqual([]);
    expect(now.noLongerApplies).toContain(ines);
    expect(standing(now.findings)).toEqual(before);
  });

  it("judges the rest of the company when one account is denied", async () => {
    // Access goes in both accounts, and somebody leaves.
    await prod.send(
      new RemoveUserFromGroupCommand({ UserName: "chiara.rossi", GroupName: "administrators" }),
    );
    await sandbox.send(new DeleteLoginProfileCommand({ UserName: "dmitri.volkov" }));
    const nadia = workerIn("on-leave", "Nadia Petrova");
    await editHr((rows) =>
      rows.map((row) =>
        row.startsWith(`${nadia};`)
          ? cells(row, { [STATUS]: "Terminated - Vol.", [LAST_DAY]: world().day(-1) })
          : row,
      ),
    );
    amazon.answer(amazon.sandbox, ({ action }) => denied(action));
    const { removed, noLongerApplies, opened, findings, unchecked, document } = await step(["run"], 4);
    expect(removed).toEqual(told("leaver-in-group", "RES-001"));
    expect(noLongerApplies).toEqual([]);
    // One in each system where she has an account.
    const hers = opened.filter((id) => id.startsWith("LVR-001") && id.includes(nadia));
    expect(hers.map((id) => /(?<= )(aws|entra)(?=\/)/.exec(id)?.[1])).toEqual(["aws", "entra"]);
    expect(opened.every((id) => id.includes(nadia))).toBe(true);
    for (const id of told("leaver-through-roles")) {
      expect(findings.get(id)).toMatchObject({ status: "open", checked: false });
      expect(unchecked).toContain(id);
    }
    const far = document.sources.find(({ partition }) => partition === amazon.sandbox);
    expect(far).toMatchObject({ name: "aws", verdict: "failed" });
    expect(far?.reason).toContain("iam:GetAccountAuthorizationDetails");
    expect(document.notEvaluated).toContainEqual(
      expect.objectContaining({ rule: "LVR-001", source: "aws", partition: amazon.sandbox }),
    );
    before = standing(findings);
    // The same for people.
    for (const { code, out } of await each((one) => one.run("findings"))) {
      expect(code).toBe(4);
      expect(out).toContain(amazon.sandbox);
      expect(out).toContain("iam:GetAccountAuthorizationDetails");
    }
  });

  it("proves nothing by a role that cannot be assumed", async () => {
    amazon.answer(undefined);
    amazon.front.answering = ({ action, params }) =>
      action === "AssumeRole" && params.get("RoleArn")?.includes(amazon.sandbox) === true
        ? failure(403, "AccessDenied", "User: a is not authorized to perform: sts:AssumeRole on resource: r")
        : undefined;
    const { removed, noLongerApplies, findings, document } = await step(["run"], 4);
    expect({ removed, noLongerApplies }).toEqual({ removed: [], noLongerApplies: [] });
    expect(standing(findings)).toEqual(before);
    expect(document.sources.find(({ partition }) => partition === amazon.sandbox)?.reason).toContain(
      "sts:AssumeRole",
    );
  });

  it("proves nothing by a connection that is cut", async () => {
    amazon.answer(undefined);
    await proxy.add("cut", { type: "limit_data", attributes: { bytes: 3_000 } });
    const { removed, noLongerApplies, findings, document } = await step(["run"], 4);
    await proxy.remove("cut");
    expect({ removed, noLongerApplies }).toEqual({ removed: [], noLongerApplies: [] });
    expect(standing(findings)).toEqual(before);
    for (const account of [amazon.prod, amazon.sandbox]) {
      const status = document.sources.find(({ partition }) => partition === account);
      expect(status?.verdict).toBe("failed");
      expect(status?.reason).toContain("iam:GetAccountAuthorizationDetails failed");
      expect(status?.reason).not.toContain("Deserialization");
    }
    expect(document.sources.find(({ name }) => name === "hr")).toMatchObject({ verdict: "complete" });
  });

  it("holds back a read that is empty, and says how to accept it", async () => {
    amazon.answer(amazon.prod, ({ action }) =>
      action === "GetAccountAuthorizationDetails"
        ? success(
            action,
            "<IsTruncated>false</IsTruncated><UserDetailList/><GroupDetailList/><RoleDetailList/><Policies/>",
          )
        : action === "GetAccountSummary"
          ? denied(action)
          : undefined,
    );
    let rows: readonly string[] = [];
    await editHr((all) => {
      rows = all;
      return [];
    });
    const { removed, noLongerApplies, findings, document } = await step(["run"], 4);
    expect(noLongerApplies).toEqual([]);
    // The other account was read whole, and what went there while it was dark is proved now.
    expect(removed).toEqual(told("leaver-through-roles", "LVR-001"));
    before = without(before, removed);
    expect(standing(findings)).toEqual(before);
    for (const [name, partition] of [
      ["aws", amazon.prod],
      ["hr", "all"],
    ]) {
      const status = document.sources.find((one) => one.name === name && one.partition === partition);
      expect(status, name).toMatchObject({ state: "stopped" });
    }
    for (const { out, code } of await each((one) => one.run("run"))) {
      expect(code).toBe(4);
      expect(out).toMatch(/The guard stopped hr [\s\S]*exitgraph ingest --accept hr-/);
      expect(out).toMatch(
        /The guard stopped aws account-authorization [\s\S]*exitgraph ingest --accept aws-/,
      );
    }
    amazon.answer(undefined);
    await editHr(() => rows);
    amazon.later();
    const whole = await step();
    expect(whole.removed).toEqual([]);
    expect(standing(whole.findings)).toEqual(before);
    expect(whole.unchecked).toEqual([]);
  });

  it("takes a narrower configuration for no removal, and a retirement for none either", async () => {
    await readAccounts(amazon.prod);
    const narrow = await step(["run"], 4);
    expect({ removed: narrow.removed, gone: narrow.noLongerApplies }).toEqual({ removed: [], gone: [] });
    expect(standing(narrow.findings)).toEqual(before);
    const far = narrow.document.sources.find(({ partition }) => partition === amazon.sandbox);
    expect(far).toMatchObject({ state: "outOfScope" });
    const there = before.filter((id) => narrow.unchecked.includes(id));
    expect(there).toEqual(expect.arrayContaining([...told("orphan"), ...told("two-smiths")]));

    for (const { code, err } of await each((one) =>
      one.run(
        "source",
        "retire",
        "aws",
        "--partition",
        amazon.sandbox,
        "--reason",
        "account closed",
        "--as",
        "ann",
      ),
    )) {
      expect(code, err).toBe(0);
    }
    amazon.later();
    const retired = await step();
    expect(retired.removed).toEqual([]);
    expect(retired.noLongerApplies).toEqual(
      sorted(
        told("leaver-through-roles", "RES-001"),
        told("two-smiths"),
        told("orphan"),
        told("root-without-owner"),
      ),
    );
    for (const id of retired.noLongerApplies) {
      expect(retired.findings.get(id)?.closedReason).toContain("retired");
    }
    // What production trusts there is a name now that nobody answers for.
    expect(retired.opened).toEqual([
      `DQ-003 ref/aws-account/${amazon.sandbox}`,
      `DQ-003 ref/aws-arn/arn:aws:iam::${amazon.sandbox}:role/release-runner`,
    ]);
    expect(standing(retired.findings)).toEqual(
      sorted(without(before, retired.noLongerApplies), retired.opened),
    );
  });

  it("has a journal that nobody touched", async () => {
    for (const { code, out } of await each((one) => one.run("audit", "verify"))) {
      expect(code, out).toBe(0);
    }
  });
});
