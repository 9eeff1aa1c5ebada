import type { NotEvaluated, SourceStatus } from "../../reconcile/index.js";
import { type Paint, paint, type Style } from "./style.js";
import { table } from "./table.js";
import { minute, plain, plural } from "./text.js";

/** True where the newest read of a partition counts in full. */
export function isWhole(source: Pick<SourceStatus, "verdict" | "state">): boolean {
  return source.verdict === "complete" && source.state === "applied";
}

function verdictPaint(source: SourceStatus): readonly Paint[] {
  if (isWhole(source)) return ["green"];
  return source.verdict === "failed" || source.state === "stopped" ? ["red"] : ["yellow"];
}

const STATES: Readonly<Record<SourceStatus["state"], string>> = {
  applied: "",
  stopped: "stopped by the guard",
  narrowed: "narrower than before",
  outOfScope: "no longer configured",
};

/** How each source and partition stands. */
export function sourcesTable(sources: readonly SourceStatus[], style: Style): string {
  return table(
    sources,
    [
      { title: "SOURCE", value: (s) => s.name },
      { title: "PARTITION", value: (s) => s.partition, shrinkTo: 12 },
      { title: "READ", value: (s) => (s.readAt === null ? "never" : minute(s.readAt)) },
      { title: "VERDICT", value: (s) => s.verdict, paint: verdictPaint },
      { title: "STATE", value: (s) => STATES[s.state], paint: verdictPaint },
      { title: "REASON", value: (s) => alike((s.reason ?? "").split("; ")), shrinkTo: 24 },
    ],
    style,
  );
}

/** The sources that were not read whole, as a table under its head. Empty text where all were. */
export function unreadBlock(sources: readonly SourceStatus[], style: Style): string {
  const unread = sources.filter((source) => !isWhole(source));
  if (unread.length === 0) return "";
  return `${paint(style, "Sources that were not read whole:", "bold")}\n${sourcesTable(unread, style)}`;
}

/** Rules that the configuration gives nothing to judge. Empty text where there are none. */
export function notApplicableLine(rules: readonly string[], style: Style): string {
  if (rules.length === 0) return "";
  const head = "Not applicable: no configured source reads what these rules judge.";
  return `${paint(style, head, "bold")}\n    ${paint(style, plain(rules.join(", ")), "dim")}`;
}

/** Behind what is the matter with a read, a reason names the record types that the rule needs of it. */
const NEEDED = / \(needed for [^()]*\)(?:; |$)/;

/** Rules that could not be judged, and why, by source and cause. Empty text where all could. */
export function notEvaluatedBlock(notEvaluated: readonly NotEvaluated[], style: Style): string {
  if (notEvaluated.length === 0) return "";
  const groups = new Map<string, { where: string; pieces: Set<string>; rules: Set<string> }>();
  for (const { rule, source, partition, reason } of notEvaluated) {
    const where = partition === "" ? source : `${source} (${partition})`;
    const pieces = reason.split(NEEDED).filter((piece) => piece !== "");
    // Several streams may be missing for one cause: people need to hear of it once.
    const causes = [...new Set(pieces.map((piece) => partsOf(piece).cause))].sort();
    const id = JSON.stringify([where, causes]);
    const group = groups.get(id) ?? { where, pieces: new Set<string>(), rules: new Set<string>() };
    groups.set(id, group);
    for (const piece of pieces) group.pieces.add(piece);
    group.rules.add(rule);
  }
  const lines = [...groups.values()].map(({ where, pieces, rules }) => {
    const names = [...rules].sort().join(", ");
    return `  ${plain(where)}: ${plain(alike([...pieces]))}\n    ${paint(style, plain(names), "dim")}`;
  });
  const head = `Not evaluated (${plural(groups.size, "gap")}): what follows was not judged, and is neither good nor bad.`;
  return `${paint(style, head, "bold", "yellow")}\n${lines.join("\n")}`;
}

/** `access-keys: it was denied` is of a stream; a sentence about one thing has none. */
function partsOf(piece: string): { readonly stream: string | undefined; readonly cause: string } {
  const [, stream, cause] = /^([a-z][a-z0-9-]*): (.*)$/s.exec(piece) ?? [];
  return { stream, cause: cause ?? piece };
}

/** What several streams say, each cause once: `account-authorization, access-keys: it was denied`. */
function alike(pieces: readonly string[]): string {
  const causes = new Map<string, string[]>();
  for (const piece of pieces) {
    const { stream, cause } = partsOf(piece);
    const streams = causes.get(cause) ?? [];
    causes.set(cause, streams);
    if (stream !== undefined) streams.push(stream);
  }
  return [...causes]
    .map(([cause, streams]) => (streams.length === 0 ? cause : `${streams.join(", ")}: ${cause}`))
    .join("; ");
}
