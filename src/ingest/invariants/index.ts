export { scopeOf, suspectsAmong, violationsInAll } from "./ask.js";
export { INVARIANTS } from "./invariants.js";
export { judge, type OwnStanding, type Suspicion } from "./judge.js";
export { type ApplyTransaction, Touched } from "./touched.js";
export {
  INVARIANT_IDS,
  type InvariantId,
  standingOf,
  type Violated,
  type Violation,
  violatedSchema,
  violationText,
} from "./violation.js";
