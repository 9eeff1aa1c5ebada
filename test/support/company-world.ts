import { mkdtemp, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IAMClient } from "@aws-sdk/client-iam";
import { fromTemporaryCredentials } from "@aws-sdk/credential-providers";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { type WrittenCompany, writeCompany } from "../../src/demo/index.js";
import type { StoreConfig } from "../../src/graph/index.js";
import type { IngestReport } from "../../src/ingest/index.js";
import { packageRoot } from "../../src/model/index.js";
import {
  type Finding,
  type FindingsDocument,
  loadRules,
  type Rule,
  type RunReport,
} from "../../src/reconcile/index.js";
import { clearNeo4j, type MotoServer, sharedNeo4j, startMoto } from "../servers/index.js";
import { type Answering, QueryServer } from "./aws-query.js";
import { type CliResult, exitgraph } from "./cli.js";
import { completeReport, motoSeedOf } from "./moto-company.js";

/** The instant at which the made-up company is looked at first. */
export const START = Date.parse("2026-11-21T10:00:00Z");
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** The role that every account of the company lets its administrators' account assume. */
const READER = "OrganizationAccountAccessRole";

/** The company's AWS accounts in moto, behind a server that can refuse. One for all worlds, and one clock. */
export class Amazon {
  /** Epoch ms: the clock of AWS and of whoever reads it. */
  now = START;
  readonly #accountOf = new Map<string, string>();
  private constructor(
    readonly moto: MotoServer,
    readonly front: QueryServer,
    readonly dir: string,
    readonly company: WrittenCompany,
  ) {
    front.now = () => this.now;
    front.completing = (call, answer) => {
      const account = this.#accountOf.get(call.signedBy) ?? "";
      if (call.action === "AssumeRole") {
        const key = /<AccessKeyId>([^<]+)</.exec(answer.xml)?.[1] ?? "";
        this.#accountOf.set(key, (call.params.get("RoleArn") ?? "").split(":")[4] ?? "");
      }
      return completeReport(call, answer, account, this.now);
    };
  }

  static async start(): Promise<Amazon> {
    const dir = await mkdtemp(join(tmpdir(), "exitgraph-company-"));
    const company = await writeCompany(dir, { now: START });
    const moto = await startMoto({ seed: await motoSeedOf(join(dir, "recordings", "aws")) });
    return new Amazon(moto, await QueryServer.start(moto.url), dir, company);
  }

  get prod(): string {
    return this.company.accounts[0] ?? "";
  }
  get sandbox(): string {
    return this.company.accounts[1] ?? "";
  }

  /** What the reading side gets instead of moto's answers in one account; `undefined` for none. */
  answer(account: string | undefined, answering: Answering = () => undefined): void {
    this.front.answering = (call) =>
      account !== undefined && this.#accountOf.get(call.signedBy) === account ? answering(call) : undefined;
  }

  /** Lets time pass: an hour between two reads. */
  later(): void {
    this.now += HOUR;
  }

  /** IAM of an account, for those who administer it. */
  iam(account: string): IAMClient {
    const client = { endpoint: this.moto.url, region: "us-east-1" };
    return new IAMClient({
      ...client,
      credentials: fromTemporaryCredentials({
        masterCredentials: this.moto.credentials,
        params: { RoleArn: `arn:aws:iam::${account}:role/${READER}`, RoleSessionName: "administrator" },
        clientConfig: client,
      }),
    });
  }

  async stop(): Promise<void> {
    await this.front.stop();
    await this.moto.stop();
    await rm(this.dir, { recursive: true, force: true });
  }
}

/** How a configuration takes a value from the environment. */
export const inEnvironment = (name: string) => `$\{${name}}`;

const configShape = z.looseObject({ sources: z.record(z.string(), z.looseObject({})) });
export type ConfigText = z.infer<typeof configShape>;

/** What `run --json` and `reconcile --json` print. */
export interface RunDocument extends FindingsDocument {
  readonly incomplete: boolean;
  readonly run: RunReport;
  readonly ingested: readonly IngestReport[];
}

/** One installation: a folder with its configuration, HR file, data and store, and its command line. */
export class World {
  rules: readonly Rule[] = [];
  private constructor(
    readonly name: string,
    readonly dir: string,
    readonly company: WrittenCompany,
    readonly clock: () => number,
    readonly env: Readonly<Record<string, string>>,
  ) {}

  /** The company in a folder of its own, as `writeCompany` wrote it: AWS from recordings. */
  static async create(
    name: string,
    store: StoreConfig,
    clock: () => number,
    env: Readonly<Record<string, string>> = {},
  ): Promise<World> {
    const dir = await mkdtemp(join(tmpdir(), "exitgraph-world-"));
    const company = await writeCompany(dir, { now: START });
    const world = new World(name, dir, company, clock, env);
    world.rules = await loadRules([join(packageRoot(), "queries")]);
    await world.configure((config) => ({ ...config, store }));
    return world;
  }

