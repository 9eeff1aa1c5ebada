import type { GraphStore, Params } from "../graph/index.js";
import { SEVERITIES, type Severity } from "../model/index.js";
import { FINDING_RETURN, type Finding, type FindingStatus, findingOf } from "../reconcile/index.js";
import { LAST, type PageRequest } from "./page.js";

/** What findings can be narrowed by; null is as good as absent. */
export interface FindingFilter {
  readonly rule?: string | null | undefined;
  readonly status?: FindingStatus | null | undefined;
  /** This severity or above. */
  readonly severity?: Severity | null | undefined;
  /** Key of the person. */
  readonly person?: string | null | undefined;
  /** Source of the subject. */
  readonly source?: string | null | undefined;
  /** Closed ones as well. */
  readonly all?: boolean | null | undefined;
}

const NARROWED = [
  "(f.status = $status OR ($status IS NULL AND ($all OR f.status <> 'closed')))",
  "($rule IS NULL OR f.rule = $rule)",
  "f.severityRank >= $severity",
  "($person IS NULL OR f.person = $person)",
  "($source IS NULL OR f.subject STARTS WITH $source)",
].join(" AND ");

function pageQuery(order: "ASC" | "DESC"): string {
  return `MATCH (f:Finding) WHERE f.fingerprint > $after AND f.fingerprint < $before AND ${NARROWED} WITH f ORDER BY f.fingerprint ${order} LIMIT $limit RETURN ${FINDING_RETURN} ORDER BY fingerprint ${order}`;
}

/** The reads of findings, also for the differential test over all reads. */
export const FINDING_PAGE_QUERIES = { up: pageQuery("ASC"), down: pageQuery("DESC") } as const;

/** Parameters of the statements of findings. Without a status and `all`, closed ones are left out. */
export function findingParams(page: PageRequest, filter: FindingFilter): Params {
  const { rule, status, severity, person, source, all } = filter;
  return {
    after: page.after ?? "",
    before: page.before ?? LAST,
    limit: page.limit,
    rule: rule?.toUpperCase() ?? null,
    status: status ?? null,
    severity: severity == null ? 0 : SEVERITIES.indexOf(severity),
    person: person ?? null,
    source: source == null ? null : `${source}/`,
    all: all === true,
  };
}

/** One page of findings, by fingerprint. */
export async function findingPage(
  store: GraphStore,
  page: PageRequest,
  filter: FindingFilter,
  signal: AbortSignal,
): Promise<Finding[]> {
  const query = page.inverted ? FINDING_PAGE_QUERIES.down : FINDING_PAGE_QUERIES.up;
  return (await store.rows(query, findingParams(page, filter), signal)).map(findingOf);
}
