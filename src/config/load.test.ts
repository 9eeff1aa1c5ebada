// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references to the environment are what is tested
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { InputError, type Log, packageRoot, silentLog } from "../model/index.js";
import { allKeys, configSchema, configTemplate, type LoadedConfig, loadConfig } from "./index.js";

const collectors = new Map([
  [
    "hr-csv",
    {
      config: z.strictObject({
        path: z.string().optional(),
        columns: z.strictObject({ workerId: z.string(), email: z.string().optional() }).loose().optional(),
        delimiter: z.enum([",", ";"]).optional(),
      }),
    },
  ],
  [
    "aws-iam",
    {
      config: z.strictObject({
        region: z.string().default("us-east-1"),
        secretKey: z.string().optional(),
        accounts: z.array(z.strictObject({ id: z.string().regex(/^\d{12}$/), role: z.string() })).default([]),
      }),
    },
  ],
]);

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "exitgraph-config-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function load(text: string, env: Record<string, string> = {}, log?: Log): Promise<LoadedConfig> {
  await writeFile(join(dir, "exitgraph.yaml"), text);
  return loadConfig({ env, collectors, cwd: dir, ...(log ? { log } : {}) });
}

async function refusal(text: string, env: Record<string, string> = {}): Promise<InputError> {
  const error: unknown = await load(text, env).then(
    () => undefined,
    (e: unknown) => e,
  );
  if (!(error instanceof InputError)) throw new Error(`expected an InputError, got ${String(error)}`);
  return error;
}

