/** What a read of one partition by one stream amounts to. Only `complete` is evidence of absence. */
export type Verdict = "complete" | "partial" | "failed";

/**
 * How the newest read of a partition stands in the graph. `applied`: as its verdict says. `stopped`: the guard
 * held it back. `narrowed`: the scope or permissions no longer cover the earlier read's, so it only overlays.
 * `outOfScope`: the configuration no longer reads it.
 */
export type ReadState = "applied" | "stopped" | "narrowed" | "outOfScope";

/** True where the newest read proves absence. */
export function provesAbsence(verdict: Verdict, state: ReadState, intentOpen: boolean): boolean {
  return verdict === "complete" && state === "applied" && !intentOpen;
}

export const VERDICT_ORDER: readonly Verdict[] = ["complete", "partial", "failed"];
export function worstVerdict(verdicts: Iterable<Verdict>): Verdict {
  let worst: Verdict = "complete";
  for (const verdict of verdicts) {
    if (VERDICT_ORDER.indexOf(verdict) > VERDICT_ORDER.indexOf(worst)) worst = verdict;
  }
  return worst;
}
