import { SEVERITIES, type Severity } from "../../model/index.js";
import type { FindingStatus } from "../../reconcile/index.js";

/** 0 done; 3 done, and findings stand at or above `--fail-on`; 4 done, but a configured source was not read whole. */
export type DoneCode = 0 | 3 | 4;

export interface Judged {
  readonly status: FindingStatus;
  readonly severity: Severity;
  readonly isNew: boolean;
}

/** `new`: opened or reopened in this run; a severity: open at or above it. Excepted findings do not count. */
export function failOnMet(failOn: "new" | Severity | undefined, findings: Iterable<Judged>): boolean {
  if (failOn === undefined) return false;
  for (const finding of findings) {
    if (finding.status !== "open") continue;
    if (
      failOn === "new" ? finding.isNew : SEVERITIES.indexOf(finding.severity) >= SEVERITIES.indexOf(failOn)
    ) {
      return true;
    }
  }
  return false;
}

/**
 * The exit code of work that was done (1 and 2 are errors, and carried by them). 4 wins over 3: what was not seen
 * counts for more than what was.
 */
export function exitCodeFor(outcome: {
  /** A configured source was incomplete, narrowed or stopped by the guard. */
  readonly incomplete: boolean;
  readonly failOn: "new" | Severity | undefined;
  readonly findings: Iterable<Judged>;
}): DoneCode {
  if (outcome.incomplete) return 4;
  return failOnMet(outcome.failOn, outcome.findings) ? 3 : 0;
}