describe("loadConfig", () => {
  it("fills in defaults and resolves paths against the file's folder", async () => {
    const loaded = await load(
      "rules: { folders: [mine] }\ncorrelate: { mapping: map.csv }\nsources:\n  hr: { type: hr-csv, path: people.csv }\n  old: { type: aws-iam, recording: rec/old, schedule: '0 5 * * *' }\n",
    );
    expect(loaded.dataDir).toBe(join(dir, ".exitgraph"));
    expect(loaded.config.data).toBe(loaded.dataDir);
    expect(loaded.config.store).toEqual({ engine: "embedded" });
    expect(loaded.config.company.timeZone).toBe("UTC");
    expect(loaded.config.guard.removals.percent).toBe(20);
    expect(loaded.config.rules.folders).toEqual([join(dir, "mine")]);
    expect(loaded.config.correlate.mapping).toBe(join(dir, "map.csv"));
    expect(loaded.sources).toEqual([
      {
        name: "hr",
        type: "hr-csv",
        recording: undefined,
        schedule: undefined,
        settings: { path: "people.csv" },
      },
      {
        name: "old",
        type: "aws-iam",
        recording: join(dir, "rec/old"),
        schedule: "0 5 * * *",
        settings: { region: "us-east-1", accounts: [] },
      },
    ]);
  });

  it("accepts an empty file and anchors", async () => {
    expect((await load("")).sources).toEqual([]);
    const loaded = await load(
      "sources:\n  a: { type: aws-iam, accounts: &x [{ id: '111122223333', role: r }] }\n  b: { type: aws-iam, accounts: *x }\n",
    );
    expect(loaded.sources[0]?.settings).toEqual(loaded.sources[1]?.settings);
  });

  it("expands references in values only, also unquoted in a flow map, and leaves escaped ones", async () => {
    const loaded = await load(
      [
        "store: { engine: neo4j, uri: neo4j://db, user: neo4j, password: ${NEO4J_PASSWORD} } # ${NOT_READ}",
        'company: { name: "a $${LITERAL} and ${CO}-${CO}" }',
        "rules: { params: { LVR-001: { '${KEY}': ${CO} } } }",
      ].join("\n"),
      { NEO4J_PASSWORD: 'p"w: {#\n}', CO: "Acme" },
    );
    expect(loaded.config.store).toMatchObject({ password: 'p"w: {#\n}' });
    expect(loaded.config.company.name).toBe("a ${LITERAL} and Acme-Acme");
    expect(loaded.config.rules.params).toEqual({ "LVR-001": { "${KEY}": "Acme" } });
  });

  it.each<[string, string, RegExp, Record<string, string>?]>([
    ["not YAML", "store: {engine: embedded", /not valid YAML.*line 1/s],
    [
      "a duplicate key",
      "data: a\nstore: { engine: embedded }\ndata: b\n",
      /line 3, column 1: the same key stands twice/,
    ],
    ["a tab", "store:\n\tengine: embedded\n", /line 2.*tab/],
    ["two documents", "data: a\n---\ndata: b\n", /second document/],
    ["an unknown alias", "data: *nope\n", /alias/],
    ["an unknown tag", "data: !!js/function x\n", /line 1.*tag/],
    ["a list", "- a\n", /must be a map/],
    ["a scalar", "hello\n", /must be a map/],
    ["an unknown key", "data: x\nsorces: {}\n", /line 2: sorces is not known; did you mean sources\?/],
    ["an unknown nested key", "company:\n  timezone: UTC\n", /line 2: company.timezone .*mean timeZone/],
    [
      "an unknown key far from all",
      "api: { qqqqqqqq: 1 }\n",
      /api.qqqqqqqq is not known \(known: port, introspection/,
    ],
    [
      "an unknown key of a source",
      "sources:\n  hr:\n    type: hr-csv\n    pth: x\n",
      /line 4: sources.hr.pth .*mean path/,
    ],
    [
      "a misspelt base key of a source",
      "sources:\n  hr:\n    type: hr-csv\n    shedule: x\n",
      /mean schedule/,
    ],
    [
      "a key inside a list",
      "sources:\n  a:\n    type: aws-iam\n    accounts:\n      - { id: '111122223333', rol: x }\n",
      /line 5: sources.a.accounts.0.rol .*mean role/,
    ],
    [
      "an unknown type",
      "sources: { a: { type: aws_iam } }\n",
      /sources.a.type is no known type.*mean aws-iam\? \(known: hr-csv, aws-iam\)/,
    ],
    ["no type", "sources: { a: { path: x } }\n", /sources.a.type is missing \(known: hr-csv, aws-iam\)/],
    ["a source that is no map", "sources: { a: 3 }\n", /sources.a expected object/],
    ["sources that are no map", "sources: [a]\n", /sources expected record/],
    ["a reserved source", "sources: { derived: { type: aws-iam } }\n", /sources.derived is a name that/],
    ["a bad source name", "sources: { My Source: { type: aws-iam } }\n", /sources.My Source is no name/],
    ["a wrong engine", "store: { engine: postgres }\n", /store.engine must be one of embedded, neo4j/],
    [
      "a missing password",
      "store: { engine: neo4j, uri: neo4j://a, user: b }\n",
      /store.password is missing/,
    ],
    [
      "a login in the uri",
      "store: { engine: neo4j, uri: 'neo4j://u:hunter22@a', user: b, password: c }\n",
      /store.uri holds a login/,
    ],
    [
      "a wrong type",
      "guard: { removals: { percent: many } }\n",
      /guard.removals.percent expected number, received string/,
    ],
    ["a number out of range", "guard: { removals: { percent: 120 } }\n", /percent too big/],
    ["a bad time zone", "company: { timeZone: Mars }\n", /company.timeZone is not an IANA time zone/],
    [
      "an unset variable",
      "company:\n  name: ${NOPE_X}\n",
      /line 2, company.name: the environment variable NOPE_X is not set/,
    ],
    ["an unset variable in a list", "api: { cors: [a, ${NOPE_X}] }\n", /api.cors.1: .*NOPE_X is not set/],
    ["no variable name", "company: { name: '${a b}' }\n", /company.name: \$\{a b\} is not a reference/],
    [
      "several problems at once",
      "dat: x\nsources: { a: { type: nope }, b: { type: aws-iam, regin: x } }\n",
      /dat .*\n.*sources.a.type .*\n.*sources.b.regin /,
    ],
  ])("refuses %s", async (_, text, message, env) => {
    const error = await refusal(text, env);
    expect(error.message).toMatch(message);
    expect(error.exitCode).toBe(2);
  });

  it("refuses a missing file, and says what to do", async () => {
    await expect(loadConfig({ env: {}, collectors, cwd: join(dir, "empty") })).rejects.toThrow(
      /no exitgraph.yaml .*exitgraph init/,
    );
    await expect(loadConfig({ env: {}, collectors, cwd: dir, file: "nope.yaml" })).rejects.toThrow(
      /no configuration file .*nope.yaml/,
    );
    await expect(loadConfig({ env: {}, collectors, cwd: dir, file: "." })).rejects.toThrow(InputError);
    await writeFile(join(dir, "latin.yaml"), Buffer.from([0x61, 0x3a, 0x20, 0xe4]));
    await expect(loadConfig({ env: {}, collectors, cwd: dir, file: "latin.yaml" })).rejects.toThrow(
      /not UTF-8/,
    );
  });

  it("never repeats a value in an error", async () => {
    const env = { SECRET: "hunter2-canary" };
    for (const text of [
      "store: { engine: neo4j, uri: ${SECRET}, user: a, password: ${SECRET} }\nx: 1\n",
      "store: { engine: ${SECRET} }\n",
      "api: { port: ${SECRET} }\n",
      "company: { timeZone: ${SECRET} }\n",
      "sources: { a: { type: ${SECRET} } }\n",
      "sources: { a: { type: aws-iam, accounts: [{ id: ${SECRET}, role: x }] } }\n",
      'store: { password: "hunter2-canary" extra }\n',
      "password: hunter2-canary: x\n",
      "store: { engine: neo4j, uri: neo4j://a, user: b, password: [hunter2-canary] }\n",
    ]) {
      const error = await refusal(text, env);
      expect(error.message + JSON.stringify(error.detail) + String(error.cause)).not.toContain("hunter2");
    }
  });

  it("warns of secrets in plain text, without showing them", async () => {
    const warnings: string[] = [];
    const log = { ...silentLog, warn: (message: string) => warnings.push(message) };
    await load(
      "store: { engine: neo4j, uri: neo4j://a, user: b, password: hunter2 }\nsources:\n  a:\n    type: aws-iam\n    secretKey: hunter2\n",
      {},
      log,
    );
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toMatch(/line 1: store.password looks like a secret/);
    expect(warnings[1]).toMatch(/line 5: sources.a.secretKey looks like a secret/);
    expect(warnings.join()).not.toContain("hunter2");
    warnings.length = 0;
    await load("store: { engine: neo4j, uri: neo4j://a, user: b, password: ${P} }\n", { P: "hunter2" }, log);
    expect(warnings).toEqual([]);
  });
});

describe("the reference", () => {
  it("names every key of the schema", async () => {
    const text = await readFile(join(packageRoot(), "docs/configuration.md"), "utf8");
    const missing = allKeys(configSchema).filter((key) => !text.includes(`\`${key}\``));
    expect(missing).toEqual([]);
  });
});

describe("configTemplate", () => {
  it("has the keys of the schema only", async () => {
    await expect(load(configTemplate({ timeZone: "Europe/Berlin" }))).resolves.toMatchObject({
      config: { company: { timeZone: "Europe/Berlin" } },
    });
  });
});
