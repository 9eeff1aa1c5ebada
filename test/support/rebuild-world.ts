import { readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { type GraphStore, openStore, type StoreConfig } from "../../src/graph/index.js";
import { type CliResult, exitgraph } from "./cli.js";
import { changesOf, imageOf, markersOf } from "./ingest-worlds.js";

const NOW = Date.parse("2026-11-21T10:00:00Z");
const HOUR = 3_600_000;

export const env = (password: string) => ({ NEO4J_PASSWORD: password });

/** A command over the company, `hours` after it was made. */
export async function at(
  dir: string,
  hours: number,
  argv: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<CliResult> {
  return exitgraph(argv, { cwd: dir, now: () => NOW + hours * HOUR, env: variables });
}

async function done(dir: string, hours: number, ...argv: string[]): Promise<CliResult> {
  const result = await at(dir, hours, argv);
  if (result.code !== 0) throw new Error(`${argv.join(" ")}: ${result.code} ${result.err}`);
  return result;
}

const page = z.looseObject({ UserDetailList: z.array(z.looseObject({ UserName: z.string() })) });
const finding = z.looseObject({ fingerprint: z.string(), rule: z.string(), status: z.string() });
const document = z.looseObject({ findings: z.array(finding) });
const exceptionOf = z.looseObject({ exception: z.looseObject({ id: z.string() }) });

/**
 * The made-up company with a past: access that was removed and proved, an exception that stands, one that was asked
 * for, one that ended, and a run that judged another day.
 */
export async function companyWithPast(root: string): Promise<string> {
  const dir = join(root, "company");
  const made = await at(root, 0, ["demo", "--keep", dir]);
  if (made.code !== 0) throw new Error(made.err);
  takeAwayPolicies(dir, "ada.park");
  await done(dir, 1, "run");
  const { findings } = document.parse((await done(dir, 1, "findings", "--json")).json());
  const [first, second, third] = findings.map(({ fingerprint }) => fingerprint);
  const ask = async (fingerprint = "", as = "ada") =>
    exceptionOf.parse(
      (
        await done(
          dir,
          2,
          ...["exception", "request", fingerprint, "--until", "2026-12-31", "--reason", "moving", "--json"],
          ...["--as", as],
        )
      ).json(),
    ).exception.id;
  await done(dir, 2, "exception", "approve", await ask(first), "--as", "eve");
  await ask(second, "bob");
  await done(dir, 2, "exception", "end", await ask(third), "--reason", "no", "--as", "eve");
  await done(dir, 3, "reconcile", "--as-of", "2026-11-12");
  await done(dir, 4, "run");
  return dir;
}

function takeAwayPolicies(dir: string, user: string): void {
  const file = join(dir, "recordings", "aws", "account-authorization.ndjson");
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  const changed = lines.map((line) => {
    const read = page.parse(JSON.parse(line));
    const users = read.UserDetailList.map((one) =>
      one.UserName === user ? { ...one, AttachedManagedPolicies: [] } : one,
    );
    return JSON.stringify({ ...read, UserDetailList: users });
  });
  writeFileSync(file, `${changed.join("\n")}\n`);
  const seconds = (NOW + HOUR / 2) / 1_000;
  utimesSync(file, seconds, seconds);
}

/** All that a store says, by its commands and by its rows. */
export async function stateOf(
  dir: string,
  store: StoreConfig,
  variables: Readonly<Record<string, string>> = {},
) {
  const answer = async (...argv: string[]) => (await at(dir, 5, [...argv, "--json"], variables)).json();
  const said = {
    findings: await answer("findings", "--all"),
    exceptions: await answer("exception", "list"),
    sources: await answer("source", "list"),
    audit: await answer("audit", "verify"),
  };
  const opened = await openStore({ store, dataDir: join(dir, ".exitgraph") });
  try {
    const rows = {
      image: await imageOf(opened),
      changes: await changesOf(opened),
      markers: await markersOf(opened),
    };
    return { ...said, ...rows, runs: await runsOf(opened) };
  } finally {
    await opened.close();
  }
}

async function runsOf(store: GraphStore): Promise<readonly unknown[]> {
  const rows = await store.rows("MATCH (r:Run) RETURN properties(r) AS props ORDER BY r.id");
  return rows.map(({ props }) => props);
}

const counts = z.looseObject({ added: z.int(), changed: z.int(), removed: z.int(), missing: z.int() });
const runDocument = z.looseObject({
  run: z.looseObject({
    opened: z.array(z.string()),
    reopened: z.array(z.string()),
    removed: z.array(z.string()),
    noLongerApplies: z.array(z.string()),
  }),
  ingested: z.array(z.looseObject({ partitions: z.array(counts) })),
});

/** How much a run changed: a number for each way in which it could. */
export async function changedBy(run: Promise<CliResult>): Promise<Readonly<Record<string, number>>> {
  const { run: report, ingested } = runDocument.parse((await run).json());
  const partitions = ingested.flatMap((one) => one.partitions);
  const sum = (of: (one: z.infer<typeof counts>) => number) =>
    partitions.reduce((all, one) => all + of(one), 0);
  return {
    opened: report.opened.length,
    reopened: report.reopened.length,
    removed: report.removed.length,
    noLongerApplies: report.noLongerApplies.length,
    recordsAdded: sum(({ added }) => added),
    recordsChanged: sum(({ changed }) => changed),
    recordsRemoved: sum(({ removed, missing }) => removed + missing),
  };
}

export const NOTHING = {
  opened: 0,
  reopened: 0,
  removed: 0,
  noLongerApplies: 0,
  recordsAdded: 0,
  recordsChanged: 0,
  recordsRemoved: 0,
};
