import type { ReadState, Severity, Verdict } from "../../model/index.js";
import type { EndedException, FindingStatus, NotEvaluated, SourceStatus } from "../../reconcile/index.js";
import { findingCounts, shortFingerprint } from "./findings.js";
import { isWhole, notApplicableLine, notEvaluatedBlock, unreadBlock } from "./sources.js";
import { type Paint, paint, type Style } from "./style.js";
import { table } from "./table.js";
import { count, plain, plural } from "./text.js";

/** What became of one partition in a run. */
export interface PartitionSummary {
  readonly source: string;
  readonly stream: string;
  readonly partition: string;
  readonly verdict: Verdict;
  readonly state: ReadState;
  readonly reason: string | null;
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  readonly missing: number;
  readonly unchanged: number;
  /** What its records violate; the read may have been whole, and have taken records away. */
  readonly violations?: readonly unknown[];
}

export interface RunSummary {
  readonly run: string;
  /** ISO date, where the run judged another day than today. */
  readonly asOf?: string | undefined;
  readonly partitions: readonly PartitionSummary[];
  readonly opened: number;
  readonly reopened: number;
  readonly removed: number;
  readonly noLongerApplies: number;
  /** Exceptions that the run ended. */
  readonly endedExceptions: readonly EndedException[];
  /** Findings that stand after the run. */
  readonly standing: readonly { readonly severity: Severity; readonly status: FindingStatus }[];
  readonly notEvaluated: readonly NotEvaluated[];
  /** Rules that no configured source gives anything to judge. */
  readonly notApplicable: readonly string[];
  /** How every source stood, also those that this run did not read. */
  readonly sources: readonly SourceStatus[];
}

function outcome(partition: PartitionSummary): string {
  if (partition.state === "stopped") return "stopped by the guard";
  if (partition.state === "narrowed") return `${partition.verdict}, narrower`;
  return partition.state === "outOfScope" ? "out of scope" : partition.verdict;
}

function outcomePaint(partition: PartitionSummary): readonly Paint[] {
  if (isWhole(partition)) return ["green"];
  return partition.verdict === "failed" || partition.state === "stopped" ? ["red"] : ["yellow"];
}

/** One line per partition: what was read and what changed in the graph. */
export function ingestTable(partitions: readonly PartitionSummary[], style: Style): string {
  const number = (title: string, value: (p: PartitionSummary) => number) => ({
    title,
    value: (p: PartitionSummary) => count(value(p)),
    align: "right" as const,
  });
  return table(
    partitions,
    [
      { title: "SOURCE", value: (p) => p.source },
      { title: "STREAM", value: (p) => p.stream },
      { title: "PARTITION", value: (p) => p.partition, shrinkTo: 12 },
      { title: "READ", value: outcome, paint: outcomePaint },
      number("ADDED", (p) => p.added),
      number("CHANGED", (p) => p.changed),
      number("REMOVED", (p) => p.removed),
      number("MISSING", (p) => p.missing),
      number("SAME", (p) => p.unchanged),
      { title: "REASON", value: (p) => p.reason ?? "", shrinkTo: 24 },
    ],
    style,
  );
}

const WHY_ENDED: Readonly<Record<EndedException["because"], string>> = {
  expired: "its last day is over",
  removed: "a read proved what it was for removed",
};

function endedBlock(ended: readonly EndedException[]): string {
  return ended
    .map(
      ({ id, rule, fingerprint, because }) =>
        `Exception ${plain(id)} for ${plain(rule)} ${shortFingerprint(fingerprint)} ended: ${WHY_ENDED[because]}.`,
    )
    .join("\n");
}

/** What a run did, in a few lines; ends with what stands. */
export function runSummary(summary: RunSummary, style: Style): string {
  const changes = [
    [summary.opened, "opened"],
    [summary.reopened, "reopened"],
    [summary.removed, "removed (proved)"],
    [summary.noLongerApplies, "no longer apply"],
  ] as const;
  const said = changes.filter(([number]) => number > 0).map(([number, what]) => `${count(number)} ${what}`);
  const violated = summary.partitions.filter((p) => p.violations !== undefined);
  const incomplete = summary.partitions.filter((p) => !isWhole(p) && p.violations === undefined);
  // The table above has those that this run read.
  const shown = new Set(summary.partitions.map(({ source, partition }) => `${source}|${partition}`));
  const others = summary.sources.filter(({ name, partition }) => !shown.has(`${name}|${partition}`));
  const gap =
    incomplete.length === 0
      ? ""
      : paint(
          style,
          `${plural(incomplete.length, "partition")} not read whole: nothing was removed there, and nothing proved.`,
          "bold",
          "yellow",
        );
  const contradiction =
    violated.length === 0
      ? ""
      : paint(
          style,
          `${plural(violated.length, "partition")} at odds with the graph: nothing is proved there (exitgraph audit verify).`,
          "bold",
          "yellow",
        );
  return [
    ingestTable(summary.partitions, style),
    gap,
    contradiction,
    unreadBlock(others, style),
    notEvaluatedBlock(summary.notEvaluated, style),
    notApplicableLine(summary.notApplicable, style),
    `Run ${plain(summary.run)}${summary.asOf === undefined ? "" : ` as of ${plain(summary.asOf)}`}: ${said.length > 0 ? said.join(", ") : "nothing changed"}.`,
    endedBlock(summary.endedExceptions),
    `${findingCounts(summary.standing)} ${summary.standing.length === 1 ? "stands" : "stand"}.`,
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}
