import { z } from "zod";
import type { GraphStore, Row } from "../graph/index.js";
import { SEVERITIES, type Severity } from "../model/index.js";
import type { Finding, FindingStatus, FindingsDocument, NotEvaluated, SourceStatus } from "./finding.js";
import { parseFinding, parseNotEvaluated, parseSources } from "./finding-schema.js";
import { isoOf } from "./when.js";

/** The columns that make a finding again: the document, and what is kept apart because it changes with every run. */
export const FINDING_RETURN =
  "f.fingerprint AS fingerprint, f.document AS document, f.lastSeen AS lastSeen, f.run AS run, f.population AS population, f.checked AS checked";

export const RUN_RETURN =
  "r.id AS id, r.startedAt AS startedAt, r.asOf AS asOf, r.actor AS actor, r.opened AS opened, r.reopened AS reopened, r.removed AS removed, r.noLongerApplies AS noLongerApplies, r.rules AS rules, r.notEvaluated AS notEvaluated, r.sources AS sources";

/** Also for the differential test over all reads. */
export const FINDINGS_QUERIES = {
  standing: `MATCH (f:Finding) WHERE f.status <> 'closed' RETURN ${FINDING_RETURN}`,
  all: `MATCH (f:Finding) RETURN ${FINDING_RETURN}`,
  byFingerprint: `UNWIND $keys AS key MATCH (f:Finding {fingerprint: key}) RETURN ${FINDING_RETURN}`,
  lastRun: `MATCH (r:Run) RETURN ${RUN_RETURN} ORDER BY r.startedAt DESC, r.seq DESC LIMIT 1`,
} as const;

/** A finding out of a row of FINDING_RETURN. */
export function findingOf(row: Row): Finding {
  const { document, lastSeen, run, population, checked } = row;
  const stored: unknown = typeof document === "string" ? JSON.parse(document) : document;
  return parseFinding({ ...(isObject(stored) ? stored : {}), lastSeen, run, population, checked });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

export async function standingFindings(store: GraphStore, signal?: AbortSignal): Promise<readonly Finding[]> {
  return readAll(store, FINDINGS_QUERIES.standing, signal);
}

/** Closed findings of these fingerprints. */
export async function closedFindings(
  store: GraphStore,
  fingerprints: readonly string[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, Finding>> {
  const found = new Map<string, Finding>();
  for (let from = 0; from < fingerprints.length; from += 2_000) {
    const keys = fingerprints.slice(from, from + 2_000);
    for (const row of await store.rows(FINDINGS_QUERIES.byFingerprint, { keys }, signal)) {
      const finding = findingOf(row);
      if (finding.status === "closed") found.set(finding.fingerprint, finding);
    }
  }
  return found;
}

async function readAll(store: GraphStore, query: string, signal?: AbortSignal): Promise<Finding[]> {
  const findings: Finding[] = [];
  for await (const rows of store.read(query, signal === undefined ? {} : { signal })) {
    for (const row of rows) findings.push(findingOf(row));
  }
  return findings;
}

export interface FindingFilter {
  readonly rule?: string | undefined;
  /** At least this. */
  readonly severity?: Severity | undefined;
  readonly status?: FindingStatus | undefined;
  /** The person's key. */
  readonly person?: string | undefined;
  /** Name of the source that describes the subject. */
  readonly source?: string | undefined;
  /** Closed ones as well. */
  readonly all?: boolean | undefined;
}

/** Findings, what the last run could not judge, and how the sources stood in it. The worst first. */
export async function readFindings(
  store: GraphStore,
  filter: FindingFilter = {},
  signal?: AbortSignal,
): Promise<FindingsDocument> {
  const closed = filter.all === true || filter.status === "closed";
  const findings = await readAll(store, closed ? FINDINGS_QUERIES.all : FINDINGS_QUERIES.standing, signal);
  const run = await lastRun(store, signal);
  return {
    schemaVersion: 1,
    findings: findings.filter((finding) => matches(finding, filter)).sort(worstFirst),
    notEvaluated: run?.notEvaluated ?? [],
    sources: run?.sources ?? [],
  };
}

function matches(finding: Finding, filter: FindingFilter): boolean {
  return (
    (filter.rule === undefined || finding.rule === filter.rule.toUpperCase()) &&
    (filter.severity === undefined ||
      SEVERITIES.indexOf(finding.severity) >= SEVERITIES.indexOf(filter.severity)) &&
    (filter.status === undefined || finding.status === filter.status) &&
    (filter.person === undefined || finding.person?.key === filter.person) &&
    (filter.source === undefined || finding.subject.key.startsWith(`${filter.source}/`))
  );
}

function worstFirst(a: Finding, b: Finding): number {
  return (
    SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) ||
    compare(a.rule, b.rule) ||
    compare(a.person?.name ?? a.subject.name, b.person?.name ?? b.subject.name) ||
    compare(a.fingerprint, b.fingerprint)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** One reconciliation as it was recorded. Instants are ISO. */
export interface RunView {
  readonly id: string;
  readonly startedAt: string;
  readonly asOf: string | null;
  readonly actor: string;
  readonly opened: number;
  readonly reopened: number;
  readonly removed: number;
  readonly noLongerApplies: number;
  readonly rules: readonly {
    readonly id: string;
    readonly params: Readonly<Record<string, unknown>>;
  }[];
  readonly notEvaluated: readonly NotEvaluated[];
  readonly sources: readonly SourceStatus[];
}

const ruleSchema = z.object({ id: z.string(), params: z.record(z.string(), z.unknown()) });

export async function lastRun(store: GraphStore, signal?: AbortSignal): Promise<RunView | undefined> {
  const [row] = await store.rows(FINDINGS_QUERIES.lastRun, {}, signal);
  return row === undefined ? undefined : runOf(row);
}

/** A run out of a row of RUN_RETURN. */
export function runOf(row: Row): RunView {
  const count = (name: string) => (typeof row[name] === "number" ? row[name] : 0);
  const rules: unknown = typeof row.rules === "string" ? JSON.parse(row.rules) : [];
  return {
    id: String(row.id),
    startedAt: isoOf(count("startedAt")),
    asOf: typeof row.asOf === "number" ? isoOf(row.asOf) : null,
    actor: String(row.actor),
    opened: count("opened"),
    reopened: count("reopened"),
    removed: count("removed"),
    noLongerApplies: count("noLongerApplies"),
    rules: z.array(ruleSchema).parse(rules),
    notEvaluated: parseNotEvaluated(row.notEvaluated),
    sources: parseSources(row.sources),
  };
}
