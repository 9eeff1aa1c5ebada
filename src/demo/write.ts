import { type FileHandle, mkdir, open, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { accessKeyPages, authorizationPages, reportPage, summaryPage } from "./aws-print.js";
import { type Block, LEAST_PEOPLE, makeCompany } from "./company.js";
import { configText } from "./config-text.js";
import { addEntra, ENTRA_STREAMS, type EntraTotals, noEntraTotals } from "./entra-print.js";
import { type EntraSite, entraSite } from "./entra-site.js";
import { assetLines } from "./google-print.js";
import { hrHeader, hrRow } from "./hr.js";
import type { Printing } from "./instants.js";
import {
  AWS_SOURCE,
  ENTRA_SOURCE,
  GOOGLE_CLOUD_SOURCE,
  type MappingRow,
  type Story,
  WORKSPACE_SOURCE,
} from "./story.js";
import { WORKSPACE_STREAMS } from "./workspace-print.js";
import { type WorkspaceSite, workspaceSite } from "./workspace-site.js";

export interface CompanyOptions {
  readonly seed?: string;
  /** How many people; 200 unless told, 80 at least. Files are written in stretches, so any number will do. */
  readonly people?: number;
  /** Epoch ms; every date is relative to it. */
  readonly now: number;
  /** Share of other leavers whose accounts were forgotten, 0 to 1; 0 unless told, so that findings are the stories' alone. */
  readonly forgotten?: number;
  /** People written so far. */
  readonly onProgress?: (people: number) => void;
  readonly signal?: AbortSignal;
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
/** When the made-up files were made, before now. AWS's report is newer than the read it completes. */
const AGES = {
  hr: 55 * MINUTE_MS,
  directories: 50 * MINUTE_MS,
  authorization: 40 * MINUTE_MS,
  report: 30 * MINUTE_MS,
  rest: 20 * MINUTE_MS,
};

/** One block of the company, as each of its systems sees it. */
interface Stretch {
  readonly block: Block;
  readonly entra: EntraSite;
  readonly workspace: WorkspaceSite;
}

/** A file, made a stretch at a time. */
interface Output {
  readonly path: string;
  /** Ms before now. */
  readonly age: number;
  readonly head?: string;
  lines(stretch: Stretch): Iterable<string>;
}

/**
 * Writes a made-up company into a folder: an HR file, a mapping file, recordings in the form in which each system
 * answers or exports, and the exitgraph.yaml that names them. The same seed, size and instant give the same bytes.
 */
export async function writeCompany(dir: string, options: CompanyOptions): Promise<WrittenCompany> {
  const { now } = options;
  const seed = options.seed ?? "larkfield";
  const company = makeCompany({ seed, people: options.people ?? 200, forgotten: options.forgotten ?? 0 });
  const printing: Printing = { seed, now };
  // What the systems count themselves stands on the first page of a list, so everything is counted first.
  const totals = noEntraTotals();
  for (const block of company.blocks()) {
    options.signal?.throwIfAborted();
    addEntra(totals, entraSite(block, seed));
  }

  const accounts: string[] = [];
  const outputs = outputsOf(printing, totals, company.mapping).map((output) => ({
    ...output,
    path: join(dir, output.path),
  }));
  const handles: FileHandle[] = [];
  try {
    for (const { path, head } of outputs) {
      await mkdir(dirname(path), { recursive: true });
      const handle = await open(path, "w", 0o600);
      handles.push(handle);
      if (head !== undefined) await handle.appendFile(head);
    }
    for (const block of company.blocks()) {
      options.signal?.throwIfAborted();
      const stretch = { block, entra: entraSite(block, seed), workspace: workspaceSite(block, seed) };
      accounts.push(...block.accounts.map(({ id }) => id));
      for (const [at, { lines }] of outputs.entries())
        for (const text of inChunks(lines(stretch))) await handles[at]?.appendFile(text);
      options.onProgress?.(block.from + block.members.length);
    }
  } finally {
    for (const handle of handles) await handle.close();
  }
  for (const { path, age } of outputs) {
    // A file says by its time when it was read.
    const made = new Date(now - age);
    await utimes(path, made, made);
  }
  const configFile = join(dir, "exitgraph.yaml");
  await writeFile(configFile, configText(seed), { mode: 0o600 });
  return { configFile, people: company.people, accounts, stories: company.stories };
}

const CHUNK = 1 << 18;

/** Lines put together, so that a write is worth its while and no file is ever whole in memory. */
function* inChunks(lines: Iterable<string>): Generator<string> {
  let text = "";
  for (const line of lines) {
    text += line;
    if (text.length < CHUNK) continue;
    yield text;
    text = "";
  }
  if (text !== "") yield text;
}

function outputsOf(
  printing: Printing,
  totals: EntraTotals,
  mapping: readonly MappingRow[],
): readonly Output[] {
  const { seed, now } = printing;
  return [
    {
      path: "people.csv",
      age: AGES.hr,
      head: hrHeader(),
      lines: ({ block }) => block.workers.map((worker) => hrRow(worker, now, seed)),
    },
    {
      path: "accounts.csv",
      age: AGES.hr,
      head: "account,person\n",
      lines: ({ block }) =>
        block.isFirst ? mapping.map(({ account, person }) => `${account},${person}\n`) : [],
    },
    ...awsOutputs(printing),
    ...Object.entries(ENTRA_STREAMS).map(([stream, pages]) =>
      recording(ENTRA_SOURCE, stream, AGES.directories, ({ block, entra }) =>
        pages({ ...printing, site: entra, stretch: block, totals }),
      ),
    ),
    ...Object.entries(WORKSPACE_STREAMS).map(([stream, pages]) =>
      recording(WORKSPACE_SOURCE, stream, AGES.directories, ({ block, workspace }) =>
        pages({ ...printing, site: workspace, stretch: block }),
      ),
    ),
    recording(GOOGLE_CLOUD_SOURCE, "cloud-assets", AGES.directories, ({ block }) =>
      assetLines(block, printing),
    ),
  ];
}

function awsOutputs(printing: Printing): readonly Output[] {
  return [
    recording(AWS_SOURCE, "account-authorization", AGES.authorization, ({ block }) =>
      block.accounts.flatMap((one) => [...authorizationPages(one, printing)]),
    ),
    recording(AWS_SOURCE, "credential-report", AGES.report, ({ block }) =>
      block.accounts.map((one) => reportPage(one, printing, printing.now - AGES.report)),
    ),
    recording(AWS_SOURCE, "access-keys", AGES.rest, ({ block }) =>
      block.accounts.flatMap((one) => [...accessKeyPages(one, printing)]),
    ),
    recording(AWS_SOURCE, "account-summary", AGES.rest, ({ block }) => block.accounts.map(summaryPage)),
  ];
}

/** A recording's file: a page a line. */
function recording(
  source: string,
  stream: string,
  age: number,
  pages: (stretch: Stretch) => Iterable<unknown>,
): Output {
  return {
    path: join("recordings", source, `${stream}.ndjson`),
    age,
    *lines(stretch) {
      for (const page of pages(stretch)) yield `${JSON.stringify(page)}\n`;
    },
  };
}

export { LEAST_PEOPLE };
