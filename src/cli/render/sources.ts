import type { NotEvaluated, SourceStatus } from "../../reconcile/index.js";
import { type Paint, paint, type Style } from "./style.js";
import { table } from "./table.js";
import { minute, plain, plural } from "./text.js";

function verdictPaint(source: SourceStatus): readonly Paint[] {
  if (source.verdict === "complete" && source.state === "applied") return ["green"];
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
      { title: "REASON", value: (s) => s.reason ?? "", shrinkTo: 24 },
    ],
    style,
  );
}

/** Rules that could not be judged, and why, by source and reason. Empty text where all could. */
export function notEvaluatedBlock(notEvaluated: readonly NotEvaluated[], style: Style): string {
  if (notEvaluated.length === 0) return "";
  const groups = new Map<string, { where: string; reason: string; rules: Set<string> }>();
  for (const { rule, source, partition, reason } of notEvaluated) {
    const where = partition === "" ? source : `${source} (${partition})`;
    const id = JSON.stringify([where, reason]);
    const group = groups.get(id) ?? { where, reason, rules: new Set<string>() };
    groups.set(id, group);
    group.rules.add(rule);
  }
  const lines = [...groups.values()].map(({ where, reason, rules }) => {
    const names = [...rules].sort().join(", ");
    return `  ${plain(where)}: ${plain(reason)}\n    ${paint(style, plain(names), "dim")}`;
  });
  const head = `Not evaluated (${plural(groups.size, "gap")}): what follows was not judged, and is neither good nor bad.`;
  return `${paint(style, head, "bold", "yellow")}\n${lines.join("\n")}`;
}
