import type { ParamValue } from "../graph/index.js";
import { canonicalJson, SEVERITIES } from "../model/index.js";
import type { Finding } from "./finding.js";

/** The node of a finding: what changes with every run, and what lists are narrowed by, beside the document. */
export function findingProps(finding: Finding): Record<string, ParamValue> {
  const { lastSeen, run, population, checked, ...document } = finding;
  return {
    fingerprint: finding.fingerprint,
    rule: finding.rule,
    status: finding.status,
    severity: finding.severity,
    severityRank: SEVERITIES.indexOf(finding.severity),
    subject: finding.subject.key,
    person: finding.person?.key ?? null,
    lastSeen,
    run,
    population,
    checked,
    document: canonicalJson(document),
  };
}
