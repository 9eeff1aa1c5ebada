import { SEVERITIES, type Severity } from "../../model/index.js";
import type { Finding, FindingsDocument } from "../../reconcile/index.js";
import { pathText } from "./path.js";
import { isWhole, notApplicableLine, notEvaluatedBlock, unreadBlock } from "./sources.js";
import { type Paint, paint, SEVERITY_PAINT, type Style } from "./style.js";
import { table } from "./table.js";
import { lastDayOf, minute, plain, plural, wrap } from "./text.js";

/** The catalogues of controls as people call them; docs/rules.md has their editions. */
const CATALOGUES: Readonly<Record<string, string>> = {
  owaspNhi2025: "OWASP",
  nist80053r5: "NIST 800-53",
  csf20: "NIST CSF",
  iso27001: "ISO 27001",
  soc2: "SOC 2",
  cis81: "CIS",
  pci401: "PCI DSS",
};

/** Enough of a fingerprint to name a finding on the command line. */
export function shortFingerprint(fingerprint: string): string {
  return fingerprint.slice(0, 10);
}

function state(finding: Finding, zone: string): string {
  if (finding.status === "closed") return finding.closedAs === "removed" ? "removed" : "no longer applies";
  if (finding.status === "excepted") {
    return finding.exception === null
      ? "excepted"
      : `excepted until ${lastDayOf(finding.exception.until, zone)}`;
  }
  return finding.checked ? "open" : "open, not checked";
}

function statePaint(finding: Finding): readonly Paint[] {
  if (finding.status === "closed") return finding.closedAs === "removed" ? ["green"] : ["dim"];
  return finding.status === "excepted" || !finding.checked ? ["dim"] : [];
}

/** What a list of findings is read with. */
export interface Reading {
  /** The company's time zone, in which an exception's last day ends; UTC unless told. */
  readonly zone?: string;
  /** False before the first run: then nothing was judged. */
  readonly ran?: boolean;
  /** Rules that no configured source gives anything to judge. */
  readonly notApplicable?: readonly string[];
}

/** What stands in place of an empty list. It is good news only where everything was judged. */
export function noFindings(document: FindingsDocument, { ran = true, notApplicable = [] }: Reading): string {
  if (!ran) return "Nothing was judged yet: `exitgraph run` reads the sources and judges.";
  const judged =
    document.notEvaluated.length === 0 &&
    notApplicable.length === 0 &&
    document.sources.length > 0 &&
    document.sources.every(isWhole);
  return judged ? "No findings." : "No findings among what could be judged.";
}

/** Findings as a table, worst first, and a line that counts them; empty text where there are none. */
export function findingList(findings: readonly Finding[], style: Style, zone = "UTC"): string {
  if (findings.length === 0) return "";
  const stateOf = (finding: Finding) => state(finding, zone);
  const sorted = [...findings].sort(
    (a, b) =>
      SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) ||
      compare(a.rule, b.rule) ||
      compare(a.person?.name ?? "", b.person?.name ?? "") ||
      compare(a.subject.key, b.subject.key) ||
      compare(a.fingerprint, b.fingerprint),
  );
  const rows = table(
    sorted,
    [
      { title: "SEVERITY", value: (f) => f.severity, paint: (f) => SEVERITY_PAINT[f.severity] },
      { title: "RULE", value: (f) => f.rule },
      { title: "ID", value: (f) => shortFingerprint(f.fingerprint), paint: () => ["dim"] },
      { title: "PERSON", value: (f) => f.person?.name ?? "-", shrinkTo: 12 },
      { title: "SUBJECT", value: (f) => f.subject.name || f.subject.key, shrinkTo: 14 },
      { title: "SINCE", value: (f) => f.firstSeen.slice(0, 10) },
      // A column that says `open` in every row says nothing.
      ...(sorted.every((f) => stateOf(f) === "open")
        ? []
        : [{ title: "STATE", value: stateOf, paint: statePaint }]),
      { title: "REASON", value: (f) => f.reason, shrinkTo: 24 },
    ],
    style,
  );
  return `${rows}\n\n${findingCounts(sorted)}`;
}

/** `12 findings: 2 critical, 7 high, 3 medium (10 open, 1 excepted, 1 closed)`. */
export function findingCounts(
  findings: readonly { readonly severity: Severity; readonly status: Finding["status"] }[],
): string {
  const severities = [...SEVERITIES]
    .reverse()
    .map((severity) => [severity, findings.filter((f) => f.severity === severity).length] as const)
    .filter(([, number]) => number > 0)
    .map(([severity, number]) => `${number} ${severity}`);
  const states = (["open", "excepted", "closed"] as const)
    .map((status) => [status, findings.filter((f) => f.status === status).length] as const)
    .filter(([, number]) => number > 0);
  const detail =
    states.length > 1 ? ` (${states.map(([name, number]) => `${number} ${name}`).join(", ")})` : "";
  const list = severities.length > 0 ? `: ${severities.join(", ")}` : "";
  return `${plural(findings.length, "finding")}${list}${detail}`;
}

