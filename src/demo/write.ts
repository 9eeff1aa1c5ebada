import { createWriteStream } from "node:fs";
import { mkdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { stringify } from "yaml";
import { accessKeyPages, authorizationPages, type Printing, reportPage, summaryPage } from "./aws-print.js";
import { type Block, LEAST_PEOPLE, type MadeUpCompany, makeCompany } from "./company.js";
import { HR_COLUMNS, HR_STATUS_VALUES, HR_TYPE_VALUES, hrHeader, hrRow } from "./hr.js";
import { DOMAIN } from "./people.js";
import { AWS_SOURCE, HR_SOURCE, type Story } from "./story.js";

export interface CompanyOptions {
  readonly seed?: string;
  /** How many people; 200 unless told, 80 at least. Files are streamed, so any number will do. */
  readonly people?: number;
  /** Epoch ms; every date is relative to it. */
  readonly now: number;
  /** Share of other leavers whose account was forgotten, 0 to 1; 0 unless told, so that findings are the stories' alone. */
  readonly forgotten?: number;
}

export interface WrittenCompany {
  /** The exitgraph.yaml. */
  readonly configFile: string;
  readonly people: number;
  /** AWS account ids; the first two are the stories'. */
  readonly accounts: readonly string[];
  readonly stories: readonly Story[];
}

const MINUTE_MS = 60_000;
/** When the made-up files were made, before now. The report is newer than the read it completes. */
const AGES = {
  hr: 55 * MINUTE_MS,
  authorization: 40 * MINUTE_MS,
  report: 30 * MINUTE_MS,
  rest: 20 * MINUTE_MS,
};

/**
 * Writes a made-up company into a folder: an HR file, a mapping file, recordings in the form that the AWS command
 * line prints, and the exitgraph.yaml that names them. The same seed, size and instant give the same bytes.
 */
export async function writeCompany(dir: string, options: CompanyOptions): Promise<WrittenCompany> {
  const { now } = options;
  const seed = options.seed ?? "larkfield";
  const company = makeCompany({ seed, people: options.people ?? 200, forgotten: options.forgotten ?? 0 });
  const printing: Printing = { seed, now };
  const recordings = join(dir, "recordings", AWS_SOURCE);
  await mkdir(recordings, { recursive: true });

  const files: readonly { path: string; age: number; lines: () => Iterable<string> }[] = [
    { path: join(dir, "people.csv"), age: AGES.hr, lines: () => hrLines(company, printing) },
    {
      path: join(recordings, "account-authorization.ndjson"),
      age: AGES.authorization,
      lines: () =>
        pages(company, (block) => block.accounts.flatMap((one) => [...authorizationPages(one, printing)])),
    },
    {
      path: join(recordings, "credential-report.ndjson"),
      age: AGES.report,
      lines: () =>
        pages(company, (block) => block.accounts.map((one) => reportPage(one, printing, now - AGES.report))),
    },
    {
      path: join(recordings, "access-keys.ndjson"),
      age: AGES.rest,
      lines: () =>
        pages(company, (block) => block.accounts.flatMap((one) => [...accessKeyPages(one, printing)])),
    },
    {
      path: join(recordings, "account-summary.ndjson"),
      age: AGES.rest,
      lines: () => pages(company, (block) => block.accounts.map(summaryPage)),
    },
    { path: join(dir, "accounts.csv"), age: AGES.hr, lines: () => mappingLines(company) },
  ];
  for (const { path, age, lines } of files) {
    await pipeline(Readable.from(lines()), createWriteStream(path, { mode: 0o600 }));
    // A file says by its time when it was read.
    const made = new Date(now - age);
    await utimes(path, made, made);
  }
  const configFile = join(dir, "exitgraph.yaml");
  await writeFile(configFile, configText(), { mode: 0o600 });
  const accounts: string[] = [];
  for (const { accounts: two } of company.blocks()) accounts.push(...two.map(({ id }) => id));
  return { configFile, people: company.people, accounts, stories: company.stories };
}

function* hrLines(company: MadeUpCompany, { seed, now }: Printing): Generator<string> {
  yield hrHeader();
  for (const { workers } of company.blocks()) for (const worker of workers) yield hrRow(worker, now, seed);
}

function* pages(company: MadeUpCompany, of: (block: Block) => readonly unknown[]): Generator<string> {
  for (const block of company.blocks()) for (const page of of(block)) yield `${JSON.stringify(page)}\n`;
}

function* mappingLines(company: MadeUpCompany): Generator<string> {
  yield "account,person\n";
  for (const { account, person } of company.mapping) yield `${account},${person}\n`;
}

function configText(): string {
  const text = stringify(
    {
      store: { engine: "embedded" },
      company: {
        name: "Larkfield Instruments (made up)",
        timeZone: "Europe/Berlin",
        domains: [DOMAIN, `corp.${DOMAIN}`],
      },
      sources: {
        [HR_SOURCE]: {
          type: "hr-csv",
          path: "people.csv",
          columns: HR_COLUMNS,
          statusValues: HR_STATUS_VALUES,
          typeValues: HR_TYPE_VALUES,
          dateFormats: ["dd.MM.yyyy"],
        },
        [AWS_SOURCE]: { type: "aws-iam", recording: `recordings/${AWS_SOURCE}` },
      },
      correlate: { mapping: "accounts.csv", userNames: ["{first}.{last}", "{f}{last}"] },
    },
    { lineWidth: 0 },
  );
  return `# A company that does not exist, made by exitgraph.\n${text}`;
}

export { LEAST_PEOPLE };
