import type { Command } from "commander";
import { type Project, type RunOutcome, rulesWithoutSource } from "../engine/index.js";
import type { IngestReport } from "../ingest/index.js";
import type { Severity } from "../model/index.js";
import { type FindingsDocument, readFindings } from "../reconcile/index.js";
import type { Manifest } from "../snapshot/index.js";
import { type Cli, globalOptions, printJson } from "./context.js";
import {
  exitCodeFor,
  failOnMet,
  findingList,
  ingestTable,
  isWhole,
  noFindings,
  plain,
  plural,
  runSummary,
  type Style,
  table,
} from "./render/index.js";

/** Whether a configured source was not read whole, or never: what exit code 4 says. */
export function isIncomplete(document: FindingsDocument, project: Pick<Project, "config">): boolean {
  const read = new Set(document.sources.map(({ name }) => name));
  return (
    document.sources.some((source) => !isWhole(source)) ||
    project.config.sources.some((source) => !read.has(source.name))
  );
}

/** One line per partition of what a collection saw. */
export function manifestText(manifests: readonly Manifest[], style: Style): string {
  const rows = manifests.flatMap((manifest) =>
    manifest.partitions.map((read) => ({ source: manifest.source, ...read })),
  );
  const rejected = rows.flatMap((row) =>
    (row.rejected ?? []).map(
      ({ where, reason }) => `  ${plain(row.source)}: ${plain(where)}: ${plain(reason)}`,
    ),
  );
  const notes = rows.flatMap((row) =>
    (row.notes ?? []).map((note) => `  ${plain(row.source)}: ${plain(note)}`),
  );
  const columns = [
    { title: "SOURCE", value: (row: (typeof rows)[number]) => row.source },
    { title: "STREAM", value: (row: (typeof rows)[number]) => row.stream },
    { title: "PARTITION", value: (row: (typeof rows)[number]) => row.partition, shrinkTo: 12 },
    { title: "READ", value: (row: (typeof rows)[number]) => row.verdict },
    {
      title: "RECORDS",
      value: (row: (typeof rows)[number]) => String(Object.values(row.counts).reduce((sum, n) => sum + n, 0)),
      align: "right" as const,
    },
    { title: "REASON", value: (row: (typeof rows)[number]) => row.reason ?? "", shrinkTo: 24 },
  ];
  const parts = [table(rows, columns, style)];
  if (rejected.length > 0) parts.push(`Rejected:\n${rejected.join("\n")}`);
  if (notes.length > 0) parts.push(`Notes:\n${notes.join("\n")}`);
  parts.push(manifests.map((manifest) => `Snapshot ${manifest.id}`).join("\n"));
  return `${parts.join("\n\n")}\n`;
}

export function ingestText(reports: readonly IngestReport[], dryRun: boolean, style: Style): string {
  if (reports.length === 0) return "Nothing to ingest: the graph has every snapshot.\n";
  const parts = [ingestTable(partitionsOf(reports), style), ...guardLines(reports)];
  const snapshots = plural(reports.length, "snapshot");
  parts.push(
    dryRun
      ? `A dry run: nothing was changed. This is what ${snapshots} would do, each by itself.`
      : snapshots,
  );
  return `${parts.join("\n\n")}\n`;
}

/** What the guard stopped, with samples and the command that lets exactly that read pass. */
function guardLines(reports: readonly IngestReport[]): readonly string[] {
  return reports.flatMap((report) =>
    report.partitions.flatMap(({ stream, partition, guard }) =>
      guard === undefined
        ? []
        : [
            `The guard stopped ${plain(report.source)} ${stream} ${plain(partition)}: ${guard.would} of ${guard.known} ${guard.type} would go, for example ${guard.samples.map(plain).join(", ")}.\n  If that is right: exitgraph ingest --accept ${report.snapshot}`,
          ],
    ),
  );
}

function partitionsOf(reports: readonly IngestReport[]) {
  return reports.flatMap((report) => report.partitions.map((p) => ({ source: report.source, ...p })));
}

/** Tells what a reconciliation came to, and sets the exit code: 4 over 3 over 0. */
export async function reportRun(
  cli: Cli,
  command: Command,
  project: Project,
  outcome: RunOutcome & { readonly options: { readonly asOf?: string; readonly failOn?: "new" | Severity } },
): Promise<void> {
  const { report, ingested, options } = outcome;
  const document = await readFindings(project.store, {}, project.signal);
  const incomplete = isIncomplete(document, project);
  const fresh = new Set([...report.opened, ...report.reopened]);
  const failOn = options.failOn ?? project.config.config.findings.failOn;
  const findings = document.findings.map((finding) => ({
    ...finding,
    isNew: fresh.has(finding.fingerprint),
  }));
  if (globalOptions(command).json) {
    printJson(cli, {
      ...document,
      run: report,
      ingested,
      incomplete,
      failOn: failOn ?? null,
      failOnMet: failOnMet(failOn, findings),
    });
  } else {
    const notApplicable = await rulesWithoutSource(project);
    const list = findingList(document.findings, cli.style, project.config.config.company.timeZone);
    cli.out(`${list === "" ? noFindings(document, { notApplicable }) : list}\n\n`);
    cli.out(
      `${runSummary(
        {
          run: report.run,
          asOf: options.asOf,
          partitions: partitionsOf(ingested),
          opened: report.opened.length,
          reopened: report.reopened.length,
          removed: report.removed.length,
          noLongerApplies: report.noLongerApplies.length,
          endedExceptions: report.endedExceptions,
          standing: document.findings,
          notEvaluated: document.notEvaluated,
          notApplicable,
          sources: document.sources,
        },
        cli.style,
      )}\n`,
    );
    for (const line of guardLines(ingested)) cli.out(`\n${line}\n`);
  }
  cli.setExitCode(exitCodeFor({ incomplete, failOn, findings }));
}