/** All of one finding: why, by which path, what to cut with which command, and the proof where it is gone. */
export function findingDetail(finding: Finding, style: Style, zone = "UTC"): string {
  const lines: string[] = [];
  const field = (name: string, value: string) => {
    if (value === "") return;
    const label = name === "" ? "" : `${name}:`;
    wrapped(value, style).forEach((line, at) => {
      lines.push(`  ${paint(style, (at === 0 ? label : "").padEnd(12), "dim")} ${line}`);
    });
  };
  const severity = paint(style, finding.severity, ...SEVERITY_PAINT[finding.severity]);
  const [first = "", ...more] = wrapped(plain(finding.reason), style);
  lines.push(`${severity} ${paint(style, plain(finding.rule), "bold")} ${first}`);
  for (const line of more) lines.push(`  ${" ".repeat(12)} ${line}`);
  field("id", plain(finding.fingerprint));
  field("state", state(finding, zone));
  if (finding.person !== null) {
    const ids = finding.person.workerIds.length > 0 ? ` (${finding.person.workerIds.join(", ")})` : "";
    field("person", plain(finding.person.name + ids));
  }
  field("subject", plain(`${finding.subject.label} ${finding.subject.name} [${finding.subject.key}]`));
  if (finding.path.length > 0) {
    const others = finding.otherPaths > 0 ? ` (and ${plural(finding.otherPaths, "more path")})` : "";
    field("path", pathText(finding.path) + others);
  }
  finding.cuts.forEach((cut, at) => {
    field(at === 0 ? "cut" : "", pathText([cut]));
    if (cut.changeAt !== undefined) field("", plain(cut.changeAt));
  });
  for (const step of finding.remediation) {
    lines.push(`  ${paint(style, "remediation:".padEnd(12), "dim")} ${plain(step.command)}`);
    lines.push(
      `  ${" ".repeat(12)} ${paint(style, `${step.reversible ? "reversible" : "not reversible"}; affects ${plain(step.affects)}`, "dim")}`,
    );
  }
  field("first seen", minute(finding.firstSeen));
  field("last seen", minute(finding.lastSeen));
  if (finding.reopened > 0) field("reopened", plural(finding.reopened, "time"));
  field("population", `1 of ${plural(finding.population, "record")} that the rule looks at`);
  const controls = Object.entries(finding.controls).filter(([, ids]) => ids.length > 0);
  field(
    "controls",
    plain(controls.map(([name, ids]) => `${CATALOGUES[name] ?? name} ${ids.join(", ")}`).join("; ")),
  );
  if (finding.status === "closed") {
    field("closed", plain(`${minute(finding.closedAt)} ${finding.closedReason ?? ""}`.trim()));
  }
  if (finding.proof !== null) {
    const { proof } = finding;
    const seen = proof.lastSeenAt === null ? "" : `; last seen ${minute(proof.lastSeenAt)}`;
    field(
      "proof",
      plain(
        `${proof.change}: ${proof.record}, by the read ${proof.read} (${proof.source}, ${proof.partition}) of ${minute(proof.at)}${seen}`,
      ),
    );
  }
  return lines.join("\n");
}

/** What `findings` prints: the list, then what could not be judged, then how the sources stand. */
export function findingsDocumentText(
  document: FindingsDocument,
  style: Style,
  reading: Reading = {},
): string {
  const list = findingList(document.findings, style, reading.zone);
  return [list === "" ? noFindings(document, reading) : list, ...gaps(document, style, reading)].join("\n\n");
}

/** What `findings --detail` prints: each finding in full, then the same. */
export function findingsInFull(document: FindingsDocument, style: Style, reading: Reading = {}): string {
  const { findings } = document;
  const all = findings.map((finding) => findingDetail(finding, style, reading.zone));
  const last = findings.length === 0 ? noFindings(document, reading) : findingCounts(findings);
  return [...all, last, ...gaps(document, style, reading)].join("\n\n");
}

function gaps(document: FindingsDocument, style: Style, reading: Reading): readonly string[] {
  return [
    notEvaluatedBlock(document.notEvaluated, style),
    notApplicableLine(reading.notApplicable ?? [], style),
    unreadBlock(document.sources, style),
  ].filter((part) => part !== "");
}

/** On a terminal, lines that fit beside the label; on a pipe, one line as it is. */
function wrapped(text: string, style: Style): readonly string[] {
  return style.width === undefined ? [text] : wrap(text, Math.max(40, style.width - 16));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
