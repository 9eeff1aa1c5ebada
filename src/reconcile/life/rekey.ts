import type { CellValue } from "../../graph/index.js";
import { digest, parseEdgeId } from "../../model/index.js";
import { fingerprintOf } from "../evaluate/observe.js";
import type { EdgeRef, Finding } from "../finding.js";
import type { Rule } from "../rules/rule.js";

/** New keys of nodes that are known by another key than before. */
export type Rekeys = ReadonlyMap<string, string>;

/** The newest key of something, through as many changes as there were. */
export function newestKey(key: string, rekeys: Rekeys): string {
  let newest = key;
  for (let step = 0; step < 100; step++) {
    const next = rekeys.get(newest);
    if (next === undefined || next === key) return newest;
    newest = next;
  }
  return newest;
}

/** A record (key or edge id) under the newest keys. */
export function rekeyRecord(record: string, rekeys: Rekeys): string {
  const edge = parseEdgeId(record);
  if (edge === undefined) return newestKey(record, rekeys);
  const direct = rekeys.get(record);
  if (direct !== undefined) return direct;
  return `${edge.type}|${newestKey(edge.from, rekeys)}|${newestKey(edge.to, rekeys)}|${edge.discriminator}`;
}

/** All keys that a finding names: where one of them changed, the finding has to follow. */
export function keysIn(finding: Finding): readonly string[] {
  const keys = new Set<string>([finding.subject.key]);
  if (finding.person !== null) keys.add(finding.person.key);
  for (const { record } of finding.evidence) {
    const edge = parseEdgeId(record);
    if (edge === undefined) keys.add(record);
    else keys.add(edge.from).add(edge.to);
  }
  return [...keys];
}

function isList(cell: CellValue): cell is readonly CellValue[] {
  return Array.isArray(cell);
}

/** A cell with each text in it replaced. */
export function rekeyValue(cell: CellValue, value: (text: string) => string): CellValue {
  if (typeof cell === "string") return value(cell);
  return isList(cell) ? cell.map((item) => (typeof item === "string" ? value(item) : item)) : cell;
}

/** The finding under the newest keys, with the fingerprint that these give; the same object where nothing changed. */
export function rekeyFinding(finding: Finding, rule: Rule | undefined, rekeys: Rekeys): Finding {
  if (rule === undefined || !keysIn(finding).some((key) => rekeys.has(key))) return finding;
  const value = (text: string) => rekeyRecord(text, rekeys);
  const columns: Record<string, CellValue> = {};
  for (const [name, one] of Object.entries(finding.columns)) columns[name] = rekeyValue(one, value);
  const edge = (step: EdgeRef): EdgeRef => ({
    ...step,
    from: { ...step.from, key: value(step.from.key) },
    to: { ...step.to, key: value(step.to.key) },
  });
  return {
    ...finding,
    fingerprint: fingerprintOf(
      rule.id,
      rule.identity.map((name) => columns[name] ?? ""),
    ),
    subject: { ...finding.subject, key: value(finding.subject.key) },
    person: finding.person === null ? null : { ...finding.person, key: value(finding.person.key) },
    columns,
    path: finding.path.map(edge),
    cuts: finding.cuts.map(edge),
    evidence: finding.evidence.map((item) => ({ ...item, record: value(item.record) })),
  };
}

/** Ids of runs sort by time. */
export function runId(at: number, head: string): string {
  const compact = new Date(at).toISOString().replace(/[-:]|\.\d+/g, "");
  return `run-${compact}-${digest(String(at), head).slice(0, 6)}`;
}
