import { isRef, type NodeRef, parseKey, SEVERITIES } from "../../model/index.js";
import type { Finding, FindingsDocument } from "../../reconcile/index.js";
import { findingCounts } from "./findings.js";
import { nodeText, pathText } from "./path.js";
import { notEvaluatedBlock, unreadBlock } from "./sources.js";
import { paint, SEVERITY_PAINT, type Style } from "./style.js";
import { table } from "./table.js";
import { count, plain, wrap } from "./text.js";

/** Findings on one screen: a line a rule with the worst of its findings, and what could not be judged. */
export function findingsByRule(document: FindingsDocument, style: Style): string {
  const byRule = new Map<string, Finding[]>();
  for (const finding of document.findings) {
    const list = byRule.get(finding.rule);
    if (list === undefined) byRule.set(finding.rule, [finding]);
    else list.push(finding);
  }
  const rows = [...byRule].flatMap(([rule, findings]) => {
    const worst = findings.reduce((a, b) => (rankOf(b) > rankOf(a) ? b : a));
    return [{ rule, found: findings.length, worst }];
  });
  rows.sort((a, b) => rankOf(b.worst) - rankOf(a.worst) || (a.rule < b.rule ? -1 : 1));
  const lines = table(
    rows,
    [
      { title: "RULE", value: ({ rule }) => rule },
      { title: "FOUND", value: ({ found }) => count(found), align: "right" },
      {
        title: "WORST",
        value: ({ worst }) => worst.severity,
        paint: ({ worst }) => SEVERITY_PAINT[worst.severity],
      },
      { title: "SUCH AS", value: ({ worst }) => worst.reason, shrinkTo: 24 },
    ],
    style,
  );
  return [
    lines,
    findingCounts(document.findings),
    notEvaluatedBlock(document.notEvaluated, style),
    unreadBlock(document.sources, style),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

const rankOf = ({ severity }: Finding) => SEVERITIES.indexOf(severity);

/** The sources that a path leads through. References are nobody's. */
export function sourcesOn({ path }: Finding): readonly string[] {
  const nodes = path.flatMap(({ from, to }) => [from, to]);
  return [...new Set(nodes.flatMap((node) => sourceOf(node) ?? []))];
}

const sourceOf = ({ key }: NodeRef) => (isRef(key) ? undefined : parseKey(key).source);

/** The finding whose path leads through the most systems, the longest of them; undefined where none has a path. */
export function furthest(findings: readonly Finding[]): Finding | undefined {
  const [best] = findings
    .filter(({ path }) => path.length > 0)
    .sort(
      (a, b) =>
        sourcesOn(b).length - sourcesOn(a).length ||
        b.path.length - a.path.length ||
        (a.fingerprint < b.fingerprint ? -1 : 1),
    );
  return best;
}

/** One finding hop by hop, each in its system, with what to cut and how. */
export function pathInFull(finding: Finding, style: Style): string {
  const severity = paint(style, finding.severity, ...SEVERITY_PAINT[finding.severity]);
  const [first] = finding.path;
  const hops = [
    ...(first === undefined ? [] : [{ edge: "", to: first.from }]),
    ...finding.path.map(({ edge, to }) => ({ edge, to })),
  ];
  const widest = (texts: readonly string[]) => Math.max(...texts.map((text) => text.length));
  const systems = widest(["command", ...hops.map(({ to }) => sourceOf(to) ?? "")]);
  const edges = widest(hops.map(({ edge }) => edge));
  const label = (text: string) => paint(style, text.padEnd(systems), "dim");
  const room = style.width === undefined ? undefined : Math.max(40, style.width - systems - 4);
  const wrapped = (text: string) => (room === undefined ? [text] : wrap(text, room));
  const field = (name: string, text: string) =>
    wrapped(text).map((line, at) => `  ${label(at === 0 ? name : "")}  ${line}`);
  return [
    ...wrapped(`${plain(finding.reason)}`).map((line, at) =>
      at === 0 ? `${severity} ${paint(style, plain(finding.rule), "bold")} ${line}` : `  ${line}`,
    ),
    "",
    ...hops.map(
      ({ edge, to }) =>
        `  ${label(plain(sourceOf(to) ?? ""))}  ${paint(style, plain(edge).padEnd(edges), "cyan")}  ${nodeText(to)}`,
    ),
    "",
    ...finding.cuts.flatMap((cut, at) => [
      ...field(at === 0 ? "cut" : "", pathText([cut])),
      ...(cut.changeAt === undefined ? [] : field("", plain(cut.changeAt))),
    ]),
    // Commands stay whole, so that they can be copied.
    ...finding.remediation.map(
      ({ command }, at) => `  ${label(at === 0 ? "command" : "")}  ${plain(command)}`,
    ),
  ].join("\n");
}
