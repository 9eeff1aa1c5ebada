import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateAccessKeyCommand } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, expect, inject, it, vi } from "vitest";
import { openStore, type StoreConfig } from "../src/graph/index.js";
import { describeWith, sharedNeo4j } from "./servers/index.js";
import { failure } from "./support/aws-query.js";
import { Amazon, inEnvironment, World } from "./support/company-world.js";
import { contentOf, filesBelow, storeLines } from "./support/sweep.js";

/**
 * A secret of its own in every field that could hold one, through everything that the command line does: none of them
 * may stand in a file, in the store, or in what was said.
 */
const CANARY = {
  awsSecret: "canaryAwsSecret9f31",
  awsSession: "canaryAwsSession7c02",
  externalId: "canaryExternalId55d8",
  pay: "canaryPay60417",
  unmapped: "canaryIban3e77",
  badDate: "canaryDate0b19",
  badStatus: "canaryRejected4a4f",
  wrongPassword: "canaryPassword88ee",
  configValue: "canaryConfig12ac",
};

describeWith(["moto"], "secrets", () => {
  let amazon: Amazon;
  let scratch: string;
  let worlds: readonly World[];
  /** What commands printed, by what they were. */
  const said: { readonly what: string; readonly text: string }[] = [];
  /** Secrets that others made: keys and sessions of AWS, the database's password. */
  const secrets = new Map<string, string>(Object.entries(CANARY));

  beforeAll(async () => {
    amazon = await Amazon.start();
    scratch = await mkdtemp(join(tmpdir(), "exitgraph-canaries-"));
    vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIACANARYCANARYCANA");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", CANARY.awsSecret);
    vi.stubEnv("AWS_SESSION_TOKEN", CANARY.awsSession);
    const { AccessKey } = await amazon
      .iam(amazon.prod)
      .send(new CreateAccessKeyCommand({ UserName: "ada.park" }));
    secrets.set("a user's secret key", AccessKey?.SecretAccessKey ?? "");
    const { completing } = amazon.front;
    amazon.front.completing = (call, answer) => {
      for (const name of ["SecretAccessKey", "SessionToken"]) {
        const secret = new RegExp(`<${name}>([^<]+)<`).exec(answer.xml)?.[1];
        if (secret !== undefined) secrets.set(`${call.action} ${name} ${secrets.size}`, secret);
      }
      return completing(call, answer);
    };
    const clock = () => amazon.now;
    worlds = [await World.create("embedded", { engine: "embedded" }, clock)];
    if (inject("servers").neo4j.ok) {
      worlds = [...worlds, await World.onNeo4j(clock)];
      secrets.set("Neo4j's password", sharedNeo4j().password);
    }
    for (const world of worlds) await live(world);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    for (const world of worlds) await world.remove();
    await rm(scratch, { recursive: true, force: true });
    await amazon.stop();
  });

  /** Everything that people do with it, and what goes wrong while they do. */
  async function live(world: World): Promise<void> {
    const run = async (argv: readonly string[], env: Readonly<Record<string, string>> = {}) => {
      const result = await world.runWith(env, [...argv, "--verbose"]);
      said.push({ what: `${world.name}: ${argv.join(" ")} (stdout)`, text: result.out });
      said.push({ what: `${world.name}: ${argv.join(" ")} (stderr)`, text: result.err });
      return result;
    };
    await world.readAws(amazon.front.url, [amazon.prod, amazon.sandbox]);
    const env = { EXTERNAL_ID: CANARY.externalId, CONFIG_VALUE: CANARY.configValue };
    await world.configure(({ sources, ...config }) => ({
      ...config,
      sources: { ...sources, aws: { ...sources.aws, externalId: inEnvironment("EXTERNAL_ID") } },
    }));
    // A column that nobody mapped, salaries, and rows that are rejected.
    const file = join(world.dir, "people.csv");
    const [header = "", ...rows] = (await readFile(file, "utf8")).trimEnd().split("\r\n");
    const lines = rows.map((row) => row.replace(/[^;]*$/, CANARY.pay).concat(`;${CANARY.unmapped}`));
    const [first = ""] = lines;
    const bad = first.split(";").map((cell, at) => (at === 0 ? "999999" : at === 6 ? CANARY.badDate : cell));
    const twice = first.split(";").map((cell, at) => (at === 2 ? CANARY.badStatus : cell));
    await writeFile(file, `${[`${header};IBAN`, ...lines, bad.join(";"), twice.join(";")].join("\r\n")}\r\n`);

    const ran = await run(["run", "--record", join(scratch, world.name)], env);
    expect(ran.err).toMatch(/reject/i);
    for (const argv of [
      ["run", "--json"],
      ["doctor"],
      ["findings", "--detail"],
      ["findings", "--all", "--json"],
      ["access", "ada.park@larkfield.example", "--json"],
      ["who-can", amazon.prod, "--json"],
      ["history", "ada.park@larkfield.example", "--on", "2026-11-21T10:00:00Z", "--json"],
      ["export", "access", "--format", "csv", "--out", join(scratch, `${world.name}-access.csv`)],
      ["export", "findings", "--format", "json", "--out", join(scratch, `${world.name}-findings.json`)],
      ["source", "list"],
      ["audit", "verify"],
      ["collect", "--json"],
    ]) {
      // Rows were rejected, so the read of HR is partial.
      expect([0, 4], argv.join(" ")).toContain((await run(argv, env)).code);
    }
    // AWS repeats the request, the session's token in it, when it does not like a signature.
    amazon.front.answering = ({ action, params }) =>
      failure(
        403,
        "SignatureDoesNotMatch",
        `The canonical string for ${action} should have been POST x-amz-security-token:${[...secrets.values()].join(" ")} ${params.toString()}`,
      );
    expect((await run(["run"], env)).code).toBe(4);
    await run(["doctor"], env);
    amazon.front.answering = () => undefined;
    // A value of the environment where it does not belong.
    const config = join(world.dir, "exitgraph.yaml");
    const good = await readFile(config, "utf8");
    for (const wrong of [
      `guard: { removals: { percent: "${inEnvironment("CONFIG_VALUE")}" } }`,
      `company: { timeZone: "${inEnvironment("CONFIG_VALUE")}" }`,
      `findings: { failOn: "${inEnvironment("CONFIG_VALUE")}" }`,
      `"${inEnvironment("CONFIG_VALUE")}": 1`,
    ]) {
      await writeFile(config, `${good.replace(/^company:\n(?: .*\n)+/m, "")}\n${wrong}\n`);
      expect((await run(["run"], env)).code).toBe(2);
    }
    await writeFile(config, good);
    if (world.name === "neo4j") {
      expect((await run(["run"], { ...env, NEO4J_PASSWORD: CANARY.wrongPassword })).code).toBe(2);
    }
  }

  /** Which secrets a text holds, plain or in an encoding that somebody may have put it in. */
  const found = (content: Buffer): readonly string[] => {
    const text = content.toString("latin1");
    return [...secrets].flatMap(([name, secret]) => {
      const bytes = Buffer.from(secret);
      const forms = [
        secret,
        encodeURIComponent(secret),
        bytes.toString("base64").replace(/=+$/, ""),
        bytes.toString("hex"),
        Buffer.from(secret, "utf16le").toString("latin1"),
      ];
      return forms.some((form) => text.includes(form)) ? [name] : [];
    });
  };
  const holding = (things: readonly { readonly what: string; readonly content: Buffer }[]) =>
    things.flatMap(({ what, content }) => found(content).map((name) => `${what} holds ${name}`));

  it("are looked for where there are some", () => {
    expect(secrets.size).toBeGreaterThan(Object.keys(CANARY).length + 4);
    expect([...secrets.values()].every((secret) => secret.length >= 12)).toBe(true);
    expect(found(Buffer.from(`x ${Buffer.from(CANARY.pay).toString("base64")}`))).toEqual(["pay"]);
    expect(found(Buffer.from(CANARY.awsSecret, "utf16le"))).toEqual(["awsSecret"]);
  });

  it("reach no snapshot, no journal, no baseline and no file of the embedded store", async () => {
    for (const world of worlds) {
      const files = (await filesBelow(join(world.dir, ".exitgraph"))).map((file) => ({
        what: file.path,
        content: contentOf(file),
      }));
      expect(files.filter(({ what }) => what.startsWith("snapshots/hr-")).length).toBeGreaterThan(0);
      expect(files.some(({ content }) => content.includes("ada.park"))).toBe(true);
      expect(holding(files)).toEqual([]);
    }
  });

  it("reach no recording and no export", async () => {
    const files = (await filesBelow(scratch)).map((file) => ({ what: file.path, content: contentOf(file) }));
    const paths = files.map(({ what }) => what);
    for (const world of worlds) {
      expect(paths).toContain(`${world.name}/aws/account-authorization.ndjson`);
      expect(paths).toContain(`${world.name}/hr/workers.ndjson`);
      expect(paths).toContain(`${world.name}-access.csv`);
    }
    // The report is in base64, as the command line prints it.
    const reports = files
      .filter(({ what }) => what.endsWith("credential-report.ndjson"))
      .flatMap(({ what, content }) =>
        [...content.toString("utf8").matchAll(/"Content":"([^"]+)"/g)].map(([, base64 = ""]) => ({
          what,
          content: Buffer.from(base64, "base64"),
        })),
      );
    expect(reports.length).toBeGreaterThan(0);
    // A recording keeps mapped columns as they came, also those of rows that are rejected: nobody logs them, though.
    const rejected = /^\w+\/hr\/workers\.ndjson holds (badDate|badStatus)$/;
    expect(holding([...files, ...reports]).filter((one) => !rejected.test(one))).toEqual([]);
  });

  it("reach no property of the graph on either engine", async () => {
    for (const world of worlds) {
      const store = await openStore({ store: storeOf(world), dataDir: join(world.dir, ".exitgraph") });
      try {
        const lines = await storeLines(store);
        expect(lines.some((line) => line.includes("ada.park"))).toBe(true);
        expect(holding([{ what: world.name, content: Buffer.from(lines.join("\n")) }])).toEqual([]);
      } finally {
        await store.close();
      }
    }
  });

  it("are not said, whatever goes wrong", () => {
    expect(said.length).toBeGreaterThan(30);
    expect(said.some(({ text }) => text.includes("ada.park"))).toBe(true);
    expect(holding(said.map(({ what, text }) => ({ what, content: Buffer.from(text) })))).toEqual([]);
  });

  function storeOf(world: World): StoreConfig {
    return world.name === "neo4j" ? { engine: "neo4j", ...sharedNeo4j() } : { engine: "embedded" };
  }
});