  /** The same, on the Neo4j that all tests share; its nodes are deleted. */
  static async onNeo4j(clock: () => number): Promise<World> {
    const { uri, user, password } = sharedNeo4j();
    await clearNeo4j({ uri, user, password });
    const store = { engine: "neo4j" as const, uri, user, password: inEnvironment("NEO4J_PASSWORD") };
    return World.create("neo4j", store, clock, { NEO4J_PASSWORD: password });
  }

  async configure(change: (config: ConfigText) => object): Promise<void> {
    const file = join(this.dir, "exitgraph.yaml");
    const config = configShape.parse(parse(await readFile(file, "utf8")));
    await writeFile(file, stringify(change(config)));
  }

  /** Reads AWS at an endpoint from here on: these accounts, each by its role. */
  async readAws(endpoint: string, accounts: readonly string[]): Promise<void> {
    const aws = {
      type: "aws-iam",
      region: "us-east-1",
      endpoint,
      accounts: accounts.map((id) => ({ id, role: READER })),
    };
    await this.configure((config) => ({ ...config, sources: { ...config.sources, aws } }));
  }

  /** Rewrites the HR file: rows by worker id, without the header. */
  async editHr(change: (rows: readonly string[]) => readonly string[]): Promise<void> {
    const file = join(this.dir, "people.csv");
    const [header = "", ...rows] = (await readFile(file, "utf8")).trimEnd().split("\r\n");
    await writeFile(file, `${[header, ...change(rows)].join("\r\n")}\r\n`);
    const at = new Date(this.clock());
    await utimes(file, at, at);
  }

  /** A day as this company's HR system writes it, so many days from the start. */
  day(days: number): string {
    return new Date(START + days * DAY).toISOString().slice(0, 10).split("-").reverse().join(".");
  }

  run(...argv: readonly string[]): Promise<CliResult> {
    return this.runWith({}, argv);
  }

  /** The same, with more in the environment. */
  runWith(env: Readonly<Record<string, string>>, argv: readonly string[]): Promise<CliResult> {
    return exitgraph(argv, { cwd: this.dir, env: { ...this.env, ...env }, now: this.clock });
  }

  /** All findings, the closed ones too, by their identity. */
  async findings(): Promise<ReadonlyMap<string, Finding>> {
    const result = await this.run("findings", "--all", "--json");
    const document = result.json();
    if (!hasFindings(document)) throw new Error(`no findings document: ${result.out}\n${result.err}`);
    return new Map(
      document.findings.map((finding) => [this.identityOf(finding.rule, finding.columns), finding]),
    );
  }

  /** `RULE column column…`: what makes a finding the same one tomorrow. */
  identityOf(rule: string, columns: Readonly<Record<string, unknown>>): string {
    const identity = this.rules.find((one) => one.id === rule)?.identity ?? Object.keys(columns).sort();
    return [rule, ...identity.map((column) => String(columns[column]))].join(" ");
  }

  /** Every finding that the stories must give by the rules there are. */
  expected(): readonly string[] {
    const known = new Set(this.rules.map(({ id }) => id));
    return this.company.stories
      .flatMap((story) => story.expects)
      .filter(({ rule }) => known.has(rule))
      .map(({ rule, identity }) => this.identityOf(rule, identity))
      .sort();
  }

  async remove(): Promise<void> {
    await rm(this.dir, { recursive: true, force: true });
  }
}

/** The document of a run. Its shape is the command line's promise, which its own tests check. */
export function documentOf(result: CliResult): RunDocument {
  if (result.out === "") throw new Error(`the run printed nothing: ${result.err}`);
  const document = result.json();
  if (!hasFindings(document) || !isRun(document)) throw new Error(`no run document: ${result.out}`);
  return document;
}

function hasFindings(value: unknown): value is FindingsDocument {
  return typeof value === "object" && value !== null && "findings" in value && Array.isArray(value.findings);
}
function isRun(value: FindingsDocument): value is RunDocument {
  return "run" in value && "ingested" in value && "incomplete" in value;
}

export type Findings = ReadonlyMap<string, Finding>;

export const standing = (findings: Findings): readonly string[] =>
  [...findings].flatMap(([id, { status }]) => (status === "closed" ? [] : [id])).sort();

/** What became of each finding, without what differs from store to store by nature (run ids, snapshot ids). */
export const inShort = (findings: Findings): readonly string[] =>
  [...findings]
    .map(([id, { status, closedAs, checked, reopened, proof, severity }]) =>
      [id, severity, status, closedAs, checked, reopened, proof?.record, proof?.partition].join(" | "),
    )
    .sort();
