import type { ReadState, Verdict } from "../model/index.js";
import type { HeldState } from "../reach/index.js";
import type { ClosedAs, FindingStatus } from "../reconcile/index.js";

/** Closed sets of words that other folders have as types, for the schema's enums. */
export const FINDING_STATUSES = ["open", "closed", "excepted"] as const satisfies readonly FindingStatus[];
export const CLOSED_AS = ["removed", "noLongerApplies"] as const satisfies readonly ClosedAs[];
export const READ_STATES = [
  "applied",
  "stopped",
  "narrowed",
  "outOfScope",
] as const satisfies readonly ReadState[];
export const VERDICTS = ["complete", "partial", "failed"] as const satisfies readonly Verdict[];
export const HELD_STATES = ["held", "notHeld", "betweenReads"] as const satisfies readonly HeldState[];
